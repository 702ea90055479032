// SPDX-License-Identifier: Apache-2.0
// Turns of a loop that only repeat what happened before need not be followed: the parts of an engine and its
// observers say what their future depends on and what they count, and move on in time (docs/performance.md).
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "models/isa/instruction.h"

namespace vernier::engine {

/// A loop of a program and what its turns have in common; made by LoopTable.
struct Loop {
  /// A load or store in it, inner loops included.
  struct Transfer {
    const isa::Instruction* instruction = nullptr;
    uint64_t begin = 0, end = 0;  ///< all its DRAM bytes, whatever the turn of any loop, lie in [begin, end)
    int64_t step = 0;             ///< bytes by which a turn moves it; 0 if addresses come back (`period`)
  };

  size_t level = 0;  ///< loops around it
  const isa::Node* begin = nullptr;
  const isa::Node* end = nullptr;  ///< the body is [begin, end)
  /// After so many turns all addresses in scratchpads are the same again, and those in DRAM have moved by
  /// whole bursts. 0: never.
  uint64_t period = 0;
  uint64_t waits = 0;  ///< bit s: an instruction of the body waits for semaphore s
  std::vector<Transfer> transfers;
};

/// The beginning of a turn.
struct Turn {
  const Loop& loop;
  uint64_t index = 0;     ///< of the turn
  uint64_t now = 0;       ///< cycle
  uint64_t sequence = 0;  ///< of its first instruction
};

/// What the future depends on, relative to the turn: where it is the same at two turns of a loop, the same
/// will happen, later by the time between them.
class StateWords {
 public:
  explicit StateWords(const Turn& turn) : turn_(turn) {}

  void add(uint64_t word) { words_.push_back(word); }
  void add(const void* object) { add(reinterpret_cast<uint64_t>(object)); }
  void add_time(uint64_t cycle) { add(cycle == UINT64_MAX ? kNever : cycle - turn_.now); }
  /// A time of which only matters how far it lies ahead.
  void add_until(uint64_t cycle) { add_time(std::max(cycle, turn_.now)); }
  /// An instruction that is waiting or in flight.
  void add(const isa::IssuedInstruction& issued);

  [[nodiscard]] const Turn& turn() const { return turn_; }
  /// No instruction comes from outside the loop.
  [[nodiscard]] bool inside() const { return inside_; }
  [[nodiscard]] std::vector<uint64_t>& words() { return words_; }

 private:
  static constexpr uint64_t kNever = uint64_t{1} << 63;
  const Turn turn_;
  bool inside_ = true;
  std::vector<uint64_t> words_;
};

/// Numbers that grow by the same amount whenever the same happens.
class Counters {
 public:
  /// `counters` consists of uint64_t, or of uint32_t, and nothing else.
  template <typename Word = uint64_t, typename T>
  void add(T& counters) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % sizeof(Word) == 0);
    ranges_.push_back({&counters, sizeof(T) / sizeof(Word), sizeof(Word) == sizeof(uint32_t)});
  }
  void read(std::vector<uint64_t>& values) const;
  /// Adds `times` of what was added since `before` was read.
  void repeat(const std::vector<uint64_t>& before, uint64_t times);

 private:
  struct Range {
    void* first;
    size_t count;
    bool narrow;
  };
  std::vector<Range> ranges_;
};

/// Periods of a loop that are left out.
struct Jump {
  size_t level = 0;
  uint64_t times = 0;                                ///< periods
  uint64_t turns = 0, cycles = 0, instructions = 0;  ///< of one

  [[nodiscard]] uint64_t later(uint64_t cycle) const {
    return cycle == UINT64_MAX ? cycle : cycle + times * cycles;
  }
  /// How far the instruction moves in DRAM.
  [[nodiscard]] uint64_t dram_bytes(const isa::Instruction& instruction) const {
    return instruction.dram.wrap != 0 ? 0
                                      : times * turns * static_cast<uint64_t>(instruction.dram.stride[level]);
  }
  void move(isa::IssuedInstruction& issued) const;
};

/// A part of an engine, or an observer, that can do without turns of a loop.
class IRepeatable {
 public:
  IRepeatable() = default;
  virtual ~IRepeatable() = default;
  IRepeatable(const IRepeatable&) = delete;
  IRepeatable& operator=(const IRepeatable&) = delete;

  /// Turns of the loop may be left out, as far as this part goes, once its state repeats.
  [[nodiscard]] virtual bool can_repeat(const Loop& loop) const = 0;
  virtual void describe(StateWords& state) const { static_cast<void>(state); }
  /// What it counts, at places that stay.
  virtual void list(Counters& counters) { static_cast<void>(counters); }
  /// Everything in flight is where it will be after the jump. Counters are seen to elsewhere.
  virtual void jump(const Jump& jump) { static_cast<void>(jump); }
};

}  // namespace vernier::engine
