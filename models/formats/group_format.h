// SPDX-License-Identifier: Apache-2.0
// Group formats: how a block of G elements along K is quantized and which parameters it shares.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vernier::formats {

/// How the scale of a group is stored.
enum class ScaleKind {
  none,       ///< plain element format (fp16): no group parameters at all
  fp16,       ///< one fp16 scale per group
  two_level,  ///< unsigned 8-bit integer per group times one fp16 scale per output channel (BitMoD)
  channel,    ///< no groups, one fp16 scale per output channel
};

/// What a code stands for.
enum class Coding {
  integer,  ///< two's complement, or unsigned with a zero point
  fp16,
  bitmod,  ///< bitmod.h
  ant,     ///< ant.h
  olive,   ///< olive.h: a code has a value only beside its neighbour
  lut,     ///< lut.h: a code has a value only with lane 3 of its quad
};

/// A weight format by name: "fp16", "int4_g128", "int4_asym_g128", "int6_s8_g128", "int8_ch",
/// "int4_dgq_g128", "bitmod4_g128", "ant4_g128", "olive4_g128", "lut4_g128", "lut4_asym_g128".
/// `_s8` = two-level scale, `_asym` = with zero point, `_gG` = group size, `_ch` = scale per output channel
/// only,
/// `_unit` = the integers themselves (intN, lutN; also `_s8_unit` for PEs with integer scales),
/// `_dgq` = dual-grained: two-level, and code times group scale fits int8. bitmod formats are two-level.
struct GroupFormat {
  std::string name;
  /// Element format of the codes: "int4", "uint4", "fp4" (bitmod4), "fp3", "fp16"; "ant4", "olive4", "lut4".
  std::string element;
  int element_bits = 0;
  int group_size = 0;  ///< G; 0 = no groups
  ScaleKind scale_kind = ScaleKind::none;
  bool asymmetric = false;
  int selector_bits = 0;  ///< 2 for bitmod: er+, er-, ea+, ea- in this order; and for ant: int, flint, pot
  Coding coding = Coding::integer;
  bool dual_grained = false;
  bool unit_scale = false;  ///< every scale is 1 and none is stored: what scales the codes lies elsewhere

  [[nodiscard]] int scale_bits() const {
    if (unit_scale) return 0;
    return scale_kind == ScaleKind::fp16 ? 16 : scale_kind == ScaleKind::two_level ? 8 : 0;
  }
  [[nodiscard]] int zero_bits() const { return asymmetric ? element_bits : 0; }
  [[nodiscard]] int group_meta_bits() const { return scale_bits() + selector_bits + zero_bits(); }
  [[nodiscard]] bool has_channel_scale() const {
    return !unit_scale && (scale_kind == ScaleKind::two_level || scale_kind == ScaleKind::channel);
  }
  /// What stands for the scale 1 in QuantizedMatrix::scales.
  [[nodiscard]] uint16_t scale_of_one() const { return scale_kind == ScaleKind::two_level ? 1 : 0x3c00; }
  /// Largest integer group scale: of dual-grained groups 127 / 7, so that 7 times it fits int8. Two-level
  /// only.
  [[nodiscard]] int largest_scale() const { return dual_grained ? 18 : 255; }
  /// Elements whose codes are read together: 2 for olive, 4 for lut, else 1. G is a multiple of it.
  [[nodiscard]] int coded_together() const {
    return coding == Coding::olive ? 2 : coding == Coding::lut ? 4 : 1;
  }
  /// Groups along K: ceil(k / G); 1 if the format has no groups.
  [[nodiscard]] int64_t groups(int64_t k) const {
    return group_size == 0 ? 1 : (k + group_size - 1) / group_size;
  }
  /// Everything stored, per weight, for rows of k elements.
  [[nodiscard]] double bits_per_weight(int64_t k) const;
  /// What the BitMoD paper counts: element and group scale bits only (3.0625 for bitmod3_g128).
  [[nodiscard]] double published_bits_per_weight() const;

  /// Integer value of a code as a PE sees it (bitmod4: units of one half, so value = 2 x the real
  /// value). The selector 0..3 gives the meaning of bitmod's special code, 0..2 ant's type. Asymmetric: the
  /// unsigned code, without the zero point. Not for fp16, nor for olive and lut, whose codes have no value
  /// alone: an invariant fails. See QuantizedMatrix::integer_value.
  [[nodiscard]] int integer_value(uint16_t code, int selector) const;
  /// Real value of one unit of integer values: 0.5 for bitmod4 and lut, else 1. A power of two.
  [[nodiscard]] double unit() const;
  /// What lanes beyond K hold if there is no zero point: the code of zero; for lut, which has none, 0, as the
  /// activations there are 0.
  [[nodiscard]] uint16_t zero_code() const;
  /// Largest |integer value| of a code without its zero point; for lut the largest |q'|.
  [[nodiscard]] int max_integer() const;
};

/// How a matrix is stored whose scales vary along K, so that no group has one: the codes with unit scales,
/// and the scales beside them.
struct SplitFormat {
  std::string codes;   ///< "int2_unit_g128": for the array
  std::string groups;  ///< "int2_g128": quantizes G elements that share a scale, fp16
};

/// Of intN_gG, intN_s8_gG and lutN_gG, N from 2; nothing for others, which have more than a scale per group.
[[nodiscard]] std::optional<SplitFormat> split_scales(const GroupFormat& format);

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
  std::vector<uint16_t> codes;           ///< rows x cols; for lut as stored, folded (lut.h)
  std::vector<uint16_t> scales;          ///< rows x groups: 8-bit integer or fp16 bits; empty if none
  std::vector<uint8_t> selectors;        ///< rows x groups; empty if selector_bits = 0
  std::vector<uint16_t> zero_points;     ///< rows x groups; empty if symmetric
  std::vector<uint16_t> channel_scales;  ///< rows, fp16 bits; empty unless has_channel_scale()

  /// What the array's tag pin carries for a group (row * groups + g): selector, zero point, or 0.
  [[nodiscard]] uint8_t tag(size_t group) const {
    if (!selectors.empty()) return selectors[group];
    return zero_points.empty() ? uint8_t{0} : static_cast<uint8_t>(zero_points[group]);
  }

  /// One weight in units of its scales, the zero point subtracted; lut: q' - z'. Not for fp16.
  [[nodiscard]] int integer_value(int64_t row, int64_t col) const;
  /// integer_value * unit * group scale * channel scale: the real value of one weight, in double precision
  /// (exact for every format here).
  [[nodiscard]] double value(int64_t row, int64_t col) const;
  /// The first code or parameter that quantize() never writes and that a PE need not understand: ant selector
  /// 3, victims without an outlier, dual-grained products beyond int8. Empty if there is none.
  [[nodiscard]] std::string find_unused() const;
};

/// Quantizes rows x cols finite values (row-major) by the rules of docs/formats.md; see also quantize.cpp.
/// Throws InputError FMT005 for values that are not (fp16 takes them).
[[nodiscard]] QuantizedMatrix quantize(const float* values, int64_t rows, int64_t cols,
                                       const GroupFormat& format);

}  // namespace vernier::formats
