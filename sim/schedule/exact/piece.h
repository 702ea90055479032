// SPDX-License-Identifier: Apache-2.0
// Pieces of a scheduling problem: some of its operators, with what lies around them.
#pragma once

#include <vector>

#include "sim/schedule/exact/model.h"

namespace vernier::schedule::exact {

/// Numbers of the piece's operators and tensors in the whole; -1 for the piece's source and sink.
struct Piece {
  Model model;
  std::vector<int> operators, tensors;
};

/// What runs when `done` has run before and nothing else comes between: tensors that are live at its start
/// come from a source, those that are at its end go to a sink, and all of them need room.
Piece cut_out(const Model& whole, const std::vector<char>& done, const std::vector<int>& operators);

/// The same operators alone: only tensors that belong to them may have to leave, all others are there in the
/// steps that need them, and nowhere else. `owner` names for every tensor the piece that it belongs to; what
/// such pieces cost at least adds up to a bound for the whole, as no absence of a tensor is paid for twice.
Piece relax(const Model& whole, const std::vector<int>& operators, const std::vector<int>& owner, int piece);

/// Owners: the piece with most absences that can be paid for, which come before a read and after another step
/// of the piece; -1 = none.
std::vector<int> owners(const Model& whole, const std::vector<std::vector<int>>& pieces);

/// All operators, each as late as those that read its results allow: in the number of operators between it
/// and the end. What parts of the graph share then lies close together.
std::vector<int> by_depth(const Model& whole);

/// Cuts an order where little is lost between the pieces, into pieces of about `size` operators; the first
/// cut comes after `offset` of them, if that is not 0.
std::vector<std::vector<int>> cut(const Model& whole, const std::vector<int>& order, int size, int offset);

}  // namespace vernier::schedule::exact
