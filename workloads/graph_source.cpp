// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph_source.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/error.h"
#include "base/printable.h"
#include "workloads/graph/fuse.h"
#include "workloads/graph/graph_file.h"
#include "workloads/graph/networks.h"
#include "workloads/graph/split.h"
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

/// What is given on the command line comes before what the file says.
void add(const std::string& option, const std::vector<std::string>& given,
         std::map<std::string, std::string>& to) {
  for (const std::string& text : given) {
    const auto [name, value] = assignment(option, text);
    to[name] = value;
  }
}

std::vector<std::string> as_options(const std::map<std::string, std::string>& values) {
  std::vector<std::string> options;
  options.reserve(values.size());
  for (const auto& [name, value] : values) options.push_back(fmt::format("{}={}", name, value));
  return options;
}

LoadedGraph load_whole(const std::string& source, const GraphOptions& options);

LoadedGraph load_workload_file(const std::string& path, GraphOptions options) {
  static_cast<void>(import_options(options));  // what is given twice
  const GraphWorkload workload = as_workload(path, options);
  options.dims = as_options(workload.dims);
  options.inputs = as_options(workload.inputs);
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
  if (!options.split.empty()) static_cast<void>(graph::parse_granularity(options.split));
  LoadedGraph loaded = load_whole(source, options);
  if (!options.fuse && options.split.empty()) return loaded;
  loaded.whole = loaded.graph;
  loaded.graph = in_pieces(std::move(loaded.graph), options);
  return loaded;
}

GraphWorkload as_workload(const std::string& source, const GraphOptions& options) {
  GraphWorkload workload;
  workload.source = source;
  if (is_graph_workload(source)) workload = read_graph_workload(source);
  add("--dim", options.dims, workload.dims);
  add("--input", options.inputs, workload.inputs);
  return workload;
}

graph::Graph in_pieces(graph::Graph whole, const GraphOptions& options) {
  if (options.fuse) whole = graph::fuse(whole);
  if (!options.split.empty()) whole = graph::split(whole, graph::parse_granularity(options.split));
  return whole;
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
