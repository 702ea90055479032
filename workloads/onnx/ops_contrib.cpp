// SPDX-License-Identifier: Apache-2.0
// Operators of com.microsoft, which ONNX Runtime writes when it optimizes and quantizes: fused products,
// attention, quantized element-wise work.
#include <algorithm>

#include "base/error.h"
#include "workloads/onnx/node_context.h"

namespace vernier::onnx {
namespace {

/// The operator of ONNX itself that does the same to shapes.
template <const char* kName>
void like(NodeContext& node) {
  find_handler("", kName)(node);
}

constexpr char kConv[] = "Conv";
constexpr char kGemm[] = "Gemm";
constexpr char kMatMul[] = "MatMul";
constexpr char kGelu[] = "Gelu";
constexpr char kLayerNormalization[] = "LayerNormalization";

void fused_matmul(NodeContext& node) {
  node.expect(node.integer("transBatchA", 0) == 0 && node.integer("transBatchB", 0) == 0,
              "transposed batches are not supported");
  find_handler("", kMatMul)(node);
}

void quantized_binary(NodeContext& node) {
  const Shape out = broadcast(node, node.shape(0), node.shape(3));
  node.result(0, node.in(0).type, out);
  node.vector_work(node.product(out, 0, out.size()));
}

void quantized_unary(NodeContext& node) {
  node.result(0, node.in(0).type, node.shape(0));
  node.vector_work(node.in(0).elements());
}

void quantized_global_pool(NodeContext& node) {
  const Shape& x = node.ranked(0, 3);
  const bool last = node.integer("channels_last", 0) != 0;
  Shape out(x.size(), 1);
  out.front() = x.front();
  (last ? out.back() : out[1]) = last ? x.back() : x[1];
  node.result(0, node.in(0).type, out);
  node.vector_work(node.in(0).elements());
}

/// Scale and zero point of the result, then three operands per part.
void quantized_concat(NodeContext& node) {
  node.expect(node.count() >= 5 && (node.count() - 2) % 3 == 0, "operands do not come in threes");
  Shape out = node.ranked(2, 1);
  const size_t axis = node.axis(node.integer("axis"), out.size());
  for (size_t i = 5; i < node.count(); i += 3) {
    Shape one = node.ranked(i, out.size(), out.size());
    const int64_t own = one[axis];
    one[axis] = out[axis];
    node.expect(one == out, fmt::format("shapes {} and {} do not fit along axis {}", text_of(node.shape(2)),
                                        text_of(node.shape(i)), axis));
    out[axis] = std::min(out[axis] + own, kMaxDimension + 1);
  }
  node.result(0, node.in(2).type, out);
  node.vector_work(*elements_of(out));
}

/// Integers in, reals out; the scales are applied as the result is written.
void product_to_real(NodeContext& node) {
  find_handler("", kMatMul)(node);
  node.result(0, ElementType::fp32, Shape(node.results()[0].value->shape));
}

/// Weights of few bits, packed in blocks: [N, blocks, bytes of a block].
void packed_product(NodeContext& node) {
  Shape out = node.ranked(0, 1);
  const int64_t k = node.integer("K");
  const int64_t n = node.integer("N");
  node.expect(k >= 1 && out.back() == k && n >= 1 && n <= kMaxDimension,
              fmt::format("K {} and N {} do not fit the input {}", k, n, text_of(out)));
  node.gemm(node.product(out, 0, out.size() - 1), n, k, 1);
  out.back() = n;
  node.result(0, node.in(0).type, out);
}

/// Two normalised sums: of the input and what skips the layer.
void skip_normalise(NodeContext& node) {
  const Shape& x = node.ranked(0, 1);
  node.result(0, node.in(0).type, x);
  Shape statistics = x;
  statistics.back() = 1;
  for (size_t i = 1; i < node.node().outputs.size(); ++i) {
    node.result(i, i == 3 ? node.in(0).type : ElementType::fp32, i == 3 ? x : statistics);
  }
  node.vector_work(node.product({2, node.in(0).elements()}));
  node.note("axis", {static_cast<int64_t>(x.size()) - 1});
}

/// Scores and their product with the values: per head `tokens` x `keys`.
void attend(NodeContext& node, int64_t batch, int64_t tokens, int64_t keys, int64_t width,
            int64_t value_width) {
  const int64_t heads = node.integer("num_heads");
  node.expect(heads >= 1 && width % heads == 0 && value_width % heads == 0,
              fmt::format("{} heads of {} features", heads, width));
  const int64_t groups = node.product({batch, heads});
  node.gemm(tokens, keys, width / heads, groups);
  node.gemm(tokens, value_width / heads, keys, groups);
  node.vector_work(node.product({groups, tokens, keys}));  // softmax
}

/// Projections and attention in one: [B, T, I] times [I, 3 * H].
void attention(NodeContext& node) {
  const Shape& x = node.ranked(0, 3, 3);
  const Shape& w = node.ranked(1, 2, 2);
  node.expect(!node.has(4) && !node.has_attribute("qkv_hidden_sizes"),
              "past states and widths of their own are not supported");
  node.expect(w[0] == x[2] && w[1] % 3 == 0,
              fmt::format("weights {} do not fit the input {}", text_of(w), text_of(x)));
  const int64_t width = w[1] / 3;
  node.result(0, node.in(0).type, {x[0], x[1], width});
  node.gemm(node.product({x[0], x[1]}), w[1], w[0], 1);
  attend(node, x[0], x[1], x[1], width, width);
}

void multi_head_attention(NodeContext& node) {
  const Shape& q = node.ranked(0, 3, 3);
  const Shape& k = node.ranked(1, 3, 3);
  const Shape& v = node.ranked(2, 3, 3);
  node.expect(!node.has(6) && !node.has(7), "past keys and values are not supported");
  node.expect(
      k[0] == q[0] && v[0] == q[0] && k[2] == q[2] && v[1] == k[1],
      fmt::format("queries {}, keys {} and values {} do not fit", text_of(q), text_of(k), text_of(v)));
  node.result(0, node.in(0).type, {q[0], q[1], v[2]});
  attend(node, q[0], q[1], k[1], q[2], v[2]);
}

}  // namespace

const HandlerList& contrib_handlers() {
  static const HandlerList list = {{"FusedConv", like<kConv>},
                                   {"FusedGemm", like<kGemm>},
                                   {"FusedMatMul", fused_matmul},
                                   {"MatMulIntegerToFloat", product_to_real},
                                   {"DynamicQuantizeMatMul", product_to_real},
                                   {"MatMulNBits", packed_product},
                                   {"Gelu", like<kGelu>},
                                   {"FastGelu", like<kGelu>},
                                   {"BiasGelu", like<kGelu>},
                                   {"QuickGelu", like<kGelu>},
                                   {"RotaryEmbedding", like<kGelu>},
                                   {"SimplifiedLayerNormalization", like<kLayerNormalization>},
                                   {"SkipLayerNormalization", skip_normalise},
                                   {"SkipSimplifiedLayerNormalization", skip_normalise},
                                   {"Attention", attention},
                                   {"MultiHeadAttention", multi_head_attention},
                                   {"QLinearAdd", quantized_binary},
                                   {"QLinearMul", quantized_binary},
                                   {"QLinearSigmoid", quantized_unary},
                                   {"QLinearLeakyRelu", quantized_unary},
                                   {"QLinearSoftmax", quantized_unary},
                                   {"QLinearConcat", quantized_concat},
                                   {"QLinearGlobalAveragePool", quantized_global_pool}};
  return list;
}

}  // namespace vernier::onnx
