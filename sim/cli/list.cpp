// SPDX-License-Identifier: Apache-2.0
// `vernier list`: what there is, one line each. The names of configurations and workloads can be given to the
// other commands.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "models/formats/group_format.h"
#include "models/pe/registry.h"
#include "sim/cli/commands.h"
#include "sim/cli/job_options.h"
#include "sim/cli/output.h"
#include "sim/cli/shipped.h"
#include "sim/config/load.h"
#include "sim/config/part_file.h"
#include "sim/config/reference.h"
#include "sim/sweep/definition.h"
#include "workloads/graph/networks.h"
#include "workloads/workload.h"

namespace vernier::cli {
namespace {

struct Line {
  std::string name;
  std::string description;
  std::string file;  ///< of a shipped file
};

/// Files of a kind that can be read as it; others are not listed.
template <typename Describe>
std::vector<Line> describe_files(const std::string& folder, FileKind kind, Describe describe) {
  const std::filesystem::path root = folder.empty() ? shipped_root() : std::filesystem::path(folder);
  std::error_code ignored;
  if (root.empty() || !std::filesystem::is_directory(root, ignored)) {
    throw InputError("CLI011",
                     root.empty()
                         ? std::string("neither the working folder nor the place of this program has "
                                       "configs/ and workloads/")
                         : fmt::format("--folder: '{}' is not a folder", folder),
                     {}, "give the folder that holds them with --folder");
  }
  std::vector<Line> lines;
  for (const ShippedFile& file : shipped_files(root, kind)) {
    try {
      lines.push_back({file.name, describe(file.path.string()), file.path.string()});
    } catch (const InputError&) {
      continue;
    }
  }
  if (lines.empty() && !folder.empty()) {
    const char* below = kind == FileKind::workload ? "workloads" : "configs";
    throw InputError(
        "CLI011",
        fmt::format("--folder: there is no {} below '{}'",
                    kind == FileKind::workload ? "workload" : "configuration", (root / below).string()),
        {}, fmt::format("give the folder that holds {}/ with --folder", below));
  }
  return lines;
}

std::string array_text(const machine::ArrayParams& array) {
  return fmt::format("{} {}x{}, {} lane{}", array.pe, array.rows, array.cols, array.lanes,
                     array.lanes == 1 ? "" : "s");
}

/// The array in prefill, and in decode where it is another one.
std::string describe_accelerator(const std::string& file) {
  const std::string prefill = array_text(config::load_accelerator(file, {"prefill", {}}).machine.array);
  const std::string decode = array_text(config::load_accelerator(file, {"decode", {}}).machine.array);
  return prefill == decode ? prefill : prefill + "; decode: " + decode;
}

std::vector<Line> dram_parts() {
  std::vector<Line> lines;
  for (const config::ShippedPart& shipped : config::shipped_parts()) {
    const dram::Part part = config::load_part(shipped.path.string());
    const dram::Organisation& o = part.organisation;
    lines.push_back(
        {shipped.name,
         fmt::format("CK {}, {} x {} banks, row {}, burst {}; channel: {}, {:.1f} GB/s",
                     config::format_quantity(static_cast<int64_t>(part.clock_hz), config::Unit::hertz),
                     o.bank_groups, o.banks_per_group,
                     config::format_quantity(o.row_bytes, config::Unit::byte),
                     config::format_quantity(o.burst_bytes, config::Unit::byte),
                     config::format_quantity(static_cast<int64_t>(o.capacity_bytes()), config::Unit::byte),
                     dram::Memory{part}.bytes_per_second() / 1e9),
         shipped.path.string()});
  }
  return lines;
}

/// "3 axes: array.lanes (4), array.rows (4), formats.weight (6)".
std::string describe_sweep(const std::string& file) {
  const sweep::Sweep sweep = sweep::load_sweep(file);
  std::string axes;
  for (const sweep::Axis& axis : sweep.axes)
    axes += fmt::format("{}{} ({})", axes.empty() ? "" : ", ", axis.name, axis.values.size());
  return fmt::format("{} ax{}s: {}", sweep.axes.size(), sweep.axes.size() == 1 ? "i" : "e", axes);
}

std::vector<Line> lines_of(const std::string& what, const std::string& folder) {
  std::vector<Line> lines;
  if (what == "pe") {
    for (const pe::PeDescriptor* pe : pe::all()) lines.push_back({pe->name, pe->description, ""});
  } else if (what == "format") {
    for (const formats::FormatSummary& format : formats::list_formats()) {
      lines.push_back({format.name, format.description, ""});
    }
  } else if (what == "dram") {
    lines = dram_parts();
  } else if (what == "network") {
    for (const graph::BuiltNetwork& network : graph::networks()) {
      lines.push_back({network.name, network.description, ""});
    }
  } else if (what == "workload") {
    lines = describe_files(folder, FileKind::workload, [](const std::string& file) {
      return workloads::describe(workloads::load_workload(file));
    });
  } else if (what == "sweep") {
    lines = describe_files(folder, FileKind::sweep, describe_sweep);
  } else {
    lines = describe_files(folder, FileKind::accelerator, describe_accelerator);
  }
  return lines;
}

std::string lines_as_json(const std::string& what, const std::vector<Line>& lines) {
  nlohmann::ordered_json out{{"schema", 1}, {"command", "vernier list " + what}, {"version", version()}};
  out["items"] = nlohmann::ordered_json::array();
  for (const Line& line : lines) {
    nlohmann::ordered_json item{{"name", line.name}, {"description", line.description}};
    if (!line.file.empty()) item["file"] = line.file;
    out["items"].push_back(std::move(item));
  }
  return out.dump(2) + "\n";
}

std::string lines_as_text(const std::vector<Line>& lines) {
  size_t names = 0;
  size_t descriptions = 0;
  for (const Line& line : lines) {
    names = std::max(names, line.name.size());
    descriptions = std::max(descriptions, line.description.size());
  }
  std::string out;
  for (const Line& line : lines) {
    out += fmt::format("{:{}}  ", line.name, names);
    out += line.file.empty() ? line.description
                             : fmt::format("{:{}}  {}", line.description, descriptions, line.file);
    out += "\n";
  }
  return out;
}

void list_command(const std::string& what, const std::string& folder, bool json) {
  check_choice("list", what, {"pe", "format", "workload", "config", "sweep", "dram", "network", "keys"});
  if (what == "keys") return print_out(json ? config::keys_as_json() : config::keys_as_text());
  const std::vector<Line> lines = lines_of(what, folder);
  print_out(json ? lines_as_json(what, lines) : lines_as_text(lines));
}

}  // namespace

std::string version() { return VERNIER_VERSION; }

void add_list(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "list",
      "What there is: PE types, formats, workloads, networks, configurations, sweeps, DRAM parts, keys");
  auto what = std::make_shared<std::string>();
  auto folder = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command->add_option("WHAT", *what, "pe, format, workload, config, sweep, dram, network or keys")
      ->required();
  command->add_option("--folder", *folder,
                      "where configs/ and workloads/ are (default: those shipped with Vernier)");
  command->add_flag("--json", *json, "print JSON");
  command->footer("Examples:\n  vernier list config\n  vernier list pe\n  vernier list keys --json");
  command->callback([what, folder, json, &action] {
    action = [what, folder, json] { list_command(*what, *folder, *json); };
  });
}

}  // namespace vernier::cli
