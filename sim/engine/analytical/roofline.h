// SPDX-License-Identifier: Apache-2.0
// The `analytical` fidelity: per operator the larger of compute and DRAM cycles, summed over operators.
//
// Reproduces the accounting of BitMoD (HPCA 2025, figures 7 and 8; the authors' public artifact). It knows
// no fill or drain, no overlap between operators, no DRAM latency or bursts, no scratchpad ports, and
// element-wise operators cost nothing. With a GEMM of N output channels, K inputs and `tokens` rows:
//   tiles   = ceil(K/lanes) * ceil(N/rows) * ceil(tokens/cols)      (for each of its batch)
//   compute = tiles * cycles per step
//   bytes   : weights ceil(K*bits/8)*N, inputs ceil(K*input_bits/8)*tokens, outputs
//   ceil(N*act_bits/8)*tokens;
//             input_bits as the format of the tensor says, 16 for fp16
//   refetch : if weights and inputs both exceed their scratchpad, one of them is read again for every
//             scratchpad-full of the other, whichever costs less in all; on a tie the inputs
//   dram    = floor(8 * (weights*fw + inputs*fi + outputs) / dram_bits_per_cycle)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/pe/pe.h"
#include "sim/config/accelerator_config.h"
#include "sim/report/run_result.h"
#include "workloads/network.h"

namespace vernier::analytical {

/// What the roofline needs of an accelerator.
struct Design {
  int64_t rows = 0;   ///< output channels side by side
  int64_t cols = 0;   ///< tokens side by side
  int64_t lanes = 0;  ///< elements along K per step
  /// Cycles per step; 0 = as `pe` says, or without one bit-serial, two bits a cycle: ceil(floor(bits)/2) of
  /// the weight operand.
  int64_t cycles_per_step = 1;
  double weight_bits = 0;  ///< per weight; 0 = what the format of each tensor says (group scales included)
  double kv_bits = 0;      ///< per cached key or value; 0 = likewise
  double act_bits = 16;    ///< per result, and per key, value and input in published attention accounting
  int64_t weight_spad_bytes = 0;
  int64_t activation_spad_bytes = 0;
  double dram_bits_per_cycle = 0;  ///< at its peak
  config::AttentionAccounting attention = config::AttentionAccounting::per_head;
  const pe::PeDescriptor* pe = nullptr;  ///< knows its cycles per step for every weight format
};

/// One GEMM operator of the network. Everything but `count` is for one execution.
struct Row {
  std::string name;
  std::string layer_class;
  std::string weight_format;
  bool attention = false;                         ///< the weight operand is a key/value cache
  int64_t count = 0;                              ///< executions
  int64_t macs = 0;                               ///< useful ones, whatever the accounting
  int64_t n = 0, k = 0, tokens = 0, input_k = 0;  ///< dimensions as counted, per batch entry
  int64_t batch = 1;
  int64_t step_cycles = 0;  ///< cycles per step of the array
  int64_t compute_cycles = 0;
  int64_t dram_cycles = 0;
  int64_t weight_bytes = 0;  ///< before refetch
  int64_t input_bytes = 0;
  int64_t output_bytes = 0;
  int64_t weight_fetches = 1;
  int64_t input_fetches = 1;

  [[nodiscard]] int64_t cycles() const { return compute_cycles > dram_cycles ? compute_cycles : dram_cycles; }
};

struct Result {
  std::vector<Row> rows;
  int64_t compute_cycles = 0;  ///< over all executions
  int64_t dram_cycles = 0;
  int64_t cycles = 0;  ///< sum of the larger of the two per execution
};

/// The design an accelerator configuration describes. `declared` PEs state their cycles per step; of the
/// others, bitmod is bit-serial, because its bits may be declared too, and all others take what their
/// descriptor says for the format, unless analytical.cycles_per_step says otherwise.
/// Throws InputError ANA001 if a declared PE has no cycles per step, ANA004 if the array is
/// weight-stationary.
[[nodiscard]] Design design_of(const config::AcceleratorConfig& accelerator);

/// Evaluates a network. Published attention accounting treats QK as heads*tokens rows that each take the
/// whole hidden size as K, and its DRAM traffic as 16-bit; it exists for one sequence only. Throws InputError
/// ANA001 if the PE does not take a weight format, ANA002 if published accounting meets more than one
/// sequence, ANA003 if a counter would not fit 63 bits.
[[nodiscard]] Result evaluate(const workloads::Network& network, const Design& design);

/// Rows of a report: compute as it is, what DRAM takes beyond it as load_stall, over all executions.
/// Element-wise operators have no row.
[[nodiscard]] std::vector<report::LayerRow> layer_rows(const Result& result, const Design& design);

/// What a reader of such a report must know, one sentence each.
[[nodiscard]] std::vector<std::string> notes(const Design& design);

}  // namespace vernier::analytical
