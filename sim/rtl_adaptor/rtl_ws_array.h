// SPDX-License-Identifier: Apache-2.0
// The Verilated weight-stationary arrays (rtl/array/weight_stationary/ws_array.sv) of rtl/arrays.txt behind
// the interface of the models. No Verilated header is visible here.
#pragma once

#include <memory>
#include <vector>

#include "models/array/weight_stationary/ws_port.h"
#include "models/machine/machine.h"

namespace vernier::rtl_adaptor {

/// One Verilated array. Instances are independent of each other.
class RtlWsArray : public array::IWsArray {
 public:
  /// The parameterisations in this program, in the order of rtl/arrays.txt.
  [[nodiscard]] static std::vector<machine::ArrayParams> built();
  /// An array in reset state. Throws InputError RTL001 if it was not built: what is built, how to add one.
  [[nodiscard]] static std::unique_ptr<RtlWsArray> create(const machine::ArrayParams& params);
};

}  // namespace vernier::rtl_adaptor
