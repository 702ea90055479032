// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph_source.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/error.h"
#include "base/printable.h"
#include "workloads/graph/fuse.h"
#include "workloads/graph/graph_file.h"
#include "workloads/graph/networks.h"
#include "workloads/graph/split.h"
#include "workloads/graph_workload.h"
#include "workloads/scale_sim.h"

namespace vernier::workloads {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// "name=value"; names of dimensions and inputs may have a '=' only in theory, values none.
std::pair<std::string, std::string> assignment(const std::string& option, const std::string& text) {
  const size_t sign = text.rfind('=');
  if (sign == std::string::npos || sign == 0 || sign + 1 == text.size()) {
    throw InputError("GRA022", fmt::format("{}: '{}' is not NAME=VALUE", option, printable(text)));
  }
  return {text.substr(0, sign), text.substr(sign + 1)};
}

onnx::ImportOptions import_options(const GraphOptions& options) {
  onnx::ImportOptions out;
  for (const std::string& text : options.dims) {
    const auto [name, value] = assignment("--dim", text);
    int64_t size = 0;
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), size);
    if (error != std::errc() || stop != value.data() + value.size()) {
      throw InputError("GRA022", fmt::format("--dim: '{}' is not NAME=NUMBER", printable(text)));
    }
    if (!out.dims.emplace(name, size).second) {
      throw InputError("GRA022", fmt::format("--dim: '{}' is given twice", printable(name)));
    }
  }
  for (const std::string& text : options.inputs) {
    const auto [name, value] = assignment("--input", text);
    if (!out.inputs.emplace(name, value).second) {
      throw InputError("GRA022", fmt::format("--input: '{}' is given twice", printable(name)));
    }
  }
  if (!options.unsupported.empty() && options.unsupported != "error" && options.unsupported != "skip") {
    throw InputError("GRA022", fmt::format("--unsupported: '{}' is not one of error, skip",
                                           printable(options.unsupported)));
  }
  out.skip_unsupported = options.unsupported == "skip";
  return out;
}

/// What the file says of an option, but for names that are given on the command line.
void add_missing(const std::map<std::string, std::string>& said, const std::string& option,
                 std::vector<std::string>& given) {
  std::set<std::string> names;
  for (const std::string& text : given) names.insert(assignment(option, text).first);
  for (const auto& [name, value] : said) {
    if (names.count(name) == 0) given.push_back(fmt::format("{}={}", name, value));
  }
}

LoadedGraph load_whole(const std::string& source, const GraphOptions& options);

LoadedGraph load_workload_file(const std::string& path, GraphOptions options) {
  const GraphWorkload workload = read_graph_workload(path);
  add_missing(workload.dims, "--dim", options.dims);
  add_missing(workload.inputs, "--input", options.inputs);
  LoadedGraph loaded = load_whole(workload.source, options);
  choose_formats(loaded.graph, workload.formats);
  loaded.graph.name = workload.name;
  return loaded;
}

LoadedGraph load_whole(const std::string& source, const GraphOptions& options) {
  if (is_graph_workload(source)) return load_workload_file(source, options);
  if (ends_with(source, ".onnx")) {
    LoadedGraph loaded;
    onnx::ImportReport report;
    loaded.graph = onnx::import_onnx(source, import_options(options), &report);
    loaded.report = std::move(report);
    return loaded;
  }
  if (!options.dims.empty() || !options.inputs.empty() || !options.unsupported.empty()) {
    throw InputError("GRA022",
                     fmt::format("--dim, --input and --unsupported are for ONNX files, which '{}' is not",
                                 printable(source)));
  }
  std::error_code ignored;
  const size_t hash = std::filesystem::exists(source, ignored) ? std::string::npos : source.rfind('#');
  const std::string path = source.substr(0, hash);
  if (ends_with(path, ".json") ||
      (!ends_with(path, ".csv") && std::filesystem::is_regular_file(path, ignored))) {
    return {graph::load_graph(path, hash == std::string::npos ? "" : source.substr(hash + 1)), {}, {}};
  }
  if (ends_with(source, ".csv")) return {load_scale_sim(source), {}, {}};
  return {graph::build_network(source), {}, {}};
}

}  // namespace

LoadedGraph load_graph(const std::string& source, const GraphOptions& options) {
  // The granularity first: a wrong one need not wait for a large file.
  std::optional<graph::Granularity> granularity;
  if (!options.split.empty()) granularity = graph::parse_granularity(options.split);
  LoadedGraph loaded = load_whole(source, options);
  if (options.fuse || granularity) loaded.whole = loaded.graph;
  if (options.fuse) loaded.graph = graph::fuse(loaded.graph);
  if (granularity) loaded.graph = graph::split(loaded.graph, *granularity);
  return loaded;
}

bool is_graph_source(const std::string& source) {
  namespace fs = std::filesystem;
  constexpr size_t kLooksAt = 1 << 20;  // a graph file names its tensors early
  if (ends_with(source, ".onnx") || ends_with(source, ".csv") || is_graph_workload(source)) return true;
  std::error_code ignored;
  if (!fs::exists(source, ignored)) {
    const std::vector<graph::BuiltNetwork>& built = graph::networks();
    return (source.find('#') != std::string::npos &&
            fs::exists(source.substr(0, source.rfind('#')), ignored)) ||
           std::any_of(built.begin(), built.end(),
                       [&source](const graph::BuiltNetwork& network) { return source == network.name; });
  }
  if (!ends_with(source, ".json") || !fs::is_regular_file(source, ignored)) return false;
  std::string begin(kLooksAt, '\0');
  std::ifstream file(source, std::ios::binary);
  file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<size_t>(file.gcount()));
  return begin.find("\"tensors\"") != std::string::npos || begin.find("\"graphs\"") != std::string::npos;
}

}  // namespace vernier::workloads
