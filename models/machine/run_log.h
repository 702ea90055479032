// SPDX-License-Identifier: Apache-2.0
// Where units announce what they do. The fast engine and the SystemC modules write to the same log,
// so that everything derived from it (reports, attribution, comparison) exists once.
#pragma once

#include <cstdint>

#include "models/isa/instruction.h"

namespace vernier::machine {

class IRunLog {
 public:
  virtual ~IRunLog() = default;
  /// The unit popped the instruction in `cycle`.
  virtual void start(const isa::IssuedInstruction& issued, uint64_t cycle) = 0;
  /// The instruction ended: its interval is [start, cycle). `bursts` on the DRAM bus, 0 if none.
  virtual void end(const isa::IssuedInstruction& issued, uint64_t cycle, uint64_t bursts) = 0;
};

}  // namespace vernier::machine
