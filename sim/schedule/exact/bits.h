// SPDX-License-Identifier: Apache-2.0
// Sets of operators or tensors as W words, sized when compiled: the inner loops of the search unroll.
#pragma once

#include <array>
#include <cstdint>

namespace vernier::schedule::exact {

template <int W>
struct Bits {
  std::array<uint64_t, W> words{};

  [[nodiscard]] bool test(int i) const { return (words[i >> 6] >> (i & 63) & 1) != 0; }
  void set(int i) { words[i >> 6] |= uint64_t{1} << (i & 63); }
  void reset(int i) { words[i >> 6] &= ~(uint64_t{1} << (i & 63)); }

  [[nodiscard]] bool none() const {
    uint64_t any = 0;
    for (int w = 0; w < W; ++w) any |= words[w];
    return any == 0;
  }
  [[nodiscard]] int count() const {
    int n = 0;
    for (int w = 0; w < W; ++w) n += __builtin_popcountll(words[w]);
    return n;
  }
  [[nodiscard]] bool subset_of(const Bits& other) const { return (*this - other).none(); }
  [[nodiscard]] bool meets(const Bits& other) const { return !(*this & other).none(); }
  [[nodiscard]] uint64_t hash() const {
    uint64_t h = 0;
    for (int w = 0; w < W; ++w) {
      h = (h ^ words[w]) * 0x9E3779B97F4A7C15U;
      h ^= h >> 29;
    }
    return h;
  }

  /// Calls f(index) for every element, ascending.
  template <typename F>
  void each(F&& f) const {
    for (int w = 0; w < W; ++w) {
      for (uint64_t rest = words[w]; rest != 0; rest &= rest - 1) f(64 * w + __builtin_ctzll(rest));
    }
  }

  friend Bits operator&(Bits a, const Bits& b) {
    for (int w = 0; w < W; ++w) a.words[w] &= b.words[w];
    return a;
  }
  friend Bits operator|(Bits a, const Bits& b) {
    for (int w = 0; w < W; ++w) a.words[w] |= b.words[w];
    return a;
  }
  /// The elements of a that are not in b.
  friend Bits operator-(Bits a, const Bits& b) {
    for (int w = 0; w < W; ++w) a.words[w] &= ~b.words[w];
    return a;
  }
  friend bool operator==(const Bits& a, const Bits& b) { return a.words == b.words; }
  friend bool operator!=(const Bits& a, const Bits& b) { return a.words != b.words; }
};

}  // namespace vernier::schedule::exact
