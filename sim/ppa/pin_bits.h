// SPDX-License-Identifier: Apache-2.0
// Bits of the pins of an array in one cycle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vernier::ppa {

class PinBits {
 public:
  void put(uint64_t value, size_t width) {
    for (size_t i = 0; i < width; ++i) bits_.push_back(static_cast<uint8_t>(value >> i & 1U));
  }
  /// Null is all zeros.
  template <class Word>
  void put_all(const Word* words, size_t count, size_t width) {
    for (size_t i = 0; i < count; ++i) put(words == nullptr ? 0 : words[i], width);
  }
  [[nodiscard]] const std::vector<uint8_t>& bits() const { return bits_; }

 private:
  std::vector<uint8_t> bits_;
};

}  // namespace vernier::ppa
