// SPDX-License-Identifier: Apache-2.0
// What the handler of an operator sees of its node, and where it puts what it found: shapes of the results,
// values where they are small constants, and work.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "workloads/graph/graph.h"
#include "workloads/onnx/model.h"
#include "workloads/onnx/numbers.h"

namespace vernier::onnx {

/// A tensor as it is stored; values that differ in their shape only share one.
struct Storage {
  std::string name;
  ElementType type = ElementType::none;
  Shape shape;
  bool constant = false;  ///< known before the network runs: a weight, if anybody reads it
  bool result = false;    ///< produced by an operator; else given
  int tensor = -1;        ///< of the graph, as soon as there is one
};

struct Value {
  ElementType type = ElementType::none;
  Shape shape;
  std::shared_ptr<Storage> storage;
  std::shared_ptr<const Numbers> numbers;  ///< of small constants, where they could be computed

  [[nodiscard]] bool constant() const { return storage->constant; }
  [[nodiscard]] int64_t elements() const { return *elements_of(shape); }
};

class NodeContext {
 public:
  NodeContext(const std::string& file, const Node& node, int64_t opset, std::string label,
              std::vector<std::optional<Value>> inputs);

  [[nodiscard]] const Node& node() const { return node_; }
  [[nodiscard]] int64_t opset() const { return opset_; }

  // Operands.
  [[nodiscard]] size_t count() const { return inputs_.size(); }
  [[nodiscard]] bool has(size_t index) const { return index < inputs_.size() && inputs_[index].has_value(); }
  [[nodiscard]] const Value& in(size_t index) const;  ///< ONX005 if it is left out
  [[nodiscard]] const Shape& shape(size_t index) const { return in(index).shape; }
  /// ONX006 unless the operand has between `least` and `most` dimensions.
  const Shape& ranked(size_t index, size_t least, size_t most = kMaxRank) const;
  /// The operand is a parameter of the operator and no tensor that it reads when it runs.
  void is_parameter(size_t index) { parameters_[index] = true; }
  /// Of a constant the operator reads a part only, of that shape: it is what counts as a tensor.
  void reads_part(size_t index, const Shape& shape);
  /// Values of an operand that decides shapes, a parameter from then on; ONX010 if they are not known.
  [[nodiscard]] const std::vector<int64_t>& integers(size_t index);
  [[nodiscard]] const std::vector<double>& reals(size_t index);

  // Attributes; ONX005 if one is of another kind, or is needed and absent.
  [[nodiscard]] bool has_attribute(const std::string& name) const;
  [[nodiscard]] int64_t integer(const std::string& name, int64_t otherwise) const;
  [[nodiscard]] int64_t integer(const std::string& name) const;
  [[nodiscard]] std::string text(const std::string& name, const std::string& otherwise) const;
  [[nodiscard]] std::optional<std::vector<int64_t>> integers(const std::string& name) const;
  [[nodiscard]] std::optional<std::vector<double>> reals(const std::string& name) const;
  [[nodiscard]] const Attribute* attribute(const std::string& name) const;
  /// The list that operators have as attribute up to some operator set and as operand from then on.
  [[nodiscard]] std::optional<std::vector<int64_t>> list(const std::string& name, size_t operand);
  /// `axis` of a tensor of `rank` dimensions, counted from 0; ONX006 if there is none.
  [[nodiscard]] size_t axis(int64_t axis, size_t rank) const;

  // Results. Each is set once.
  void result(size_t index, ElementType type, Shape shape);
  /// The result has the elements of an operand in their order: no work, no tensor of its own.
  void alias(size_t index, size_t operand, Shape shape);
  /// Whether the result is small and every operand has values: then `values` should be given.
  [[nodiscard]] bool wants_values(size_t index = 0) const;
  void values(size_t index, Numbers numbers);
  /// Each element of result `index` is element at(i) of operand `operand`, where values are wanted.
  void picks(size_t index, size_t operand, const std::function<int64_t(int64_t)>& at);

  // Work.
  void gemm(int64_t m, int64_t n, int64_t k, int64_t groups);
  void vector_work(int64_t elements) { vector_elements_ = elements; }
  void note(const std::string& name, std::vector<int64_t> numbers) { notes_[name] = std::move(numbers); }

  // Errors: they name node, operator and file.
  [[noreturn]] void fail(const char* code, const std::string& message, const std::string& help = {}) const;
  void expect(bool holds, const std::string& message) const;  ///< ONX006 if it does not
  /// a*b*..., ONX008 beyond kMaxWork.
  [[nodiscard]] int64_t product(std::initializer_list<int64_t> factors) const;
  [[nodiscard]] int64_t product(const Shape& shape, size_t from, size_t to) const;

  // What the importer takes.
  struct Result {
    std::optional<Value> value;  ///< of a new tensor: without storage
    std::optional<size_t> alias;
  };
  [[nodiscard]] const std::vector<Result>& results() const { return results_; }
  [[nodiscard]] const std::vector<std::optional<Value>>& operands() const { return inputs_; }
  [[nodiscard]] bool parameter(size_t index) const { return parameters_[index]; }
  [[nodiscard]] const std::vector<graph::Gemm>& gemms() const { return gemms_; }
  [[nodiscard]] int64_t vector_elements() const { return vector_elements_; }
  [[nodiscard]] const graph::Attributes& notes() const { return notes_; }

 private:
  Result& slot(size_t index);
  [[nodiscard]] const Attribute* attribute(const std::string& name, Attribute::Kind kind,
                                           const char* what) const;

  const std::string& file_;
  const Node& node_;
  int64_t opset_;
  std::string label_;
  std::vector<std::optional<Value>> inputs_;
  std::vector<bool> parameters_;
  std::vector<Result> results_;
  std::vector<graph::Gemm> gemms_;
  int64_t vector_elements_ = 0;
  graph::Attributes notes_;
};

/// Works out one node. Throws InputError.
using Handler = void (*)(NodeContext& node);

/// The handler of an operator; nullptr if it is not supported.
[[nodiscard]] Handler find_handler(const std::string& domain, const std::string& op);
/// Operators that have a handler, in alphabetic order.
[[nodiscard]] std::vector<std::string> supported_operators();

/// What the families of operators have to offer; `find_handler` puts them together.
using HandlerList = std::vector<std::pair<const char*, Handler>>;
[[nodiscard]] const HandlerList& matrix_handlers();
[[nodiscard]] const HandlerList& window_handlers();
[[nodiscard]] const HandlerList& elementwise_handlers();
[[nodiscard]] const HandlerList& shape_handlers();
[[nodiscard]] const HandlerList& move_handlers();
[[nodiscard]] const HandlerList& resize_handlers();
[[nodiscard]] const HandlerList& reduce_handlers();
[[nodiscard]] const HandlerList& recurrent_handlers();
[[nodiscard]] const HandlerList& contrib_handlers();  ///< of com.microsoft

/// The shape of two operands together, as numpy broadcasts; ONX006 if they do not fit.
[[nodiscard]] Shape broadcast(const NodeContext& node, const Shape& a, const Shape& b);
/// Place in a tensor of `shape` of the element that element `index` of the broadcast shape `whole` reads.
[[nodiscard]] int64_t broadcast_index(int64_t index, const Shape& whole, const Shape& shape);

}  // namespace vernier::onnx
