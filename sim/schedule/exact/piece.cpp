// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/exact/piece.h"

#include <algorithm>
#include <numeric>

namespace vernier::schedule::exact {
namespace {

Piece begin_piece(const Model& whole) {
  Piece piece;
  piece.model.capacity = whole.capacity;
  piece.model.unit = whole.unit;
  piece.model.round_up = whole.round_up;
  return piece;
}

int add_operator(Piece& piece, int original, uint64_t folded_bytes) {
  piece.operators.push_back(original);
  piece.model.inputs.push_back({});
  piece.model.outputs.push_back({});
  piece.model.folded_bytes.push_back(folded_bytes);
  piece.model.folded.push_back({});
  return piece.model.operators++;
}

void add_tensor(const Model& whole, Piece& piece, int original, int producer,
                const std::vector<int>& consumers) {
  Model& model = piece.model;
  const int k = model.tensors();
  piece.tensors.push_back(original);
  model.original.push_back(original);
  model.bytes.push_back(whole.bytes[original]);
  model.clean.push_back(whole.clean[original]);
  model.producer.push_back(producer);
  model.consumers.push_back(consumers);
  if (producer >= 0) model.outputs[producer].push_back(k);
  for (const int o : consumers) model.inputs[o].push_back(k);
}

}  // namespace

Piece cut_out(const Model& whole, const std::vector<char>& done, const std::vector<int>& operators) {
  Piece piece = begin_piece(whole);
  std::vector<int> local(whole.operators, -1);
  piece.model.source = add_operator(piece, -1, 0);
  for (const int o : operators) local[o] = add_operator(piece, o, whole.folded_bytes[o]);
  piece.model.sink = add_operator(piece, -1, 0);
  for (int k = 0; k < whole.tensors(); ++k) {
    const auto ran = [&](int o) { return done[o] != 0; };
    const int p = whole.producer[k];
    const auto& readers = whole.consumers[k];
    const bool live = p >= 0 ? ran(p) : std::any_of(readers.begin(), readers.end(), ran);
    std::vector<int> consumers;
    bool later = false;
    for (const int o : readers) {
      if (local[o] >= 0) consumers.push_back(local[o]);
      later = later || (local[o] < 0 && !ran(o));
    }
    const int producer = live ? piece.model.source : p >= 0 ? local[p] : -1;
    if (producer < 0 && consumers.empty()) continue;  // comes later
    if (later) consumers.push_back(piece.model.sink);
    if (consumers.empty()) continue;  // gone before
    add_tensor(whole, piece, k, producer, consumers);
  }
  return piece;
}

std::vector<int> owners(const Model& whole, const std::vector<std::vector<int>>& pieces) {
  std::vector<int> piece_of(whole.operators, -1);
  for (size_t i = 0; i < pieces.size(); ++i) {
    for (const int o : pieces[i]) piece_of[o] = static_cast<int>(i);
  }
  std::vector<int> owner(whole.tensors(), -1);
  for (int k = 0; k < whole.tensors(); ++k) {
    const int home = whole.producer[k] >= 0 ? piece_of[whole.producer[k]] : -1;
    std::vector<int> absences(pieces.size(), -1);  // before a read, if another operator was there before
    if (home >= 0) ++absences[home];
    int most = 0;
    for (const int o : whole.consumers[k]) {
      const int piece = piece_of[o];
      if (++absences[piece] > most || (absences[piece] == most && piece == home)) {
        most = absences[piece];
        owner[k] = piece;
      }
    }
  }
  return owner;
}

Piece relax(const Model& whole, const std::vector<int>& operators, const std::vector<int>& owner, int piece) {
  Piece made = begin_piece(whole);
  std::vector<int> local(whole.operators, -1);
  for (const int o : operators) local[o] = add_operator(made, o, whole.folded_bytes[o]);
  for (int k = 0; k < whole.tensors(); ++k) {
    std::vector<int> consumers;
    for (const int o : whole.consumers[k]) {
      if (local[o] >= 0) consumers.push_back(local[o]);
    }
    const int producer = whole.producer[k] >= 0 ? local[whole.producer[k]] : -1;
    if (owner[k] == piece && (producer >= 0 ? !consumers.empty() : consumers.size() > 1)) {
      add_tensor(whole, made, k, producer, consumers);
      continue;
    }
    if (producer >= 0) made.model.folded_bytes[producer] += whole.bytes[k];
    for (const int o : consumers) made.model.folded_bytes[o] += whole.bytes[k];
  }
  return made;
}

std::vector<int> by_depth(const Model& whole) {
  std::vector<int> depth(whole.operators, 0), order(whole.operators);
  for (int o = whole.operators; o-- > 0;) {
    for (const int k : whole.outputs[o]) {
      for (const int reader : whole.consumers[k]) depth[o] = std::max(depth[o], depth[reader] + 1);
    }
  }
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return depth[a] > depth[b]; });
  return order;
}

std::vector<std::vector<int>> cut(const Model& whole, const std::vector<int>& order, int size, int offset) {
  const int n = static_cast<int>(order.size());
  std::vector<int> at(n);
  for (int t = 0; t < n; ++t) at[order[t]] = t;
  std::vector<uint64_t> lost(n + 1, 0);  // by a cut after so many operators
  for (int k = 0; k < whole.tensors(); ++k) {
    std::vector<int> steps;
    if (whole.producer[k] >= 0) steps.push_back(at[whole.producer[k]]);
    for (const int o : whole.consumers[k]) steps.push_back(at[o]);
    std::sort(steps.begin(), steps.end());
    for (size_t i = 0; i + 1 < steps.size(); ++i) {
      const uint64_t times = std::min(i + 1, steps.size() - i - 1);
      for (int t = steps[i] + 1; t <= steps[i + 1]; ++t) lost[t] += times * whole.bytes[k];
    }
  }
  std::vector<std::vector<int>> pieces;
  int begin = 0;
  while (begin < n) {
    const int length = begin == 0 && offset != 0 ? offset : size;
    int end = std::min(n, begin + length);
    if (n - end < size / 2) end = n;
    if (end < n) {
      for (int t = begin + length / 2; t <= std::min(n - 1, begin + length + size / 2); ++t) {
        if (lost[t] < lost[end]) end = t;
      }
    }
    pieces.emplace_back(order.begin() + begin, order.begin() + end);
    begin = end;
  }
  return pieces;
}

}  // namespace vernier::schedule::exact
