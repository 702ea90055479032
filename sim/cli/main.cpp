// SPDX-License-Identifier: Apache-2.0
// The program `vernier`. Exit status: 0 done, 1 what was checked does not hold, 2 the input is wrong,
// 3 a bug in Vernier.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>

#include "base/error.h"
#include "sim/cli/commands.h"

namespace {

enum ExitStatus { kDone = 0, kCheckFailed = 1, kWrongInput = 2, kBug = 3 };

int run(int argc, char** argv) {
  CLI::App app{"Vernier: one ruler for accelerators of quantized neural networks", "vernier"};
  app.require_subcommand(1);
  app.set_version_flag("--version", vernier::cli::version());
  app.footer(
      "Examples:\n"
      "  vernier run configs/accelerators/bitmod.yaml workloads/llm/llama-2-7b.yaml --phase decode\n"
      "  vernier compare configs/accelerators/fp16_mac.yaml configs/accelerators/bitmod.yaml \\\n"
      "      --workload workloads/llm/llama-2-7b.yaml --phase prefill\n"
      "  vernier list keys\n"
      "`vernier COMMAND --help` says more about each command.");
  vernier::cli::Action action;
  vernier::cli::add_run(app, action);
  vernier::cli::add_compare(app, action);
  vernier::cli::add_report(app, action);
  vernier::cli::add_list(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kWrongInput;
  }
  action();
  return kDone;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const vernier::InputError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kWrongInput;
  } catch (const vernier::CheckFailed& error) {
    fmt::print(stderr, "failed: {}\n", error.what());
    return kCheckFailed;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "error[MEM001]: out of memory\n  help: the run is too large for this machine\n");
    return kWrongInput;
  } catch (const vernier::InternalError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kBug;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bug[{}]: {}\n", __FILE__, error.what());
    return kBug;
  }
}
