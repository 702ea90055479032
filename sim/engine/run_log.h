// SPDX-License-Identifier: Apache-2.0
// Collects what the units announce, puts it into one canonical order and hands it to the observers.
#pragma once

#include <cstdint>
#include <vector>

#include "models/machine/run_log.h"
#include "sim/engine/repetition.h"

namespace vernier::engine {

/// One finished dynamic instruction.
struct InstructionRecord {
  uint64_t sequence = 0;
  uint32_t op = 0;
  isa::Opcode opcode = isa::Opcode::sync;
  isa::Queue queue = isa::Queue::compute;
  uint64_t start = 0;   ///< cycle in which it was popped
  uint64_t end = 0;     ///< first cycle after it
  uint64_t bursts = 0;  ///< DRAM bursts it moved

  [[nodiscard]] bool operator==(const InstructionRecord& other) const;
};

/// Sees starts and ends in time order; at equal times ends come before starts, then queue order. One that
/// cannot do without those of turns that are left out (repetition.h) is shown every one.
class IRunObserver : public IRepeatable {
 public:
  [[nodiscard]] bool can_repeat(const Loop&) const override { return false; }
  virtual void on_start(const isa::IssuedInstruction& issued, uint64_t cycle) = 0;
  virtual void on_end(const isa::IssuedInstruction& issued, uint64_t cycle, uint64_t bursts) = 0;
  /// No more events; `cycles` is the length of the run.
  virtual void on_finish(uint64_t cycles) = 0;
};

/// Units may announce an end up to two cycles before or after other events of the same time; the log sorts.
class RunLog : public machine::IRunLog, public IRepeatable {
 public:
  void add_observer(IRunObserver& observer) { observers_.push_back(&observer); }

  void start(const isa::IssuedInstruction& issued, uint64_t cycle) override;
  void end(const isa::IssuedInstruction& issued, uint64_t cycle, uint64_t bursts) override;
  /// The largest end announced so far.
  [[nodiscard]] uint64_t latest_end() const { return cycles_; }
  /// Delivers what is left. Returns the length of the run: the largest end, 0 if nothing ran.
  uint64_t finish();

  [[nodiscard]] bool can_repeat(const Loop& loop) const override;
  void describe(StateWords& state) const override;
  void list(Counters& counters) override;
  void jump(const Jump& jump) override;

 private:
  struct Event {
    uint64_t cycle;
    bool is_start;
    isa::IssuedInstruction issued;
    uint64_t bursts;
  };
  void add(const Event& event);
  void deliver(size_t count);

  std::vector<Event> pending_;  // sorted; only events of the last few cycles
  std::vector<IRunObserver*> observers_;
  uint64_t cycles_ = 0;
};

/// Keeps every record, in the order of their ends; for comparison between engines and for traces.
class RecordingObserver : public IRunObserver {
 public:
  /// Keeps at most `limit` records (the first ones); the rest is counted only.
  explicit RecordingObserver(size_t limit = SIZE_MAX) : limit_(limit) {}
  void on_start(const isa::IssuedInstruction& issued, uint64_t cycle) override;
  void on_end(const isa::IssuedInstruction& issued, uint64_t cycle, uint64_t bursts) override;
  void on_finish(uint64_t) override {}
  [[nodiscard]] bool can_repeat(const Loop&) const override { return true; }
  void describe(StateWords& state) const override;
  void list(Counters& counters) override { counters.add(seen_); }
  /// Writes down what was left out, too.
  void jump(const Jump& jump) override;
  [[nodiscard]] const std::vector<InstructionRecord>& records() const { return records_; }
  [[nodiscard]] uint64_t seen() const { return seen_; }

 private:
  size_t limit_;
  uint64_t seen_ = 0;
  std::vector<std::pair<uint64_t, uint64_t>> open_;  // (sequence, start), few
  std::vector<InstructionRecord> records_;
};

}  // namespace vernier::engine
