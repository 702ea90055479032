// SPDX-License-Identifier: Apache-2.0
// Parameters of one accelerator, as the hardware models and the engines see them: plain resolved
// numbers, no text, no defaults. sim/config makes a Machine from a configuration file.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "models/dram/part.h"

namespace vernier::machine {

/// How operands reach the PEs: one bus per row/column, or hop by hop with one cycle of skew.
enum class Delivery { broadcast, systolic };

/// What stays in the PEs during a pass.
enum class Dataflow { output_stationary, weight_stationary };

/// The PE array. Output-stationary: rows are output channels (N), columns are tokens (M). Weight-stationary:
/// rows are elements along K, columns are output channels.
struct ArrayParams {
  std::string pe;  ///< identifier of the PE type, e.g. "bitmod"
  int rows = 0;    ///< R, 1..4096
  int cols = 0;    ///< C, 1..4096
  int lanes = 0;   ///< L, elements along K consumed per step, 1..64 (each PE type narrows this)
  Delivery delivery = Delivery::broadcast;
  Dataflow dataflow = Dataflow::output_stationary;

  [[nodiscard]] bool weight_stationary() const { return dataflow == Dataflow::weight_stationary; }
  /// Output channels of a pass: the tile height of packed weights.
  [[nodiscard]] int channel_tile() const { return weight_stationary() ? cols : rows; }
};

/// Accesses a group of banks takes in one cycle: one of any kind; one read and one write; two of any kind.
enum class PortKind { rw1, r1w1, rw2 };

/// One scratchpad. Its banks form groups of `stripe_banks`, which are accessed together (docs/memory.md,
/// section Scratchpad ports).
struct ScratchpadParams {
  uint64_t capacity_bytes = 0;
  int banks = 0;
  int bank_width_bits = 0;
  int read_latency_cycles = 0;  ///< from address to first data, >= 1
  PortKind ports = PortKind::r1w1;
  int stripe_banks = 0;  ///< banks of a group, divides banks; 0 = all of them

  [[nodiscard]] int line_banks() const { return stripe_banks == 0 ? banks : stripe_banks; }
  /// Bits an access moves.
  [[nodiscard]] int64_t port_bits() const { return int64_t{line_banks()} * bank_width_bits; }
  [[nodiscard]] int groups() const { return banks / line_banks(); }  ///< 1..64
  /// Bit i: the bytes [begin, end) touch group i. Not empty, inside the scratchpad.
  [[nodiscard]] uint64_t groups_of(uint64_t begin, uint64_t end) const {
    const uint64_t bytes = std::max<uint64_t>(1, capacity_bytes / static_cast<uint64_t>(groups()));
    const auto last = static_cast<uint64_t>(groups()) - 1;
    const uint64_t from = std::min(begin / bytes, last);
    const uint64_t to = std::min((end - 1) / bytes, last);
    return (~uint64_t{0} >> (63 - (to - from))) << from;
  }
};

enum class DramKind {
  ideal,  ///< fixed latency, fixed bits per accelerator cycle, shared by reads and writes
  part    ///< channels of a DRAM part, cycle by cycle
};

struct DramParams {
  // ideal
  int latency_cycles = 0;  ///< from the end of a burst on the bus to its data being usable
  int bits_per_cycle = 0;  ///< bus width; burst_bytes * 8 is a multiple of it
  int burst_bytes = 0;     ///< smallest transfer; a transfer touches whole aligned bursts. Parts: their burst
  uint64_t stall_seed = 0;   ///< seed of the random stalls
  int stall_permille = 0;    ///< chance that a burst is followed by a stall, 0..1000 (0 = none)
  int stall_max_cycles = 0;  ///< a stall lasts 1..stall_max_cycles

  DramKind kind = DramKind::ideal;
  dram::Memory memory{};  ///< part

  [[nodiscard]] int channels() const { return kind == DramKind::ideal ? 1 : memory.channels; }
  /// Cycles of a burst on the bus; `ideal` only.
  [[nodiscard]] int burst_cycles() const { return burst_bytes * 8 / bits_per_cycle; }
  /// Peak rate in bytes per accelerator cycle.
  [[nodiscard]] double bytes_per_cycle(double clock_hz) const {
    return kind == DramKind::ideal ? bits_per_cycle / 8.0 : memory.bytes_per_second() / clock_hz;
  }
};

struct VectorParams {
  int lanes = 0;           ///< V, elements per cycle and pass
  int startup_cycles = 0;  ///< pipeline depth, paid once per instruction
};

struct SequencerParams {
  int queue_depth = 0;  ///< entries of each of the four queues
};

struct Machine {
  std::string name;
  double clock_hz = 0;
  ArrayParams array;
  ScratchpadParams weight_spad;
  ScratchpadParams activation_spad;
  ScratchpadParams output_spad;
  DramParams dram;
  int dma_max_in_flight = 0;  ///< per channel: bursts of a unit requested but not yet delivered, >= 1
  VectorParams vector;
  SequencerParams sequencer;
};

}  // namespace vernier::machine
