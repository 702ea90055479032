// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/fast/course_table.h"

namespace vernier::engine {
namespace {

constexpr size_t kFirstSlots = 1024;

}  // namespace

void CourseTable::clear() {
  courses_.clear();
  stretches_.clear();
  slots_.assign(kFirstSlots, kNone);
}

uint64_t CourseTable::hash(const Key& key) {
  uint64_t hash = key.rows;
  const auto mix = [&hash](uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
    hash ^= hash >> 29;
  };
  mix(uint64_t{key.from} << 32 | key.offers);
  mix(uint64_t{key.position} << 32 | key.delay);
  mix(uint64_t{key.bank} << 32 | uint64_t{key.bank_name} << 16 | key.open_ranks);
  return hash;
}

const CourseTable::Course* CourseTable::find(const Key& key) const {
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash(key) & mask; slots_[at] != kNone; at = (at + 1) & mask) {
    const Course& course = courses_[slots_[at]];
    if (course.key == key) return &course;
  }
  return nullptr;
}

void CourseTable::place(uint32_t index) {
  const size_t mask = slots_.size() - 1;
  size_t at = hash(courses_[index].key) & mask;
  while (slots_[at] != kNone) at = (at + 1) & mask;
  slots_[at] = index;
}

void CourseTable::add(Course course, const std::vector<uint32_t>& stretches) {
  course.first = stretches_.size();
  course.length = static_cast<uint32_t>(stretches.size());
  stretches_.insert(stretches_.end(), stretches.begin(), stretches.end());
  const auto index = static_cast<uint32_t>(courses_.size());
  courses_.push_back(course);
  if (2 * courses_.size() <= slots_.size()) return place(index);
  slots_.assign(2 * slots_.size(), kNone);
  for (uint32_t i = 0; i <= index; ++i) place(i);
}

}  // namespace vernier::engine
