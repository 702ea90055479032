// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/format_tally.h"

namespace vernier::cosim {

std::string family_name(const std::string& format) {
  const size_t at = format.rfind("_g");
  const bool has_group = at != std::string::npos && at + 2 < format.size() &&
                         format.find_first_not_of("0123456789", at + 2) == std::string::npos;
  return has_group ? format.substr(0, at + 2) + "G" : format;
}

}  // namespace vernier::cosim
