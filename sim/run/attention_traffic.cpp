// SPDX-License-Identifier: Apache-2.0
#include "sim/run/attention_traffic.h"

#include "models/formats/weight_block.h"

namespace vernier::run {
namespace {

constexpr uint64_t kElementBytes = 2;  // of the elements that the bound counts

uint64_t packed_bytes(const mapper::MappedProgram& mapped, size_t op, const std::string& format) {
  const mapper::Region& region =
      mapped.map.regions[static_cast<size_t>(mapped.map.op_region(static_cast<int>(op)))];
  uint64_t bytes = 0;
  for (const mapper::PackedBlock& block : region.blocks)
    bytes += formats::weight_block_bytes(formats::group_format(format), block.shape);
  return bytes * static_cast<uint64_t>(region.batch);
}

}  // namespace

std::optional<report::AttentionTraffic> attention_traffic(const workloads::Network& network,
                                                          const mapper::MappedProgram& mapped,
                                                          const machine::Machine& machine,
                                                          const std::vector<report::LayerRow>& rows) {
  if (network.phase != "prefill") return std::nullopt;
  report::AttentionTraffic traffic;
  traffic.spad_elements = (machine.weight_spad.capacity_bytes + machine.activation_spad.capacity_bytes +
                           machine.output_spad.capacity_bytes) /
                          kElementBytes;
  bool found = false;
  size_t first = 0;  // operator of the segment at hand
  for (const workloads::Segment& segment : network.segments) {
    for (size_t i = 0; i < segment.ops.size(); ++i) {
      if (!mapper::is_attention(network, segment, i)) continue;
      found = true;
      const size_t at = first + i;
      const workloads::Op& qk = segment.ops[i];
      const workloads::Op& av = segment.ops[i + 2];
      const auto format = [&](int tensor) { return network.tensors[static_cast<size_t>(tensor)].format; };
      const auto repeat = static_cast<uint64_t>(segment.repeat);
      const auto queries = static_cast<uint64_t>(qk.batch * qk.m_outer * qk.m);
      traffic.schedule = mapped.ops[at].attention ? "flash" : "unfused";
      for (size_t op = at; op < at + 3; ++op) traffic.dram_bytes += rows[op].dram_bytes();
      traffic.once_bytes +=
          repeat *
          (queries * (formats::activation_bytes(formats::activation_format(format(qk.act.tensor)),
                                                static_cast<uint64_t>(qk.k)) +
                      kElementBytes * static_cast<uint64_t>(av.n)) +
           packed_bytes(mapped, at, format(qk.weight)) + packed_bytes(mapped, at + 2, format(av.weight)));
      traffic.io_bound_bytes += static_cast<double>(repeat * queries) * static_cast<double>(qk.n) *
                                static_cast<double>(qk.k) * static_cast<double>(av.n) /
                                static_cast<double>(traffic.spad_elements) * kElementBytes;
    }
    first += segment.ops.size();
  }
  if (!found) return std::nullopt;
  return traffic;
}

}  // namespace vernier::run
