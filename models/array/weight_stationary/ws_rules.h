// SPDX-License-Identifier: Apache-2.0
// What can be weight-stationary: docs/weight-stationary.md, section "What is where".
#pragma once

#include <optional>
#include <string>

#include "models/formats/group_format.h"
#include "models/machine/machine.h"

namespace vernier::array {

/// Why an array with these parameters cannot be weight-stationary; empty if it can.
[[nodiscard]] std::optional<std::string> ws_reject_array(const machine::ArrayParams& params);

/// Why weights of this format cannot be stationary; empty if they can. Whether the PE takes the format at all
/// is not asked here.
[[nodiscard]] std::optional<std::string> ws_reject_format(const formats::GroupFormat& format);

}  // namespace vernier::array
