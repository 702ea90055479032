// SPDX-License-Identifier: Apache-2.0
// The outputs of two arrays in one cycle, pin by pin.
#pragma once

#include <optional>

#include "sim/cosim/expectation.h"

namespace vernier::cosim {

/// The first pin that differs. Pins that mean nothing in this cycle (docs/array.md) are not compared.
[[nodiscard]] std::optional<Difference> compare_pins(uint64_t cycle, const array::ArrayOutputs& rtl,
                                                     const array::ArrayOutputs& systemc, const Pass& pass);
/// The same of docs/weight-stationary.md.
[[nodiscard]] std::optional<Difference> compare_pins(uint64_t cycle, const array::WsOutputs& rtl,
                                                     const array::WsOutputs& systemc, const WsPass& pass);

}  // namespace vernier::cosim
