// SPDX-License-Identifier: Apache-2.0
// A finished run as plain data: what the engines fill in and every report is written from.
//
// One LayerRow per operator of the network. Everything in a row is additive, so `totals` is the sum
// of the rows; rates (seconds, utilization, shares) are computed once, in metrics.h, and never stored.
// What each number means, with unit and formula, is in the table of metrics.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/isa/instruction.h"
#include "sim/report/energy.h"

namespace vernier::report {

constexpr int kSchema = 1;  ///< version of the JSON form; a change of meaning increments it

/// Costs of one operator over all its executions, or their sum. Cycles are accelerator clock cycles.
struct LayerRow {
  std::string name;           ///< operator, unique in the run: "q_proj"
  std::string layer_class;    ///< group in the tables: "attention", "mlp", "norm"
  std::string weight_format;  ///< "bitmod4_g128"; empty for operators without weights
  uint64_t count = 0;         ///< executions of the operator
  uint64_t cycles = 0;        ///< the eight parts below sum to it exactly

  // Every cycle of the run belongs to exactly one operator and there to exactly one part.
  uint64_t compute = 0;
  uint64_t fill = 0;
  uint64_t drain = 0;
  uint64_t operand_stall = 0;
  uint64_t load_stall = 0;
  uint64_t store_stall = 0;
  uint64_t vector = 0;
  uint64_t idle = 0;

  uint64_t macs = 0;        ///< useful multiply-accumulates: no padding, no idle lanes
  double ideal_cycles = 0;  ///< macs / peak; peak = rows*cols*lanes/T MACs per cycle for the weight format
  uint64_t instructions = 0;

  // DRAM bus bytes by kind of tensor, whole bursts included.
  uint64_t weight_bytes = 0;
  uint64_t kv_bytes = 0;  ///< key/value cache, read and written
  uint64_t activation_read_bytes = 0;
  uint64_t output_write_bytes = 0;

  std::map<std::string, uint64_t> events;  ///< event counts, by the names of event_metrics()
  std::vector<ItemEnergy> energy;          ///< one per item of RunResult::energy; empty without

  /// All bytes on the DRAM bus.
  [[nodiscard]] uint64_t dram_bytes() const {
    return weight_bytes + kv_bytes + activation_read_bytes + output_write_bytes;
  }
};

/// One instruction in one of the four queues, in cycles [start, end) as docs/timing.md defines them.
/// A load or store may start while the one before is still in its latency, so they can overlap.
struct QueueEvent {
  isa::Queue queue = isa::Queue::compute;
  uint32_t op = 0;        ///< index into RunResult::layers
  std::string opcode;     ///< "load", "gemm", "rmsnorm"
  uint64_t start = 0;     ///< first cycle
  uint64_t end = 0;       ///< first cycle after it, > start
  uint64_t sequence = 0;  ///< position in the dynamic program
};

/// DRAM traffic of attention in prefill, beside its lower bounds (docs/attention.md). All repetitions, heads
/// and sequences together.
struct AttentionTraffic {
  std::string schedule;        ///< "flash": scores stay on chip; "unfused": they pass through DRAM
  uint64_t dram_bytes = 0;     ///< of scores, softmax and product with the values: the sum of their rows
  uint64_t once_bytes = 0;     ///< queries, keys and values read once, results written once; no padding
  double io_bound_bytes = 0;   ///< N^2 d^2 / S elements of 2 bytes
  uint64_t spad_elements = 0;  ///< S: elements of 2 bytes that the three scratchpads hold
};

/// What memory did in the whole run; absent what the fidelity or the memory does not know: `ideal` DRAM has
/// no commands, the analytical fidelity no ports either. The entries from dram_reads on are present together.
struct MemoryCounts {
  using Count = std::optional<uint64_t>;
  Count vector_stall_cycles, dma_refused_cycles;
  Count dram_reads, dram_writes, dram_forwarded_reads, dram_activates, dram_precharges, dram_refreshes;
  Count dram_row_misses, dram_row_conflicts;
};

/// The way from the analytical model to the run, one mechanism at a time (docs/analytical-gap.md). The first
/// entry and the differences sum exactly to the cycles of the run; a difference may be negative. Those of the
/// second line are absent for `ideal` DRAM.
struct Gap {
  using Cycles = std::optional<int64_t>;
  Cycles analytical, padding, fill, operand_stall, drain, vector, schedule;
  Cycles dram_latency, dram_rows, bank_groups, refresh, port_width;
  Cycles port_conflicts;
};

/// Everything a report says about one run, with what is needed to repeat it.
struct RunResult {
  int schema = kSchema;
  std::string command;               ///< command line that produced it
  std::string version;               ///< of Vernier
  std::string network;               ///< "llama-2-7b"
  std::string phase;                 ///< "prefill", "decode", "gemm"
  std::string configuration;         ///< name of the accelerator
  std::string configuration_digest;  ///< of the resolved configuration
  std::string fidelity;              ///< "fast", "systemc", "rtl" or "analytical"
  int64_t seed = 0;
  double clock_hz = 0;
  double peak_dram_bytes_per_second = 0;  ///< what the DRAM can move at most, reads and writes together
  int tokens = 0;                         ///< processed in this phase (prefill: prompt length; decode: 1)

  std::optional<AttentionTraffic> attention;  ///< prefill only
  LayerRow totals;                            ///< sum of `layers` (sum_of); name "total"
  MemoryCounts memory;
  std::optional<Gap> gap;              ///< only if asked for
  std::optional<EnergyReport> energy;  ///< of runs that count events
  std::vector<LayerRow> layers;
  std::vector<QueueEvent> timeline;  ///< in order of start; empty if not asked for
  uint64_t timeline_dropped = 0;     ///< events beyond the cap that `timeline` does not hold
  std::vector<std::string> notes;    ///< what the reader must know: assumptions, absent numbers
};

/// The sum of rows; ideal_cycles are added in order.
[[nodiscard]] LayerRow sum_of(const std::vector<LayerRow>& rows);

/// Rows summed by layer class, in order of first appearance; name = layer_class.
[[nodiscard]] std::vector<LayerRow> by_layer_class(const std::vector<LayerRow>& rows);

/// Checks that the parts of cycles sum to cycles in every row and in total, totals = sum of rows, no
/// counter is wrapped (>= 2^63), DRAM commands move the bursts of the rows, the gap sums to the cycles, no
/// real number is negative or not finite, energy is the product of its events, macs and utilization agree, no
/// row is above the peak of the array and no run above that of the DRAM, timeline events lie inside the
/// run. Throws InternalError naming row and identity.
void check_invariants(const RunResult& run);

}  // namespace vernier::report
