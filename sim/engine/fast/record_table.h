// SPDX-License-Identifier: Apache-2.0
// What was seen before, by its key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace vernier::engine {

/// `Record` has a `key` of type Record::Key, which can be compared and has a hash().
template <typename Record>
class RecordTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  RecordTable() { clear(); }
  /// The number of the record with this key, or kNone.
  [[nodiscard]] uint32_t find(const typename Record::Key& key) const {
    for (size_t at = place_of(key);; at = next(at)) {
      if (slots_[at] == kNone || records_[slots_[at]].key == key) return slots_[at];
    }
  }
  [[nodiscard]] const Record& operator[](uint32_t number) const { return records_[number]; }
  /// Adds one whose key is not known.
  void add(Record record) {
    const auto number = static_cast<uint32_t>(records_.size());
    records_.push_back(std::move(record));
    if (2 * records_.size() <= slots_.size()) return place(number);
    slots_.assign(2 * slots_.size(), kNone);
    for (uint32_t i = 0; i <= number; ++i) place(i);
  }
  [[nodiscard]] size_t bytes() const {
    return records_.size() * sizeof(Record) + slots_.size() * sizeof(uint32_t);
  }
  /// Forgets everything.
  void clear() {
    records_.clear();
    slots_.assign(kFirstSlots, kNone);
  }

 private:
  static constexpr size_t kFirstSlots = 1024;
  [[nodiscard]] size_t place_of(const typename Record::Key& key) const {
    return key.hash() & (slots_.size() - 1);
  }
  [[nodiscard]] size_t next(size_t at) const { return (at + 1) & (slots_.size() - 1); }
  void place(uint32_t number) {
    size_t at = place_of(records_[number].key);
    while (slots_[at] != kNone) at = next(at);
    slots_[at] = number;
  }

  std::vector<Record> records_;
  std::vector<uint32_t> slots_;  // open addressing, at most half full, a power of two
};

}  // namespace vernier::engine
