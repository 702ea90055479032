// SPDX-License-Identifier: Apache-2.0
// StreamsAhead: cold banks, which states leave out (models/dram/channel_image.h): what offers find there, and
// what stretches leave behind.
#include <algorithm>

#include "base/error.h"
#include "sim/engine/fast/streams_ahead.h"

namespace vernier::engine {

/// What a row is to a bank: 1 + its name, or, if the bank is cold, what the row is to the open one.
uint64_t StreamsAhead::row_code(int bank, int64_t row) const {
  const int name = rows_.name(bank, row);
  if (next_bank_.size() > 64 || (place_.cold.banks >> bank & 1) == 0) return static_cast<uint64_t>(name + 1);
  if ((place_.cold.open >> bank & 1) == 0) return kColdClosed;
  return name == 0 ? kColdHit : kColdOther;
}

void StreamsAhead::note_row(int bank, int64_t row, uint64_t code) {
  if (code != kNamedLast && code != kColdHit) rows_.note(bank, row);  // else it is called 0 already
}

/// That the offers of the stretch touch.
uint64_t StreamsAhead::cold_banks_of(const Key& key) const {
  if (key.offers == 0) return 0;
  int bank = streams_.locator_.locate(streams_.at_.load.peek()).flat_bank(streams_.organisation_);
  uint64_t banks = 0;
  for (uint64_t i = 0; i < std::min<uint64_t>(cycle_, key.offers); ++i) {
    if ((key.rows >> (kNameBits * i) & kRowMask) >= kColdClosed) banks |= uint64_t{1} << bank;
    bank = next_bank_[static_cast<size_t>(bank)];
  }
  return banks;
}

uint16_t StreamsAhead::open_ranks(uint64_t touched) const {
  const uint64_t open = place_.cold.open & ~touched;
  uint16_t ranks = 0;
  for (size_t r = 0; open != 0 && r < rank_banks_.size(); ++r) {
    ranks = static_cast<uint16_t>(ranks | ((open & rank_banks_[r]) != 0 ? 1 << r : 0));
  }
  return ranks;
}

StreamsAhead::Key StreamsAhead::key_without_offers(uint32_t delay) const {
  Key key;
  key.delay = delay;
  key.open_ranks = open_ranks(0);
  return key;
}

/// What something does to the cold banks, of which it touches some.
void StreamsAhead::cool(const Cooling& cooling, uint64_t touched) {
  dram::ChannelImage::Cold& cold = place_.cold;
  cold.banks &= ~touched;
  cold.open &= ~touched;
  for (size_t r = 0; cooling.closed_ranks != 0 && r < rank_banks_.size(); ++r) {
    if ((cooling.closed_ranks >> r & 1) != 0) cold.open &= ~rank_banks_[r];
  }
  int name = 0;
  for (uint64_t names = cooling.cooled; names != 0; ++name, names >>= 1) {
    if ((names & 1) == 0) continue;
    const int bank = place_.banks.bank(name);
    cold.banks |= uint64_t{1} << bank;
    cold.open |= (cooling.cooled_open >> name & 1) << bank;
  }
}

/// Notes it of what happened since `before`. False if cold banks that were not touched are
/// cold no longer: which they are cannot be told.
bool StreamsAhead::note_cooled(Cooling& cooling, const dram::ChannelImage::Cold& before,
                               uint64_t touched) const {
  const dram::ChannelImage::Cold& cold = place_.cold;
  const uint64_t others = before.banks & ~touched;
  if ((cold.banks & others) != others) return false;
  for (size_t r = 0; r < rank_banks_.size(); ++r) {
    const uint64_t was_open = before.open & others & rank_banks_[r];
    const uint64_t is_open = cold.open & others & rank_banks_[r];
    VERNIER_INVARIANT(is_open == was_open || is_open == 0, "cold banks {:x} of rank {} became {:x}", was_open,
                      r, is_open);
    if (is_open != was_open) cooling.closed_ranks |= uint32_t{1} << r;
  }
  int bank = 0;
  for (uint64_t cooled = cold.banks & ~others; cooled != 0; ++bank, cooled >>= 1) {
    if ((cooled & 1) == 0) continue;
    const int name = place_.banks.name(bank);
    cooling.cooled |= uint64_t{1} << name;
    cooling.cooled_open |= (cold.open >> bank & 1) << name;
  }
  return true;
}

}  // namespace vernier::engine
