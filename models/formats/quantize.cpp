// SPDX-License-Identifier: Apache-2.0
// Quantization of a matrix, group by group. All arithmetic is in double precision, elements in order.
//
// scale = max|x| / max|V|, clamped; every x / scale goes to the nearest value, at a midpoint to the lower; of
// several value sets (bitmod, ant) the one of least squared error, the first on a tie.
// The codes of a group are chosen with its scale before that is rounded for storage, as the published BitMoD
// numbers were; dual-grained codes, whose stored scale is coarse, with the stored one.
// Asymmetric: the range is [min(0, x), max(0, x)], scale = range / (2^N - 1), zero point = round(-min /
// scale), and the nearest of the values (q - zero point). Two-level: channel scale = fp16(largest group scale
// / 255), group scale = round(scale / channel scale) in 1..255. Unit scales: 1, and nothing else. lut1: scale
// = mean|x|, the least squares fit of {-1, +1} (max|x| would double the values of most groups); stored twice
// as large.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/error.h"
#include "models/formats/ant.h"
#include "models/formats/bitmod.h"
#include "models/formats/group_format.h"
#include "models/formats/ieee.h"
#include "models/formats/lut.h"
#include "models/formats/olive.h"
#include "models/formats/value_set.h"

namespace vernier::formats {
namespace {

/// The real value / scale that a code gives an element, whose group has the selector; nothing if the code is
/// not written. Asymmetric: without the zero point.
std::optional<double> value_of(const GroupFormat& format, int code, int selector) {
  const int half = 1 << (format.element_bits - 1);
  if (format.coding == Coding::lut) {
    if (format.asymmetric) return code;
    if (format.element_bits == 1) return lut_value(1, static_cast<uint16_t>(code));
    if (code == 0) return std::nullopt;
    return code - half;
  }
  // The most negative integer, and -0.
  const bool unused = format.coding != Coding::bitmod && !format.asymmetric && code == half;
  if (unused) return std::nullopt;
  return format.integer_value(static_cast<uint16_t>(code), selector) * format.unit();
}

/// The sets a group may choose from, in the order in which ties are decided.
std::vector<ValueSet> candidates(const GroupFormat& format) {
  const int count = format.coding == Coding::bitmod ? kBitmodSelectors
                    : format.coding == Coding::ant  ? kAntTypes
                                                    : 1;
  std::vector<ValueSet> sets(static_cast<size_t>(count));
  for (int selector = 0; selector < count; ++selector) {
    ValueSet& set = sets[static_cast<size_t>(selector)];
    for (int code = 0; code < 1 << format.element_bits; ++code) {
      if (const auto value = value_of(format, code, selector)) set.add(*value, code);
    }
    set.finish();
  }
  return sets;
}

double mean_magnitude(const float* x, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += std::fabs(static_cast<double>(x[i]));
  return sum / static_cast<double>(count);
}

/// Encodes groups of one format. The codes are not yet folded (lut).
class GroupEncoder {
 public:
  explicit GroupEncoder(const GroupFormat& format) : format_(format) {
    if (format.coding == Coding::olive) {
      olive_.emplace();
    } else {
      sets_ = candidates(format);
    }
  }

  /// The best encoding; valid until the next call.
  const GroupResult& encode(const float* x, int64_t count) {
    if (olive_) {
      olive_->encode(x, count, best_);
      return best_;
    }
    best_.squared_error = std::numeric_limits<double>::infinity();
    for (size_t s = 0; s < sets_.size(); ++s) {
      encode_with(sets_[s], x, count);
      trial_.selector = static_cast<uint8_t>(s);
      if (trial_.squared_error < best_.squared_error) std::swap(best_, trial_);
    }
    return best_;
  }

  /// The only value set of a format without selectors.
  [[nodiscard]] const ValueSet& values() const { return sets_.front(); }

 private:
  void encode_with(const ValueSet& set, const float* x, int64_t count) {
    double zero = 0;
    if (format_.unit_scale) {
      trial_.scale = 1;
    } else if (format_.asymmetric) {
      const auto [lowest, highest] = std::minmax_element(x, x + count);
      const double low = std::min(0.0, static_cast<double>(*lowest));
      const double range = std::max(0.0, static_cast<double>(*highest)) - low;
      trial_.scale = clamp_scale(range / set.largest);
      zero = std::clamp(std::nearbyint(-low / trial_.scale), 0.0, set.largest);
    } else if (format_.element_bits == 1) {
      trial_.scale = clamp_scale(mean_magnitude(x, count));
    } else {
      trial_.scale = clamp_scale(largest_magnitude(x, count) / set.largest);
    }
    trial_.zero_point = static_cast<uint16_t>(zero);
    trial_.squared_error = 0;
    trial_.codes.resize(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
      const ValueSet::Entry& entry = set.nearest(x[i] / trial_.scale, trial_.zero_point);
      trial_.codes[static_cast<size_t>(i)] = entry.code;
      const double error = (entry.value - trial_.zero_point) * trial_.scale - x[i];
      trial_.squared_error += error * error;
    }
  }

  const GroupFormat& format_;
  std::vector<ValueSet> sets_;
  std::optional<OliveEncoder> olive_;
  GroupResult best_, trial_;
};

/// Integer scales of one row: channel scale, then the group scales as multiples of it.
void store_two_level(const std::vector<double>& group_scales, QuantizedMatrix& matrix) {
  const double largest = *std::max_element(group_scales.begin(), group_scales.end());
  const uint16_t channel = fp16_from_double(largest / matrix.format.largest_scale());
  matrix.channel_scales.push_back(channel);
  for (const double scale : group_scales) {
    const double multiple = std::nearbyint(scale / fp16_to_float(channel));
    matrix.scales.push_back(
        static_cast<uint16_t>(std::clamp(multiple, 1.0, 1.0 * matrix.format.largest_scale())));
  }
}

/// Dual-grained: the channel scale is that of all two-level formats, fp16(largest group scale / 18). For each
/// group all the scales 1..18 are tried, each with the nearest codes at that scale x channel scale; the least
/// squared error wins, the smallest scale on a tie.
void refine_dual_grained(const float* x, int64_t row, const ValueSet& set, QuantizedMatrix& matrix) {
  const int64_t size = matrix.format.group_size;
  const double channel = fp16_to_float(matrix.channel_scales.back());
  std::vector<uint16_t> codes;
  for (int64_t k = 0; k < matrix.cols; k += size) {
    const int64_t end = std::min(matrix.cols, k + size);
    double least = std::numeric_limits<double>::infinity();
    for (int multiple = 1; multiple <= matrix.format.largest_scale(); ++multiple) {
      const double scale = multiple * channel;
      double error = 0;
      codes.clear();
      for (int64_t i = k; i < end; ++i) {
        const ValueSet::Entry& entry = set.nearest(x[i] / scale);
        codes.push_back(entry.code);
        error += (entry.value * scale - x[i]) * (entry.value * scale - x[i]);
      }
      if (!(error < least)) continue;
      least = error;
      matrix.scales[static_cast<size_t>(row * matrix.format.groups(matrix.cols) + k / size)] =
          static_cast<uint16_t>(multiple);
      std::copy(codes.begin(), codes.end(), matrix.codes.begin() + row * matrix.cols + k);
    }
  }
}

/// Codes u of a row to stored codes.
void fold_row(uint16_t* codes, int64_t cols) {
  for (int64_t quad = 0; quad < cols; quad += kLutLanes) {
    const int64_t last = quad + kLutLanes - 1;
    const uint16_t code = last < cols ? codes[last] : uint16_t{0};
    for (int lane = 0; lane < kLutLanes - 1 && quad + lane < cols; ++lane) {
      codes[quad + lane] = lut_unfold(codes[quad + lane], code, lane);
    }
  }
}

void check_finite(const float* x, int64_t row, int64_t cols, const GroupFormat& format) {
  for (int64_t k = 0; k < cols; ++k) {
    if (std::isfinite(x[k])) continue;
    throw InputError("FMT005",
                     fmt::format("weight [{}][{}] is {}: {} needs finite values", row, k, x[k], format.name));
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
  GroupEncoder encoder(format);
  const int64_t group_size = format.group_size == 0 ? cols : format.group_size;
  const double stored_times =
      format.coding == Coding::lut && format.element_bits == 1 && !format.asymmetric ? 2 : 1;
  std::vector<double> group_scales;
  for (int64_t row = 0; row < rows; ++row) {
    const float* x = values + row * cols;
    check_finite(x, row, cols, format);
    group_scales.clear();
    for (int64_t k = 0; k < cols; k += group_size) {
      const GroupResult& group = encoder.encode(x + k, std::min(group_size, cols - k));
      std::copy(group.codes.begin(), group.codes.end(), matrix.codes.begin() + row * cols + k);
      group_scales.push_back(group.scale * stored_times);
      if (format.selector_bits != 0) matrix.selectors.push_back(group.selector);
      if (format.asymmetric) matrix.zero_points.push_back(group.zero_point);
    }
    if (format.unit_scale) {
      matrix.scales.insert(matrix.scales.end(), group_scales.size(), format.scale_of_one());
    } else if (format.scale_kind == ScaleKind::two_level) {
      store_two_level(group_scales, matrix);
      if (format.dual_grained) refine_dual_grained(x, row, encoder.values(), matrix);
    } else {
      std::vector<uint16_t>& stored =
          format.scale_kind == ScaleKind::channel ? matrix.channel_scales : matrix.scales;
      for (const double scale : group_scales) stored.push_back(fp16_from_double(scale));
    }
    if (format.coding == Coding::lut) fold_row(&matrix.codes[static_cast<size_t>(row * cols)], cols);
  }
  return matrix;
}

}  // namespace vernier::formats
