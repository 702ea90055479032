// SPDX-License-Identifier: Apache-2.0
// Operators that put elements elsewhere: every result element is a copy of one operand element, or a filling.
#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "workloads/onnx/node_context.h"

namespace vernier::onnx {
namespace {

Shape strides_of(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * std::max<int64_t>(1, shape[i]);
  return strides;
}

/// Coordinates of element `index`.
Shape coordinates(int64_t index, const Shape& shape) {
  Shape at(shape.size(), 0);
  for (size_t i = shape.size(); i-- > 0;) {
    at[i] = index % shape[i];
    index /= shape[i];
  }
  return at;
}

void moves(NodeContext& node, size_t result, ElementType type, const Shape& out) {
  node.result(result, type, out);
  node.vector_work(*elements_of(out));
}

void transpose(NodeContext& node) {
  const Shape& x = node.shape(0);
  std::vector<int64_t> otherwise(x.size());
  for (size_t i = 0; i < x.size(); ++i) otherwise[i] = static_cast<int64_t>(x.size() - 1 - i);
  const std::vector<int64_t> perm = node.integers("perm").value_or(otherwise);
  std::vector<int64_t> sorted = perm;
  std::sort(sorted.begin(), sorted.end());
  std::vector<int64_t> each(x.size());
  std::iota(each.begin(), each.end(), 0);
  node.expect(sorted == each, fmt::format("perm {} is none of the shape {}", text_of(perm), text_of(x)));
  Shape out;
  std::vector<int64_t> wide;  // dimensions of more than one element, in their new order
  for (const int64_t from : perm) {
    out.push_back(x[static_cast<size_t>(from)]);
    if (out.back() != 1) wide.push_back(from);
  }
  if (std::is_sorted(wide.begin(), wide.end())) return node.alias(0, 0, out);
  moves(node, 0, node.in(0).type, out);
  node.note("perm", perm);
  const Shape strides = strides_of(x);
  node.picks(0, 0, [&](int64_t index) {
    const Shape at = coordinates(index, out);
    int64_t place = 0;
    for (size_t i = 0; i < at.size(); ++i) place += at[i] * strides[static_cast<size_t>(perm[i])];
    return place;
  });
}

void concat(NodeContext& node) {
  Shape out = node.ranked(0, 1);
  const size_t axis = node.axis(node.integer("axis"), out.size());
  for (size_t i = 1; i < node.count(); ++i) {
    Shape one = node.ranked(i, out.size(), out.size());
    const int64_t own = one[axis];
    one[axis] = out[axis];
    node.expect(one == out, fmt::format("shapes {} and {} do not fit along axis {}", text_of(node.shape(0)),
                                        text_of(node.shape(i)), axis));
    out[axis] += own;
    node.expect(out[axis] <= kMaxDimension, "more elements than a tensor may have");
  }
  if (node.count() == 1) return node.alias(0, 0, out);
  moves(node, 0, node.in(0).type, out);
  node.note("axis", {static_cast<int64_t>(axis)});
  if (!node.wants_values()) return;
  const int64_t outer = node.product(out, 0, axis);
  Numbers numbers;
  for (int64_t o = 0; o < outer; ++o) {
    for (size_t i = 0; i < node.count(); ++i) {
      const auto run = static_cast<int64_t>(outer == 0 ? 0 : node.in(i).elements() / outer);
      const Numbers& from = *node.in(i).numbers;
      if (is_real(node.in(i).type)) {
        numbers.reals.insert(numbers.reals.end(), from.reals.begin() + o * run,
                             from.reals.begin() + (o + 1) * run);
      } else {
        numbers.integers.insert(numbers.integers.end(), from.integers.begin() + o * run,
                                from.integers.begin() + (o + 1) * run);
      }
    }
  }
  node.values(0, std::move(numbers));
}

void split(NodeContext& node) {
  const Shape& x = node.ranked(0, 1);
  const size_t axis = node.axis(node.integer("axis", 0), x.size());
  const auto parts = static_cast<int64_t>(node.node().outputs.size());
  std::optional<std::vector<int64_t>> sizes = node.list("split", 1);
  if (!sizes) {
    const int64_t each = (x[axis] + parts - 1) / std::max<int64_t>(1, parts);
    sizes = std::vector<int64_t>(static_cast<size_t>(parts), each);
    if (parts > 0) sizes->back() = x[axis] - each * (parts - 1);
  }
  node.expect(static_cast<int64_t>(sizes->size()) == parts,
              fmt::format("split has {} numbers for {} results", sizes->size(), parts));
  int64_t sum = 0;
  for (const int64_t one : *sizes) {
    node.expect(one >= 0 && one <= x[axis], fmt::format("a part of {} of {} elements", one, x[axis]));
    sum += one;
  }
  node.expect(sum == x[axis], fmt::format("parts of {} elements altogether are split off {}", sum, x[axis]));
  if (parts == 1) return node.alias(0, 0, x);
  const Shape strides = strides_of(x);
  int64_t start = 0;
  for (size_t part = 0; part < sizes->size(); ++part) {
    Shape out = x;
    out[axis] = (*sizes)[part];
    node.result(part, node.in(0).type, out);
    node.picks(part, 0, [&](int64_t index) {
      Shape at = coordinates(index, out);
      at[axis] += start;
      return std::inner_product(at.begin(), at.end(), strides.begin(), int64_t{0});
    });
    start += out[axis];
  }
  node.vector_work(node.in(0).elements());
  node.note("axis", {static_cast<int64_t>(axis)});
}

void slice(NodeContext& node) {
  const Shape& x = node.shape(0);
  const auto starts = node.list("starts", 1);
  const auto ends = node.list("ends", 2);
  if (!starts || !ends) node.fail("ONX005", "has no starts and ends");
  std::vector<int64_t> all(starts->size());
  std::iota(all.begin(), all.end(), 0);
  const std::vector<int64_t> axes = node.list("axes", 3).value_or(all);
  const std::vector<int64_t> steps = node.list("steps", 4).value_or(std::vector<int64_t>(starts->size(), 1));
  node.expect(
      ends->size() == starts->size() && axes.size() == starts->size() && steps.size() == starts->size(),
      "starts, ends, axes and steps are of different lengths");
  Shape out = x;
  Shape from(x.size(), 0);
  Shape by(x.size(), 1);
  std::vector<bool> seen(x.size(), false);
  for (size_t i = 0; i < axes.size(); ++i) {
    const size_t axis = node.axis(axes[i], x.size());
    node.expect(!seen[axis], fmt::format("axis {} is given twice", axis));
    seen[axis] = true;
    const int64_t size = x[axis];
    const int64_t step = steps[i];
    node.expect(step != 0 && step > -kMaxElements && step < kMaxElements, fmt::format("a step of {}", step));
    const auto bound = [&](int64_t at, int64_t least, int64_t most) {
      return std::clamp(at < 0 && at >= -size ? at + size : at, least, most);
    };
    const bool up = step > 0;
    const int64_t start =
        up ? bound((*starts)[i], 0, size) : bound((*starts)[i], 0, std::max<int64_t>(0, size - 1));
    const int64_t end =
        up ? bound((*ends)[i], 0, size) : bound((*ends)[i], -1, std::max<int64_t>(0, size - 1));
    const int64_t span = up ? end - start : start - end;
    out[axis] = span <= 0 || size == 0 ? 0 : (span + std::abs(step) - 1) / std::abs(step);
    from[axis] = start;
    by[axis] = step;
  }
  if (out == x && std::all_of(by.begin(), by.end(), [](int64_t step) { return step > 0; })) {
    return node.alias(0, 0, out);
  }
  moves(node, 0, node.in(0).type, out);
  node.note("starts", from);
  node.note("steps", by);
  const Shape strides = strides_of(x);
  node.picks(0, 0, [&](int64_t index) {
    const Shape at = coordinates(index, out);
    int64_t place = 0;
    for (size_t i = 0; i < at.size(); ++i) place += (from[i] + at[i] * by[i]) * strides[i];
    return place;
  });
}

void gather(NodeContext& node) {
  const Shape& x = node.ranked(0, 1);
  const Shape& indices = node.shape(1);
  node.expect(!is_real(node.in(1).type), "indices have to be integers");
  const size_t axis = node.axis(node.integer("axis", 0), x.size());
  Shape out(x.begin(), x.begin() + static_cast<int64_t>(axis));
  out.insert(out.end(), indices.begin(), indices.end());
  out.insert(out.end(), x.begin() + static_cast<int64_t>(axis) + 1, x.end());
  moves(node, 0, node.in(0).type, out);
  node.note("axis", {static_cast<int64_t>(axis)});
  if (node.in(1).numbers) {
    for (const int64_t index : node.in(1).numbers->integers) {
      node.expect(index >= -x[axis] && index < x[axis],
                  fmt::format("index {} along axis {} of the shape {}", index, axis, text_of(x)));
    }
  }
  if (axis == 0 && node.in(0).constant() && !node.in(1).constant()) {
    node.note("table", x);
    node.reads_part(0, out);  // the rows that are chosen, not the table
    return;
  }
  const int64_t inner = node.product(x, axis + 1, x.size());
  const int64_t chosen = node.in(1).elements();
  node.picks(0, 0, [&](int64_t index) {
    const int64_t outer = index / (inner * chosen);
    const int64_t at = node.in(1).numbers->integers[static_cast<size_t>(index / inner % chosen)];
    return (outer * x[axis] + (at < 0 ? at + x[axis] : at)) * inner + index % inner;
  });
}

void gather_elements(NodeContext& node) {
  const Shape& x = node.ranked(0, 1);
  const Shape& indices = node.ranked(1, x.size(), x.size());
  node.note("axis", {static_cast<int64_t>(node.axis(node.integer("axis", 0), x.size()))});
  moves(node, 0, node.in(0).type, indices);
}

void gather_nd(NodeContext& node) {
  const Shape& x = node.ranked(0, 1);
  const Shape& indices = node.ranked(1, 1);
  const int64_t batch = node.integer("batch_dims", 0);
  const int64_t last = indices.back();
  node.expect(batch >= 0 && batch < static_cast<int64_t>(std::min(x.size(), indices.size())) && last >= 1 &&
                  batch + last <= static_cast<int64_t>(x.size()),
              fmt::format("indices {} do not fit the shape {}", text_of(indices), text_of(x)));
  Shape out(indices.begin(), indices.end() - 1);
  out.insert(out.end(), x.begin() + batch + last, x.end());
  moves(node, 0, node.in(0).type, out);
}

/// Scattered updates: all of the data is written, with the updates in their places.
void scatter(NodeContext& node) {
  static_cast<void>(node.in(2));
  moves(node, 0, node.in(0).type, node.shape(0));
}

void pad(NodeContext& node) {
  const Shape& x = node.shape(0);
  const auto pads = node.list("pads", 1);
  if (!pads) node.fail("ONX005", "has no pads");
  if (node.has(2)) node.is_parameter(2);
  std::vector<int64_t> axes(x.size());
  std::iota(axes.begin(), axes.end(), 0);
  if (node.has(3)) axes = node.integers(3);
  node.expect(pads->size() == 2 * axes.size(),
              fmt::format("{} pads for {} dimensions", pads->size(), axes.size()));
  Shape out = x;
  for (size_t i = 0; i < axes.size(); ++i) {
    const size_t axis = node.axis(axes[i], x.size());
    const int64_t begin = (*pads)[i];
    const int64_t end = (*pads)[i + axes.size()];
    const auto far = [](int64_t v) { return v > kMaxDimension || v < -kMaxDimension; };
    node.expect(!far(begin) && !far(end), "a pad beyond 2^31");
    out[axis] += begin + end;
    node.expect(out[axis] >= 0,
                fmt::format("pads of {} and {} leave nothing of {} elements", begin, end, x[axis]));
  }
  if (std::all_of(pads->begin(), pads->end(), [](int64_t one) { return one == 0; }))
    return node.alias(0, 0, out);
  moves(node, 0, node.in(0).type, out);
  node.note("pads", *pads);
}

void tile(NodeContext& node) {
  const Shape& x = node.shape(0);
  const std::vector<int64_t>& repeats = node.integers(1);
  node.expect(repeats.size() == x.size(),
              fmt::format("{} repeats of the shape {}", repeats.size(), text_of(x)));
  Shape out = x;
  for (size_t i = 0; i < x.size(); ++i) out[i] = node.product({x[i], repeats[i]});
  if (out == x) return node.alias(0, 0, out);
  moves(node, 0, node.in(0).type, out);
  const Shape strides = strides_of(x);
  node.picks(0, 0, [&](int64_t index) {
    const Shape at = coordinates(index, out);
    int64_t place = 0;
    for (size_t i = 0; i < at.size(); ++i) place += at[i] % x[i] * strides[i];
    return place;
  });
}

void expand(NodeContext& node) {
  const Shape& x = node.shape(0);
  const std::vector<int64_t>& wanted = node.integers(1);
  node.expect(elements_of(wanted).has_value(), fmt::format("shape {} is none", text_of(wanted)));
  const Shape out = broadcast(node, x, wanted);
  if (elements_of(out) == node.in(0).elements()) return node.alias(0, 0, out);
  moves(node, 0, node.in(0).type, out);
  node.picks(0, 0, [&](int64_t index) { return broadcast_index(index, out, x); });
}

}  // namespace

const HandlerList& move_handlers() {
  static const HandlerList list = {{"Transpose", transpose}, {"Concat", concat},
                                   {"Split", split},         {"Slice", slice},
                                   {"Gather", gather},       {"GatherElements", gather_elements},
                                   {"GatherND", gather_nd},  {"ScatterElements", scatter},
                                   {"ScatterND", scatter},   {"Pad", pad},
                                   {"Tile", tile},           {"Expand", expand}};
  return list;
}

}  // namespace vernier::onnx
