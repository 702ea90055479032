// SPDX-License-Identifier: Apache-2.0
// The contract: same instruction, same cycle, same values, same events in every fidelity, on random machines
// and programs, on small language models and on layers of real size. docs/testing.md says how to repeat a
// failure: VERNIER_SEED (default 1) is the first seed, VERNIER_CASES the number of cases.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "tests/fidelity/compare.h"
#include "tests/fidelity/coverage.h"
#include "tests/fidelity/random_case.h"
#include "workloads/workload.h"
#if VERNIER_HAS_RTL
#include "sim/rtl_adaptor/rtl_pe_array.h"
#include "sim/rtl_adaptor/rtl_ws_array.h"
#endif

namespace vernier {
namespace {

/// Number of cases: VERNIER_CASES if given, else ten times as many in a long run (VERNIER_LONG=1).
uint64_t number_of_cases(uint64_t normal) {
  return fidelity::environment("VERNIER_CASES",
                               fidelity::environment("VERNIER_LONG", 0) != 0 ? 10 * normal : normal);
}

std::string reproduce(uint64_t seed, const char* test) {
  return fmt::format(
      "seed {0}; reproduce: VERNIER_SEED={0} VERNIER_CASES=1 build/release/bin/test_fidelity "
      "--gtest_filter=Fidelity.{1}",
      seed, test);
}

TEST(Fidelity, random_machines_and_programs) {
  constexpr uint64_t kCases = 300;
  const uint64_t first = fidelity::environment("VERNIER_SEED", 1);
  const uint64_t cases = number_of_cases(kCases);
  fidelity::Coverage coverage;
  for (uint64_t seed = first; seed < first + cases; ++seed) {
    const fidelity::RandomCase random_case = fidelity::random_case(seed);
    SCOPED_TRACE(reproduce(seed, "random_machines_and_programs") + "\n" + fidelity::describe(random_case));
    const mapper::MappedProgram mapped = mapper::map_network(random_case.network, random_case.machine);
    fidelity::check_all(mapped, random_case.machine, random_case.network, seed, false);
    if (HasFailure()) return;
    coverage.add(random_case, mapped);
  }
  if (cases < kCases) return;  // too few to reach every class
  fmt::print("{} cases, of each class:\n{}", cases, coverage.table());
  for (const std::string& name : coverage.missing()) ADD_FAILURE() << "no case of the class '" << name << "'";
}

/// A language model of one family, small enough for every engine, with values.
workloads::Network tiny_model(const std::string& family, workloads::Phase phase, bool bitmod) {
  const char* text = nullptr;
  if (family == "opt") {
    text =
        "{name: tiny, model_type: opt, num_hidden_layers: 2, hidden_size: 32, num_attention_heads: 4, "
        "ffn_dim: 44, vocab_size: 37, word_embed_proj_dim: 32, activation_function: relu, "
        "do_layer_norm_before: true, tie_word_embeddings: true}";
  } else if (family == "phi") {
    text =
        "{name: tiny, model_type: phi, num_hidden_layers: 2, hidden_size: 32, num_attention_heads: 4, "
        "num_key_value_heads: 2, intermediate_size: 44, vocab_size: 37, hidden_act: gelu_new, "
        "partial_rotary_factor: 0.5, qk_layernorm: false, tie_word_embeddings: false}";
  } else {
    text =
        "{name: tiny, model_type: llama, num_hidden_layers: 2, hidden_size: 32, num_attention_heads: 4, "
        "num_key_value_heads: 2, intermediate_size: 44, vocab_size: 37, hidden_act: silu, "
        "tie_word_embeddings: false}";
  }
  workloads::LlmOptions options;
  options.phase = phase;
  options.tokens = 5;
  options.context = 11;
  options.batch = 2;
  const workloads::LlmFormats formats =
      bitmod ? workloads::LlmFormats{"bitmod4_g8", "int8_s8_g8"} : workloads::LlmFormats{"fp16", "fp16"};
  return workloads::build_network(workloads::parse_workload(text, "tiny.yaml"), options, formats);
}

TEST(Fidelity, tiny_language_models) {
  const std::vector<machine::ArrayParams> arrays = {
      {"bitmod", 2, 2, 4, machine::Delivery::broadcast},
      {"bitmod", 3, 5, 4, machine::Delivery::systolic},
      {"fp16_mac", 5, 7, 1, machine::Delivery::systolic},
  };
  uint64_t seed = 1;
  for (const machine::ArrayParams& array : arrays) {
    for (const char* family : {"llama", "opt", "phi"}) {
      for (const workloads::Phase phase : {workloads::Phase::prefill, workloads::Phase::decode}) {
        std::mt19937_64 random(++seed);
        fidelity::RandomCase tiny;
        tiny.machine = fidelity::random_machine(random, array);
        tiny.network = tiny_model(family, phase, array.pe == "bitmod");
        SCOPED_TRACE(fmt::format("{} {}, seed {}\n", family, tiny.network.phase, seed) +
                     fidelity::describe(tiny));
        const mapper::MappedProgram mapped = fidelity::map_with_growth(tiny);
        fidelity::check_all(mapped, tiny.machine, tiny.network, seed, VERNIER_HAS_RTL != 0);
        if (HasFailure()) return;
      }
    }
  }
}

/// Timing only: more instructions and longer streams than any random case has.
TEST(Fidelity, layers_of_real_size) {
  const std::string root = VERNIER_SOURCE_DIR;
  const struct {
    const char* accelerator;
    const char* workload;
    workloads::Overrides overrides;
  } cases[] = {
      {"bitmod", "workloads/llm/llama-2-7b.yaml", {{"num_hidden_layers", "1"}, {"vocab_size", "64"}}},
      {"bitmod", "workloads/gemm/gemm-256x4096x4096.yaml", {{"gemms.0.n", "512"}}},
      {"fp16_mac", "workloads/gemm/gemm-256x4096x4096.yaml", {{"gemms.0.n", "256"}}},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(std::string(one.accelerator) + " " + one.workload);
    const workloads::Workload workload = workloads::load_workload(root + "/" + one.workload, one.overrides);
    config::ResolveOptions resolve;
    resolve.phase = workload.is_llm() ? "decode" : "gemm";
    const config::AcceleratorConfig accelerator =
        config::load_accelerator(root + "/configs/accelerators/" + one.accelerator + ".yaml", resolve);
    const workloads::Network network =
        workloads::build_network(workload, {}, config::network_formats(accelerator));
    fidelity::check_timing(mapper::map_network(network, accelerator.machine).program, accelerator.machine);
    if (HasFailure()) return;
  }
}

#if VERNIER_HAS_RTL
TEST(Fidelity, built_rtl_arrays) {
  constexpr int kLargestArray = 256;  // PEs; larger ones are for benchmarks
  const uint64_t first = fidelity::environment("VERNIER_SEED", 1);
  uint64_t programs = 0;
  std::vector<machine::ArrayParams> built = rtl_adaptor::RtlPeArray::built();
  for (const machine::ArrayParams& array : rtl_adaptor::RtlWsArray::built()) built.push_back(array);
  for (const machine::ArrayParams& array : built) {
    const int pes = array.rows * array.cols;
    if (pes > kLargestArray) continue;
    const uint64_t cases = number_of_cases(pes < kLargestArray ? 24 : 6);
    for (uint64_t seed = first; seed < first + cases; ++seed) {
      const fidelity::RandomCase random_case = fidelity::random_case(seed, &array);
      SCOPED_TRACE(reproduce(seed, "built_rtl_arrays") + "\n" + fidelity::describe(random_case));
      const mapper::MappedProgram mapped = mapper::map_network(random_case.network, random_case.machine);
      fidelity::check_all(mapped, random_case.machine, random_case.network, seed, true);
      if (HasFailure()) return;
      ++programs;
    }
  }
  fmt::print("{} programs on the built arrays\n", programs);
}
#endif

}  // namespace
}  // namespace vernier
