// SPDX-License-Identifier: Apache-2.0
// Timing descriptor of the weight-stationary array: cycles and events of a pass without simulating it.
// Source of every rule: docs/weight-stationary.md, section "Cycles".
#pragma once

#include <cstdint>

#include "models/array/gemm_timing.h"

namespace vernier::array {

/// One pass: a tile of k <= R elements along K and n <= C channels, m >= 1 tokens.
struct WsPassShape {
  int64_t m = 1, n = 1, k = 1;
  bool final = true;
  bool accumulate = false;
  formats::ActivationFormat activations = formats::ActivationFormat::fp16;
};

/// g, f and d of docs/weight-stationary.md.
struct WsPorts {
  int64_t weight_row = 1;  ///< cycles to fetch a row of weights
  int64_t token = 1;       ///< cycles to fetch the activations of a token
  int64_t result = 1;      ///< cycles to write the results of a token and read its old partial sums: at once,
                           ///< or with a single port for both one after the other
};

[[nodiscard]] WsPorts ws_ports(const machine::Machine& machine, const formats::GroupFormat& format,
                               const WsPassShape& shape);

/// The passes of a gemm instruction: tiles of C channels outer, tiles of R elements along K inner. The pop of
/// the instruction is not in it.
[[nodiscard]] GemmTiming ws_gemm(const machine::Machine& machine, const formats::GroupFormat& format,
                                 const isa::Instruction& gemm);

[[nodiscard]] GemmTiming ws_pass(const machine::Machine& machine, const formats::GroupFormat& format,
                                 const WsPassShape& shape);

}  // namespace vernier::array
