// SPDX-License-Identifier: Apache-2.0
// The list of element formats. To add one: one line in kFamilies (and its maker, if no kind below fits).
#include "models/formats/element_format.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>

#include "base/error.h"
#include "models/formats/element_kinds.h"

namespace vernier::formats {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Range {
  int low, high;
};
using Numbers = std::vector<int>;
using Maker = std::function<ElementPtr(const std::string& name, const Numbers& numbers)>;

/// Every '#' of the pattern is a number, allowed in the range of the same position.
struct Family {
  std::string pattern;
  std::vector<Range> ranges;
  std::string description;
  Maker make;
};

ElementPtr make_int(const std::string& name, int bits, int lowest) {
  std::vector<double> values(size_t{1} << bits);
  const int half = 1 << (bits - 1);
  for (int code = 0; code < 2 * half; ++code) {
    const int value = code < half ? code : code - 2 * half;
    values[static_cast<size_t>(code)] = value < lowest ? kNone : value;
  }
  return make_table(name, bits, std::move(values));
}

ElementPtr full_int(const std::string& name, const Numbers& n) {
  return make_int(name, n[0], -(1 << (n[0] - 1)));
}

ElementPtr symmetric_int(const std::string& name, const Numbers& n) {
  return make_int(name, n[0], 1 - (1 << (n[0] - 1)));
}

ElementPtr ternary(const std::string& name, const Numbers&) { return make_int(name, 2, -1); }

/// Code c stands for first + step * c.
ElementPtr make_ramp(const std::string& name, int bits, int first, int step) {
  std::vector<double> values(size_t{1} << bits);
  for (size_t c = 0; c < values.size(); ++c) values[c] = first + step * static_cast<int>(c);
  return make_table(name, bits, std::move(values));
}

ElementPtr unsigned_int(const std::string& name, const Numbers& n) { return make_ramp(name, n[0], 0, 1); }

ElementPtr bipolar_int(const std::string& name, const Numbers& n) {
  return make_ramp(name, n[0], 1 - (1 << n[0]), 2);
}

ElementPtr binary(const std::string& name, const Numbers&) { return make_ramp(name, 1, -1, 2); }

/// Magnitudes 1, 2, 4..., with 0 before them if with_zero.
Maker powers(bool with_zero) {
  return [with_zero](const std::string& name, const Numbers& n) {
    std::vector<double> magnitudes(size_t{1} << (n[0] - 1));
    for (size_t i = 0; i < magnitudes.size(); ++i) {
      const int exponent = static_cast<int>(i) - (with_zero ? 1 : 0);
      magnitudes[i] = exponent < 0 ? 0.0 : std::ldexp(1.0, exponent);
    }
    return make_sign_magnitude(name, magnitudes, kNone);
  };
}

Maker sign_magnitude(const std::vector<double>& magnitudes, double special = kNone) {
  return [magnitudes, special](const std::string& name, const Numbers&) {
    return make_sign_magnitude(name, magnitudes, special);
  };
}

/// OliVe, section 4: +-(2 + m) << (e + bias), the codes e = m = 0 unused.
ElementPtr abfloat(const std::string& name, const Numbers& n) {
  std::vector<double> values(16);
  for (int code = 0; code < 16; ++code) {
    const int exponent = (code >> 1) & 3, mantissa = code & 1;
    const double magnitude = std::ldexp(2 + mantissa, exponent + n[0]);
    values[static_cast<size_t>(code)] = (code & 7) == 0 ? kNone : code < 8 ? magnitude : -magnitude;
  }
  return make_table(name, 4, std::move(values));
}

Maker minifloat(int exponent_bits, int mantissa_bits, MinifloatSpecials specials) {
  return [=](const std::string& name, const Numbers&) {
    return make_minifloat(name, exponent_bits, mantissa_bits, (1 << (exponent_bits - 1)) - 1, specials);
  };
}

/// Numbers: exponent bits, mantissa bits, and the bias unless it is the usual one.
ElementPtr generic_minifloat(const std::string& name, const Numbers& n) {
  const int bits = 1 + n[0] + n[1];
  if (bits < 3 || bits > 8) {
    throw InputError("FMT002", fmt::format("element format '{}': {} bits is not in 3..8", name, bits));
  }
  const int bias = n.size() > 2 ? n[2] : (1 << (n[0] - 1)) - 1;
  return make_minifloat(name, n[0], n[1], bias, MinifloatSpecials::none);
}

Maker codebook(const std::vector<double>& values, int bits) {
  return [=](const std::string& name, const Numbers&) { return make_table(name, bits, values); };
}

const std::vector<Family>& families() {
  using S = MinifloatSpecials;
  const std::vector<double> fp3{0, 1, 2, 4};
  const std::vector<double> fp4{0, 0.5, 1, 1.5, 2, 3, 4, 6};
  const std::vector<double> flint4{0, 1, 2, 3, 4, 6, 8, 16};
  const std::vector<double> flint5{0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 24, 32, 64};
  const std::vector<double> nf4{-1.0,
                                -0.6961928009986877,
                                -0.5250730514526367,
                                -0.39491748809814453,
                                -0.28444138169288635,
                                -0.18477343022823334,
                                -0.09105003625154495,
                                0.0,
                                0.07958029955625534,
                                0.16093020141124725,
                                0.24611230194568634,
                                0.33791524171829224,
                                0.44070982933044434,
                                0.5626170039176941,
                                0.7229568362236023,
                                1.0};  // QLoRA, appendix E
  static const std::vector<Family> kFamilies{
      // clang-format off
      {"int#", {{1, 16}}, "two's complement, 1..16 bits", full_int},
      {"int#_sym", {{2, 16}}, "two's complement without the most negative code, 2..16 bits", symmetric_int},
      {"uint#", {{1, 16}}, "unsigned integer, 1..16 bits", unsigned_int},
      {"fp32", {}, "IEEE 754 binary32", minifloat(8, 23, S::ieee)},
      {"fp16", {}, "IEEE 754 binary16", minifloat(5, 10, S::ieee)},
      {"bf16", {}, "bfloat16", minifloat(8, 7, S::ieee)},
      {"fp8_e4m3", {}, "OCP OFP8 e4m3: no infinity, largest 448", minifloat(4, 3, S::nan_only)},
      {"fp8_e5m2", {}, "OCP OFP8 e5m2: IEEE-like, largest 57344", minifloat(5, 2, S::ieee)},
      {"fp6_e2m3", {}, "OCP MX e2m3, largest 7.5", minifloat(2, 3, S::none)},
      {"fp6_e3m2", {}, "OCP MX e3m2, largest 28", minifloat(3, 2, S::none)},
      {"fp4_e2m1", {}, "OCP MX e2m1, largest 6", minifloat(2, 1, S::none)},
      {"e#m#", {{1, 7}, {0, 6}}, "minifloat of 3..8 bits, bias 2^(e-1) - 1, no infinity or NaN", generic_minifloat},
      {"e#m#_b#", {{1, 7}, {0, 6}, {-64, 64}}, "minifloat of 3..8 bits, bias -64..64 (LLM-FP4)", generic_minifloat},
      {"fp3", {}, "0, +-1, +-2, +-4 (BitMoD)", sign_magnitude(fp3)},
      {"fp3_er_pos", {}, "fp3 and +3 (BitMoD)", sign_magnitude(fp3, 3)},
      {"fp3_er_neg", {}, "fp3 and -3 (BitMoD)", sign_magnitude(fp3, -3)},
      {"fp3_ea_pos", {}, "fp3 and +6 (BitMoD)", sign_magnitude(fp3, 6)},
      {"fp3_ea_neg", {}, "fp3 and -6 (BitMoD)", sign_magnitude(fp3, -6)},
      {"fp4_er_pos", {}, "e2m1 and +5 (BitMoD)", sign_magnitude(fp4, 5)},
      {"fp4_er_neg", {}, "e2m1 and -5 (BitMoD)", sign_magnitude(fp4, -5)},
      {"fp4_ea_pos", {}, "e2m1 and +8 (BitMoD)", sign_magnitude(fp4, 8)},
      {"fp4_ea_neg", {}, "e2m1 and -8 (BitMoD)", sign_magnitude(fp4, -8)},
      {"flint4", {}, "float-int, magnitudes 0..4, 6, 8, 16 (ANT)", sign_magnitude(flint4)},
      {"flint5", {}, "float-int, magnitudes 0..8, 10, 12, 14, 16, 24, 32, 64 (ANT)", sign_magnitude(flint5)},
      {"pot#", {{2, 8}}, "sign and power of two from 1, and zero, 2..8 bits (ANT)", powers(true)},
      {"dense_shift#", {{2, 8}}, "sign and power of two from 1, no zero, 2..8 bits (DenseShift)", powers(false)},
      {"abfloat_e2m1_b#", {{0, 16}}, "+-(2 + m) << (e + bias), bias 0..16 (OliVe)", abfloat},
      {"ternary", {}, "-1, 0, +1 in two's complement (BitNet b1.58); packings in ternary.h", ternary},
      {"binary", {}, "code 0 is -1, code 1 is +1", binary},
      {"bipolar_int#", {{1, 16}}, "sum of (2 b_i - 1) 2^i: odd integers, 1..16 bits", bipolar_int},
      {"nf4", {}, "4-bit NormalFloat codebook (QLoRA)", codebook(nf4, 4)},
      // clang-format on
  };
  return kFamilies;
}

/// The numbers in the places of '#', if the name has the shape of the pattern. No leading zeros.
std::optional<Numbers> match(std::string_view pattern, std::string_view name) {
  Numbers numbers;
  size_t at = 0;
  for (const char expected : pattern) {
    if (expected != '#') {
      if (at >= name.size() || name[at] != expected) return std::nullopt;
      ++at;
      continue;
    }
    const bool negative = at < name.size() && name[at] == '-';
    if (negative) ++at;
    const size_t begin = at;
    int number = 0;
    while (at < name.size() && name[at] >= '0' && name[at] <= '9' && at - begin < 6) {
      number = 10 * number + (name[at++] - '0');
    }
    if (at == begin || (name[begin] == '0' && (at - begin > 1 || negative))) return std::nullopt;
    numbers.push_back(negative ? -number : number);
  }
  return at == name.size() ? std::optional<Numbers>(numbers) : std::nullopt;
}

/// All names of families with at most one number: what a misspelt name is compared with.
std::vector<std::string> concrete_names() {
  std::vector<std::string> names;
  for (const Family& family : families()) {
    const size_t hash = family.pattern.find('#');
    if (family.ranges.empty()) names.push_back(family.pattern);
    if (family.ranges.size() != 1) continue;
    for (int n = family.ranges[0].low; n <= family.ranges[0].high; ++n) {
      names.push_back(family.pattern.substr(0, hash) + std::to_string(n) + family.pattern.substr(hash + 1));
    }
  }
  return names;
}

}  // namespace

std::vector<double> ElementFormat::values() const {
  VERNIER_INVARIANT(bits_ <= 16, "{} has too many values to list", name_);
  std::vector<double> all;
  for (uint32_t code = 0; code < code_count(); ++code) {
    if (!is_valid(code)) continue;
    const double value = decode(code);
    if (std::isfinite(value)) all.push_back(value == 0 ? 0.0 : value);
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::shared_ptr<const ElementFormat> element_format(std::string_view name) {
  for (const Family& family : families()) {
    const std::optional<Numbers> numbers = match(family.pattern, name);
    if (!numbers) continue;
    for (size_t i = 0; i < numbers->size(); ++i) {
      const Range& range = family.ranges[i];
      if ((*numbers)[i] < range.low || (*numbers)[i] > range.high) {
        throw InputError("FMT002",
                         fmt::format("element format '{}': {} is not in {}..{}", name, (*numbers)[i],
                                     range.low, range.high),
                         {}, family.pattern + ": " + family.description);
      }
    }
    return family.make(std::string(name), *numbers);
  }
  const std::string nearest = nearest_name(name, concrete_names());
  std::vector<std::string> patterns;
  for (const Family& family : families()) patterns.push_back(family.pattern);
  throw InputError("FMT002", fmt::format("'{}' is not an element format", name), {},
                   nearest.empty() ? fmt::format("allowed (# is a number): {}", fmt::join(patterns, ", "))
                                   : fmt::format("did you mean '{}'?", nearest));
}

std::vector<ElementSummary> list_element_formats() {
  std::vector<ElementSummary> list;
  for (const Family& family : families()) list.push_back({family.pattern, family.description});
  return list;
}

}  // namespace vernier::formats
