// SPDX-License-Identifier: Apache-2.0
// Names of group formats: what they say and what is wrong with them.
#include "base/error.h"
#include "models/formats/group_format.h"

namespace vernier::formats {
namespace {

constexpr int kHighestBits = 8;
constexpr int kHighestGroupSize = 65536;

const char* const kGrammar =
    "fp16, intN_ch, intN_gG, intN_asym_gG, intN_s8_gG (N = 2..8), "
    "lutN_gG, lutN_asym_gG (N = 1..8), int4_dgq_gG, bitmod3_gG, bitmod4_gG, ant4_gG, olive4_gG (G = "
    "1..65536)";

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
    for (const char* base : {"bitmod3", "bitmod4", "int4_dgq", "ant4", "olive4"})
      likely.push_back(fmt::format("{}_g{}", base, group));
    for (int bits = 1; bits <= kHighestBits; ++bits) {
      for (const char* kind :
           {"int{}_g{}", "int{}_asym_g{}", "int{}_s8_g{}", "lut{}_g{}", "lut{}_asym_g{}"}) {
        if (bits > 1 || kind[0] == 'l') likely.push_back(fmt::format(fmt::runtime(kind), bits, group));
      }
    }
  }
  for (int bits = 2; bits <= kHighestBits; ++bits) likely.push_back(fmt::format("int{}_ch", bits));
  const std::string nearest = nearest_name(name, likely);
  throw InputError("FMT001", fmt::format("'{}' is not a weight format", name), {},
                   nearest.empty() ? fmt::format("allowed: {}", kGrammar)
                                   : fmt::format("did you mean '{}'? Allowed: {}", nearest, kGrammar));
}

[[noreturn]] void fail_number(std::string_view name, const std::string& message,
                              const std::string& help = "") {
  throw InputError("FMT001", fmt::format("weight format '{}': {}", name, message), {}, help);
}

/// Takes the number of bits of an element, lowest..8.
int take_bits(std::string_view& rest, std::string_view name, int lowest) {
  const int bits = take_number(rest);
  if (bits < 0) fail_unknown(name);
  if (bits < lowest || bits > kHighestBits) {
    fail_number(name, fmt::format("{} bits is not in {}..{}", bits, lowest, kHighestBits));
  }
  return bits;
}

/// Takes a number of bits that must be one of two.
int take_bits_of(std::string_view& rest, std::string_view name, int one, int other) {
  const int bits = take_number(rest);
  if (bits != one && bits != other) fail_unknown(name);
  return bits;
}

void parse_integer(std::string_view& rest, GroupFormat& format) {
  format.element_bits = take_bits(rest, format.name, 2);
  format.scale_kind = ScaleKind::fp16;
  if (take(rest, "_asym")) {
    format.asymmetric = true;
  } else if (take(rest, "_s8")) {
    format.scale_kind = ScaleKind::two_level;
    format.unit_scale = take(rest, "_unit");
  } else if (take(rest, "_unit")) {
    format.unit_scale = true;
  } else if (take(rest, "_ch")) {
    format.scale_kind = ScaleKind::channel;
  } else if (take(rest, "_dgq")) {
    if (format.element_bits != 4) {
      fail_number(format.name, fmt::format("dual-grained weights have 4 bits, not {}", format.element_bits),
                  "use int4_dgq_gG");
    }
    format.scale_kind = ScaleKind::two_level;
    format.dual_grained = true;
  }
  format.element = fmt::format("{}{}", format.asymmetric ? "uint" : "int", format.element_bits);
}

void parse_group_size(std::string_view& rest, GroupFormat& format) {
  if (!take(rest, "_g")) fail_unknown(format.name);
  format.group_size = take_number(rest);
  if (format.group_size < 0 || !rest.empty()) fail_unknown(format.name);
  if (format.group_size < 1 || format.group_size > kHighestGroupSize) {
    fail_number(format.name,
                fmt::format("group size {} is not in 1..{}", format.group_size, kHighestGroupSize));
  }
  if (format.group_size % format.coded_together() != 0) {
    const bool pairs = format.coding == Coding::olive;
    fail_number(
        format.name,
        fmt::format("group size {} is not a multiple of {}", format.group_size, format.coded_together()),
        pairs ? "its codes come in pairs of neighbours" : "its codes come in quads, one per lookup");
  }
}

}  // namespace

GroupFormat group_format(std::string_view name) {
  GroupFormat format;
  format.name = std::string(name);
  std::string_view rest = name;
  if (name == "fp16") {
    format.element = "fp16";
    format.element_bits = 16;
    format.coding = Coding::fp16;
    return format;
  }
  if (take(rest, "bitmod")) {
    format.element_bits = take_bits_of(rest, name, 3, 4);
    format.element = format.element_bits == 4 ? "fp4" : "fp3";
    format.scale_kind = ScaleKind::two_level;
    format.selector_bits = 2;
    format.coding = Coding::bitmod;
  } else if (take(rest, "ant")) {
    format.element_bits = take_bits_of(rest, name, 4, 4);
    format.element = "ant4";
    format.scale_kind = ScaleKind::fp16;
    format.selector_bits = 2;
    format.coding = Coding::ant;
  } else if (take(rest, "olive")) {
    format.element_bits = take_bits_of(rest, name, 4, 4);
    format.element = "olive4";
    format.scale_kind = ScaleKind::fp16;
    format.coding = Coding::olive;
  } else if (take(rest, "lut")) {
    format.element_bits = take_bits(rest, name, 1);
    format.element = fmt::format("lut{}", format.element_bits);
    format.asymmetric = take(rest, "_asym");
    format.unit_scale = !format.asymmetric && format.element_bits > 1 && take(rest, "_unit");
    format.scale_kind = ScaleKind::fp16;
    format.coding = Coding::lut;
  } else if (take(rest, "int")) {
    parse_integer(rest, format);
  } else {
    fail_unknown(name);
  }
  if (format.scale_kind == ScaleKind::channel) {
    if (!rest.empty()) fail_unknown(name);
    return format;
  }
  parse_group_size(rest, format);
  return format;
}

std::optional<SplitFormat> split_scales(const GroupFormat& format) {
  const bool plain = (format.coding == Coding::integer || format.coding == Coding::lut) &&
                     !format.asymmetric && !format.dual_grained && !format.unit_scale;
  if (!plain || format.group_size == 0 || format.element_bits < 2) return std::nullopt;
  const bool two_level = format.scale_kind == ScaleKind::two_level;
  return SplitFormat{fmt::format("{}{}_unit_g{}", format.element, two_level ? "_s8" : "", format.group_size),
                     fmt::format("{}_g{}", format.element, format.group_size)};
}

}  // namespace vernier::formats
