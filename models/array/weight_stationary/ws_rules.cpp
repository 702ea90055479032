// SPDX-License-Identifier: Apache-2.0
#include "models/array/weight_stationary/ws_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "models/pe/registry.h"

namespace vernier::array {

std::optional<std::string> ws_reject_array(const machine::ArrayParams& params) {
  if (!pe::pe(params.pe).multiply_add) {
    std::vector<std::string> able;
    for (const pe::PeDescriptor* other : pe::all()) {
      if (other->multiply_add) able.push_back(other->name);
    }
    return fmt::format(
        "{} cannot add to a neighbour's partial sum in one cycle, which a weight-stationary array needs; "
        "PEs that can: {}",
        params.pe, fmt::join(able, ", "));
  }
  if (params.lanes != 1) {
    return fmt::format("a weight-stationary PE holds one weight; {} lanes need as many", params.lanes);
  }
  if (params.delivery != machine::Delivery::systolic) {
    return "partial sums move from row to row, so a weight-stationary array has systolic delivery";
  }
  return std::nullopt;
}

std::optional<std::string> ws_reject_format(const formats::GroupFormat& format) {
  if (format.group_size == 0) return std::nullopt;
  return fmt::format(
      "{} has a scale for every {} elements along K; partial sums that flow through the rows of a "
      "weight-stationary array can only have one per channel",
      format.name, format.group_size);
}

}  // namespace vernier::array
