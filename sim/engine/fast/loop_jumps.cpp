// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/fast/loop_jumps.h"

#include <algorithm>

#include "base/error.h"

namespace vernier::engine {
namespace {

constexpr int kMostFailures = 256;  // comparisons after which a loop is taken for one that never repeats

}  // namespace

LoopJumps::LoopJumps(const isa::Program& program, int burst_bytes, std::vector<IRepeatable*> parts)
    : loops_(program, burst_bytes), parts_(std::move(parts)) {
  for (IRepeatable* part : parts_) part->list(counters_);
}

bool LoopJumps::is_allowed(const Loop& loop) {
  Experience& experience = experience_[&loop];
  if (!experience.asked) {
    experience.asked = true;
    experience.allowed = loop.period != 0 && std::all_of(parts_.begin(), parts_.end(), [&](const auto* part) {
                           return part->can_repeat(loop);
                         });
  }
  return experience.allowed;
}

bool LoopJumps::describe(const Turn& turn, std::vector<uint64_t>& words) const {
  StateWords state(turn);
  words.clear();
  state.words().swap(words);
  for (const IRepeatable* part : parts_) part->describe(state);
  state.words().swap(words);
  return state.inside();
}

void LoopJumps::refer_to(Reference& reference, const Turn& turn, uint64_t span) {
  reference.loop = describe(turn, reference.state) ? &turn.loop : nullptr;
  reference.index = turn.index;
  reference.cycle = turn.now;
  reference.sequence = turn.sequence;
  reference.span = span;
  counters_.read(reference.counters);
}

std::optional<Jump> LoopJumps::turned(const isa::Cursor& cursor, size_t level, uint64_t now,
                                      uint64_t sequence) {
  for (size_t inner = level + 1; inner < references_.size(); ++inner) references_[inner].loop = nullptr;
  const isa::Cursor::Frame& frame = cursor.loop(level);
  const Loop& loop = loops_.at(frame.body);
  const uint64_t left = frame.trip_count - 1 - frame.index;
  if (loop.period > left || !is_allowed(loop)) return std::nullopt;
  const Turn turn{loop, frame.index, now, sequence};
  Reference& reference = references_[level];
  if (reference.loop != &loop || reference.index >= frame.index) {
    if (left >= 2 * loop.period) refer_to(reference, turn, loop.period);
    return std::nullopt;
  }
  const uint64_t turns = frame.index - reference.index;
  if (turns % loop.period != 0 || turns > left) return std::nullopt;
  Experience& experience = experience_[&loop];
  if (describe(turn, words_) && words_ == reference.state) {
    experience.failures = 0;
    const Jump jump{level, left / turns, turns, now - reference.cycle, sequence - reference.sequence};
    for (IRepeatable* part : parts_) part->jump(jump);
    counters_.repeat(reference.counters, jump.times);
    reference.loop = nullptr;
    return jump;
  }
  if (++experience.failures > kMostFailures) experience.allowed = false;
  if (turns >= reference.span && left >= 2 * loop.period) refer_to(reference, turn, 2 * reference.span);
  return std::nullopt;
}

}  // namespace vernier::engine
