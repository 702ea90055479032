// SPDX-License-Identifier: Apache-2.0
// Whole networks on the shipped DRAM parts: skipping changes nothing. Each part with every phase and kind of
// ports, on channels, interleaving and controllers drawn by seed. VERNIER_SEED and VERNIER_CASES (rounds) as
// in fidelity_test.cpp.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/config/part_file.h"
#include "tests/fidelity/compare.h"
#include "tests/fidelity/random_case.h"
#include "workloads/workload.h"

namespace vernier {
namespace {

using fidelity::pick;
using machine::PortKind;

/// Runs long enough for states to recur, on an accelerator that waits for DRAM now, for its array then.
workloads::Network small_model(workloads::Phase phase, const workloads::LlmFormats& formats) {
  const char* text =
      "{name: small, model_type: llama, num_hidden_layers: 2, hidden_size: 384, num_attention_heads: 4, "
      "num_key_value_heads: 2, intermediate_size: 900, vocab_size: 99, hidden_act: silu, "
      "tie_word_embeddings: false}";
  workloads::LlmOptions options;
  options.phase = phase;
  options.tokens = 20;
  options.context = 150;
  return workloads::build_network(workloads::parse_workload(text, "small.yaml"), options, formats);
}

config::AcceleratorConfig accelerator_for(workloads::Phase phase,
                                          const std::vector<std::string>& overrides = {}) {
  return config::load_accelerator(VERNIER_SOURCE_DIR "/configs/accelerators/bitmod.yaml",
                                  {phase == workloads::Phase::prefill ? "prefill" : "decode", overrides});
}

/// What a configuration may choose about a part.
void choose(std::mt19937_64& random, dram::Memory& memory) {
  memory.channels = static_cast<int>(pick(random, 0, 1) == 0 ? 1 << pick(random, 0, 4) : pick(random, 1, 13));
  dram::Part& part = memory.part;
  memory.interleave_bytes = static_cast<uint64_t>(part.organisation.burst_bytes) << pick(random, 0, 4);
  if (pick(random, 0, 1) == 0) return;
  part.organisation.ranks = 1 << pick(random, 0, 2);
  dram::Controller& controller = part.controller;
  controller.row_policy = static_cast<dram::RowPolicy>(pick(random, 0, 2));
  controller.refresh = static_cast<dram::Refresh>(pick(random, 0, part.timing.RFCpb > 0 ? 2 : 1));
  if (pick(random, 0, 1) == 0) return;
  std::shuffle(controller.mapping.begin(), controller.mapping.end(), random);
  controller.read_queue = static_cast<int>(pick(random, 1, 40));
}

TEST(DramNetworks, skipping_changes_nothing) {
  const uint64_t first = fidelity::environment("VERNIER_SEED", 1);
  const uint64_t rounds =
      fidelity::environment("VERNIER_CASES", fidelity::environment("VERNIER_LONG", 0) != 0 ? 20 : 1);
  for (uint64_t seed = first; seed < first + rounds; ++seed) {
    std::mt19937_64 random(seed);
    for (const config::ShippedPart& shipped : config::shipped_parts()) {
      for (const PortKind ports : {PortKind::rw1, PortKind::r1w1, PortKind::rw2}) {
        for (const workloads::Phase phase : {workloads::Phase::decode, workloads::Phase::prefill}) {
          config::AcceleratorConfig accelerator =
              accelerator_for(phase, {"dram.kind=" + shipped.name, "array.rows=16", "array.cols=8"});
          machine::Machine& machine = accelerator.machine;
          choose(random, machine.dram.memory);
          if (pick(random, 0, 1) == 0) machine.clock_hz = 25e6 * static_cast<double>(pick(random, 10, 80));
          if (pick(random, 0, 1) == 0) machine.dma_max_in_flight = static_cast<int>(pick(random, 1, 100));
          for (machine::ScratchpadParams* pad :
               {&machine.weight_spad, &machine.activation_spad, &machine.output_spad}) {
            pad->ports = ports;
            pad->bank_width_bits = std::max(1, pad->bank_width_bits >> pick(random, 0, 3));
          }
          const dram::Memory& memory = machine.dram.memory;
          SCOPED_TRACE(fmt::format(
              "round VERNIER_SEED={}, {} {} channels interleaved by {}, {}, ports {}, {} in flight, {} Hz",
              seed, shipped.name, memory.channels, memory.interleave_bytes,
              phase == workloads::Phase::decode ? "decode" : "prefill", static_cast<int>(ports),
              machine.dma_max_in_flight, machine.clock_hz));
          const workloads::Network network = small_model(phase, config::network_formats(accelerator));
          fidelity::check_fast(mapper::map_network(network, machine).program, machine);
          if (HasFailure()) return;
        }
      }
    }
  }
}

/// Minutes without skipping: in long runs only.
TEST(DramNetworks, skipping_changes_nothing_in_llama_2_7b) {
  if (fidelity::environment("VERNIER_LONG", 0) == 0) GTEST_SKIP() << "VERNIER_LONG=1 runs it";
  const workloads::Workload workload =
      workloads::load_workload(VERNIER_SOURCE_DIR "/workloads/llm/llama-2-7b.yaml", {});
  for (const char* part : {"LPDDR5-6400", "HBM2-2000"}) {
    SCOPED_TRACE(part);
    const config::AcceleratorConfig accelerator =
        accelerator_for(workloads::Phase::decode, {std::string("dram.kind=") + part, "dram.channels=8"});
    const workloads::Network network =
        workloads::build_network(workload, {}, config::network_formats(accelerator));
    fidelity::check_fast(mapper::map_network(network, accelerator.machine).program, accelerator.machine);
  }
}

}  // namespace
}  // namespace vernier
