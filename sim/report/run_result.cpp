// SPDX-License-Identifier: Apache-2.0
#include "sim/report/run_result.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/error.h"
#include "sim/report/energy_metrics.h"
#include "sim/report/metrics.h"
#include "sim/report/run_metrics.h"

namespace vernier::report {
namespace {

// A counter this large was decremented below zero: a real one would take centuries.
constexpr uint64_t kWrapped = uint64_t{1} << 63;

void add(LayerRow& sum, const LayerRow& row) {
  for (const Metric& metric : metrics()) {
    if (metric.counter() != nullptr) sum.*metric.counter() += row.*metric.counter();
  }
  sum.ideal_cycles += row.ideal_cycles;
  for (const auto& [name, count] : row.events) sum.events[name] += count;
  if (sum.energy.empty()) sum.energy.resize(row.energy.size());
  VERNIER_INVARIANT(sum.energy.size() == row.energy.size(), "{}: {} energies, others have {}", row.name,
                    row.energy.size(), sum.energy.size());
  for (size_t i = 0; i < row.energy.size(); ++i) {
    sum.energy[i].events += row.energy[i].events;
    sum.energy[i].fj += row.energy[i].fj;
    sum.energy[i].source_fj += row.energy[i].source_fj;
  }
}

// `timed`: the cycles are those of a machine, which cannot work faster than its peak; published analytical
// accounting can (docs/workloads.md).
void check_row(const LayerRow& row, bool timed) {
  for (const Metric& metric : metrics()) {
    if (metric.counter() == nullptr) continue;
    VERNIER_INVARIANT(row.*metric.counter() < kWrapped, "{}: {} wrapped to {}", row.name, metric.name,
                      row.*metric.counter());
  }
  uint64_t parts = 0;
  for (const Metric* part : cycle_parts()) parts += row.*part->counter();
  VERNIER_INVARIANT(parts == row.cycles, "{}: parts of cycles sum to {}, cycles are {}", row.name, parts,
                    row.cycles);
  VERNIER_INVARIANT(std::isfinite(row.ideal_cycles) && row.ideal_cycles >= 0, "{}: ideal_cycles {}", row.name,
                    row.ideal_cycles);
  VERNIER_INVARIANT((row.macs == 0) == (row.ideal_cycles == 0), "{}: {} MACs but {} ideal cycles", row.name,
                    row.macs, row.ideal_cycles);
  // The allowance is the rounding of the sum of ideal_cycles, not of any count.
  VERNIER_INVARIANT(!timed || row.ideal_cycles <= static_cast<double>(row.cycles) * (1 + 1e-9),
                    "{}: utilization above 1: {} ideal cycles in {} cycles", row.name, row.ideal_cycles,
                    row.cycles);
  for (const auto& [name, count] : row.events) {
    const Metric* metric = find_metric(name);
    VERNIER_INVARIANT(metric != nullptr && metric->counter() == nullptr && !metric->derived(),
                      "{}: event '{}' is not in the table of event metrics", row.name, name);
    VERNIER_INVARIANT(count < kWrapped, "{}: event {} wrapped to {}", row.name, name, count);
  }
}

// No more bytes than the DRAM can move in the cycles. A machine moves bytes of one operator in cycles of
// another, so that this holds of the whole run only; the analytical fidelity overlaps nothing, but rounds the
// DRAM cycles of each execution down.
void check_bandwidth(const RunResult& run) {
  const auto check = [&run](const LayerRow& row, double rounding) {
    const double needed =
        static_cast<double>(row.dram_bytes()) / run.peak_dram_bytes_per_second * run.clock_hz;
    VERNIER_INVARIANT(needed <= (static_cast<double>(row.cycles) + rounding) * (1 + 1e-9),
                      "{}: {} DRAM bytes need {} cycles at the peak bandwidth, but took {}", row.name,
                      row.dram_bytes(), needed, row.cycles);
  };
  if (run.fidelity != "analytical") return check(run.totals, 0);
  for (const LayerRow& row : run.layers) check(row, static_cast<double>(row.count));
}

void check_memory(const RunResult& run) {
  const MemoryCounts& memory = run.memory;
  const bool has_dram = memory.dram_reads.has_value();
  for (const MemoryMetric& metric : memory_metrics()) {
    if (metric.member == nullptr) continue;
    const MemoryCounts::Count& count = memory.*metric.member;
    VERNIER_INVARIANT(!count || *count < kWrapped, "memory: {} wrapped to {}", metric.name, *count);
    VERNIER_INVARIANT(!metric.of_dram || count.has_value() == has_dram, "memory: {} is {}, unlike dram_reads",
                      metric.name, count ? "given" : "absent");
  }
  if (!has_dram) return;
  const auto bursts = [&run](const char* name) {
    const auto found = run.totals.events.find(name);
    return found == run.totals.events.end() ? 0 : found->second;
  };
  const uint64_t read = *memory.dram_reads + *memory.dram_forwarded_reads;
  VERNIER_INVARIANT(read == bursts("dram_read_bursts"), "memory: {} bursts read by commands, {} by rows",
                    read, bursts("dram_read_bursts"));
  VERNIER_INVARIANT(*memory.dram_writes == bursts("dram_write_bursts"),
                    "memory: {} bursts written by commands, {} by rows", *memory.dram_writes,
                    bursts("dram_write_bursts"));
  const uint64_t first = *memory.dram_row_misses + *memory.dram_row_conflicts;
  VERNIER_INVARIANT(first <= *memory.dram_activates && first <= *memory.dram_reads + *memory.dram_writes,
                    "memory: {} row misses and conflicts, {} activates", first, *memory.dram_activates);
}

void check_gap(const RunResult& run) {
  if (!run.gap) return;
  constexpr int64_t kLongest = int64_t{1} << 59;  // so that the sum cannot wrap
  int64_t sum = 0;
  const bool timed = run.gap->refresh.has_value();
  for (const GapMetric& metric : gap_metrics()) {
    const Gap::Cycles& cycles = *run.gap.*metric.member;
    VERNIER_INVARIANT(cycles.has_value() == (timed || !metric.of_dram), "gap: {} is {}", metric.name,
                      cycles ? "given" : "absent");
    VERNIER_INVARIANT(std::abs(cycles.value_or(0)) < kLongest, "gap: {} is {}", metric.name, *cycles);
    sum += cycles.value_or(0);
  }
  VERNIER_INVARIANT(run.gap->analytical >= 0, "gap: analytical cycles {}", *run.gap->analytical);
  VERNIER_INVARIANT(sum == static_cast<int64_t>(run.totals.cycles), "gap: sums to {}, the run took {} cycles",
                    sum, run.totals.cycles);
}

void check_totals(const LayerRow& totals, const LayerRow& sum) {
  for (const Metric& metric : metrics()) {
    if (metric.counter() == nullptr) continue;
    VERNIER_INVARIANT(totals.*metric.counter() == sum.*metric.counter(), "total {} is {}, the rows sum to {}",
                      metric.name, totals.*metric.counter(), sum.*metric.counter());
  }
  VERNIER_INVARIANT(totals.ideal_cycles == sum.ideal_cycles, "total ideal_cycles is {}, the rows sum to {}",
                    totals.ideal_cycles, sum.ideal_cycles);
  VERNIER_INVARIANT(totals.events == sum.events, "total event counts differ from the sum of the rows");
}

/// Every energy is the product of its events in the rows, and the sum of the rows in total. Every item is in
/// a part that reports know, so that the parts sum to the whole.
void check_energy(const RunResult& run, const LayerRow& sum) {
  const size_t items = run.energy ? run.energy->items.size() : 0;
  const auto check = [&](const EnergyItem& item, const char* what, std::optional<double> pj, uint64_t events,
                         uint64_t fj, const std::string& row) {
    const bool valid = !pj || (std::isfinite(*pj) && *pj >= 0);
    VERNIER_INVARIANT(valid, "{} {}: {} energy per event {}", item.component, item.action, what, *pj);
    const uint64_t product = pj ? femtojoules(events, *pj) : 0;
    VERNIER_INVARIANT(fj == product, "{}: {} {}: {} energy {} fJ, {} events give {} fJ", row, item.component,
                      item.action, what, fj, events, product);
  };
  for (const LayerRow& row : run.layers) {
    VERNIER_INVARIANT(row.energy.size() == items, "{}: {} energies of {} items", row.name, row.energy.size(),
                      items);
    for (size_t i = 0; i < items; ++i) {
      const EnergyItem& item = run.energy->items[i];
      VERNIER_INVARIANT(item.pj.has_value() == item.source_pj.has_value() &&
                            item.pj.has_value() != item.origin.kind.empty(),
                        "{} {}: a number without origin, or an origin without number", item.component,
                        item.action);
      check(item, "scaled", item.pj, row.energy[i].events, row.energy[i].fj, row.name);
      check(item, "sourced", item.source_pj, row.energy[i].events, row.energy[i].source_fj, row.name);
    }
  }
  VERNIER_INVARIANT(run.totals.energy.size() == sum.energy.size(), "total of {} energies",
                    run.totals.energy.size());
  for (size_t i = 0; i < sum.energy.size(); ++i) {
    const ItemEnergy& a = run.totals.energy[i];
    const ItemEnergy& b = sum.energy[i];
    VERNIER_INVARIANT(a.events == b.events && a.fj == b.fj && a.source_fj == b.source_fj,
                      "total energy of item {} is {} fJ, the rows sum to {}", i, a.fj, b.fj);
  }
  if (!run.energy) return;
  for (const EnergyItem& item : run.energy->items) {
    const auto same = [&item](const EnergyPart& part) { return part.part == item.part; };
    const bool known = std::any_of(energy_parts().begin(), energy_parts().end(), same);
    VERNIER_INVARIANT(known, "{}: there is no part of energy '{}'", item.component, item.part);
  }
  for (const AreaItem& area : run.energy->areas) {
    VERNIER_INVARIANT(area.um2.has_value() == area.source_um2.has_value() &&
                          area.um2.has_value() != area.origin.kind.empty() &&
                          (!area.um2 || (std::isfinite(*area.um2) && *area.um2 >= 0)),
                      "area of {}: {} um2", area.component, area.um2.value_or(-1));
  }
}

void check_timeline(const RunResult& run) {
  uint64_t previous = 0;
  for (const QueueEvent& event : run.timeline) {
    VERNIER_INVARIANT(event.op < run.layers.size(), "timeline: instruction {} belongs to row {} of {}",
                      event.sequence, event.op, run.layers.size());
    VERNIER_INVARIANT(event.start < event.end && event.end <= run.totals.cycles,
                      "timeline: instruction {} runs in [{}, {}) of {} cycles", event.sequence, event.start,
                      event.end, run.totals.cycles);
    VERNIER_INVARIANT(static_cast<int>(event.queue) < isa::kQueueCount,
                      "timeline: instruction {} is in queue {}", event.sequence,
                      static_cast<int>(event.queue));
    VERNIER_INVARIANT(event.start >= previous,
                      "timeline: instruction {} starts in {}, before the one listed before", event.sequence,
                      event.start);
    previous = event.start;
  }
}

}  // namespace

LayerRow sum_of(const std::vector<LayerRow>& rows) {
  LayerRow sum;
  sum.name = "total";
  for (const LayerRow& row : rows) add(sum, row);
  return sum;
}

std::vector<LayerRow> by_layer_class(const std::vector<LayerRow>& rows) {
  std::vector<LayerRow> classes;
  for (const LayerRow& row : rows) {
    auto found = std::find_if(classes.begin(), classes.end(),
                              [&](const LayerRow& other) { return other.name == row.layer_class; });
    if (found == classes.end()) {
      LayerRow empty;
      empty.name = empty.layer_class = row.layer_class;
      found = classes.insert(classes.end(), empty);
    }
    add(*found, row);
  }
  return classes;
}

void check_invariants(const RunResult& run) {
  VERNIER_INVARIANT(run.schema == kSchema, "schema {}", run.schema);
  VERNIER_INVARIANT(std::isfinite(run.clock_hz) && run.clock_hz > 0, "clock_hz {}", run.clock_hz);
  VERNIER_INVARIANT(std::isfinite(run.peak_dram_bytes_per_second) && run.peak_dram_bytes_per_second > 0,
                    "peak_dram_bytes_per_second {}", run.peak_dram_bytes_per_second);
  VERNIER_INVARIANT(run.tokens >= 0, "tokens {}", run.tokens);
  if (run.attention) {
    VERNIER_INVARIANT(run.attention->dram_bytes <= run.totals.dram_bytes(),
                      "attention moves {} bytes of {} in all", run.attention->dram_bytes,
                      run.totals.dram_bytes());
    VERNIER_INVARIANT(run.attention->dram_bytes >= run.attention->once_bytes,
                      "attention moves {} bytes, less than the {} of its operands and results",
                      run.attention->dram_bytes, run.attention->once_bytes);
    VERNIER_INVARIANT(std::isfinite(run.attention->io_bound_bytes) && run.attention->io_bound_bytes >= 0,
                      "I/O bound of {} bytes", run.attention->io_bound_bytes);
  }
  const bool timed = run.fidelity != "analytical";
  std::set<std::string> names;
  for (const LayerRow& row : run.layers) {
    VERNIER_INVARIANT(names.insert(row.name).second, "two rows are named '{}'", row.name);
    check_row(row, timed);
  }
  check_row(run.totals, timed);
  const LayerRow sum = sum_of(run.layers);
  check_totals(run.totals, sum);
  check_energy(run, sum);
  check_bandwidth(run);
  check_memory(run);
  check_gap(run);
  check_timeline(run);
}

}  // namespace vernier::report
