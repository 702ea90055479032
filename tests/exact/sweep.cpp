// SPDX-License-Identifier: Apache-2.0
#include "tests/exact/sweep.h"

#include <algorithm>
#include <numeric>

#include "models/array/weight_stationary/ws_rules.h"

namespace vernier::exact {

std::vector<std::string> formats_of(const pe::PeDescriptor& pe, const machine::ArrayParams& array,
                                    int64_t group) {
  std::vector<std::string> names;
  const auto replace = [](std::string text, const std::string& what, const std::string& by) {
    const size_t at = text.find(what);
    return at == std::string::npos ? text : text.replace(at, what.size(), by);
  };
  const auto add = [&](const std::string& name) {
    try {
      const formats::GroupFormat format = formats::group_format(name);
      if (pe.reject(format) || (array.weight_stationary() && array::ws_reject_format(format))) return;
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    } catch (const std::exception&) {  // not with so many bits
    }
  };
  for (const formats::FormatSummary& summary : formats::list_formats()) {
    for (int bits = 1; bits <= 8; ++bits) {
      const std::string name =
          replace(replace(summary.name, "N", std::to_string(bits)), "_gG", "_g" + std::to_string(group));
      add(name);
      add(replace(name, "_g", "_unit_g"));
    }
  }
  return names;
}

std::vector<machine::ArrayParams> arrays_of(const pe::PeDescriptor& pe) {
  using machine::Delivery;
  std::vector<machine::ArrayParams> arrays = {{pe.name, 3, 5, pe.min_lanes, Delivery::broadcast}};
  const int most = std::min(pe.max_lanes, 8) / pe.min_lanes * pe.min_lanes;
  arrays.push_back({pe.name, 4, 2, most, Delivery::systolic});
  if (pe.multiply_add) {
    arrays.push_back({pe.name, 6, 4, 1, Delivery::systolic, machine::Dataflow::weight_stationary});
  }
  return arrays;
}

int64_t group_unit(const machine::ArrayParams& array) { return std::lcm(int64_t{array.lanes}, int64_t{4}); }

}  // namespace vernier::exact
