// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "workloads/graph/network_builder.h"
#include "workloads/graph/networks.h"

namespace vernier::graph {
namespace {

constexpr int64_t kTokens = 128;

}  // namespace

Graph bert_base() {
  constexpr int64_t kHidden = 768, kHeads = 12, kInner = 3072;
  NetworkBuilder net("bert-base");
  int x = net.input("embeddings", {kTokens, kHidden});
  for (int layer = 0; layer < 12; ++layer) {
    const std::string at = fmt::format("l{}.", layer);
    const int q = net.project(at + "q", x, kHeads, kHidden / kHeads, true);
    const int k = net.project(at + "k", x, kHeads, kHidden / kHeads, true);
    const int v = net.project(at + "v", x, kHeads, kHidden / kHeads, true);
    const int scores = net.attend(at + "qk", q, k, true);
    const int mixed = net.attend(at + "av", net.normalise(at + "softmax", "Softmax", scores, 0), v, false);
    const int attention = net.join(at + "o", mixed, kHidden, true);
    x = net.normalise(at + "norm1", "LayerNormalization", net.elementwise(at + "add1", "Add", {x, attention}),
                      2);
    const int inner = net.linear(at + "fc1", x, kInner);
    const int outer = net.linear(at + "fc2", inner, kHidden);
    x = net.normalise(at + "norm2", "LayerNormalization", net.elementwise(at + "add2", "Add", {x, outer}), 2);
  }
  return net.finish({x});
}

/// Heads in groups, each from its queries to its share of the attention's result; the MLP likewise.
Graph llama_block() {
  constexpr int64_t kHidden = 4096, kHeads = 32, kInner = 11008, kParts = 8;
  NetworkBuilder net("llama-block");
  const int x = net.input("hidden", {kTokens, kHidden});
  const int normed = net.normalise("norm1", "RMSNormalization", x, 1);
  int sum = -1;
  for (int64_t part = 0; part < kParts; ++part) {
    const std::string at = fmt::format("h{}.", part);
    const auto project = [&](const char* name) {
      return net.project(at + name, normed, kHeads / kParts, kHidden / kHeads, false);
    };
    const int q = project("q");
    const int k = project("k");
    const int v = project("v");
    const int scores = net.attend(at + "qk", q, k, true);
    const int mixed = net.attend(at + "av", net.normalise(at + "softmax", "Softmax", scores, 0), v, false);
    sum = net.join(at + "o", mixed, kHidden, false, sum);
  }
  const int middle = net.elementwise("add1", "Add", {x, sum});
  const int again = net.normalise("norm2", "RMSNormalization", middle, 1);
  sum = -1;
  for (int64_t part = 0; part < kParts; ++part) {
    const std::string at = fmt::format("m{}.", part);
    const int gate = net.linear(at + "gate", again, kInner / kParts, false);
    // The gate goes into the other product as it is written: silu(gate) * up.
    sum = net.accumulate(at + "down", net.accumulate(at + "up", again, kInner / kParts, gate), kHidden, sum);
  }
  return net.finish({net.elementwise("add2", "Add", {middle, sum})});
}

}  // namespace vernier::graph
