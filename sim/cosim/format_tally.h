// SPDX-License-Identifier: Apache-2.0
// What a regression has driven, by pair of formats, with a digest of everything that came out: the record
// that docs/validation.md is made of.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/digest.h"
#include "sim/cosim/test_vector.h"

namespace vernier::cosim {

struct FormatTally {
  uint64_t vectors = 0;
  uint64_t outputs = 0;  ///< values compared: active columns x active rows of every vector
  Digest digest;         ///< of all outputs, and of the cycles of every vector
};

/// By names of the weight and the activation format, the group size written as G: {"bitmod4_gG", "fp16"}.
using FormatTallies = std::map<std::pair<std::string, std::string>, FormatTally>;

/// "int4_s8_gG" for "int4_s8_g128"; names without groups stay.
[[nodiscard]] std::string family_name(const std::string& format);

/// Adds a vector that ran `cycles` cycles without a difference, so that its outputs are the expected ones.
void note(FormatTallies& tallies, const TestVector& vector, uint64_t cycles);

}  // namespace vernier::cosim
