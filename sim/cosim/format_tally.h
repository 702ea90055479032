// SPDX-License-Identifier: Apache-2.0
// What a regression has driven, by pair of formats, with a digest of everything that came out: the record
// that docs/validation.md is made of.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "models/formats/activation_format.h"

namespace vernier::cosim {

struct FormatTally {
  uint64_t vectors = 0;
  uint64_t outputs = 0;  ///< values compared
  Digest digest;         ///< of all outputs, and of the cycles of every vector
};

/// By names of the weight and the activation format, the group size written as G: {"bitmod4_gG", "fp16"}.
using FormatTallies = std::map<std::pair<std::string, std::string>, FormatTally>;

/// "int4_s8_gG" for "int4_s8_g128"; names without groups stay.
[[nodiscard]] std::string family_name(const std::string& format);

/// Adds a vector that ran `cycles` cycles without a difference, so that its outputs are the expected ones.
template <class Vector>
void note(FormatTallies& tallies, const Vector& vector, uint64_t cycles) {
  FormatTally& tally =
      tallies[{family_name(vector.pass.format.name), formats::name_of(vector.pass.activations)}];
  ++tally.vectors;
  tally.digest.add(cycles);
  for (const std::vector<uint32_t>& results : vector.pass.expected) {
    tally.outputs += results.size();
    for (const uint32_t value : results) tally.digest.add(value);
  }
}

}  // namespace vernier::cosim
