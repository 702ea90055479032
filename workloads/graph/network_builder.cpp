// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/network_builder.h"

#include <functional>
#include <numeric>
#include <utility>

#include "base/error.h"

namespace vernier::graph {
namespace {

int64_t elements(const std::vector<int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

int64_t width_of(int64_t given, int64_t otherwise, int64_t unset) {
  return given == unset ? otherwise : given;
}

}  // namespace

int NetworkBuilder::tensor(const std::string& name, TensorKind kind, const std::vector<int64_t>& shape,
                           const char* format) {
  Tensor tensor;
  tensor.name = name;
  tensor.kind = kind;
  tensor.shape = shape;
  tensor.format = format;
  tensor.bytes = static_cast<uint64_t>(elements(shape)) * (tensor.format == "int32" ? 4 : 1);
  graph_.tensors.push_back(std::move(tensor));
  return static_cast<int>(graph_.tensors.size()) - 1;
}

int NetworkBuilder::input(const std::string& name, const std::vector<int64_t>& shape) {
  return tensor(name, TensorKind::input, shape, "int8");
}
int NetworkBuilder::weight(const std::string& name, const std::vector<int64_t>& shape) {
  return tensor(name, TensorKind::weight, shape, "int8");
}
int NetworkBuilder::bias(const std::string& name, int64_t count) {
  return tensor(name, TensorKind::weight, {count}, "int32");
}

int NetworkBuilder::add(Operator op, const std::vector<int64_t>& shape) {
  const int result = tensor(op.name + ".out", TensorKind::activation, shape, "int8");
  const int index = static_cast<int>(graph_.operators.size());
  op.outputs = {result};
  graph_.tensors[static_cast<size_t>(result)].producer = index;
  for (const int t : op.inputs) graph_.tensors[static_cast<size_t>(t)].consumers.push_back(index);
  graph_.operators.push_back(std::move(op));
  return result;
}

const std::vector<int64_t>& NetworkBuilder::shape(int tensor) const {
  return graph_.tensors[static_cast<size_t>(tensor)].shape;
}

int64_t NetworkBuilder::channels(const Values& x) const {
  int64_t sum = 0;
  for (const int t : x) sum += shape(t)[1];
  return sum;
}

std::vector<int64_t> NetworkBuilder::map_shape(const Values& x, const ConvShape& conv, bool ceil) const {
  const std::vector<int64_t>& in = shape(x.front());
  for (const int t : x) {
    VERNIER_INVARIANT(shape(t)[2] == in[2] && shape(t)[3] == in[3], "{}: maps of different sizes",
                      graph_.name);
  }
  const auto places = [&](int64_t size, int64_t kernel, int64_t pad) {
    const int64_t room = size + 2 * pad - (kernel - 1) * conv.dilation - 1;
    return (room + (ceil ? conv.stride - 1 : 0)) / conv.stride + 1;
  };
  return {1, conv.channels, places(in[2], conv.kernel, conv.pad),
          places(in[3], width_of(conv.kernel_width, conv.kernel, 0), width_of(conv.pad_width, conv.pad, -1))};
}

Attributes NetworkBuilder::window(const ConvShape& shape, size_t joined) {
  const int64_t pad_width = width_of(shape.pad_width, shape.pad, -1);
  Attributes attributes = {{"kernel", {shape.kernel, width_of(shape.kernel_width, shape.kernel, 0)}},
                           {"strides", {shape.stride, shape.stride}},
                           {"dilations", {shape.dilation, shape.dilation}},
                           {"pads", {shape.pad, pad_width, shape.pad, pad_width}}};
  if (shape.groups > 1) attributes["groups"] = {shape.groups};
  if (joined > 1) attributes["joined"] = {static_cast<int64_t>(joined)};
  return attributes;
}

int NetworkBuilder::conv(const std::string& name, const Values& x, const ConvShape& conv) {
  const std::vector<int64_t> out = map_shape(x, conv, false);
  const int64_t width = width_of(conv.kernel_width, conv.kernel, 0);
  const int64_t depth = channels(x) / conv.groups;
  Operator op;
  op.name = name;
  op.kind = "Conv";
  op.inputs = x;
  op.inputs.push_back(weight(name + ".w", {conv.channels, depth, conv.kernel, width}));
  if (conv.bias) op.inputs.push_back(bias(name + ".b", conv.channels));
  if (conv.norm_before)
    op.inputs.push_back(tensor(name + ".norm", TensorKind::weight, {2, channels(x)}, "int32"));
  op.attributes = window(conv, x.size());
  op.gemms = {{out[2] * out[3], conv.channels / conv.groups, depth * conv.kernel * width, conv.groups}};
  return add(std::move(op), out);
}

int NetworkBuilder::separable(const std::string& name, const Values& x, const ConvShape& conv) {
  const std::vector<int64_t> out = map_shape(x, conv, false);
  const int64_t depth = shape(x.front())[1];
  Operator op;
  op.name = name;
  op.kind = "SepConv";
  op.inputs = x;
  op.inputs.push_back(weight(name + ".dw", {depth, 1, conv.kernel, conv.kernel}));
  op.inputs.push_back(weight(name + ".pw", {conv.channels, depth, 1, 1}));
  op.inputs.push_back(bias(name + ".b", conv.channels));
  op.attributes = window(conv, x.size());
  op.gemms = {{out[2] * out[3], 1, conv.kernel * conv.kernel, depth},
              {out[2] * out[3], conv.channels, depth, 1}};
  if (x.size() > 1) op.vector_elements = static_cast<uint64_t>(elements(shape(x.front()))) * x.size();
  return add(std::move(op), out);
}

int NetworkBuilder::pool(const std::string& name, const std::string& kind, const Values& x, int64_t kernel,
                         int64_t stride, int64_t pad, bool ceil) {
  ConvShape like;
  like.channels = channels(x);
  like.kernel = kernel;
  like.stride = stride;
  like.pad = pad;
  const std::vector<int64_t> out = map_shape(x, like, ceil);
  Operator op;
  op.name = name;
  op.kind = kind;
  op.inputs = x;
  op.attributes = window(like, x.size());
  op.vector_elements = static_cast<uint64_t>(elements(out) * kernel * kernel);
  return add(std::move(op), out);
}

int NetworkBuilder::global_pool(const std::string& name, const Values& x, bool norm_before) {
  Operator op;
  op.name = name;
  op.kind = "GlobalAveragePool";
  op.inputs = x;
  op.attributes["axes"] = {2, 3};
  if (x.size() > 1) op.attributes["joined"] = {static_cast<int64_t>(x.size())};
  for (const int t : x) op.vector_elements += static_cast<uint64_t>(elements(shape(t)));
  if (norm_before) op.inputs.push_back(tensor(name + ".norm", TensorKind::weight, {2, channels(x)}, "int32"));
  return add(std::move(op), {1, channels(x), 1, 1});
}

int NetworkBuilder::elementwise(const std::string& name, const std::string& kind, const Values& x) {
  Operator op;
  op.name = name;
  op.kind = kind;
  op.inputs = x;
  const std::vector<int64_t> out = shape(x.front());
  for (const int t : x) VERNIER_INVARIANT(shape(t) == out, "{}: {} of different shapes", graph_.name, name);
  op.vector_elements = static_cast<uint64_t>(elements(out)) * (x.size() > 1 ? x.size() - 1 : 1);
  return add(std::move(op), out);
}

int NetworkBuilder::product(const std::string& name, int x, const std::vector<int64_t>& out, int64_t rows,
                            int64_t features, int64_t length, bool with_bias, int sum) {
  Operator op;
  op.name = name;
  op.kind = "Gemm";
  op.inputs = {x, weight(name + ".w", {features, length})};
  if (with_bias) op.inputs.push_back(bias(name + ".b", features));
  if (sum >= 0) op.inputs.push_back(sum);
  op.attributes["transposed"] = {0, 1};
  op.gemms = {{rows, features, length, 1}};
  return add(std::move(op), out);
}

int NetworkBuilder::linear(const std::string& name, int x, int64_t features, bool with_bias) {
  const std::vector<int64_t> in = shape(x);
  const int64_t rows = in.size() == 2 ? in[0] : 1;
  return product(name, x, {rows, features}, rows, features, elements(in) / rows, with_bias, -1);
}

int NetworkBuilder::project(const std::string& name, int x, int64_t heads, int64_t width, bool with_bias) {
  const std::vector<int64_t> in = shape(x);
  const int result = product(name, x, {1, heads, in[0], width}, in[0], heads * width, in[1], with_bias, -1);
  graph_.operators.back().kind = "Project";
  return result;
}

int NetworkBuilder::attend(const std::string& name, int a, int b, bool turned) {
  const std::vector<int64_t> left = shape(a);
  const std::vector<int64_t> right = shape(b);
  const int64_t n = turned ? right[2] : right[3];
  VERNIER_INVARIANT(left[1] == right[1] && left[3] == (turned ? right[3] : right[2]), "{}: {} does not fit",
                    graph_.name, name);
  Operator op;
  op.name = name;
  op.kind = "MatMul";
  op.inputs = {a, b};
  op.attributes["transposed"] = {0, turned ? 1 : 0};
  op.gemms = {{left[2], n, left[3], left[1]}};
  return add(std::move(op), {1, left[1], left[2], n});
}

int NetworkBuilder::join(const std::string& name, int x, int64_t features, bool with_bias, int sum) {
  const std::vector<int64_t> in = shape(x);
  return product(name, x, {in[2], features}, in[2], features, in[1] * in[3], with_bias, sum);
}

int NetworkBuilder::accumulate(const std::string& name, int x, int64_t features, int sum) {
  const std::vector<int64_t> in = shape(x);
  return product(name, x, {in[0], features}, in[0], features, in[1], false, sum);
}

int NetworkBuilder::normalise(const std::string& name, const std::string& kind, int x, int parameters) {
  const std::vector<int64_t> in = shape(x);
  Operator op;
  op.name = name;
  op.kind = kind;
  op.inputs = {x};
  for (int i = 0; i < parameters; ++i) op.inputs.push_back(bias(name + ".p" + std::to_string(i), in.back()));
  op.attributes["axis"] = {static_cast<int64_t>(in.size()) - 1};
  op.vector_elements = static_cast<uint64_t>(elements(in));
  return add(std::move(op), in);
}

Graph NetworkBuilder::finish(const Values& outputs) {
  for (const int t : outputs) graph_.tensors[static_cast<size_t>(t)].output = true;
  return std::move(graph_);
}

}  // namespace vernier::graph
