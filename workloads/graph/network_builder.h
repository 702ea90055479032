// SPDX-License-Identifier: Apache-2.0
// Puts networks together layer by layer, as an accelerator runs them: batch normalisation folded into the
// convolution before it, activations part of the operator that they follow, concatenations read in place.
// One image; int8 activations and weights, int32 biases.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/graph/graph.h"

namespace vernier::graph {

/// What a layer reads: one tensor, or several side by side along the channels.
using Values = std::vector<int>;

struct ConvShape {
  int64_t channels = 0;                  ///< of the result
  int64_t kernel = 1, kernel_width = 0;  ///< width 0 = the same
  int64_t stride = 1;
  int64_t pad = 0, pad_width = -1;  ///< on both sides; width -1 = the same
  int64_t groups = 1;
  int64_t dilation = 1;
  bool norm_before = false;  ///< a batch normalisation of what it reads: scale and shift per channel
  bool bias = true;          ///< of the normalisation after it, or its own
};

class NetworkBuilder {
 public:
  explicit NetworkBuilder(std::string name) { graph_.name = std::move(name); }

  int input(const std::string& name, const std::vector<int64_t>& shape);

  // On [1, C, H, W].
  int conv(const std::string& name, const Values& x, const ConvShape& shape);
  /// A depthwise and a pointwise convolution in one operator; of several inputs, which it adds up first.
  int separable(const std::string& name, const Values& x, const ConvShape& shape);
  /// "MaxPool", "AveragePool".
  int pool(const std::string& name, const std::string& kind, const Values& x, int64_t kernel, int64_t stride,
           int64_t pad, bool ceil = false);
  int global_pool(const std::string& name, const Values& x, bool norm_before = false);
  /// Element by element: "Add", "Mul", "Relu"...
  int elementwise(const std::string& name, const std::string& kind, const Values& x);

  // On [T, features] (a feature map of one place counts as one).
  int linear(const std::string& name, int x, int64_t features, bool bias = true);
  /// Rows of `x` times a weight, as [1, heads, T, width].
  int project(const std::string& name, int x, int64_t heads, int64_t width, bool bias);
  /// [1, H, T, D] x [1, H, S, D] -> [1, H, T, S], or with `turned` false [1, H, T, S] x [1, H, S, D].
  int attend(const std::string& name, int a, int b, bool turned);
  /// [1, H, T, D] -> [T, features]; added to `sum` if that is a tensor.
  int join(const std::string& name, int x, int64_t features, bool bias, int sum = -1);
  /// Rows of `x` times a weight, combined with `sum` as they are written, if that is a tensor.
  int accumulate(const std::string& name, int x, int64_t features, int sum);
  /// Along the last dimension: "Softmax" without parameters, else with `parameters` vectors.
  int normalise(const std::string& name, const std::string& kind, int x, int parameters);

  [[nodiscard]] const std::vector<int64_t>& shape(int tensor) const;
  /// The graph; `outputs` are the results of the network.
  [[nodiscard]] Graph finish(const Values& outputs);

 private:
  int tensor(const std::string& name, TensorKind kind, const std::vector<int64_t>& shape, const char* format);
  int weight(const std::string& name, const std::vector<int64_t>& shape);
  int bias(const std::string& name, int64_t count);
  int add(Operator op, const std::vector<int64_t>& shape);
  int product(const std::string& name, int x, const std::vector<int64_t>& shape, int64_t rows,
              int64_t features, int64_t length, bool with_bias, int sum);
  [[nodiscard]] int64_t channels(const Values& x) const;
  [[nodiscard]] std::vector<int64_t> map_shape(const Values& x, const ConvShape& shape, bool ceil) const;
  static Attributes window(const ConvShape& shape, size_t joined);

  Graph graph_;
};

}  // namespace vernier::graph
