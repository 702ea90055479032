// SPDX-License-Identifier: Apache-2.0
#include "sim/mapper/program_builder.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace vernier::mapper {
namespace {

constexpr uint64_t kMaxCount = std::numeric_limits<uint16_t>::max();

void add(std::array<isa::SemaphoreUse, isa::kMaxSyncs>& list, uint8_t& size, Semaphore semaphore,
         uint64_t count) {
  if (count == 0) return;
  VERNIER_INVARIANT(size < isa::kMaxSyncs && count <= kMaxCount, "{} entries, count {}", size, count);
  list[size++] = {static_cast<uint8_t>(semaphore), static_cast<uint16_t>(count)};
}

/// The semaphore that counts the free slots of a ring of attention; -1 if it is in step with another ring.
int free_semaphore(Ring ring) {
  switch (ring) {
    case Ring::key:
      return static_cast<int>(Semaphore::key_free);
    case Ring::value:
      return static_cast<int>(Semaphore::value_free);
    case Ring::query:
      return static_cast<int>(Semaphore::query_free);
    case Ring::score:
      return static_cast<int>(Semaphore::score_free);
    case Ring::probability:
      return static_cast<int>(Semaphore::probability_free);
    case Ring::product:
      return static_cast<int>(Semaphore::product_free);
    case Ring::result:
      return static_cast<int>(Semaphore::result_free);
    default:
      return -1;
  }
}

}  // namespace

uint64_t slot_bytes(const machine::Machine& machine, Ring ring) {
  switch (ring) {
    case Ring::weight:
      return machine.weight_spad.capacity_bytes / 2;
    case Ring::activation:
      return machine.activation_spad.capacity_bytes / 2 / 2 * 2;
    default:
      break;
  }
  return machine.output_spad.capacity_bytes / 4 / 4 * 4;
}

ProgramBuilder::ProgramBuilder(const machine::Machine& machine) {
  for (size_t i = 0; i <= static_cast<size_t>(Ring::vector); ++i)
    rings_[i].slot_bytes = slot_bytes(machine, static_cast<Ring>(i));
  RingState& vector = rings_[static_cast<size_t>(Ring::vector)];
  vector.base = kSlotsPerRing * vector.slot_bytes;
  for (const Semaphore free :
       {Semaphore::weight_free, Semaphore::act_free, Semaphore::out_free, Semaphore::vec_free}) {
    program_.semaphore_initial[static_cast<size_t>(free)] = kSlotsPerRing;
  }
}

int ProgramBuilder::open_loop(int64_t trip_count) {
  VERNIER_INVARIANT(trip_count >= 1, "trip count {}", trip_count);
  if (trip_count == 1) return -1;
  VERNIER_INVARIANT(loops_.size() < isa::kMaxLoopDepth, "loops nested {} deep", loops_.size());
  Loop loop;
  loop.trip_count = static_cast<uint64_t>(trip_count);
  loop.first_use = uses_.size();
  for (size_t i = 0; i < kRingCount; ++i) loop.taken[i] = rings_[i].taken;
  loops_.push_back(loop);
  isa::Node node;
  node.kind = isa::Node::Kind::loop_begin;
  node.trip_count = loop.trip_count;
  program_.nodes.push_back(node);
  return static_cast<int>(loops_.size()) - 1;
}

void ProgramBuilder::close_loop(int level) {
  if (level < 0) return;
  VERNIER_INVARIANT(static_cast<size_t>(level) + 1 == loops_.size(), "level {} of {}", level, loops_.size());
  const Loop loop = loops_.back();
  loops_.pop_back();
  for (size_t i = loop.first_use; i < uses_.size(); ++i) {
    const SlotUse& use = uses_[i].use;
    if (use.slot.depth <= level) continue;
    const auto ring = static_cast<size_t>(use.slot.ring);
    const uint64_t per_iteration = (rings_[ring].taken - loop.taken[ring]) % kSlotsPerRing;
    isa::Address& address = program_.nodes[uses_[i].node].instruction.*(use.field);
    address.stride[static_cast<size_t>(level)] =
        static_cast<int64_t>(per_iteration * rings_[ring].slot_bytes);
  }
  for (size_t i = 0; i < kRingCount; ++i) {
    // Only the position modulo the slots matters, so the product may not overflow.
    const uint64_t taken = (rings_[i].taken - loop.taken[i]) % kSlotsPerRing;
    rings_[i].taken = loop.taken[i] + taken * (loop.trip_count % kSlotsPerRing);
  }
  if (loops_.empty()) uses_.clear();
  isa::Node node;
  node.kind = isa::Node::Kind::loop_end;
  program_.nodes.push_back(node);
}

Slot ProgramBuilder::take(Ring ring) {
  RingState& state = rings_[static_cast<size_t>(ring)];
  return {ring, static_cast<int>(loops_.size()), state.taken++ % kSlotsPerRing * state.slot_bytes};
}

Slot ProgramBuilder::recent(Ring ring, uint64_t age) const {
  const RingState& state = rings_[static_cast<size_t>(ring)];
  return {ring, static_cast<int>(loops_.size()), (state.taken - age) % kSlotsPerRing * state.slot_bytes};
}

void ProgramBuilder::begin_ring(Ring ring, uint64_t base, uint64_t slot_bytes) {
  rings_[static_cast<size_t>(ring)] = {base, slot_bytes, 0};
  if (const int free = free_semaphore(ring); free >= 0)
    program_.semaphore_initial[static_cast<size_t>(free)] = kSlotsPerRing;
}

void ProgramBuilder::end_rings() {
  for (RecordedUse& recorded : uses_) {
    if (recorded.use.slot.ring > Ring::vector) recorded.use.slot.depth = 0;
  }
}

void ProgramBuilder::emit(isa::Instruction instruction, const std::vector<SlotUse>& uses) {
  for (const SlotUse& use : uses) {
    const RingState& ring = rings_[static_cast<size_t>(use.slot.ring)];
    isa::Address& address = instruction.*(use.field);
    address.base = ring.base + use.at;
    address.offset = use.slot.offset;
    address.wrap = kSlotsPerRing * ring.slot_bytes;
    uses_.push_back({program_.nodes.size(), use});
  }
  isa::Node node;
  node.instruction = instruction;
  program_.nodes.push_back(node);
}

void ProgramBuilder::emit_wait(isa::Queue queue, Semaphore semaphore, uint64_t count, uint32_t op) {
  for (; count > 0; count -= std::min(count, kMaxCount)) {
    isa::Instruction sync;
    sync.queue = queue;
    sync.op = op;
    wait(sync, semaphore, std::min(count, kMaxCount));
    emit(sync);
  }
}

void ProgramBuilder::emit_post(isa::Queue queue, Semaphore semaphore, uint64_t count, uint32_t op) {
  for (; count > 0; count -= std::min(count, kMaxCount)) {
    isa::Instruction sync;
    sync.queue = queue;
    sync.op = op;
    post(sync, semaphore, std::min(count, kMaxCount));
    emit(sync);
  }
}

void ProgramBuilder::wait(isa::Instruction& instruction, Semaphore semaphore, uint64_t count) {
  add(instruction.waits, instruction.wait_count, semaphore, count);
}

void ProgramBuilder::post(isa::Instruction& instruction, Semaphore semaphore, uint64_t count) {
  add(instruction.posts, instruction.post_count, semaphore, count);
}

}  // namespace vernier::mapper
