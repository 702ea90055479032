// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph_workload.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/printable.h"
#include "models/formats/group_format.h"
#include "workloads/graph/networks.h"
#include "workloads/graph/operands.h"
#include "workloads/reader.h"

namespace vernier::workloads {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kMaxFileBytes = 16U << 20U;
constexpr size_t kMostShown = 12;  // names in a message
constexpr double kMaxDimension = 2147483647;

KeyRecord record(const std::string& name, KeyType type, bool required, const char* sentence) {
  return {name, family_all, type, required, "", 0, kMaxDimension, {}, sentence};
}

/// YAML reads it as itself without quotes.
bool is_plain(const std::string& name) {
  return !name.empty() && std::isalpha(static_cast<unsigned char>(name.front())) != 0 &&
         std::all_of(
             name.begin(), name.end(),
             [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '/'; }) &&
         YAML::Load(name).IsScalar();
}

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

class WorkloadReader {
 public:
  explicit WorkloadReader(const std::string& path)
      : file_(path), root_(parse_document(text_of(path), path, {})), reader_(root_, path, "", findings_) {}

  GraphWorkload read() {
    reader_.reject_duplicates();
    reader_.reject_unknown({"name", "origin", "graph", "dims", "inputs", "formats"});
    GraphWorkload workload;
    workload.name = reader_.text(record("name", KeyType::text, false, "Name in reports."))
                        .value_or(fs::path(file_).stem().string());
    const auto graph =
        reader_.text(record("graph", KeyType::text, true, "A built network, or a file beside this one."));
    if (graph) workload.source = source(*graph);
    read_map("dims", KeyType::integer, workload.dims);
    read_map("inputs", KeyType::text, workload.inputs);
    for (const char* key : {"dims", "inputs"}) {
      if (reader_.node(key).IsDefined() && !workload.source.empty() && !ends_with(workload.source, ".onnx"))
        reader_.complain("WKL008", key, fmt::format("for ONNX files, which '{}' is not", shown(*graph)));
    }
    read_formats(workload);
    if (!findings_.empty()) throw InputError(std::move(findings_));
    return workload;
  }

 private:
  static std::string shown(const std::string& text) { return printable(text); }

  /// A file lies beside the workload file; FILE#NAME is one graph of a file.
  std::string source(const std::string& graph) {
    std::error_code ignored;
    const fs::path beside = fs::path(file_).parent_path() / graph;
    std::string path = beside.string();
    if (ends_with(graph, ".yaml") || ends_with(graph, ".yml")) {
      reader_.complain("WKL006", "graph", fmt::format("'{}' is a workload file itself", shown(graph)),
                       "allowed: a built network, an ONNX file, a graph file, a SCALE-Sim topology");
      return {};
    }
    if (fs::is_regular_file(beside, ignored) ||
        (graph.find('#') != std::string::npos &&
         fs::is_regular_file(path.substr(0, path.rfind('#')), ignored)))
      return path;
    std::vector<std::string> names;
    for (const graph::BuiltNetwork& network : graph::networks()) names.emplace_back(network.name);
    if (std::find(names.begin(), names.end(), graph) != names.end()) return graph;
    reader_.complain("GRA021", "graph",
                     fmt::format("'{}' is no built network and no file beside this one", shown(graph)),
                     suggestion(graph, names));
    return {};
  }

  /// The reader of a map of names; nothing if there is none.
  std::optional<MapReader> map_of(const std::string& key) {
    const YAML::Node node = reader_.node(key);
    if (!node.IsDefined() || node.IsNull()) return std::nullopt;
    if (!node.IsMap()) {
      reader_.complain("WKL005", key, "allowed: a map");
      return std::nullopt;
    }
    MapReader map(node, file_, key + ".", findings_);
    map.reject_duplicates();
    return map;
  }

  static std::vector<std::string> keys_of(const YAML::Node& map) {
    std::vector<std::string> keys;
    for (const auto& entry : map) {
      if (entry.first.IsScalar()) keys.push_back(entry.first.Scalar());
    }
    return keys;
  }

  void read_map(const std::string& key, KeyType type, std::map<std::string, std::string>& to) {
    std::optional<MapReader> map = map_of(key);
    if (!map) return;
    for (const std::string& name : keys_of(reader_.node(key))) {
      const KeyRecord item = record(name, type, false, "");
      if (type == KeyType::integer) {
        if (const auto size = map->integer(item)) to[name] = std::to_string(*size);
      } else if (const auto value = map->text(item)) {
        to[name] = *value;
      }
    }
  }

  void read_formats(GraphWorkload& workload) {
    std::optional<MapReader> map = map_of("formats");
    if (!map) return;
    for (const std::string& name : keys_of(reader_.node("formats"))) {
      const auto text = map->text(record(name, KeyType::text, false, ""));
      if (!text) continue;
      try {
        const formats::GroupFormat format = formats::group_format(*text);
        workload.formats.push_back({name, format.name, location_of(map->node(name), file_)});
        if (format.unit_scale) {
          map->complain("WKL006", name,
                        format.name + " has no scales: it is how programs read codes of a cache");
        }
      } catch (const InputError& error) {
        const Diagnostic& first = error.diagnostics().front();
        map->complain(first.code, name, first.message, first.help);
      }
    }
  }

  std::string file_;
  std::vector<Diagnostic> findings_;
  YAML::Node root_;
  MapReader reader_;
};

/// Which parameters a name stands for.
class Names {
 public:
  explicit Names(const graph::Graph& graph) : graph_(graph), packed_(graph::packed_parameters(graph)) {
    for (size_t i = 0; i < graph.operators.size(); ++i) operators_[graph.operators[i].name] = i;
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
      if (graph.tensors[i].kind == graph::TensorKind::weight)
        parameters_[graph.tensors[i].name].push_back(static_cast<int>(i));
    }
  }

  /// Empty, and a finding, if it is none.
  std::vector<int> find(const GraphWorkload::Choice& choice, std::vector<Diagnostic>& findings) const {
    const auto fail = [&](const char* code, const std::string& message, const std::string& help) {
      findings.push_back(
          {code, choice.where, fmt::format("formats.{}: {}", printable(choice.name), message), help});
      return std::vector<int>();
    };
    const auto op = operators_.find(choice.name);
    const auto tensors = parameters_.find(choice.name);
    std::vector<int> found;
    if (op != operators_.end()) found = of_operator(op->second);
    if (tensors != parameters_.end()) {
      std::vector<int> named;
      for (const int t : tensors->second) {
        if (packed_[static_cast<size_t>(t)]) named.push_back(t);
      }
      if (named.size() > 1 || (!found.empty() && !named.empty() && found != named))
        return fail("WKL008", "several parameters have this name", "name them by operators");
      if (found.empty()) found = std::move(named);
    }
    if (!found.empty()) return found;
    if (op != operators_.end()) return fail("WKL006", "the operator multiplies by no parameter", allowed());
    if (tensors != parameters_.end())
      return fail("WKL006", "the parameter is no second operand of a GEMM", allowed());
    const std::string nearest = nearest_name(choice.name, all());
    return fail("WKL002", fmt::format("'{}' has no such operator or parameter", printable(graph_.name)),
                nearest.empty() ? allowed() : fmt::format("did you mean '{}'?", nearest));
  }

 private:
  [[nodiscard]] std::vector<int> of_operator(size_t index) const {
    std::vector<int> found = graph::operands_of(graph_, graph_.operators[index]).weights;
    found.erase(std::remove_if(found.begin(), found.end(),
                               [this](int t) { return !packed_[static_cast<size_t>(t)]; }),
                found.end());
    return found;
  }

  [[nodiscard]] std::vector<std::string> all() const {
    std::vector<std::string> names;
    for (size_t i = 0; i < graph_.operators.size(); ++i) {
      if (!of_operator(i).empty()) names.push_back(printable(graph_.operators[i].name));
    }
    for (size_t t = 0; t < packed_.size(); ++t) {
      if (packed_[t]) names.push_back(printable(graph_.tensors[t].name));
    }
    return names;
  }
  [[nodiscard]] std::string allowed() const {
    std::vector<std::string> names = all();
    const size_t more = names.size() - std::min(names.size(), kMostShown);
    names.resize(names.size() - more);
    return fmt::format("allowed: operators with parameters for the array, and these by name: {}{}",
                       names.empty() ? "there is none" : fmt::format("{}", fmt::join(names, ", ")),
                       more == 0 ? "" : fmt::format(" and {} more", more));
  }

  const graph::Graph& graph_;
  std::vector<bool> packed_;
  std::map<std::string, size_t> operators_;
  std::map<std::string, std::vector<int>> parameters_;
};

}  // namespace

bool is_graph_workload(const std::string& path) {
  std::error_code failed;
  if (!(ends_with(path, ".yaml") || ends_with(path, ".yml")) || !fs::is_regular_file(path, failed) ||
      fs::file_size(path, failed) > kMaxFileBytes)
    return false;
  try {
    const YAML::Node root = YAML::Load(text_of(path));
    return root.IsMap() && root["graph"].IsDefined();
  } catch (const YAML::Exception&) {
    return false;  // whoever reads it says so
  }
}

GraphWorkload read_graph_workload(const std::string& path) {
  try {
    return WorkloadReader(path).read();
  } catch (const YAML::Exception& error) {
    throw InputError("WKL001", "cannot be read: " + error.msg, {path, 0, 0});
  }
}

std::string write_graph_workload(const GraphWorkload& workload, const std::string& file) {
  // A name of a built network is no path.
  const fs::path path = workload.source.substr(0, workload.source.rfind('#'));
  std::error_code ignored;
  std::string source = workload.source;
  if (fs::exists(path, ignored)) {
    const fs::path folder = fs::weakly_canonical(fs::absolute(file).parent_path(), ignored);
    source = fs::weakly_canonical(path, ignored).lexically_proximate(folder).generic_string() +
             workload.source.substr(path.string().size());
  }
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "name" << YAML::Value << workload.name;
  out << YAML::Key << "graph" << YAML::Value << source;
  for (const auto& [key, map] : {std::pair("dims", &workload.dims), std::pair("inputs", &workload.inputs)}) {
    if (!map->empty()) out << YAML::Key << key << YAML::Value << *map;
  }
  out << YAML::Key << "formats" << YAML::Value << YAML::BeginMap;
  for (const GraphWorkload::Choice& choice : workload.formats) {
    out << YAML::Key;
    if (!is_plain(choice.name)) out << YAML::DoubleQuoted;
    out << choice.name << YAML::Value << choice.format;
  }
  out << YAML::EndMap << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

void choose_formats(graph::Graph& graph, const std::vector<GraphWorkload::Choice>& choices) {
  const Names names(graph);
  std::vector<Diagnostic> findings;
  std::map<int, const GraphWorkload::Choice*> chosen;
  for (const GraphWorkload::Choice& choice : choices) {
    for (const int t : names.find(choice, findings)) {
      const auto [at, is_new] = chosen.emplace(t, &choice);
      if (is_new || at->second->format == choice.format) continue;
      findings.push_back({"WKL008", choice.where,
                          fmt::format("formats.{}: {} for parameter '{}', which has {} by formats.{}",
                                      printable(choice.name), choice.format,
                                      printable(graph.tensors[static_cast<size_t>(t)].name),
                                      at->second->format, printable(at->second->name)),
                          "a parameter has one format"});
    }
  }
  if (!findings.empty()) throw InputError(std::move(findings));
  for (const auto& [t, choice] : chosen) graph.tensors[static_cast<size_t>(t)].weight_format = choice->format;
}

}  // namespace vernier::workloads
