// SPDX-License-Identifier: Apache-2.0
// Whether a program that nobody mapped for this machine can run on it.
#pragma once

#include <optional>

#include "base/error.h"
#include "models/formats/group_format.h"
#include "models/isa/instruction.h"
#include "models/machine/machine.h"

namespace vernier::run {

/// Why the array does not compute with weights in this format (PRG053); empty if it does.
[[nodiscard]] std::optional<Diagnostic> reject_format(const formats::GroupFormat& format,
                                                      const machine::ArrayParams& array);

/// Checks a program that passed isa::validate against a machine: every operand of every instruction, at every
/// loop index, lies inside its scratchpad (PRG052); the PE takes every weight format, in groups of whole
/// steps and in sums it can hold (PRG053), and the activation format of every gemm (PRG055); the operator
/// table is not empty and its names are unique, and every instruction names one of them (PRG054). Throws
/// InputError with all findings, at most 20.
void check_fit(const isa::Program& program, const machine::Machine& machine);

}  // namespace vernier::run
