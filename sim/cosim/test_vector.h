// SPDX-License-Identifier: Apache-2.0
// A test vector of the co-simulation: one pass of a PE array, what has to come out of it, and under which
// conditions it runs. Kinds of vectors: docs/cosim.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/formats/activation_format.h"
#include "models/formats/group_format.h"
#include "models/machine/machine.h"
#include "sim/cosim/random.h"
#include "sim/quantize/container.h"

namespace vernier::cosim {

/// Operands of one step. Rows and columns that are not active hold garbage.
struct Step {
  std::vector<uint16_t> weights;  ///< R x L weight slots
  std::vector<uint16_t> acts;     ///< C x L activation slots of act_slot_words
  std::vector<uint16_t> scales;   ///< R, constant during a group
  std::vector<uint8_t> tags;      ///< R, constant during a group
  bool group_last = false;
  bool pass_last = false;
};

struct Pass {
  formats::GroupFormat format;
  formats::ActivationFormat activations = formats::ActivationFormat::fp16;
  int rows = 0;  ///< active
  int cols = 0;  ///< active
  bool final = false;
  bool accumulate = false;
  std::vector<Step> steps;
  std::vector<uint16_t> channel_scales;         ///< R, fp16
  std::vector<std::vector<uint32_t>> old;       ///< C x R, fp32: partial sums of earlier passes
  std::vector<std::vector<uint32_t>> expected;  ///< active columns x active rows, by the golden functions

  /// A word of `expected` in reports: "out_data[row 1] of column 0".
  [[nodiscard]] static std::string result_name(size_t row, int64_t column);
};

struct Conditions {
  int idle_cycles = 0;    ///< before the pass
  int gap_percent = 0;    ///< chance that no step is offered in a cycle
  int stall_percent = 0;  ///< chance that a result is not taken in a cycle
  int reset_after = 0;    ///< the pass first runs this many cycles, then there is a reset; 0 = no reset
};

struct TestVector {
  std::string kind;  ///< "directed (maximum x code count)", "random", "layer (outliers)"
  Pass pass;
  Conditions conditions;
  Random random;  ///< for what is decided while it runs

  /// One line for reports.
  [[nodiscard]] std::string text() const;
};

/// Vector `index` of a seed for this array and these tensors, from which layers are cut; depends on nothing
/// else.
[[nodiscard]] TestVector make_vector(const machine::ArrayParams& array, uint64_t seed, uint64_t index,
                                     const std::vector<quantize::StoredTensor>& tensors = {});

/// Vectors with indices 0, 4, 8.. are directed; after this many of them every pattern of activations met
/// every pattern of weights.
[[nodiscard]] int directed_pairs();

}  // namespace vernier::cosim
