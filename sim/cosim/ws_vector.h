// SPDX-License-Identifier: Apache-2.0
// A test vector of a weight-stationary array: one pass (docs/weight-stationary.md), what has to come out of
// it, and under which conditions it runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/formats/activation_format.h"
#include "models/formats/group_format.h"
#include "models/machine/machine.h"
#include "sim/cosim/random.h"

namespace vernier::cosim {

struct WsPass {
  formats::GroupFormat format;
  formats::ActivationFormat activations = formats::ActivationFormat::fp16;
  int k = 1, n = 1;  ///< of the tile
  uint32_t m = 1;    ///< tokens
  bool final = false;
  bool accumulate = false;
  std::vector<std::vector<uint16_t>> weights;   ///< k x C slots, in the order of K; garbage beyond n
  std::vector<std::vector<uint16_t>> acts;      ///< m x R; garbage beyond k
  std::vector<uint16_t> channel_scales;         ///< C, fp16
  std::vector<std::vector<uint32_t>> old;       ///< m x C, fp32: partial sums of earlier tiles
  std::vector<std::vector<uint32_t>> expected;  ///< m x n, by ws_golden()

  /// A word of `expected` in reports: "out_data[channel 1] of token 0".
  [[nodiscard]] static std::string result_name(size_t channel, int64_t token);
};

/// Percentages hold in every cycle.
struct WsConditions {
  int idle_cycles = 0;         ///< before the pass
  int weight_gap_percent = 0;  ///< chance that no row of weights is offered in a cycle
  int act_gap_percent = 0;     ///< chance that no token is offered in a cycle
  int stall_percent = 0;       ///< chance that a result is not taken in a cycle
  int reset_after = 0;         ///< the pass first runs this many cycles, then there is a reset; 0 = no reset
};

struct WsVector {
  std::string kind;  ///< "directed (maximum x +-maximum)", "random"
  WsPass pass;
  WsConditions conditions;
  Random random;  ///< for what is decided while it runs

  /// One line for reports.
  [[nodiscard]] std::string text() const;
};

/// Index of a pass of more than 4096 tokens, far behind those of any run: only runs for coverage have it,
/// because it moves the upper bits of what counts tokens.
constexpr uint64_t kLongPass = uint64_t{1} << 40;

/// Vector `index` of a seed for an array that ws_reject_array() accepts; depends on nothing else. Every
/// fourth is directed.
[[nodiscard]] WsVector make_ws_vector(const machine::ArrayParams& array, uint64_t seed, uint64_t index);

/// The formats of the PE whose weights can be stationary.
[[nodiscard]] std::vector<formats::GroupFormat> ws_formats(const machine::ArrayParams& array);

}  // namespace vernier::cosim
