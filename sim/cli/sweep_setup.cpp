// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/sweep_setup.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/digest.h"
#include "sim/cli/commands.h"
#include "sim/cli/shipped.h"
#include "sim/sweep/export.h"

namespace vernier::cli {
namespace {

constexpr size_t kMostShown = 40;  // points of a front in a table

std::string aligned(const std::vector<std::vector<std::string>>& rows, size_t texts) {
  std::vector<size_t> widths(rows.front().size());
  for (const std::vector<std::string>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const std::vector<std::string>& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      line += i > 0 && i < texts ? fmt::format("{:<{}}", row[i], widths[i])
                                 : fmt::format("{:>{}}", row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

}  // namespace

sweep::Files shipped_names() {
  return {[](const std::string& name) { return resolve_file(name, FileKind::accelerator); },
          [](const std::string& name) { return resolve_file(name, FileKind::workload); }};
}

sweep::Space load_space(const std::string& file) {
  return sweep::Space(sweep::load_sweep(resolve_file(file, FileKind::sweep)), shipped_names());
}

void make_folder(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::create_directories(path, error);
  if (fs::is_directory(path, error)) return;
  throw InputError("OUT002", fmt::format("--out: '{}' cannot be made: {}", path, error.message()));
}

size_t jobs_of(const std::optional<int64_t>& wanted) {
  constexpr int64_t kMostJobs = 1024;
  const int64_t jobs = wanted.value_or(std::max<int64_t>(1, std::thread::hardware_concurrency()));
  if (jobs >= 1 && jobs <= kMostJobs) return static_cast<size_t>(jobs);
  throw InputError("CLI022", fmt::format("--jobs: {} is not in 1..{}", jobs, kMostJobs));
}

sweep::Writer this_program() {
  std::ifstream in("/proc/self/exe", std::ios::binary);
  Digest digest;
  std::string block(size_t{1} << 20, '\0');
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())), in.gcount() > 0)
    digest.add(std::string_view(block).substr(0, static_cast<size_t>(in.gcount())));
  return {version(), digest.text()};
}

std::string front_table(const sweep::Results& results) {
  if (results.objectives().empty()) return "no objectives, so no Pareto front\n";
  const std::vector<uint64_t> front = sweep::front_of(results);
  if (front.empty()) return "no point has a value of every objective, so there is no Pareto front\n";
  std::vector<std::string> columns = {"point"};
  std::vector<std::vector<std::string>> rows = {{"point"}};
  for (const sweep::Results::AxisInfo& axis : results.axes()) {
    columns.push_back(axis.name);
    rows.front().push_back(axis.name);
  }
  const size_t texts = columns.size();
  std::string heading;
  for (const auto& objective : results.objectives()) {
    columns.push_back(objective.column);
    rows.front().push_back(objective.unit.empty()
                               ? objective.expression
                               : fmt::format("{} [{}]", objective.expression, objective.unit));
    heading += fmt::format("{}{} {}", heading.empty() ? "" : ", ", objective.minimize ? "least" : "most",
                           objective.expression);
  }
  results.for_each(columns, [&](const sweep::Statement& row) {
    if (rows.size() > kMostShown || !std::binary_search(front.begin(), front.end(), row.whole(0))) return;
    std::vector<std::string> cells;
    for (size_t i = 0; i < columns.size(); ++i) {
      const int column = static_cast<int>(i);
      cells.push_back(i >= texts ? fmt::format("{:.6g}", row.real(column)) : row.text(column));
    }
    rows.push_back(std::move(cells));
  });
  std::string out = fmt::format("Pareto front, {}: {} point{}\n{}", heading, front.size(),
                                front.size() == 1 ? "" : "s", aligned(rows, texts));
  if (front.size() > kMostShown) out += fmt::format("and {} more\n", front.size() - kMostShown);
  return out;
}

}  // namespace vernier::cli
