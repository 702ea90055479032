// SPDX-License-Identifier: Apache-2.0
// Co-simulation of several blocks at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/cosim/regression.h"

namespace vernier::cli {

/// The value of an option. The parser takes a negative number for a large one where the type has no sign, so
/// that options are signed; throws InputError COS002 for a value below `low`.
[[nodiscard]] uint64_t at_least(int64_t low, const char* option, int64_t value);

/// Runs `jobs` units at a time. Results come in the order of `units`, each handed to `done` as soon as those
/// before it are there; on a terminal a line shows how far it is.
std::vector<cosim::BlockResult> run_units(const std::vector<cosim::Unit>& units,
                                          const cosim::Options& options, uint64_t jobs,
                                          const std::function<void(const cosim::BlockResult&)>& done);

}  // namespace vernier::cli
