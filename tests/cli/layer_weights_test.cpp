// SPDX-License-Identifier: Apache-2.0
// Weights from files where repeated layers have formats of their own.
#include "tests/cli/weights.h"

namespace vernier::cli::testing {
namespace {

using LayerWeights = Weights;

// A segment of repetitions 0..1 and one of 2..4, as layers of two formats are: indices count through both.
TEST_F(LayerWeights, repetitions_of_several_segments) {
  workloads::Network net = network();
  net.segments[0].name = net.segments[1].name = "layers";
  net.segments[0].repeat = 2;
  net.segments[0].prefix = "layers.0-1.";
  net.segments[1].repeat = 3;
  net.segments[1].first = 2;
  net.segments[1].prefix = "layers.2-4.";
  workloads::Op& other = net.segments[1].ops[0];
  other = net.segments[0].ops[0];
  net.tensors.push_back(net.tensors[static_cast<size_t>(other.weight)]);
  other.weight = static_cast<int>(net.tensors.size()) - 1;
  for (workloads::Segment& segment : net.segments) segment.ops[0].name = segment.prefix + "q_proj";
  const mapper::MappedProgram mapped = mapper::map_network(net, accelerator().machine);
  const std::vector<float> weights = integer_weights();
  const std::vector<uint8_t> random = image(net, {});
  const auto covered = [&](const std::string& name) {
    const std::vector<uint8_t> with_file = image(net, {quantized(name, weights, kK)});
    std::string found;
    for (const auto& [op, repeat] : {std::pair(0, 2), std::pair(1, 3)}) {
      for (int repetition = 0; repetition < repeat; ++repetition) {
        const std::vector<uint16_t> codes = codes_in(with_file, mapped.map, repetition, op);
        if (codes == codes_in(random, mapped.map, repetition, op)) {
          found += "r";
        } else {
          EXPECT_EQ(codes, codes_of(weights));
          found += "f";
        }
      }
    }
    return found;
  };
  EXPECT_EQ(covered("layers.0.q_proj"), "frrrr");
  EXPECT_EQ(covered("layers.1.q_proj"), "rfrrr");
  EXPECT_EQ(covered("model.layers.2.self_attn.q_proj.weight"), "rrfrr");
  EXPECT_EQ(covered("layers.4.q_proj"), "rrrrf");
  EXPECT_EQ(covered("q_proj"), "fffff");
  EXPECT_EQ(covered("layers.2-4.q_proj"), "rrfff");
  for (const char* name : {"layers.5.q_proj", "layers.0-2.q_proj"})
    EXPECT_THROW((void)image(net, {quantized(name, weights, kK)}), InputError) << name;
}

constexpr const char* kLayers =
    "{name: tiny, model_type: llama, num_hidden_layers: 3, hidden_size: 32, num_attention_heads: 2, "
    "intermediate_size: 32, vocab_size: 32, formats: {layers: {1-2: {q_proj: "
    "int4_g32}}}}";

TEST_F(LayerWeights, layers_with_formats_of_their_own) {
  write_file(folder_ / "model.yaml", kLayers);
  const std::vector<float> values(32 * 32, 1.0F);
  const auto run = [&](const std::vector<std::string>& files) {
    std::vector<std::string> arguments = run_with(files);
    arguments[2] = "model.yaml";
    arguments.insert(arguments.end(), {"--context", "8"});
    return arguments;
  };
  const std::string own = quantized("layers.2.q_proj", values, 32, "int4_g32");
  const std::string first = quantized("layers.0.self_attn.q_proj", values, 32);
  const std::string all = quantized("k_proj", values, 32);
  const std::string said = expect_done(run({own, first, all})).out;
  EXPECT_NE(said.find("weights: layers.2.q_proj from layers.2.q_proj.int4_g32.vqt, "
                      "layers.0.q_proj from layers.0.self_attn.q_proj.int4_g16.vqt, k_proj from "
                      "k_proj.int4_g16.vqt; random: q_proj (1 of 3 repetitions), v_proj, o_proj"),
            std::string::npos)
      << said;
  const std::string wrong = quantized("q_proj", values, 32);
  expect_refused(run({wrong}),
                 "error[QNT033]: " + wrong +
                     ": tensor 'q_proj': found format int4_g16, expected int4_g32 in layers 1-2\n"
                     "  help: quantize it with --format int4_g32, name it layers.I.q_proj, or set "
                     "formats.layers.1-2.q_proj\n");
}

}  // namespace
}  // namespace vernier::cli::testing
