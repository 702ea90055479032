// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/graph_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "base/printable.h"
#include "workloads/graph/check.h"
#include "workloads/graph/details_json.h"
#include "workloads/graph/json_tree.h"
#include "workloads/graph/operands.h"

namespace vernier::graph {
namespace {

using Kind = JsonTree::Kind;

constexpr uintmax_t kMaxFileBytes = 64U << 20U;
constexpr TensorKind kKinds[] = {TensorKind::input, TensorKind::weight, TensorKind::activation};

std::vector<std::string> names_of(const JsonTree& object) {
  std::vector<std::string> names;
  for (const auto& member : object.members) names.push_back(printable(member.first));
  return names;
}

/// Reads the parts of one graph; what is wrong is collected.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  Graph read(const JsonTree& tree, const std::string& path) {
    Graph graph;
    if (!object(tree, path, {"name", "tensors", "ops"}, "a graph {name, tensors, ops}")) finish();
    graph.name = text(tree, path, "name").value_or("");
    const std::string prefix = path.empty() ? "" : path + ".";
    if (const JsonTree* tensors = list(tree, path, "tensors")) {
      for (size_t i = 0; i < tensors->elements.size(); ++i)
        read_tensor(tensors->elements[i], fmt::format("{}tensors[{}]", prefix, i), graph);
    }
    if (const JsonTree* ops = list(tree, path, "ops")) {
      for (size_t i = 0; i < ops->elements.size(); ++i)
        read_operator(ops->elements[i], fmt::format("{}ops[{}]", prefix, i), graph);
    }
    make_names_unique(graph);
    const bool readable = findings_.empty();
    for (const Finding& finding : check_items(graph)) add(finding);
    if (readable && findings_.empty()) {
      for (const Finding& finding : check_structure(graph)) add(finding);
      check_declared(graph);
      check_weight_formats(graph);
    }
    finish();
    normalise(graph, file_);
    return graph;
  }

  void add(std::string code, const JsonTree& at, std::string message, std::string help = {}) {
    findings_.push_back({std::move(code), {file_, at.line, 0}, std::move(message), std::move(help)});
  }
  void finish() {
    if (!findings_.empty()) throw InputError(std::move(findings_));
  }
  bool object(const JsonTree& tree, const std::string& path, const std::vector<std::string>& known,
              const char* due) {
    const std::string prefix = path.empty() ? "" : path + ": ";
    if (tree.kind != Kind::object) {
      add("GRA003", tree, fmt::format("{}found {}, where {} is due", prefix, tree.described(), due));
      return false;
    }
    std::vector<std::string> seen;
    for (const auto& [key, value] : tree.members) {
      if (std::find(known.begin(), known.end(), key) == known.end())
        add("GRA003", value, fmt::format("{}unknown key '{}'", prefix, printable(key)),
            suggestion(key, known));
      if (std::find(seen.begin(), seen.end(), key) != seen.end())
        add("GRA003", value, fmt::format("{}key '{}' is given twice", prefix, printable(key)),
            "keep one of them");
      seen.push_back(key);
    }
    return true;
  }

 private:
  struct Item {
    const JsonTree* tree;
    std::string path;
  };

  /// A member; absent ones are a finding.
  const JsonTree* member(const JsonTree& tree, const std::string& path, const char* key, const char* due) {
    const JsonTree* found = tree.find(key);
    if (found == nullptr)
      add("GRA003", tree, fmt::format("{}{}'{}' is missing: {}", path, path.empty() ? "" : ": ", key, due));
    return found;
  }
  void wrong(const JsonTree& found, const std::string& path, const char* key, const char* due) {
    add("GRA003", found,
        fmt::format("{}{}{}: found {}, where {} is due", path, path.empty() ? "" : ".", key,
                    found.described(), due));
  }
  std::optional<std::string> text(const JsonTree& tree, const std::string& path, const char* key) {
    const JsonTree* found = member(tree, path, key, "a text");
    if (found == nullptr) return std::nullopt;
    if (found->kind == Kind::text) return found->text;
    wrong(*found, path, key, "a text");
    return std::nullopt;
  }
  const JsonTree* list(const JsonTree& tree, const std::string& path, const char* key) {
    const JsonTree* found = member(tree, path, key, "a list");
    if (found == nullptr || found->kind == Kind::list) return found;
    wrong(*found, path, key, "a list");
    return nullptr;
  }
  std::optional<uint64_t> natural(const JsonTree& tree, const std::string& path, const char* key,
                                  const char* due) {
    const JsonTree* found = member(tree, path, key, due);
    if (found == nullptr) return std::nullopt;
    if (found->kind == Kind::natural) return found->natural;
    wrong(*found, path, key, due);
    return std::nullopt;
  }
  /// Takes the id of an item into `ids`.
  void take_id(const JsonTree& tree, const std::string& path, std::unordered_map<uint64_t, int>& ids,
               size_t index) {
    const std::optional<uint64_t> id = natural(tree, path, "id", "a whole number >= 0");
    if (!id) return;
    if (!ids.emplace(*id, static_cast<int>(index)).second)
      add("GRA004", tree, fmt::format("{}.id: {} is already taken", path, *id), "ids are unique");
  }

  void read_tensor(const JsonTree& tree, const std::string& path, Graph& graph) {
    if (!object(tree, path,
                {"id", "name", "bytes", "kind", "producer", "output", "shape", "format", "weight_format"},
                "a tensor {id, name, bytes, ...}"))
      return;
    take_id(tree, path, tensor_ids_, graph.tensors.size());
    tensors_.push_back({&tree, path});
    Tensor tensor;
    tensor.name = text(tree, path, "name").value_or(path);  // a name, lest that be another finding
    tensor.bytes = natural(tree, path, "bytes", "a whole number > 0").value_or(1);
    tensor.kind = kind(tree, path);
    if (const JsonTree* output = tree.find("output")) {
      const bool fine =
          output->kind == Kind::boolean || (output->kind == Kind::natural && output->natural <= 1);
      if (!fine) wrong(*output, path, "output", "true, false, 0 or 1");
      tensor.output = fine && output->natural == 1;
    }
    details_.read(tree, path, tensor);
    graph.tensors.push_back(std::move(tensor));
  }

  TensorKind kind(const JsonTree& tree, const std::string& path) {
    const char* due = "\"input\", \"weight\" or \"act\"";
    const JsonTree* found = member(tree, path, "kind", due);
    if (found == nullptr) return TensorKind::activation;
    for (const TensorKind known : kKinds) {
      if (found->kind == Kind::text && found->text == name_of(known)) return known;
    }
    wrong(*found, path, "kind", due);
    return TensorKind::activation;
  }

  void read_operator(const JsonTree& tree, const std::string& path, Graph& graph) {
    if (!object(
            tree, path,
            {"id", "name", "kind", "inputs", "output", "outputs", "attributes", "gemms", "vector_elements"},
            "an operator {id, name, ...}"))
      return;
    take_id(tree, path, operator_ids_, graph.operators.size());
    operators_.push_back({&tree, path});
    Operator op;
    op.name = text(tree, path, "name").value_or(path);
    if (const JsonTree* found = tree.find("kind")) {
      if (found->kind != Kind::text) wrong(*found, path, "kind", "a text");
      op.kind = found->text;
    }
    if (const JsonTree* inputs = list(tree, path, "inputs"))
      op.inputs = references(*inputs, path + ".inputs");
    const JsonTree* output = tree.find("output");
    const JsonTree* outputs = tree.find("outputs");
    if ((output == nullptr) == (outputs == nullptr)) {
      add("GRA003", tree,
          path + (output == nullptr ? ": 'output' is missing: the id of a tensor"
                                    : ": 'output' and 'outputs' are both given"),
          "give 'output': ID or 'outputs': [ID, ...]");
    } else if (output != nullptr) {
      reference(*output, path + ".output", op.outputs);
    } else if (list(tree, path, "outputs") != nullptr) {
      op.outputs = references(*outputs, path + ".outputs");
    }
    details_.read(tree, path, op);
    graph.operators.push_back(std::move(op));
  }

  void reference(const JsonTree& tree, const std::string& path, std::vector<int>& to) {
    if (tree.kind != Kind::natural) {
      add("GRA003", tree,
          fmt::format("{}: found {}, where the id of a tensor is due", path, tree.described()));
      return;
    }
    const auto found = tensor_ids_.find(tree.natural);
    if (found != tensor_ids_.end()) return to.push_back(found->second);
    add("GRA004", tree, fmt::format("{}: there is no tensor with the id {}", path, tree.natural),
        "list it in 'tensors'");
  }
  std::vector<int> references(const JsonTree& tree, const std::string& path) {
    std::vector<int> found;
    for (size_t i = 0; i < tree.elements.size(); ++i)
      reference(tree.elements[i], fmt::format("{}[{}]", path, i), found);
    return found;
  }

  /// In a file the id says who is meant, and names may repeat: "dw" is followed by "dw@4", after its id.
  void make_names_unique(Graph& graph) const {
    std::unordered_set<std::string> all, taken;
    for (const Operator& op : graph.operators) all.insert(op.name);
    for (size_t i = 0; i < graph.operators.size(); ++i) {
      std::string& name = graph.operators[i].name;
      if (name.empty() || taken.insert(name).second) continue;
      const JsonTree* id = operators_[i].tree->find("id");
      name += fmt::format("@{}", id == nullptr ? i : id->natural);
      while (!all.insert(name).second) name += "'";
      taken.insert(name);
    }
  }

  /// The key 'producer' of tensors repeats what the operators say.
  void check_declared(const Graph& graph) {
    std::vector<const JsonTree*> producer(graph.tensors.size(), nullptr);
    std::vector<int> index(graph.tensors.size(), -1);
    for (size_t op = 0; op < graph.operators.size(); ++op) {
      for (const int tensor : graph.operators[op].outputs)
        index[static_cast<size_t>(tensor)] = static_cast<int>(op);
    }
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
      const JsonTree* declared = tensors_[i].tree->find("producer");
      if (declared == nullptr) continue;
      const bool none = declared->kind == Kind::other_number && declared->text == "-1";
      if (!none && declared->kind != Kind::natural) {
        wrong(*declared, tensors_[i].path, "producer", "the id of an operator, or -1,");
        continue;
      }
      const auto found = none ? operator_ids_.end() : operator_ids_.find(declared->natural);
      const int op = found == operator_ids_.end() ? -1 : found->second;
      const bool unknown = !none && found == operator_ids_.end();
      if (!unknown && op == index[i]) continue;
      add("GRA005", *declared,
          fmt::format("{}.producer: found {}, but {}", tensors_[i].path,
                      none ? "-1" : std::to_string(declared->natural),
                      index[i] < 0
                          ? "no operator produces the tensor"
                          : fmt::format("operator '{}' produces the tensor",
                                        printable(graph.operators[static_cast<size_t>(index[i])].name))),
          index[i] < 0 ? "write -1, or leave 'producer' out" : "write its id, or leave 'producer' out");
    }
  }

  /// One that no GEMM would follow is a mistake.
  void check_weight_formats(const Graph& graph) {
    const std::vector<bool> packed = packed_parameters(graph);
    for (size_t i = 0; i < packed.size(); ++i) {
      if (packed[i] || graph.tensors[i].weight_format.empty()) continue;
      add("GRA003", *tensors_[i].tree->find("weight_format"),
          tensors_[i].path + ".weight_format: the tensor is no second operand of a GEMM",
          "give its operator gemms, and the tensor a shape of two dimensions or more");
    }
  }

  void add(const Finding& finding) {
    const auto index = static_cast<size_t>(finding.index);
    if (finding.of == Finding::Of::graph)
      return findings_.push_back({finding.code, {file_, 0, 0}, finding.message, finding.help});
    const Item& item = finding.of == Finding::Of::tensor ? tensors_[index] : operators_[index];
    add(finding.code, *item.tree, fmt::format("{}: {}", item.path, finding.message), finding.help);
  }

  std::string file_;
  std::vector<Diagnostic> findings_;
  DetailsReader details_{[this](const JsonTree& at, const std::string& path, const std::string& due) {
    add("GRA003", at, fmt::format("{}: found {}, where {} is due", path, at.described(), due));
  }};
  std::vector<Item> tensors_, operators_;  // where the graph's items stand
  std::unordered_map<uint64_t, int> tensor_ids_, operator_ids_;
};

/// The graph that is meant in a file of several, and its path in messages.
std::pair<const JsonTree*, std::string> choose(const JsonTree& root, const std::string& file,
                                               const std::string& name) {
  const JsonTree* graphs = root.find("graphs");
  if (graphs == nullptr) {
    const JsonTree* own = root.find("name");
    if (name.empty() || (own != nullptr && own->kind == Kind::text && own->text == name)) return {&root, ""};
    throw InputError("GRA002", fmt::format("the file has one graph, not one named '{}'", printable(name)),
                     {file, root.line, 0}, "leave the name out");
  }
  if (graphs->kind != Kind::object || graphs->members.empty()) {
    throw InputError("GRA003", "graphs: found " + graphs->described() + ", where an object of graphs is due",
                     {file, graphs->line, 0});
  }
  const std::vector<std::string> names = names_of(*graphs);
  if (name.empty() && names.size() == 1) return {&graphs->members[0].second, "graphs." + names[0]};
  if (name.empty()) {
    throw InputError("GRA002", fmt::format("the file has {} graphs; say which one is meant", names.size()),
                     {file, graphs->line, 0},
                     fmt::format("{}#NAME; names: {}", file, fmt::join(names, ", ")));
  }
  const JsonTree* found = graphs->find(name);
  if (found == nullptr) {
    throw InputError("GRA002", fmt::format("there is no graph '{}'", printable(name)),
                     {file, graphs->line, 0}, suggestion(name, names));
  }
  return {found, "graphs." + printable(name)};
}

}  // namespace

const char* name_of(TensorKind kind) {
  switch (kind) {
    case TensorKind::input:
      return "input";
    case TensorKind::weight:
      return "weight";
    case TensorKind::activation:
      return "act";
  }
  return "";
}

Graph parse_graph(const std::string& text, const std::string& file, const std::string& name) {
  const JsonTree root = parse_json_tree(text, file);
  const auto [tree, path] = choose(root, file, name);
  return Reader(file).read(*tree, path);
}

Graph load_graph(const std::string& path, const std::string& name) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) {
    const bool exists = std::filesystem::exists(path, failed);
    throw InputError("GRA006", exists ? "is not a file" : "no such graph file", {path, 0, 0});
  }
  if (std::filesystem::file_size(path, failed) > kMaxFileBytes || failed)
    throw InputError("GRA006", fmt::format("a graph file has at most {} MiB", kMaxFileBytes >> 20U),
                     {path, 0, 0});
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.is_open() || in.bad()) throw InputError("GRA006", "cannot be read", {path, 0, 0});
  return parse_graph(text, path, name);
}

std::string to_json(const Graph& graph) {
  using Json = nlohmann::ordered_json;
  // One tensor or operator per line: long lists stay readable.
  const auto line = [](const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  std::string out = "{\n  \"name\": " + line(graph.name) + ",\n  \"tensors\": [";
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    const Tensor& tensor = graph.tensors[i];
    Json json = {{"id", i},
                 {"name", tensor.name},
                 {"bytes", tensor.bytes},
                 {"kind", name_of(tensor.kind)},
                 {"producer", tensor.producer},
                 {"output", tensor.output}};
    write_details(tensor, json);
    out += (i == 0 ? "\n    " : ",\n    ") + line(json);
  }
  out += "\n  ],\n  \"ops\": [";
  for (size_t i = 0; i < graph.operators.size(); ++i) {
    const Operator& op = graph.operators[i];
    Json json = {{"id", i}, {"name", op.name}};
    if (!op.kind.empty()) json["kind"] = op.kind;
    json["inputs"] = op.inputs;
    json["outputs"] = op.outputs;
    write_details(op, json);
    out += (i == 0 ? "\n    " : ",\n    ") + line(json);
  }
  return out + "\n  ]\n}\n";
}

}  // namespace vernier::graph
