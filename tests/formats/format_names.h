// SPDX-License-Identifier: Apache-2.0
// One name for every pattern of list_formats().
#pragma once

#include <string>
#include <vector>

#include "models/formats/group_format.h"

namespace vernier::formats {

/// "int5_g12" for "intN_gG"; fp16 as it is.
inline std::vector<std::string> one_name_each() {
  std::vector<std::string> names;
  for (const FormatSummary& summary : list_formats()) {
    std::string name = summary.name;
    const size_t bits = name.find('N');
    if (bits != std::string::npos) name.replace(bits, 1, "5");
    const size_t group = name.find("_gG");
    if (group != std::string::npos) name.replace(group, 3, "_g12");
    names.push_back(name);
  }
  return names;
}

}  // namespace vernier::formats
