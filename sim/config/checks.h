// SPDX-License-Identifier: Apache-2.0
// Rules that tie several keys together.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/config/keys.h"

namespace vernier::config {

/// One rule. It is checked when all the keys it reads are valid; a finding is placed at the first of them.
struct CrossCheck {
  std::string code;
  std::vector<std::string> paths;  ///< keys the rule reads
  std::function<std::optional<Problem>(const AcceleratorConfig&)> check;
};

[[nodiscard]] const std::vector<CrossCheck>& cross_checks();

}  // namespace vernier::config
