// SPDX-License-Identifier: Apache-2.0
#include "workloads/onnx/graph_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/printable.h"

namespace vernier::onnx {
namespace {

constexpr uint64_t kMaxTotal = uint64_t{1} << 62;

/// Printable ASCII that no other has: names go into files and pictures.
std::string unique(const std::string& wanted, const std::string& otherwise, std::set<std::string>& taken) {
  std::string name = printable(wanted.empty() ? otherwise : wanted);
  for (char& c : name) {
    if (static_cast<unsigned char>(c) >= 0x7f) c = '?';
  }
  std::string candidate = name;
  for (size_t i = taken.size(); !taken.insert(candidate).second; ++i)
    candidate = fmt::format("{}#{}", name, i);
  return candidate;
}

/// What an operator does to the tensors that it has in another shape than they are stored in.
std::vector<int64_t> view_of(const Value& value) {
  return value.shape == value.storage->shape ? std::vector<int64_t>{} : value.shape;
}

}  // namespace

int GraphBuilder::tensor(Storage& storage) {
  if (storage.tensor >= 0) return storage.tensor;
  graph::Tensor tensor;
  tensor.name = unique(storage.name, "tensor", tensor_names_);
  tensor.kind = storage.result     ? graph::TensorKind::activation
                : storage.constant ? graph::TensorKind::weight
                                   : graph::TensorKind::input;
  const auto bits =
      static_cast<uint64_t>(*elements_of(storage.shape)) * static_cast<uint64_t>(bits_of(storage.type));
  tensor.bytes = (bits + 7) / 8;
  tensor.shape = storage.shape;
  tensor.format = name_of(storage.type);
  if (tensor.bytes == 0) {
    throw InputError("ONX006",
                     fmt::format("tensor '{}' of type {} has the shape {}, without a byte", tensor.name,
                                 tensor.format, text_of(storage.shape)),
                     {file_, 0, 0}, "an operator that computes nothing cannot be scheduled");
  }
  graph_.tensors.push_back(std::move(tensor));
  storage.tensor = static_cast<int>(graph_.tensors.size()) - 1;
  return storage.tensor;
}

void GraphBuilder::add(const NodeContext& node, const std::vector<std::pair<std::string, Value>>& produced,
                       bool skipped) {
  const int index = static_cast<int>(graph_.operators.size());
  graph::Operator op;
  op.kind = printable(node.node().op);
  op.name = unique(node.node().name, fmt::format("{}_{}", op.kind, index), operator_names_);
  op.attributes = node.notes();
  for (size_t i = 0; i < node.operands().size(); ++i) {
    const std::optional<Value>& operand = node.operands()[i];
    if (!operand || node.parameter(i)) continue;
    // A constant of one element is part of the operator; so is an empty one.
    if (operand->constant() && operand->elements() <= 1) continue;
    const int tensor = this->tensor(*operand->storage);
    if (std::find(op.inputs.begin(), op.inputs.end(), tensor) != op.inputs.end()) continue;
    op.inputs.push_back(tensor);
    if (const auto view = view_of(*operand); !view.empty()) {
      op.attributes[fmt::format("view{}", op.inputs.size() - 1)] = view;
    }
  }
  for (const auto& [name, value] : produced) {
    const int tensor = this->tensor(*value.storage);
    graph_.tensors[static_cast<size_t>(tensor)].producer = index;
    op.outputs.push_back(tensor);
  }
  if (!skipped) {
    op.gemms = node.gemms();
    op.vector_elements = static_cast<uint64_t>(node.vector_elements());
  }
  work_ += op.macs() + op.vector_elements;  // each below 2^57
  if (work_ > kMaxTotal) node.fail("ONX008", "the network has more work than can be counted (2^62)");
  graph_.operators.push_back(std::move(op));
  skipped_.push_back(skipped);
}

void GraphBuilder::output(const std::string& name, const Value& value) {
  if (!value.storage->result) return;  // an input or a constant handed on: nothing to do
  graph::Tensor& tensor = graph_.tensors[static_cast<size_t>(value.storage->tensor)];
  if (!tensor.output && value.storage->name != name) tensor.name = unique(name, "tensor", tensor_names_);
  tensor.output = true;
}

graph::Graph GraphBuilder::finish(std::string name, ImportReport& report) {
  graph::Graph out;
  out.name = std::move(name);
  std::vector<bool> needed(graph_.tensors.size(), false);
  for (size_t i = 0; i < needed.size(); ++i) needed[i] = graph_.tensors[i].output;
  std::vector<bool> runs(graph_.operators.size(), false);
  for (size_t i = graph_.operators.size(); i-- > 0;) {
    const graph::Operator& op = graph_.operators[i];
    runs[i] = std::any_of(op.outputs.begin(), op.outputs.end(),
                          [&](int t) { return needed[static_cast<size_t>(t)]; });
    if (!runs[i]) continue;
    for (const int t : op.inputs) needed[static_cast<size_t>(t)] = true;
  }
  std::vector<int> renumbered(graph_.tensors.size(), -1);
  for (size_t i = 0; i < renumbered.size(); ++i) {
    if (!needed[i]) continue;
    renumbered[i] = static_cast<int>(out.tensors.size());
    out.tensors.push_back(std::move(graph_.tensors[i]));
    out.tensors.back().producer = -1;
  }
  for (size_t i = 0; i < graph_.operators.size(); ++i) {
    if (!runs[i]) {
      ++report.unused;
      continue;
    }
    graph::Operator op = std::move(graph_.operators[i]);
    const int index = static_cast<int>(out.operators.size());
    std::vector<int> inputs, outputs;
    for (const int t : op.inputs) {
      inputs.push_back(renumbered[static_cast<size_t>(t)]);
      out.tensors[static_cast<size_t>(inputs.back())].consumers.push_back(index);
    }
    uint64_t elements = 0;
    for (const int t : op.outputs) {
      if (!needed[static_cast<size_t>(t)]) continue;  // a result beside others that are read
      outputs.push_back(renumbered[static_cast<size_t>(t)]);
      graph::Tensor& tensor = out.tensors[static_cast<size_t>(outputs.back())];
      tensor.producer = index;
      elements += static_cast<uint64_t>(*elements_of(tensor.shape));
    }
    op.inputs = std::move(inputs);
    op.outputs = std::move(outputs);
    report.result_elements += elements;
    if (skipped_[i]) report.skipped.push_back({op.name, op.kind, elements});
    out.operators.push_back(std::move(op));
  }
  return out;
}

}  // namespace vernier::onnx
