// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/fast/write_trail.h"

#include <algorithm>

#include "base/error.h"

namespace vernier::engine {
namespace {

constexpr size_t kLongest = 16;  // stretches before shorten() does something
constexpr size_t kKept = 8;

}  // namespace

void WriteTrail::begin(const DmaSlots& slots, uint64_t turn, uint64_t burst, uint64_t write_from,
                       std::vector<uint64_t> returned) {
  slots_ = slots;
  turn_ = turn;
  slack_ = write_slack(*ratio_, slots);
  begin_ = known_ = {burst, write_from};
  returned_ = std::move(returned);
  steps_.clear();
}

void WriteTrail::push(const StretchTable::Stretch& stretch, uint64_t clock, uint64_t burst) {
  steps_.push_back({table_->index(stretch), 0, 0, clock, burst, stretch.written});
}

void WriteTrail::push(const Course& course, uint64_t clock, uint64_t burst) {
  steps_.push_back({StretchTable::kNone, course.length, course.first, clock, burst, course.written});
}

void WriteTrail::pop() {
  steps_.pop_back();
  if (known_.burst > end()) known_ = begin_;
}

uint64_t WriteTrail::end() const {
  return steps_.empty() ? begin_.burst : steps_.back().burst + steps_.back().written;
}

/// The stretch that delivers the burst.
size_t WriteTrail::step_of(uint64_t burst) {
  size_t at = steps_.size() - 1;
  while (steps_[at].burst > burst) --at;
  if (steps_[at].length == 0) return at;
  unfold(at);
  return step_of(burst);
}

void WriteTrail::unfold(size_t step) {
  const Step course = steps_[step];
  std::vector<Step> stretches;
  Step next = course;
  for (uint32_t i = 0; i < course.length; ++i) {
    const uint32_t index = courses_->stretch(course.first + i);
    const StretchTable::Stretch& stretch = table_->stretch(index);
    stretches.push_back({index, 0, 0, next.clock, next.burst, stretch.written});
    next.clock += stretch.clocks;
    next.burst += stretch.written;
  }
  const auto place = steps_.begin() + static_cast<std::ptrdiff_t>(step);
  steps_.insert(steps_.erase(place), stretches.begin(), stretches.end());
}

/// No later is the burst written and its credit returned.
uint64_t WriteTrail::latest(uint64_t burst) {
  const Step& step = steps_[step_of(burst)];
  const StretchTable::Stretch& stretch = table_->stretch(step.stretch);
  return step.clock + table_->writes(stretch)[stretch.written + burst - step.burst] + slack_;
}

uint64_t WriteTrail::cycle(uint64_t burst) {
  // From a little before, once as if nothing had to wait there and once as if as much as can be: where both
  // agree, what lies before does not matter.
  const Known& start = known_.burst <= burst ? known_ : begin_;
  for (uint64_t back = 8;; back *= 4) {
    const bool all = burst - start.burst <= back;
    const uint64_t from = all ? start.burst : burst - back;
    uint64_t low = all ? start.write_from : 0;
    uint64_t high = all ? start.write_from : ratio_->cycle_of(latest(from - 1));
    uint64_t at = from;
    for (size_t i = step_of(from); at <= burst; ++i) {
      if (steps_[i].length > 0) unfold(i);
      const StretchTable::Stretch& stretch = table_->stretch(steps_[i].stretch);
      const uint16_t* ready = table_->writes(stretch);
      for (; at <= burst && at < steps_[i].burst + stretch.written; ++at) {
        const uint64_t cycle = ratio_->cycle_of(steps_[i].clock + ready[at - steps_[i].burst]);
        const bool agree = low == high;
        low = slots_.after(turn_, std::max(low, cycle)) + 1;
        high = agree ? low : slots_.after(turn_, std::max(high, cycle)) + 1;
      }
    }
    if (low == high) {
      known_ = {burst + 1, low};
      return low - 1;
    }
    VERNIER_INVARIANT(!all, "burst {} has two cycles", burst);
  }
}

uint64_t WriteTrail::returned(uint64_t burst) {
  if (burst >= begin_.burst) return ratio_->clock_of(cycle(burst) + 1);
  const uint64_t before = begin_.burst - burst;
  return before > returned_.size() ? 0 : returned_[returned_.size() - before];
}

void WriteTrail::shorten(uint64_t clock) {
  if (steps_.size() < kLongest) return;
  const size_t kept = steps_.size() - kKept;
  const uint64_t first = steps_[kept].burst;
  if (first == begin_.burst || latest(first - 1) > clock) return;
  const Known known = known_;
  begin_ = {first, cycle(first - 1) + 1};
  known_ = known.burst > first ? known : begin_;
  returned_.clear();
  const auto old = [&](const Step& step) { return step.burst < first; };
  steps_.erase(steps_.begin(), std::find_if_not(steps_.begin(), steps_.end(), old));
}

}  // namespace vernier::engine
