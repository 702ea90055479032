// SPDX-License-Identifier: Apache-2.0
#include "models/formats/olive.h"

#include <array>
#include <cmath>

namespace vernier::formats {
namespace {

constexpr double kLargestNormal = 7;
constexpr std::array<int, 16> kDivisors{7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96};

double square(double x) { return x * x; }

}  // namespace

OliveEncoder::OliveEncoder() {
  for (uint32_t code = 0; code < 16; ++code) {
    if (code != kOliveVictim) normal_.add(olive_value(code, 0), static_cast<int>(code));
    if (!olive_unused(code, kOliveVictim)) {
      outlier_.add(olive_value(code, kOliveVictim), static_cast<int>(code));
    }
  }
  normal_.finish();
  outlier_.finish();
}

OliveEncoder::Pair OliveEncoder::best_pair(double first, double second, double scale) const {
  const ValueSet::Entry& a = normal_.nearest(first / scale);
  const ValueSet::Entry& b = normal_.nearest(second / scale);
  Pair best{a.code, b.code, square(a.value * scale - first) + square(b.value * scale - second)};
  // Without an element beyond 7 no victim could pay: normal codes are then at most half a step off.
  if (std::fabs(first / scale) <= kLargestNormal && std::fabs(second / scale) <= kLargestNormal) return best;
  const ValueSet::Entry& c = outlier_.nearest(first / scale);
  const Pair leading{c.code, kOliveVictim, square(c.value * scale - first) + square(second)};
  if (leading.squared_error < best.squared_error) best = leading;
  const ValueSet::Entry& d = outlier_.nearest(second / scale);
  const Pair trailing{kOliveVictim, d.code, square(first) + square(d.value * scale - second)};
  if (trailing.squared_error < best.squared_error) best = trailing;
  return best;
}

void OliveEncoder::encode(const float* x, int64_t count, GroupResult& result) const {
  const double largest = largest_magnitude(x, count);
  result = GroupResult{};
  std::vector<uint16_t> codes(static_cast<size_t>(count));
  for (const int divisor : kDivisors) {
    const double scale = clamp_scale(largest / divisor);
    double error = 0;
    for (int64_t i = 0; i < count; i += 2) {
      if (i + 1 < count) {
        const Pair pair = best_pair(x[i], x[i + 1], scale);
        codes[static_cast<size_t>(i)] = pair.first;
        codes[static_cast<size_t>(i + 1)] = pair.second;
        error += pair.squared_error;
      } else {
        const ValueSet::Entry& entry = normal_.nearest(x[i] / scale);
        codes[static_cast<size_t>(i)] = entry.code;
        error += square(entry.value * scale - x[i]);
      }
    }
    if (error < result.squared_error) {
      result.squared_error = error;
      result.scale = scale;
      result.codes = codes;
    }
  }
}

}  // namespace vernier::formats
