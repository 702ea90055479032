// SPDX-License-Identifier: Apache-2.0
// Attention of prefill on its own: scores, softmax and product with the values, as workloads/build_llm.cpp
// writes them.
#pragma once

#include <string>

#include "workloads/network.h"

namespace vernier::mapper::testing {

struct AttentionSize {
  int64_t batch = 1, group = 1, tokens = 0, keys = 0, key_dim = 0, value_dim = 0;
  std::string key_format, value_format;
  int64_t repeat = 1;
  std::string queries = "fp16";
  std::string probabilities = "fp16";
};

/// Tensors: 0 queries, 1 keys, 2 values, 3 scores, 4 attended, and 5 the probabilities if their format
/// differs.
inline workloads::Network attention_network(const AttentionSize& size) {
  using workloads::TensorKind;
  workloads::Network network;
  network.name = "attention";
  network.phase = "prefill";
  network.sequences = 1;
  const int64_t heads = size.batch * size.group;
  network.tensors = {
      {"queries", TensorKind::input, size.tokens, heads * size.key_dim, size.queries},
      {workloads::kKeyCache, TensorKind::kv_cache, size.keys, size.key_dim, size.key_format, size.batch},
      {workloads::kValueCache, TensorKind::kv_cache, size.value_dim, size.keys, size.value_format,
       size.batch},
      {"scores", TensorKind::activation, heads * size.tokens, size.keys},
      {"attended", TensorKind::output, size.tokens, heads * size.value_dim}};
  int probabilities = 3;
  if (size.probabilities != "fp16") {
    network.tensors.push_back({"scores_" + size.probabilities, TensorKind::activation, heads * size.tokens,
                               size.keys, size.probabilities});
    if (size.probabilities == "int8") network.tensors.back().scale = 1.0 / 128;
    probabilities = 5;
  }
  if (size.queries == "int8") network.tensors[0].scale = 1.0 / 16;
  const int64_t per_head = size.tokens * size.keys;
  workloads::Op qk;
  qk.kind = workloads::OpKind::gemm;
  qk.name = "qk";
  qk.layer_class = "attention";
  qk.batch = size.batch;
  qk.m_outer = size.group;
  qk.m = size.tokens;
  qk.n = size.keys;
  qk.k = size.key_dim;
  qk.act = {0, 0, size.group * size.key_dim, size.key_dim, heads * size.key_dim, 1};
  qk.weight = 1;
  qk.out = {3, 0, size.group * per_head, per_head, size.keys, 1};
  workloads::Op softmax;
  softmax.kind = workloads::OpKind::vector;
  softmax.name = "softmax";
  softmax.layer_class = "softmax";
  softmax.vector_kind = workloads::VectorKind::softmax;
  softmax.rows = heads * size.tokens;
  softmax.cols = size.keys;
  softmax.src0 = {3, 0, 0, 0, size.keys, 1};
  softmax.dst = {probabilities, 0, 0, 0, size.keys, 1};
  softmax.scalar = 0.5F;
  workloads::Op av = qk;
  av.name = "av";
  av.n = size.value_dim;
  av.k = size.keys;
  av.act = qk.out;
  av.act.tensor = probabilities;
  av.weight = 2;
  av.out = {4, 0, size.group * size.value_dim, size.value_dim, heads * size.value_dim, 1};
  network.segments = {{"layers", size.repeat, {qk, softmax, av}}};
  return network;
}

}  // namespace vernier::mapper::testing
