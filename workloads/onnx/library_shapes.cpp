// SPDX-License-Identifier: Apache-2.0
#include "workloads/onnx/library_shapes.h"

#include <onnx/checker.h>
#include <onnx/defs/schema.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <exception>

namespace vernier::onnx {
namespace {

constexpr int64_t kLibraryOpset = 17;

::onnx::AttributeProto attribute(const std::string& name, const Attribute& from) {
  ::onnx::AttributeProto to;
  to.set_name(name);
  switch (from.kind) {
    case Attribute::Kind::integer:
      to.set_type(::onnx::AttributeProto::INT);
      to.set_i(from.integers.front());
      break;
    case Attribute::Kind::real:
      to.set_type(::onnx::AttributeProto::FLOAT);
      to.set_f(static_cast<float>(from.reals.front()));
      break;
    case Attribute::Kind::text:
      to.set_type(::onnx::AttributeProto::STRING);
      to.set_s(from.text);
      break;
    case Attribute::Kind::integers:
      to.set_type(::onnx::AttributeProto::INTS);
      for (const int64_t one : from.integers) to.add_ints(one);
      break;
    default:
      to.set_type(::onnx::AttributeProto::FLOATS);
      for (const double one : from.reals) to.add_floats(static_cast<float>(one));
      break;
  }
  return to;
}

bool plain(const Attribute& attribute) {
  return attribute.kind != Attribute::Kind::tensor && attribute.kind != Attribute::Kind::body &&
         attribute.kind != Attribute::Kind::other;
}

/// A model of that node alone, whose inputs have the known shapes, and values where they are known.
::onnx::ModelProto model_of(const Node& node, int64_t opset,
                            const std::vector<std::optional<Value>>& operands) {
  ::onnx::ModelProto model;
  model.set_ir_version(8);
  auto* set = model.add_opset_import();
  set->set_domain(node.domain);
  set->set_version(node.domain.empty() ? opset : 1);
  ::onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name("node");
  ::onnx::NodeProto& one = *graph.add_node();
  one.set_op_type(node.op);
  one.set_domain(node.domain);
  for (const auto& [name, from] : node.attributes) {
    if (plain(from)) *one.add_attribute() = attribute(name, from);
  }
  for (size_t i = 0; i < operands.size(); ++i) {
    const std::string name = operands[i] ? "in" + std::to_string(i) : "";
    one.add_input(name);
    if (!operands[i]) continue;
    const Value& value = *operands[i];
    auto& input = *graph.add_input();
    input.set_name(name);
    auto& type = *input.mutable_type()->mutable_tensor_type();
    type.set_elem_type(static_cast<int>(value.type));
    type.mutable_shape();
    for (const int64_t dimension : value.shape) type.mutable_shape()->add_dim()->set_dim_value(dimension);
    if (!value.numbers || value.type != ElementType::int64) continue;
    auto& tensor = *graph.add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(static_cast<int>(value.type));
    for (const int64_t dimension : value.shape) tensor.add_dims(dimension);
    for (const int64_t number : value.numbers->integers) tensor.add_int64_data(number);
  }
  for (size_t i = 0; i < node.outputs.size(); ++i) one.add_output("out" + std::to_string(i));
  return model;
}

}  // namespace

std::vector<std::optional<Declaration>> library_results(const Node& node, int64_t opset,
                                                        const std::vector<std::optional<Value>>& operands) {
  std::vector<std::optional<Declaration>> results(node.outputs.size());
  const bool whole = std::all_of(node.attributes.begin(), node.attributes.end(),
                                 [](const auto& entry) { return plain(entry.second); });
  if (!whole || !node.domain.empty()) return results;
  try {
    ::onnx::ModelProto model = model_of(node, std::min(opset, kLibraryOpset), operands);
    // The checker holds the node against its schema first: inference functions rely on that.
    ::onnx::checker::CheckerContext context;
    context.set_ir_version(8);
    context.set_opset_imports({{"", static_cast<int>(std::min(opset, kLibraryOpset))}});
    ::onnx::checker::LexicalScopeContext names;
    for (const auto& input : model.graph().input()) names.add(input.name());
    ::onnx::checker::check_node(model.graph().node(0), context, names);
    ::onnx::shape_inference::InferShapes(model);
    for (const auto& value : model.graph().value_info()) {
      if (value.name().rfind("out", 0) != 0 || !value.type().has_tensor_type()) continue;
      const auto& tensor = value.type().tensor_type();
      if (!tensor.has_shape()) continue;
      Declaration declared;
      const size_t index = std::stoul(value.name().substr(3));
      declared.name = node.outputs[index];
      declared.type = element_type(tensor.elem_type());
      declared.has_shape = true;
      bool complete = true;
      for (const auto& dim : tensor.shape().dim()) {
        complete = complete && dim.has_dim_value();
        declared.shape.push_back({dim.dim_value(), ""});
      }
      if (complete) results[index] = std::move(declared);
    }
  } catch (const std::exception&) {
    return std::vector<std::optional<Declaration>>(node.outputs.size());  // it does not know
  }
  return results;
}

}  // namespace vernier::onnx
