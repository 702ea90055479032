// SPDX-License-Identifier: Apache-2.0
#include "sim/report/run_metrics.h"

namespace vernier::report {
namespace {

Value ratio(double numerator, double denominator) {
  if (denominator == 0) return std::monostate{};
  return numerator / denominator;
}

Value peak_share(const RunResult& run) {
  const double seconds = static_cast<double>(run.totals.cycles) / run.clock_hz;
  return ratio(static_cast<double>(run.totals.dram_bytes()), seconds * run.peak_dram_bytes_per_second);
}

uint64_t column_commands(const MemoryCounts& memory) {
  return memory.dram_reads.value_or(0) + memory.dram_writes.value_or(0);
}

Value row_hits(const RunResult& run) {
  const MemoryCounts& memory = run.memory;
  if (!memory.dram_reads) return std::monostate{};
  return column_commands(memory) - memory.dram_row_misses.value_or(0) - memory.dram_row_conflicts.value_or(0);
}

Value row_hit_rate(const RunResult& run) {
  return ratio(as_double(row_hits(run)), static_cast<double>(column_commands(run.memory)));
}

}  // namespace

Value MemoryMetric::value(const RunResult& run) const {
  if (member == nullptr) return compute(run);
  const MemoryCounts::Count& count = run.memory.*member;
  if (!count) return std::monostate{};
  return *count;
}

const std::vector<MemoryMetric>& memory_metrics() {
  using M = MemoryCounts;
  static const std::vector<MemoryMetric> table = {
      {"dram_peak_share", Unit::ratio, "DRAM bandwidth, of its peak",
       "Average rate on the DRAM bus as a share of what it can move at most.",
       "dram_bytes / (seconds * peak_dram_bytes_per_second)", nullptr, &peak_share},
      {"dram_reads", Unit::events, "DRAM reads", "Read commands of all channels, one burst each.", "counted",
       &M::dram_reads, nullptr, true},
      {"dram_writes", Unit::events, "DRAM writes", "Write commands of all channels, one burst each.",
       "counted", &M::dram_writes, nullptr, true},
      {"dram_forwarded_reads", Unit::events, "DRAM reads forwarded",
       "Bursts read from a controller's write queue, without a command.", "counted", &M::dram_forwarded_reads,
       nullptr, true},
      {"dram_row_hits", Unit::events, "DRAM row hits", "Reads and writes that found their row open.",
       "dram_reads + dram_writes - dram_row_misses - dram_row_conflicts", nullptr, &row_hits},
      {"dram_row_misses", Unit::events, "DRAM row misses",
       "Reads and writes that were the first after their bank was activated, with the bank found closed.",
       "counted", &M::dram_row_misses, nullptr, true},
      {"dram_row_conflicts", Unit::events, "DRAM row conflicts",
       "Reads and writes that were the first after their bank was activated, with another row closed for "
       "them.",
       "counted", &M::dram_row_conflicts, nullptr, true},
      {"dram_row_hit_rate", Unit::ratio, "DRAM row hit rate", "Share of the row hits.",
       "dram_row_hits / (dram_reads + dram_writes)", nullptr, &row_hit_rate},
      {"dram_activates", Unit::events, "DRAM activates", "Rows opened.", "counted", &M::dram_activates,
       nullptr, true},
      {"dram_precharges", Unit::events, "DRAM precharges",
       "Precharge commands; one that closes all banks of a rank counts once.", "counted", &M::dram_precharges,
       nullptr, true},
      {"dram_refreshes", Unit::events, "DRAM refreshes", "Refresh commands, of ranks or of banks.", "counted",
       &M::dram_refreshes, nullptr, true},
      {"dma_refused_cycles", Unit::cycles, "DMA refused",
       "Cycles in which the load or the store unit had a burst to move and was refused the scratchpad port; "
       "a "
       "cycle in which both were counts twice.",
       "counted", &M::dma_refused_cycles},
      {"vector_stall_cycles", Unit::cycles, "vector unit refused",
       "Cycles in which the vector unit was refused a scratchpad port; they are part of the time its "
       "instructions take.",
       "counted", &M::vector_stall_cycles},
  };
  return table;
}

const std::vector<GapMetric>& gap_metrics() {
  static const std::vector<GapMetric> table = {
      {"gap_analytical_cycles", "analytical",
       "What the analytical model says of the same mapped work: per operator the larger of its ideal cycles, "
       "busy, and of the cycles its bytes take at the peak of the DRAM, dram; each rounded to whole cycles.",
       "sum of max(busy, dram) with busy = ideal_cycles, dram = dram_bytes / peak bytes per cycle",
       &Gap::analytical},
      {"gap_padding_cycles", "padding",
       "Rows, columns and lanes of the array without work: its compute cycles in place of the ideal ones.",
       "increase of sum of max(busy, dram) with busy = compute_cycles", &Gap::padding},
      {"gap_fill_cycles", "fill", "From the start of array passes to their first step.",
       "increase of sum of max(busy, dram) with fill_cycles added to busy", &Gap::fill},
      {"gap_operand_stall_cycles", "operand stall",
       "The array waits for scratchpad operands or for group dequantization.",
       "increase of sum of max(busy, dram) with operand_stall_cycles added to busy", &Gap::operand_stall},
      {"gap_drain_cycles", "drain", "From the last term of array passes to their results.",
       "increase of sum of max(busy, dram) with drain_cycles added to busy", &Gap::drain},
      {"gap_vector_cycles", "vector", "The vector unit works and the array does not.",
       "increase of sum of max(busy, dram) with vector_cycles added to busy", &Gap::vector},
      {"gap_schedule_cycles", "schedule",
       "What the program makes of it, with a DRAM of the same peak that knows no other limit and with free "
       "ports: waiting for first loads, last stores and dependencies; negative where transfers run behind "
       "the "
       "work of other operators, which the analytical model does not allow.",
       "cycles of that run - sum of max(busy, dram)", &Gap::schedule},
      {"gap_dram_latency_cycles", "DRAM latency, turnaround",
       "Latency of reads, turnaround of the bus between reads and writes, command bus; a single row, open at "
       "all times.",
       "difference of two runs", &Gap::dram_latency, true},
      {"gap_dram_rows_cycles", "DRAM row misses",
       "Rows, banks and ranks: activates, precharges and the time between those; bank groups do not matter "
       "yet.",
       "difference of two runs", &Gap::dram_rows, true},
      {"gap_bank_groups_cycles", "DRAM bank groups",
       "Commands to the same bank group are further apart than to others; the peak of the data bus takes two "
       "bank groups in turn.",
       "difference of two runs", &Gap::bank_groups, true},
      {"gap_refresh_cycles", "DRAM refresh", "Refresh.", "difference of two runs", &Gap::refresh, true},
      {"gap_port_width_cycles", "port width",
       "Scratchpad ports take bursts in turns of the channels, and a burst wider than the port in several "
       "cycles.",
       "difference of two runs", &Gap::port_width, true},
      {"gap_port_conflicts_cycles", "port conflicts",
       "Scratchpad ports: claims refused, and accesses that a single port serves one after the other.",
       "cycles - cycles of a run in which nobody is refused", &Gap::port_conflicts},
  };
  return table;
}

}  // namespace vernier::report
