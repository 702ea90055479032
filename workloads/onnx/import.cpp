// SPDX-License-Identifier: Apache-2.0
#include "workloads/onnx/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/printable.h"
#include "workloads/onnx/graph_builder.h"
#include "workloads/onnx/inputs.h"
#include "workloads/onnx/library_shapes.h"
#include "workloads/onnx/model.h"
#include "workloads/onnx/node_context.h"

namespace vernier::onnx {
namespace {

constexpr int64_t kMaxAllNumbers = int64_t{1} << 23;

/// Names of a graph, and of the graphs around a branch.
struct Scope {
  const Scope* outer = nullptr;
  std::map<std::string, Value> values = {};

  [[nodiscard]] const Value* find(const std::string& name) const {
    for (const Scope* scope = this; scope != nullptr; scope = scope->outer) {
      const auto found = scope->values.find(name);
      if (found != scope->values.end()) return &found->second;
    }
    return nullptr;
  }
};

class Importer {
 public:
  Importer(const Model& model, const ImportOptions& options, ImportReport& report)
      : model_(model), options_(options), report_(report), inputs_(model, options) {}

  graph::Graph import() {
    Scope scope;
    constants(model_.body, scope);
    for (const Declaration& input : model_.body.inputs) {
      if (scope.values.count(input.name) == 0) scope.values[input.name] = inputs_.value(input);
    }
    inputs_.check_all_used();
    nodes(model_.body, scope);
    for (const Declaration& output : model_.body.outputs) {
      const Value* value = scope.find(output.name);
      if (value == nullptr) {
        fail("ONX005", fmt::format("output '{}' is produced by no operator", printable(output.name)));
      }
      builder_.output(output.name, *value);
    }
    report_.opset = model_.opset;
    graph::Graph graph = builder_.finish(std::filesystem::path(model_.file).stem().string(), report_);
    if (graph.operators.empty()) fail("ONX011", "no operator is left: the outputs are constants or inputs");
    return graph;
  }

 private:
  [[noreturn]] void fail(const char* code, const std::string& message, const std::string& help = {}) const {
    throw InputError(code, message, {model_.file, 0, 0}, help);
  }

  static void constants(const Body& body, Scope& scope) {
    for (const Initializer& one : body.initializers) {
      Storage storage{one.name, one.type, one.shape, true, false, -1};
      scope.values[one.name] = {one.type, one.shape, std::make_shared<Storage>(std::move(storage)),
                                one.numbers};
    }
  }

  void nodes(const Body& body, Scope& scope) {
    for (const Node& node : body.nodes) this->node(body, node, scope);
  }

  /// "node 'conv1' (Conv)"
  static std::string label(const Node& node) {
    std::string op = node.domain.empty() ? node.op : node.domain + "." + node.op;
    std::string name = !node.name.empty() ? node.name : node.outputs.empty() ? "" : node.outputs.front();
    return fmt::format("node '{}' ({})", printable(std::move(name)), printable(std::move(op)));
  }

  void node(const Body& body, const Node& node, Scope& scope) {
    std::vector<std::optional<Value>> operands;
    for (const std::string& name : node.inputs) {
      const Value* value = name.empty() ? nullptr : scope.find(name);
      if (value == nullptr && !name.empty()) {
        fail("ONX005",
             fmt::format("{}: its input '{}' is neither given nor the result of an operator before it",
                         label(node), printable(name)),
             "operators have to stand in an order in which they can run; a cycle has none");
      }
      operands.push_back(value == nullptr ? std::nullopt : std::optional<Value>(*value));
    }
    for (const std::string& name : node.outputs) {
      if (!name.empty() && scope.values.count(name) != 0) {
        fail("ONX005", fmt::format("{}: its result '{}' is produced twice", label(node), printable(name)));
      }
    }
    ++report_.nodes;
    if (node.domain.empty() && node.op == "If") return branch(node, operands, scope);
    NodeContext context(model_.file, node, model_.opset, label(node), std::move(operands));
    const Handler handler = find_handler(node.domain, node.op);
    const bool skipped = handler == nullptr;
    if (handler != nullptr) {
      handler(context);
    } else {
      unsupported(body, context);
    }
    bind(context, scope, skipped);
  }

  /// Names the results: new tensors of an operator, new constants, or tensors that were there before.
  void bind(const NodeContext& context, Scope& scope, bool skipped) {
    const Node& node = context.node();
    bool constant = !skipped;
    for (size_t i = 0; i < context.operands().size(); ++i) {
      const std::optional<Value>& operand = context.operands()[i];
      if (operand && !context.parameter(i) && !operand->constant()) constant = false;
    }
    const bool kept_packed = node.op == "DequantizeLinear" && constant;
    std::vector<std::pair<std::string, Value>> produced;
    size_t aliases = 0;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i].empty()) continue;
      if (i >= context.results().size() || !context.results()[i].value) {
        context.fail("ONX005", fmt::format("has no result {}", i));
      }
      Value value = *context.results()[i].value;
      limit_numbers(value);
      if (context.results()[i].alias || kept_packed) {
        ++aliases;
        value.storage = context.operands()[context.results()[i].alias.value_or(0)]->storage;
        scope.values[node.outputs[i]] = std::move(value);
        continue;
      }
      Storage storage{node.outputs[i], value.type, value.shape, constant, !constant, -1};
      value.storage = std::make_shared<Storage>(std::move(storage));
      produced.emplace_back(node.outputs[i], value);
      scope.values[node.outputs[i]] = std::move(value);
    }
    if (constant) {
      ++report_.folded;
    } else if (produced.empty()) {
      if (aliases > 0) ++report_.aliases;
    } else {
      builder_.add(context, produced, skipped);
    }
  }

  /// Every node can make a few thousand numbers; a file of many nodes must not fill the memory with them.
  void limit_numbers(Value& value) {
    if (!value.numbers) return;
    numbers_ += static_cast<int64_t>(value.numbers->integers.size() + value.numbers->reals.size());
    if (numbers_ > kMaxAllNumbers) value.numbers = nullptr;
  }

  /// Results of an operator that has no handler: their shapes come from the file or from the library.
  void unsupported(const Body& body, NodeContext& context) {
    const Node& node = context.node();
    const bool control = node.op == "Loop" || node.op == "Scan" || node.op == "SequenceMap";
    if (control) {
      context.fail("ONX007", "control flow other than If is not supported",
                   "unroll loops when exporting the model");
    }
    if (!options_.skip_unsupported) {
      context.fail("ONX003", "the operator is not supported",
                   "'--unsupported skip' imports the rest and lists what is left out");
    }
    const std::vector<std::optional<Declaration>> guessed =
        library_results(node, model_.opset, context.operands());
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i].empty()) continue;
      std::optional<Declaration> known = guessed[i];
      for (const auto* list : {&body.others, &body.outputs}) {
        for (const Declaration& declared : *list) {
          if (declared.name == node.outputs[i] && declared.has_shape) known = declared;
        }
      }
      if (!known || known->type == ElementType::none) {
        context.fail(
            "ONX003",
            "the operator is not supported, and neither the file nor the ONNX library knows the shape "
            "of its results",
            "run the ONNX shape inference on the file, which writes the shapes into it");
      }
      context.result(i, known->type, inputs_.resolve(*known));
    }
  }

  void branch(const Node& node, const std::vector<std::optional<Value>>& operands, Scope& scope) {
    if (operands.size() != 1 || !operands[0] || operands[0]->elements() != 1) {
      fail("ONX005", fmt::format("{}: has no single condition", label(node)));
    }
    if (!operands[0]->numbers || operands[0]->numbers->integers.size() != 1) {
      fail("ONX007",
           fmt::format("{}: its condition '{}' is not known before the network runs", label(node),
                       printable(node.inputs[0])),
           inputs_.suggest_values());
    }
    const char* name = operands[0]->numbers->integers[0] != 0 ? "then_branch" : "else_branch";
    const auto found = node.attributes.find(name);
    if (found == node.attributes.end() || !found->second.body) {
      fail("ONX005", fmt::format("{}: has no {}", label(node), name));
    }
    const Body& body = *found->second.body;
    ++report_.branches;
    if (body.outputs.size() < node.outputs.size()) {
      fail("ONX005", fmt::format("{}: its {} has {} results, and {} are named", label(node), name,
                                 body.outputs.size(), node.outputs.size()));
    }
    Scope inner{&scope, {}};
    constants(body, inner);
    nodes(body, inner);
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i].empty()) continue;
      const Value* value = inner.find(body.outputs[i].name);
      if (value == nullptr) {
        fail("ONX005", fmt::format("{}: result '{}' of its {} is produced by no operator", label(node),
                                   printable(body.outputs[i].name), name));
      }
      Value copy = *value;
      scope.values[node.outputs[i]] = std::move(copy);
    }
  }

  const Model& model_;
  const ImportOptions& options_;
  ImportReport& report_;
  Inputs inputs_;
  GraphBuilder builder_{model_.file};
  int64_t numbers_ = 0;  ///< values that were computed
};

}  // namespace

graph::Graph import_onnx(const std::string& file, const ImportOptions& options, ImportReport* report) {
  ImportReport own;
  ImportReport& target = report == nullptr ? own : *report;
  target = {};
  const Model model = read_model(file);
  return Importer(model, options, target).import();
}

}  // namespace vernier::onnx
