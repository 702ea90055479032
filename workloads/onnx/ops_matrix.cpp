// SPDX-License-Identifier: Apache-2.0
// Matrix products: one GEMM on the array each.
#include <algorithm>
#include <cctype>
#include <map>

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

/// The attributes are those of com.microsoft.FusedMatMul.
void matmul(NodeContext& node) {
  const int64_t left = node.integer("transA", 0);
  const int64_t right = node.integer("transB", 0);
  product_of_matrices(node, 0, 1, node.in(0).type, left != 0, right != 0);
  if (left != 0 || right != 0) node.note("transposed", {left, right});
}

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

/// "bhqd,bhkd->bhqk": letters of both operands and the result count products, those of both alone their
/// length.
void einsum(NodeContext& node) {
  std::string equation = node.text("equation", "");
  equation.erase(std::remove(equation.begin(), equation.end(), ' '), equation.end());
  const size_t arrow = equation.find("->");
  std::vector<std::string> terms = {""};
  for (const char c : equation.substr(0, arrow)) {
    if (c == ',') {
      terms.emplace_back();
    } else {
      terms.back() += c;
    }
  }
  const bool plain = std::all_of(equation.begin(), equation.end(), [](unsigned char c) {
    return std::isalpha(c) != 0 || c == ',' || c == '-' || c == '>';
  });
  if (arrow == std::string::npos || !plain || terms.size() != node.count() || terms.size() > 2) {
    node.fail("ONX003", "equations other than of letters, '->' and at most two operands are not supported");
  }
  const std::string result = equation.substr(arrow + 2);
  std::map<char, int64_t> sizes;
  for (size_t i = 0; i < terms.size(); ++i) {
    const Shape& shape = node.ranked(i, terms[i].size(), terms[i].size());
    for (size_t d = 0; d < shape.size(); ++d) {
      const auto [known, added] = sizes.emplace(terms[i][d], shape[d]);
      node.expect(known->second == shape[d], fmt::format("dimension {} has sizes {} and {}",
                                                         terms[i].substr(d, 1), known->second, shape[d]));
    }
  }
  Shape out;
  for (const char c : result) {
    node.expect(sizes.count(c) != 0, "the result has a dimension that no operand has");
    out.push_back(sizes[c]);
  }
  node.result(0, node.in(0).type, out);
  if (terms.size() == 1) return node.vector_work(node.in(0).elements());
  int64_t m = 1, n = 1, k = 1, groups = 1;
  for (const auto& [letter, size] : sizes) {
    const bool left = terms[0].find(letter) != std::string::npos;
    const bool right = terms[1].find(letter) != std::string::npos;
    const bool kept = result.find(letter) != std::string::npos;
    int64_t& factor = !kept ? k : left && right ? groups : left ? m : n;
    factor = node.product({factor, size});
  }
  node.gemm(m, n, k, groups);
}

}  // namespace

const HandlerList& matrix_handlers() {
  static const HandlerList list = {{"MatMul", matmul},
                                   {"MatMulInteger", matmul_integer},
                                   {"QLinearMatMul", qlinear_matmul},
                                   {"Gemm", gemm},
                                   {"Einsum", einsum}};
  return list;
}

}  // namespace vernier::onnx
