// SPDX-License-Identifier: Apache-2.0
// What is remembered of courses: chains of stretches over consecutive bursts that visit no bank twice. Where
// one begins as one that was followed before, all its stretches are followed at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/dram/command.h"
#include "sim/engine/fast/record_parts.h"
#include "sim/engine/fast/record_table.h"

namespace vernier::engine {

struct Course {
  /// All that the stretches depend on.
  struct Key {
    uint64_t rows = 0;        ///< what the rows of the offers are to the banks they touch, in order
    uint32_t from = 0;        ///< the state
    uint32_t offers = 0;      ///< bursts
    uint32_t position = 0;    ///< of the first burst, as far as it decides where stretches end
    uint32_t delay = 0;       ///< clocks before the first offer
    Due due;                  ///< the first refresh that falls due in it
    uint16_t bank = 0;        ///< of the first burst, as far as it decides which banks follow
    uint16_t bank_name = 0;   ///< what it is called
    uint16_t open_ranks = 0;  ///< bit r: a cold bank of rank r that is never touched has an open row
    [[nodiscard]] bool operator==(const Key& o) const {
      return rows == o.rows && from == o.from && offers == o.offers && position == o.position &&
             delay == o.delay && due == o.due && bank == o.bank && bank_name == o.bank_name &&
             open_ranks == o.open_ranks;
    }
    [[nodiscard]] uint64_t hash() const {
      uint64_t hash = mix(rows, uint64_t{from} << 32 | offers);
      hash = mix(hash, uint64_t{position} << 32 | delay);
      hash = mix(hash, due.hash());
      return mix(hash, uint64_t{bank} << 32 | uint64_t{bank_name} << 16 | open_ranks);
    }
  };

  Key key;
  uint32_t to = 0;
  uint32_t clocks = 0;
  uint32_t written = 0;  ///< bursts
  uint32_t length = 0;   ///< stretches
  size_t first = 0;      ///< where they are listed
  dram::ChannelCounts counts;
  Cooling cooling;
  uint32_t last = 0;  ///< number of the first burst of the last stretch, from the first of all
};

class CourseTable {
 public:
  /// The course, or null.
  [[nodiscard]] const Course* find(const Course::Key& key) const {
    const uint32_t number = courses_.find(key);
    return number == courses_.kNone ? nullptr : &courses_[number];
  }
  /// Adds one that is not known; `stretches` are indices of a StretchTable.
  void add(Course course, const std::vector<uint32_t>& stretches) {
    course.first = stretches_.size();
    course.length = static_cast<uint32_t>(stretches.size());
    stretches_.insert(stretches_.end(), stretches.begin(), stretches.end());
    courses_.add(course);
  }
  /// `first` of a course; its stretches follow one another.
  [[nodiscard]] uint32_t stretch(size_t first) const { return stretches_[first]; }
  [[nodiscard]] size_t bytes() const { return courses_.bytes() + stretches_.size() * sizeof(uint32_t); }
  /// Forgets everything.
  void clear() {
    courses_.clear();
    stretches_.clear();
  }

 private:
  RecordTable<Course> courses_;
  std::vector<uint32_t> stretches_;
};

}  // namespace vernier::engine
