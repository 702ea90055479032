// SPDX-License-Identifier: Apache-2.0
// The allocation table of a pooled program, followed by the log: what the netlist's allocator does, for
// `fast`.
#pragma once

#include "models/memory/allocation_table.h"
#include "sim/engine/run_log.h"

namespace vernier::engine {

/// Throws InputError PRG056 and PRG012, as AllocationTable does.
class PoolObserver : public IRunObserver {
 public:
  explicit PoolObserver(const isa::Program& program) : table_(program) {}
  void on_start(const isa::IssuedInstruction& issued, uint64_t cycle) override {
    table_.start(issued, cycle);
  }
  void on_end(const isa::IssuedInstruction& issued, uint64_t, uint64_t) override { table_.end(issued); }
  void on_finish(uint64_t) override {}
  [[nodiscard]] uint64_t peak_bytes() const { return table_.peak_bytes(); }

 private:
  memory::AllocationTable table_;
};

}  // namespace vernier::engine
