// SPDX-License-Identifier: Apache-2.0
#include "models/formats/group_format.h"

#include <cmath>

#include "base/error.h"
#include "models/formats/bitmod.h"
#include "models/formats/ieee.h"

namespace vernier::formats {
namespace {

constexpr int kLowestIntBits = 2;
constexpr int kHighestIntBits = 8;
constexpr int kHighestGroupSize = 65536;

const char* const kGrammar =
    "fp16, intN_gG, intN_asym_gG, intN_s8_gG (N = 2..8), bitmod3_gG, bitmod4_gG (G = 1..65536)";

/// Takes a decimal number without leading zeros off the front; -1 if there is none.
int take_number(std::string_view& text) {
  int number = 0;
  size_t digits = 0;
  while (digits < text.size() && digits < 6 && text[digits] >= '0' && text[digits] <= '9') {
    number = 10 * number + (text[digits++] - '0');
  }
  if (digits == 0 || (digits > 1 && text[0] == '0')) return -1;
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

[[noreturn]] void fail_unknown(std::string_view name) {
  std::vector<std::string> likely{"fp16"};
  for (int group = 32; group <= 256; group *= 2) {
    for (const char* base : {"bitmod3", "bitmod4"}) likely.push_back(fmt::format("{}_g{}", base, group));
    for (int bits = kLowestIntBits; bits <= kHighestIntBits; ++bits) {
      for (const char* kind : {"", "_asym", "_s8"})
        likely.push_back(fmt::format("int{}{}_g{}", bits, kind, group));
    }
  }
  const std::string nearest = nearest_name(name, likely);
  throw InputError("FMT001", fmt::format("'{}' is not a weight format", name), {},
                   nearest.empty() ? fmt::format("allowed: {}", kGrammar)
                                   : fmt::format("did you mean '{}'? Allowed: {}", nearest, kGrammar));
}

}  // namespace

GroupFormat group_format(std::string_view name) {
  GroupFormat format;
  format.name = std::string(name);
  if (name == "fp16") {
    format.element = "fp16";
    format.element_bits = 16;
    return format;
  }
  std::string_view rest = name;
  if (take(rest, "bitmod")) {
    format.element_bits = take_number(rest);
    if (format.element_bits != 3 && format.element_bits != 4) fail_unknown(name);
    format.element = format.element_bits == 4 ? "fp4" : "fp3";
    format.scale_kind = ScaleKind::two_level;
    format.selector_bits = 2;
  } else if (take(rest, "int")) {
    format.element_bits = take_number(rest);
    if (format.element_bits < 0) fail_unknown(name);
    if (format.element_bits < kLowestIntBits || format.element_bits > kHighestIntBits) {
      throw InputError("FMT001", fmt::format("weight format '{}': {} bits is not in {}..{}", name,
                                             format.element_bits, kLowestIntBits, kHighestIntBits));
    }
    format.asymmetric = take(rest, "_asym");
    format.scale_kind = !format.asymmetric && take(rest, "_s8") ? ScaleKind::two_level : ScaleKind::fp16;
    format.element = fmt::format("{}{}", format.asymmetric ? "uint" : "int", format.element_bits);
  } else {
    fail_unknown(name);
  }
  if (!take(rest, "_g")) fail_unknown(name);
  format.group_size = take_number(rest);
  if (format.group_size < 0 || !rest.empty()) fail_unknown(name);
  if (format.group_size < 1 || format.group_size > kHighestGroupSize) {
    throw InputError("FMT001", fmt::format("weight format '{}': group size {} is not in 1..{}", name,
                                           format.group_size, kHighestGroupSize));
  }
  return format;
}

std::vector<FormatSummary> list_formats() {
  return {
      {"fp16", "IEEE 754 binary16, no groups"},
      {"intN_gG", "N = 2..8 bits, symmetric, one fp16 scale per group of G"},
      {"intN_asym_gG", "N = 2..8 bits unsigned with zero point, one fp16 scale per group of G"},
      {"intN_s8_gG", "N = 2..8 bits, symmetric, 8-bit integer scale per group, fp16 scale per channel"},
      {"bitmod3_gG",
       "3-bit minifloat with one special value chosen per group (2-bit selector), scales as s8"},
      {"bitmod4_gG",
       "4-bit minifloat with one special value chosen per group (2-bit selector), scales as s8"},
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
  if (selector_bits != 0) return bitmod_value(element_bits, code, selector);
  VERNIER_INVARIANT(scale_kind != ScaleKind::none, "{} has no integer values", name);
  if (asymmetric) return code;
  const int half = 1 << (element_bits - 1);
  return (code ^ half) - half;
}

double GroupFormat::unit() const { return selector_bits != 0 && element_bits == 4 ? 0.5 : 1.0; }

uint16_t GroupFormat::zero_code() const { return 0; }

int GroupFormat::max_integer() const {
  VERNIER_INVARIANT(scale_kind != ScaleKind::none, "{} has no integer values", name);
  if (selector_bits != 0) return element_bits == 4 ? 16 : 6;
  return asymmetric ? (1 << element_bits) - 1 : 1 << (element_bits - 1);
}

double QuantizedMatrix::value(int64_t row, int64_t col) const {
  const auto at = static_cast<size_t>(row * cols + col);
  if (format.scale_kind == ScaleKind::none) return fp16_to_float(codes[at]);
  const auto group = static_cast<size_t>(row * format.groups(cols) + col / format.group_size);
  const int selector = selectors.empty() ? 0 : selectors[group];
  int integer = format.integer_value(codes[at], selector);
  if (format.asymmetric) integer -= zero_points[group];
  if (format.scale_kind == ScaleKind::fp16) return integer * format.unit() * fp16_to_float(scales[group]);
  return integer * format.unit() * scales[group] * fp16_to_float(channel_scales[static_cast<size_t>(row)]);
}

}  // namespace vernier::formats
