// SPDX-License-Identifier: Apache-2.0
// The part of the compute unit that walks the passes of a gemm instruction on a weight-stationary array,
// cycle by cycle: fetches weights and activations, feeds the array, writes its results
// (docs/weight-stationary.md, section "Cycles"). The array behind the pins is the model or Verilated RTL;
// this class cannot tell.
#pragma once

#include <cstdint>
#include <vector>

#include "models/array/gemm_block.h"
#include "models/array/gemm_timing.h"
#include "models/array/operand_ports.h"
#include "models/array/weight_stationary/ws_port.h"
#include "models/array/weight_stationary/ws_timing.h"
#include "models/pe/registry.h"

namespace vernier::array {

/// What holds in a cycle, for waveforms. Tiles are those of the pass that runs.
struct WsPins {
  bool start = false, weight_valid = false, weight_ready = false;
  bool act_valid = false, act_ready = false, act_last = false;
  bool partial_req = false, out_valid = false, out_ready = false, busy = false;
  uint32_t partial_token = 0, out_token = 0, tile_n = 0, tile_k = 0;
};

class WsCompute {
 public:
  /// Without an image only time matters. All outlive this object.
  WsCompute(const machine::Machine& machine, IWsArray& array, memory::Scratchpads& scratchpads,
            machine::MemoryImage* image)
      : machine_(machine),
        pe_(pe::pe(machine.array.pe)),
        array_(array),
        scratchpads_(scratchpads),
        image_(image) {}

  /// A gemm instruction, whose first pass begins in `cycle`. The format outlives the instruction.
  void start(const isa::IssuedInstruction& issued, const formats::GroupFormat& format, uint64_t cycle);
  /// One cycle. True in the last one of the instruction.
  bool run(uint64_t now);

  [[nodiscard]] const EventCounts& counts() const { return counts_; }
  [[nodiscard]] uint64_t macs() const { return macs_; }
  [[nodiscard]] const WsPins& pins() const { return pins_; }

 private:
  void begin_pass(uint64_t cycle);
  bool end_pass(uint64_t now);
  void claim_ports(uint64_t now, int64_t rows_before);
  void offer_weights(uint64_t now, const WsOutputs& outputs, WsInputs& inputs);
  void offer_activations(uint64_t now, const WsOutputs& outputs, WsInputs& inputs);
  void take_result(uint64_t now, const WsOutputs& outputs);
  const uint32_t* old_partials(uint32_t token);
  void note_pins(const WsInputs& inputs, const WsOutputs& outputs);

  const machine::Machine& machine_;
  const pe::PeDescriptor& pe_;
  IWsArray& array_;
  memory::Scratchpads& scratchpads_;
  machine::MemoryImage* image_;
  EventCounts counts_;
  uint64_t macs_ = 0;
  WsPins pins_;

  // The instruction.
  isa::IssuedInstruction issued_;
  const formats::GroupFormat* format_ = nullptr;
  formats::QuantizedMatrix weights_;  // the whole block, decoded
  OutputLayout layout_;
  OperandPorts operand_ports_;

  // The pass.
  uint32_t n0_ = 0, k0_ = 0;
  WsPassShape shape_;
  WsPorts cycles_;
  uint64_t begin_ = 0;
  int64_t rows_accepted_ = 0, tokens_accepted_ = 0, results_taken_ = 0;
  uint64_t row_offered_ = 0, token_offered_ = 0;  // first cycle in which the next one is offered
  bool results_shown_ = false;
  uint64_t write_free_ = 0;               // first cycle in which the output port is free
  std::vector<uint16_t> weight_row_;      // C
  std::vector<uint16_t> token_;           // R
  std::vector<uint16_t> channel_scales_;  // C
  std::vector<uint32_t> partials_;        // C
};

}  // namespace vernier::array
