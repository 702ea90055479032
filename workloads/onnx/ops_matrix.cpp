// SPDX-License-Identifier: Apache-2.0
// Matrix products: one GEMM on the array each.
#include "base/error.h"
#include "workloads/onnx/node_context.h"

namespace vernier::onnx {
namespace {

/// numpy.matmul of operands `left` and `right`; a matrix that is shared by all products is in the array once,
/// and the products are rows of one.
void product_of_matrices(NodeContext& node, size_t left, size_t right, ElementType type,
                         bool left_turned = false, bool right_turned = false) {
  Shape a = node.ranked(left, 1);
  Shape b = node.ranked(right, 1);
  const bool row = a.size() == 1;
  const bool column = b.size() == 1;
  if (row) a.insert(a.begin(), 1);
  if (column) b.push_back(1);
  if (left_turned) std::swap(a[a.size() - 1], a[a.size() - 2]);
  if (right_turned) std::swap(b[b.size() - 1], b[b.size() - 2]);
  const int64_t m = a[a.size() - 2];
  const int64_t k = a[a.size() - 1];
  const int64_t n = b[b.size() - 1];
  node.expect(k == b[b.size() - 2], fmt::format("matrices {} and {} do not fit together",
                                                text_of(node.shape(left)), text_of(node.shape(right))));
  const Shape outer = broadcast(node, Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
  Shape out = outer;
  if (!row) out.push_back(m);
  if (!column) out.push_back(n);
  node.result(0, type, out);
  const int64_t products = node.product(outer, 0, outer.size());
  const bool shared = node.product(b, 0, b.size() - 2) == 1;
  if (shared) {
    node.gemm(node.product({products, m}), n, k, 1);
  } else {
    node.gemm(m, n, k, products);
  }
}

void matmul(NodeContext& node) { product_of_matrices(node, 0, 1, node.in(0).type); }

void matmul_integer(NodeContext& node) { product_of_matrices(node, 0, 1, ElementType::int32); }

void qlinear_matmul(NodeContext& node) {
  product_of_matrices(node, 0, 3, node.in(7).type);  // the zero point of the result has its type
}

void gemm(NodeContext& node) {
  node.ranked(0, 2, 2);
  node.ranked(1, 2, 2);
  product_of_matrices(node, 0, 1, node.in(0).type, node.integer("transA", 0) != 0,
                      node.integer("transB", 0) != 0);
  const Shape out = node.results()[0].value->shape;
  if (node.has(2)) {
    node.expect(
        broadcast(node, out, node.shape(2)) == out,
        fmt::format("input 2 of shape {} is not added to a matrix {}", text_of(node.shape(2)), text_of(out)));
  }
  node.note("transposed", {node.integer("transA", 0), node.integer("transB", 0)});
}

}  // namespace

const HandlerList& matrix_handlers() {
  static const HandlerList list = {{"MatMul", matmul},
                                   {"MatMulInteger", matmul_integer},
                                   {"QLinearMatMul", qlinear_matmul},
                                   {"Gemm", gemm}};
  return list;
}

}  // namespace vernier::onnx
