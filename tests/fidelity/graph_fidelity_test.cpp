// SPDX-License-Identifier: Apache-2.0
// Random graphs, parameters in random formats, on random machines, scheduled in tight pools: fast = systemc =
// rtl, instruction by instruction, and DRAM moves the bytes of the schedule. VERNIER_SEED and VERNIER_CASES
// as in fidelity_test.cpp.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/machine/scratchpads.h"
#include "sim/config/part_file.h"
#include "sim/schedule/execute/execute.h"
#include "sim/schedule/solvers.h"
#include "tests/fidelity/compare.h"
#include "tests/fidelity/random_case.h"
#include "tests/schedule/random_graph.h"
#include "workloads/graph/operands.h"
#if VERNIER_HAS_RTL
#include "sim/rtl_adaptor/rtl_pe_array.h"
#include "sim/rtl_adaptor/rtl_ws_array.h"
#endif

namespace vernier {
namespace {

using fidelity::pick;

/// Gives the operators of a random graph work: products of tensors with shapes, vector work, both or none.
void give_work(std::mt19937_64& random, graph::Graph& graph) {
  for (graph::Tensor& tensor : graph.tensors) {
    if (pick(random, 0, 5) == 0) continue;  // its shape is not known
    tensor.shape = {pick(random, 1, 12), pick(random, 1, 40)};
    tensor.format = "fp32";
  }
  for (graph::Operator& op : graph.operators) {
    const int64_t what = pick(random, 0, 5);
    op.kind = pick(random, 0, 1) == 0 ? "MatMul" : pick(random, 0, 1) == 0 ? "Conv" : "ConvTranspose";
    for (int64_t gemms = what < 3 ? 1 : what == 3 ? 2 : 0; gemms > 0; --gemms)
      op.gemms.push_back({pick(random, 1, 20), pick(random, 1, 20), pick(random, 1, 60), pick(random, 1, 3)});
    if (op.gemms.empty())
      op.kind = pick(random, 0, 2) == 0 ? "Softmax" : pick(random, 0, 1) == 0 ? "Add" : "LayerNormalization";
    if (pick(random, 0, 2) > 0) op.vector_elements = static_cast<uint64_t>(pick(random, 1, 300));
  }
}

config::AcceleratorConfig random_accelerator(std::mt19937_64& random, const machine::ArrayParams* array) {
  config::AcceleratorConfig accelerator;
  accelerator.machine =
      array == nullptr ? fidelity::random_machine(random) : fidelity::random_machine(random, *array);
  machine::Machine& machine = accelerator.machine;
  if (pick(random, 0, 2) == 0) {
    const auto& parts = config::shipped_parts();
    machine.dram.kind = machine::DramKind::part;
    machine.dram.memory.part = config::load_part(
        parts[static_cast<size_t>(pick(random, 0, static_cast<int64_t>(parts.size()) - 1))].name);
    machine.dram.memory.channels = static_cast<int>(pick(random, 1, 3));
    machine.dram.burst_bytes = static_cast<int>(machine.dram.memory.part.organisation.burst_bytes);
    machine.dram.memory.interleave_bytes = static_cast<uint64_t>(machine.dram.burst_bytes)
                                           << pick(random, 0, 2);
  }
  accelerator.formats.weight = fidelity::random_format(random, machine.array);
  accelerator.formats.kv = fidelity::random_format(random, machine.array);
  do {
    accelerator.formats.activation = fidelity::random_activations(random, machine.array);
  } while (formats::is_table(accelerator.formats.activation));
  accelerator.lut.precompute = config::TablePrecompute::in_array;
  return accelerator;
}

/// Formats for some of the parameters; the others have that of the accelerator.
void choose_formats(std::mt19937_64& random, graph::Graph& graph, const machine::ArrayParams& array) {
  const std::vector<bool> packed = graph::packed_parameters(graph);
  for (size_t t = 0; t < packed.size(); ++t) {
    if (packed[t] && pick(random, 0, 3) > 0)
      graph.tensors[t].weight_format = fidelity::random_format(random, array);
  }
}

/// What the bus must move, from the residencies alone: every fetch, every output, and every produced tensor
/// that comes back.
uint64_t moved_bytes(const graph::Graph& graph, const schedule::Schedule& schedule) {
  std::vector<int> stays(graph.tensors.size(), 0);
  uint64_t bytes = 0;
  for (const schedule::Residency& residency : schedule.residencies) {
    const graph::Tensor& tensor = graph.tensors[static_cast<size_t>(residency.tensor)];
    const bool first = stays[static_cast<size_t>(residency.tensor)]++ == 0;
    if (tensor.producer < 0 || !first) bytes += tensor.bytes;
  }
  for (size_t t = 0; t < graph.tensors.size(); ++t) {
    const graph::Tensor& tensor = graph.tensors[t];
    if (tensor.producer >= 0 && (tensor.output || stays[t] > 1)) bytes += tensor.bytes;
  }
  return bytes;
}

void check_case(uint64_t seed, const machine::ArrayParams* array, bool rtl) {
  std::mt19937_64 random(seed);
  SCOPED_TRACE(
      fmt::format("VERNIER_SEED={} VERNIER_CASES=1 test_fidelity --gtest_filter=GraphFidelity.*", seed));
  config::AcceleratorConfig accelerator = random_accelerator(random, array);
  schedule::RandomGraph shape;
  shape.operators = static_cast<int>(pick(random, 2, 10));
  shape.unit = static_cast<uint64_t>(pick(random, 1, 100));
  graph::Graph graph = schedule::random_graph(shape, random);
  give_work(random, graph);
  choose_formats(random, graph, accelerator.machine.array);
  graph = schedule::on_accelerator(graph, accelerator);
  const uint64_t least = schedule::least_capacity(graph);
  const uint64_t capacity = least + static_cast<uint64_t>(pick(random, 0, 2)) * least / 3;
  machine::Machine& machine = accelerator.machine;
  for (machine::ScratchpadParams* pad :
       {&machine.weight_spad, &machine.activation_spad, &machine.output_spad})
    pad->capacity_bytes = capacity / 3 + 1;
  const std::vector<std::string> solvers = {"exact", "topo_belady_ff", "greedy_belady_bf", "topo_lru_ff"};
  schedule::Limits limits;
  limits.seconds = 5;
  const schedule::Checked solved =
      schedule::solve(solvers[static_cast<size_t>(pick(random, 0, 3))], graph, capacity, limits);
  ASSERT_TRUE(solved.outcome.schedule.has_value());
  const schedule::Schedule& schedule = *solved.outcome.schedule;
  const isa::Program program =
      schedule::emit_program(graph, schedule, capacity, accelerator, {pick(random, 0, 3) > 0});
  uint64_t loaded = 0;
  for (const isa::Node& node : program.nodes) {
    const bool moves =
        node.instruction.opcode == isa::Opcode::load || node.instruction.opcode == isa::Opcode::store;
    if (node.kind == isa::Node::Kind::instruction && moves)
      loaded += uint64_t{node.instruction.rows} * node.instruction.row_bytes;
  }
  EXPECT_EQ(loaded, moved_bytes(graph, schedule));
  EXPECT_EQ(loaded, solved.traffic.compulsory_bytes() + solved.traffic.noncompulsory_bytes());
  fidelity::check_timing(program, machine::pooled(machine), fidelity::Conflicts::none, rtl);
}

TEST(GraphFidelity, any_array) {
  const uint64_t first = fidelity::environment("VERNIER_SEED", 1);
  const uint64_t cases =
      fidelity::environment("VERNIER_CASES", fidelity::environment("VERNIER_LONG", 0) != 0 ? 2000 : 60);
  for (uint64_t seed = first; seed < first + cases && !testing::Test::HasFailure(); ++seed)
    check_case(seed, nullptr, false);
}

#if VERNIER_HAS_RTL
TEST(GraphFidelity, built_rtl_arrays) {
  std::vector<machine::ArrayParams> built = rtl_adaptor::RtlPeArray::built();
  for (const machine::ArrayParams& array : rtl_adaptor::RtlWsArray::built()) built.push_back(array);
  const uint64_t seed = fidelity::environment("VERNIER_SEED", 1);
  for (size_t i = 0; i < built.size() && !testing::Test::HasFailure(); ++i)
    check_case(seed + i, &built[i], true);
}
#endif

}  // namespace
}  // namespace vernier
