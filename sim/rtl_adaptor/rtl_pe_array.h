// SPDX-License-Identifier: Apache-2.0
// The Verilated PE arrays (rtl/array/pe_array.sv) of rtl/arrays.txt behind the interface of the models.
// No Verilated header is visible here, so this may be included beside <systemc>.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/array/array_port.h"
#include "models/machine/machine.h"

namespace vernier::rtl_adaptor {

/// One Verilated array. Instances are independent of each other.
class RtlPeArray : public array::IPeArray {
 public:
  /// The parameterisations in this program, in the order of rtl/arrays.txt.
  [[nodiscard]] static std::vector<machine::ArrayParams> built();
  /// An array in reset state. Throws InputError RTL001 if it was not built: what is built, how to add one.
  [[nodiscard]] static std::unique_ptr<RtlPeArray> create(const machine::ArrayParams& params);

  /// Whether the arrays were built with VERNIER_RTL_TRACE, so that open_trace() shows what is inside.
  [[nodiscard]] static bool records_inside();
  /// Whether the arrays count what they reach (library vernier_rtl_coverage), so that write_coverage() does.
  [[nodiscard]] static bool counts_coverage();
  /// Every signal of the RTL, if records_inside(). Throws InputError RTL002 if the file cannot be written.
  bool open_trace(const array::ArrayTrace& trace) override = 0;
};

/// "bitmod 3x5x4 systolic".
[[nodiscard]] std::string name_of(const machine::ArrayParams& params);

}  // namespace vernier::rtl_adaptor
