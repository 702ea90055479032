// SPDX-License-Identifier: Apache-2.0
#include "models/array/compute_unit_module.h"

#include <algorithm>

#include "base/error.h"
#include "models/array/group_dequantizer.h"
#include "models/pe/registry.h"

namespace vernier::array {
namespace {

/// Calls place(k, count, step) for every step along K: the first of its elements, their number, and which
/// step it is. A group starts a step.
template <class Place>
void for_each_step(size_t k_extent, size_t group, size_t lanes, const Place& place) {
  size_t step = 0;
  for (size_t group_begin = 0; group_begin < k_extent; group_begin += group) {
    const size_t group_end = std::min(group_begin + group, k_extent);
    for (size_t begin = group_begin; begin < group_end; begin += lanes, ++step) {
      place(begin, std::min(begin + lanes, group_end) - begin, step);
    }
  }
}

}  // namespace

ComputeUnitModule::ComputeUnitModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain,
                                     const machine::Machine& machine, const std::vector<std::string>& formats,
                                     const ComputePorts& ports)
    : ClockedModule(name, domain), machine_(machine), pe_(pe::pe(machine.array.pe)), ports_(ports) {
  for (const std::string& format : formats) formats_.push_back(formats::group_format(format));
  VERNIER_INVARIANT((ports.ws_array != nullptr) == machine.array.weight_stationary() &&
                        (ports.array == nullptr) == machine.array.weight_stationary(),
                    "the array is not of the machine's dataflow");
  if (ports.ws_array != nullptr)
    ws_ = std::make_unique<WsCompute>(machine, *ports.ws_array, ports.scratchpads, ports.image);
}

void ComputeUnitModule::on_cycle(uint64_t now) {
  signals_.busy = running_;
  if (running_) {
    if (!ws_) {
      run_pass(now);
    } else if (ws_->run(now)) {
      finish(now);
    }
    return;
  }
  pins_ = {};
  if (now >= free_from_ && !ports_.queue.empty()) pop(now);
}

void ComputeUnitModule::trace(sc_core::sc_trace_file* file) const {
  const std::string unit = name();
  signals_.trace(file, unit);
  trace_array(file, unit);
}

void ComputeUnitModule::trace_array(sc_core::sc_trace_file* file, const std::string& unit) const {
  if (ws_) {
    const WsPins& pins = ws_->pins();
    sc_core::sc_trace(file, pins.tile_n, unit + ".tile_n");
    sc_core::sc_trace(file, pins.tile_k, unit + ".tile_k");
    const std::string array = unit + ".array";
    sc_core::sc_trace(file, pins.start, array + ".start");
    sc_core::sc_trace(file, pins.weight_valid, array + ".weight_valid");
    sc_core::sc_trace(file, pins.weight_ready, array + ".weight_ready");
    sc_core::sc_trace(file, pins.act_valid, array + ".act_valid");
    sc_core::sc_trace(file, pins.act_ready, array + ".act_ready");
    sc_core::sc_trace(file, pins.act_last, array + ".act_last");
    sc_core::sc_trace(file, pins.partial_req, array + ".partial_req");
    sc_core::sc_trace(file, pins.partial_token, array + ".partial_token");
    sc_core::sc_trace(file, pins.out_valid, array + ".out_valid");
    sc_core::sc_trace(file, pins.out_ready, array + ".out_ready");
    sc_core::sc_trace(file, pins.out_token, array + ".out_token");
    sc_core::sc_trace(file, pins.busy, array + ".busy");
    return;
  }
  sc_core::sc_trace(file, pins_.tile_n, unit + ".tile_n");
  sc_core::sc_trace(file, pins_.tile_m, unit + ".tile_m");
  sc_core::sc_trace(file, pins_.step, unit + ".step");
  const std::string array = unit + ".array";
  sc_core::sc_trace(file, pins_.start, array + ".start");
  sc_core::sc_trace(file, pins_.step_valid, array + ".step_valid");
  sc_core::sc_trace(file, pins_.step_ready, array + ".step_ready");
  sc_core::sc_trace(file, pins_.group_last, array + ".group_last");
  sc_core::sc_trace(file, pins_.pass_last, array + ".pass_last");
  sc_core::sc_trace(file, pins_.partial_req, array + ".partial_req");
  sc_core::sc_trace(file, pins_.partial_col, array + ".partial_col");
  sc_core::sc_trace(file, pins_.out_valid, array + ".out_valid");
  sc_core::sc_trace(file, pins_.out_ready, array + ".out_ready");
  sc_core::sc_trace(file, pins_.out_col, array + ".out_col");
  sc_core::sc_trace(file, pins_.busy, array + ".busy");
}

void ComputeUnitModule::pop(uint64_t now) {
  const isa::Instruction& instruction = *ports_.queue.head().instruction;
  if (!ports_.semaphores.satisfied(instruction)) return;
  issued_ = ports_.queue.head();
  ports_.queue.pop();
  ports_.semaphores.take(instruction);
  ports_.log.start(issued_, now);
  signals_.busy = true;
  signals_.popped(issued_);
  if (instruction.opcode == isa::Opcode::sync) {
    ports_.semaphores.post(instruction);
    ports_.log.end(issued_, now + 1, 0);
    free_from_ = now + 1;
    return;
  }
  if (ws_) {
    running_ = true;
    ws_->start(issued_, formats_[instruction.format], now + 1);
    return;
  }
  start_instruction();
  begin_pass(now + 1);
}

void ComputeUnitModule::start_instruction() {
  const isa::Instruction& gemm = *issued_.instruction;
  running_ = true;
  format_ = &formats_[gemm.format];
  terms_ = pe_.cycles_per_step(*format_);
  const int lanes = machine_.array.lanes;
  const int k = static_cast<int>(gemm.k);
  const int group = format_->group_size == 0 ? k : format_->group_size;
  group_steps_ = (group + lanes - 1) / lanes;
  groups_ = (k + group - 1) / group;
  steps_ = (groups_ - 1) * group_steps_ + (k - (groups_ - 1) * group + lanes - 1) / lanes;
  layout_ = {issued_.out, gemm.m, gemm.n};
  operand_ports_ = OperandPorts(machine_, issued_, *format_);
  n0_ = m0_ = 0;
  tile_decoded_ = UINT32_MAX;
  if (ports_.image != nullptr) {
    check_gemm_bounds(issued_, *format_, machine_);
    weights_ = unpack_weight_block(*format_, &ports_.image->weight_spad[issued_.weight],
                                   weight_shape(gemm, machine_.array));
  }
}

void ComputeUnitModule::begin_pass(uint64_t cycle) {
  const isa::Instruction& gemm = *issued_.instruction;
  n_ = static_cast<int>(std::min<uint32_t>(gemm.n - n0_, static_cast<uint32_t>(machine_.array.rows)));
  m_ = static_cast<int>(std::min<uint32_t>(gemm.m - m0_, static_cast<uint32_t>(machine_.array.cols)));
  fetch_ = fetch_cycles(machine_, *format_, gemm.act_format, m_, n_, false);
  fetch_first_ = fetch_cycles(machine_, *format_, gemm.act_format, m_, n_, true);
  interval_ = group_interval(pe_, machine_.array.delivery, m_);
  write_cycles_ = column_write_cycles(machine_, n_, gemm.final, gemm.accumulate);
  const int read_latency =
      std::max(machine_.weight_spad.read_latency_cycles, machine_.activation_spad.read_latency_cycles);
  begin_ = cycle;
  offered_from_ = cycle + static_cast<uint64_t>(read_latency + fetch_first_);
  write_free_ = 0;
  step_ = 0;
  columns_taken_ = 0;
  if (ports_.image != nullptr) {
    if (tile_decoded_ != n0_) decode_weight_tile();
    gather_activations();
  }
}

void ComputeUnitModule::run_pass(uint64_t now) {
  const isa::Instruction& gemm = *issued_.instruction;
  const ArrayOutputs& outputs = ports_.array->outputs();
  const auto rows = static_cast<size_t>(machine_.array.rows);
  const auto lanes = static_cast<size_t>(machine_.array.lanes);
  pins_.step = static_cast<uint32_t>(step_);
  ArrayInputs inputs;
  if (now == begin_) {
    fetch_step(now);
    inputs.start = true;
    inputs.rows = n_;
    inputs.cols = m_;
    inputs.format = pe_.format_code(*format_, gemm.act_format);
    inputs.final = gemm.final;
    inputs.accumulate = gemm.accumulate;
  }
  if (step_ < steps_ && now >= offered_from_) {
    const int group = step_ / group_steps_;
    inputs.step_valid = true;
    inputs.pass_last = step_ + 1 == steps_;
    inputs.group_last = inputs.pass_last || starts_group(step_ + 1);
    if (ports_.image != nullptr) {
      inputs.weights = &weight_steps_[static_cast<size_t>(step_) * rows * lanes];
      inputs.acts = &act_steps_[static_cast<size_t>(step_) * step_words()];
      inputs.scales = &scales_[static_cast<size_t>(group) * rows];
      inputs.tags = &tags_[static_cast<size_t>(group) * rows];
    }
    if (outputs.step_ready) {
      const int64_t lanes_bits = machine_.array.lanes;
      counts_.pe_steps += static_cast<uint64_t>(n_ * m_);
      counts_.pe_terms += static_cast<uint64_t>(n_ * m_ * terms_);
      counts_.weight_read_bits += static_cast<uint64_t>(
          n_ * (lanes_bits * format_->element_bits + (starts_group(step_) ? format_->group_meta_bits() : 0)));
      counts_.activation_read_bits +=
          static_cast<uint64_t>(m_ * step_activation_bits(machine_, gemm.act_format));
      if (inputs.group_last && interval_ > 0) counts_.group_ends += static_cast<uint64_t>(n_ * m_);
      counts_.row_terms += static_cast<uint64_t>(n_ * terms_);
      counts_.column_steps += static_cast<uint64_t>(m_);
      if (pe_.zero_point != nullptr) {
        counts_.sum_row_terms += static_cast<uint64_t>(m_ * terms_);
        counts_.row_terms += static_cast<uint64_t>(terms_);
      }
      ++step_;
      offered_from_ = now + static_cast<uint64_t>(starts_group(step_) ? fetch_first_ : fetch_);
      if (step_ < steps_) fetch_step(now);
    }
  }
  if (ports_.image != nullptr) inputs.channel_scales = channel_scales_.data();
  if (outputs.partial_req && gemm.accumulate) inputs.partial = old_partials(outputs.partial_col);
  inputs.out_ready = now >= write_free_;
  if (outputs.out_valid && inputs.out_ready) {
    take_column(outputs);
    write_free_ = now + static_cast<uint64_t>(write_cycles_);
    ++columns_taken_;
  }
  claim_ports(now);
  note_pins(inputs, outputs);
  const bool pass_ends = columns_taken_ == m_ && now + 1 == write_free_;
  ports_.array->tick(inputs);
  if (!pass_ends) return;

  macs_ += static_cast<uint64_t>(n_) * static_cast<uint64_t>(m_) * gemm.k;
  if (gemm.final && format_->has_channel_scale()) counts_.weight_read_bits += static_cast<uint64_t>(n_ * 16);
  m0_ += static_cast<uint32_t>(m_);
  if (m0_ == gemm.m) {
    m0_ = 0;
    n0_ += static_cast<uint32_t>(n_);
  }
  if (n0_ < gemm.n) {
    begin_pass(now + 1);
    return;
  }
  finish(now);
}

/// From this cycle on the operands of step step_ are read.
void ComputeUnitModule::fetch_step(uint64_t now) {
  weights_until_ =
      now + static_cast<uint64_t>(weight_fetch_cycles(machine_, *format_, n_, starts_group(step_)));
  activations_until_ =
      now + static_cast<uint64_t>(activation_fetch_cycles(machine_, issued_.instruction->act_format, m_));
}

void ComputeUnitModule::claim_ports(uint64_t now) {
  if (now < weights_until_) operand_ports_.read_weights(ports_.scratchpads, now);
  if (now < activations_until_) operand_ports_.read_activations(ports_.scratchpads, now);
  if (columns_taken_ > 0) {
    operand_ports_.write_results(ports_.scratchpads, now, issued_.instruction->accumulate);
  }
}

/// The instruction ends with this cycle.
void ComputeUnitModule::finish(uint64_t now) {
  running_ = false;
  free_from_ = now + 1;
  ports_.semaphores.post(*issued_.instruction);
  ports_.log.end(issued_, now + 1, 0);
}

void ComputeUnitModule::note_pins(const ArrayInputs& inputs, const ArrayOutputs& outputs) {
  pins_.start = inputs.start;
  pins_.step_valid = inputs.step_valid;
  pins_.step_ready = outputs.step_ready;
  pins_.group_last = inputs.group_last;
  pins_.pass_last = inputs.pass_last;
  pins_.partial_req = outputs.partial_req;
  pins_.partial_col = outputs.partial_col;
  pins_.out_valid = outputs.out_valid;
  pins_.out_ready = inputs.out_ready;
  pins_.out_col = outputs.out_col;
  pins_.busy = outputs.busy;
  pins_.tile_n = n0_;
  pins_.tile_m = m0_;
}

void ComputeUnitModule::take_column(const ArrayOutputs& outputs) {
  const isa::Instruction& gemm = *issued_.instruction;
  const auto n = static_cast<uint64_t>(n_);
  counts_.outputs += n;
  counts_.output_write_bits += n * (gemm.final ? 16 : 32);
  if (gemm.accumulate) counts_.output_read_bits += n * 32;
  if (ports_.image == nullptr) return;
  std::vector<uint8_t>& spad = ports_.image->output_spad;
  const uint64_t token = m0_ + static_cast<uint64_t>(outputs.out_col);
  for (uint64_t r = 0; r < n; ++r) {
    const uint32_t value = outputs.out_data[r];
    if (gemm.final) {
      store_u16(spad, layout_.final_address(token, n0_ + r), static_cast<uint16_t>(value));
    } else {
      store_u32(spad, layout_.partial_address(token, n0_ + r), value);
    }
  }
}

const uint32_t* ComputeUnitModule::old_partials(int col) {
  if (ports_.image == nullptr) return nullptr;
  partials_.assign(static_cast<size_t>(machine_.array.rows), 0);
  for (size_t r = 0; r < static_cast<size_t>(n_); ++r) {
    partials_[r] = load_u32(ports_.image->output_spad,
                            layout_.partial_address(m0_ + static_cast<uint64_t>(col), n0_ + r));
  }
  return partials_.data();
}

void ComputeUnitModule::decode_weight_tile() {
  const auto rows = static_cast<size_t>(machine_.array.rows);
  const auto lanes = static_cast<size_t>(machine_.array.lanes);
  const size_t k = issued_.instruction->k;
  const size_t group_k = static_cast<size_t>(format_->group_size == 0 ? weights_.cols : format_->group_size);
  const auto groups = static_cast<size_t>(groups_);
  weight_steps_.assign(static_cast<size_t>(steps_) * rows * lanes, 0);
  scales_.assign(groups * rows, 0);
  tags_.assign(groups * rows, 0);
  channel_scales_.assign(rows, 0);
  for (size_t r = 0; r < static_cast<size_t>(n_); ++r) {
    const size_t row = n0_ + r;
    const uint16_t* codes = &weights_.codes[row * k];
    uint16_t* slots = &weight_steps_[r * lanes];
    for_each_step(k, group_k, lanes, [=](size_t begin, size_t count, size_t step) {
      std::copy_n(codes + begin, count, slots + step * rows * lanes);
    });
    for (size_t g = 0; g < groups; ++g) {
      const pe::GroupParameters parameters = group_parameters(weights_, row * groups + g);
      scales_[g * rows + r] = parameters.scale;
      tags_[g * rows + r] = parameters.tag;
    }
    channel_scales_[r] = channel_scale_pin(weights_, row, issued_.instruction->act_scale);
  }
  tile_decoded_ = n0_;
}

void ComputeUnitModule::gather_activations() {
  const formats::ActivationFormat format = issued_.instruction->act_format;
  const size_t words = step_words() / static_cast<size_t>(machine_.array.cols);
  const auto slot_words = static_cast<uint64_t>(pe_.act_slot_words);
  const size_t k = issued_.instruction->k;
  const size_t group_k = format_->group_size == 0 ? k : static_cast<size_t>(format_->group_size);
  const uint64_t row_bytes = formats::activation_bytes(format, k);
  act_steps_.assign(static_cast<size_t>(steps_) * step_words(), 0);
  for (size_t c = 0; c < static_cast<size_t>(m_); ++c) {
    const uint8_t* row = &ports_.image->activation_spad[issued_.activation + (m0_ + c) * row_bytes];
    uint16_t* acts = &act_steps_[c * words];
    for_each_step(k, group_k, static_cast<size_t>(machine_.array.lanes),
                  [this, format, row, acts, slot_words](size_t begin, size_t count, size_t step) {
                    formats::activation_words(format, row, begin, count, slot_words,
                                              acts + step * step_words());
                  });
  }
}

size_t ComputeUnitModule::step_words() const {
  return static_cast<size_t>(machine_.array.cols) * static_cast<size_t>(machine_.array.lanes) *
         static_cast<size_t>(pe_.act_slot_words);
}

}  // namespace vernier::array
