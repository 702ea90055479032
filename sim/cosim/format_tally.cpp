// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/format_tally.h"

namespace vernier::cosim {

std::string family_name(const std::string& format) {
  const size_t at = format.rfind("_g");
  const bool has_group = at != std::string::npos && at + 2 < format.size() &&
                         format.find_first_not_of("0123456789", at + 2) == std::string::npos;
  return has_group ? format.substr(0, at + 2) + "G" : format;
}

void note(FormatTallies& tallies, const TestVector& vector, uint64_t cycles) {
  const Pass& pass = vector.pass;
  FormatTally& tally = tallies[{family_name(pass.format.name), formats::name_of(pass.activations)}];
  ++tally.vectors;
  tally.digest.add(cycles);
  for (const std::vector<uint32_t>& column : pass.expected) {
    tally.outputs += column.size();
    for (const uint32_t value : column) tally.digest.add(value);
  }
}

}  // namespace vernier::cosim
