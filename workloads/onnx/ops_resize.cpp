// SPDX-License-Identifier: Apache-2.0
// Operators that change the resolution: Resize in its forms, and the exchange of depth and space.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "workloads/onnx/node_context.h"

namespace vernier::onnx {
namespace {

void finish(NodeContext& node, const Shape& out) {
  if (out == node.shape(0)) return node.alias(0, 0, out);  // whatever the filter, it meets the elements
  node.result(0, node.in(0).type, out);
  node.vector_work(*elements_of(out));
}

Shape scaled(const NodeContext& node, const std::vector<double>& scales, const std::vector<int64_t>& axes) {
  Shape out = node.shape(0);
  node.expect(scales.size() == axes.size(),
              fmt::format("{} scales for {} dimensions", scales.size(), axes.size()));
  for (size_t i = 0; i < axes.size(); ++i) {
    int64_t& size = out[node.axis(axes[i], out.size())];
    // Scales are single precision, and so is the product in the reference.
    const double wanted = std::floor(static_cast<double>(static_cast<float>(size)) * scales[i]);
    node.expect(wanted >= 0 && wanted <= static_cast<double>(kMaxDimension),
                fmt::format("a scale of {}", scales[i]));
    size = static_cast<int64_t>(wanted);
  }
  return out;
}

void upsample(NodeContext& node) {
  std::vector<int64_t> axes(node.shape(0).size());
  std::iota(axes.begin(), axes.end(), 0);
  std::vector<double> scales;
  if (node.has(1)) {
    scales = node.reals(1);
  } else if (const auto given = node.reals("scales")) {
    scales = *given;
  } else {
    node.fail("ONX005", "has no scales");
  }
  finish(node, scaled(node, scales, axes));
}

void resize(NodeContext& node) {
  if (node.opset() < 11) return upsample(node);
  const Shape& x = node.shape(0);
  std::vector<int64_t> axes(x.size());
  std::iota(axes.begin(), axes.end(), 0);
  if (const auto given = node.integers("axes")) axes = *given;
  if (node.has(1)) node.is_parameter(1);
  if (node.has(2) && node.in(2).elements() == 0) node.is_parameter(2);
  if (node.has(2) && node.in(2).elements() > 0) return finish(node, scaled(node, node.reals(2), axes));
  if (!node.has(3)) node.fail("ONX005", "has neither scales nor sizes");
  const std::vector<int64_t>& sizes = node.integers(3);
  node.expect(sizes.size() == axes.size(),
              fmt::format("{} sizes for {} dimensions", sizes.size(), axes.size()));
  const std::string policy = node.text("keep_aspect_ratio_policy", "stretch");
  Shape out = x;
  double scale = 0;
  for (size_t i = 0; i < axes.size(); ++i) {
    const size_t axis = node.axis(axes[i], x.size());
    node.expect(sizes[i] >= 0 && sizes[i] <= kMaxDimension && x[axis] > 0,
                fmt::format("a size of {}", sizes[i]));
    out[axis] = sizes[i];
    const double own = static_cast<double>(sizes[i]) / static_cast<double>(x[axis]);
    scale = i == 0 ? own : policy == "not_larger" ? std::min(scale, own) : std::max(scale, own);
  }
  if (policy != "stretch") {
    for (const int64_t given : axes) {
      const size_t axis = node.axis(given, x.size());
      const double size = std::round(scale * static_cast<double>(x[axis]));
      node.expect(size <= static_cast<double>(kMaxDimension), "a size beyond 2^31");
      out[axis] = static_cast<int64_t>(size);
    }
  }
  finish(node, out);
}

void depth_to_space(NodeContext& node) {
  const Shape& x = node.ranked(0, 4, 4);
  const int64_t block = node.integer("blocksize");
  node.expect(block >= 1 && block <= kMaxDimension && x[1] % node.product({block, block}) == 0,
              fmt::format("blocksize {} of the shape {}", block, text_of(x)));
  finish(node, {x[0], x[1] / (block * block), node.product({x[2], block}), node.product({x[3], block})});
}

void space_to_depth(NodeContext& node) {
  const Shape& x = node.ranked(0, 4, 4);
  const int64_t block = node.integer("blocksize");
  node.expect(block >= 1 && block <= kMaxDimension && x[2] % block == 0 && x[3] % block == 0,
              fmt::format("blocksize {} of the shape {}", block, text_of(x)));
  finish(node, {x[0], node.product({x[1], block, block}), x[2] / block, x[3] / block});
}

/// Places of the input wherever the grid [N, H, W, 2] says: four neighbours each.
void grid_sample(NodeContext& node) {
  const Shape& x = node.ranked(0, 4, 4);
  const Shape& grid = node.ranked(1, 4, 4);
  node.expect(grid[0] == x[0] && grid[3] == 2,
              fmt::format("a grid {} over the shape {}", text_of(grid), text_of(x)));
  const Shape out = {x[0], x[1], grid[1], grid[2]};
  node.result(0, node.in(0).type, out);
  node.vector_work(node.product({4, node.product(out, 0, 4)}));
}

/// One triangle of each matrix.
void trilu(NodeContext& node) {
  if (node.has(1)) node.is_parameter(1);
  node.result(0, node.in(0).type, node.ranked(0, 2));
  node.vector_work(node.in(0).elements());
}

void one_hot(NodeContext& node) {
  Shape out = node.shape(0);
  node.expect(node.in(1).elements() == 1, "depth is one number");
  const auto axis = static_cast<int64_t>(node.axis(node.integer("axis", -1), out.size() + 1));
  const int64_t depth =
      is_real(node.in(1).type) ? static_cast<int64_t>(node.reals(1).front()) : node.integers(1).front();
  node.expect(depth >= 1, fmt::format("a depth of {}", depth));
  out.insert(out.begin() + axis, depth);
  node.is_parameter(2);
  node.result(0, node.in(2).type, out);
  node.vector_work(*elements_of(out));
}

}  // namespace

const HandlerList& resize_handlers() {
  static const HandlerList list = {{"Resize", resize},
                                   {"Upsample", upsample},
                                   {"DepthToSpace", depth_to_space},
                                   {"SpaceToDepth", space_to_depth},
                                   {"GridSample", grid_sample},
                                   {"Trilu", trilu},
                                   {"OneHot", one_hot}};
  return list;
}

}  // namespace vernier::onnx
