// SPDX-License-Identifier: Apache-2.0
// The load and the store unit with `ideal` DRAM, as events (docs/timing.md, section DRAM; docs/memory.md, DMA
// units). While nobody refuses a port the bus alone decides everything; when somebody does, every burst is
// followed into the scratchpad.
#pragma once

#include <deque>

#include "sim/engine/fast/dram_bus.h"
#include "sim/engine/fast/fast_memory.h"

namespace vernier::engine {

class IdealMemory : public IFastMemory {
 public:
  IdealMemory(const machine::Machine& machine, const IPortSchedule& ports, bool skip);

  void start_load(uint64_t cycle, const DmaTransfer& transfer) override;
  void start_store(uint64_t cycle, const DmaTransfer& transfer) override;
  [[nodiscard]] uint64_t next_event() override;
  void advance(uint64_t cycle) override;
  bool take_load_free() override { return std::exchange(load_free_, false); }
  bool take_store_free() override { return std::exchange(store_free_, false); }
  uint64_t take_load_end() override;
  uint64_t take_store_end() override { return std::exchange(store_end_, kNever); }
  [[nodiscard]] uint64_t bursts() const override { return bus_.bursts_granted(); }
  [[nodiscard]] dram::ChannelCounts counts() const override { return {}; }
  [[nodiscard]] uint64_t refused_cycles() const override { return refused_; }

  [[nodiscard]] bool can_repeat(const Loop&) const override { return bus_.can_repeat(); }
  void describe(StateWords& state) const override;
  void list(Counters& counters) override;
  void jump(const Jump& jump) override;

 private:
  struct Load {
    isa::Scratchpad scratchpad = isa::Scratchpad::weight;
    uint64_t groups = 0;
    bool asks = false;          // its writes may be refused
    uint64_t write_cycles = 1;  // of a burst
    uint64_t bursts = 0, granted = 0;
    uint64_t written = 0;  // while stepping
    uint64_t last_grant = 0;
    uint64_t end = kNever;  // while stepping: known with its last write
  };

  [[nodiscard]] uint64_t natural_end(uint64_t grant) const { return grant + burst_cycles_ + latency_; }
  [[nodiscard]] bool asked_are_free(uint64_t cycle) const;
  [[nodiscard]] uint64_t next_port_change() const;
  [[nodiscard]] bool store_may_read(uint64_t cycle) const;
  [[nodiscard]] bool on_time(uint64_t cycle) const;
  void choose_mode(uint64_t cycle);
  void start_stepping(uint64_t cycle);
  void take_from_bus(uint64_t cycle);
  [[nodiscard]] bool may_write(const Load& load, uint64_t cycle, bool store_reads) const;
  [[nodiscard]] uint64_t next_attempt();
  void write(uint64_t cycle);
  [[nodiscard]] Load& writing();
  void aim_at_next_write(uint64_t earliest);

  const machine::Machine& machine_;
  const IPortSchedule& ports_;
  uint64_t burst_cycles_, latency_;
  DramBus bus_;
  uint64_t now_ = 0;
  bool stepping_ = false;

  std::deque<Load> loads_;  // not ended, in order; only the last one may still be granted bursts
  std::deque<DramBus::GrantRun> unwritten_;  // grants of bursts not written; while stepping one entry each
  uint64_t write_left_ = 0;                  // while stepping: cycles of the front one to go
  uint64_t try_at_ = kNever;                 // and when to try the next
  uint64_t load_free_from_ = kNever;
  bool load_free_ = false;

  isa::Scratchpad store_scratchpad_ = isa::Scratchpad::output;
  uint64_t store_groups_ = 0;
  bool store_read_ = false;  // its claim was granted in the cycle advanced to
  uint64_t store_free_from_ = kNever;
  bool store_free_ = false;
  uint64_t store_end_ = kNever;
  uint64_t granted_loads_ = 0;  // bursts
  uint64_t last_write_ = 0;     // while stepping
  uint64_t refused_ = 0;
};

}  // namespace vernier::engine
