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

/// The state of the streams, which are in place, in words.
uint32_t StreamsAhead::capture() {
  const ChannelStreams& s = streams_;
  const Position& at = s.at_;
  const uint64_t clock = place_.clock;
  const uint64_t cycle = s.ratio_.cycle_of(clock);
  bool fits = true;
  words_.clear();
  const auto put = [&](uint64_t value) {
    fits = fits && value < kNotReady;
    words_.push_back(static_cast<uint16_t>(value));
  };
  const auto rest = [](uint64_t time, uint64_t now) { return time > now ? time - now : 0; };
  put(clock % s.ratio_.clocks_per_period());
  put(slots_.turns());
  put(slots_.cycles());
  put(cycle % slots_.turns());
  put((slots_.turn_of(s.channel_) + slots_.turns() - cycle / slots_.turns() % slots_.turns()) %
      slots_.turns());
  put(rest(s.write_from_, cycle));
  put(at.accepted - at.written);
  for (uint64_t i = at.written; i < at.accepted; ++i) {
    if (s.ready(i) == kNever) {
      words_.push_back(kNotReady);
    } else {
      put(rest(s.ready(i), cycle));
    }
  }
  // Of the bursts written those that still count.
  uint64_t counting = at.written;
  const uint64_t oldest = at.accepted - std::min(at.accepted, s.max_in_flight_);
  while (counting > oldest && s.returned_[(counting - 1) & s.mask_] > clock) --counting;
  put(at.written - counting);
  for (uint64_t i = counting; i < at.written; ++i) put(s.returned_[i & s.mask_] - clock);
  place_.write_bursts = dram::ChannelImage::write_bursts(s.dram_);
  fits = dram::ChannelImage::write(s.dram_, rows_, place_.banks, calendar_, at.accepted, words_) && fits;
  return fits ? table_.intern(words_) : StretchTable::kNone;
}

void StreamsAhead::materialise() {
  ChannelStreams& s = streams_;
  const Position& at = s.at_;
  const uint64_t cycle = s.ratio_.cycle_of(place_.clock);
  const uint16_t* word = table_.words(place_.state) + 5;
  s.write_from_ = cycle + *word++;
  s.write_slots_ = 0;
  const uint64_t unwritten = *word++;
  VERNIER_INVARIANT(at.accepted - at.written == unwritten,
                    "channel {}: {} bursts are not written, {} in its state", s.channel_,
                    at.accepted - at.written, unwritten);
  for (uint64_t i = at.written; i < at.accepted; ++i, ++word) {
    s.ready(i) = *word == kNotReady ? kNever : cycle + *word;
  }
  const uint64_t counting = *word++;
  for (uint64_t i = at.accepted - std::min(at.accepted, s.max_in_flight_); i < at.written; ++i) {
    s.returned_[i & s.mask_] = i + counting < at.written ? 0 : place_.clock + *word++;
  }
  dram::ChannelImage::read(s.dram_, rows_, place_.banks, calendar_, at.accepted, place_.clock,
                           place_.write_bursts, place_.counts, word);
  concrete_ = true;
}

}  // namespace vernier::engine
