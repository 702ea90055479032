// SPDX-License-Identifier: Apache-2.0
#include "sim/config/pe_rules.h"

#include "base/error.h"
#include "sim/config/accelerator_config.h"

namespace vernier::config {
namespace {

/// docs/array.md, sections fp16_mac and bitmod.
struct PeRules {
  std::string name;
  LaneRange lanes;
  std::string (*refusal)(const formats::GroupFormat&);
};

std::string fp16_mac_refusal(const formats::GroupFormat& format) {
  return format.element == "fp16" ? "" : "fp16_mac takes fp16";
}

std::string bitmod_refusal(const formats::GroupFormat& format) {
  constexpr int64_t kLargestSum = int64_t{1} << 16;  // G * max|w|, so that the partial sum never overflows
  const bool bitmod = format.selector_bits > 0;
  const bool integer = format.element.rfind("int", 0) == 0 &&
                       (format.element_bits == 8 || (format.element_bits >= 4 && format.element_bits <= 6));
  if (!(bitmod || integer) || format.asymmetric || format.scale_kind != formats::ScaleKind::two_level) {
    return "bitmod takes bitmod3, bitmod4 and int4_s8, int5_s8, int6_s8, int8_s8";
  }
  if (format.group_size * int64_t{format.max_integer()} > kLargestSum) {
    return fmt::format("bitmod takes groups of at most {} elements of this format",
                       kLargestSum / format.max_integer());
  }
  return "";
}

const std::vector<PeRules>& rules() {
  static const std::vector<PeRules> list = {
      {"bitmod", {1, 8}, bitmod_refusal},
      {"fp16_mac", {1, 1}, fp16_mac_refusal},
      {kDeclaredPe, {1, 64}, [](const formats::GroupFormat&) { return std::string(); }},
  };
  return list;
}

const PeRules& rules_of(const std::string& pe) {
  for (const PeRules& rule : rules()) {
    if (rule.name == pe) return rule;
  }
  VERNIER_INVARIANT(false, "no PE '{}'", pe);
  return rules().front();
}

}  // namespace

const std::vector<std::string>& pe_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const PeRules& rule : rules()) all.push_back(rule.name);
    return all;
  }();
  return names;
}

LaneRange lanes_of(const std::string& pe) { return rules_of(pe).lanes; }

std::string refusal(const std::string& pe, const formats::GroupFormat& format) {
  return rules_of(pe).refusal(format);
}

}  // namespace vernier::config
