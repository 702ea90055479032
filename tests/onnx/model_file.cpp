// SPDX-License-Identifier: Apache-2.0
#include "tests/onnx/model_file.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace vernier::onnx::test {

::onnx::AttributeProto& NodeBuilder::add(const std::string& name,
                                         ::onnx::AttributeProto::AttributeType type) {
  ::onnx::AttributeProto& attribute = *node_.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

NodeBuilder& NodeBuilder::with(const std::string& name, int64_t value) {
  add(name, ::onnx::AttributeProto::INT).set_i(value);
  return *this;
}

NodeBuilder& NodeBuilder::with(const std::string& name, const Ints& values) {
  ::onnx::AttributeProto& attribute = add(name, ::onnx::AttributeProto::INTS);
  for (const int64_t value : values) attribute.add_ints(value);
  return *this;
}

NodeBuilder& NodeBuilder::with(const std::string& name, const std::string& text) {
  add(name, ::onnx::AttributeProto::STRING).set_s(text);
  return *this;
}

NodeBuilder& NodeBuilder::with(const std::string& name, const ::onnx::TensorProto& tensor) {
  *add(name, ::onnx::AttributeProto::TENSOR).mutable_t() = tensor;
  return *this;
}

NodeBuilder& NodeBuilder::with(const std::string& name, const ::onnx::GraphProto& branch) {
  *add(name, ::onnx::AttributeProto::GRAPH).mutable_g() = branch;
  return *this;
}

void GraphFiller::input(const std::string& name, const Ints& shape, int type) {
  Names texts;
  for (const int64_t dimension : shape) texts.push_back(std::to_string(dimension));
  input(name, texts, type);
}

void GraphFiller::input(const std::string& name, const Names& shape, int type) {
  ::onnx::ValueInfoProto& value = *graph_.add_input();
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  tensor.mutable_shape();
  for (const std::string& dimension : shape) {
    auto& dim = *tensor.mutable_shape()->add_dim();
    const bool number =
        !dimension.empty() && (std::isdigit(dimension.front()) != 0 || dimension.front() == '-');
    if (number) {
      dim.set_dim_value(std::stoll(dimension));
    } else if (!dimension.empty()) {
      dim.set_dim_param(dimension);
    }
  }
}

void GraphFiller::output(const std::string& name) { graph_.add_output()->set_name(name); }

void GraphFiller::weight(const std::string& name, const Ints& shape, int type) {
  ::onnx::TensorProto& tensor = *graph_.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const int64_t dimension : shape) tensor.add_dims(dimension);
  tensor.set_data_location(::onnx::TensorProto::EXTERNAL);
}

::onnx::TensorProto list_tensor(const std::string& name, const Ints& values) {
  ::onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(::onnx::TensorProto::INT64);
  tensor.add_dims(static_cast<int64_t>(values.size()));
  for (const int64_t value : values) tensor.add_int64_data(value);
  return tensor;
}

void GraphFiller::list(const std::string& name, const Ints& values) {
  *graph_.add_initializer() = list_tensor(name, values);
}

void GraphFiller::reals(const std::string& name, const std::vector<float>& values) {
  ::onnx::TensorProto& tensor = *graph_.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(::onnx::TensorProto::FLOAT);
  tensor.add_dims(static_cast<int64_t>(values.size()));
  for (const float value : values) tensor.add_float_data(value);
}

NodeBuilder GraphFiller::node(const std::string& op, const Names& inputs, const Names& outputs) {
  ::onnx::NodeProto& node = *graph_.add_node();
  node.set_op_type(op);
  for (const std::string& name : inputs) node.add_input(name);
  for (const std::string& name : outputs) node.add_output(name);
  return NodeBuilder(node);
}

ModelFile::ModelFile(int64_t opset) : GraphFiller(*model.mutable_graph()) {
  static int count = 0;
  path_ =
      (std::filesystem::temp_directory_path() / fmt::format("vernier_onnx_{}_{}.onnx", ::getpid(), count++))
          .string();
  model.set_ir_version(8);
  model.add_opset_import()->set_version(opset);
  model.mutable_graph()->set_name("g");
}

ModelFile::~ModelFile() { std::filesystem::remove(path_); }

graph::Graph ModelFile::import(const ImportOptions& options, ImportReport* report) {
  std::ofstream out(path_, std::ios::binary);
  model.SerializeToOstream(&out);
  out.close();
  return import_onnx(path_, options, report);
}

std::string ModelFile::error(const ImportOptions& options) {
  try {
    static_cast<void>(import(options));
    return "";
  } catch (const InputError& error) {
    const Diagnostic& first = error.diagnostics().front();
    return first.code + ": " + first.message + (first.help.empty() ? "" : " / " + first.help);
  }
}

const graph::Operator* find_operator(const graph::Graph& graph, const std::string& kind) {
  for (const graph::Operator& op : graph.operators) {
    if (op.kind == kind) return &op;
  }
  return nullptr;
}

const graph::Tensor* find_tensor(const graph::Graph& graph, const std::string& name) {
  for (const graph::Tensor& tensor : graph.tensors) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

uint64_t total_macs(const graph::Graph& graph) {
  uint64_t total = 0;
  for (const graph::Operator& op : graph.operators) total += op.macs();
  return total;
}

uint64_t weight_bytes(const graph::Graph& graph) {
  uint64_t total = 0;
  for (const graph::Tensor& tensor : graph.tensors) {
    if (tensor.kind == graph::TensorKind::weight) total += tensor.bytes;
  }
  return total;
}

}  // namespace vernier::onnx::test
