// SPDX-License-Identifier: Apache-2.0
#include "sim/run/network_facts.h"

#include "base/error.h"

namespace vernier::run {

NetworkFacts facts_of(const workloads::Network& network, const mapper::MemoryMap& map) {
  NetworkFacts facts;
  const auto is_cache = [&network](int tensor) {
    return tensor >= 0 &&
           network.tensors[static_cast<size_t>(tensor)].kind == workloads::TensorKind::kv_cache;
  };
  const auto scales = [&](int tensor) -> engine::DramRange {
    if (tensor < 0 || network.tensors[static_cast<size_t>(tensor)].kind != workloads::TensorKind::kv_scales)
      return {};
    const mapper::Region& region = map.regions[static_cast<size_t>(map.tensor_region(tensor))];
    return {region.address, region.address + region.bytes};
  };
  for (const workloads::Segment& segment : network.segments) {
    for (const workloads::Op& op : segment.ops) {
      facts.ops.push_back(&op);
      facts.repeat.push_back(segment.repeat);
      facts.kv_weights.push_back(op.kind == workloads::OpKind::gemm && is_cache(op.weight));
      facts.kv_operands.push_back(op.kind == workloads::OpKind::vector ? scales(op.src0.tensor)
                                                                       : engine::DramRange{});
      facts.kv_results.push_back(op.kind == workloads::OpKind::vector && is_cache(op.dst.tensor));
    }
  }
  return facts;
}

void check_against_network(const mapper::MappedProgram& mapped, const NetworkFacts& facts,
                           const engine::AttributionObserver& attribution) {
  for (size_t op = 0; op < facts.ops.size(); ++op) {
    const report::LayerRow& row = attribution.rows()[op];
    const auto work = static_cast<uint64_t>(facts.ops[op]->macs() * facts.repeat[op]);
    VERNIER_INVARIANT(row.macs == work, "{}: {} MACs issued, {} in the network", row.name, row.macs, work);
    const auto found = row.events.find("weight_spad_write_bits");
    const uint64_t loaded_bits = found == row.events.end() ? 0 : found->second;
    VERNIER_INVARIANT(loaded_bits == 8 * mapped.ops[op].weight_bytes,
                      "{}: {} weight bits loaded, {} bytes planned", row.name, loaded_bits,
                      mapped.ops[op].weight_bytes);
  }
}

void check_against_engine(const engine::AttributionObserver& attribution, const engine::EngineTotals& totals,
                          const machine::Machine& machine) {
  uint64_t bursts = 0;
  uint64_t cycles = 0;
  for (const report::LayerRow& row : attribution.rows()) {
    bursts += row.dram_bytes() / static_cast<uint64_t>(machine.dram.burst_bytes);
    cycles += row.cycles;
  }
  VERNIER_INVARIANT(bursts == totals.dram_bursts, "{} bursts in the rows, {} on the bus", bursts,
                    totals.dram_bursts);
  VERNIER_INVARIANT(attribution.gemms().macs == totals.macs, "{} != {}", attribution.gemms().macs,
                    totals.macs);
  VERNIER_INVARIANT(attribution.gemms().counts == totals.counts,
                    "events counted by the array differ from those of "
                    "the descriptor: {} and {} PE steps",
                    totals.counts.pe_steps, attribution.gemms().counts.pe_steps);
  VERNIER_INVARIANT(cycles == totals.cycles, "rows sum to {} cycles, the run took {}", cycles, totals.cycles);
}

}  // namespace vernier::run
