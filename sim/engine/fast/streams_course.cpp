// SPDX-License-Identifier: Apache-2.0
// StreamsAhead: the stretches of a whole run of consecutive bursts at once.
#include <algorithm>
#include <numeric>

#include "sim/engine/fast/streams_ahead.h"

namespace vernier::engine {
namespace {

constexpr uint64_t kMostVisits = 64 / 3;  // of banks, three bits each in the key

}  // namespace

/// Bursts of the load, from the next on, that visit no bank twice.
uint64_t StreamsAhead::course_offers() const {
  const BurstSource& load = streams_.at_.load;
  const uint64_t blocks = std::min<uint64_t>(next_bank_.size(), kMostVisits) / cycle_;
  const uint64_t room = blocks * block_;
  return std::min(load.consecutive(), room - std::min(room, load.peek() % block_));
}

/// The key of the course of the next `offers` bursts; the cold banks that it touches. False if there is no
/// course.
bool StreamsAhead::key_of_course(uint64_t offers, Course::Key& key, uint64_t& touched) const {
  const Position& at = streams_.at_;
  const uint64_t first = at.load.peek();
  const uint64_t end = first + offers;
  int visits = 0;
  uint64_t banks = 0;
  for (uint64_t burst = first; burst < end; burst += block_ - burst % block_) {
    const dram::Location location = streams_.locator_.locate(burst);
    int bank = location.flat_bank(streams_.organisation_);
    if (burst == first) {
      key.bank = static_cast<uint16_t>(turn_of_bank_[static_cast<size_t>(bank)]);
      key.bank_name = static_cast<uint16_t>(place_.banks.name(location));
    }
    const uint64_t count = std::min({cycle_, end - burst, block_ - burst % block_});
    for (uint64_t i = 0; i < count; ++i, ++visits) {
      const uint64_t bit = uint64_t{1} << bank;
      if ((banks & bit) != 0) return false;
      banks |= bit;
      if (meets_writes(bank, location.row, first, end)) return false;
      key.rows |= row_code(bank, location.row) << (kNameBits * visits);
      bank = next_bank_[static_cast<size_t>(bank)];
    }
  }
  touched = banks & place_.cold.banks;
  key.from = place_.state;
  key.offers = static_cast<uint32_t>(offers);
  key.position = static_cast<uint32_t>(first % std::lcm(block_, kOffers));
  key.delay = at.load_from > place_.clock ? static_cast<uint32_t>(at.load_from - place_.clock) : 0;
  key.open_ranks = open_ranks(touched);
  return true;
}

/// Follows the next course of the load; one that is not known stretch by stretch, and remembers it. False if
/// there is none.
bool StreamsAhead::follow_course() {
  const uint64_t offers = course_offers();
  if (offers <= kOffers || next_bank_.size() > 64 || place_.state == StretchTable::kNone) return false;
  Course::Key key;
  uint64_t touched = 0;
  if (!key_of_course(offers, key, touched)) return false;
  const Course* course = courses_.find(key);
  if (course == nullptr || place_.clock + course->clocks >= place_.due.clock) {
    Course::Key due = key;
    due.due = next_due();
    course = due.due.any() ? courses_.find(due) : nullptr;
  }
  if (course == nullptr) {
    record_course(key, touched);
    return true;
  }
  counts_.courses += course->key.due.any() ? 0 : 1;
  counts_.course_dues += course->key.due.any() ? 1 : 0;
  name_course(*course);
  apply(*course, touched);
  return true;
}

void StreamsAhead::record_course(Course::Key key, uint64_t touched) {
  const Position& at = streams_.at_;
  Course course;
  const uint64_t clock = place_.clock;
  const uint64_t first = at.accepted;
  const uint64_t written = at.written;
  const dram::ChannelCounts counts = place_.counts;
  const dram::ChannelImage::Cold cold = place_.cold;
  const Due due = next_due();
  const uint64_t due_clock = place_.due.clock;
  bool known = true;
  steps_.clear();
  while (at.accepted < first + key.offers) {
    course.last = static_cast<uint32_t>(at.accepted - first);
    follow(kNever);
    known = known && followed_ != nullptr;
    if (known) steps_.push_back(table_.index(*followed_));
  }
  if (!known || at.accepted != first + key.offers) return;
  course.key = key;
  if (due_clock <= place_.clock) course.key.due = due;
  course.to = place_.state;
  course.clocks = static_cast<uint32_t>(place_.clock - clock);
  course.written = static_cast<uint32_t>(at.written - written);
  course.counts = place_.counts;
  course.counts -= counts;
  if (note_cooled(course.cooling, cold, touched)) courses_.add(course, steps_);
}

/// The offers of a course that is followed give their rows names.
void StreamsAhead::name_course(const Course& course) {
  const uint64_t first = streams_.at_.load.peek();
  const uint64_t end = first + course.key.offers;
  uint64_t rows = course.key.rows;
  for (uint64_t burst = first; burst < end; burst += block_ - burst % block_) {
    const dram::Location location = streams_.locator_.locate(burst);
    int bank = location.flat_bank(streams_.organisation_);
    const uint64_t count = std::min({cycle_, end - burst, block_ - burst % block_});
    for (uint64_t i = 0; i < count; ++i, rows >>= kNameBits) {
      note_row(bank, location.row, rows & kRowMask);
      bank = next_bank_[static_cast<size_t>(bank)];
    }
  }
  if (cycle_ == 1) place_.banks.count_from(streams_.locator_.locate(first + course.last));
}

void StreamsAhead::apply(const Course& course, uint64_t touched) {
  Position& at = streams_.at_;
  if (any_phase(course.key.from)) {
    place_.trail.shorten(place_.clock);
    place_.trail.push(course, place_.clock, at.written);
    tell_ends(at.written + course.written);
  } else if (!at.unwritten.empty() && at.unwritten.front().end <= at.written + course.written) {
    const uint64_t clock = place_.clock;
    const uint64_t written = at.written;
    for (uint32_t i = 0; i < course.length; ++i) write(table_.stretch(courses_.stretch(course.first + i)));
    place_.clock = clock;
    at.written = written;
  }
  at.written += course.written;
  place_.clock += course.clocks;
  place_.counts += course.counts;
  place_.state = course.to;
  cool(course.cooling, touched);
  if (course.counts.writes > 0) set_writes({});
  if (course.key.due.any()) place_.due = calendar_.next(place_.clock);
  concrete_ = false;
  accept(course.key.offers);
}

/// Of loads whose bursts the trail knows, before number `written`.
void StreamsAhead::tell_ends(uint64_t written) {
  Ring<ChannelStreams::Unwritten>& loads = streams_.at_.unwritten;
  for (; !loads.empty() && loads.front().end <= written; loads.pop()) {
    const uint64_t cycle = place_.trail.cycle(loads.front().end - 1);
    streams_.events_.load_written(streams_.channel_, loads.front().job.load, cycle);
  }
}

}  // namespace vernier::engine
