// SPDX-License-Identifier: Apache-2.0
// Programs of schedules: bytes in the formats of an accelerator, and instructions counted by hand.
#include "sim/schedule/execute/execute.h"

#include <gtest/gtest.h>

#include <map>
#include <ostream>

#include "base/error.h"
#include "models/isa/program_text.h"
#include "models/machine/scratchpads.h"
#include "sim/config/load.h"
#include "sim/engine/fast/fast_engine.h"
#include "sim/engine/hazards.h"
#include "sim/engine/pool_observer.h"
#include "sim/schedule/baseline/baseline.h"
#include "sim/schedule/check/check.h"
#include "workloads/graph/check.h"
#include "workloads/graph/networks.h"
#include "workloads/graph/split.h"

namespace vernier {
namespace {

using graph::Tensor;
using graph::TensorKind;

config::AcceleratorConfig accelerator(const std::string& name, const std::vector<std::string>& sets = {}) {
  return config::load_accelerator(VERNIER_SOURCE_DIR "/configs/accelerators/" + name + ".yaml",
                                  {"gemm", sets});
}

/// x [32, 96] times w [96, 64], to which the vector unit does something, times its own transpose.
graph::Graph two_products() {
  graph::Graph graph;
  graph.name = "two_products";
  const auto tensor = [&graph](const char* name, TensorKind kind, const std::vector<int64_t>& shape,
                               bool output) {
    Tensor made;
    made.name = name;
    made.kind = kind;
    made.shape = shape;
    made.format = "fp32";
    made.bytes = 4;
    for (const int64_t size : shape) made.bytes *= static_cast<uint64_t>(size);
    made.output = output;
    graph.tensors.push_back(made);
    return static_cast<int>(graph.tensors.size()) - 1;
  };
  const int x = tensor("x", TensorKind::input, {32, 96}, false);
  const int w = tensor("w", TensorKind::weight, {96, 64}, false);
  const int y = tensor("y", TensorKind::activation, {32, 64}, false);
  const int z = tensor("z", TensorKind::activation, {32, 64}, false);
  const int s = tensor("s", TensorKind::activation, {32, 32}, true);
  graph::Operator first{"first", "MatMul", {x, w}, {y}, {}, {{32, 64, 96, 1}}, 0};
  graph::Operator relu{"relu", "Relu", {y}, {z}, {}, {}, 32 * 64};
  graph::Operator second{"second", "MatMul", {y, z}, {s}, {}, {{32, 32, 64, 1}}, 0};
  graph.operators = {first, relu, second};
  graph::normalise(graph, "test");
  return graph;
}

TEST(Execute, bytes_in_the_formats_of_the_accelerator) {
  const graph::Graph on = schedule::on_accelerator(two_products(), accelerator("int8_mac"));
  ASSERT_EQ(on.tensors.size(), 5U);
  EXPECT_EQ(on.tensors[0].bytes, 32U * 96);  // int8 activations
  // int8_g128: 64 rows of 96 codes with one group of an fp16 scale each, in tiles of 32 rows.
  EXPECT_EQ(on.tensors[1].bytes, 64U * (96 + 2));
  EXPECT_EQ(on.tensors[2].bytes, 32U * 64);        // read by a GEMM first
  EXPECT_EQ(on.tensors[3].bytes, 32U * (64 + 2));  // packed: a GEMM's second operand; 2,112 = 33 bursts
  EXPECT_EQ(on.tensors[4].bytes, 32U * 32 * 2);    // fp16: nobody reads it
  const graph::Graph wide = schedule::on_accelerator(two_products(), accelerator("fp16_mac"));
  EXPECT_EQ(wide.tensors[0].bytes, 2U * 32 * 96);
  EXPECT_EQ(wide.tensors[1].bytes, 2U * 64 * 96);
}

TEST(Execute, tables_of_operators_are_refused) {
  EXPECT_THROW(static_cast<void>(schedule::on_accelerator(two_products(), accelerator("lut"))), InputError);
  EXPECT_NO_THROW(static_cast<void>(
      schedule::on_accelerator(two_products(), accelerator("lut", {"lut.precompute=in_array"}))));
}

TEST(Execute, partial_sums_are_work_space) {
  const config::AcceleratorConfig machine =
      accelerator("fp16_mac", {"array.dataflow=weight_stationary", "array.delivery=systolic"});
  const graph::Graph on = schedule::on_accelerator(two_products(), machine);
  ASSERT_EQ(on.tensors.size(), 7U);
  EXPECT_EQ(on.tensors[5].name, "first/work");
  EXPECT_EQ(on.tensors[5].bytes, 4U * 32 * 64);  // fp32
  EXPECT_EQ(on.operators[0].outputs.size(), 2U);
}

/// In the order of the graph, everything at an address of its own but s, which lies where x was.
schedule::Schedule by_hand(const graph::Graph& graph) {
  schedule::Schedule schedule;
  schedule.order = {0, 1, 2};
  const auto bytes = [&graph](size_t t) { return graph.tensors[t].bytes; };
  const uint64_t w = bytes(0), y = w + bytes(1), z = y + bytes(2);
  schedule.residencies = {{0, 0, 0, 0}, {1, 0, 0, w}, {2, 0, 2, y}, {3, 1, 2, z}, {4, 2, 2, 0}};
  return schedule;
}

TEST(Execute, a_program_by_hand) {
  const config::AcceleratorConfig machine = accelerator("int8_mac");
  const graph::Graph on = schedule::on_accelerator(two_products(), machine);
  const schedule::Schedule schedule = by_hand(on);
  static_cast<void>(schedule::check_schedule(on, schedule, 65536, true));
  const isa::Program program = schedule::emit_program(on, schedule, 65536, machine);
  std::string text;
  for (const isa::Node& node : program.nodes) {
    const isa::Instruction& in = node.instruction;
    text += isa::name_of(in.opcode);
    if (in.opcode == isa::Opcode::vector) text += std::string(" ") + isa::name_of(in.vector_op);
    for (size_t i = 0; i < in.wait_count; ++i) text += " <" + std::to_string(in.waits[i].semaphore);
    for (size_t i = 0; i < in.post_count; ++i) text += " >" + std::to_string(in.posts[i].semaphore);
    text += "\n";
  }
  // Semaphore 4 * waiting + waited for; queues: load 0, compute 1, vector 2, store 3. s needs x's bytes, but
  // its own queue, compute, has read them. The GEMM waits for the last of the two loads, the second one for
  // the packing of z, which follows relu in the vector queue.
  EXPECT_EQ(text,
            "load\n"
            "load >4\n"
            "gemm <4 >9\n"
            "vector unary <9\n"
            "vector quantize >6\n"
            "gemm <6 >13\n"
            "store <13\n");
  EXPECT_EQ(program.dram_bytes, on.tensors[0].bytes + on.tensors[1].bytes + on.tensors[4].bytes);
}

TEST(Execute, only_second_operands_are_packed) {
  // fp16_mac calls activations and weights alike fp16: z alone is a second operand.
  const config::AcceleratorConfig machine = accelerator("fp16_mac");
  const graph::Graph on = schedule::on_accelerator(two_products(), machine);
  const isa::Program program = schedule::emit_program(on, by_hand(on), 65536, machine);
  int packings = 0;
  for (const isa::Node& node : program.nodes) {
    const isa::Instruction& in = node.instruction;
    if (in.opcode == isa::Opcode::vector && in.vector_op == isa::VectorOp::quantize) ++packings;
  }
  EXPECT_EQ(packings, 1);
}

struct Census {
  uint64_t macs = 0, elements = 0, packed = 0;
};

bool operator==(const Census& a, const Census& b) {
  return a.macs == b.macs && a.elements == b.elements && a.packed == b.packed;
}

std::ostream& operator<<(std::ostream& out, const Census& c) {
  return out << c.macs << " MACs, " << c.elements << " elements, " << c.packed << " packed";
}

/// What the instructions of each operator do, loops unrolled.
std::map<std::string, Census> census_of(const isa::Program& program) {
  std::map<std::string, Census> all;
  isa::Cursor cursor(program);
  for (isa::IssuedInstruction issued; cursor.next(issued);) {
    const isa::Instruction& in = *issued.instruction;
    Census& census = all[program.ops[in.op].name];
    if (in.opcode == isa::Opcode::gemm) census.macs += uint64_t{in.m} * in.n * in.k;
    if (in.opcode != isa::Opcode::vector) continue;
    (in.vector_op == isa::VectorOp::quantize ? census.packed : census.elements) +=
        uint64_t{in.rows} * in.cols;
  }
  return all;
}

/// Every fidelity runs the same program, so that their agreement says nothing about its work. That is counted
/// here from the network alone, operator by operator.
TEST(Execute, instructions_do_the_work_of_a_network_and_no_more) {
  uint64_t packed = 0, sums = 0;
  std::vector<graph::Graph> networks;
  for (const char* const name : {"resnet-18", "densenet-121", "nasnet-a-mobile", "bert-base", "llama-block"})
    networks.push_back(graph::build_network(name));
  networks.push_back(graph::split(networks[0], graph::parse_granularity("k=2")));
  for (const graph::Graph& graph : networks) {
    std::map<std::string, Census> expected;
    for (const graph::Operator& op : graph.operators) {
      Census& census = expected[op.name];
      for (const graph::Gemm& gemm : op.gemms)
        census.macs += static_cast<uint64_t>(gemm.groups * gemm.m * gemm.n * gemm.k);
      census.elements = op.vector_elements;
      // Parts of a product along K: each but the first adds to the sum so far, its last operand.
      const auto part = op.attributes.find("part_k");
      const bool third =
          op.kind == "Gemm" && op.inputs.size() > 2 && graph.tensors[op.inputs.back()].producer >= 0;
      if (!op.gemms.empty() && (part == op.attributes.end() ? third : part->second.front() > 0)) {
        census.elements += static_cast<uint64_t>(op.gemms.front().m * op.gemms.front().n);
        ++sums;
      }
      // The array takes the second operand of a product packed, also if an operator has made it.
      for (const int output : op.outputs) {
        bool second = false;
        for (const int reader : graph.tensors[output].consumers) {
          const graph::Operator& by = graph.operators[reader];
          second = second || (by.kind == "MatMul" && by.inputs.at(1) == output);
        }
        uint64_t elements = second ? 1 : 0;
        for (const int64_t size : graph.tensors[output].shape) elements *= static_cast<uint64_t>(size);
        census.packed += elements;
      }
      packed += census.packed;
    }
    for (const char* const pe : {"int8_mac", "fp16_mac", "bitmod"}) {
      SCOPED_TRACE(graph.name + " on " + pe);
      const config::AcceleratorConfig machine = accelerator(pe);
      const graph::Graph on = schedule::on_accelerator(graph, machine);
      const uint64_t pool = graph::need_of(on, graph::largest_operator(on)) * 3 / 2;
      const schedule::Outcome outcome = schedule::best_baseline(on, pool, true);
      ASSERT_TRUE(outcome.schedule);
      EXPECT_EQ(census_of(schedule::emit_program(on, *outcome.schedule, pool, machine)), expected);
    }
  }
  EXPECT_GT(packed, 0U);
  EXPECT_GT(sums, 0U);
}

/// Runs a program; true if whatever touches the same bytes is ordered.
bool ordered(const isa::Program& program, const machine::Machine& machine) {
  engine::RunLog log;
  engine::HazardObserver hazards(program, machine);
  engine::PoolObserver pool(program);
  log.add_observer(hazards);
  log.add_observer(pool);
  try {
    static_cast<void>(engine::run_fast(program, machine, log));
    return true;
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("error[PRG05"), std::string::npos) << error.what();
    return false;
  }
}

TEST(Execute, every_semaphore_is_needed) {
  const config::AcceleratorConfig machine = accelerator("int8_mac");
  const machine::Machine pooled = machine::pooled(machine.machine);
  const graph::Graph on = schedule::on_accelerator(two_products(), machine);
  const isa::Program program = schedule::emit_program(on, by_hand(on), 65536, machine);
  EXPECT_TRUE(ordered(program, pooled));
  int dropped = 0;
  for (size_t i = 0; i < program.nodes.size(); ++i) {
    if (program.nodes[i].instruction.wait_count == 0) continue;
    isa::Program without = program;
    without.nodes[i].instruction.wait_count = 0;
    EXPECT_FALSE(ordered(without, pooled)) << "node " << i;
    ++dropped;
  }
  EXPECT_EQ(dropped, 4);
}

TEST(Execute, without_prefetch_loads_wait_for_the_operator_before) {
  const config::AcceleratorConfig machine = accelerator("int8_mac");
  graph::Graph graph = two_products();
  Tensor v;
  v.name = "v";
  v.kind = TensorKind::weight;
  v.shape = {64, 16};
  v.format = "fp32";
  v.bytes = 4096;
  Tensor u = v;
  u.name = "u";
  u.kind = TensorKind::activation;
  u.shape = {32, 16};
  u.output = true;
  graph.tensors.push_back(v);
  graph.tensors.push_back(u);
  graph.operators.push_back({"third", "MatMul", {3, 5}, {6}, {}, {{32, 16, 64, 1}}, 0});
  graph::normalise(graph, "test");
  const graph::Graph on = schedule::on_accelerator(graph, machine);
  schedule::Schedule schedule = by_hand(on);
  schedule.order.push_back(3);
  schedule.residencies[3].to = 3;
  schedule.residencies.push_back({5, 3, 3, 16384});
  schedule.residencies.push_back({6, 3, 3, 32768});
  const machine::Machine pooled = machine::pooled(machine.machine);
  std::vector<uint64_t> cycles;
  for (const bool prefetch : {true, false}) {
    const isa::Program program = schedule::emit_program(on, schedule, 65536, machine, {prefetch});
    engine::RunLog log;
    engine::RecordingObserver recording;
    log.add_observer(recording);
    cycles.push_back(engine::run_fast(program, pooled, log).cycles);
    uint64_t last_load = 0, second_gemm = 0;
    int gemms = 0;
    for (const engine::InstructionRecord& record : recording.records()) {
      if (record.opcode == isa::Opcode::load) last_load = record.start;
      if (record.opcode == isa::Opcode::gemm && ++gemms == 2) second_gemm = record.end;
    }
    EXPECT_EQ(last_load >= second_gemm, !prefetch) << last_load << " " << second_gemm;
  }
  EXPECT_LT(cycles[0], cycles[1]);
}

TEST(Execute, fetched_tensors_move_to_bytes_that_are_free_before) {
  const graph::Graph on = schedule::on_accelerator(two_products(), accelerator("int8_mac"));
  schedule::Schedule schedule = by_hand(on);
  // w comes back in step 1 at the bytes of x, which is still there in step 0.
  schedule.residencies = {{0, 0, 0, 0}, {1, 0, 0, 16384}, {2, 0, 2, 4096}, {3, 1, 2, 8192}, {4, 2, 2, 12288}};
  graph::Graph reader = on;
  reader.operators[1].inputs.push_back(1);
  schedule.residencies.insert(schedule.residencies.begin() + 3, {1, 1, 1, 0});
  const auto moved = schedule::place_for_prefetch(reader, schedule, 65536);
  // In step 0 there are x (3,072 bytes), y (at 4,096) and w itself (6,272 at 16,384), in step 1 z (2,112 at
  // 8,192): no gap between them has 6,272 bytes.
  EXPECT_EQ(moved.residencies[3].address, 16384U + 6272);
  EXPECT_EQ(moved.residencies[2].address, schedule.residencies[2].address);
  // With less room it stays.
  EXPECT_EQ(schedule::place_for_prefetch(reader, schedule, 16384).residencies[3].address, 0U);
}

}  // namespace
}  // namespace vernier
