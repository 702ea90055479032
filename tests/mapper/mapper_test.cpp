// SPDX-License-Identifier: Apache-2.0
// Programs of random networks on random machines: complete, safe under any interleaving, and small.
#include "sim/mapper/mapper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "sim/run/program_fit.h"
#include "tests/mapper/coverage.h"
#include "tests/mapper/random_case.h"
#include "tests/mapper/token_machine.h"

namespace vernier::mapper {
namespace {

constexpr uint64_t kSeeds = 250;

TEST(Mapper, RandomNetworksAreCoveredOnceAndSafeInAnyOrder) {
  uint64_t mapped_count = 0;
  uint64_t split_k_count = 0;
  std::map<std::pair<bool, bool>, uint64_t> pairs;  // (k is split, along n)
  for (uint64_t seed = 0; seed < kSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const testing::RandomCase random = testing::random_case(seed);
    MappedProgram mapped;
    try {
      mapped = map_network(random.network, random.machine);
    } catch (const InputError& error) {
      ASSERT_EQ(error.diagnostics().front().code, "MAP001") << error.what();
      continue;
    }
    ++mapped_count;
    for (const OpExpectation& op : mapped.ops) split_k_count += op.tiling.k > 0 && op.tiling.k < 20 ? 1 : 0;
    for (const workloads::Segment& segment : random.network.segments) {
      for (const workloads::Op& op : segment.ops) {
        const auto named = [&](const isa::OpInfo& info) { return info.name == op.name; };
        const auto& infos = mapped.program.ops;
        const auto found = std::find_if(infos.begin(), infos.end(), named);
        if (found == infos.end()) continue;
        const GemmTiling& tiling = mapped.ops[static_cast<size_t>(found - infos.begin())].tiling;
        if (tiling.held == 2) ++pairs[{tiling.k < op.k, tiling.n_outer}];
      }
    }
    testing::TokenMachine in_order(mapped.program, random.machine);
    testing::Coverage coverage(random.network, mapped, in_order);
    in_order.on_instruction = [&](const isa::IssuedInstruction& issued) { coverage.visit(issued); };
    const std::vector<uint64_t> reference = in_order.run_in_order();
    in_order.expect_initial_semaphores();
    coverage.expect_complete();
    testing::TokenMachine shuffled(mapped.program, random.machine);
    EXPECT_EQ(shuffled.run_at_random(seed), reference);
    shuffled.expect_initial_semaphores();
  }
  // The property is empty if nothing maps.
  EXPECT_GT(mapped_count, kSeeds / 2);
  EXPECT_GT(split_k_count, 10U);
  for (const bool split_k : {false, true}) {
    for (const bool n_outer : {false, true}) EXPECT_GT((pairs[{split_k, n_outer}]), 5U) << split_k << n_outer;
  }
}

machine::Machine edge_machine() {
  machine::Machine m;
  m.name = "edge";
  m.clock_hz = 1e9;
  m.array = {"bitmod", 32, 32, 8, machine::Delivery::broadcast};
  m.weight_spad = {512 * 1024, 4, 256, 1};
  m.activation_spad = {512 * 1024, 4, 256, 1};
  m.output_spad = {256 * 1024, 4, 256, 1};
  m.dram.latency_cycles = 60;
  m.dram.bits_per_cycle = 256;
  m.dram.burst_bytes = 64;
  m.dma_max_in_flight = 32;
  m.vector = {32, 8};
  m.sequencer.queue_depth = 8;
  return m;
}

/// One GEMM of M x N x K, weights in `format`.
workloads::Network single_gemm(int64_t m, int64_t n, int64_t k, const std::string& format) {
  workloads::Network network;
  network.name = "gemm";
  network.phase = "gemm";
  network.tensors = {{"x", workloads::TensorKind::input, m, k, "fp16", 1},
                     {"w", workloads::TensorKind::weight, n, k, format, 1},
                     {"y", workloads::TensorKind::output, m, n, "fp16", 1}};
  workloads::Op op;
  op.name = "g";
  op.layer_class = "gemm";
  op.m = m;
  op.n = n;
  op.k = k;
  op.act = {0, 0, 0, 0, k, 1};
  op.weight = 1;
  op.out = {2, 0, 0, 0, n, 1};
  network.segments = {{"all", 1, {op}}};
  return network;
}

TEST(Mapper, OneTileIsFourInstructions) {
  const MappedProgram mapped = map_network(single_gemm(4, 8, 128, "bitmod4_g128"), edge_machine());
  ASSERT_EQ(mapped.program.nodes.size(), 4U);
  const auto opcode = [&](size_t i) { return mapped.program.nodes[i].instruction.opcode; };
  EXPECT_EQ(opcode(0), isa::Opcode::load);
  EXPECT_EQ(mapped.program.nodes[0].instruction.scratchpad, isa::Scratchpad::weight);
  EXPECT_EQ(opcode(1), isa::Opcode::load);
  EXPECT_EQ(opcode(2), isa::Opcode::gemm);
  EXPECT_EQ(opcode(3), isa::Opcode::store);
  // 8 rows: an fp16 channel scale, one group of 8 + 2 bits, 128 codes of 4 bits.
  EXPECT_EQ(mapped.program.nodes[0].instruction.row_bytes, 8U * (16 + 10 + 128 * 4) / 8);
}

TEST(Mapper, DecodeReadsEveryWeightOnce) {
  const MappedProgram mapped = map_network(single_gemm(1, 11008, 4096, "bitmod4_g128"), edge_machine());
  // Per row of 4096: 16 + 32 * 10 + 4096 * 4 bits; 11008 is a multiple of 32 rows.
  EXPECT_EQ(mapped.ops[0].weight_bytes, 11008U * (16 + 320 + 16384) / 8);
  EXPECT_EQ(mapped.ops[0].activation_bytes, 4096U * 2);
  EXPECT_EQ(mapped.ops[0].macs, 11008U * 4096);
}

// Without groups all of an instruction's k is one sum, which int8_mac holds up to 131071 elements.
TEST(Mapper, SplitsSumsThatThePeCannotHold) {
  machine::Machine machine = edge_machine();
  machine.array = {"int8_mac", 1, 1, 1, machine::Delivery::broadcast};
  machine.weight_spad.capacity_bytes = machine.activation_spad.capacity_bytes = 4 << 20;
  machine.dram.bits_per_cycle = 1 << 16;  // loading costs nothing, so that the fewest blocks are best
  workloads::Network network = single_gemm(1, 1, 300000, "int8_ch");
  network.tensors[0].format = "int8";
  MappedProgram mapped = map_network(network, machine);
  EXPECT_EQ(mapped.ops[0].tiling.k, 100000);
  run::check_fit(mapped.program, machine);
  for (isa::Node& node : mapped.program.nodes) {
    if (node.instruction.opcode == isa::Opcode::gemm) node.instruction.k = 131072;
  }
  try {
    run::check_fit(mapped.program, machine);
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(error.diagnostics().front().code, "PRG053") << error.what();
  }
}

TEST(Mapper, RefusesWhatNoCounterCouldHold) {
  const auto code = [](int64_t m, int64_t n, int64_t k) -> std::string {
    try {
      (void)map_network(single_gemm(m, n, k, "bitmod4_g128"), edge_machine());
    } catch (const InputError& error) {
      return error.diagnostics().front().code;
    }
    return "";
  };
  constexpr int64_t kHuge = int64_t{1} << 30;
  EXPECT_EQ(code(kHuge, kHuge, 1),
            "MAP006");  // more unawaited stores than a semaphore counts, or image too large
  EXPECT_EQ(code(1, kHuge, kHuge), "MAP006");  // blocks of the weight
  EXPECT_EQ(code(64, 64, 128), "");
}

// 80 layers with the shapes of Llama-2-70B in prefill: 8 key/value heads of 8 query heads.
workloads::Network large_network() {
  using workloads::TensorKind;
  constexpr int64_t kPrompt = 256, kWidth = 8192, kInner = 28672, kHeads = 8, kPerHead = 8, kHead = 128;
  workloads::Network network;
  network.name = "70b";
  network.phase = "prefill";
  const auto tensor = [&](const std::string& name, TensorKind kind, int64_t rows, int64_t cols,
                          const std::string& format = "fp16", int64_t blocks = 1) {
    network.tensors.push_back({name, kind, rows, cols, format, blocks});
    return static_cast<int>(network.tensors.size()) - 1;
  };
  const int hidden = tensor("hidden", TensorKind::input, kPrompt, kWidth);
  workloads::Segment layers{"layers", 80, {}};
  int made = 0;
  const auto linear = [&](int from, int64_t n) {
    const int64_t k = network.tensors[static_cast<size_t>(from)].cols;
    workloads::Op op = single_gemm(kPrompt, n, k, "bitmod4_g128").segments[0].ops[0];
    op.name = "linear" + std::to_string(made++);
    op.act.tensor = from;
    op.weight = tensor("w_" + op.name, TensorKind::weight, n, k, "bitmod4_g128");
    op.out.tensor = tensor("o_" + op.name, TensorKind::activation, kPrompt, n);
    layers.ops.push_back(op);
    return op.out.tensor;
  };
  const int q = linear(hidden, kWidth);
  linear(hidden, kHeads * kHead);
  linear(hidden, kHeads * kHead);
  for (const bool scores : {true, false}) {
    workloads::Op op = layers.ops[0];
    op.name = scores ? "qk" : "av";
    op.batch = kHeads;
    op.m_outer = kPerHead;
    op.k = scores ? kHead : kPrompt;
    op.n = scores ? kPrompt : kHead;
    op.weight = tensor("cache_" + op.name, TensorKind::kv_cache, op.n, op.k, "int8_s8_g128", kHeads);
    const int from = scores ? q : layers.ops.back().out.tensor;
    const int to = tensor("o_" + op.name, TensorKind::activation, kPrompt, kHeads * kPerHead * op.n);
    op.act = {from, 0, kPerHead * op.k, op.k, kHeads * kPerHead * op.k, 1};
    op.out = {to, 0, kPerHead * op.n, op.n, kHeads * kPerHead * op.n, 1};
    layers.ops.push_back(op);
  }
  linear(layers.ops.back().out.tensor, kWidth);
  const int up = linear(hidden, kInner);
  linear(up, kWidth);
  network.segments = {layers};
  return network;
}

TEST(Mapper, A70BProgramStaysSmall) {
  const workloads::Network network = large_network();
  const MappedProgram mapped = map_network(network, edge_machine());
  EXPECT_LT(mapped.program.nodes.size(), 800U);
  uint64_t macs = 0;
  isa::Cursor cursor(mapped.program);
  isa::IssuedInstruction issued;
  while (cursor.next(issued)) {
    const isa::Instruction& in = *issued.instruction;
    if (in.opcode == isa::Opcode::gemm) macs += uint64_t{in.m} * in.n * in.k;
  }
  EXPECT_EQ(macs, static_cast<uint64_t>(network.macs()));
}

void expect_refused(const workloads::Network& network, const machine::Machine& machine,
                    const std::string& code, const std::string& words) {
  try {
    static_cast<void>(map_network(network, machine));
    ADD_FAILURE() << "accepted; expected " << code;
  } catch (const InputError& error) {
    EXPECT_EQ(error.diagnostics().front().code, code) << error.what();
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  }
}

TEST(Mapper, RefusesWhatCannotRun_bad) {
  machine::Machine machine = edge_machine();
  machine.weight_spad.capacity_bytes = 1024;
  expect_refused(single_gemm(4, 64, 256, "bitmod4_g128"), machine, "MAP001", "weight scratchpad has 512");
  machine = edge_machine();
  machine.activation_spad.capacity_bytes = 1024;
  expect_refused(single_gemm(64, 64, 256, "bitmod4_g128"), machine, "MAP001", "needs 8192 bytes");
  machine = edge_machine();
  machine.output_spad.capacity_bytes = 1024;
  expect_refused(single_gemm(64, 64, 256, "bitmod4_g128"), machine, "MAP001", "output scratchpad has 256");
  expect_refused(single_gemm(4, 64, 256, "bitmod4_g100"), edge_machine(), "MAP003",
                 "not a multiple of 8 lanes");
  expect_refused(single_gemm(4, 64, 256, "fp16"), edge_machine(), "MAP004",
                 "cannot take weight format 'fp16'");
  workloads::Network network = single_gemm(4, 64, 256, "bitmod4_g128");
  network.tensors[0].rows = 3;
  expect_refused(network, edge_machine(), "MAP002", "window on tensor 'x'");
  network = single_gemm(4, 64, 256, "bitmod4_g128");
  network.segments[0].ops[0].k = 0;
  expect_refused(network, edge_machine(), "MAP002", "k=0");
  network = single_gemm(4, 64, 64, "bitmod4_g64");
  network.segments[0].ops[0].out.tensor = 0;
  expect_refused(network, edge_machine(), "MAP005", "cannot write the tensor that it reads");
  network = single_gemm(4, 64, 64, "bitmod4_g64");
  network.tensors[0].format = "int8";
  expect_refused(network, edge_machine(), "MAP004",
                 "PE 'bitmod' takes activations in fp16, tensor 'x' is int8");
  network.tensors[0].format = "int9";
  expect_refused(network, edge_machine(), "FMT008", "'int9' is not an activation format");
  network = single_gemm(4, 64, 64, "bitmod4_g64");
  network.tensors[2].format = "int8";
  expect_refused(network, edge_machine(), "MAP005", "writes tensor 'y' in int8; results of GEMMs are fp16");
  network.segments.clear();
  expect_refused(network, edge_machine(), "MAP005", "no operators");
}

/// A copy of `cols` columns from tensor 0 to tensor 1, both 4 rows of `width`.
workloads::Network single_copy(int64_t width, int64_t cols, const std::string& from, const std::string& to) {
  workloads::Network network;
  network.name = "copy";
  network.phase = "gemm";
  network.tensors = {{"x", workloads::TensorKind::input, 4, width, from, 1},
                     {"y", workloads::TensorKind::activation, 4, width, to, 1}};
  workloads::Op op;
  op.kind = workloads::OpKind::vector;
  op.name = "c";
  op.layer_class = "copy";
  op.rows = 4;
  op.cols = cols;
  op.src0 = {0, 0, 0, 0, width, 1};
  op.dst = {1, 0, 0, 0, width, 1};
  network.segments = {{"all", 1, {op}}};
  return network;
}

TEST(Mapper, TablesCannotBeCut_bad) {
  const machine::Machine machine = edge_machine();
  expect_refused(single_copy(8, 8, "int8", "fp16"), machine, "MAP005",
                 "reads tensor 'x' in int8; vector operators read fp16");
  expect_refused(single_copy(8, 6, "fp16", "table_int8"), machine, "MAP007",
                 "window of 6 on tensor 'y' is not a multiple of the 4 activations of a table (table_int8)");
  expect_refused(single_copy(10, 8, "fp16", "table_fp16"), machine, "MAP007", "row length 10");
  expect_refused(single_copy(10, 8, "fp16", "table_fp16"), machine, "MAP007", "lut.precompute: in_array");
  workloads::Network network = single_copy(12, 8, "fp16", "table_fp16");
  network.segments[0].ops[0].dst.offset = 2;
  expect_refused(network, machine, "MAP007", "offset 2");
  network.segments[0].ops[0].dst.offset = 4;
  EXPECT_EQ(map_network(network, machine).ops[0].store_bytes, 4U * 2 * 16);
}

// Columns are split where a row is too long for a slot: between tables, never inside one.
TEST(Mapper, ChunksOfColumnsAreWholeTables) {
  machine::Machine machine = edge_machine();
  machine.output_spad.capacity_bytes = 4 * 100;  // a slot: 100 bytes, 24 per table of four fp16 and its 16
  for (const int64_t cols : {100, 104}) {
    const MappedProgram mapped = map_network(single_copy(cols, cols, "fp16", "table_fp16"), machine);
    uint64_t stored = 0;
    isa::Cursor cursor(mapped.program);
    isa::IssuedInstruction issued;
    while (cursor.next(issued)) {
      const isa::Instruction& in = *issued.instruction;
      EXPECT_TRUE(in.opcode != isa::Opcode::vector || in.cols % 4 == 0) << in.cols;
      if (in.opcode == isa::Opcode::store) stored += in.rows * in.row_bytes;
    }
    EXPECT_EQ(stored, static_cast<uint64_t>(4 * cols * 4));
  }
}

}  // namespace
}  // namespace vernier::mapper
