// SPDX-License-Identifier: Apache-2.0
// Formats and axes of keys and values: what a decode step consists of, and what is refused.
#include <gtest/gtest.h>

#include "base/error.h"
#include "models/formats/group_format.h"
#include "tests/workloads/find_op.h"
#include "workloads/workload.h"

namespace vernier::workloads {
namespace {

constexpr const char* kModel =
    "{name: tiny, model_type: llama, num_hidden_layers: 2, hidden_size: 64, num_attention_heads: 8, "
    "num_key_value_heads: 2, head_dim: 8, intermediate_size: 8, vocab_size: 4}";

LlmFormats kivi(const std::string& format) {
  LlmFormats formats(format, format);
  formats.key.axis = CacheAxis::channel;
  formats.value.axis = CacheAxis::token;
  return formats;
}

Network build(const LlmFormats& formats, int64_t context = 12, Phase phase = Phase::decode) {
  return build_network(parse_workload(kModel, "tiny.yaml"), {phase, context, context, 3}, formats);
}

TEST(KvCache, KeysAndValuesHaveFormatsOfTheirOwn) {
  LlmFormats formats("fp16", "int8_g4");
  formats.value.format = "int4_g2";
  const Network network = build(formats);
  EXPECT_EQ(network.tensors[static_cast<size_t>(find(network, "qk").weight)].format, "int8_g4");
  EXPECT_EQ(network.tensors[static_cast<size_t>(find(network, "av").weight)].format, "int4_g2");
  EXPECT_EQ(find(network, "qk").parts, 1);
}

TEST(KvCache, ScalesAlongTheDotProductMakeParts) {
  const Network network = build(kivi("int2_s8_g4"));
  const struct {
    const char* gemm;
    int64_t parts, k;
    const char* append;
  } cases[] = {{"qk", 12 / 4, 8, "fp16"}, {"av", 8 / 4, 12, "int2_g4"}};
  for (const auto& one : cases) {
    const Op& gemm = find(network, one.gemm);
    const Op& scale = find(network, std::string(one.gemm) + "_scale");
    const Tensor& cached = network.tensors[static_cast<size_t>(gemm.weight)];
    EXPECT_EQ(gemm.parts, one.parts);
    EXPECT_EQ(gemm.batch, 3 * 2 * one.parts);
    EXPECT_EQ(gemm.n, 4);
    EXPECT_EQ(gemm.k, one.k);
    EXPECT_EQ(gemm.macs(), 3LL * 8 * 12 * 8);  // sequences, heads, tokens, channels
    EXPECT_EQ(cached.format, "int2_s8_unit_g4");
    EXPECT_EQ(cached.append_format, one.append);
    const Tensor& scales = network.tensors[static_cast<size_t>(cached.scales)];
    EXPECT_EQ(scales.rows * scales.cols * scales.blocks, 3 * 2 * one.parts * one.k);
    EXPECT_EQ(scale.src0.tensor, cached.scales);
    EXPECT_EQ(scale.dst.tensor, gemm.act.tensor);
  }
  EXPECT_EQ(find(network, "k_append").vector_kind, VectorKind::copy);
  EXPECT_EQ(find(network, "v_append").vector_kind, VectorKind::quantize);
}

TEST(KvCache, Fp16HasNoScales) { EXPECT_EQ(find(build(kivi("fp16")), "qk").parts, 1); }

std::string refusal(const LlmFormats& formats, int64_t context = 12, Phase phase = Phase::decode) {
  try {
    (void)build(formats, context, phase);
  } catch (const InputError& error) {
    return error.diagnostics().front().code + " " + error.diagnostics().front().message;
  }
  return "accepted";
}

TEST(KvCache, WhatCannotBeScaledIsRefused_bad) {
  for (const char* format :
       {"int4_asym_g4", "bitmod4_g4", "ant4_g4", "olive4_g4", "int8_ch", "int4_dgq_g4", "lut1_g4"}) {
    EXPECT_EQ(
        refusal(kivi(format)),
        std::string("WKL008 formats.key_axis: channel needs groups with one scale and no zero point, not ") +
            format);
  }
  EXPECT_EQ(refusal(kivi("int2_g4"), 14),
            "WKL010 formats.key_axis: channel with int2_g4: --context of 14 is not "
            "whole groups of 4");
  LlmFormats values("fp16", "int2_g3");
  values.value.axis = CacheAxis::token;
  EXPECT_EQ(refusal(values),
            "WKL010 formats.value_axis: token with int2_g3: head_dim of 8 is not whole groups of 3");
  EXPECT_EQ(refusal(kivi("int2_g4"), 12, Phase::prefill),
            "WKL008 formats.key_axis: channel is modelled in decode only");
  LlmFormats int8 = kivi("int2_g4");
  int8.activations.format = formats::ActivationFormat::int8;
  EXPECT_EQ(refusal(int8),
            "WKL008 formats.key_axis: channel multiplies activations by scales, for which int8 has no range");
}

TEST(KvCache, CodesAloneTakeNoBitsForScales) {
  for (const char* name : {"int2_unit_g32", "int2_s8_unit_g32", "lut2_unit_g32"}) {
    const formats::GroupFormat format = formats::group_format(name);
    EXPECT_EQ(format.bits_per_weight(100), 2) << name;
    const float values[] = {-1, 0, 1, 0.4F, 7, -3, 0.6F, -0.5F};
    const formats::QuantizedMatrix matrix = formats::quantize(values, 1, 8, format);
    const double expected[] = {-1, 0, 1, 0, 1, -1, 1, -1};
    for (int64_t i = 0; i < 8; ++i) EXPECT_EQ(matrix.value(0, i), expected[i]) << name << " " << i;
  }
  for (const char* name :
       {"int4_asym_unit_g32", "lut1_unit_g32", "int4_dgq_unit_g32", "int4_unit", "int4_ch_unit"})
    EXPECT_THROW((void)formats::group_format(name), InputError) << name;
}

}  // namespace
}  // namespace vernier::workloads
