// SPDX-License-Identifier: Apache-2.0
// An ONNX file as plain types: what the importer needs of it, and no header of the ONNX library.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "workloads/onnx/numbers.h"

namespace vernier::onnx {

/// A tensor with a name or in an attribute. Values only where they are few (kMaxNumbers) and in the file.
struct Initializer {
  std::string name;
  ElementType type = ElementType::none;
  Shape shape;
  std::shared_ptr<const Numbers> numbers;
};

struct Body;

struct Attribute {
  enum class Kind { integer, real, text, integers, reals, tensor, body, other };
  Kind kind = Kind::other;
  std::string text;
  std::vector<int64_t> integers;  ///< one for `integer`
  std::vector<double> reals;      ///< one for `real`
  std::shared_ptr<const Initializer> tensor;
  std::shared_ptr<const Body> body;
};

struct Node {
  std::string name;                 ///< may be empty
  std::string op;                   ///< "Conv"
  std::string domain;               ///< "" = the operators of ONNX itself
  std::vector<std::string> inputs;  ///< "" = left out
  std::vector<std::string> outputs;
  std::map<std::string, Attribute> attributes;
};

struct Dimension {
  int64_t value = -1;  ///< at most 0 = not known
  std::string name;    ///< of a symbolic dimension; may be empty
};

/// What a file says about an input, an output or a value between operators.
struct Declaration {
  std::string name;
  ElementType type = ElementType::none;  ///< none = no tensor, or not said
  bool has_shape = false;
  std::vector<Dimension> shape;
};

/// A graph, or a branch of a control flow operator.
struct Body {
  std::string name;
  std::vector<Node> nodes;
  std::vector<Initializer> initializers;
  std::vector<Declaration> inputs;
  std::vector<Declaration> outputs;
  std::vector<Declaration> others;
};

struct Model {
  std::string file;
  int64_t opset = 0;
  Body body;
};

/// The operator sets that can be imported.
inline constexpr int64_t kOldestOpset = 7;
inline constexpr int64_t kNewestOpset = 22;

/// Throws InputError ONX001 (cannot be read, or is no ONNX file), ONX002 (operator set), ONX005 (a tensor
/// whose values do not fit its shape), ONX008 (limits).
[[nodiscard]] Model read_model(const std::string& file);

}  // namespace vernier::onnx
