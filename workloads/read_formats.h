// SPDX-License-Identifier: Apache-2.0
// Reads the key `formats` of a language model's file.
#pragma once

#include <string>
#include <vector>

#include "workloads/llm_model.h"

namespace vernier::workloads {

/// Fills the formats of `model`, which has its number of layers, or 0 where that is wrong. `reader` is at the
/// root of the file; findings are WKL002, 003, 005, 006, 008 and what a format's name causes.
void read_formats(MapReader& reader, const std::string& file, unsigned families,
                  std::vector<Diagnostic>& findings, LlmModel& model);

}  // namespace vernier::workloads
