// SPDX-License-Identifier: Apache-2.0
// StreamsAhead: the state of a channel with its load stream as words that do not depend on when and in which
// rows.
#include <algorithm>

#include "base/error.h"
#include "sim/engine/fast/streams_ahead.h"

namespace vernier::engine {
namespace {

constexpr uint16_t kNotReady = 0xfffe;

}  // namespace

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
  const bool phased = table_.phases_matter();
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
  place_.write_bursts = dram::ChannelImage::write_bursts(s.dram_);
  fits = dram::ChannelImage::write(s.dram_, rows_, place_.banks, calendar_, at.accepted, words_) && fits;
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
  dram::ChannelImage::read(s.dram_, rows_, place_.banks, calendar_, at.accepted, clock, place_.write_bursts,
                           place_.counts, word);
  concrete_ = true;
}

}  // namespace vernier::engine
