// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/fuse.h"

#include <algorithm>
#include <set>

#include "workloads/graph/check.h"

namespace vernier::graph {
namespace {

bool is_elementwise(const std::string& kind) {
  static const std::set<std::string> kinds = {"Abs",
                                              "Add",
                                              "And",
                                              "BatchNormalization",
                                              "Cast",
                                              "Ceil",
                                              "Celu",
                                              "Clip",
                                              "Div",
                                              "DequantizeLinear",
                                              "Elu",
                                              "Equal",
                                              "Erf",
                                              "Exp",
                                              "Floor",
                                              "Gelu",
                                              "Greater",
                                              "GreaterOrEqual",
                                              "Less",
                                              "HardSigmoid",
                                              "HardSwish",
                                              "LeakyRelu",
                                              "LessOrEqual",
                                              "Log",
                                              "Max",
                                              "Mean",
                                              "Min",
                                              "Mish",
                                              "Mul",
                                              "Neg",
                                              "Not",
                                              "Or",
                                              "Pow",
                                              "PRelu",
                                              "QuantizeLinear",
                                              "Reciprocal",
                                              "Relu",
                                              "Round",
                                              "Selu",
                                              "Sigmoid",
                                              "Sign",
                                              "Softplus",
                                              "Softsign",
                                              "Sqrt",
                                              "Sub",
                                              "Sum",
                                              "Tanh",
                                              "Where",
                                              "Xor",
                                              "FastGelu",
                                              "BiasGelu",
                                              "QuickGelu"};
  return kinds.count(kind) != 0;
}

class Fuser {
 public:
  explicit Fuser(const Graph& graph) : graph_(graph), gone_(graph.operators.size(), false) {
    for (const Operator& op : graph.operators) elementwise_.push_back(is_elementwise(op.kind));
  }

  Graph fuse() {
    // Later operators first: a chain ends in its first operator, whole.
    bool changed = true;
    while (changed) {
      changed = false;
      for (size_t i = graph_.operators.size(); i-- > 0;) changed = (!gone_[i] && merge(i)) || changed;
    }
    return compacted();
  }

 private:
  Tensor& tensor(int t) { return graph_.tensors[static_cast<size_t>(t)]; }

  /// Merges operator `index` into the producer of one of its operands, if it can be.
  bool merge(size_t index) {
    Operator& op = graph_.operators[index];
    if (!elementwise_[index] || op.outputs.size() != 1) return false;
    int last = -1;  // the operand that is produced last
    for (const int t : op.inputs) {
      if (tensor(t).producer >= 0 && (last < 0 || tensor(t).producer > tensor(last).producer)) last = t;
    }
    if (last < 0) return false;
    const Tensor& operand = tensor(last);
    const auto target = static_cast<size_t>(operand.producer);
    Operator& into = graph_.operators[target];
    const Tensor& result = tensor(op.outputs.front());
    const bool seen_so = op.attributes.count(view_key(op, last)) == 0;  // in its own shape
    if (operand.output || operand.consumers.size() != 1 || into.outputs.size() != 1 ||
        operand.shape.empty() || operand.shape != result.shape || !seen_so || !has_work(into) ||
        !has_work(op)) {
      return false;
    }
    for (const int t : op.inputs) {  // one input, and two ways to go over it
      if (t == last || std::find(into.inputs.begin(), into.inputs.end(), t) == into.inputs.end()) continue;
      if (!elementwise_[target] ||
          op.attributes.count(view_key(op, t)) + into.attributes.count(view_key(into, t)) > 0) {
        return false;
      }
    }
    join(op, last, into);
    into.outputs = op.outputs;
    tensor(op.outputs.front()).producer = operand.producer;
    for (const int t : op.inputs) {
      std::vector<int>& readers = tensor(t).consumers;
      readers.erase(std::remove(readers.begin(), readers.end(), static_cast<int>(index)), readers.end());
      if (t == last || std::find(readers.begin(), readers.end(), operand.producer) != readers.end()) continue;
      readers.insert(std::lower_bound(readers.begin(), readers.end(), operand.producer), operand.producer);
    }
    gone_[index] = true;
    return true;
  }

  static std::string view_key(const Operator& op, int t) {
    const auto found = std::find(op.inputs.begin(), op.inputs.end(), t);
    return "view" + std::to_string(found - op.inputs.begin());
  }

  /// Of an operator that was skipped nobody knows what it would do with more work.
  static bool has_work(const Operator& op) { return !op.gemms.empty() || op.vector_elements > 0; }

  /// The work and the inputs of `op`, but for the one between the two, become those of `into`.
  static void join(const Operator& op, int between, Operator& into) {
    into.attributes.emplace("fused", std::vector<int64_t>{static_cast<int64_t>(into.inputs.size())});
    for (const int t : op.inputs) {
      if (t == between || std::find(into.inputs.begin(), into.inputs.end(), t) != into.inputs.end()) continue;
      const auto view = op.attributes.find(view_key(op, t));
      if (view != op.attributes.end())
        into.attributes["view" + std::to_string(into.inputs.size())] = view->second;
      into.inputs.push_back(t);
    }
    into.gemms.insert(into.gemms.end(), op.gemms.begin(), op.gemms.end());
    into.vector_elements += op.vector_elements;
  }

  /// Without what is gone.
  Graph compacted() {
    Graph out;
    out.name = graph_.name;
    std::vector<bool> used(graph_.tensors.size(), false);
    for (size_t i = 0; i < gone_.size(); ++i) {
      if (gone_[i]) continue;
      for (const int t : graph_.operators[i].inputs) used[static_cast<size_t>(t)] = true;
      for (const int t : graph_.operators[i].outputs) used[static_cast<size_t>(t)] = true;
    }
    std::vector<int> number(graph_.tensors.size(), -1);
    for (size_t t = 0; t < used.size(); ++t) {
      if (!used[t]) continue;
      number[t] = static_cast<int>(out.tensors.size());
      out.tensors.push_back(std::move(graph_.tensors[t]));
    }
    for (size_t i = 0; i < gone_.size(); ++i) {
      if (gone_[i]) continue;
      Operator op = std::move(graph_.operators[i]);
      for (int& t : op.inputs) t = number[static_cast<size_t>(t)];
      for (int& t : op.outputs) t = number[static_cast<size_t>(t)];
      out.operators.push_back(std::move(op));
    }
    normalise(out, out.name);
    return out;
  }

  Graph graph_;
  std::vector<bool> gone_, elementwise_;
};

}  // namespace

Graph fuse(const Graph& graph) { return Fuser(graph).fuse(); }

}  // namespace vernier::graph
