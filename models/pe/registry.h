// SPDX-License-Identifier: Apache-2.0
// Every PE type by name.
#pragma once

#include <string_view>
#include <vector>

#include "models/pe/pe.h"

namespace vernier::pe {

/// The PE type of that name. Throws InputError PE001 with the nearest name or the list.
[[nodiscard]] const PeDescriptor& pe(std::string_view name);

/// All PE types, in the order of models/pe/list.h.
[[nodiscard]] const std::vector<const PeDescriptor*>& all();

}  // namespace vernier::pe
