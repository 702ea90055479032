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
bool StreamsAhead::key_of_course(uint64_t offers, CourseTable::Key& key, uint64_t& touched) const {
  const Position& at = streams_.at_;
  const uint64_t first = at.load.peek();
  const uint64_t end = first + offers;
  for (const uint64_t burst : place_.write_bursts) {
    const dram::Location queued = streams_.locator_.locate(burst);
    const int bank = queued.flat_bank(streams_.organisation_);
    if (burst >= first && burst < end) return false;
    if (rows_.name(bank, queued.row) == dram::RowNames::kUnknown) return false;
  }
  int visits = 0;
  uint64_t banks = 0;
  for (uint64_t burst = first; burst < end; burst += block_ - burst % block_) {
    const dram::Location location = streams_.locator_.locate(burst);
    int bank = location.flat_bank(streams_.organisation_);
    if (burst == first) {
      key.bank = static_cast<uint16_t>(bank);
      key.bank_name = static_cast<uint16_t>(place_.banks.name(location));
    }
    const uint64_t count = std::min({cycle_, end - burst, block_ - burst % block_});
    for (uint64_t i = 0; i < count; ++i, ++visits) {
      const uint64_t bit = uint64_t{1} << bank;
      if ((banks & bit) != 0) return false;
      banks |= bit;
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
/// there is none, or a refresh falls due in it.
bool StreamsAhead::follow_course() {
  const uint64_t offers = course_offers();
  if (offers <= kOffers || next_bank_.size() > 64 || place_.state == StretchTable::kNone) return false;
  CourseTable::Key key;
  uint64_t touched = 0;
  if (!key_of_course(offers, key, touched)) return false;
  const CourseTable::Course* course = courses_.find(key);
  if (course == nullptr) {
    record_course(key, touched);
    return true;
  }
  if (place_.clock + course->clocks >= place_.due.clock) {
    ++counts_.course_dues;
    return false;
  }
  ++counts_.courses;
  name_course(*course);
  apply(*course);
  return true;
}

void StreamsAhead::record_course(const CourseTable::Key& key, uint64_t touched) {
  const Position& at = streams_.at_;
  CourseTable::Course course;
  course.key = key;
  const uint64_t clock = place_.clock;
  const uint64_t written = at.written;
  const uint64_t end = at.accepted + key.offers;
  const dram::ChannelCounts counts = place_.counts;
  const uint64_t others = place_.cold.banks & ~touched;
  bool known = true;
  steps_.clear();
  while (at.accepted < end) {
    course.last = streams_.locator_.locate(at.load.peek());
    follow(kNever);
    known = known && followed_ != nullptr && followed_->key.due == StretchTable::kNone &&
            followed_->closed_ranks == 0;
    if (known) steps_.push_back(table_.index(*followed_));
  }
  if (!known || at.accepted != end) return;
  course.to = place_.state;
  course.clocks = static_cast<uint32_t>(place_.clock - clock);
  course.written = static_cast<uint32_t>(at.written - written);
  course.counts = place_.counts;
  course.counts -= counts;
  course.touched = touched;
  course.cooled = place_.cold.banks & ~others;
  course.cooled_open = place_.cold.open & course.cooled;
  courses_.add(course, steps_);
}

/// The offers of a course that is followed give their rows names.
void StreamsAhead::name_course(const CourseTable::Course& course) {
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
  if (cycle_ == 1) place_.banks.count_from(course.last);
}

void StreamsAhead::apply(const CourseTable::Course& course) {
  Position& at = streams_.at_;
  const bool ends = !at.unwritten.empty() && at.unwritten.front().end <= at.written + course.written;
  if (ends || any_phase(course.key.from)) {
    const uint32_t* step = courses_.stretches(course);
    for (uint32_t i = 0; i < course.length; ++i) write(table_.stretch(step[i]));
  } else {
    at.written += course.written;
    place_.clock += course.clocks;
  }
  place_.counts += course.counts;
  place_.state = course.to;
  place_.cold.banks = (place_.cold.banks & ~course.touched) | course.cooled;
  place_.cold.open = (place_.cold.open & ~course.touched) | course.cooled_open;
  if (course.counts.writes > 0) place_.write_bursts.clear();
  concrete_ = false;
  accept(course.key.offers);
}

}  // namespace vernier::engine
