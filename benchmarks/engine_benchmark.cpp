// SPDX-License-Identifier: Apache-2.0
// The engines: `fast` on a language model and on a large GEMM, the SystemC netlist with values, and the
// netlist with the Verilated array in place of the model.
#include <benchmark/benchmark.h>

#include "base/error.h"
#include "benchmarks/cpu_time.h"
#include "benchmarks/workload.h"
#include "sim/engine/fast/fast_engine.h"
#include "sim/engine/systemc/systemc_engine.h"
#include "sim/run/image.h"
#include "sim/run/simulate.h"
#if VERNIER_HAS_RTL
#include "sim/rtl_adaptor/rtl_pe_array.h"
#endif

namespace vernier::bench {
namespace {

/// The engine alone: no observers, the program mapped beforehand.
void fast_engine(benchmark::State& state, const std::string& name, workloads::Phase phase, bool skip) {
  const config::AcceleratorConfig config =
      accelerator(name, phase == workloads::Phase::decode ? "decode" : "prefill");
  const mapper::MappedProgram mapped =
      mapper::map_network(language_model("llama-2-7b", phase, 256, config), config.machine);
  double events = 0;
  double instructions = 0;
  double cycles = 0;
  for ([[maybe_unused]] auto unused : state) {
    engine::RunLog log;
    const engine::EngineTotals totals = engine::run_fast(mapped.program, config.machine, log, {skip});
    events += static_cast<double>(totals.steps);
    instructions += static_cast<double>(totals.instructions);
    cycles += static_cast<double>(totals.cycles);
  }
  state.counters["events_per_s"] = benchmark::Counter(events, benchmark::Counter::kIsRate);
  state.counters["instructions_per_s"] = benchmark::Counter(instructions, benchmark::Counter::kIsRate);
  state.counters["cycles_per_s"] = benchmark::Counter(cycles, benchmark::Counter::kIsRate);
  state.counters["events"] = events / static_cast<double>(state.iterations());
}

void usual(benchmark::internal::Benchmark* b) {
  b->Unit(benchmark::kMillisecond)->MinTime(0.3)->Repetitions(5)->ReportAggregatesOnly();
}
void once(benchmark::internal::Benchmark* b) {
  b->Unit(benchmark::kMillisecond)->Iterations(1)->Repetitions(3)->ReportAggregatesOnly();
}

using workloads::Phase;
BENCHMARK_CAPTURE(fast_engine, bitmod_llama_2_7b_decode, "bitmod", Phase::decode, true)->Apply(usual);
BENCHMARK_CAPTURE(fast_engine, bitmod_llama_2_7b_prefill, "bitmod", Phase::prefill, true)->Apply(usual);
BENCHMARK_CAPTURE(fast_engine, bitmod_llama_2_7b_decode_no_skip, "bitmod", Phase::decode, false)->Apply(once);
BENCHMARK_CAPTURE(fast_engine, bitmod_llama_2_7b_prefill_no_skip, "bitmod", Phase::prefill, false)
    ->Apply(once)
    ->Repetitions(1);

/// A token of a language model with a context of 4096 over eight channels of a DRAM part, skipped and not:
/// the same cycles, and how many times faster.
void decode_over_dram(benchmark::State& state, const std::string& model, const std::string& part) {
  const config::AcceleratorConfig config =
      accelerator("bitmod", "decode", {"dram.kind=" + part, "dram.channels=8"});
  const mapper::MappedProgram mapped =
      mapper::map_network(language_model(model, Phase::decode, 4096, config), config.machine);
  double skipped = 0;
  double executed = 0;
  for ([[maybe_unused]] auto unused : state) {
    const auto run = [&](bool skip, double& seconds) {
      engine::RunLog log;
      const double begin = cpu_seconds();
      const uint64_t cycles = engine::run_fast(mapped.program, config.machine, log, {skip}).cycles;
      seconds += cpu_seconds() - begin;
      return cycles;
    };
    if (run(true, skipped) != run(false, executed)) state.SkipWithError("skipping changes the cycles");
  }
  const auto iterations = static_cast<double>(state.iterations());
  state.counters["skipped_s"] = skipped / iterations;
  state.counters["executed_s"] = executed / iterations;
  state.counters["ratio"] = executed / skipped;
}
BENCHMARK_CAPTURE(decode_over_dram, llama_2_7b_LPDDR5_6400_x8, "llama-2-7b", "LPDDR5-6400")->Iterations(1);
BENCHMARK_CAPTURE(decode_over_dram, llama_2_7b_HBM2_2000_x8, "llama-2-7b", "HBM2-2000")->Iterations(1);
BENCHMARK_CAPTURE(decode_over_dram, llama_2_70b_LPDDR5_6400_x8, "llama-2-70b", "LPDDR5-6400")->Iterations(1);
BENCHMARK_CAPTURE(decode_over_dram, llama_2_70b_HBM2_2000_x8, "llama-2-70b", "HBM2-2000")->Iterations(1);

void map_gemm(benchmark::State& state) {
  const config::AcceleratorConfig config = accelerator("fp16_mac_32x32");
  const workloads::Network network = gemm(256, 4096, 4096, config);
  for ([[maybe_unused]] auto unused : state) {
    benchmark::DoNotOptimize(mapper::map_network(network, config.machine));
  }
}
BENCHMARK(map_gemm)->Name("fast/fp16_mac 32x32, GEMM 256x4096x4096, mapping")->Apply(usual);

void fast_gemm(benchmark::State& state) {
  const config::AcceleratorConfig config = accelerator("fp16_mac_32x32");
  const workloads::Network network = gemm(256, 4096, 4096, config);
  const mapper::MappedProgram mapped = mapper::map_network(network, config.machine);
  for ([[maybe_unused]] auto unused : state) {
    engine::RunLog log;
    benchmark::DoNotOptimize(engine::run_fast(mapped.program, config.machine, log));
  }
}
BENCHMARK(fast_gemm)->Name("fast/fp16_mac 32x32, GEMM 256x4096x4096, engine")->Apply(usual);

/// Everything between reading the files and writing the report.
void simulate_gemm(benchmark::State& state) {
  const config::AcceleratorConfig config = accelerator("fp16_mac_32x32");
  const workloads::Network network = gemm(256, 4096, 4096, config);
  for ([[maybe_unused]] auto unused : state) {
    benchmark::DoNotOptimize(run::simulate(config, network, {}));
  }
}
BENCHMARK(simulate_gemm)
    ->Name("fast/fp16_mac 32x32, GEMM 256x4096x4096, mapping, engine, checks and attribution")
    ->Apply(usual);

engine::EngineTotals run_netlist(const mapper::MappedProgram& mapped, const machine::Machine& machine,
                                 machine::MemoryImage& image,
                                 std::unique_ptr<array::IPeArray> verilated = nullptr) {
  engine::SystemcOptions options;
  options.image = &image;
  options.array = std::move(verilated);
  engine::RunLog log;
  return engine::run_systemc(mapped.program, machine, log, std::move(options));
}

void netlist_gemm(benchmark::State& state) {
  const config::AcceleratorConfig config = accelerator("fp16_mac_32x32");
  const workloads::Network network = gemm(256, 4096, 4096, config);
  const mapper::MappedProgram mapped = mapper::map_network(network, config.machine);
  const machine::MemoryImage initial(config.machine, run::random_image(mapped, network, 1));
  double cycles = 0;
  for ([[maybe_unused]] auto unused : state) {
    machine::MemoryImage image = initial;
    cycles += static_cast<double>(run_netlist(mapped, config.machine, image).cycles);
  }
  state.counters["cycles_per_s"] = benchmark::Counter(cycles, benchmark::Counter::kIsRate);
}
BENCHMARK(netlist_gemm)->Name("systemc/fp16_mac 32x32, GEMM 256x4096x4096, values")->Apply(once);

#if VERNIER_HAS_RTL
void netlist_model_against_verilated(benchmark::State& state) {
  const config::AcceleratorConfig config = accelerator("bitmod", "prefill");
  const workloads::Network network = gemm(32, 64, 4096, config);
  const mapper::MappedProgram mapped = mapper::map_network(network, config.machine);
  const machine::MemoryImage initial(config.machine, run::random_image(mapped, network, 1));
  double model_seconds = 0;
  double verilated_seconds = 0;
  double cycles = 0;
  for ([[maybe_unused]] auto unused : state) {
    constexpr int kModelRuns = 20;
    machine::MemoryImage ours;
    for (int i = 0; i < kModelRuns; ++i) {
      ours = initial;
      const double begin = cpu_seconds();
      cycles += static_cast<double>(run_netlist(mapped, config.machine, ours).cycles) / kModelRuns;
      model_seconds += (cpu_seconds() - begin) / kModelRuns;
    }
    machine::MemoryImage theirs = initial;
    auto verilated = rtl_adaptor::RtlPeArray::create(config.machine.array);
    const double begin = cpu_seconds();
    run_netlist(mapped, config.machine, theirs, std::move(verilated));
    verilated_seconds += cpu_seconds() - begin;
    if (ours.dram != theirs.dram) state.SkipWithError("the netlist with the model and with RTL differ");
  }
  state.counters["model_cycles_per_s"] = cycles / model_seconds;
  state.counters["verilated_cycles_per_s"] = cycles / verilated_seconds;
  state.counters["ratio"] = verilated_seconds / model_seconds;
}
BENCHMARK(netlist_model_against_verilated)
    ->Name("netlist/bitmod 32x32x4, GEMM 32x64x4096, model against Verilated")
    ->Apply(once);
#endif

}  // namespace
}  // namespace vernier::bench
