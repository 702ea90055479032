// SPDX-License-Identifier: Apache-2.0
// `vernier list`: what there is, one line each.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "models/formats/group_format.h"
#include "models/pe/registry.h"
#include "sim/cli/commands.h"
#include "sim/config/load.h"
#include "sim/config/reference.h"
#include "workloads/workload.h"

namespace vernier::cli {
namespace {

namespace fs = std::filesystem;

struct Line {
  std::string name;
  std::string description;
};

std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string extension = it->path().extension().string();
    if (it->is_regular_file() && (extension == ".yaml" || extension == ".json")) files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Files below a folder that can be read as what is asked for; others are not listed.
template <typename Describe>
std::vector<Line> describe_files(const fs::path& folder, Describe describe) {
  std::vector<Line> lines;
  for (const fs::path& file : yaml_files(folder)) {
    try {
      lines.push_back({file.string(), describe(file.string())});
    } catch (const InputError&) {
      continue;
    }
  }
  return lines;
}

std::vector<Line> lines_of(const std::string& what, const std::string& folder) {
  std::vector<Line> lines;
  if (what == "pe") {
    for (const pe::PeDescriptor* pe : pe::all()) lines.push_back({pe->name, pe->description});
  } else if (what == "format") {
    for (const formats::FormatSummary& format : formats::list_formats()) {
      lines.push_back({format.name, format.description});
    }
  } else if (what == "workload") {
    lines = describe_files(fs::path(folder) / "workloads", [](const std::string& file) {
      const workloads::Workload workload = workloads::load_workload(file);
      return workload.name() + (workload.is_llm() ? ": language model" : ": GEMM list");
    });
  } else {
    lines = describe_files(fs::path(folder) / "configs", [](const std::string& file) {
      const machine::ArrayParams array = config::load_accelerator(file).machine.array;
      return fmt::format("{} {}x{}, {} lanes", array.pe, array.rows, array.cols, array.lanes);
    });
  }
  return lines;
}

void list_command(const std::string& what, const std::string& folder, bool json) {
  if (what == "keys") {
    fmt::print("{}", json ? config::keys_as_json() : config::keys_as_text());
    return;
  }
  const std::vector<Line> lines = lines_of(what, folder);
  if (json) {
    nlohmann::ordered_json out{{"schema", 1}, {"command", "list " + what}, {"version", version()}};
    out["items"] = nlohmann::ordered_json::array();
    for (const Line& line : lines)
      out["items"].push_back({{"name", line.name}, {"description", line.description}});
    fmt::print("{}\n", out.dump(2));
    return;
  }
  size_t width = 0;
  for (const Line& line : lines) width = std::max(width, line.name.size());
  for (const Line& line : lines) fmt::print("{:{}}  {}\n", line.name, width, line.description);
}

}  // namespace

std::string version() { return VERNIER_VERSION; }

void add_list(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("list", "What there is: PE types, formats, workloads, configurations, keys");
  auto what = std::make_shared<std::string>();
  auto folder = std::make_shared<std::string>(".");
  auto json = std::make_shared<bool>(false);
  command->add_option("WHAT", *what, "pe, format, workload, config or keys")
      ->required()
      ->check(CLI::IsMember({"pe", "format", "workload", "config", "keys"}));
  command->add_option("--folder", *folder, "where configs/ and workloads/ are")->capture_default_str();
  command->add_flag("--json", *json, "print JSON");
  command->footer("Examples:\n  vernier list pe\n  vernier list keys --json");
  command->callback([what, folder, json, &action] {
    action = [what, folder, json] { list_command(*what, *folder, *json); };
  });
}

}  // namespace vernier::cli
