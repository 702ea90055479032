// SPDX-License-Identifier: Apache-2.0
// Finds programs whose semaphores do not order conflicting accesses: their values would depend on timing.
#pragma once

#include <vector>

#include "models/array/gemm_block.h"
#include "models/machine/machine.h"
#include "models/memory/transfer.h"
#include "sim/engine/run_log.h"

namespace vernier::engine {

/// While an instruction is in flight nobody may write what it reads, or touch what it writes. Throws
/// InputError PRG050 naming both instructions and the bytes. What makes it legal for an engine to move the
/// data of an instruction at once.
class HazardObserver : public IRunObserver {
 public:
  HazardObserver(const isa::Program& program, const machine::Machine& machine);
  void on_start(const isa::IssuedInstruction& issued, uint64_t cycle) override;
  void on_end(const isa::IssuedInstruction& issued, uint64_t cycle, uint64_t bursts) override;
  void on_finish(uint64_t) override {}

  /// Accesses of the turns left out are where they were, or all in step, or where no other ever comes.
  [[nodiscard]] bool can_repeat(const Loop& loop) const override;
  void jump(const Jump& jump) override;

 private:
  enum class Space { weight, activation, output, dram, pool };
  struct Access {
    Space space;
    uint64_t begin, end;  // bytes; of DRAM the hull
    bool writes;
    memory::Transfer transfer;  // DRAM only
  };
  struct InFlight {
    isa::IssuedInstruction issued;
    std::vector<Access> accesses;
  };
  [[nodiscard]] std::vector<Access> accesses_of(const isa::IssuedInstruction& issued) const;
  static bool conflict(const Access& a, const Access& b);
  static const char* name_of(Space space);

  const isa::Program& program_;
  const machine::Machine& machine_;
  std::vector<formats::GroupFormat> formats_;
  std::vector<InFlight> in_flight_;
};

}  // namespace vernier::engine
