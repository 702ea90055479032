// SPDX-License-Identifier: Apache-2.0
// Convolutions and pooling: operators that slide a window over the spatial dimensions of [N, C, D1, D2...].
#include <algorithm>

#include "base/error.h"
#include "workloads/onnx/node_context.h"

namespace vernier::onnx {
namespace {

using Sizes = std::vector<int64_t>;

struct Window {
  Sizes kernel, strides, dilations;
  Sizes pads;  ///< of all dimensions at their begin, then of all at their end
  [[nodiscard]] int64_t reach(size_t i) const { return (kernel[i] - 1) * dilations[i] + 1; }
};

/// A list of one number per spatial dimension.
Sizes sizes(const NodeContext& node, const std::string& name, size_t count, int64_t otherwise,
            int64_t least) {
  Sizes found = node.integers(name).value_or(Sizes(count, otherwise));
  node.expect(found.size() == count,
              fmt::format("{} has {} numbers, and {} are needed", name, found.size(), count));
  for (const int64_t one : found) {
    node.expect(one >= least && one <= kMaxDimension,
                fmt::format("{}: {} is not in {}..{}", name, one, least, kMaxDimension));
  }
  return found;
}

Window window(const NodeContext& node, const Sizes& kernel) {
  const size_t count = kernel.size();
  for (const int64_t one : kernel) {
    node.expect(one >= 1 && one <= kMaxDimension, fmt::format("kernel of {} elements", one));
  }
  Window w;
  w.kernel = kernel;
  w.strides = sizes(node, "strides", count, 1, 1);
  w.dilations = sizes(node, "dilations", count, 1, 1);
  w.pads = sizes(node, "pads", 2 * count, 0, 0);
  for (size_t i = 0; i < count; ++i) static_cast<void>(node.product({w.kernel[i], w.dilations[i]}));
  return w;
}

/// Padding that the file leaves to be worked out: so that the output has ceil(input / stride) elements.
void pad_automatically(const NodeContext& node, Window& w, const Shape& input) {
  const std::string mode = node.text("auto_pad", "NOTSET");
  if (mode == "NOTSET" || mode == "VALID") {
    if (mode == "VALID") std::fill(w.pads.begin(), w.pads.end(), 0);
    return;
  }
  node.expect(mode == "SAME_UPPER" || mode == "SAME_LOWER",
              "auto_pad is none of NOTSET, VALID, SAME_UPPER, SAME_LOWER");
  const size_t count = w.kernel.size();
  for (size_t i = 0; i < count; ++i) {
    const int64_t outputs = (input[i + 2] + w.strides[i] - 1) / w.strides[i];
    const int64_t total = std::max<int64_t>(0, (outputs - 1) * w.strides[i] + w.reach(i) - input[i + 2]);
    const int64_t more = total - total / 2;
    w.pads[i] = mode == "SAME_UPPER" ? total / 2 : more;
    w.pads[i + count] = total - w.pads[i];
  }
}

/// Elements that a window of `w` takes in dimension i of an input.
int64_t places(const NodeContext& node, const Window& w, size_t i, int64_t input, bool ceil) {
  const int64_t padded = input + w.pads[i] + w.pads[i + w.kernel.size()];
  const int64_t room = padded - w.reach(i);
  node.expect(room >= 0, fmt::format("a window of {} does not fit into {} elements and their padding",
                                     w.reach(i), input));
  if (!ceil) return room / w.strides[i] + 1;
  int64_t count = (room + w.strides[i] - 1) / w.strides[i] + 1;
  if ((count - 1) * w.strides[i] >= input + w.pads[i]) --count;  // no window begins in the padding at the end
  return count;
}

void note(NodeContext& node, const Window& w, int64_t groups) {
  node.note("kernel", w.kernel);
  node.note("strides", w.strides);
  node.note("dilations", w.dilations);
  node.note("pads", w.pads);
  if (groups != 1) node.note("groups", {groups});
}

int64_t group_count(const NodeContext& node) {
  const int64_t groups = node.integer("group", 1);
  node.expect(groups >= 1 && groups <= kMaxDimension, fmt::format("group: {} is not at least 1", groups));
  return groups;
}

void convolve(NodeContext& node, size_t data, size_t weights, ElementType type) {
  const Shape& x = node.ranked(data, 3);
  const Shape& w = node.ranked(weights, x.size(), x.size());
  const Sizes kernel(w.begin() + 2, w.end());
  node.expect(node.integers("kernel_shape").value_or(kernel) == kernel,
              fmt::format("kernel_shape is not that of the weights {}", text_of(w)));
  const int64_t groups = group_count(node);
  node.expect(w[0] % groups == 0 && product_of(w[1], groups) == x[1],
              fmt::format("weights {} in {} groups do not fit the input {}", text_of(w), groups, text_of(x)));
  Window win = window(node, kernel);
  pad_automatically(node, win, x);
  Shape out = {x[0], w[0]};
  for (size_t i = 0; i < kernel.size(); ++i) out.push_back(places(node, win, i, x[i + 2], false));
  node.result(0, type, out);
  node.gemm(node.product({x[0], node.product(out, 2, out.size())}), w[0] / groups,
            node.product(w, 1, w.size()), groups);
  note(node, win, groups);
}

void conv(NodeContext& node) { convolve(node, 0, 1, node.in(0).type); }
void conv_integer(NodeContext& node) { convolve(node, 0, 1, ElementType::int32); }
void qlinear_conv(NodeContext& node) { convolve(node, 0, 3, node.in(7).type); }

/// Every input element times the kernel of every output channel, added up in the output: the GEMM is that of
/// the products, n = channels * kernel.
void conv_transpose(NodeContext& node) {
  const Shape& x = node.ranked(0, 3);
  const Shape& w = node.ranked(1, x.size(), x.size());
  const Sizes kernel(w.begin() + 2, w.end());
  const size_t count = kernel.size();
  const int64_t groups = group_count(node);
  node.expect(w[0] == x[1] && w[0] % groups == 0,
              fmt::format("weights {} in {} groups do not fit the input {}", text_of(w), groups, text_of(x)));
  Window win = window(node, kernel);
  const Sizes extra = sizes(node, "output_padding", count, 0, 0);
  const std::string mode = node.text("auto_pad", "NOTSET");
  const std::optional<Sizes> wanted = node.integers("output_shape");
  if (wanted) node.expect(wanted->size() >= count, "output_shape has too few numbers");
  Shape out = {x[0], node.product({w[1], groups})};
  for (size_t i = 0; i < count; ++i) {
    const int64_t full = node.product({x[i + 2] - 1, win.strides[i]}) + extra[i] + win.reach(i);
    if (wanted || mode == "SAME_UPPER" || mode == "SAME_LOWER") {
      const int64_t size =
          wanted ? (*wanted)[wanted->size() - count + i] : node.product({x[i + 2], win.strides[i]});
      const int64_t total = std::max<int64_t>(0, full - size);
      win.pads[i] = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
      win.pads[i + count] = total - win.pads[i];
      out.push_back(size);
    } else {
      if (mode == "VALID") win.pads[i] = win.pads[i + count] = 0;
      out.push_back(full - win.pads[i] - win.pads[i + count]);
    }
    node.expect(out.back() >= 1, "nothing is left of the output between its paddings");
  }
  node.result(0, node.in(0).type, out);
  node.gemm(node.product({x[0], node.product(x, 2, x.size())}), node.product(w, 1, w.size()), x[1] / groups,
            groups);
  note(node, win, groups);
}

void pool(NodeContext& node) {
  const Shape& x = node.ranked(0, 3);
  const std::optional<Sizes> kernel = node.integers("kernel_shape");
  if (!kernel) node.fail("ONX005", "attribute kernel_shape is missing");
  node.expect(kernel->size() + 2 == x.size(),
              fmt::format("a kernel of {} dimensions over the shape {}", kernel->size(), text_of(x)));
  Window win = window(node, *kernel);
  pad_automatically(node, win, x);
  Shape out = {x[0], x[1]};
  const bool ceil = node.integer("ceil_mode", 0) != 0;
  for (size_t i = 0; i < kernel->size(); ++i) out.push_back(places(node, win, i, x[i + 2], ceil));
  node.result(0, node.in(0).type, out);
  if (node.node().outputs.size() > 1) node.result(1, ElementType::int64, out);
  node.vector_work(
      node.product({node.product(out, 0, out.size()), node.product(*kernel, 0, kernel->size())}));
  note(node, win, 1);
}

void global_pool(NodeContext& node) {
  const Shape& x = node.ranked(0, 2);
  Shape out(x.size(), 1);
  out[0] = x[0];
  out[1] = x[1];
  node.result(0, node.in(0).type, out);
  node.vector_work(node.in(0).elements());
  Sizes axes;
  for (size_t i = 2; i < x.size(); ++i) axes.push_back(static_cast<int64_t>(i));
  node.note("axes", axes);
}

}  // namespace

const HandlerList& window_handlers() {
  static const HandlerList list = {{"Conv", conv},
                                   {"ConvInteger", conv_integer},
                                   {"QLinearConv", qlinear_conv},
                                   {"ConvTranspose", conv_transpose},
                                   {"MaxPool", pool},
                                   {"AveragePool", pool},
                                   {"LpPool", pool},
                                   {"GlobalAveragePool", global_pool},
                                   {"GlobalMaxPool", global_pool},
                                   {"GlobalLpPool", global_pool}};
  return list;
}

}  // namespace vernier::onnx
