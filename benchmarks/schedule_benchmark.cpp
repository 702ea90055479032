// SPDX-License-Identifier: Apache-2.0
// Scratchpad schedules: time until the optimum, with addresses, is proved.
#include <benchmark/benchmark.h>

#include "sim/schedule/check/check.h"
#include "tests/schedule/families.h"

namespace vernier::bench {
namespace {

using Solver = schedule::Outcome (*)(const graph::Graph&, uint64_t, const schedule::Limits&);

/// Every scratchpad size of families::capacities, one after the other, each in at most `seconds`.
void schedule_graph(benchmark::State& state, Solver solve, const graph::Graph& graph, double seconds = 60) {
  double sizes = 0, proved = 0, slowest = 0;
  for ([[maybe_unused]] auto unused : state) {
    sizes = proved = slowest = 0;
    for (const uint64_t capacity : schedule::families::capacities(graph)) {
      schedule::Limits limits;
      limits.seconds = seconds;
      const schedule::Outcome outcome = solve(graph, capacity, limits);
      if (!outcome.schedule) {
        state.SkipWithError("no schedule");
        return;
      }
      static_cast<void>(schedule::check_outcome(graph, outcome, capacity, true));
      sizes += 1;
      proved += outcome.status == schedule::Status::optimal ? 1 : 0;
      slowest = std::max(slowest, outcome.seconds);
    }
  }
  state.counters["operators"] = static_cast<double>(graph.operators.size());
  state.counters["sizes"] = sizes;
  state.counters["proved"] = proved;
  state.counters["slowest_s"] = slowest;
}

namespace families = schedule::families;
using schedule::solve_divided;
using schedule::solve_exact;

BENCHMARK_CAPTURE(schedule_graph, resnet50, solve_exact, families::resnet({3, 4, 6, 3}))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedule_graph, densenet121, solve_exact, families::densenet({6, 12, 24, 16}))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedule_graph, darts7, solve_exact, families::darts(7, 0))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedule_graph, nasnet6, solve_exact, families::nasnet(6))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedule_graph, residual_strips, solve_exact, families::residual_strips(4, 4))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedule_graph, encoder12, solve_exact, families::encoder(12, 4))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedule_graph, llama, solve_exact, families::llama(1, 8, 2, 4))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedule_graph, llama12, solve_exact, families::llama(1, 12, 2, 4))
    ->Unit(benchmark::kMillisecond);
// Beyond what is proved at every size.
BENCHMARK_CAPTURE(schedule_graph, llama_two_rows, solve_exact, families::llama(2, 4, 2, 4), 10.0)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedule_graph, residual_strips_8_wide, solve_exact, families::residual_strips(2, 8), 4.0)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedule_graph, watts_strogatz_1, solve_exact, families::watts_strogatz(32, 4, 75, 1))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedule_graph, watts_strogatz_2, solve_exact, families::watts_strogatz(32, 4, 75, 2))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedule_graph, watts_strogatz_3, solve_exact, families::watts_strogatz(32, 4, 75, 3))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedule_graph, watts_strogatz_4, solve_exact, families::watts_strogatz(32, 4, 75, 4))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedule_graph, watts_strogatz_5, solve_exact, families::watts_strogatz(32, 4, 75, 5))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(schedule_graph, nasnet48, solve_divided, families::nasnet(48))
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vernier::bench
