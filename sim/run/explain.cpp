// SPDX-License-Identifier: Apache-2.0
#include "sim/run/explain.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "sim/engine/attribution.h"
#include "sim/engine/fast/fast_engine.h"
#include "sim/run/network_facts.h"
#include "sim/run/what_if.h"

namespace vernier::run {
namespace {

/// The program on another machine: the rung that ends there.
struct Step {
  report::Gap::Cycles report::Gap::*rung;
  machine::Machine machine;
  engine::PortRules ports;
  int64_t cycles = 0;
};

/// In the order in which the mechanisms are switched on; the run itself follows.
std::vector<Step> steps_on(const machine::Machine& machine) {
  using report::Gap;
  constexpr auto kNone = engine::PortRules::none;
  const machine::Machine free_ports = with_double_ports(machine);
  if (machine.dram.kind != machine::DramKind::part) return {{&Gap::schedule, free_ports, kNone}};
  return {{&Gap::schedule, with_perfect_dram(free_ports), kNone},
          {&Gap::dram_latency, without_rows(free_ports), kNone},
          {&Gap::dram_rows, without_bank_groups(free_ports), kNone},
          {&Gap::bank_groups, without_refresh(free_ports), kNone},
          {&Gap::refresh, free_ports, kNone},
          {&Gap::port_width, free_ports, engine::PortRules::width}};
}

void run_step(const isa::Program& program, bool skip, Step& step) {
  engine::RunLog log;
  engine::FastOptions options;
  options.skip = skip;
  options.port_rules = step.ports;
  step.cycles = static_cast<int64_t>(engine::run_fast(program, step.machine, log, options).cycles);
}

/// The same with the rows of the report.
std::vector<report::LayerRow> run_first_step(const isa::Program& program, bool skip, Step& step) {
  engine::RunLog log;
  const std::vector<bool> nothing_known(program.ops.size());
  engine::AttributionObserver attribution(program, step.machine, nothing_known, nothing_known,
                                          std::vector<engine::DramRange>(program.ops.size()));
  log.add_observer(attribution);
  engine::FastOptions options;
  options.skip = skip;
  options.port_rules = step.ports;
  const engine::EngineTotals totals = engine::run_fast(program, step.machine, log, options);
  check_against_engine(attribution, totals, step.machine);
  step.cycles = static_cast<int64_t>(totals.cycles);
  return attribution.rows();
}

/// Every step once, on as many threads as there are cores. Returns the rows of the first.
std::vector<report::LayerRow> run_steps(const isa::Program& program, bool skip, std::vector<Step>& steps,
                                        const ExplainProgress& progress) {
  std::vector<report::LayerRow> rows;
  std::mutex mutex;
  size_t next = 0, done = 0;
  const auto work = [&] {
    for (;;) {
      std::unique_lock<std::mutex> lock(mutex);
      if (next == steps.size()) return;
      const size_t mine = next++;
      lock.unlock();
      if (mine == 0) {
        rows = run_first_step(program, skip, steps[mine]);
      } else {
        run_step(program, skip, steps[mine]);
      }
      lock.lock();
      if (++done; progress) progress(done, steps.size());
    }
  };
  std::vector<std::future<void>> workers;
  const size_t cores = std::max(1U, std::thread::hardware_concurrency());
  for (size_t i = 0; i < std::min(cores, steps.size()); ++i)
    workers.push_back(std::async(std::launch::async, work));
  for (std::future<void>& worker : workers) worker.get();
  return rows;
}

/// The rungs inside the analytical model, and the cycles that they sum to. The array is made busier step by
/// step: what stays hidden behind the DRAM of its operator costs nothing.
std::pair<report::Gap, int64_t> analytical_rungs(const std::vector<report::LayerRow>& rows,
                                                 double bytes_per_cycle) {
  std::vector<int64_t> busy, dram;
  for (const report::LayerRow& row : rows) {
    busy.push_back(std::llround(row.ideal_cycles));
    dram.push_back(std::llround(static_cast<double>(row.dram_bytes()) / bytes_per_cycle));
  }
  int64_t below = 0;
  const auto step = [&] {
    int64_t sum = 0;
    for (size_t op = 0; op < rows.size(); ++op) sum += std::max(busy[op], dram[op]);
    return sum - std::exchange(below, sum);
  };
  const auto add = [&](uint64_t report::LayerRow::*part) {
    for (size_t op = 0; op < rows.size(); ++op) busy[op] += static_cast<int64_t>(rows[op].*part);
    return step();
  };
  report::Gap gap;
  gap.analytical = step();
  for (size_t op = 0; op < rows.size(); ++op) busy[op] = static_cast<int64_t>(rows[op].compute);
  gap.padding = step();
  gap.fill = add(&report::LayerRow::fill);
  gap.operand_stall = add(&report::LayerRow::operand_stall);
  gap.drain = add(&report::LayerRow::drain);
  gap.vector = add(&report::LayerRow::vector);
  return {gap, below};
}

}  // namespace

report::Gap explain(const isa::Program& program, const machine::Machine& machine, uint64_t cycles, bool skip,
                    const ExplainProgress& progress) {
  std::vector<Step> steps = steps_on(machine);
  const std::vector<report::LayerRow> rows = run_steps(program, skip, steps, progress);
  auto [gap, below] = analytical_rungs(rows, machine.dram.bytes_per_cycle(machine.clock_hz));
  for (const Step& step : steps) gap.*step.rung = step.cycles - std::exchange(below, step.cycles);
  gap.port_conflicts = static_cast<int64_t>(cycles) - below;
  return gap;
}

}  // namespace vernier::run
