// SPDX-License-Identifier: Apache-2.0
// What the commands about sweeps share.
#pragma once

#include <optional>
#include <string>

#include "sim/sweep/database.h"
#include "sim/sweep/space.h"

namespace vernier::cli {

/// The space of a sweep file, or of the shipped sweep of that name.
[[nodiscard]] sweep::Space load_space(const std::string& file);

/// How many processes --jobs asks for: one per core unless it is given. Throws InputError CLI022.
[[nodiscard]] size_t jobs_of(const std::optional<int64_t>& wanted);
/// Makes the folder of --out. Throws InputError OUT002.
void make_folder(const std::string& path);
/// Where the names in sweeps are looked up.
[[nodiscard]] sweep::Files shipped_names();

/// This program: its version, and the digest of its executable.
[[nodiscard]] sweep::Writer this_program();

/// The points of the Pareto front as a table: point, axes, objectives. Says in words if there are none.
[[nodiscard]] std::string front_table(const sweep::Results& results);

}  // namespace vernier::cli
