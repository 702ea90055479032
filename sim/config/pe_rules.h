// SPDX-License-Identifier: Apache-2.0
// What a configuration must respect about the PE types: the one place that asks models/pe.
#pragma once

#include <string>
#include <vector>

#include "models/formats/group_format.h"

namespace vernier::config {

/// Names allowed for array.pe: the PE types there are, and `declared`.
[[nodiscard]] const std::vector<std::string>& pe_names();

struct LaneRange {
  int lower = 1;
  int upper = 64;
};
[[nodiscard]] LaneRange lanes_of(const std::string& pe);

/// Empty if the PE computes with weights of this format, else why it does not ("bitmod takes ...").
[[nodiscard]] std::string refusal(const std::string& pe, const formats::GroupFormat& format);

}  // namespace vernier::config
