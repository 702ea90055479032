// SPDX-License-Identifier: Apache-2.0
// What connects the SystemC modules: registered channels. A write in one cycle is visible in the next,
// whatever the order in which the kernel runs the processes of a cycle (docs/timing.md).
#pragma once

#include <deque>
#include <systemc>

#include "models/isa/instruction.h"

namespace vernier::machine {

/// Instruction queue between the sequencer and one unit.
class InstructionQueue : public sc_core::sc_prim_channel {
 public:
  explicit InstructionQueue(const char* name) : sc_prim_channel(name) {}

  /// Entries occupied as of this cycle, including one popped in this cycle.
  [[nodiscard]] size_t occupancy() const { return visible_; }
  [[nodiscard]] bool empty() const { return visible_ == 0; }
  [[nodiscard]] const isa::IssuedInstruction& head() const { return entries_.front(); }

  void push(const isa::IssuedInstruction& issued) {
    entries_.push_back(issued);
    request_update();
  }
  void pop() {
    popped_ = true;
    request_update();
  }

 protected:
  void update() override {
    if (popped_) entries_.pop_front();
    popped_ = false;
    visible_ = entries_.size();
  }

 private:
  std::deque<isa::IssuedInstruction> entries_;
  size_t visible_ = 0;
  bool popped_ = false;
};

/// The counting semaphores of all units.
class SemaphoreFile : public sc_core::sc_prim_channel {
 public:
  SemaphoreFile(const char* name, const std::array<uint32_t, isa::kMaxSemaphores>& initial)
      : sc_prim_channel(name), values_(initial) {}

  [[nodiscard]] bool satisfied(const isa::Instruction& instruction) const {
    for (int i = 0; i < instruction.wait_count; ++i) {
      if (values_[instruction.waits[i].semaphore] < instruction.waits[i].count) return false;
    }
    return true;
  }
  void take(const isa::Instruction& instruction) {
    for (int i = 0; i < instruction.wait_count; ++i) {
      change_[instruction.waits[i].semaphore] -= instruction.waits[i].count;
    }
    request_update();
  }
  void post(const isa::Instruction& instruction) {
    for (int i = 0; i < instruction.post_count; ++i) {
      change_[instruction.posts[i].semaphore] += instruction.posts[i].count;
    }
    request_update();
  }
  [[nodiscard]] const std::array<uint32_t, isa::kMaxSemaphores>& values() const { return values_; }

 protected:
  void update() override {
    for (size_t i = 0; i < values_.size(); ++i) {
      values_[i] = static_cast<uint32_t>(static_cast<int64_t>(values_[i]) + change_[i]);
    }
    change_.fill(0);
  }

 private:
  std::array<uint32_t, isa::kMaxSemaphores> values_;
  std::array<int64_t, isa::kMaxSemaphores> change_{};
};

}  // namespace vernier::machine
