// SPDX-License-Identifier: Apache-2.0
// DramMemory: which bursts move between scratchpads and channels in a cycle, and which claims are refused.
#include <algorithm>

#include "sim/engine/fast/dram_memory.h"

namespace vernier::engine {

void DramMemory::move_bursts(uint64_t cycle) {
  count_waiting(Unit::load, cycle);
  count_waiting(Unit::store, cycle);
  const bool store_granted = move_stores(cycle);
  move_loads(cycle, store_granted);
  moved_ = cycle + 1;
  note_waiting(Unit::load, cycle);
  note_waiting(Unit::store, cycle);
}

bool DramMemory::move_stores(uint64_t cycle) {
  bool asked = false;
  bool granted = false;
  uint64_t until = 0;
  for (ChannelStreams& channel : channels_) {
    if (!channel.asks(Unit::store, cycle)) continue;
    if (!asked) {
      asked = true;
      granted = ports_.left(storing_.scratchpad, storing_.groups, cycle).read;
      if (!granted) until = ports_.next_change(storing_.scratchpad, storing_.groups, cycle);
      refused_ += granted ? 0 : 1;
    }
    if (granted) {
      channel.granted(Unit::store, cycle);
    } else {
      channel.refused(Unit::store, until);
    }
  }
  return granted;
}

void DramMemory::move_loads(uint64_t cycle, bool store_granted) {
  bool any_refused = false;
  for (ChannelStreams& channel : channels_) {
    if (!channel.asks(Unit::load, cycle)) continue;
    const StreamJob job = channel.job(Unit::load);
    if (!ports_.left(job.scratchpad, job.groups, cycle).write) {
      any_refused = true;
      channel.refused(Unit::load, ports_.next_change(job.scratchpad, job.groups, cycle));
      continue;
    }
    // The store's read is gone from the groups that both use.
    const uint64_t shared =
        store_granted && job.scratchpad == storing_.scratchpad ? job.groups & storing_.groups : 0;
    if (shared != 0 && ports_.left(job.scratchpad, shared, cycle).either) {
      any_refused = true;
      continue;
    }
    channel.granted(Unit::load, cycle);
  }
  refused_ += any_refused ? 1 : 0;
}

void DramMemory::note_waiting(Unit unit, uint64_t cycle) {
  std::vector<Waiting>& waiting = waiting_[static_cast<size_t>(unit)];
  waiting.clear();
  for (const ChannelStreams& channel : channels_) {
    if (!channel.has_job(unit) || channel.refused_until(unit) <= cycle) continue;
    const Waiting one{channel.job(unit).slots, channel.turn(unit)};
    const bool known = std::any_of(waiting.begin(), waiting.end(), [&one](const Waiting& other) {
      return other.turn == one.turn && other.slots.turns() == one.slots.turns();
    });
    if (!known) waiting.push_back(one);
  }
}

/// The cycles from moved_ to before `cycle` in which channels of the unit claimed and were refused.
void DramMemory::count_waiting(Unit unit, uint64_t cycle) {
  const std::vector<Waiting>& waiting = waiting_[static_cast<size_t>(unit)];
  if (waiting.empty() || moved_ >= cycle) return;
  const uint64_t turns = waiting.front().slots.turns();
  const bool alike = std::all_of(waiting.begin(), waiting.end(),
                                 [turns](const Waiting& one) { return one.slots.turns() == turns; });
  if (alike) {
    for (const Waiting& one : waiting) {
      refused_ += one.slots.before(one.turn, cycle) - one.slots.before(one.turn, moved_);
    }
    return;
  }
  for (uint64_t t = moved_; t < cycle; ++t) {
    refused_ += std::any_of(waiting.begin(), waiting.end(),
                            [t](const Waiting& one) { return one.slots.owns(one.turn, t); });
  }
}

}  // namespace vernier::engine
