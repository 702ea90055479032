// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/fast/fast_engine.h"

#include <algorithm>
#include <deque>
#include <optional>

#include "base/error.h"
#include "models/array/gemm_timing.h"
#include "models/machine/scratchpads.h"
#include "models/memory/transfer.h"
#include "models/vector/vector_unit.h"
#include "sim/engine/deadlock.h"
#include "sim/engine/fast/ideal_memory.h"
#include "sim/engine/fast/loop_jumps.h"
#include "sim/engine/fast/port_schedule.h"

namespace vernier::engine {
namespace {

using isa::IssuedInstruction;
using isa::Opcode;
using isa::Queue;

constexpr uint64_t kNever = UINT64_MAX;

struct QueueEntry {
  IssuedInstruction issued;
  uint64_t dispatched = 0;
};

struct Running {
  IssuedInstruction issued;
  uint64_t end = 0;
  uint64_t bursts = 0;
};

/// One unit: its queue, when it can pop again, and what it has started but not ended.
struct Unit {
  std::deque<QueueEntry> queue;
  uint64_t last_pop = kNever;   // an entry popped in cycle p is free from p+1
  uint64_t free_from = 0;       // kNever while a transfer occupies the unit
  std::deque<Running> running;  // in order of their ends
  std::deque<Running> moving;   // load, store: transfers whose ends are not known

  void describe(StateWords& state) const {
    state.add(queue.size());
    // Of these the last before the turn, and no other, was dispatched now.
    for (const QueueEntry& entry : queue) state.add(entry.issued);
    state.add_until(free_from);
    for (const std::deque<Running>* list : {&running, &moving}) {
      state.add(list->size());
      for (const Running& one : *list) {
        state.add(one.issued);
        state.add_until(one.end);
        state.add(one.bursts);
      }
    }
  }
  void jump(const Jump& jump) {
    for (QueueEntry& entry : queue) {
      entry.dispatched = jump.later(entry.dispatched);
      jump.move(entry.issued);
    }
    last_pop = jump.later(last_pop);
    free_from = jump.later(free_from);
    for (std::deque<Running>* list : {&running, &moving}) {
      for (Running& one : *list) {
        one.end = jump.later(one.end);
        jump.move(one.issued);
      }
    }
  }
};

class FastEngine : public IRepeatable {
 public:
  FastEngine(const isa::Program& program, const machine::Machine& machine, RunLog& log,
             const FastOptions& options)
      : program_(program),
        machine_(machine),
        log_(log),
        cursor_(program),
        timing_(machine, program.formats),
        ports_(program, machine, timing_, options.port_rules),
        memory_(make_memory(options)),
        semaphores_(program.semaphore_initial) {
    const std::vector<IRepeatable*> parts = {this, memory_.get(), &ports_, &log_};
    if (options.skip && machine.dram.kind == machine::DramKind::ideal)
      jumps_.emplace(program, machine.dram.burst_bytes, parts);
  }

  EngineTotals run() {
    has_next_ = cursor_.next(next_);
    for (uint64_t cycle = next_time(); cycle != kNever; cycle = next_time()) {
      VERNIER_INVARIANT(totals_.steps == 0 || cycle > now_, "time {} after {}", cycle, now_);
      now_ = cycle;
      ++totals_.steps;
      memory_->advance(now_);
      follow_transfers();
      for (Unit& unit : units_) end_instructions(unit);
      for (int q = 0; q < isa::kQueueCount; ++q) try_pop(static_cast<Queue>(q));
      if (dispatch() && cursor_.turned() >= 0 && jumps_) jump_ahead();
    }
    check_all_done();
    totals_.dram_bursts = memory_->bursts();
    totals_.cycles = log_.finish();
    memory_->finish(totals_.cycles);
    totals_.dram = memory_->counts();
    totals_.dma_refused_cycles = memory_->refused_cycles();
    totals_.vector_stall_cycles = ports_.vector_stalls();
    return totals_;
  }

 private:
  Unit& unit(Queue queue) { return units_[static_cast<size_t>(queue)]; }

  [[nodiscard]] std::unique_ptr<IFastMemory> make_memory(const FastOptions& options) const {
    if (machine_.dram.kind == machine::DramKind::ideal)
      return std::make_unique<IdealMemory>(machine_, ports_, options.skip);
    return make_dram_memory(machine_, ports_, options.skip, options.dram_observers);
  }

  /// The next cycle in which anything can change; kNever if nothing will.
  [[nodiscard]] uint64_t next_time() {
    uint64_t next = memory_->next_event();
    for (const Unit& unit : units_) {
      if (!unit.running.empty()) next = std::min(next, unit.running.front().end);
      if (!unit.queue.empty() && unit.free_from != kNever) {
        const uint64_t pop = std::max(unit.free_from, unit.queue.front().dispatched + 1);
        // In the past or now means: waiting for a semaphore, which some end will post.
        if (pop > now_) next = std::min(next, pop);
      }
    }
    // Full now means: waiting for a pop, which is an event of its own.
    if (has_next_ && units_[static_cast<size_t>(next_.instruction->queue)].queue.size() <
                         static_cast<size_t>(machine_.sequencer.queue_depth)) {
      next = std::min(next, std::max(earliest_dispatch_, totals_.steps == 0 ? 0 : now_ + 1));
    }
    return next;
  }

  /// The queue of the next instruction has a free entry; one that was popped in this cycle is not free yet.
  [[nodiscard]] bool has_room(const Unit& target) const {
    const size_t occupied = target.queue.size() + (target.last_pop == now_ ? 1 : 0);
    return occupied < static_cast<size_t>(machine_.sequencer.queue_depth);
  }

  bool dispatch() {
    if (!has_next_ || earliest_dispatch_ > now_) return false;
    Unit& target = unit(next_.instruction->queue);
    if (!has_room(target)) return false;
    target.queue.push_back({next_, now_});
    ++totals_.instructions;
    has_next_ = cursor_.next(next_);
    earliest_dispatch_ = now_ + 1;
    return true;
  }

  void jump_ahead() {
    const std::optional<Jump> jump =
        jumps_->turned(cursor_, static_cast<size_t>(cursor_.turned()), now_, next_.sequence);
    if (jump) totals_.left_out += jump->times * jump->instructions;
  }

  [[nodiscard]] bool can_repeat(const Loop&) const override { return program_.pool_bytes == 0; }

  void describe(StateWords& state) const override {
    for (const Unit& unit : units_) unit.describe(state);
    state.add(next_);
    // Where no instruction waits for it, the value of a semaphore does not matter.
    for (size_t s = 0; s < semaphores_.size(); ++s)
      state.add((state.turn().loop.waits >> s & 1) != 0 ? semaphores_[s] : 0);
  }

  void list(Counters& counters) override {
    for (uint64_t* counter : {&totals_.instructions, &totals_.macs}) counters.add(*counter);
    counters.add(totals_.counts);
    counters.add<uint32_t>(semaphores_);
  }

  void jump(const Jump& jump) override {
    now_ = jump.later(now_);
    earliest_dispatch_ = jump.later(earliest_dispatch_);
    for (Unit& unit : units_) unit.jump(jump);
    jump.move(next_);
    cursor_.leave_out(jump.level, jump.times * jump.turns, jump.times * jump.instructions);
  }

  void end_instructions(Unit& unit) {
    while (!unit.running.empty() && unit.running.front().end == now_) {
      const Running& done = unit.running.front();
      const isa::Instruction& instruction = *done.issued.instruction;
      for (int i = 0; i < instruction.post_count; ++i) {
        semaphores_[instruction.posts[i].semaphore] += instruction.posts[i].count;
      }
      log_.end(done.issued, now_, done.bursts);
      unit.running.pop_front();
    }
  }

  /// Units that became free, and transfers whose ends became known.
  void follow_transfers() {
    if (memory_->take_load_free()) unit(Queue::load).free_from = now_;
    if (memory_->take_store_free()) unit(Queue::store).free_from = now_;
    for (uint64_t end = memory_->take_load_end(); end != kNever; end = memory_->take_load_end())
      know_end(unit(Queue::load), end);
    for (uint64_t end = memory_->take_store_end(); end != kNever; end = memory_->take_store_end())
      know_end(unit(Queue::store), end);
  }

  void know_end(Unit& owner, uint64_t end) {
    Running transfer = owner.moving.front();
    owner.moving.pop_front();
    transfer.end = end;
    insert(owner, transfer);
  }

  bool waits_satisfied(const isa::Instruction& instruction) const {
    for (int i = 0; i < instruction.wait_count; ++i) {
      if (semaphores_[instruction.waits[i].semaphore] < instruction.waits[i].count) return false;
    }
    return true;
  }

  void try_pop(Queue queue) {
    Unit& owner = unit(queue);
    if (owner.queue.empty() || owner.free_from > now_ || owner.queue.front().dispatched >= now_) return;
    const isa::Instruction& instruction = *owner.queue.front().issued.instruction;
    if (!waits_satisfied(instruction)) return;
    const IssuedInstruction issued = owner.queue.front().issued;
    owner.queue.pop_front();
    owner.last_pop = now_;
    for (int i = 0; i < instruction.wait_count; ++i) {
      semaphores_[instruction.waits[i].semaphore] -= instruction.waits[i].count;
    }
    log_.start(issued, now_);
    start(owner, issued);
  }

  void start(Unit& owner, const IssuedInstruction& issued) {
    const isa::Instruction& instruction = *issued.instruction;
    switch (instruction.opcode) {
      case Opcode::sync:
        run_for(owner, issued, 1);
        return;
      case Opcode::vector:
        ports_.start_vector(issued, now_);
        run_for(owner, issued, ports_.vector_end() - now_);
        return;
      case Opcode::gemm: {
        const array::GemmTiming& timing = timing_.instruction(instruction);
        totals_.counts += timing.counts;
        totals_.macs += timing.macs;
        run_for(owner, issued, timing.cycles);
        ports_.start_gemm(issued, timing, now_);
        defer_vector();
        return;
      }
      case Opcode::load:
      case Opcode::store: {
        const bool is_load = instruction.opcode == Opcode::load;
        const memory::Transfer transfer{issued.dram, instruction.rows, instruction.row_bytes,
                                        instruction.dram_stride};
        const machine::ScratchpadParams& spad = machine::scratchpad_of(machine_, instruction.scratchpad);
        const DmaTransfer dma{transfer, instruction.scratchpad,
                              spad.groups_of(issued.spad, issued.spad + transfer.bytes())};
        owner.moving.push_back({issued, 0, memory::burst_count(transfer, machine_.dram.burst_bytes)});
        owner.free_from = kNever;
        if (is_load) {
          memory_->start_load(now_, dma);
        } else {
          memory_->start_store(now_, dma);
        }
        return;
      }
    }
  }

  /// A gemm that was popped now may refuse ports to the vector instruction that is running.
  void defer_vector() {
    Unit& owner = unit(Queue::vector);
    if (owner.running.empty() || owner.running.front().issued.instruction->opcode != Opcode::vector) return;
    owner.running.front().end = owner.free_from = ports_.vector_end();
    memory_->ports_changed();
  }

  /// The unit works for `cycles` cycles. A sync behind transfers in flight may end before them.
  void run_for(Unit& owner, const IssuedInstruction& issued, uint64_t cycles) {
    insert(owner, {issued, now_ + cycles, 0});
    owner.free_from = now_ + cycles;
  }

  static void insert(Unit& owner, const Running& started) {
    const auto position =
        std::upper_bound(owner.running.begin(), owner.running.end(), started.end,
                         [](uint64_t value, const Running& other) { return value < other.end; });
    owner.running.insert(position, started);
  }

  void check_all_done() const {
    std::array<const isa::Instruction*, isa::kQueueCount> heads{};
    bool stuck = has_next_;
    for (size_t q = 0; q < heads.size(); ++q) {
      if (units_[q].queue.empty()) continue;
      heads[q] = units_[q].queue.front().issued.instruction;
      stuck = true;
    }
    if (stuck) throw deadlock(program_, heads, semaphores_, now_);
  }

  const isa::Program& program_;
  const machine::Machine& machine_;
  RunLog& log_;
  isa::Cursor cursor_;
  array::GemmTimingModel timing_;
  PortSchedule ports_;
  std::unique_ptr<IFastMemory> memory_;
  SemaphoreValues semaphores_;
  std::array<Unit, isa::kQueueCount> units_;
  IssuedInstruction next_;
  bool has_next_ = false;
  uint64_t earliest_dispatch_ = 0;
  uint64_t now_ = 0;
  EngineTotals totals_;
  std::optional<LoopJumps> jumps_;
};

}  // namespace

EngineTotals run_fast(const isa::Program& program, const machine::Machine& machine, RunLog& log,
                      const FastOptions& options) {
  return FastEngine(program, machine, log, options).run();
}

}  // namespace vernier::engine
