// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/fast/streams_ahead.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace vernier::engine {
namespace {

constexpr uint64_t kLongestDelay = 1024;  // before the first offer of a stretch

/// The flat bank that is first in its turn of the last field below the row: nothing carries out of that field
/// but into the row, so that the banks after two banks of the same turn differ as these do.
int16_t turn_of_bank(const dram::Part& part, const dram::Location& bank) {
  dram::Location first = bank;
  for (const dram::Field field : part.controller.mapping) {
    if (field == dram::Field::row) continue;
    if (field == dram::Field::bank) first.bank = 0;
    if (field == dram::Field::bank_group) first.bank_group = 0;
    if (field != dram::Field::rank) break;
    return static_cast<int16_t>(bank.flat_bank(part.organisation));  // ranks are not alike
  }
  return static_cast<int16_t>(first.flat_bank(part.organisation));
}

}  // namespace

StreamsAhead::StreamsAhead(const dram::Part& part, ChannelStreams& streams, StretchTable& table,
                           CourseTable& courses)
    : streams_(streams),
      table_(table),
      courses_(courses),
      calendar_(part),
      next_bank_(static_cast<size_t>(part.organisation.ranks * part.organisation.banks())),
      rows_(next_bank_.size()),
      place_(part, WriteTrail(table, courses, streams.ratio_)),
      anchor_(place_),
      anchor_rows_(rows_) {
  streams_.rows_ = &rows_;
  const dram::Organisation& o = part.organisation;
  // The fields below the column are visited in turn: they carry from one to the next.
  std::vector<int16_t>& next = next_bank_;
  for (size_t b = 0; b < next.size(); ++b) {
    dram::Location at;
    at.rank = static_cast<int>(b) / o.banks();
    at.bank_group = static_cast<int>(b) % o.banks() / o.banks_per_group;
    at.bank = static_cast<int>(b) % o.banks_per_group;
    turn_of_bank_.push_back(turn_of_bank(part, at));
    const auto carries = [](int& value, int count) {
      value = value + 1 < count ? value + 1 : 0;
      return value == 0;
    };
    bool carry = true;
    cycle_ = 1;
    for (auto field = part.controller.mapping.rbegin(); *field != dram::Field::column; ++field) {
      if (*field == dram::Field::row) possible_ = false;
      if (*field == dram::Field::rank) {
        cycle_ *= static_cast<uint64_t>(o.ranks);
        carry = carry && carries(at.rank, o.ranks);
      } else if (*field == dram::Field::bank_group) {
        cycle_ *= static_cast<uint64_t>(o.bank_groups);
        carry = carry && carries(at.bank_group, o.bank_groups);
      } else if (*field == dram::Field::bank) {
        cycle_ *= static_cast<uint64_t>(o.banks_per_group);
        carry = carry && carries(at.bank, o.banks_per_group);
      }
    }
    next[b] = static_cast<int16_t>(at.flat_bank(o));
  }
  rank_banks_.assign(static_cast<size_t>(o.ranks), 0);
  for (size_t b = 0; b < std::min<size_t>(next.size(), 64); ++b) {
    rank_banks_[b / static_cast<size_t>(o.banks())] |= uint64_t{1} << b;
  }
  block_ = cycle_ * static_cast<uint64_t>(o.columns());
  possible_ = possible_ && cycle_ * kNameBits <= 64;
}

bool StreamsAhead::lone() const {
  if (streams_.at_.load.remaining() == 0 || streams_.store_unaccepted_ > 0) return false;
  const Ring<ChannelStreams::Unwritten>& loads = streams_.at_.unwritten;
  for (size_t i = 0; i < loads.size(); ++i) {
    if (!loads[i].job.free || !(loads[i].job.slots == slots_)) return false;
  }
  return true;
}

void StreamsAhead::try_enter(uint64_t clock) {
  if (!possible_ || streams_.at_.accepted < retry_ || streams_.at_.unwritten.empty()) return;
  if (streams_.dram_.clock() < calendar_.steady_from()) return;
  slots_ = streams_.at_.unwritten.back().job.slots;
  if (!lone()) return;
  streams_.run(std::min(streams_.at_.load_from, clock));
  if (streams_.at_.load.remaining() == 0) return;
  place_.clock = streams_.dram_.clock();
  place_.counts = streams_.dram_.counts();
  place_.due = calendar_.next(place_.clock);
  if (cycle_ == 1) place_.banks.count_from(streams_.locator_.locate(streams_.at_.load.peek()));
  name_open_rows();
  place_.state = capture();
  concrete_ = true;
  foreseen_ = false;
  retry_ = streams_.at_.accepted + kOffers;
  if (place_.state == StretchTable::kNone) return;
  active_ = true;
  save_anchor();
}

void StreamsAhead::save_anchor() {
  anchor_ = place_;
  anchor_position_ = streams_.at_;
  anchor_rows_ = rows_;
}

void StreamsAhead::start_load(uint64_t cycle, const BurstSource& source, const StreamJob& job) {
  const uint64_t from = streams_.ratio_.clock_of(cycle + 1);
  if (place_.state != StretchTable::kNone && ends_known()) {
    // What was foreseen has come to pass, if it is over before the first offer.
    Key key = key_without_offers(0);
    const Stretch* tail = streams_.at_.unwritten.empty() ? nullptr : find(key);
    if (tail != nullptr && place_.clock + tail->clocks <= from) apply(*tail);
    if (streams_.at_.unwritten.empty()) rest(from);
  }
  forget_ends();
  streams_.start_load(cycle, source, job);
  if (place_.state == StretchTable::kNone || from > place_.clock + kLongestDelay || !lone()) {
    leave(kNever);
    return;
  }
  save_anchor();
}

/// No read is queued and none is offered before clock `until`: lets the channel come to rest, if that is over
/// by then. Nothing changes from there to the next refresh but the phase of the clocks.
void StreamsAhead::rest(uint64_t until) {
  for (bool resting = false; !restless_; resting = true) {
    const uint64_t period = this->period(!any_phase(place_.state));
    if (resting) {
      restart_trail();
      const uint64_t last = std::min(until, place_.due.clock - 1);
      place_.clock += (last - place_.clock) / period * period;
      concrete_ = false;
      if (until < place_.due.clock) return;
    }
    if (period > kLongestDelay) return;
    Key key = key_without_offers(StretchTable::kRest);
    if (const Stretch* stretch = find(key); stretch != nullptr) {
      if (place_.clock + stretch->clocks > until) return;
      apply(*stretch);
      continue;
    }
    const Place place = place_;
    const Position position = streams_.at_;
    simulate(key, true);
    if (!restless_ && place_.clock <= until && place_.state != StretchTable::kNone) continue;
    place_ = place;
    streams_.at_ = position;
    concrete_ = false;
    return;
  }
}

void StreamsAhead::run_ahead() {
  while (streams_.at_.load.remaining() > 0) {
    if (!follow_course()) follow(kNever);
  }
}

/// One more stretch of the load, if it ends in a clock before `limit` and (with a limit) is known.
bool StreamsAhead::follow(uint64_t limit) {
  const BurstSource& load = streams_.at_.load;
  const uint64_t first = load.peek();
  const uint64_t offers = std::min({load.consecutive(), block_ - first % block_, kOffers - first % kOffers});
  Key key;
  const bool plain = place_.state != StretchTable::kNone && key_of_offers(offers, key);
  const Stretch* stretch = plain ? find(key) : nullptr;
  followed_ = stretch;
  if (stretch == nullptr) {
    key.offers = static_cast<uint16_t>(offers);
    if (limit != kNever) return false;
    followed_ = simulate(key, plain);
    return true;
  }
  if (limit != kNever && place_.clock + stretch->clocks > limit) return false;
  const uint64_t touched = cold_banks_of(key);
  name_rows(key);
  apply(*stretch, touched);
  return true;
}

/// False if the stretch depends on more than state and key: writes of the same bursts are queued, or of rows
/// that have no name.
bool StreamsAhead::key_of_offers(uint64_t offers, Key& key) {
  const Position& at = streams_.at_;
  const uint64_t first = at.load.peek();
  const dram::Location location = streams_.locator_.locate(first);
  key.bank = static_cast<uint16_t>(place_.banks.name(location));
  key.offers = static_cast<uint16_t>(offers);
  key.delay = at.load_from > place_.clock ? static_cast<uint32_t>(at.load_from - place_.clock) : 0;
  int bank = location.flat_bank(streams_.organisation_);
  uint64_t touched = 0;
  for (uint64_t i = 0; i < std::min(cycle_, offers); ++i) {
    if (meets_writes(bank, location.row, first, first + offers)) return false;
    const uint64_t row = row_code(bank, location.row);
    if (row >= kColdClosed) touched |= uint64_t{1} << bank;
    key.rows |= row << (kNameBits * i);
    bank = next_bank_[static_cast<size_t>(bank)];
  }
  key.open_ranks = open_ranks(touched);
  return true;
}

void StreamsAhead::set_writes(std::vector<uint64_t> bursts) {
  place_.write_bursts = std::move(bursts);
  place_.write_banks = 0;
  for (const uint64_t burst : place_.write_bursts) {
    const int bank = streams_.locator_.locate(burst).flat_bank(streams_.organisation_);
    place_.write_banks |= uint64_t{1} << (bank % 64);
  }
}

/// Of the bursts first .. end - 1 some are in this row, and one of them is queued to be written, or another
/// one of the row is that has lost its name.
bool StreamsAhead::meets_writes(int bank, int64_t row, uint64_t first, uint64_t end) const {
  if ((place_.write_banks >> (bank % 64) & 1) == 0) return false;
  return std::any_of(place_.write_bursts.begin(), place_.write_bursts.end(), [&](uint64_t burst) {
    if (burst >= first && burst < end) return true;
    const dram::Location queued = streams_.locator_.locate(burst);
    return queued.row == row && queued.flat_bank(streams_.organisation_) == bank &&
           rows_.name(bank, row) == dram::RowNames::kUnknown;
  });
}

/// The offers of a stretch that is followed give their row a name.
void StreamsAhead::name_rows(const Key& key) {
  const dram::Location location = streams_.locator_.locate(streams_.at_.load.peek());
  if (cycle_ == 1) place_.banks.count_from(location);
  int bank = location.flat_bank(streams_.organisation_);
  for (uint64_t i = 0; i < std::min<uint64_t>(cycle_, key.offers); ++i) {
    note_row(bank, location.row, key.rows >> (kNameBits * i) & kRowMask);
    bank = next_bank_[static_cast<size_t>(bank)];
  }
}

/// The stretch, with or without a refresh falling due in it.
const StretchTable::Stretch* StreamsAhead::find(const Key& key) const {
  const Stretch* stretch = table_.find(place_.state, key);
  if (stretch != nullptr && place_.clock + stretch->clocks < place_.due.clock) return stretch;
  Key due = key;
  due.due = next_due();
  return due.due.any() ? table_.find(place_.state, due) : nullptr;
}

/// As keys have it; none if it is too far away.
Due StreamsAhead::due_of(const Place& place) {
  const uint64_t clocks = place.due.clock - place.clock;
  if (clocks >= StretchTable::kNone) return {};
  return {static_cast<uint32_t>(clocks), static_cast<uint16_t>(place.due.rank),
          static_cast<uint16_t>(place.due.turn)};
}

/// Of a stretch that begins here. If it holds for any phase it is the last of the trail.
void StreamsAhead::tell_writes(const Stretch& stretch) {
  const Ring<ChannelStreams::Unwritten>& loads = streams_.at_.unwritten;
  const uint64_t written = streams_.at_.written;
  if (loads.empty() || loads.front().end > written + stretch.written) return;
  const bool any = stretch.any_phase;
  const uint64_t first = any ? 0 : streams_.ratio_.cycle_of(place_.clock);
  for (size_t i = 0; i < loads.size() && loads[i].end <= written + stretch.written; ++i) {
    const uint64_t last = loads[i].end - 1;
    const uint64_t cycle = any ? place_.trail.cycle(last) : first + table_.writes(stretch)[last - written];
    streams_.events_.load_written(streams_.channel_, loads[i].job.load, cycle);
  }
}

/// The writes of the stretch; to its end.
void StreamsAhead::write(const Stretch& stretch) {
  Position& at = streams_.at_;
  if (stretch.any_phase) {
    place_.trail.shorten(place_.clock);
    place_.trail.push(stretch, place_.clock, at.written);
  }
  tell_writes(stretch);
  at.written += stretch.written;
  while (!at.unwritten.empty() && at.unwritten.front().end <= at.written) at.unwritten.pop();
  place_.clock += stretch.clocks;
}

void StreamsAhead::apply(const Stretch& stretch, uint64_t touched) {
  counts_.dues += stretch.key.due.any() ? 1 : 0;
  counts_.rests += stretch.key.delay == StretchTable::kRest ? 1 : 0;
  write(stretch);
  place_.counts += stretch.counts;
  place_.state = stretch.to;
  cool(stretch.cooling, touched);
  if (stretch.counts.writes > 0) set_writes({});
  if (stretch.key.due.any()) place_.due = calendar_.next(place_.clock);
  concrete_ = false;
  if (stretch.key.offers > 0) accept(stretch.key.offers);
}

/// So many offers, the last in the clock before this.
void StreamsAhead::accept(uint64_t offers) {
  Position& at = streams_.at_;
  at.accepted += offers;
  at.load_from = place_.clock;
  at.load.skip(offers);
  if (at.load.remaining() == 0) {
    streams_.events_.load_accepted(streams_.channel_, streams_.ratio_.cycle_of(place_.clock));
  }
}

void StreamsAhead::foresee_ends() {
  if (foreseen_ || place_.state == StretchTable::kNone) return;
  Key key = key_without_offers(0);
  if (const Stretch* tail = find(key); tail != nullptr) {
    const bool any = any_phase(place_.state);
    if (any) place_.trail.push(*tail, place_.clock, streams_.at_.written);
    tell_writes(*tail);
    if (any) place_.trail.pop();
  } else {
    const Place place = place_;
    const Position position = streams_.at_;
    simulate(key, true);
    place_ = place;
    streams_.at_ = position;
    concrete_ = false;
  }
  foreseen_ = true;
}

void StreamsAhead::leave(uint64_t clock) {
  if (!active_) return;
  if (place_.clock > clock) {
    place_ = anchor_;
    streams_.at_ = anchor_position_;
    rows_ = anchor_rows_;
    concrete_ = false;
    streams_.events_.load_accepted(streams_.channel_, kNever);
    foreseen_ = true;
    forget_ends();
    while (streams_.at_.load.remaining() > 0 && follow(clock)) {
    }
  }
  forget_ends();
  if (!concrete_) materialise();
  active_ = false;
}

void StreamsAhead::settle(uint64_t clock) {
  if (active_ && place_.state == StretchTable::kNone && place_.clock <= clock) leave(kNever);
}

/// The ends foreseen are none: something will come between.
void StreamsAhead::forget_ends() {
  if (!foreseen_) return;
  foreseen_ = false;
  const Ring<ChannelStreams::Unwritten>& loads = streams_.at_.unwritten;
  for (size_t i = 0; i < loads.size(); ++i) {
    streams_.events_.load_written(streams_.channel_, loads[i].job.load, kNever);
  }
}

}  // namespace vernier::engine
