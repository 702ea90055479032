// SPDX-License-Identifier: Apache-2.0
// The compute unit, clocked: walks the tiles of a gemm instruction, fetches operands from the scratchpads,
// feeds the PE array and writes its results (docs/timing.md, section GEMM). The array behind the pins is
// the SystemC model or Verilated RTL; this module cannot tell.
#pragma once

#include <memory>
#include <vector>

#include "models/array/array_port.h"
#include "models/array/gemm_block.h"
#include "models/array/gemm_timing.h"
#include "models/array/operand_ports.h"
#include "models/array/weight_stationary/ws_compute.h"
#include "models/machine/channels_module.h"
#include "models/machine/clocked_module.h"
#include "models/machine/run_log.h"
#include "models/machine/unit_signals_module.h"

namespace vernier::array {

/// What the compute unit is connected to.
struct ComputePorts {
  machine::InstructionQueue& queue;
  machine::SemaphoreFile& semaphores;
  memory::Scratchpads& scratchpads;
  IPeArray* array;     ///< of an output-stationary machine, else null
  IWsArray* ws_array;  ///< of a weight-stationary machine, else null
  machine::IRunLog& log;
  machine::MemoryImage* image;  ///< null: timing only
};

class ComputeUnitModule : public machine::ClockedModule {
 public:
  ComputeUnitModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain,
                    const machine::Machine& machine, const std::vector<std::string>& formats,
                    const ComputePorts& ports);

  [[nodiscard]] bool idle() const { return !running_; }
  [[nodiscard]] const EventCounts& counts() const { return ws_ ? ws_->counts() : counts_; }
  [[nodiscard]] uint64_t macs() const { return ws_ ? ws_->macs() : macs_; }
  /// Adds the signals of the unit and the pins of the array to a waveform.
  void trace(sc_core::sc_trace_file* file) const override;

 private:
  void on_cycle(uint64_t now) override;
  void pop(uint64_t now);
  void start_instruction();
  void begin_pass(uint64_t cycle);
  void run_pass(uint64_t now);
  void finish(uint64_t now);
  void trace_array(sc_core::sc_trace_file* file, const std::string& unit) const;
  void take_column(const ArrayOutputs& outputs);
  void fetch_step(uint64_t now);
  void claim_ports(uint64_t now);
  void note_pins(const ArrayInputs& inputs, const ArrayOutputs& outputs);
  void decode_weight_tile();
  void gather_activations();
  const uint32_t* old_partials(int col);
  [[nodiscard]] size_t step_words() const;
  [[nodiscard]] bool starts_group(int step) const { return step % group_steps_ == 0; }

  const machine::Machine& machine_;
  const pe::PeDescriptor& pe_;
  std::vector<formats::GroupFormat> formats_;
  ComputePorts ports_;
  std::unique_ptr<WsCompute> ws_;  // takes the place of all below in a weight-stationary machine
  EventCounts counts_;
  uint64_t macs_ = 0;

  // The instruction.
  bool running_ = false;
  uint64_t free_from_ = 0;
  isa::IssuedInstruction issued_;
  const formats::GroupFormat* format_ = nullptr;
  int terms_ = 1;
  formats::QuantizedMatrix weights_;  // the whole block, decoded
  OutputLayout layout_;
  int group_steps_ = 1;  // steps of a full group
  int groups_ = 1;
  int steps_ = 0;  // of a pass

  // The pass.
  uint32_t n0_ = 0, m0_ = 0;
  int n_ = 0, m_ = 0;
  uint64_t begin_ = 0;
  int step_ = 0;               // next to be accepted
  uint64_t offered_from_ = 0;  // first cycle in which it is offered
  uint64_t write_free_ = 0;    // first cycle in which the output port is free
  int columns_taken_ = 0;
  int interval_ = 0;  // least cycles between two group ends
  int64_t fetch_ = 1, fetch_first_ = 1, write_cycles_ = 1;
  OperandPorts operand_ports_;
  uint64_t weights_until_ = 0, activations_until_ = 0;  // first cycles in which they are not read
  uint32_t tile_decoded_ = UINT32_MAX;                  // n0 of the weight tile in weight_steps_
  std::vector<uint16_t> weight_steps_;                  // steps x R x L
  std::vector<uint16_t> act_steps_;                     // steps x C x L x act_slot_words
  std::vector<uint16_t> scales_;                        // groups x R
  std::vector<uint8_t> tags_;                           // groups x R
  std::vector<uint16_t> channel_scales_;
  std::vector<uint32_t> partials_;  // R

  // For waveforms: what holds in this cycle. Tile and step are those of the pass that runs.
  struct Pins {
    bool start = false, step_valid = false, step_ready = false, group_last = false, pass_last = false;
    bool partial_req = false, out_valid = false, out_ready = false, busy = false;
    int32_t partial_col = 0, out_col = 0;
    uint32_t tile_n = 0, tile_m = 0, step = 0;
  };
  machine::UnitSignals signals_;
  Pins pins_;
};

}  // namespace vernier::array
