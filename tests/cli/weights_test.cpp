// SPDX-License-Identifier: Apache-2.0
// Real weights, all the way: a .npy of this test, `vernier quantize`, the file in a run with values.
#include "tests/cli/weights.h"

namespace vernier::cli::testing {
namespace {

std::vector<double> product(const std::vector<int>& activations, const std::vector<float>& weights) {
  std::vector<double> values;
  for (size_t m = 0; m < kM; ++m) {
    for (size_t n = 0; n < kN; ++n) {
      int sum = 0;
      for (size_t k = 0; k < kK; ++k) sum += activations[m * kK + k] * static_cast<int>(weights[n * kK + k]);
      EXPECT_LE(std::abs(sum), 2048) << "not exact in fp16";
      values.push_back(sum);
    }
  }
  return values;
}

TEST_F(Weights, results_are_those_of_the_file_and_follow_each_weight) {
  std::mt19937 random(9);
  std::vector<int> activations;
  for (int i = 0; i < kM * kK; ++i) activations.push_back(static_cast<int>(random() % 7) - 3);
  activations[2 * kK + 21] = 3;  // so that row 2 sees the change
  std::vector<float> weights = integer_weights();
  const std::vector<double> before = results(activations, quantized("q_proj", weights, kK));
  EXPECT_EQ(before, product(activations, weights));

  const size_t n = 6, k = 21;
  ASSERT_NE(weights[n * kK + k], 7);
  weights[n * kK + k] += weights[n * kK + k] < 6.0F ? 1.0F : -1.0F;
  std::filesystem::remove_all(folder_ / "packed_q_proj");
  const std::vector<double> after = results(activations, quantized("q_proj", weights, kK));
  EXPECT_EQ(after, product(activations, weights));
  EXPECT_NE(after[2 * kN + n], before[2 * kN + n]);
}

TEST_F(Weights, run_says_what_came_from_where) {
  const std::string file = quantized("q_proj", integer_weights(), kK);
  const Outcome outcome = expect_done(run_with({file}));
  EXPECT_NE(outcome.out.find("values: seed 1, every byte of DRAM equals the golden functional model."),
            std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("weights: q_proj from q_proj.int4_g16.vqt; random: other."), std::string::npos)
      << outcome.out;
  std::vector<std::string> arguments = run_with({file});
  arguments.emplace_back("--json");
  EXPECT_NE(expect_done(arguments).out.find("--values --seed 1 --weights q_proj.int4_g16.vqt\""),
            std::string::npos);
}

#if VERNIER_HAS_RTL
// The RTL computes with the file: on two arrays of rtl/arrays.txt, one of each dataflow.
TEST_F(Weights, reach_the_rtl) {
  struct Case {
    const char* format;
    const char* rows;  // of the array
    const char* cols;
    const char* delivery;
    const char* dataflow;
  };
  for (const Case& c : {Case{"int4_g16", "2", "2", "broadcast", "output_stationary"},
                        Case{"fp16", "4", "3", "systolic", "weight_stationary"}}) {
    const std::string file = quantized("q_proj", integer_weights(), kK, c.format);
    std::vector<std::string> arguments = {"run", "tiny.yaml", "gemm.yaml", "--fidelity",
                                          "rtl", "--values",  "--weights", file};
    for (const auto& [key, value] :
         {std::pair("array.rows", c.rows), std::pair("array.cols", c.cols),
          std::pair("array.delivery", c.delivery), std::pair("array.dataflow", c.dataflow),
          std::pair("formats.weight", c.format)}) {
      arguments.insert(arguments.end(), {"--set", fmt::format("{}={}", key, value)});
    }
    const Outcome outcome = expect_done(arguments);
    for (const std::string& part :
         {std::string("values: seed 1, every byte of DRAM equals the golden functional model."),
          fmt::format("weights: q_proj from q_proj.{}.vqt; random: other.", c.format)}) {
      EXPECT_NE(outcome.out.find(part), std::string::npos) << outcome.out;
    }
  }
}
#endif

TEST_F(Weights, other_groups_than_int4) {
  write_file(folder_ / "tiny.yaml", kTinyAccelerator);  // bitmod4_g128
  const std::string file = quantized("q_proj", integer_weights(), kK, "bitmod4_g128", "4");
  expect_done(run_with({file}));
}

TEST_F(Weights, one_repetition_or_all_of_them) {
  workloads::Network net = network();
  net.segments[0].name = "layers";
  net.segments[0].repeat = 3;
  const mapper::MappedProgram mapped = mapper::map_network(net, accelerator().machine);
  const auto& last = mapped.map.regions[static_cast<size_t>(mapped.map.op_region(0))].blocks.back();
  ASSERT_GT(last.n0, 0);
  ASSERT_GT(last.k0, 0);
  const std::vector<float> weights = integer_weights();
  const std::vector<uint16_t> expected = codes_of(weights);
  const std::vector<uint8_t> random = image(net, {});

  for (const char* name : {"layers.1.q_proj", "model.layers.1.self_attn.q_proj.weight",
                           "model.layers.1.mlp.q_proj", "layers.1.q_proj.weight"}) {
    const std::vector<uint8_t> with_file = image(net, {quantized(name, weights, kK)});
    for (const int64_t repetition : {0, 1, 2}) {
      const std::vector<uint16_t> found = codes_in(with_file, mapped.map, repetition);
      EXPECT_EQ(found, repetition == 1 ? expected : codes_in(random, mapped.map, repetition)) << name;
    }
    // Nothing else changes: what is random does not depend on the file.
    const mapper::Region& region = mapped.map.regions[static_cast<size_t>(mapped.map.op_region(0))];
    for (size_t i = 0; i < random.size(); ++i) {
      if (i >= region.address && i < region.address + region.bytes) continue;
      ASSERT_EQ(with_file[i], random[i]) << i;
    }
  }
  for (const char* name : {"q_proj", "q_proj.weight", "self_attn.q_proj"}) {
    const std::vector<uint8_t> with_file = image(net, {quantized(name, weights, kK)});
    for (const int64_t repetition : {0, 1, 2}) {
      EXPECT_EQ(codes_in(with_file, mapped.map, repetition), expected) << name;
    }
  }
  const std::vector<float> zeros(weights.size());
  const std::vector<uint8_t> two = image(
      net, {quantized("layers.2.q_proj", zeros, kK), "packed_layers.1.q_proj/layers.1.q_proj.int4_g16.vqt"});
  EXPECT_EQ(codes_in(two, mapped.map, 0), codes_in(random, mapped.map, 0));
  EXPECT_EQ(codes_in(two, mapped.map, 1), expected);
  EXPECT_EQ(codes_in(two, mapped.map, 2), std::vector<uint16_t>(zeros.size()));
}

TEST_F(Weights, needs_values_bad) {
  const std::string message =
      "error[CLI013]: --weights: only runs that compute values read weights\n"
      "  help: add --values and --fidelity systemc or rtl\n";
  expect_refused({"run", "tiny.yaml", "gemm.yaml", "--weights", "none.vqt"}, message);
  expect_refused({"run", "tiny.yaml", "gemm.yaml", "--values", "--weights", "none.vqt"}, message);
  expect_refused({"run", "tiny.yaml", "gemm.yaml", "--fidelity", "rtl", "--weights", "none.vqt"}, message);
}

TEST_F(Weights, no_quantized_tensor_bad) {
  expect_refused(run_with({"gemm.yaml"}),
                 "error[QNT020]: gemm.yaml: quantized tensor, offset 0: does not begin with VERNIERQ: not a "
                 "quantized tensor\n");
  expect_refused(run_with({"none.vqt"}), "error[QNT001]: none.vqt: there is no such file\n");
}

TEST_F(Weights, unknown_name_bad) {
  const std::vector<float> values = integer_weights();
  const std::string near = quantized("layers.3.q_prj", values, kK);
  expect_refused(run_with({near}), "error[QNT030]: " + near +
                                       ": tensor 'layers.3.q_prj': no weight matrix of the network has this "
                                       "name\n  help: allowed: q_proj, other\n");
  const std::string far = quantized("q_prj", values, kK);
  expect_refused(run_with({far}), "error[QNT030]: " + far +
                                      ": tensor 'q_prj': no weight matrix of the network has this name\n"
                                      "  help: did you mean 'q_proj'?\n");
}

TEST_F(Weights, disagreement_bad) {
  const std::vector<float> values = integer_weights();
  const std::string transposed = quantized("q_proj", values, kN);
  expect_refused(
      run_with({transposed}),
      "error[QNT032]: " + transposed +
          ": tensor 'q_proj': found 136 x 10, expected 10 x 136 (output channels x input channels)\n"
          "  help: transpose it before it is quantized\n");
  const std::string group = quantized("other", {values.begin(), values.begin() + 5 * kK}, kK, "int4_g8");
  expect_refused(run_with({group}),
                 "error[QNT033]: " + group + ": tensor 'other': found format int4_g8, expected int4_g16\n" +
                     "  help: quantize it with --format int4_g16, or set formats.weight\n");
  const std::string element = quantized("q_proj.weight", values, kK, "fp8_e4m3");
  expect_refused(run_with({element}),
                 "error[QNT033]: " + element +
                     ": tensor 'q_proj.weight': found format fp8_e4m3, expected int4_g16\n" +
                     "  help: quantize it with --format int4_g16, or set formats.weight\n");
  const std::string lanes = quantized("self_attn.q_proj", values, kK, "int4_g16", "2");
  expect_refused(run_with({lanes}),
                 "error[QNT034]: " + lanes +
                     ": tensor 'self_attn.q_proj': found packed for 2 lanes, expected array.lanes = 1\n" +
                     "  help: quantize it with --rows 4 --lanes 1\n");
}

TEST_F(Weights, repetition_bad) {
  const std::vector<float> values = integer_weights();
  const std::vector<float> five(values.begin(), values.begin() + 5 * kK);
  const std::string beyond = quantized("other.2.other", five, kK);
  const std::string one = quantized("other.1.other", five, kK);
  const std::string all = quantized("other", five, kK);
  // Every finding of all files at once.
  expect_refused(run_with({beyond, one, all}),
                 "error[QNT031]: " + beyond +
                     ": tensor 'other.2.other': found repetition 2 of 'other', expected one of 0..1\n" +
                     "error[QNT035]: " + all + ": tensor 'other': 'other.1.other' of '" + one +
                     "' has these weights already\n" + "  help: give each weight matrix once\n");
}

}  // namespace
}  // namespace vernier::cli::testing
