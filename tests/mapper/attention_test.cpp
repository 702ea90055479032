// SPDX-License-Identifier: Apache-2.0
// Attention in one schedule: its traffic counted by hand, its order, and what it refuses.
#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "models/pe/registry.h"
#include "sim/mapper/mapper.h"
#include "sim/run/attention_traffic.h"
#include "sim/run/program_fit.h"
#include "tests/mapper/attention_case.h"
#include "tests/mapper/token_machine.h"

namespace vernier::mapper {
namespace {

using testing::attention_network;
using testing::AttentionSize;

constexpr MappingOptions kFlash{true};

machine::Machine small_machine() {
  machine::Machine m;
  m.name = "small";
  m.clock_hz = 1e9;
  m.array = {"fp16_mac", 2, 2, 1, machine::Delivery::broadcast};
  m.weight_spad = {4096, 2, 64, 1};
  m.activation_spad = {4096, 2, 64, 1};
  m.output_spad = {4096, 2, 64, 1};
  m.dram.latency_cycles = 10;
  m.dram.bits_per_cycle = 64;
  m.dram.burst_bytes = 8;
  m.dma_max_in_flight = 8;
  m.vector = {4, 2};
  m.sequencer.queue_depth = 4;
  return m;
}

struct Traffic {
  uint64_t queries = 0, keys = 0, values = 0, results = 0, others = 0;
  uint64_t macs = 0, tiles = 0;
};

Traffic walk(const isa::Program& program) {
  Traffic traffic;
  isa::Cursor cursor(program);
  isa::IssuedInstruction issued;
  while (cursor.next(issued)) {
    const isa::Instruction& in = *issued.instruction;
    const uint64_t bytes = uint64_t{in.rows} * in.row_bytes;
    if (in.opcode == isa::Opcode::gemm) traffic.macs += uint64_t{in.m} * in.n * in.k;
    if (in.opcode == isa::Opcode::vector && in.vector_op == isa::VectorOp::online_softmax) ++traffic.tiles;
    if (in.opcode == isa::Opcode::store) (in.op == 2 ? traffic.results : traffic.others) += bytes;
    if (in.opcode != isa::Opcode::load) continue;
    if (in.scratchpad == isa::Scratchpad::weight) {
      (in.op == 0 ? traffic.keys : traffic.values) += bytes;
    } else {
      (in.scratchpad == isa::Scratchpad::activation && in.op == 0 ? traffic.queries : traffic.others) +=
          bytes;
    }
  }
  return traffic;
}

// Two key/value heads of three query heads, 4 tokens, 6 keys of 4 elements, all fp16.
constexpr int64_t kBatch = 2, kGroup = 3, kTokens = 4, kKeys = 6, kDim = 4;
AttentionSize by_hand() { return {kBatch, kGroup, kTokens, kKeys, kDim, kDim, "fp16", "fp16"}; }

// With room for everything the keys and values of a head are read once for its three query heads.
TEST(Attention, TrafficByHandWithRoom) {
  machine::Machine machine = small_machine();
  machine.array.rows = machine.array.cols = 4;
  const MappedProgram mapped = map_network(attention_network(by_hand()), machine, kFlash);
  const Traffic traffic = walk(mapped.program);
  EXPECT_EQ(traffic.queries, 2U * 3 * 4 * 4 * 2);  // heads, tokens, elements, bytes
  EXPECT_EQ(traffic.keys, 2U * 6 * 4 * 2);
  EXPECT_EQ(traffic.values, 2U * 6 * 4 * 2);
  EXPECT_EQ(traffic.results, 2U * 3 * 4 * 4 * 2);
  EXPECT_EQ(traffic.others, 0U);
  EXPECT_EQ(traffic.macs, 2U * (2 * 3 * 4 * 6 * 4));
}

// The output scratchpad holds the tile of 2 queries by 2 keys and nothing larger: scores 2 * 2 * 2 and
// products 2 * 4 * 2 and results 2 * 4 * 2 and factors 2 * 4, two slots each: 96; statistics 2 * 8, fp32
// results 2 * 4 * 4. So keys and values stream once for every two tokens of every query head.
TEST(Attention, TrafficByHandWhenTight) {
  machine::Machine machine = small_machine();
  machine.output_spad.capacity_bytes = 2 * (8 + 16 + 16 + 8) + 16 + 32;
  machine.array.cols = 2;
  const MappedProgram mapped = map_network(attention_network(by_hand()), machine, kFlash);
  ASSERT_TRUE(mapped.ops[0].attention.has_value());
  EXPECT_EQ(mapped.ops[0].attention->rows, 2);
  EXPECT_EQ(mapped.ops[0].attention->resident(), 2);
  EXPECT_EQ(mapped.ops[0].attention->keys, 2);
  const Traffic traffic = walk(mapped.program);
  constexpr uint64_t kTurns = 3 * 2;  // query heads of a key/value head, pairs of tokens
  EXPECT_EQ(traffic.tiles, 2 * kTurns * 3);
  EXPECT_EQ(traffic.queries, 2U * 3 * 4 * 4 * 2);
  EXPECT_EQ(traffic.keys, 2 * kTurns * (6 * 4 * 2));
  EXPECT_EQ(traffic.values, 2 * kTurns * (6 * 4 * 2));
  EXPECT_EQ(traffic.results, 2U * 3 * 4 * 4 * 2);
  EXPECT_EQ(traffic.others, 0U);
  EXPECT_EQ(traffic.macs, 2U * (2 * 3 * 4 * 6 * 4));
  EXPECT_EQ(mapped.ops[0].weight_bytes, traffic.keys);
  EXPECT_EQ(mapped.ops[0].activation_bytes, traffic.queries);
  EXPECT_EQ(mapped.ops[1].activation_bytes + mapped.ops[1].store_bytes, 0U);
  EXPECT_EQ(mapped.ops[2].weight_bytes, traffic.values);
  EXPECT_EQ(mapped.ops[2].store_bytes, traffic.results);
  // Unfused the scores of 2 * 3 * 4 * 6 elements are stored and loaded twice.
  const Traffic unfused = walk(map_network(attention_network(by_hand()), small_machine()).program);
  EXPECT_EQ(unfused.others, 4 * (2U * 3 * 4 * 6 * 2));
}

TEST(Attention, TrafficBesideItsBoundsByHand) {
  workloads::Network network = attention_network(by_hand());
  std::vector<report::LayerRow> rows(3);
  rows[0].kv_bytes = 400;
  rows[1].output_write_bytes = 30;
  rows[2].activation_read_bytes = 500;
  const machine::Machine machine = small_machine();
  const auto traffic = [&](const MappingOptions& options) {
    return run::attention_traffic(network, map_network(network, machine, options), machine, rows);
  };
  ASSERT_TRUE(traffic(kFlash).has_value());
  EXPECT_EQ(traffic(kFlash)->schedule, "flash");
  EXPECT_EQ(traffic({})->schedule, "unfused");
  EXPECT_EQ(traffic(kFlash)->dram_bytes, 930U);
  EXPECT_EQ(traffic(kFlash)->once_bytes, 2 * 192U + 2 * 96);  // queries and results; keys and values
  EXPECT_EQ(traffic(kFlash)->spad_elements, 3U * 4096 / 2);
  // 6 query heads of 4 queries, 6 keys, 4 * 4 elements.
  EXPECT_EQ(traffic(kFlash)->io_bound_bytes, 2.0 * 6 * 4 * 6 * 16 / 6144);
  network.segments[0].repeat = 3;
  EXPECT_EQ(traffic(kFlash)->once_bytes, 3 * 576U);
  EXPECT_EQ(traffic(kFlash)->io_bound_bytes, 3 * 0.75);
  network.phase = "decode";
  EXPECT_FALSE(traffic(kFlash).has_value());
}

TEST(Attention, NeedsAByteMore_bad) {
  machine::Machine machine = small_machine();
  const auto refused = [&machine](const std::string& words) {
    try {
      static_cast<void>(map_network(attention_network(by_hand()), machine, kFlash));
    } catch (const InputError& error) {
      EXPECT_EQ(error.diagnostics().front().code, "MAP001") << error.what();
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find("mapping.attention: unfused"), std::string::npos);
      return true;
    }
    return false;
  };
  // The smallest tile is 2 queries by 1 key.
  machine.output_spad.capacity_bytes = 2 * (4 + 16 + 16 + 8) + 16 + 32 - 1;
  EXPECT_TRUE(
      refused("2 queries by 1 keys of 4 elements at the least, needs 136 bytes of the output scratchpad, "
              "which has 135"));
  ++machine.output_spad.capacity_bytes;
  EXPECT_FALSE(refused(""));
  machine.weight_spad.capacity_bytes = 2 * (8 + 8) - 1;
  EXPECT_TRUE(refused("needs 32 bytes of the weight scratchpad, which has 31"));
  ++machine.weight_spad.capacity_bytes;
  EXPECT_FALSE(refused(""));
  machine.activation_spad.capacity_bytes = 2 * (2 * 8 + 4) - 1;
  EXPECT_TRUE(refused("needs 40 bytes of the activation scratchpad, which has 39"));
  ++machine.activation_spad.capacity_bytes;
  EXPECT_FALSE(refused(""));
}

// Decode keeps its three operators, and so does anything that looks at the scores.
TEST(Attention, OnlyWhereNothingElseUsesTheScores) {
  const auto flash = [](const workloads::Network& network) {
    return map_network(network, small_machine(), kFlash).ops[0].attention.has_value();
  };
  workloads::Network network = attention_network(by_hand());
  EXPECT_TRUE(flash(network));
  EXPECT_FALSE(map_network(network, small_machine()).ops[0].attention.has_value());
  network.phase = "decode";
  EXPECT_FALSE(flash(network));
  network = attention_network(by_hand());
  workloads::Op copy = network.segments[0].ops[1];
  copy.name = "copy";
  copy.vector_kind = workloads::VectorKind::copy;
  network.segments[0].ops.push_back(copy);
  EXPECT_FALSE(flash(network));
  network = attention_network(by_hand());
  network.segments[0].ops[1].vector_kind = workloads::VectorKind::relu;
  EXPECT_FALSE(flash(network));
  network = attention_network(by_hand());
  network.tensors[1].kind = workloads::TensorKind::weight;
  EXPECT_FALSE(flash(network));
}

// Any interleaving that queues and semaphores allow gives every instruction the operands of program order.
TEST(Attention, IsSafeInAnyOrder) {
  uint64_t mapped_count = 0, turns = 0, tiles = 0, heads = 0, ragged = 0, single = 0;
  for (uint64_t seed = 0; seed < 150 && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937_64 random(seed);
    const auto between = [&random](int64_t low, int64_t high) {
      return std::uniform_int_distribution<int64_t>(low, high)(random);
    };
    machine::Machine machine = small_machine();
    machine.array.rows = static_cast<int>(between(1, 6));
    machine.array.cols = static_cast<int>(between(1, 6));
    for (machine::ScratchpadParams* spad :
         {&machine.weight_spad, &machine.activation_spad, &machine.output_spad}) {
      spad->capacity_bytes = static_cast<uint64_t>(between(100, 3000));
    }
    machine.sequencer.queue_depth = static_cast<int>(between(1, 8));
    const workloads::Network network =
        attention_network({between(1, 3), between(1, 3), between(1, 20), between(1, 30), between(1, 8),
                           between(1, 8), "fp16", "fp16", between(1, 3)});
    MappedProgram mapped;
    try {
      mapped = map_network(network, machine, kFlash);
    } catch (const InputError& error) {
      ASSERT_EQ(error.diagnostics().front().code, "MAP001") << error.what();
      continue;
    }
    ASSERT_TRUE(mapped.ops[0].attention.has_value());
    const AttentionBlocks& blocks = *mapped.ops[0].attention;
    const workloads::Op& op = network.segments[0].ops[0];
    ++mapped_count;
    turns += blocks.tiles * blocks.rows < op.m ? 1 : 0;
    tiles += blocks.tiles > 1 ? 1 : 0;
    heads += blocks.heads > 1 ? 1 : 0;
    single += blocks.tiles * blocks.heads == 1 && blocks.keys < op.n ? 1 : 0;
    ragged += op.n % blocks.keys != 0 && op.n > 2 * blocks.keys ? 1 : 0;
    run::check_fit(mapped.program, machine);
    testing::TokenMachine in_order(mapped.program, machine);
    const std::vector<uint64_t> reference = in_order.run_in_order();
    in_order.expect_initial_semaphores();
    testing::TokenMachine shuffled(mapped.program, machine);
    EXPECT_EQ(shuffled.run_at_random(seed), reference);
    shuffled.expect_initial_semaphores();
    const Traffic traffic = walk(mapped.program);
    EXPECT_EQ(traffic.macs, static_cast<uint64_t>(network.macs()));
    EXPECT_EQ(traffic.keys, mapped.ops[0].weight_bytes);
    EXPECT_EQ(traffic.values, mapped.ops[2].weight_bytes);
    EXPECT_EQ(traffic.queries, mapped.ops[0].activation_bytes);
    EXPECT_EQ(traffic.results, mapped.ops[2].store_bytes);
    EXPECT_EQ(traffic.others, 0U);
  }
  EXPECT_GT(mapped_count, 80U);
  for (const uint64_t count : {turns, tiles, heads, ragged, single}) EXPECT_GT(count, 5U);
}

// GEMMs in front and behind that share nothing with attention but the scratchpads.
TEST(Attention, LeavesTheSlotsOfItsNeighboursAlone) {
  for (uint64_t seed = 0; seed < 40 && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    workloads::Network network = attention_network(by_hand());
    workloads::Segment& layers = network.segments[0];
    const workloads::Op qk = layers.ops[0];
    for (const char* name : {"before", "after"}) {
      workloads::Op op = qk;
      op.name = name;
      op.batch = op.m_outer = 1;
      op.m = kTokens;
      op.k = network.tensors[0].cols;
      op.n = 12;
      op.act = {0, 0, 0, 0, op.k, 1};
      op.weight = static_cast<int>(network.tensors.size());
      op.out = {op.weight + 1, 0, 0, 0, op.n, 1};
      const std::string prefix = name;
      network.tensors.push_back({prefix + ".weight", workloads::TensorKind::weight, op.n, op.k});
      network.tensors.push_back({prefix + ".out", workloads::TensorKind::output, kTokens, op.n});
      layers.ops.insert(prefix == "before" ? layers.ops.begin() : layers.ops.end(), op);
    }
    layers.repeat = 2;
    machine::Machine machine = small_machine();
    machine.output_spad.capacity_bytes = 400;
    const MappedProgram mapped = map_network(network, machine, kFlash);
    ASSERT_TRUE(mapped.ops[1].attention.has_value());
    testing::TokenMachine in_order(mapped.program, machine);
    const std::vector<uint64_t> reference = in_order.run_in_order();
    in_order.expect_initial_semaphores();
    testing::TokenMachine shuffled(mapped.program, machine);
    EXPECT_EQ(shuffled.run_at_random(seed), reference);
    shuffled.expect_initial_semaphores();
  }
}

}  // namespace
}  // namespace vernier::mapper
