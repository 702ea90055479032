// SPDX-License-Identifier: Apache-2.0
// Group formats: how a block of G elements along K is quantized and which parameters it shares.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vernier::formats {

/// How the scale of a group is stored.
enum class ScaleKind {
  none,       ///< plain element format (fp16): no group parameters at all
  fp16,       ///< one fp16 scale per group
  two_level,  ///< unsigned 8-bit integer per group times one fp16 scale per output channel (BitMoD)
};

/// A weight format by name: "fp16", "int4_g128", "int4_asym_g128", "int6_s8_g128", "bitmod4_g128".
/// `_s8` = two-level scale, `_asym` = with zero point, `_gG` = group size. bitmod formats are two-level.
struct GroupFormat {
  std::string name;
  std::string element;  ///< element format of the codes: "int4", "uint4", "fp4" (bitmod4), "fp3", "fp16"
  int element_bits = 0;
  int group_size = 0;  ///< G; 0 = no groups
  ScaleKind scale_kind = ScaleKind::none;
  bool asymmetric = false;
  int selector_bits = 0;  ///< 2 for bitmod: er+, er-, ea+, ea- in this order

  [[nodiscard]] int scale_bits() const {
    return scale_kind == ScaleKind::fp16 ? 16 : scale_kind == ScaleKind::two_level ? 8 : 0;
  }
  [[nodiscard]] int zero_bits() const { return asymmetric ? element_bits : 0; }
  [[nodiscard]] int group_meta_bits() const { return scale_bits() + selector_bits + zero_bits(); }
  [[nodiscard]] bool has_channel_scale() const { return scale_kind == ScaleKind::two_level; }
  /// Groups along K: ceil(k / G); 1 if the format has no groups.
  [[nodiscard]] int64_t groups(int64_t k) const {
    return group_size == 0 ? 1 : (k + group_size - 1) / group_size;
  }
  /// Everything stored, per weight, for rows of k elements.
  [[nodiscard]] double bits_per_weight(int64_t k) const;
  /// What the BitMoD paper counts: element and group scale bits only (3.0625 for bitmod3_g128).
  [[nodiscard]] double published_bits_per_weight() const;

  /// Integer value of a code as a PE sees it (bitmod4: units of one half, so value = 2 x the real
  /// value; selector 0..3 gives the meaning of the special code). Not for fp16.
  [[nodiscard]] int integer_value(uint16_t code, int selector) const;
  /// Real value of one unit of integer_value: 0.5 for bitmod4, else 1. A power of two.
  [[nodiscard]] double unit() const;
  /// Code that stands for zero.
  [[nodiscard]] uint16_t zero_code() const;
  /// Largest |integer_value|.
  [[nodiscard]] int max_integer() const;
};

/// Parses a format name. Throws InputError FMT001 with the nearest name or the grammar.
[[nodiscard]] GroupFormat group_format(std::string_view name);

/// One line each, for `vernier list format`.
struct FormatSummary {
  std::string name;  ///< "bitmod4_gG"
  std::string description;
};
[[nodiscard]] std::vector<FormatSummary> list_formats();

/// A matrix of N x K weights in a group format. Row-major everywhere.
struct QuantizedMatrix {
  GroupFormat format;
  int64_t rows = 0;                      ///< N
  int64_t cols = 0;                      ///< K
  std::vector<uint16_t> codes;           ///< rows x cols
  std::vector<uint16_t> scales;          ///< rows x groups: 8-bit integer or fp16 bits; empty if none
  std::vector<uint8_t> selectors;        ///< rows x groups; empty if selector_bits = 0
  std::vector<uint16_t> zero_points;     ///< rows x groups; empty if symmetric
  std::vector<uint16_t> channel_scales;  ///< rows, fp16 bits; empty unless two-level

  /// What the array's tag pin carries for a group (row * groups + g): selector, zero point, or 0.
  [[nodiscard]] uint8_t tag(size_t group) const {
    if (!selectors.empty()) return selectors[group];
    return zero_points.empty() ? uint8_t{0} : static_cast<uint8_t>(zero_points[group]);
  }

  /// Real value of one weight, in double precision (exact for every format here).
  [[nodiscard]] double value(int64_t row, int64_t col) const;
};

/// Quantizes rows x cols values (row-major) by the rules of spec number-formats: scale = max|x| /
/// max|V| clamped to [1e-5, 1e4], nearest value, ties at a midpoint to the lower value, group choice
/// by least squared error, first of er+, er-, ea+, ea- on a tie. Two-level: channel scale = largest
/// group scale / 255 rounded to fp16, group scale = round(scale / channel scale) clamped to 1..255.
[[nodiscard]] QuantizedMatrix quantize(const float* values, int64_t rows, int64_t cols,
                                       const GroupFormat& format);

}  // namespace vernier::formats
