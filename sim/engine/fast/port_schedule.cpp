// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/fast/port_schedule.h"

#include <algorithm>

#include "base/error.h"
#include "models/array/gemm_block.h"
#include "models/machine/scratchpads.h"
#include "models/vector/vector_ports.h"

namespace vernier::engine {
namespace {

using array::PortUse;
using isa::Scratchpad;
using machine::PortKind;

size_t index_of(Scratchpad scratchpad) { return static_cast<size_t>(scratchpad); }

int accesses(const PortUse& use) { return (use.read ? 1 : 0) + (use.write ? 1 : 0); }

bool fits(PortKind kind, const PortUse& used, const PortUse& wanted) {
  switch (kind) {
    case PortKind::rw1:
      return accesses(used) + accesses(wanted) <= 1;
    case PortKind::r1w1:
      return !(used.read && wanted.read) && !(used.write && wanted.write);
    case PortKind::rw2:
      return accesses(used) + accesses(wanted) <= 2;
  }
  return false;
}

}  // namespace

PortSchedule::PortSchedule(const isa::Program& program, const machine::Machine& machine,
                           const array::GemmTimingModel& timing, PortRules rules)
    : program_(program),
      machine_(machine),
      timing_(timing),
      rules_(rules),
      vectors_write_activations_(
          std::any_of(program.nodes.begin(), program.nodes.end(), [](const isa::Node& node) {
            return node.instruction.opcode == isa::Opcode::vector &&
                   node.instruction.dst_scratchpad == Scratchpad::activation;
          })) {}

void PortSchedule::start_gemm(const isa::IssuedInstruction& issued, const array::GemmTiming& timing,
                              uint64_t cycle) {
  if (rules_ != PortRules::all) return;
  count_vector_to(cycle + 1);
  const isa::Instruction& gemm = *issued.instruction;
  auto entry = known_.find(&timing);
  if (entry == known_.end()) entry = known_.try_emplace(&timing, machine_, timing_, gemm).first;
  gemm_.ports = &entry->second;
  VERNIER_INVARIANT(gemm_.ports->cycles() + 1 == timing.cycles, "ports of {} cycles, a gemm of {}",
                    gemm_.ports->cycles(), timing.cycles);
  gemm_.begin = cycle + 1;
  const uint64_t weight_bytes =
      formats::weight_block_bytes(timing_.format(gemm.format), array::weight_shape(gemm, machine_.array));
  gemm_.groups = {machine_.weight_spad.groups_of(issued.weight, issued.weight + weight_bytes),
                  machine_.activation_spad.groups_of(issued.activation,
                                                     issued.activation + array::activation_block_bytes(gemm)),
                  machine_.output_spad.groups_of(
                      issued.out, issued.out + array::output_block_bytes(machine_.array, gemm))};
  forecast_vector();
}

void PortSchedule::start_vector(const isa::IssuedInstruction& issued, uint64_t cycle) {
  finished_stalls_ += vector_.stalls();
  const vector::WorkPorts work = vector::work_ports(issued, program_, machine_);
  const auto startup = static_cast<uint64_t>(machine_.vector.startup_cycles);
  vector_ = {};
  vector_.claims[0] = {Scratchpad::output, work.output, {true, work.writes_output() && !work.alternates}};
  vector_.claims[1] = {Scratchpad::activation, work.activation, {false, true}};
  vector_.work_begin = cycle + startup;
  vector_.work = work.accesses;
  if (startup == 0) {  // the cycle of the pop claims nothing
    ++vector_.work_begin;
    --vector_.work;
  }
  vector_.counted = vector_.end = vector_.work_begin;
  forecast_vector();
}

array::UseUntil PortSchedule::gemm_use(Scratchpad scratchpad, uint64_t cycle) const {
  // Operands are only read by compute and only written by others: nothing to share where each has a port.
  if (scratchpad != Scratchpad::output &&
      machine::scratchpad_of(machine_, scratchpad).ports == PortKind::r1w1) {
    return {};
  }
  if (gemm_.ports == nullptr || cycle >= gemm_.begin + gemm_.ports->cycles()) return {};
  if (cycle < gemm_.begin) return {{}, gemm_.begin};
  array::UseUntil use = gemm_.ports->at(scratchpad, cycle - gemm_.begin);
  if (use.until != UINT64_MAX) use.until += gemm_.begin;
  return use;
}

/// Whether compute leaves the ports for the claim in `cycle`, and until when that holds.
bool PortSchedule::granted(const Claim& claim, uint64_t cycle, uint64_t& until) const {
  if ((claim.groups & gemm_.groups[index_of(claim.scratchpad)]) == 0) return true;
  const array::UseUntil compute = gemm_use(claim.scratchpad, cycle);
  until = std::min(until, compute.until);
  return fits(machine::scratchpad_of(machine_, claim.scratchpad).ports, compute.use, claim.use);
}

bool PortSchedule::vector_granted(uint64_t cycle, uint64_t& until) const {
  return std::all_of(vector_.claims.begin(), vector_.claims.end(),
                     [&](const Claim& claim) { return granted(claim, cycle, until); });
}

/// Counts the work done in the cycles before `cycle`.
void PortSchedule::count_vector_to(uint64_t cycle) {
  while (vector_.counted < cycle && vector_.done < vector_.work) {
    uint64_t until = UINT64_MAX;
    const bool works = vector_granted(vector_.counted, until);
    const uint64_t cycles = std::min(until, cycle) - vector_.counted;
    vector_.done += works ? std::min(cycles, vector_.work - vector_.done) : 0;
    vector_.counted += cycles;
  }
}

void PortSchedule::forecast_vector() {
  uint64_t cycle = vector_.counted;
  uint64_t missing = vector_.work - vector_.done;
  if (missing == 0) return;
  while (true) {
    uint64_t until = UINT64_MAX;
    if (vector_granted(cycle, until)) {
      if (until - cycle >= missing) break;
      missing -= until - cycle;
    }
    cycle = until;
  }
  vector_.end = cycle + missing;
}

PortsLeft PortSchedule::left(Scratchpad scratchpad, uint64_t groups, uint64_t cycle) const {
  if (rules_ != PortRules::all) return {};
  const machine::ScratchpadParams& params = machine::scratchpad_of(machine_, scratchpad);
  const PortUse compute = gemm_use(scratchpad, cycle).use;
  uint64_t unused = UINT64_MAX;
  const bool vector_works =
      cycle >= vector_.work_begin && cycle < vector_.end && vector_granted(cycle, unused);
  PortsLeft worst;
  for (uint64_t rest = groups; rest != 0; rest &= rest - 1) {
    const uint64_t group = rest & (~rest + 1);
    PortUse used;
    if ((gemm_.groups[index_of(scratchpad)] & group) != 0) used = compute;
    int taken = accesses(used);
    if (vector_works) {
      for (const Claim& claim : vector_.claims) {
        if (claim.scratchpad != scratchpad || (claim.groups & group) == 0) continue;
        used = {used.read || claim.use.read, used.write || claim.use.write};
        taken += accesses(claim.use);
      }
    }
    PortsLeft left;
    switch (params.ports) {
      case PortKind::rw1:
        left = {taken == 0, taken == 0, true};
        break;
      case PortKind::r1w1:
        left = {!used.read, !used.write, false};
        break;
      case PortKind::rw2:
        left = {taken < 2, taken < 2, taken == 1};
        break;
    }
    worst = {worst.read && left.read, worst.write && left.write, worst.either || left.either};
  }
  return worst;
}

uint64_t PortSchedule::next_change(Scratchpad scratchpad, uint64_t groups, uint64_t cycle) const {
  if (rules_ != PortRules::all) return UINT64_MAX;
  uint64_t next = UINT64_MAX;
  if ((gemm_.groups[index_of(scratchpad)] & groups) != 0) next = gemm_use(scratchpad, cycle).until;
  const bool vector_uses = std::any_of(vector_.claims.begin(), vector_.claims.end(), [=](const Claim& claim) {
    return claim.scratchpad == scratchpad && (claim.groups & groups) != 0;
  });
  if (!vector_uses || cycle >= vector_.end) return next;
  if (cycle < vector_.work_begin) return std::min(next, vector_.work_begin);
  uint64_t until = vector_.end;
  static_cast<void>(vector_granted(cycle, until));
  return std::min(next, until);
}

bool PortSchedule::loads_are_free(Scratchpad scratchpad) const {
  // Compute only reads weights and activations, and stores work on the output scratchpad.
  if (rules_ != PortRules::all) return true;
  return scratchpad != Scratchpad::output &&
         !(scratchpad == Scratchpad::activation && vectors_write_activations_) &&
         machine::scratchpad_of(machine_, scratchpad).ports != PortKind::rw1;
}

void PortSchedule::describe(StateWords& state) const {
  const uint64_t now = state.turn().now;
  const bool gemm_runs = gemm_.ports != nullptr && now < gemm_.begin + gemm_.ports->cycles();
  state.add(gemm_runs ? gemm_.ports : nullptr);
  if (gemm_runs) {
    state.add_time(gemm_.begin);
    for (const uint64_t groups : gemm_.groups) state.add(groups);
  }
  // Of one that has ended they are in no counter yet.
  state.add(vector_.stalls());
  const bool vector_runs = now < vector_.end;
  state.add(vector_runs ? 1 : 0);
  if (!vector_runs) return;
  for (const Claim& claim : vector_.claims) {
    state.add(static_cast<uint64_t>(claim.scratchpad));
    state.add(claim.groups);
    state.add((claim.use.read ? 1 : 0) + (claim.use.write ? 2 : 0));
  }
  for (const uint64_t time : {vector_.work_begin, vector_.counted, vector_.end}) state.add_time(time);
  state.add(vector_.work);
  state.add(vector_.done);
}

void PortSchedule::jump(const Jump& jump) {
  for (uint64_t* time : {&gemm_.begin, &vector_.work_begin, &vector_.counted, &vector_.end})
    *time = jump.later(*time);
}

}  // namespace vernier::engine
