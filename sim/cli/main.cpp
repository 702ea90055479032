// SPDX-License-Identifier: Apache-2.0
// The program `vernier`. Exit status: 0 done, 1 what was checked does not hold, 2 the input is wrong,
// 3 a bug in Vernier.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>
#include <sstream>

#include "base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/output.h"
#include "sim/cli/parse_failure.h"

namespace {

enum ExitStatus { done = 0, check_failed = 1, wrong_input = 2, bug = 3 };

int run(int argc, char** argv) {
  CLI::App app{"Vernier: one ruler for accelerators of quantized neural networks", "vernier"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "vernier " + vernier::cli::version());
  app.footer(
      "Examples:\n"
      "  vernier run bitmod llama-2-7b --phase decode\n"
      "  vernier compare fp16_mac bitmod --workload llama-2-7b --phase prefill\n"
      "  vernier list keys\n"
      "`vernier COMMAND --help` says more about each command.");
  vernier::cli::Action action;
  vernier::cli::add_run(app, action);
  vernier::cli::add_compare(app, action);
  vernier::cli::add_report(app, action);
  vernier::cli::add_cosim(app, action);
  vernier::cli::add_validate(app, action);
  vernier::cli::add_list(app, action);
  vernier::cli::add_quantize(app, action);
  vernier::cli::add_dram(app, action);
  vernier::cli::add_schedule(app, action);
  vernier::cli::add_import(app, action);
  vernier::cli::add_sweep(app, action);
  vernier::cli::add_search(app, action);
  vernier::cli::add_diff(app, action);
  vernier::cli::add_ppa(app, action);
  vernier::cli::add_allocate_bits(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) throw vernier::cli::parse_failure(app, error);
    std::ostringstream text;  // what was asked for with --help or --version
    app.exit(error, text, text);
    vernier::cli::print_out(text.str());
    return done;
  }
  vernier::cli::check_whole_numbers(app);
  action();
  return done;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const vernier::InputError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return wrong_input;
  } catch (const vernier::CheckFailed& error) {
    fmt::print(stderr, "failed: {}\n", error.what());
    return check_failed;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "error[MEM001]: out of memory\n  help: the run is too large for this machine\n");
    return wrong_input;
  } catch (const vernier::InternalError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return bug;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bug[{}]: {}\n", __FILE__, error.what());
    return bug;
  }
}
