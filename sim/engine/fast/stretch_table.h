// SPDX-License-Identifier: Apache-2.0
// What is remembered of stretches of channels: states, and what leads from one to the next. A state is a list
// of words, a stretch what happened between two states, found by its first state and a key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/dram/command.h"
#include "sim/engine/fast/record_parts.h"

namespace vernier::engine {

class StretchTable {
 public:
  using Words = std::vector<uint16_t>;
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint32_t kRest = UINT32_MAX;

  /// What a stretch does from a state, as far as the state does not say.
  struct Key {
    uint64_t rows = 0;    ///< what the row of the offers is to the banks they touch
    uint32_t delay = 0;   ///< clocks before the first offer; kRest
    Due due;              ///< the first refresh that falls due in it
    uint16_t bank = 0;    ///< of the first offer
    uint16_t offers = 0;  ///< accepted, the last in its last clock; 0 = it ends when no read is queued, or
                          ///< (with kRest) when nothing happens any more
    uint16_t open_ranks = 0;  ///< bit r: a cold bank of rank r that is not touched has an open row
    [[nodiscard]] bool operator==(const Key& o) const {
      return rows == o.rows && delay == o.delay && due == o.due && bank == o.bank && offers == o.offers &&
             open_ranks == o.open_ranks;
    }
  };
  struct Stretch {
    Key key;
    bool any_phase = false;  ///< holds for any phase of the clocks
    uint32_t from = kNone, to = kNone;
    uint32_t clocks = 0;
    uint32_t written = 0;  ///< bursts delivered in order, and their writing settled
    size_t writes = 0;     ///< where it says when
    dram::ChannelCounts counts;
    Cooling cooling;
  };

  StretchTable();
  /// The state with these words.
  uint32_t intern(const Words& words);
  [[nodiscard]] const uint16_t* words(uint32_t state) const { return words_.data() + states_[state].words; }
  /// The stretch, or null.
  [[nodiscard]] const Stretch* find(uint32_t from, const Key& key) {
    const uint32_t usual = states_[from].usual;
    if (usual != kNone && stretches_[usual].key == key) return &stretches_[usual];
    return search(from, key);
  }
  /// Adds a stretch that is not known; `writes` say when its bursts are written.
  const Stretch& add(Stretch stretch, const std::vector<uint16_t>& writes);
  [[nodiscard]] uint32_t index(const Stretch& stretch) const {
    return static_cast<uint32_t>(&stretch - stretches_.data());
  }
  [[nodiscard]] const Stretch& stretch(uint32_t index) const { return stretches_[index]; }
  /// Of a stretch for one phase of the clocks: the cycles of the writes, relative to the first of the
  /// stretch. For any phase: the clocks of delivery relative to its first, then as many bounds as in
  /// write_trail.h.
  [[nodiscard]] const uint16_t* writes(const Stretch& stretch) const {
    return writes_.data() + stretch.writes;
  }

  [[nodiscard]] size_t bytes() const;
  [[nodiscard]] size_t stretches() const { return stretches_.size(); }

  /// Bursts in flight hold up offers: what happens depends on the phase of the clocks. Once seen a few times
  /// it is taken for the rule.
  void saw_waiting_offers() { ++waits_; }
  [[nodiscard]] bool phases_matter() const { return waits_ > 16; }
  /// Forgets everything.
  void clear();

 private:
  struct State {
    size_t words = 0;
    uint32_t length = 0;
    uint32_t usual = kNone;  // the stretch found last
    uint64_t hash = 0;
  };
  const Stretch* search(uint32_t from, const Key& key);
  [[nodiscard]] static uint64_t hash(uint32_t from, const Key& key);

  std::vector<State> states_;
  std::vector<uint16_t> words_;
  std::vector<Stretch> stretches_;
  std::vector<uint16_t> writes_;
  int waits_ = 0;
  // Open addressing, at most half full, powers of two.
  std::vector<uint32_t> state_slots_, stretch_slots_;
};

}  // namespace vernier::engine
