// SPDX-License-Identifier: Apache-2.0
// Orders instructions that touch the same bytes: a list of instructions in program order becomes one with
// semaphores.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/isa/instruction.h"

namespace vernier::schedule {

/// What an instruction touches, as indices of whoever counts: regions of the pool, or tensors in DRAM.
struct Touched {
  std::vector<uint32_t> reads, writes;            ///< regions
  std::vector<uint32_t> dram_reads, dram_writes;  ///< tensors
};

/// For each pair of queues a semaphore counts the instructions of the first that the second waits for. Every
/// queue works in order, so to wait for the last of several is to wait for all of them.
class DependencyBuilder {
 public:
  /// The program's pool must be complete; instructions are appended to it.
  explicit DependencyBuilder(isa::Program& program, size_t dram_tensors);

  /// Appends an instruction, which waits for all earlier ones in other queues that touch the same bytes, one
  /// of the two writing, and for what wait_for() has named.
  void add(isa::Instruction instruction, const Touched& touched);
  /// Appends `count` executions of an instruction of the compute queue: a loop between two `sync`.
  void add_loop(const isa::Instruction& instruction, uint64_t count, const Touched& touched);
  /// The next instruction waits for every instruction there is in `queue`.
  void wait_for(isa::Queue queue) {
    extra_[static_cast<size_t>(queue)] = issued_[static_cast<size_t>(queue)];
  }

 private:
  using PerQueue = std::array<uint64_t, isa::kQueueCount>;  ///< positions in the queues, from 1; 0 = none
  struct Users {
    PerQueue reads{}, writes{};
  };
  [[nodiscard]] PerQueue needed(const Touched& touched) const;
  void wait(isa::Instruction& instruction, const PerQueue& needed);
  void append(const isa::Instruction& instruction);
  void note(isa::Queue queue, const Touched& touched);

  isa::Program& program_;
  std::vector<Users> regions_, tensors_;
  PerQueue issued_{};                                        ///< instructions so far
  std::array<std::vector<size_t>, isa::kQueueCount> nodes_;  ///< where they are in the program
  std::array<PerQueue, isa::kQueueCount> awaited_{};         ///< [waiting][waited for]
  PerQueue extra_{};
};

}  // namespace vernier::schedule
