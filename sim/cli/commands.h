// SPDX-License-Identifier: Apache-2.0
// The subcommands of `vernier`. Each adds its options to the parser and says what to do when chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace vernier::cli {

/// Runs after parsing; its exceptions become exit statuses in main().
using Action = std::function<void()>;

/// Each registers its subcommand on `app` and sets `action` when that subcommand is on the command line.
void add_run(CLI::App& app, Action& action);
void add_compare(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_cosim(CLI::App& app, Action& action);
void add_validate(CLI::App& app, Action& action);
void add_list(CLI::App& app, Action& action);
void add_quantize(CLI::App& app, Action& action);
void add_dram(CLI::App& app, Action& action);
void add_schedule(CLI::App& app, Action& action);
void add_import(CLI::App& app, Action& action);
void add_sweep(CLI::App& app, Action& action);
void add_search(CLI::App& app, Action& action);
void add_diff(CLI::App& app, Action& action);
void add_ppa(CLI::App& app, Action& action);
void add_allocate_bits(CLI::App& app, Action& action);

/// Version of Vernier: that of the project.
[[nodiscard]] std::string version();

}  // namespace vernier::cli
