// SPDX-License-Identifier: Apache-2.0
// Every shipped language model on the shipped accelerators: programs are small and do the work of the
// network.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/mapper/mapper.h"
#include "workloads/workload.h"

namespace vernier::mapper {
namespace {

struct Totals {
  uint64_t macs = 0, weight_bytes = 0, other_load_bytes = 0, store_bytes = 0;
  std::array<int64_t, isa::kMaxSemaphores> semaphores{};
};

Totals moved(const isa::Program& program) {
  Totals totals;
  isa::Cursor cursor(program);
  isa::IssuedInstruction issued;
  while (cursor.next(issued)) {
    const isa::Instruction& in = *issued.instruction;
    const uint64_t bytes = uint64_t{in.rows} * in.row_bytes;
    if (in.opcode == isa::Opcode::gemm) totals.macs += uint64_t{in.m} * in.n * in.k;
    if (in.opcode == isa::Opcode::store) totals.store_bytes += bytes;
    if (in.opcode == isa::Opcode::load) {
      (in.scratchpad == isa::Scratchpad::weight ? totals.weight_bytes : totals.other_load_bytes) += bytes;
    }
    for (size_t i = 0; i < in.wait_count; ++i) totals.semaphores[in.waits[i].semaphore] -= in.waits[i].count;
    for (size_t i = 0; i < in.post_count; ++i) totals.semaphores[in.posts[i].semaphore] += in.posts[i].count;
  }
  return totals;
}

void check(const std::filesystem::path& file, const std::string& accelerator, workloads::Phase phase) {
  const bool prefill = phase == workloads::Phase::prefill;
  SCOPED_TRACE(
      fmt::format("{} on {}, {}", file.filename().string(), accelerator, prefill ? "prefill" : "decode"));
  config::ResolveOptions resolve;
  resolve.phase = prefill ? "prefill" : "decode";
  const auto root = std::filesystem::path(VERNIER_SOURCE_DIR);
  const auto loaded =
      config::load_accelerator((root / "configs/accelerators" / accelerator).string(), resolve);
  workloads::LlmOptions options;
  options.phase = phase;
  const workloads::Network network = workloads::build_network(workloads::load_workload(file.string()),
                                                              options, config::network_formats(loaded));
  const MappedProgram mapped =
      map_network(network, loaded.machine, {loaded.attention == config::AttentionMapping::flash});
  const auto flash = [](const OpExpectation& op) { return op.attention.has_value(); };
  EXPECT_EQ(std::any_of(mapped.ops.begin(), mapped.ops.end(), flash), prefill);
  EXPECT_LT(mapped.program.nodes.size(), 1000U);  // today's largest: 728
  const Totals totals = moved(mapped.program);
  EXPECT_EQ(totals.macs, static_cast<uint64_t>(network.macs()));
  uint64_t weights = 0, others = 0, stores = 0;
  for (const OpExpectation& op : mapped.ops) {
    weights += op.weight_bytes;
    others += op.activation_bytes;
    stores += op.store_bytes;
  }
  EXPECT_EQ(totals.weight_bytes, weights);
  EXPECT_EQ(totals.other_load_bytes, others);
  EXPECT_EQ(totals.store_bytes, stores);
  for (const int64_t balance : totals.semaphores) EXPECT_EQ(balance, 0);
  // In decode every parameter is read exactly once.
  if (!prefill) {
    uint64_t packed = 0;
    for (const Region& region : mapped.map.regions) {
      for (const PackedBlock& block : region.blocks) {
        const formats::GroupFormat format =
            formats::group_format(network.tensors[static_cast<size_t>(region.tensor)].format);
        packed += formats::weight_block_bytes(format, block.shape) *
                  static_cast<uint64_t>(region.batch * region.repeat);
      }
    }
    EXPECT_EQ(packed, totals.weight_bytes);
  }
}

// A head of Llama-2-7B, 2048 tokens. Where the bus limits, more queries stay on chip; DRAM parts count as
// wide as they are.
TEST(ShippedNetworks, AttentionKeepsMoreQueriesBehindANarrowBus) {
  const auto blocks = [](const std::vector<std::string>& sets) {
    const config::AcceleratorConfig loaded =
        config::load_accelerator(VERNIER_SOURCE_DIR "/configs/accelerators/bitmod.yaml", {"prefill", sets});
    AttentionShape shape;
    shape.tokens = shape.keys = 2048;
    shape.key_dim = shape.value_dim = 128;
    shape.key_format = shape.value_format = formats::group_format("int8_s8_g128");
    return choose_attention(shape, loaded.machine, "qk");
  };
  const AttentionBlocks wide = blocks({});
  const AttentionBlocks narrow = blocks({"dram.width=8 bit"});
  EXPECT_GT(narrow.resident(), wide.resident());
  EXPECT_LT(narrow.traffic_bytes, wide.traffic_bytes);
  EXPECT_GT(narrow.cycles, static_cast<double>(narrow.traffic_bytes));  // a byte a cycle
  const AttentionBlocks part = blocks({"dram.kind=HBM2-2000"});
  EXPECT_TRUE(std::isfinite(part.cycles));
  EXPECT_EQ(part.resident(), wide.resident());
}

TEST(ShippedNetworks, MapToSmallProgramsWithTheirWork) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(VERNIER_SOURCE_DIR "/workloads/llm")) {
    if (entry.path().extension() != ".yaml") continue;
    ++count;
    for (const auto phase : {workloads::Phase::prefill, workloads::Phase::decode}) {
      check(entry.path(), "bitmod.yaml", phase);
      check(entry.path(), "fp16_mac.yaml", phase);
    }
  }
  EXPECT_GE(count, 8U);
}

}  // namespace
}  // namespace vernier::mapper
