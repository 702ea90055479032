// SPDX-License-Identifier: Apache-2.0
// Small ONNX files, made with the classes of the ONNX library.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/onnx/import.h"

namespace vernier::onnx::test {

using Ints = std::vector<int64_t>;
using Names = std::vector<std::string>;

/// Adds to a node, to be called in a chain.
class NodeBuilder {
 public:
  explicit NodeBuilder(::onnx::NodeProto& node) : node_(node) {}
  NodeBuilder& with(const std::string& name, int64_t value);
  NodeBuilder& with(const std::string& name, const Ints& values);
  NodeBuilder& with(const std::string& name, const std::string& text);
  NodeBuilder& with(const std::string& name, const ::onnx::TensorProto& tensor);
  NodeBuilder& with(const std::string& name, const ::onnx::GraphProto& branch);

 private:
  ::onnx::AttributeProto& add(const std::string& name, ::onnx::AttributeProto::AttributeType type);
  ::onnx::NodeProto& node_;
};

/// Fills a graph. Types are numbers of TensorProto.DataType.
class GraphFiller {
 public:
  explicit GraphFiller(::onnx::GraphProto& graph) : graph_(graph) {}
  void input(const std::string& name, const Ints& shape, int type = ::onnx::TensorProto::FLOAT);
  /// Dimensions: a number, a name, or "" for one that is left open.
  void input(const std::string& name, const Names& shape, int type = ::onnx::TensorProto::FLOAT);
  void output(const std::string& name);
  /// A parameter without values, as files have them that keep those elsewhere.
  void weight(const std::string& name, const Ints& shape, int type = ::onnx::TensorProto::FLOAT);
  void list(const std::string& name, const Ints& values);
  void reals(const std::string& name, const std::vector<float>& values);
  NodeBuilder node(const std::string& op, const Names& inputs, const Names& outputs);

 private:
  ::onnx::GraphProto& graph_;
};

[[nodiscard]] ::onnx::TensorProto list_tensor(const std::string& name, const Ints& values);

struct ModelHolder {  // a base, since it has to be there before GraphFiller is
  ::onnx::ModelProto model;
};

class ModelFile : private ModelHolder, public GraphFiller {
 public:
  explicit ModelFile(int64_t opset = 17);
  ~ModelFile();
  ModelFile(const ModelFile&) = delete;
  ModelFile& operator=(const ModelFile&) = delete;

  ::onnx::ModelProto& proto() { return model; }
  /// Writes the file and imports it.
  [[nodiscard]] graph::Graph import(const ImportOptions& options = {}, ImportReport* report = nullptr);
  /// The first diagnostic of an import that fails: "CODE: message / help"; "" if it does not.
  [[nodiscard]] std::string error(const ImportOptions& options = {});
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

[[nodiscard]] const graph::Operator* find_operator(const graph::Graph& graph, const std::string& kind);
[[nodiscard]] const graph::Tensor* find_tensor(const graph::Graph& graph, const std::string& name);
/// Sums over a graph.
[[nodiscard]] uint64_t total_macs(const graph::Graph& graph);
[[nodiscard]] uint64_t weight_bytes(const graph::Graph& graph);

}  // namespace vernier::onnx::test
