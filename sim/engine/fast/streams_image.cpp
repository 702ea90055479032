// SPDX-License-Identifier: Apache-2.0
// StreamsAhead: the state of a channel with its load stream as words that do not depend on when and in which
// rows.
#include <algorithm>

#include "base/error.h"
#include "sim/engine/fast/streams_ahead.h"

namespace vernier::engine {
namespace {

constexpr uint16_t kNotReady = 0xfffe;
constexpr int kMostDues = 8;  // refreshes before a channel is taken for one that never rests

}  // namespace

/// Executes the stretch and remembers it if `remember`.
const StreamsAhead::Stretch* StreamsAhead::simulate(Key key, bool remember) {
  if (!concrete_) materialise();
  Position& at = streams_.at_;
  const Place before = place_;
  const uint64_t first = key.offers > 0 ? at.load.peek() : 0;
  const uint64_t touched = cold_banks_of(key);
  writes_.clear();
  streams_.writes_ = &writes_;
  streams_.offers_wait_ = false;
  if (key.offers > 0) {
    streams_.run(kNever, at.accepted + key.offers);
  } else if (key.delay == StretchTable::kRest) {
    restless_ = !come_to_rest();
  } else {
    while (streams_.dram_.reads_queued() > 0) streams_.run(streams_.dram_.next_event() + 1);
  }
  streams_.writes_ = nullptr;
  place_.clock = streams_.dram_.clock();
  place_.counts = streams_.dram_.counts();
  place_.due = calendar_.next(place_.clock);
  if (cycle_ == 1 && key.offers > 0) place_.banks.count_from(streams_.locator_.locate(first));
  place_.state = capture();
  if (streams_.offers_wait_) table_.saw_waiting_offers();
  if (!remember || place_.state == StretchTable::kNone) return nullptr;
  if (key.delay == StretchTable::kRest && restless_) return nullptr;
  const bool any = any_phase(before.state);
  if (any != any_phase(place_.state) || (any && streams_.offers_wait_)) return nullptr;
  Stretch stretch;
  stretch.key = key;
  stretch.any_phase = any;
  stretch.from = before.state;
  stretch.to = place_.state;
  stretch.clocks = static_cast<uint32_t>(place_.clock - before.clock);
  stretch.counts = place_.counts;
  stretch.counts -= before.counts;
  if (!note_cooled(stretch.cooling, before.cold, touched)) return nullptr;
  // A stretch does not tell which writes are left.
  if (stretch.counts.writes > 0 && !place_.write_bursts.empty()) return nullptr;
  if (before.due.clock <= place_.clock) stretch.key.due = due_of(before);
  stretch.written = static_cast<uint32_t>(writes_.size());
  relative_.clear();
  const uint64_t cycle = streams_.ratio_.cycle_of(before.clock);
  bool fits = true;
  const auto put = [&](uint64_t time, uint64_t base) {
    relative_.push_back(static_cast<uint16_t>(time - std::min(time, base)));
    fits = fits && relative_.back() + std::min(time, base) == time;
  };
  for (const ChannelStreams::Write& write : writes_) {
    any ? put(write.ready, before.clock) : put(write.cycle, cycle);
  }
  for (const ChannelStreams::Write& write : writes_) {
    if (any) put(write.late, before.clock);
  }
  return fits ? &table_.add(stretch, relative_) : nullptr;
}

/// Clocks after which clocks, cycles and slots are in the same phase; 1 if states do not tell the phase.
uint64_t StreamsAhead::period(bool phased) const {
  return phased ? streams_.ratio_.clocks_per_period() * slots_.turns() * slots_.turns() : 1;
}

bool StreamsAhead::phased() const { return table_.phases_matter(); }

/// Executes clocks to the first one, in the first phase, in which nothing is to be done and no timer runs.
/// False if refreshes fall due too often for that.
bool StreamsAhead::come_to_rest() {
  ChannelStreams& s = streams_;
  const uint64_t period = this->period(phased());
  const std::vector<uint64_t>& counts_until = phased() ? s.returned_ : s.counts_until_;
  uint64_t end = s.dram_.clock() + 1;
  for (int dues = 0; dues < kMostDues; ++dues) {
    while (!s.dram_.resting()) s.run(s.dram_.next_event() + 1);
    end = std::max({end, dram::ChannelImage::settled(s.dram_), s.ratio_.clock_of(s.write_from_)});
    if (!phased()) end = std::max(end, s.late_);
    for (uint64_t i = s.at_.accepted - std::min(s.at_.accepted, s.max_in_flight_); i < s.at_.written; ++i) {
      end = std::max(end, counts_until[i & s.mask_]);
    }
    end = (end + period - 1) / period * period;
    const uint64_t due = calendar_.next(s.dram_.clock()).clock;
    s.run(std::min(end, due));
    if (due > end) return true;
  }
  return false;
}

/// Before a state is told that nothing leads to: rows that writes have opened may have lost their names.
void StreamsAhead::name_open_rows() {
  for (int bank = 0; bank < static_cast<int>(next_bank_.size()); ++bank) {
    const int64_t row = dram::ChannelImage::open_row(streams_.dram_, bank);
    if (row != dram::BankState::kClosed && rows_.name(bank, row) == dram::RowNames::kUnknown) {
      rows_.note(bank, row);
    }
  }
}

/// The state of the streams, which are in place, in words. If bursts in flight never hold up an offer,
/// whatever the phase of the two clocks, the writes to the scratchpad matter only in that this stays so.
uint32_t StreamsAhead::capture() {
  const ChannelStreams& s = streams_;
  const Position& at = s.at_;
  const uint64_t clock = place_.clock;
  bool fits = true;
  words_.clear();
  const auto put = [&](uint64_t value) {
    fits = fits && value < kNotReady;
    words_.push_back(static_cast<uint16_t>(value));
  };
  const auto rest = [](uint64_t time, uint64_t now) { return time > now ? time - now : 0; };
  const bool phased = this->phased();
  put(phased ? 1 : 0);
  put(slots_.turns());
  put(slots_.cycles());
  if (phased) {
    const uint64_t cycle = s.ratio_.cycle_of(clock);
    put(clock % s.ratio_.clocks_per_period());
    put(cycle % slots_.turns());
    put((slots_.turn_of(s.channel_) + slots_.turns() - cycle / slots_.turns() % slots_.turns()) %
        slots_.turns());
    put(rest(s.write_from_, cycle));
  } else {
    put(rest(s.late_, clock));
  }
  put(at.accepted - at.written);
  for (uint64_t i = at.written; i < at.accepted; ++i) {
    if (s.ready(i) == kNever) {
      words_.push_back(kNotReady);
    } else {
      put(rest(s.ready(i), clock));
    }
  }
  // Of the bursts written those that still count.
  const std::vector<uint64_t>& until = phased ? s.returned_ : s.counts_until_;
  uint64_t counting = at.written;
  const uint64_t oldest = at.accepted - std::min(at.accepted, s.max_in_flight_);
  while (counting > oldest && until[(counting - 1) & s.mask_] > clock) --counting;
  put(at.written - counting);
  for (uint64_t i = counting; i < at.written; ++i) put(until[i & s.mask_] - clock);
  set_writes(dram::ChannelImage::write_bursts(s.dram_));
  fits =
      dram::ChannelImage::write(s.dram_, rows_, place_.banks, calendar_, at.accepted, words_, place_.cold) &&
      fits;
  if (!phased) begin_trail();
  return fits ? table_.intern(words_) : StretchTable::kNone;
}

/// From here, where the streams know all.
void StreamsAhead::begin_trail() {
  const ChannelStreams& s = streams_;
  std::vector<uint64_t> returned;
  for (uint64_t i = s.at_.accepted - std::min(s.at_.accepted, s.max_in_flight_); i < s.at_.written; ++i) {
    returned.push_back(s.returned_[i & s.mask_]);
  }
  place_.trail.begin(slots_, slots_.turn_of(s.channel_), s.at_.written, s.write_from_, std::move(returned));
}

/// At rest: all bursts are written and count no more.
void StreamsAhead::restart_trail() {
  if (!any_phase(place_.state)) return;
  place_.trail.begin(slots_, slots_.turn_of(streams_.channel_), streams_.at_.written, 0, {});
}

void StreamsAhead::materialise() {
  ChannelStreams& s = streams_;
  const Position& at = s.at_;
  const uint64_t clock = place_.clock;
  const bool any = any_phase(place_.state);
  const uint16_t* word = table_.words(place_.state) + (any ? 3 : 6);
  if (any) {
    s.late_ = clock + *word++;
    s.written_slots_ = slots_;
    s.write_from_ = place_.trail.write_from();
  } else {
    s.write_from_ = s.ratio_.cycle_of(clock) + *word++;
  }
  s.write_slots_ = 0;
  const uint64_t unwritten = *word++;
  VERNIER_INVARIANT(at.accepted - at.written == unwritten,
                    "channel {}: {} bursts are not written, {} in its state", s.channel_,
                    at.accepted - at.written, unwritten);
  for (uint64_t i = at.written; i < at.accepted; ++i, ++word) {
    s.ready(i) = *word == kNotReady ? kNever : clock + *word;
  }
  const uint64_t counting = *word++;
  for (uint64_t i = at.accepted - std::min(at.accepted, s.max_in_flight_); i < at.written; ++i) {
    const bool counts = i + counting >= at.written;
    const uint64_t until = counts ? clock + *word++ : 0;
    s.counts_until_[i & s.mask_] = until;
    s.returned_[i & s.mask_] = counts && any ? place_.trail.returned(i) : until;
  }
  dram::ChannelImage::read(s.dram_, rows_, place_.banks, calendar_, at.accepted, clock, place_.cold,
                           place_.write_bursts, place_.counts, word);
  concrete_ = true;
}

}  // namespace vernier::engine
