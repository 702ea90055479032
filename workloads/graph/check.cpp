// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/check.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <unordered_set>

#include "base/error.h"
#include "base/printable.h"

namespace vernier::graph {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{1}
                               << 60U;  // of all operands together: sums of traffic cannot overflow
constexpr size_t kMaxNamed = 8;         // operators of a cycle that a message names

using Of = Finding::Of;

void check_names(const Graph& graph, std::vector<Finding>& findings) {
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (!graph.tensors[i].name.empty()) continue;
    findings.push_back({"GRA010", Of::tensor, static_cast<int>(i), "a tensor has no name", ""});
  }
  std::unordered_set<std::string> taken;
  for (size_t i = 0; i < graph.operators.size(); ++i) {
    const std::string& name = graph.operators[i].name;
    if (!name.empty() && taken.insert(name).second) continue;
    findings.push_back({"GRA010", Of::operation, static_cast<int>(i),
                        name.empty() ? "an operator has no name"
                                     : fmt::format("another operator is named '{}' too", printable(name)),
                        "names of operators are unique"});
  }
}

void check_sizes(const Graph& graph, std::vector<Finding>& findings) {
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    const Tensor& tensor = graph.tensors[i];
    if (tensor.bytes > 0 && tensor.bytes <= kMaxBytes) continue;
    findings.push_back({"GRA011", Of::tensor, static_cast<int>(i),
                        fmt::format("tensor '{}' has {} bytes, allowed: 1..{}", printable(tensor.name),
                                    tensor.bytes, kMaxBytes),
                        tensor.bytes == 0 ? "leave out tensors without content" : ""});
  }
}

void check_operands(const Graph& graph, std::vector<Finding>& findings) {
  for (size_t i = 0; i < graph.operators.size(); ++i) {
    const Operator& op = graph.operators[i];
    const auto add = [&](std::string message, std::string help = {}) {
      findings.push_back({"GRA012", Of::operation, static_cast<int>(i),
                          fmt::format("operator '{}' {}", printable(op.name), message), std::move(help)});
    };
    if (op.outputs.empty()) add("has no output", "every operator produces a tensor");
    std::vector<int> all = op.inputs;
    all.insert(all.end(), op.outputs.begin(), op.outputs.end());
    for (const int tensor : all) {
      if (tensor < 0 || static_cast<size_t>(tensor) >= graph.tensors.size())
        add(fmt::format("names tensor {}, but there are tensors 0..{}", tensor,
                        static_cast<int64_t>(graph.tensors.size()) - 1));
    }
    for (const auto* list : {&op.inputs, &op.outputs}) {
      std::vector<int> sorted = *list;
      std::sort(sorted.begin(), sorted.end());
      const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
      if (twice == sorted.end()) continue;
      add(fmt::format("lists tensor {} twice among its {}", *twice,
                      list == &op.inputs ? "inputs" : "outputs"),
          "list each tensor once");
    }
  }
}

void check_total(const Graph& graph, std::vector<Finding>& findings) {
  uint64_t total = 0;
  for (size_t i = 0; i < graph.operators.size(); ++i) {
    const Operator& op = graph.operators[i];
    for (const auto* list : {&op.inputs, &op.outputs}) {
      for (const int tensor : *list) {
        total += graph.tensors[static_cast<size_t>(tensor)].bytes;
        if (total <= kMaxBytes) continue;
        findings.push_back({"GRA011", Of::operation, static_cast<int>(i),
                            fmt::format("the operands of all operators have more than {} bytes", kMaxBytes),
                            ""});
        return;
      }
    }
  }
}

/// The producer of each tensor, -1 where there is none.
std::vector<int> producers(const Graph& graph) {
  std::vector<int> producer(graph.tensors.size(), -1);
  for (size_t op = 0; op < graph.operators.size(); ++op) {
    for (const int tensor : graph.operators[op].outputs)
      producer[static_cast<size_t>(tensor)] = static_cast<int>(op);
  }
  return producer;
}

void check_producers(const Graph& graph, std::vector<Finding>& findings) {
  std::vector<int> producer(graph.tensors.size(), -1);
  for (size_t op = 0; op < graph.operators.size(); ++op) {
    for (const int index : graph.operators[op].outputs) {
      const Tensor& tensor = graph.tensors[static_cast<size_t>(index)];
      int& first = producer[static_cast<size_t>(index)];
      const auto add = [&](const std::string& message) {
        findings.push_back({"GRA013", Of::operation, static_cast<int>(op),
                            fmt::format("operator '{}' produces tensor '{}', {}",
                                        printable(graph.operators[op].name), printable(tensor.name), message),
                            "a tensor has one producer, or is an input or a weight"});
      };
      if (tensor.kind != TensorKind::activation) {
        add(fmt::format("which is {}", tensor.kind == TensorKind::input ? "an input" : "a weight"));
      } else if (first >= 0) {
        add(fmt::format("as does operator '{}'",
                        printable(graph.operators[static_cast<size_t>(first)].name)));
      }
      if (first < 0) first = static_cast<int>(op);
    }
  }
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    const Tensor& tensor = graph.tensors[i];
    const std::string name = printable(tensor.name);
    const bool given = tensor.kind != TensorKind::activation;
    if (!given && producer[i] < 0) {
      findings.push_back({"GRA013", Of::tensor, static_cast<int>(i),
                          fmt::format("no operator produces tensor '{}'", name),
                          "add the operator, or make the tensor an input or a weight"});
    }
    if (given && tensor.output) {
      findings.push_back(
          {"GRA014", Of::tensor, static_cast<int>(i),
           fmt::format("tensor '{}' is in DRAM from the start and an output of the network", name),
           "an output is what an operator produces"});
    }
  }
}

/// For each operator the operators that read what it produces, once per tensor.
std::vector<std::vector<int>> successors(const Graph& graph, const std::vector<int>& producer) {
  std::vector<std::vector<int>> next(graph.operators.size());
  for (size_t op = 0; op < graph.operators.size(); ++op) {
    for (const int tensor : graph.operators[op].inputs) {
      const int from = producer[static_cast<size_t>(tensor)];
      if (from >= 0) next[static_cast<size_t>(from)].push_back(static_cast<int>(op));
    }
  }
  return next;
}

/// The operators in topological order; those on or behind a cycle are missing.
std::vector<int> topological(const Graph& graph) {
  const std::vector<std::vector<int>> next = successors(graph, producers(graph));
  std::vector<int> missing(graph.operators.size(), 0);
  for (const std::vector<int>& readers : next) {
    for (const int reader : readers) ++missing[static_cast<size_t>(reader)];
  }
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (size_t op = 0; op < missing.size(); ++op) {
    if (missing[op] == 0) ready.push(static_cast<int>(op));
  }
  std::vector<int> order;
  while (!ready.empty()) {
    const int op = ready.top();
    ready.pop();
    order.push_back(op);
    for (const int reader : next[static_cast<size_t>(op)]) {
      if (--missing[static_cast<size_t>(reader)] == 0) ready.push(reader);
    }
  }
  return order;
}

/// Some cycle among the operators that `order` leaves out: each produces an input of the next.
std::vector<int> cycle_outside(const Graph& graph, const std::vector<int>& order) {
  const std::vector<int> producer = producers(graph);
  std::vector<char> sorted(graph.operators.size(), 0);
  for (const int op : order) sorted[static_cast<size_t>(op)] = 1;
  // Each of the others has a producer among the others: going back ends in a cycle.
  std::vector<int> path;
  std::vector<int> seen(graph.operators.size(), -1);
  auto at = static_cast<int>(std::find(sorted.begin(), sorted.end(), 0) - sorted.begin());
  while (seen[static_cast<size_t>(at)] < 0) {
    seen[static_cast<size_t>(at)] = static_cast<int>(path.size());
    path.push_back(at);
    for (const int tensor : graph.operators[static_cast<size_t>(at)].inputs) {
      const int from = producer[static_cast<size_t>(tensor)];
      if (from < 0 || sorted[static_cast<size_t>(from)] != 0) continue;
      at = from;
      break;
    }
  }
  path.erase(path.begin(), path.begin() + seen[static_cast<size_t>(at)]);
  std::reverse(path.begin(), path.end());
  std::rotate(path.begin(), std::min_element(path.begin(), path.end()), path.end());
  return path;
}

}  // namespace

std::vector<Finding> check_items(const Graph& graph) {
  std::vector<Finding> findings;
  check_names(graph, findings);
  check_sizes(graph, findings);
  check_operands(graph, findings);
  if (findings.empty()) check_total(graph, findings);
  return findings;
}

std::vector<Finding> check_structure(const Graph& graph) {
  std::vector<Finding> findings;
  if (graph.operators.empty())
    findings.push_back({"GRA016", Of::graph, 0, "the graph has no operator", "there is nothing to schedule"});
  check_producers(graph, findings);
  const std::vector<int> order = topological(graph);
  if (order.size() == graph.operators.size()) return findings;
  const std::vector<int> cycle = cycle_outside(graph, order);
  std::string names;
  for (size_t i = 0; i < std::min(cycle.size(), kMaxNamed); ++i)
    names += "'" + printable(graph.operators[static_cast<size_t>(cycle[i])].name) + "' -> ";
  if (cycle.size() > kMaxNamed) names += fmt::format("{} more -> ", cycle.size() - kMaxNamed);
  names += "'" + printable(graph.operators[static_cast<size_t>(cycle.front())].name) + "'";
  findings.push_back({"GRA015", Of::operation, cycle.front(), "cycle: " + names,
                      "an operator cannot wait for what comes out of itself"});
  return findings;
}

void normalise(Graph& graph, const std::string& source) {
  std::vector<Finding> findings = check_items(graph);
  if (findings.empty()) findings = check_structure(graph);
  if (!findings.empty()) {
    std::vector<Diagnostic> diagnostics;
    for (Finding& finding : findings)
      diagnostics.push_back(
          {finding.code, {source, 0, 0}, std::move(finding.message), std::move(finding.help)});
    throw InputError(std::move(diagnostics));
  }
  std::vector<Operator> sorted;
  for (const int op : topological(graph))
    sorted.push_back(std::move(graph.operators[static_cast<size_t>(op)]));
  graph.operators = std::move(sorted);
  const std::vector<int> producer = producers(graph);
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    graph.tensors[i].producer = producer[i];
    graph.tensors[i].consumers.clear();
  }
  for (size_t op = 0; op < graph.operators.size(); ++op) {
    for (const int tensor : graph.operators[op].inputs)
      graph.tensors[static_cast<size_t>(tensor)].consumers.push_back(static_cast<int>(op));
  }
}

uint64_t need_of(const Graph& graph, int op) {
  uint64_t bytes = 0;
  const Operator& operation = graph.operators[static_cast<size_t>(op)];
  for (const auto* list : {&operation.inputs, &operation.outputs}) {
    for (const int tensor : *list) bytes += graph.tensors[static_cast<size_t>(tensor)].bytes;
  }
  return bytes;
}

int largest_operator(const Graph& graph) {
  int largest = 0;
  for (int op = 1; op < static_cast<int>(graph.operators.size()); ++op) {
    if (need_of(graph, op) > need_of(graph, largest)) largest = op;
  }
  return largest;
}

}  // namespace vernier::graph
