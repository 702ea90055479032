// SPDX-License-Identifier: Apache-2.0
// What is remembered of courses: chains of stretches without a refresh in between, over consecutive bursts
// that visit no bank twice. Where one begins as one that was followed before, all its stretches are followed
// at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/dram/address_map.h"
#include "models/dram/command.h"

namespace vernier::engine {

class CourseTable {
 public:
  /// All that the stretches depend on.
  struct Key {
    uint64_t rows = 0;                 ///< what the rows of the offers are to the banks they touch, in order
    uint32_t from = 0;                 ///< the state
    uint32_t offers = 0;               ///< bursts
    uint32_t position = 0;             ///< of the first burst, as far as it decides where stretches end
    uint32_t delay = 0;                ///< clocks before the first offer
    uint16_t bank = 0, bank_name = 0;  ///< of the first burst: flat number, what it is called
    uint16_t open_ranks = 0;           ///< bit r: a cold bank of rank r that is never touched has an open row
    [[nodiscard]] bool operator==(const Key& o) const {
      return rows == o.rows && from == o.from && offers == o.offers && position == o.position &&
             delay == o.delay && bank == o.bank && bank_name == o.bank_name && open_ranks == o.open_ranks;
    }
  };
  struct Course {
    Key key;
    uint32_t to = 0;
    uint32_t clocks = 0;
    uint32_t written = 0;  ///< bursts
    uint32_t length = 0;   ///< stretches
    size_t first = 0;      ///< where they are listed
    dram::ChannelCounts counts;
    uint64_t touched = 0, cooled = 0, cooled_open = 0;  ///< cold banks, by flat number (stretch_table.h)
    dram::Location last;                                ///< of the first burst of the last stretch
  };

  CourseTable() { clear(); }
  /// The course, or null.
  [[nodiscard]] const Course* find(const Key& key) const;
  /// Adds one that is not known; `stretches` are indices of a StretchTable.
  void add(Course course, const std::vector<uint32_t>& stretches);
  [[nodiscard]] const uint32_t* stretches(const Course& course) const {
    return stretches_.data() + course.first;
  }
  [[nodiscard]] size_t bytes() const {
    return courses_.size() * sizeof(Course) + (stretches_.size() + slots_.size()) * sizeof(uint32_t);
  }
  /// Forgets everything.
  void clear();

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  [[nodiscard]] static uint64_t hash(const Key& key);
  void place(uint32_t index);

  std::vector<Course> courses_;
  std::vector<uint32_t> stretches_;
  std::vector<uint32_t> slots_;  // open addressing, at most half full, a power of two
};

}  // namespace vernier::engine
