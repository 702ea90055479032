// SPDX-License-Identifier: Apache-2.0
// DRAM: one channel under random reads, and a long stream of weights through the DMA, skipped and not.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "base/error.h"
#include "benchmarks/cpu_time.h"
#include "models/dram/event_channel.h"
#include "sim/config/part_file.h"
#include "sim/engine/fast/fast_memory.h"

namespace vernier::bench {
namespace {

/// A million reads anywhere in 1 GiB, one offered per clock as soon as the queue takes it.
void random_reads(benchmark::State& state, const std::string& part) {
  const dram::Part shipped = config::load_part(part);
  const uint64_t bursts = (uint64_t{1} << 30) / static_cast<uint64_t>(shipped.organisation.burst_bytes);
  double clocks = 0;
  for ([[maybe_unused]] auto unused : state) {
    dram::EventChannel channel(shipped);
    uint64_t random = 12345;
    for (uint64_t i = 0; i < 1'000'000; ++i) {
      random = random * 6364136223846793005U + 1442695040888963407U;
      while (!channel.read_room()) channel.advance_to_column();
      channel.offer_read((random >> 33) % bursts, i);
      channel.advance(channel.clock() + 1);
      while (channel.known_delivery()) {
      }
    }
    clocks += static_cast<double>(channel.clock());
  }
  state.counters["clocks_per_s"] = benchmark::Counter(clocks, benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(random_reads, DDR4_2400, "DDR4-2400")->Unit(benchmark::kMillisecond)->Repetitions(3);

/// Ports that refuse nothing.
class FreePorts : public engine::IPortSchedule {
 public:
  [[nodiscard]] engine::PortsLeft left(isa::Scratchpad, uint64_t, uint64_t) const override { return {}; }
  [[nodiscard]] uint64_t next_change(isa::Scratchpad, uint64_t, uint64_t) const override {
    return UINT64_MAX;
  }
  [[nodiscard]] bool loads_are_free(isa::Scratchpad) const override { return true; }
};

/// Loads blocks of weights one after the other; the sum of their ends.
uint64_t stream(const machine::Machine& machine, uint64_t bytes, uint64_t block, bool skip) {
  const FreePorts ports;
  const auto memory = engine::make_dram_memory(machine, ports, skip);
  uint64_t at = 0;
  uint64_t ends = 0;
  for (uint64_t cycle = 0; cycle != engine::IFastMemory::kNever; cycle = memory->next_event()) {
    memory->advance(cycle);
    const bool idle = memory->take_load_free() || at == 0;
    for (uint64_t end = memory->take_load_end(); end != engine::IFastMemory::kNever;
         end = memory->take_load_end()) {
      ends += end;
    }
    if (!idle || at >= bytes) continue;
    engine::DmaTransfer load;
    load.transfer = {at, 1, block, block};
    memory->start_load(cycle, load);
    at += block;
  }
  return ends;
}

/// `skipped` is so much more as to be measurable; both stream the first `executed` bytes, with the same ends.
void weights(benchmark::State& state, const std::string& part, uint64_t block) {
  constexpr uint64_t kExecuted = uint64_t{32} << 20;
  constexpr uint64_t kSkipped = uint64_t{4} << 30;
  machine::Machine machine;
  machine.clock_hz = 1e9;
  machine.weight_spad = {uint64_t{1} << 20, 32, 64, 1};
  machine.activation_spad = machine.output_spad = machine.weight_spad;
  machine.dma_max_in_flight = 64;
  machine.dram.kind = machine::DramKind::part;
  machine.dram.memory.part = config::load_part(part);
  machine.dram.memory.channels = 8;
  double executed = 0;
  double skipped = 0;
  for ([[maybe_unused]] auto unused : state) {
    double begin = cpu_seconds();
    const uint64_t ends = stream(machine, kExecuted, block, false);
    executed += (cpu_seconds() - begin) / kExecuted;
    if (stream(machine, kExecuted, block, true) != ends)
      state.SkipWithError("skipping changes the ends of loads");
    begin = cpu_seconds();
    benchmark::DoNotOptimize(stream(machine, kSkipped, block, true));
    skipped += (cpu_seconds() - begin) / kSkipped;
  }
  const auto iterations = static_cast<double>(state.iterations());
  state.counters["executed_bytes_per_s"] = iterations / executed;
  state.counters["skipped_bytes_per_s"] = iterations / skipped;
  state.counters["ratio"] = executed / skipped;
}
void once(benchmark::internal::Benchmark* b) {
  b->Unit(benchmark::kMillisecond)->Iterations(1)->Repetitions(3)->ReportAggregatesOnly();
}
BENCHMARK_CAPTURE(weights, LPDDR5_6400_x8_blocks_of_64_KiB, "LPDDR5-6400", 65536)->Apply(once);
BENCHMARK_CAPTURE(weights, HBM2_2000_x8_blocks_of_64_KiB, "HBM2-2000", 65536)->Apply(once);
BENCHMARK_CAPTURE(weights, LPDDR5_6400_x8_blocks_of_50000_bytes, "LPDDR5-6400", 50000)->Apply(once);

}  // namespace
}  // namespace vernier::bench
