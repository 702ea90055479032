// SPDX-License-Identifier: Apache-2.0
// Random numbers of the co-simulation: the same on every platform for the same seed, which is why no
// distribution of the standard library is used.
#pragma once

#include <cstdint>
#include <random>

namespace vernier::cosim {

class Random {
 public:
  /// Stream `index` of a seed; streams are unrelated to each other.
  Random(uint64_t seed, uint64_t index) : engine_(mix(mix(seed) + index)) {}

  uint64_t bits() { return engine_(); }
  /// low..high, both included.
  int pick(int low, int high) {
    return low + static_cast<int>(engine_() % static_cast<uint64_t>(high - low + 1));
  }
  bool chance(int percent) { return pick(0, 99) < percent; }
  /// Mean 0, variance 1: sum of twelve uniform numbers.
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(engine_() >> 11) * 0x1p-53;
    return sum;
  }

 private:
  /// splitmix64 (Steele, Lea, Flood, OOPSLA 2014).
  static uint64_t mix(uint64_t value) {
    value += 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31);
  }

  std::mt19937_64 engine_;
};

}  // namespace vernier::cosim
