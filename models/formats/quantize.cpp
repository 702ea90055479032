// SPDX-License-Identifier: Apache-2.0
// Quantization of a matrix, group by group. All arithmetic is in double precision, elements in order.
//
// The codes of a group are chosen with its scale before that is rounded for storage, as the published BitMoD
// numbers were. Asymmetric: the range is [min(0, x), max(0, x)], scale = range / (2^N - 1), zero point =
// round(-min / scale), and the nearest of the values (q - zero point).
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "models/formats/bitmod.h"
#include "models/formats/group_format.h"
#include "models/formats/ieee.h"

namespace vernier::formats {
namespace {

constexpr double kLowestScale = 1e-5;
constexpr double kHighestScale = 1e4;

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

  void finish() {
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.value < b.value; });
    for (size_t i = 0; i + 1 < entries.size(); ++i) {
      midpoints.push_back((entries[i].value + entries[i + 1].value) / 2);
    }
    largest = std::max(std::fabs(entries.front().value), std::fabs(entries.back().value));
  }

  /// Nearest to x among the values less `offset`; at a midpoint the lower.
  [[nodiscard]] const Entry& nearest(double x, int offset) const {
    const auto at = std::lower_bound(midpoints.begin(), midpoints.end(), x,
                                     [offset](double midpoint, double v) { return midpoint - offset < v; });
    return entries[static_cast<size_t>(at - midpoints.begin())];
  }
};

/// The sets a group may choose from, in the order in which ties are decided.
std::vector<ValueSet> candidates(const GroupFormat& format) {
  std::vector<ValueSet> sets(format.selector_bits == 0 ? 1 : kBitmodSelectors);
  const int codes = 1 << format.element_bits;
  for (size_t selector = 0; selector < sets.size(); ++selector) {
    for (int code = 0; code < codes; ++code) {
      const bool most_negative = !format.asymmetric && format.selector_bits == 0 && code == codes / 2;
      if (most_negative) continue;  // symmetric value set
      const int integer = format.integer_value(static_cast<uint16_t>(code), static_cast<int>(selector));
      sets[selector].add(integer * format.unit(), code);
    }
    sets[selector].finish();
  }
  return sets;
}

struct GroupResult {
  std::vector<uint16_t> codes;
  double scale = 0;
  double squared_error = std::numeric_limits<double>::infinity();
  uint8_t selector = 0;
  uint16_t zero_point = 0;
};

/// Codes of the group for one value set.
void quantize_group(const float* x, int64_t count, const ValueSet& set, bool asymmetric,
                    GroupResult& result) {
  const auto [lowest, highest] = std::minmax_element(x, x + count);
  const double low = asymmetric ? std::min(0.0, static_cast<double>(*lowest)) : 0.0;
  const double range = asymmetric ? std::max(0.0, static_cast<double>(*highest)) - low
                                  : std::max(std::fabs(static_cast<double>(*lowest)),
                                             std::fabs(static_cast<double>(*highest)));
  result.scale = std::clamp(range / set.largest, kLowestScale, kHighestScale);
  const double zero = asymmetric ? std::clamp(std::nearbyint(-low / result.scale), 0.0, set.largest) : 0.0;
  result.zero_point = static_cast<uint16_t>(zero);
  result.squared_error = 0;
  result.codes.resize(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    const ValueSet::Entry& entry = set.nearest(x[i] / result.scale, result.zero_point);
    result.codes[static_cast<size_t>(i)] = entry.code;
    const double error = (entry.value - result.zero_point) * result.scale - x[i];
    result.squared_error += error * error;
  }
}

/// Two-level scales of one row: channel scale, then the group scales as multiples of it.
void store_two_level(const std::vector<double>& group_scales, QuantizedMatrix& matrix) {
  const double largest = *std::max_element(group_scales.begin(), group_scales.end());
  const uint16_t channel = fp16_from_double(largest / 255);
  matrix.channel_scales.push_back(channel);
  for (const double scale : group_scales) {
    const double multiple = std::nearbyint(scale / fp16_to_float(channel));
    matrix.scales.push_back(static_cast<uint16_t>(std::clamp(multiple, 1.0, 255.0)));
  }
}

}  // namespace

QuantizedMatrix quantize(const float* values, int64_t rows, int64_t cols, const GroupFormat& format) {
  VERNIER_INVARIANT(rows >= 1 && cols >= 1, "{} x {}", rows, cols);
  QuantizedMatrix matrix;
  matrix.format = format;
  matrix.rows = rows;
  matrix.cols = cols;
  matrix.codes.resize(static_cast<size_t>(rows * cols));
  if (format.scale_kind == ScaleKind::none) {
    std::transform(values, values + rows * cols, matrix.codes.begin(), fp16_from_float);
    return matrix;
  }
  const std::vector<ValueSet> sets = candidates(format);
  GroupResult best, trial;
  std::vector<double> group_scales;
  for (int64_t row = 0; row < rows; ++row) {
    group_scales.clear();
    for (int64_t k = 0; k < cols; k += format.group_size) {
      const float* x = values + row * cols + k;
      const int64_t count = std::min<int64_t>(format.group_size, cols - k);
      for (int64_t i = 0; i < count; ++i) {
        if (!std::isfinite(x[i])) {
          throw InputError("FMT005", fmt::format("weight [{}][{}] is {}: {} needs finite values", row, k + i,
                                                 x[i], format.name));
        }
      }
      best.squared_error = std::numeric_limits<double>::infinity();
      for (size_t s = 0; s < sets.size(); ++s) {
        quantize_group(x, count, sets[s], format.asymmetric, trial);
        trial.selector = static_cast<uint8_t>(s);
        if (trial.squared_error < best.squared_error) std::swap(best, trial);
      }
      std::copy(best.codes.begin(), best.codes.end(), matrix.codes.begin() + row * cols + k);
      group_scales.push_back(best.scale);
      if (format.selector_bits != 0) matrix.selectors.push_back(best.selector);
      if (format.asymmetric) matrix.zero_points.push_back(best.zero_point);
    }
    if (format.scale_kind == ScaleKind::two_level) {
      store_two_level(group_scales, matrix);
    } else {
      for (const double scale : group_scales) matrix.scales.push_back(fp16_from_double(scale));
    }
  }
  return matrix;
}

}  // namespace vernier::formats
