// SPDX-License-Identifier: Apache-2.0
#include "models/formats/group_format.h"

#include "base/error.h"
#include "models/formats/ant.h"
#include "models/formats/bitmod.h"
#include "models/formats/ieee.h"
#include "models/formats/lut.h"
#include "models/formats/olive.h"

namespace vernier::formats {
std::vector<FormatSummary> list_formats() {
  return {
      {"fp16", "IEEE 754 binary16, no groups"},
      {"intN_gG", "N = 2..8 bits, symmetric, one fp16 scale per group of G"},
      {"intN_asym_gG", "N = 2..8 bits unsigned with zero point, one fp16 scale per group of G"},
      {"intN_s8_gG", "N = 2..8 bits, symmetric, 8-bit integer scale per group, fp16 scale per channel"},
      {"intN_ch", "N = 2..8 bits, symmetric, no groups, one fp16 scale per channel"},
      {"int4_dgq_gG", "dual-grained: as int4_s8 with group scales up to 18, so that code x scale is an int8"},
      {"bitmod3_gG",
       "3-bit minifloat with one special value chosen per group (2-bit selector), scales as s8"},
      {"bitmod4_gG",
       "4-bit minifloat with one special value chosen per group (2-bit selector), scales as s8"},
      {"ant4_gG", "int4, flint4 or pot4 chosen per group (2-bit selector), one fp16 scale per group of G"},
      {"olive4_gG", "outlier-victim pairs of int4 and 4-bit abfloat, one fp16 scale per group of G, G even"},
      {"lutN_gG",
       "intN_gG (and N = 1: -1, +1) as bit planes of -1 and +1 for lookup tables, G a multiple of 4"},
      {"lutN_asym_gG", "the same of intN_asym_gG, N = 1..8"},
  };
}

double GroupFormat::bits_per_weight(int64_t k) const {
  VERNIER_INVARIANT(k >= 1, "k = {}", k);
  const auto shared = static_cast<double>(groups(k) * group_meta_bits() + (has_channel_scale() ? 16 : 0));
  return element_bits + shared / static_cast<double>(k);
}

double GroupFormat::published_bits_per_weight() const {
  return group_size == 0 ? element_bits : element_bits + static_cast<double>(scale_bits()) / group_size;
}

int GroupFormat::integer_value(uint16_t code, int selector) const {
  switch (coding) {
    case Coding::integer: {
      if (asymmetric) return code;
      const int half = 1 << (element_bits - 1);
      return (code ^ half) - half;
    }
    case Coding::bitmod:
      return bitmod_value(element_bits, code, selector);
    case Coding::ant:
      VERNIER_INVARIANT(selector >= 0 && selector < kAntTypes, "{} has no type {}", name, selector);
      return ant_value(code, selector);
    case Coding::fp16:
    case Coding::olive:
    case Coding::lut:
      break;
  }
  VERNIER_INVARIANT(false, "a code of {} has no integer value by itself", name);
}

double GroupFormat::unit() const {
  return coding == Coding::lut || (coding == Coding::bitmod && element_bits == 4) ? 0.5 : 1.0;
}

uint16_t GroupFormat::zero_code() const { return 0; }

int GroupFormat::max_integer() const {
  switch (coding) {
    case Coding::integer:
      return asymmetric ? (1 << element_bits) - 1 : 1 << (element_bits - 1);
    case Coding::bitmod:
      return element_bits == 4 ? 16 : 6;
    case Coding::ant:
      return kPot4Magnitudes.back();
    case Coding::olive:
      return kOliveLargest;
    case Coding::lut:
      return (1 << element_bits) - 1;
    case Coding::fp16:
      break;
  }
  VERNIER_INVARIANT(false, "{} has no integer values", name);
}

namespace {

/// Code of an element of a row; 0 beyond its end.
uint16_t code_at(const QuantizedMatrix& matrix, int64_t row, int64_t col) {
  return col < matrix.cols ? matrix.codes[static_cast<size_t>(row * matrix.cols + col)] : uint16_t{0};
}

size_t group_of(const QuantizedMatrix& matrix, int64_t row, int64_t col) {
  const GroupFormat& format = matrix.format;
  const int64_t group = format.group_size == 0 ? 0 : col / format.group_size;
  return static_cast<size_t>(row * format.groups(matrix.cols) + group);
}

}  // namespace

int QuantizedMatrix::integer_value(int64_t row, int64_t col) const {
  const uint16_t code = code_at(*this, row, col);
  const size_t group = group_of(*this, row, col);
  // Groups are whole pairs and quads, so these are counted from the start of the row as well.
  if (format.coding == Coding::olive) return olive_value(code, code_at(*this, row, col ^ 1));
  if (format.coding == Coding::lut) {
    const int lane = static_cast<int>(col % kLutLanes);
    const uint16_t u = lut_unfold(code, code_at(*this, row, col - lane + kLutLanes - 1), lane);
    return lut_value(format.element_bits, u) -
           lut_zero_point(format.element_bits, format.asymmetric, tag(group));
  }
  const int integer = format.integer_value(code, selectors.empty() ? 0 : selectors[group]);
  return format.asymmetric ? integer - zero_points[group] : integer;
}

double QuantizedMatrix::value(int64_t row, int64_t col) const {
  if (format.scale_kind == ScaleKind::none) return fp16_to_float(code_at(*this, row, col));
  double value = integer_value(row, col) * format.unit();
  if (!scales.empty()) {
    const uint16_t scale = scales[group_of(*this, row, col)];
    value *= format.scale_kind == ScaleKind::fp16 ? fp16_to_float(scale) : static_cast<float>(scale);
  }
  if (!channel_scales.empty()) value *= fp16_to_float(channel_scales[static_cast<size_t>(row)]);
  return value;
}

std::string QuantizedMatrix::find_unused() const {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t col = 0; col < cols; ++col) {
      const uint16_t code = code_at(*this, row, col);
      const size_t group = group_of(*this, row, col);
      std::string what;
      if (format.coding == Coding::ant && selectors[group] >= kAntTypes) {
        what = fmt::format("selector {} is no type", selectors[group]);
      } else if (format.coding == Coding::olive && olive_unused(code_at(*this, row, col ^ 1), code)) {
        what = "a victim without an outlier";
      } else if (format.dual_grained && scales[group] > format.largest_scale()) {
        what = fmt::format("scale {} is more than {}", scales[group], format.largest_scale());
      } else if (format.dual_grained && integer_value(row, col) < -7) {
        what = "code -8";
      }
      if (!what.empty()) return fmt::format("{} weight [{}][{}]: {}", format.name, row, col, what);
    }
  }
  return {};
}

}  // namespace vernier::formats
