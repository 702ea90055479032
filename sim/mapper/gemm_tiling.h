// SPDX-License-Identifier: Apache-2.0
// Chooses the blocks in which a GEMM passes through the scratchpads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/formats/activation_format.h"
#include "models/formats/group_format.h"
#include "models/machine/machine.h"

namespace vernier::mapper {

/// What the choice depends on: batch * m_outer times out[m][n] = act[m][k] * weight[n][k]^T, the weight
/// shared by the m_outer matrices of a batch entry.
struct GemmShape {
  int64_t batch = 1;
  int64_t m_outer = 1;
  int64_t m = 0, n = 0, k = 0;  ///< >= 1
  formats::GroupFormat format;
  int cycles_per_step = 1;  ///< T of the PE for this format
  formats::ActivationFormat activations = formats::ActivationFormat::fp16;
  bool each_block_final = false;  ///< every k block makes results of its own, not only the last
};

/// Block sizes and loop order. k is always the innermost loop. With one k block the operand of the outer
/// loop stays in its slot during the inner loop; with more, both operands stream. With `held` = 2 blocks go
/// in pairs along the outer dimension. With one k block both slots of the outer operand stay, and every block
/// of the inner operand meets the two in turn; that costs the overlap where one pair follows another. With
/// more, a pair shares its inner operand's stream, and both output slots hold its partial sums. Either way
/// the inner operand is visited half as often.
struct GemmTiling {
  int64_t m = 0;        ///< multiple of the array columns, or M
  int64_t n = 0;        ///< multiple of the array rows, or N
  int64_t k = 0;        ///< multiple of the group size (without groups: of the lanes), of whole tables, or K
  bool n_outer = true;  ///< order n, m instead of m, n
  int held = 1;         ///< 2: in pairs
  uint64_t traffic_bytes = 0;  ///< estimate of the DRAM traffic in whole bursts
  double cycles = 0;           ///< the estimate that was minimised

  [[nodiscard]] int pair_m() const { return n_outer ? 1 : held; }
  [[nodiscard]] int pair_n() const { return n_outer ? held : 1; }
};

/// One run of equal blocks along a dimension: `count` blocks of `size` from `start`.
struct Piece {
  int64_t start = 0;
  int64_t size = 0;
  int64_t count = 1;
};

/// Full blocks, then the smaller last one. With `peel`, the first block is a piece of its own.
[[nodiscard]] std::vector<Piece> split(int64_t total, int64_t block, bool peel);
/// The same with the first and the last block as pieces of their own (k blocks differ in what they finish).
[[nodiscard]] std::vector<Piece> split_ends(int64_t total, int64_t block);

/// A tiling whose max(DRAM cycles, array cycles) + start-up is within half a percent of the smallest, and
/// among these the one with the fewest blocks. Throws InputError MAP001 if not even the smallest block fits
/// (naming scratchpad and bytes) and MAP003 if the group size is not a multiple of the lanes. `name` is the
/// operator in messages.
[[nodiscard]] GemmTiling choose_tiling(const GemmShape& shape, const machine::Machine& machine,
                                       const std::string& name);

}  // namespace vernier::mapper
