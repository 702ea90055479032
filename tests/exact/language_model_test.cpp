// SPDX-License-Identifier: Apache-2.0
// Logits of tiny language models of every family, both phases, against the published layers written down in
// double precision: heads, sequences, rotary embeddings, caches and repetitions are where they belong.
#include "tests/exact/language_model.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/pe/registry.h"
#include "tests/exact/sweep.h"
#include "workloads/workload.h"

namespace vernier::exact {
namespace {

using formats::ActivationFormat;

constexpr int64_t kUsualLayers = 2;

/// `formats`: of weights, caches and activations. `tolerance`: root mean square of errors, relative to
/// logits.
void check(const Model& model, const machine::ArrayParams& array, const workloads::LlmFormats& formats,
           bool prefill, bool flash, double tolerance, int64_t layers = kUsualLayers) {
  SCOPED_TRACE(fmt::format("{} {}{}, {} {} x {}{}", model.name, prefill ? "prefill" : "decode",
                           flash ? " flash" : "", array.pe, formats.weight,
                           formats::name_of(formats.activations.format),
                           formats.activations.fused ? "" : ", separate"));
  constexpr int64_t kBatch = 2;
  const int64_t context = model.context;
  const std::string common =
      fmt::format("name: {}, num_hidden_layers: {}, hidden_size: {}, num_attention_heads: {}, vocab_size: {}",
                  model.name, layers, model.hidden, model.heads, model.vocab);
  workloads::LlmOptions options;
  options.phase = prefill ? workloads::Phase::prefill : workloads::Phase::decode;
  options.tokens = options.context = context;
  options.batch = kBatch;
  const workloads::Network network = workloads::build_network(
      workloads::parse_workload("{" + common + ", " + model.text + "}", "tiny.yaml"), options, formats);
  machine::Machine machine = machine_around(array);
  const mapper::MappedProgram mapped = map(network, machine, true, {flash});
  std::vector<uint8_t> image(mapped.map.bytes);
  const bool clocked = formats.weight == "fp16";  // the others would take long
  Parameters parameters;
  parameters.fill(mapped, network, image);
  const Images after = run_engines(mapped, machine, image, clocked);

  bool one_schedule = false;
  for (const mapper::OpExpectation& op : mapped.ops) one_schedule |= op.attention.has_value();
  const How how{formats.activations.format, one_schedule};
  const int64_t tokens = prefill ? context : 1;
  const workloads::View out = network.segments.back().ops.back().out;
  const Row& inputs = parameters.of(model.embed != model.hidden ? "embedding" : "hidden");
  Shape rows;
  rows.m = tokens * kBatch;  // token by token, sequences side by side
  double error = 0, size = 0;
  for (int64_t row = 0; row < rows.m; ++row) {
    const Row x(inputs.begin() + row * model.embed, inputs.begin() + (row + 1) * model.embed);
    const Token token(model, parameters, how, row / kBatch, row % kBatch);
    const Row due = token.logits(x, layers);
    for (int64_t n = 0; n < model.vocab; ++n) {
      const uint64_t at = address_of(mapped.map, {out.tensor, 0, 0, 0, model.vocab, 1}, rows, row, n);
      if (clocked) {
        EXPECT_EQ(half_at(after.functional, at), half_at(after.systemc, at)) << row << " " << n;
      }
      const double found = static_cast<double>(half_value(half_at(after.functional, at)));
      error += std::pow(found - due[static_cast<size_t>(n)], 2);
      size += std::pow(due[static_cast<size_t>(n)], 2);
    }
  }
  EXPECT_GT(size, 1);
  EXPECT_LT(std::sqrt(error / size), tolerance);
}

void check_phases(const Model& model, const machine::ArrayParams& array, const workloads::LlmFormats& formats,
                  double tolerance) {
  check(model, array, formats, false, false, tolerance);
  check(model, array, formats, true, false, tolerance);
  check(model, array, formats, true, true, tolerance);
}

TEST(LanguageModels, logits_are_those_of_the_published_layers) {
  const Model models[] = {
      {"llama", "llama", 12, 6, 2, 4, 5, 4, 12, 7, true,
       "model_type: llama, num_key_value_heads: 2, head_dim: 4, intermediate_size: 10"},
      {"opt", "opt", 12, 3, 3, 4, 5, 0, 12, 7, true, "model_type: opt, ffn_dim: 10"},
      {"opt_after", "opt", 12, 3, 3, 4, 5, 0, 6, 7, false,
       "model_type: opt, ffn_dim: 10, do_layer_norm_before: false, word_embed_proj_dim: 6"},
      {"phi", "phi", 12, 3, 1, 4, 5, 2, 12, 7, true,
       "model_type: phi, num_key_value_heads: 1, intermediate_size: 10, partial_rotary_factor: 0.5"},
  };
  for (const Model& model : models)
    check_phases(model, {"fp16_mac", 3, 4, 1, machine::Delivery::broadcast}, {}, 0.005);
}

/// What rounding activations may cost; a value in a wrong place costs about 1.
double tolerance_of(ActivationFormat format) {
  return format == ActivationFormat::fp16 || format == ActivationFormat::table_fp16 ? 0.005 : 0.15;
}

// Lengths are whole tables and pairs here.
TEST(LanguageModels, logits_on_every_pe_type_and_with_every_format_of_activations) {
  const Model models[] = {
      {"llama", "llama", 16, 4, 2, 8, 12, 8, 16, 8, true,
       "model_type: llama, num_key_value_heads: 2, head_dim: 8, intermediate_size: 24"},
      {"opt_after", "opt", 16, 2, 2, 8, 12, 0, 16, 8, false,
       "model_type: opt, ffn_dim: 24, do_layer_norm_before: false"},
      {"phi", "phi", 16, 2, 1, 8, 12, 4, 16, 8, true,
       "model_type: phi, num_key_value_heads: 1, intermediate_size: 24, partial_rotary_factor: 0.5"},
  };
  for (const pe::PeDescriptor* pe : pe::all()) {
    const machine::ArrayParams array = arrays_of(*pe).front();
    const std::vector<std::string> formats = formats_of(*pe, array, 8);
    const auto eight_bits = std::find_if(formats.begin(), formats.end(), [](const std::string& name) {
      const Spec spec = spec_of(name);
      return spec.bits == 8 && !spec.asymmetric && name.find("_unit") == std::string::npos;
    });
    ASSERT_NE(eight_bits, formats.end())
        << pe->name << " takes no weights of 8 bits: say here what it shall have";
    for (const ActivationFormat activations : pe->activations) {
      for (const Model& model : models) {
        for (const bool fused : {true, false}) {
          check_phases(model, array, {*eight_bits, *eight_bits, {activations, fused}},
                       tolerance_of(activations));
          if (HasFailure()) return;
        }
      }
    }
  }
}

// Four layers in three runs of formats: each has its own weights and caches, and hands on what it computed.
TEST(LanguageModels, logits_with_formats_of_single_layers) {
  const std::string formats =
      "formats: {down_proj: int8_g8, layers: {0: {q_proj: int8_g8, kv_cache: int8_g4}, "
      "1-2: {attention_proj: int4_asym_g8, kv_cache: int8_g8, down_proj: fp16}}}";
  const Model models[] = {
      {"llama", "llama", 16, 4, 2, 8, 12, 8, 16, 8, true,
       "model_type: llama, num_key_value_heads: 2, head_dim: 8, intermediate_size: 24, " + formats},
      {"opt_after", "opt", 16, 2, 2, 8, 12, 0, 16, 8, false,
       "model_type: opt, ffn_dim: 24, do_layer_norm_before: false, formats: {layers: {2: {fc1: int8_g8}, "
       "3: {fc2: int4_g8, kv_cache: int8_g8}}}"},
  };
  for (const Model& model : models) {
    for (const bool fused : {true, false}) {
      for (const auto& [prefill, flash] : {std::pair(false, false), {true, false}, {true, true}})
        check(model, {"fp16_mac", 3, 4, 1, machine::Delivery::broadcast},
              {"fp16", "fp16", {ActivationFormat::fp16, fused}}, prefill, flash, 0.005, 4);
    }
  }
}

}  // namespace
}  // namespace vernier::exact
