// SPDX-License-Identifier: Apache-2.0
// Whether a program that nobody mapped for this machine can run on it.
#pragma once

#include "models/isa/instruction.h"
#include "models/machine/machine.h"

namespace vernier::run {

/// Checks a program that passed isa::validate against a machine: every operand of every instruction, at every
/// loop index, lies inside its scratchpad (PRG052); the PE takes every weight format, in groups of whole
/// steps and in sums it can hold (PRG053), and the activation format of every gemm (PRG055); the operator
/// table is not empty and its names are unique, and every instruction names one of them (PRG054). Throws
/// InputError with all findings, at most 20.
void check_fit(const isa::Program& program, const machine::Machine& machine);

}  // namespace vernier::run
