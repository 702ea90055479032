// SPDX-License-Identifier: Apache-2.0
// Shapes, counts and layouts of language models, against published sizes and hand counts.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "tests/workloads/find_op.h"
#include "workloads/workload.h"

namespace vernier::workloads {
namespace {

const std::string kLlm = std::string(VERNIER_SOURCE_DIR) + "/workloads/llm/";

LlmModel model(const std::string& name, const Overrides& overrides = {}) {
  return std::get<LlmModel>(load_workload(kLlm + name + ".yaml", overrides).content);
}

Network build(const LlmModel& m, Phase phase, int64_t batch = 1, int64_t tokens = 256, int64_t context = 256,
              const LlmFormats& formats = {}) {
  return build_llm(m, {phase, tokens, context, batch}, formats);
}

const Tensor& tensor(const Network& network, int index) {
  return network.tensors.at(static_cast<size_t>(index));
}

struct Published {
  std::string name;
  int64_t layers, hidden, heads, kv_heads, head_dim, ffn, vocab, rotary;
  int64_t parameters;  ///< of the released checkpoint, embeddings, norms and biases included
  int64_t linears;
};

// Parameter totals: num_parameters() of the released checkpoints, as public model catalogues quote them.
const std::vector<Published>& published() {
  static const std::vector<Published> table = {
      {"opt-1.3b", 24, 2048, 32, 32, 64, 8192, 50272, 0, 1315758080, 145},
      {"phi-2", 32, 2560, 32, 32, 80, 10240, 51200, 32, 2779683840, 193},
      {"yi-6b", 32, 4096, 32, 4, 128, 11008, 64000, 128, 6061035520, 225},
      {"llama-2-7b", 32, 4096, 32, 32, 128, 11008, 32000, 128, 6738415616, 225},
      {"llama-2-13b", 40, 5120, 40, 40, 128, 13824, 32000, 128, 13015864320, 281},
      {"llama-2-70b", 80, 8192, 64, 8, 128, 28672, 32000, 128, 68976648192, 561},
      {"llama-3-8b", 32, 4096, 32, 8, 128, 14336, 128256, 128, 8030261248, 225},
      {"llama-3-70b", 80, 8192, 64, 8, 128, 28672, 128256, 128, 70553706496, 561},
  };
  return table;
}

TEST(Llm, ShippedModelsHaveThePublishedDimensions) {
  for (const Published& p : published()) {
    const LlmModel m = model(p.name);
    EXPECT_EQ(m.name, p.name);
    EXPECT_EQ(m.layers, p.layers) << p.name;
    EXPECT_EQ(m.hidden, p.hidden) << p.name;
    EXPECT_EQ(m.heads, p.heads) << p.name;
    EXPECT_EQ(m.kv_heads, p.kv_heads) << p.name;
    EXPECT_EQ(m.head_dim, p.head_dim) << p.name;
    EXPECT_EQ(m.ffn, p.ffn) << p.name;
    EXPECT_EQ(m.vocab, p.vocab) << p.name;
    EXPECT_EQ(m.rotary_dim, p.rotary) << p.name;
    EXPECT_EQ(m.linear_count(), p.linears) << p.name;
  }
}

TEST(Llm, ParametersAddUpToThePublishedTotals) {
  for (const Published& p : published()) {
    const LlmModel m = model(p.name);
    const Network network = build(m, Phase::decode);
    int64_t total = 0;  // from the tensors of the network
    for (const Segment& segment : network.segments) {
      for (const Op& op : segment.ops) {
        if (op.kind == OpKind::gemm && tensor(network, op.weight).kind == TensorKind::weight) {
          total += segment.repeat * tensor(network, op.weight).rows * tensor(network, op.weight).cols;
        }
      }
    }
    EXPECT_EQ(total, m.linear_weights()) << p.name;
    if (!m.tied) total += p.vocab * p.hidden;  // the embedding matrix
    const int64_t per_layer_attention_bias = (2 * p.hidden) + 2 * p.kv_heads * p.head_dim;
    if (m.family == family_llama) {
      total += (2 * p.layers + 1) * p.hidden;  // RMSNorm weights, no biases
    } else if (m.family == family_opt) {
      total += (2048 + 2) * p.hidden;  // learned positions, offset 2
      total += p.layers * (per_layer_attention_bias + p.ffn + p.hidden) + (2 * p.layers + 1) * 2 * p.hidden;
    } else {
      total +=
          p.layers * (per_layer_attention_bias + p.ffn + p.hidden) + (p.layers + 1) * 2 * p.hidden + p.vocab;
    }
    EXPECT_EQ(total, p.parameters) << p.name;
  }
}

TEST(Llm, MacsOfADecodeStepAndAPrompt) {
  for (const Published& p : published()) {
    const LlmModel m = model(p.name);
    // QK and AV each: heads * head_dim * context per token.
    const int64_t attention = 2 * p.layers * p.heads * p.head_dim * 100;
    EXPECT_EQ(build(m, Phase::decode, 1, 7, 100).macs(), m.linear_weights() + attention) << p.name;
    EXPECT_EQ(build(m, Phase::decode, 3, 7, 100).macs(), 3 * (m.linear_weights() + attention)) << p.name;
    EXPECT_EQ(build(m, Phase::prefill, 2, 100, 7).macs(), 200 * (m.linear_weights() + attention)) << p.name;
  }
}

TEST(Llm, OperatorsOfALayerInOrder) {
  const auto names = [](const Network& network, size_t segment) {
    std::string all;
    for (const Op& op : network.segments.at(segment).ops) all += op.name + " ";
    return all;
  };
  const Network llama = build(model("llama-3-8b"), Phase::decode);
  ASSERT_EQ(llama.segments.size(), 2U);
  EXPECT_EQ(llama.segments[0].name, "layers");
  EXPECT_EQ(llama.segments[0].repeat, 32);
  EXPECT_EQ(llama.segments[1].name, "head");
  EXPECT_EQ(names(llama, 0),
            "input_norm q_proj k_proj v_proj q_rope k_rope k_append v_append qk softmax av o_proj "
            "attention_residual_add mlp_norm gate_proj up_proj mlp_activation down_proj mlp_residual_add ");
  EXPECT_EQ(names(llama, 1), "final_norm lm_head ");
  EXPECT_EQ(names(build(model("opt-1.3b"), Phase::prefill), 0),
            "input_norm q_proj k_proj v_proj k_append v_append qk softmax av o_proj attention_residual_add "
            "mlp_norm "
            "fc1 mlp_activation fc2 mlp_residual_add ");
  EXPECT_EQ(names(build(model("phi-2"), Phase::prefill), 0),
            "input_norm q_proj k_proj v_proj q_rope k_rope k_append v_append qk softmax av o_proj fc1 "
            "mlp_activation "
            "fc2 parallel_add residual_add ");
  const Network projected = build(
      model("opt-1.3b", {{"word_embed_proj_dim", "512"}, {"do_layer_norm_before", "false"}}), Phase::decode);
  ASSERT_EQ(projected.segments.size(), 3U);
  EXPECT_EQ(names(projected, 0), "project_in ");
  EXPECT_EQ(
      names(projected, 1),
      "q_proj k_proj v_proj k_append v_append qk softmax av o_proj attention_residual_add attention_norm "
      "fc1 mlp_activation fc2 mlp_residual_add mlp_norm ");
  EXPECT_EQ(names(projected, 2), "project_out lm_head ");
  EXPECT_EQ(find(projected, "lm_head").k, 512);
}

TEST(Llm, AttentionShapesFollowTheHeads) {
  struct Case {
    std::string kv;
    int64_t batch, m_outer;
  };
  for (const Case& c : {Case{"32", 32, 1}, Case{"8", 8, 4}, Case{"1", 1, 32}}) {  // MHA, GQA, MQA
    const LlmModel m = model("llama-3-8b", {{"num_key_value_heads", c.kv}});
    const Network network = build(m, Phase::decode, 2, 1, 300);
    const Op& qk = find(network, "qk");
    EXPECT_EQ(qk.batch, 2 * c.batch);
    EXPECT_EQ(qk.m_outer, c.m_outer);
    EXPECT_EQ(qk.m, 1);
    EXPECT_EQ(qk.n, 300);
    EXPECT_EQ(qk.k, 128);
    const Tensor& keys = tensor(network, qk.weight);
    EXPECT_EQ(keys.kind, TensorKind::kv_cache);
    EXPECT_EQ(keys.rows, 300);
    EXPECT_EQ(keys.cols, 128);
    EXPECT_EQ(keys.blocks, 2 * c.batch);
    const Op& av = find(network, "av");
    EXPECT_EQ(av.n, 128);
    EXPECT_EQ(av.k, 300);
    EXPECT_EQ(find(network, "k_proj").n, 128 * c.batch);
    EXPECT_EQ(find(network, "softmax").rows, 2 * 32);
    EXPECT_FLOAT_EQ(find(network, "softmax").scalar, 0.08838834764F);  // 1/sqrt(128)
  }
}

// Every element a view reaches, each at most once.
std::set<int64_t> reach(const View& view, int64_t batch, int64_t outer, int64_t rows, int64_t cols) {
  std::set<int64_t> seen;
  for (int64_t b = 0; b < batch; ++b) {
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t i = 0; i < rows; ++i) {
        for (int64_t c = 0; c < cols; ++c) {
          const int64_t at = view.offset + b * view.batch_stride + o * view.outer_stride +
                             i * view.row_stride + c * view.col_stride;
          EXPECT_TRUE(seen.insert(at).second);
        }
      }
    }
  }
  return seen;
}

TEST(Llm, ViewsCoverTheirTensorsExactlyOnce) {
  for (const Phase phase : {Phase::prefill, Phase::decode}) {
    const LlmModel m = model("llama-3-8b", {{"num_hidden_layers", "1"},
                                            {"hidden_size", "24"},
                                            {"vocab_size", "5"},
                                            {"num_attention_heads", "6"},
                                            {"num_key_value_heads", "3"},
                                            {"intermediate_size", "7"}});
    const int64_t tokens = phase == Phase::prefill ? 5 : 1;
    const Network network = build(m, phase, 2, 5, 5);
    const auto whole = [&](const View& view, int64_t b, int64_t o, int64_t r, int64_t c,
                           const std::string& name) {
      const auto seen = reach(view, b, o, r, c);
      const Tensor& t = tensor(network, view.tensor);
      EXPECT_EQ(static_cast<int64_t>(seen.size()), t.rows * t.cols * t.blocks) << name;
      EXPECT_EQ(*seen.begin(), 0) << name;
      EXPECT_EQ(*seen.rbegin(), t.rows * t.cols * t.blocks - 1) << name;
    };
    for (const Segment& segment : network.segments) {
      for (const Op& op : segment.ops) {
        if (op.kind == OpKind::gemm) {
          whole(op.act, op.batch, op.m_outer, op.m, op.k, op.name);
          whole(op.out, op.batch, op.m_outer, op.m, op.n, op.name);
        } else {
          EXPECT_EQ(op.batch, 1) << op.name;
          whole(op.src0, 1, op.m_outer, op.rows, op.cols, op.name);
          if (tensor(network, op.dst.tensor).kind != TensorKind::kv_cache) {
            whole(op.dst, 1, op.m_outer, op.rows, op.cols, op.name);
            continue;
          }
          // A cache gains the newest tokens: the last rows of the keys, the last columns of the values.
          const Tensor& cache = tensor(network, op.dst.tensor);
          const int64_t context = 5;
          std::set<int64_t> want;
          for (int64_t block = 0; block < cache.blocks; ++block) {
            for (int64_t token = context - tokens; token < context; ++token) {
              for (int64_t e = 0; e < m.head_dim; ++e) {
                const int64_t inside = op.name == "k_append" ? token * m.head_dim + e : e * context + token;
                want.insert(block * context * m.head_dim + inside);
              }
            }
          }
          EXPECT_EQ(reach(op.dst, 1, op.m_outer, op.rows, op.cols), want) << op.name;
        }
      }
    }
  }
}

// Element (sequence, head, token) of the queries sits in row token*batch + sequence, columns of the head.
TEST(Llm, QueriesOfASequenceMeetItsOwnCache) {
  const LlmModel m = model("llama-3-8b");
  const Network network = build(m, Phase::prefill, 2, 3);
  const Op& qk = find(network, "qk");
  for (int64_t sequence = 0; sequence < 2; ++sequence) {
    for (int64_t head = 0; head < 32; ++head) {
      for (int64_t token = 0; token < 3; ++token) {
        const int64_t kv = head / 4;
        const int64_t at = qk.act.offset + (sequence * 8 + kv) * qk.act.batch_stride +
                           (head % 4) * qk.act.outer_stride + token * qk.act.row_stride;
        EXPECT_EQ(at, (token * 2 + sequence) * 4096 + head * 128);
      }
    }
  }
}

TEST(Llm, PartialRotaryTouchesTheStartOfEachHead) {
  const Op rope = find(build(model("phi-2"), Phase::prefill), "k_rope");
  EXPECT_EQ(rope.m_outer, 32);
  EXPECT_EQ(rope.rows, 256);
  EXPECT_EQ(rope.cols, 32);  // 0.4 of 80
  EXPECT_EQ(rope.src0.outer_stride, 80);
  EXPECT_EQ(rope.src0.row_stride, 2560);
}

TEST(Llm, FormatsReachTheirTensors) {
  const LlmModel m = model("llama-2-7b", {{"formats.lm_head", "int6_s8_g128"}});
  const Network network = build(m, Phase::decode, 1, 256, 256, {"bitmod4_g128", "int8_s8_g128"});
  EXPECT_EQ(tensor(network, find(network, "q_proj").weight).format, "bitmod4_g128");
  EXPECT_EQ(tensor(network, find(network, "down_proj").weight).format, "bitmod4_g128");
  EXPECT_EQ(tensor(network, find(network, "lm_head").weight).format, "int6_s8_g128");
  EXPECT_EQ(tensor(network, find(network, "qk").weight).format, "int8_s8_g128");
  EXPECT_EQ(find(network, "k_append").vector_kind, VectorKind::quantize);
  EXPECT_EQ(tensor(network, find(network, "input_norm").src1.tensor).format, "fp16");
  EXPECT_EQ(find(build(m, Phase::decode), "k_append").vector_kind, VectorKind::copy);
}

/// The formats of a linear layer in each repeated layer, from the segments.
std::vector<std::string> formats_by_layer(const Network& network, const std::string& name) {
  std::vector<std::string> found;
  for (const Segment& segment : network.segments) {
    for (const Op& op : segment.ops) {
      if (op.name != segment.prefix + name) continue;
      EXPECT_EQ(static_cast<size_t>(segment.first), found.size());
      found.insert(found.end(), static_cast<size_t>(segment.repeat), tensor(network, op.weight).format);
    }
  }
  return found;
}

// The layer's name, its class, the name for all layers, the class for all layers, the accelerator.
TEST(Llm, FormatsOfSingleLayersComeFirst) {
  using Texts = std::vector<std::string>;
  LlmModel m = model("llama-2-7b", {{"num_hidden_layers", "6"},
                                    {"formats.mlp", "int3_g128"},
                                    {"formats.up_proj", "int4_g128"},
                                    {"formats.layers.1-2.mlp", "int5_g128"},
                                    {"formats.layers.4.mlp", "int5_g128"},
                                    {"formats.layers.4.up_proj", "int6_g128"},
                                    {"formats.layers.4.kv_cache", "int7_g128"},
                                    {"formats.layers.5.down_proj", "int3_g128"}});
  const Network network = build(m, Phase::decode, 1, 256, 256, {"int8_g128", "fp16"});
  const std::string a = "int3_g128", b = "int4_g128", c = "int5_g128", d = "int6_g128";
  EXPECT_EQ(formats_by_layer(network, "down_proj"), (Texts{a, c, c, a, c, a}));
  EXPECT_EQ(formats_by_layer(network, "up_proj"), (Texts{b, c, c, b, d, b}));
  EXPECT_EQ(formats_by_layer(network, "q_proj"), Texts(6, "int8_g128"));
  EXPECT_EQ(formats_by_layer(network, "qk"), (Texts{"fp16", "fp16", "fp16", "fp16", "int7_g128", "fp16"}));
  Texts segments, prefixes;
  for (const Segment& segment : network.segments) {
    segments.push_back(segment.name);
    prefixes.push_back(segment.prefix);
  }
  // Layer 5 says what holds anyway, which makes no difference; but layer 4 is between it and layer 3.
  EXPECT_EQ(segments, (Texts{"layers", "layers", "layers", "layers", "layers", "head"}));
  EXPECT_EQ(prefixes, (Texts{"layers.0.", "layers.1-2.", "layers.3.", "layers.4.", "layers.5.", ""}));
  EXPECT_EQ(find(network, "layers.1-2.q_proj").out.tensor, find(network, "layers.4.q_proj").out.tensor);
  EXPECT_NE(find(network, "layers.1-2.qk").weight, find(network, "layers.4.qk").weight);
  EXPECT_EQ(network.macs(), build(model("llama-2-7b", {{"num_hidden_layers", "6"}}), Phase::decode).macs());
}

TEST(Llm, CachesOfSingleLayersDiffer) {
  const LlmModel m = model("llama-2-7b", {{"formats.layers.1.kv_cache", "int7_g128"}});
  const Network network = build(m, Phase::decode, 1, 256, 256, {"int8_g128", "fp16"});
  ASSERT_EQ(network.segments.size(), 4U);
  for (const char* name : {"qk", "av"}) {
    std::vector<std::string> due(32, "fp16");
    due[1] = "int7_g128";
    EXPECT_EQ(formats_by_layer(network, name), due);
  }
}

// Formats that turn out the same for all layers leave the network as it was.
TEST(Llm, EqualLayersAreOneSegment) {
  const LlmFormats formats{"int8_g128", "int8_s8_g128", {formats::ActivationFormat::int8, true}};
  for (const auto& [one, other] : std::vector<std::pair<Overrides, Overrides>>{
           {{{"formats.mlp", "int4_g128"}}, {{"formats.layers.0-31.mlp", "int4_g128"}}},
           {{}, {{"formats.layers.3.mlp", "int8_g128"}, {"formats.layers.7-9.kv_cache", "int8_s8_g128"}}},
           {{{"formats.mlp", "int4_g128"}},
            {{"formats.layers.0-30.mlp", "int4_g128"},
             {"formats.layers.31.gate_proj", "int4_g128"},
             {"formats.layers.31.up_proj", "int4_g128"},
             {"formats.layers.31.down_proj", "int4_g128"}}}}) {
    const Network a = build(model("llama-2-7b", one), Phase::decode, 1, 256, 256, formats);
    const Network b = build(model("llama-2-7b", other), Phase::decode, 1, 256, 256, formats);
    ASSERT_EQ(a.segments.size(), b.segments.size());
    for (size_t s = 0; s < a.segments.size(); ++s) {
      EXPECT_EQ(a.segments[s].repeat, b.segments[s].repeat);
      EXPECT_EQ(b.segments[s].prefix, "");
      ASSERT_EQ(a.segments[s].ops.size(), b.segments[s].ops.size());
      for (size_t i = 0; i < a.segments[s].ops.size(); ++i) {
        EXPECT_EQ(a.segments[s].ops[i].name, b.segments[s].ops[i].name);
        EXPECT_EQ(a.segments[s].ops[i].weight, b.segments[s].ops[i].weight);
      }
    }
    ASSERT_EQ(a.tensors.size(), b.tensors.size());
    for (size_t t = 0; t < a.tensors.size(); ++t) {
      EXPECT_EQ(a.tensors[t].name, b.tensors[t].name);
      EXPECT_EQ(a.tensors[t].format, b.tensors[t].format);
    }
  }
}

TEST(Llm, NamesAreUniqueAndIndicesValid) {
  for (const Published& p : published()) {
    Overrides overrides;
    if (p.layers == 40)
      overrides = {{"formats.layers.1.mlp", "int4_g128"}, {"formats.layers.3-7.o_proj", "fp16"}};
    LlmFormats formats{"int8_g128", "fp16", {formats::ActivationFormat::int8, true}};
    const Network network = build(model(p.name, overrides), Phase::prefill, 1, 256, 256, formats);
    std::set<std::string> ops;
    std::set<std::string> tensors;
    for (const Tensor& t : network.tensors) {
      EXPECT_TRUE(tensors.insert(t.name).second) << t.name;
      EXPECT_GT(t.rows * t.cols * t.blocks, 0) << t.name;
    }
    for (const Segment& segment : network.segments) {
      for (const Op& op : segment.ops) {
        EXPECT_TRUE(ops.insert(op.name).second) << op.name;
        EXPECT_FALSE(op.layer_class.empty());
      }
    }
  }
}

TEST(Llm, OptionsOutOfRange) {
  const LlmModel m = model("llama-2-7b");
  EXPECT_THROW((void)build(m, Phase::decode, 0), InputError);
  EXPECT_THROW((void)build(m, Phase::prefill, 1, 0), InputError);
  EXPECT_THROW((void)build(m, Phase::decode, 1, 1, -1), InputError);
  EXPECT_THROW((void)build(m, Phase::prefill, 1 << 16, 1 << 20), InputError);  // 2e20 MACs
  LlmModel windowed = model("llama-2-7b", {{"sliding_window", "256"}});
  EXPECT_NO_THROW((void)build(windowed, Phase::decode, 1, 1, 256));
  EXPECT_THROW((void)build(windowed, Phase::decode, 1, 1, 257), InputError);
}

}  // namespace
}  // namespace vernier::workloads
