// SPDX-License-Identifier: Apache-2.0
// What an engine counts besides the instruction records in the log.
#pragma once

#include <cstdint>

#include "models/array/gemm_timing.h"
#include "models/dram/command.h"

namespace vernier::engine {

struct EngineTotals {
  uint64_t cycles = 0;        ///< length of the run: largest end of an instruction
  uint64_t instructions = 0;  ///< dispatched, loops unrolled
  uint64_t left_out = 0;      ///< fast: of these, in turns of loops that repeat others (repetition.h)
  uint64_t steps = 0;         ///< fast: points in time visited; systemc, rtl: clock cycles simulated
  uint64_t dram_bursts = 0;
  uint64_t macs = 0;  ///< useful multiply-accumulates
  array::EventCounts counts;
  dram::ChannelCounts dram;          ///< of all channels; zero for `ideal`
  uint64_t vector_stall_cycles = 0;  ///< in which the vector unit was refused a port
  uint64_t pool_peak_bytes = 0;      ///< of a pooled program: most bytes taken at once
  uint64_t dma_refused_cycles = 0;   ///< in which the load or the store unit was refused a port
};

}  // namespace vernier::engine
