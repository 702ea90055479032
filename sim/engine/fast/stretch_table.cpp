// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/fast/stretch_table.h"

#include <algorithm>

namespace vernier::engine {
namespace {

constexpr size_t kFirstSlots = 1024;

/// Puts `index` in its place.
void place(std::vector<uint32_t>& slots, uint64_t hash, uint32_t index) {
  size_t at = hash & (slots.size() - 1);
  while (slots[at] != StretchTable::kNone) at = (at + 1) & (slots.size() - 1);
  slots[at] = index;
}

}  // namespace

StretchTable::StretchTable() { clear(); }

void StretchTable::clear() {
  states_.clear();
  words_.clear();
  stretches_.clear();
  writes_.clear();
  state_slots_.assign(kFirstSlots, kNone);
  stretch_slots_.assign(kFirstSlots, kNone);
}

uint32_t StretchTable::intern(const Words& words) {
  uint64_t hash = words.size();
  for (const uint16_t word : words) hash = mix(hash, word);
  for (size_t at = hash & (state_slots_.size() - 1); state_slots_[at] != kNone;
       at = (at + 1) & (state_slots_.size() - 1)) {
    const State& state = states_[state_slots_[at]];
    if (state.hash == hash && state.length == words.size() &&
        std::equal(words.begin(), words.end(), words_.data() + state.words)) {
      return state_slots_[at];
    }
  }
  const auto index = static_cast<uint32_t>(states_.size());
  states_.push_back({words_.size(), static_cast<uint32_t>(words.size()), kNone, hash});
  words_.insert(words_.end(), words.begin(), words.end());
  if (2 * states_.size() > state_slots_.size()) {
    state_slots_.assign(2 * state_slots_.size(), kNone);
    for (uint32_t i = 0; i < index; ++i) place(state_slots_, states_[i].hash, i);
  }
  place(state_slots_, hash, index);
  return index;
}

uint64_t StretchTable::hash(uint32_t from, const Key& key) {
  uint64_t hash = mix(from, key.rows);
  hash = mix(hash, key.due.hash());
  hash = mix(hash, uint64_t{key.delay} << 32 | key.open_ranks);
  return mix(hash, uint64_t{key.bank} << 32 | key.offers);
}

const StretchTable::Stretch* StretchTable::search(uint32_t from, const Key& key) {
  for (size_t at = hash(from, key) & (stretch_slots_.size() - 1); stretch_slots_[at] != kNone;
       at = (at + 1) & (stretch_slots_.size() - 1)) {
    const Stretch& stretch = stretches_[stretch_slots_[at]];
    if (stretch.from != from || !(stretch.key == key)) continue;
    states_[from].usual = stretch_slots_[at];
    return &stretch;
  }
  return nullptr;
}

const StretchTable::Stretch& StretchTable::add(Stretch stretch, const std::vector<uint16_t>& writes) {
  stretch.writes = writes_.size();
  writes_.insert(writes_.end(), writes.begin(), writes.end());
  const auto index = static_cast<uint32_t>(stretches_.size());
  stretches_.push_back(stretch);
  if (2 * stretches_.size() > stretch_slots_.size()) {
    stretch_slots_.assign(2 * stretch_slots_.size(), kNone);
    for (uint32_t i = 0; i < index; ++i) {
      place(stretch_slots_, hash(stretches_[i].from, stretches_[i].key), i);
    }
  }
  place(stretch_slots_, hash(stretch.from, stretch.key), index);
  states_[stretch.from].usual = index;
  return stretches_[index];
}

size_t StretchTable::bytes() const {
  return states_.size() * sizeof(State) + words_.size() * sizeof(uint16_t) +
         stretches_.size() * sizeof(Stretch) + writes_.size() * sizeof(uint16_t) +
         (state_slots_.size() + stretch_slots_.size()) * sizeof(uint32_t);
}

}  // namespace vernier::engine
