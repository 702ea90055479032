// SPDX-License-Identifier: Apache-2.0
// What the encoders of group formats share: scales, and the nearest of a set of values. All arithmetic is in
// double precision.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace vernier::formats {

/// 1e-5..1e4, so that groups of zeros have a scale and fp16 can hold it.
inline double clamp_scale(double scale) { return std::clamp(scale, 1e-5, 1e4); }

inline double largest_magnitude(const float* x, int64_t count) {
  float largest = 0;
  for (int64_t i = 0; i < count; ++i) largest = std::max(largest, std::fabs(x[i]));
  return largest;
}

/// A value set, ascending, with the midpoints between neighbours.
struct ValueSet {
  struct Entry {
    double value;
    uint16_t code;
  };
  std::vector<Entry> entries;
  std::vector<double> midpoints;
  double largest = 0;  ///< max |V|

  void add(double value, int code) { entries.push_back({value, static_cast<uint16_t>(code)}); }

  /// After the last value.
  void finish() {
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.value < b.value; });
    for (size_t i = 0; i + 1 < entries.size(); ++i) {
      midpoints.push_back((entries[i].value + entries[i + 1].value) / 2);
    }
    largest = std::max(std::fabs(entries.front().value), std::fabs(entries.back().value));
  }

  /// Nearest to x among the values less `offset`; at a midpoint the lower.
  [[nodiscard]] const Entry& nearest(double x, int offset = 0) const {
    const auto at = std::lower_bound(midpoints.begin(), midpoints.end(), x,
                                     [offset](double midpoint, double v) { return midpoint - offset < v; });
    return entries[static_cast<size_t>(at - midpoints.begin())];
  }
};

/// A group encoded in one way.
struct GroupResult {
  std::vector<uint16_t> codes;
  double scale = 0;
  double squared_error = std::numeric_limits<double>::infinity();
  uint8_t selector = 0;
  uint16_t zero_point = 0;
};

}  // namespace vernier::formats
