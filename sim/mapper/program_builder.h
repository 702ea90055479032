// SPDX-License-Identifier: Apache-2.0
// Writes isa::Programs: instructions, loops, and scratchpad slots that are used in turn.
//
// A ring divides a scratchpad region into equal slots that are taken one after the other, for the whole
// length of the program: loops do not restart at slot 0. An instruction names the slots it uses; when a loop
// closes, the builder gives every such address the stride (slots taken per iteration) * (slot bytes) at the
// loop's level. A slot taken outside a loop keeps its address inside it.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "models/isa/instruction.h"
#include "models/machine/machine.h"

namespace vernier::mapper {

/// The rings: two slots each. GEMM results and vector operands share the output scratchpad half and half.
/// Attention in one schedule divides the scratchpads anew, into the rings from `key` on.
enum class Ring : uint8_t {
  weight,
  activation,
  gemm_out,
  vector,
  key,
  value,
  query,
  probability,
  score,
  product,
  result,
  factors
};
constexpr size_t kRingCount = 12;
constexpr uint64_t kSlotsPerRing = 2;

/// Bytes of one slot of the first four rings: half of the weight and activation scratchpads, a quarter of the
/// output scratchpad, rounded down to whole elements (1, 2 and 4 bytes).
[[nodiscard]] uint64_t slot_bytes(const machine::Machine& machine, Ring ring);

/// The counting semaphores of every mapped program. The queue that waits is the first word of the comment.
enum class Semaphore : uint8_t {
  weight_free,  ///< load: slots of the weight ring; posted by compute
  weight_full,  ///< compute; posted by load
  act_free,     ///< load; posted by compute
  act_full,     ///< compute; posted by load
  out_free,     ///< compute; posted by store
  out_full,     ///< store; posted by compute
  vec_free,     ///< load; posted by store
  vec_in,       ///< vector; posted by load
  vec_out,      ///< store; posted by vector
  dram_done,    ///< load: stores that have completed, in program order; posted by store
  // Attention in one schedule; scores, probabilities and so on as docs/attention.md names them.
  key_free,          ///< load; posted by compute
  key_full,          ///< compute; posted by load
  value_free,        ///< load; posted by compute
  value_full,        ///< compute; posted by load
  query_free,        ///< load; posted by compute
  query_full,        ///< compute; posted by load
  score_free,        ///< compute; posted by vector
  score_full,        ///< vector; posted by compute
  probability_free,  ///< vector; posted by compute
  probability_full,  ///< compute; posted by vector
  product_free,      ///< compute; posted by vector
  product_full,      ///< vector; posted by compute
  result_free,       ///< vector; posted by store
  result_full,       ///< store; posted by vector
};

/// A slot taken from a ring, valid until the ring has been taken from kSlotsPerRing more times.
struct Slot {
  Ring ring = Ring::weight;
  int depth = 0;        ///< loops open when it was taken
  uint64_t offset = 0;  ///< in the ring, in the first iteration of these loops
};

/// One address of an instruction that lies in a slot.
struct SlotUse {
  isa::Address isa::Instruction::*field;
  Slot slot;
  uint64_t at = 0;  ///< bytes from the start of the slot
};

class ProgramBuilder {
 public:
  explicit ProgramBuilder(const machine::Machine& machine);

  /// Opens a loop and returns its level; a trip count of 1 opens nothing and returns -1.
  int open_loop(int64_t trip_count);
  /// Closes the loop that open_loop returned `level` for; nothing for -1.
  void close_loop(int level);

  Slot take(Ring ring);
  /// The slot that was taken last (`age` 1) or before it (2), be it in the iteration before this one.
  [[nodiscard]] Slot recent(Ring ring, uint64_t age) const;
  /// Starts a ring of attention: two slots from `base`, the first one next.
  void begin_ring(Ring ring, uint64_t base, uint64_t slot_bytes);
  /// Ends all rings of attention: loops that are open repeat the addresses.
  void end_rings();
  void emit(isa::Instruction instruction, const std::vector<SlotUse>& uses = {});
  /// `sync` instructions that wait for or post any count, split where it exceeds one entry.
  void emit_wait(isa::Queue queue, Semaphore semaphore, uint64_t count, uint32_t op);
  void emit_post(isa::Queue queue, Semaphore semaphore, uint64_t count, uint32_t op);

  static void wait(isa::Instruction& instruction, Semaphore semaphore, uint64_t count = 1);
  static void post(isa::Instruction& instruction, Semaphore semaphore, uint64_t count = 1);

  isa::Program& program() { return program_; }

 private:
  struct RingState {
    uint64_t base = 0;
    uint64_t slot_bytes = 0;
    uint64_t taken = 0;
  };
  struct Loop {
    uint64_t trip_count = 0;
    size_t first_use = 0;
    std::array<uint64_t, kRingCount> taken{};
  };
  struct RecordedUse {
    size_t node;
    SlotUse use;
  };

  isa::Program program_;
  std::array<RingState, kRingCount> rings_{};
  std::vector<Loop> loops_;
  std::vector<RecordedUse> uses_;
};

}  // namespace vernier::mapper
