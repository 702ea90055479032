// SPDX-License-Identifier: Apache-2.0
// What the option parser found wrong, in the form of every other message.
#pragma once

#include <CLI/CLI.hpp>

#include "base/error.h"

namespace vernier::cli {

/// InputError CLI020 (a command is missing or unknown), CLI021 (an option or argument too many, with the
/// nearest option), CLI022 (one missing, or a value of the wrong type).
[[nodiscard]] InputError parse_failure(CLI::App& app, const CLI::ParseError& error);

/// The parser takes whole numbers beyond 64 bits for the largest one; this refuses them (CLI022). Call after
/// parsing.
void check_whole_numbers(const CLI::App& app);

}  // namespace vernier::cli
