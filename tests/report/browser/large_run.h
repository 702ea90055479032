// SPDX-License-Identifier: Apache-2.0
// A run of the size of a transformer's decode step, made up by formula, for looking at the page.
#pragma once

#include "sim/report/run_result.h"

namespace vernier::report::testing {

/// `weight_bytes_per_unit` scales weights and the stalls they cause.
inline RunResult large_run(const std::string& configuration, uint64_t weight_bytes_per_unit) {
  struct Shape {
    const char *name, *layer_class, *format, *opcode;
    uint64_t units;  // of 4096 weights
  };
  const Shape shapes[] = {{"input_norm", "norm", "", "rmsnorm", 0},
                          {"q_proj", "attention_proj", "bitmod4_g128", "gemm", 4096},
                          {"k_proj", "attention_proj", "bitmod4_g128", "gemm", 4096},
                          {"v_proj", "attention_proj", "bitmod4_g128", "gemm", 4096},
                          {"rope", "attention", "", "rope", 0},
                          {"qk", "attention", "int8_g128", "gemm", 256},
                          {"softmax", "attention", "", "softmax", 0},
                          {"pv", "attention", "int8_g128", "gemm", 256},
                          {"o_proj", "attention_proj", "bitmod4_g128", "gemm", 4096},
                          {"post_norm", "norm", "", "rmsnorm", 0},
                          {"gate_proj", "mlp", "bitmod4_g128", "gemm", 11008},
                          {"up_proj", "mlp", "bitmod4_g128", "gemm", 11008},
                          {"silu_multiply", "mlp", "", "silu_multiply", 0},
                          {"down_proj", "mlp", "bitmod4_g128", "gemm", 11008},
                          {"lm_head", "head", "bitmod4_g128", "gemm", 32000}};
  RunResult run;
  run.command = "vernier run configs/accelerators/" + configuration +
                ".yaml workloads/llm/llama-2-7b.yaml --phase decode";
  run.version = "0.1.0";
  run.network = "llama-2-7b";
  run.phase = "decode";
  run.configuration = configuration;
  run.configuration_digest = "5f0c3a9e77d1b240";
  run.fidelity = "fast";
  run.clock_hz = 1e9;
  run.peak_dram_bytes_per_second = 512e9;
  run.tokens = 1;
  run.notes = {"energy_pj is absent: no sourced number for the PE 'bitmod'.",
               "The numbers of this page are made up."};
  uint64_t now = 0;
  uint64_t sequence = 0;
  for (const Shape& shape : shapes) {
    LayerRow row;
    row.name = shape.name;
    row.layer_class = shape.layer_class;
    row.weight_format = shape.format;
    row.count = row.layer_class == "head" ? 1 : 32;
    const uint64_t work = shape.units * row.count;
    const auto op = static_cast<uint32_t>(run.layers.size());
    if (shape.units == 0) {
      row.vector = 700 * row.count;
      row.idle = 60 * row.count;
      row.instructions = row.count;
    } else {
      row.compute = work * 4;
      row.fill = work / 8;
      row.drain = work / 6;
      row.operand_stall = work / 9;
      row.load_stall = work * 9 * weight_bytes_per_unit;
      row.store_stall = work / 20;
      row.idle = work / 50;
      row.macs = work * 4096;
      row.ideal_cycles = static_cast<double>(work) * (row.layer_class == "attention" ? 4 : 2);
      row.instructions = work / 16;
      (row.layer_class == "attention" ? row.kv_bytes : row.weight_bytes) =
          work * (row.layer_class == "attention" ? 4096 : 2048) * weight_bytes_per_unit;
      row.output_write_bytes = row.count * 8192;
    }
    row.activation_read_bytes = row.count * 8192;
    for (const uint64_t part : {row.compute, row.fill, row.drain, row.operand_stall, row.load_stall,
                                row.store_stall, row.vector, row.idle}) {
      row.cycles += part;
    }
    // The recorded part of the timeline: a few instructions per operator, loads overlapping in their latency.
    const uint64_t length = 900 + shape.units / 4;
    const int parts = shape.units == 0 ? 1 : 12;
    for (int i = 0; i < parts; ++i) {
      const uint64_t start = now + static_cast<uint64_t>(i) * length;
      if (shape.units != 0)
        run.timeline.push_back({isa::Queue::load, op, "load", start, start + length + 200, sequence++});
      run.timeline.push_back({shape.units == 0 ? isa::Queue::vector : isa::Queue::compute, op, shape.opcode,
                              start + 60, start + 60 + length * 7 / 10, sequence++});
      if (i % 4 == 3)
        run.timeline.push_back({isa::Queue::store, op, "store", start + 70, start + 400, sequence++});
    }
    now += length * static_cast<uint64_t>(parts);
    run.layers.push_back(row);
  }
  run.totals = sum_of(run.layers);
  run.timeline_dropped = 123456;
  return run;
}

}  // namespace vernier::report::testing
