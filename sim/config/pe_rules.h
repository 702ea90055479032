// SPDX-License-Identifier: Apache-2.0
// What a configuration must respect about the PE types: models/pe, and `declared` beside them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/formats/activation_format.h"
#include "models/formats/group_format.h"

namespace vernier::config {

/// Names allowed for array.pe: the PE types there are, and `declared`.
[[nodiscard]] const std::vector<std::string>& pe_names();

/// Multiples of `lower`.
struct LaneRange {
  int lower = 1;
  int upper = 64;
};
/// Lanes the PE type is built with; `pe` is one of pe_names().
[[nodiscard]] LaneRange lanes_of(const std::string& pe);

/// Why the PE type does not compute with weights of this format; empty if it does.
[[nodiscard]] std::optional<std::string> refusal(const std::string& pe, const formats::GroupFormat& format);

/// Whether the PE type reads activations from lookup tables.
[[nodiscard]] bool takes_tables(const std::string& pe);

/// The activation formats the PE type takes; empty if that is not known (`declared`).
[[nodiscard]] std::vector<formats::ActivationFormat> activations_of(const std::string& pe);

}  // namespace vernier::config
