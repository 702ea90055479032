// SPDX-License-Identifier: Apache-2.0
// `vernier ppa`: area, timing and energy of the RTL on a cell library.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/atomic_file.h"
#include "base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/output.h"
#include "sim/cli/shipped.h"
#include "sim/ppa/flow.h"

namespace vernier::cli {
namespace {

namespace fs = std::filesystem;

struct PpaOptions {
  std::vector<std::string> blocks;
  std::string liberty = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";
  std::string clock = "15ns";
  std::string stimulus = "random";
  std::string out;
  int64_t jobs = std::max<int64_t>(1, std::thread::hardware_concurrency());
  bool list = false;
  bool json = false;
};

/// "5ns" or "500ps".
double clock_ns(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const std::string unit = end;
  const bool known = unit == "ns" || unit == "ps";
  const double value = unit == "ps" ? number / 1000 : number;
  if (end != text.c_str() && known && value >= 0.001 && value <= 1e6) return value;
  throw InputError("PPA006", fmt::format("--clock: found '{}', a time of 1 ps to 1 ms is needed", text), {},
                   "write the period with its unit, such as 5ns or 500ps");
}

/// Where the flow works: the folder asked for, or one that is removed again.
class WorkFolder {
 public:
  explicit WorkFolder(const std::string& out) : temporary_(out.empty()) {
    if (!temporary_) {
      path_ = out;
      std::error_code error;
      fs::create_directories(path_, error);
      if (error)
        throw InputError("OUT002", fmt::format("cannot make the folder '{}': {}", out, error.message()));
      return;
    }
    path_ = fs::temp_directory_path() / fmt::format("vernier_ppa_{}", ::getpid());
    fs::create_directories(path_);
  }
  ~WorkFolder() {
    std::error_code ignored;
    if (temporary_) fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  bool temporary_;
  fs::path path_;
};

ppa::BlockList block_list() {
  const std::string path = (shipped_root() / "rtl" / "ppa_blocks.txt").string();
  if (!fs::exists(path)) {
    throw InputError("PPA008", fmt::format("cannot read the list of blocks, '{}'", path), {},
                     "run this where the sources are: the RTL is not installed");
  }
  return ppa::read_block_list(ppa::read_file(path), path);
}

void show(const ppa::Progress& progress) {
  const std::string what = !progress.failure.empty() ? "failed"
                           : progress.kept           ? "kept from an earlier run"
                                                     : "done";
  fmt::print(stderr, "[{}/{}] {} {}, {:.1f} s\n", progress.done, progress.all, progress.block, what,
             progress.seconds);
}

void ppa_command(const PpaOptions& options) {
  const ppa::BlockList list = block_list();
  const std::vector<const ppa::Block*> blocks = ppa::select(list, options.blocks);
  if (options.list) {
    std::vector<std::string> names;
    for (const ppa::Block* block : blocks) names.push_back(block->name);
    if (!options.json) return print_out(fmt::format("{}\n", fmt::join(names, "\n")));
    return print_out(nlohmann::ordered_json{{"schema", 1}, {"blocks", names}}.dump(2) + "\n");
  }
  ppa::FlowOptions flow;
  if (options.jobs < 1) throw InputError("PPA006", fmt::format("--jobs: {} is less than 1", options.jobs));
  flow.jobs = static_cast<size_t>(options.jobs);
  flow.target.clock_ns = clock_ns(options.clock);
  if (options.stimulus != "random") flow.stimulus.layer = quantize::read_tensors({options.stimulus});
  flow.tools = ppa::find_tools();
  const ppa::Library library = ppa::read_library(options.liberty);
  flow.target.library = &library;
  flow.target.rtl = shipped_root() / "rtl";
  const WorkFolder folder(options.out);
  flow.folder = folder.path();
  const ppa::FlowResult result = ppa::measure(list, blocks, flow, show);

  const ppa::TableHead head{library.name,          library.digest, library.voltage_v,
                            library.temperature_c, flow.tools,     flow.target.clock_ns};
  if (!options.out.empty() && !result.blocks.empty()) {
    write_atomically((folder.path() / (library.name + ".yaml")).string(), ppa::to_yaml(head, result.blocks));
  }
  if (options.json) {
    nlohmann::ordered_json json = ppa::to_json(head, result.blocks);
    json["version"] = version();
    json["failures"] = result.failures;
    print_out(json.dump(2) + "\n");
  } else if (!result.blocks.empty()) {
    print_out(ppa::to_text(result.blocks));
    const auto slow = std::count_if(result.blocks.begin(), result.blocks.end(),
                                    [](const ppa::BlockResult& block) { return !block.meets_clock(); });
    if (slow > 0) {
      print_out(fmt::format("! {} block{} not meet the clock of {:g} ns\n", slow,
                            slow == 1 ? " does" : "s do", flow.target.clock_ns));
    }
  }
  if (!result.failures.empty()) throw CheckFailed(fmt::format("{}", fmt::join(result.failures, "\n")));
}

}  // namespace

void add_ppa(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("ppa", "Measure area, timing and energy of the RTL on a cell library");
  auto options = std::make_shared<PpaOptions>();
  command->add_option("BLOCK", options->blocks,
                      "blocks; a PE type for all of its blocks; common (default: all)");
  command->add_option("--liberty", options->liberty, "cell library, a Liberty file")->capture_default_str();
  command->add_option("--clock", options->clock, "target period: blocks are mapped for it, slack is to it")
      ->capture_default_str();
  command
      ->add_option(
          "--stimulus", options->stimulus,
          "what the blocks compute: random (normal weights, quantized), or a .vqt file of `vernier quantize`")
      ->capture_default_str();
  command->add_option(
      "--out", options->out,
      "folder for the table (YAML), scripts and logs; finished blocks in it are not measured again");
  command->add_option("--jobs", options->jobs, "blocks at a time")->capture_default_str();
  command->add_flag("--list", options->list, "print the names of the blocks and run nothing");
  command->add_flag("--json", options->json, "print the result as JSON on standard output");
  command->footer(
      "Examples:\n"
      "  vernier ppa bitmod.pe --clock 5ns\n"
      "  vernier ppa --out ppa\n"
      "  vernier ppa bitmod --stimulus packed/q_proj.bitmod4_g128.vqt\n"
      "  vernier ppa common --liberty my.lib --json");
  command->callback([options, &action] { action = [options] { ppa_command(*options); }; });
}

}  // namespace vernier::cli
