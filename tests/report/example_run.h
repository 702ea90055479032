// SPDX-License-Identifier: Apache-2.0
// A small run whose every number was chosen by hand, shared by the tests of the reports.
#pragma once

#include "sim/report/run_result.h"

namespace vernier::report::testing {

// Two projections of a 32 x 8 array with 4 lanes at T = 2 (peak 512 MACs a cycle) and a norm.
inline LayerRow q_proj() {
  LayerRow row;
  row.name = "q_proj";
  row.layer_class = "attention_proj";
  row.weight_format = "bitmod4_g128";
  row.count = 2;
  row.cycles = 1000;  // = 700 + 40 + 60 + 50 + 100 + 20 + 0 + 30
  row.compute = 700;
  row.fill = 40;
  row.drain = 60;
  row.operand_stall = 50;
  row.load_stall = 100;
  row.store_stall = 20;
  row.idle = 30;
  row.macs = 256000;
  row.ideal_cycles = 500;  // 256000 / 512: utilization 0.5
  row.instructions = 12;
  row.weight_bytes = 8192;
  row.activation_read_bytes = 2048;
  row.output_write_bytes = 1024;
  row.events = {{"pe_steps", 64000}, {"pe_terms", 128000}};
  return row;
}

inline LayerRow qk() {
  LayerRow row;
  row.name = "qk";
  row.layer_class = "attention";
  row.weight_format = "int8_g128";
  row.count = 2;
  row.cycles = 300;  // = 100 + 10 + 20 + 0 + 170 + 0 + 0 + 0
  row.compute = 100;
  row.fill = 10;
  row.drain = 20;
  row.load_stall = 170;
  row.macs = 19200;
  row.ideal_cycles = 75;  // peak 256: T = 4
  row.instructions = 6;
  row.kv_bytes = 4096;
  row.output_write_bytes = 512;
  row.events = {{"pe_steps", 4800}, {"vector_elements", 7}};
  return row;
}

inline LayerRow norm() {
  LayerRow row;
  row.name = "norm";
  row.layer_class = "norm";
  row.count = 4;
  row.cycles = 200;  // = 150 + 50
  row.vector = 150;
  row.idle = 50;
  row.instructions = 4;
  row.activation_read_bytes = 128;
  return row;
}

inline RunResult example_run() {
  RunResult run;
  run.command = "vernier run bitmod.yaml tiny.yaml";
  run.version = "0.1.0";
  run.network = "tiny";
  run.phase = "prefill";
  run.configuration = "bitmod";
  run.configuration_digest = "0123abcd";
  run.fidelity = "fast";
  run.seed = -3;
  run.clock_hz = 1e9;
  run.peak_dram_bytes_per_second = 16e9;  // 16 B in a cycle
  run.tokens = 8;
  run.layers = {q_proj(), qk(), norm()};
  run.totals = sum_of(run.layers);
  run.memory.vector_stall_cycles = 3;
  run.memory.dma_refused_cycles = 1234;
  run.timeline = {
      {isa::Queue::load, 0, "load", 0, 120, 0},      {isa::Queue::load, 0, "load", 40, 160, 1},
      {isa::Queue::compute, 0, "gemm", 160, 900, 2}, {isa::Queue::vector, 2, "rmsnorm", 900, 1100, 3},
      {isa::Queue::store, 0, "store", 910, 1000, 4}, {isa::Queue::compute, 1, "gemm", 1200, 1500, 5}};
  run.notes = {"energy_pj is absent: no sourced number for the PE 'bitmod'"};
  return run;
}

/// Two items and an area, with numbers that are easy to multiply: 0.5 pJ a term; 0.1 pJ a cycle, 1/3 pJ
/// before it was scaled.
inline void add_example_energy(RunResult& run) {
  EnergyReport& energy = run.energy.emplace();
  energy.node_nm = 28;
  energy.tokens = 8;
  energy.items = {{"PE array", "PE", "working cycle", "pe_terms", 0.5, 0.5, {"synthesized", "a table", ""}},
                  {"leakage", "PE", "cycle", "cycles", 1.0 / 3, 0.1, {"published", "a paper", "factor 0.3"}}};
  energy.areas = {{"PE array", "PE", 256, 2000.0, 1000.0, {"synthesized", "a table", "factor 0.5"}}};
  for (LayerRow& row : run.layers) {
    const auto terms = row.events.find("pe_terms");
    row.energy.clear();
    for (const auto& [events, item] :
         {std::pair<uint64_t, EnergyItem&>{terms == row.events.end() ? 0 : terms->second, energy.items[0]},
          std::pair<uint64_t, EnergyItem&>{row.cycles, energy.items[1]}}) {
      row.energy.push_back({events, femtojoules(events, *item.pj), femtojoules(events, *item.source_pj)});
    }
  }
  run.totals = sum_of(run.layers);
}

/// The same with a DRAM part, and explained.
inline RunResult example_dram_run() {
  RunResult run = example_run();
  run.layers[0].events["dram_read_bursts"] = 160;
  run.layers[1].events["dram_write_bursts"] = 24;
  run.totals = sum_of(run.layers);
  MemoryCounts& memory = run.memory;
  memory.dram_reads = 150;  // and 10 from the write queue: 160
  memory.dram_forwarded_reads = 10;
  memory.dram_writes = 24;
  memory.dram_row_misses = 5;
  memory.dram_row_conflicts = 40;  // 174 - 5 - 40 = 129 hits, 0.741
  memory.dram_activates = 46;
  memory.dram_precharges = 41;
  memory.dram_refreshes = 2;
  run.gap = Gap{1000, 200, 50, 0, 80, 150, -30, 10, 15, -7, 20, 7, 5};  // sums to 1500
  return run;
}

/// The same work in three times the cycles and twice the DRAM bytes, at twice the clock.
inline RunResult example_baseline() {
  RunResult run = example_run();
  run.configuration = "fp16";
  run.clock_hz = 2e9;
  run.peak_dram_bytes_per_second = 32e9;
  run.timeline.clear();
  run.notes.clear();
  for (LayerRow& row : run.layers) {
    row.load_stall += 2 * row.cycles;
    row.cycles *= 3;
    row.weight_bytes *= 2;
    row.kv_bytes *= 2;
    row.activation_read_bytes *= 2;
    row.output_write_bytes *= 2;
  }
  run.totals = sum_of(run.layers);
  return run;
}

}  // namespace vernier::report::testing
