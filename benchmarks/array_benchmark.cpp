// SPDX-License-Identifier: Apache-2.0
// The PE array of the models against the Verilated one: the same pass, the same driver, in turns.
#include <benchmark/benchmark.h>

#include "benchmarks/array_driver.h"
#include "benchmarks/cpu_time.h"
#include "models/array/pe_array_model.h"
#include "models/formats/group_format.h"
#include "sim/rtl_adaptor/rtl_pe_array.h"

namespace vernier::bench {
namespace {

constexpr int kModelPasses = 50;  // per pass of the Verilated array, to be long enough for the clock

void array_model_against_verilated(benchmark::State& state) {
  const machine::ArrayParams params{"bitmod", 32, 32, 4, machine::Delivery::broadcast};
  const char* format = "bitmod4_g128";
  const ArrayPass pass = random_pass(params, format, 4096, 1);
  array::PeArrayModel model(params, {formats::group_format(format)});
  const auto verilated = rtl_adaptor::RtlPeArray::create(params);
  double model_seconds = 0;
  double verilated_seconds = 0;
  uint64_t cycles = 0;
  for ([[maybe_unused]] auto unused : state) {
    const double model_begin = cpu_seconds();
    ArrayResult ours;
    for (int i = 0; i < kModelPasses; ++i) ours = drive(model, params, pass);
    model_seconds += (cpu_seconds() - model_begin) / kModelPasses;
    const double verilated_begin = cpu_seconds();
    const ArrayResult theirs = drive(*verilated, params, pass);
    verilated_seconds += cpu_seconds() - verilated_begin;
    cycles += ours.cycles;
    if (ours.cycles != theirs.cycles || ours.outputs != theirs.outputs) {
      state.SkipWithError("the model and the Verilated array differ");
      return;
    }
  }
  const auto total = static_cast<double>(cycles);
  state.counters["model_cycles_per_s"] = total / model_seconds;
  state.counters["verilated_cycles_per_s"] = total / verilated_seconds;
  state.counters["ratio"] = verilated_seconds / model_seconds;
}
BENCHMARK(array_model_against_verilated)
    ->Name("array/bitmod 32x32x4, K = 4096, model against Verilated")
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1)
    ->Repetitions(5)
    ->ReportAggregatesOnly();

}  // namespace
}  // namespace vernier::bench
