// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/dot.h"

#include <fmt/format.h>

#include "base/printable.h"

namespace vernier::graph {
namespace {

/// Inside double quotes: a name is text, never markup or an escape of Graphviz.
std::string quoted(const std::string& name) {
  std::string out;
  for (const char c : printable(name)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string to_dot(const Graph& graph) {
  std::string out =
      fmt::format("digraph \"{}\" {{\n  node [fontname=\"sans-serif\", fontsize=10];\n", quoted(graph.name));
  for (size_t i = 0; i < graph.operators.size(); ++i) {
    const Operator& op = graph.operators[i];
    out += fmt::format("  op{} [shape=box, style=filled, fillcolor=\"#dde8f7\", label=\"{}{}\"];\n", i,
                       quoted(op.name), op.kind.empty() ? "" : "\\n" + quoted(op.kind));
  }
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    const Tensor& tensor = graph.tensors[i];
    const char* style = tensor.kind != TensorKind::activation ? ", style=dashed"
                        : tensor.output                       ? ", style=bold"
                                                              : "";
    out += fmt::format("  t{} [shape=ellipse{}, label=\"{}\\n{} bytes\"];\n", i, style, quoted(tensor.name),
                       tensor.bytes);
  }
  for (size_t i = 0; i < graph.operators.size(); ++i) {
    for (const int tensor : graph.operators[i].inputs) out += fmt::format("  t{} -> op{};\n", tensor, i);
    for (const int tensor : graph.operators[i].outputs) out += fmt::format("  op{} -> t{};\n", i, tensor);
  }
  return out + "}\n";
}

}  // namespace vernier::graph
