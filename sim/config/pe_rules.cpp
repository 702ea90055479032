// SPDX-License-Identifier: Apache-2.0
#include "sim/config/pe_rules.h"

#include <algorithm>

#include "models/pe/registry.h"
#include "sim/config/accelerator_config.h"

namespace vernier::config {

const std::vector<std::string>& pe_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const pe::PeDescriptor* descriptor : pe::all()) all.push_back(descriptor->name);
    all.emplace_back(kDeclaredPe);
    return all;
  }();
  return names;
}

LaneRange lanes_of(const std::string& pe) {
  if (pe == kDeclaredPe) return {};
  const pe::PeDescriptor& descriptor = pe::pe(pe);
  return {descriptor.min_lanes, descriptor.max_lanes};
}

std::optional<std::string> refusal(const std::string& pe, const formats::GroupFormat& format) {
  if (pe == kDeclaredPe) return std::nullopt;
  return pe::pe(pe).reject(format);
}

std::vector<formats::ActivationFormat> activations_of(const std::string& pe) {
  return pe == kDeclaredPe ? std::vector<formats::ActivationFormat>() : pe::pe(pe).activations;
}

bool takes_tables(const std::string& pe) {
  const std::vector<formats::ActivationFormat> taken = activations_of(pe);
  return std::any_of(taken.begin(), taken.end(), formats::is_table);
}

}  // namespace vernier::config
