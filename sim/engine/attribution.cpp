// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/attribution.h"

#include <algorithm>

#include "base/error.h"
#include "models/vector/vector_unit.h"

namespace vernier::engine {

using isa::Opcode;

AttributionObserver::AttributionObserver(const isa::Program& program, const machine::Machine& machine,
                                         std::vector<bool> kv_weights, std::vector<bool> kv_results,
                                         std::vector<DramRange> kv_operands)
    : program_(program),
      machine_(machine),
      timing_(machine, program.formats),
      kv_weights_(std::move(kv_weights)),
      kv_results_(std::move(kv_results)),
      kv_operands_(std::move(kv_operands)),
      rows_(program.ops.size()),
      events_(program.ops.size()) {
  for (size_t op = 0; op < rows_.size(); ++op) {
    rows_[op].name = program.ops[op].name;
    rows_[op].layer_class = program.ops[op].layer_class;
  }
}

/// Accounts for the cycles up to `cycle`, in the state they were in.
void AttributionObserver::advance(uint64_t cycle) {
  const uint64_t elapsed = cycle - last_cycle_;
  last_cycle_ = cycle;
  if (gemms_running_ > 0) return;  // its descriptor says how its cycles split
  if (vectors_running_ > 0) {
    rows_[vector_op_].vector += elapsed;
  } else if (loads_running_ > 0) {
    waiting_.load += elapsed;
  } else if (stores_running_ > 0) {
    waiting_.store += elapsed;
  } else {
    waiting_.idle += elapsed;
  }
}

void AttributionObserver::settle(uint32_t op) {
  rows_[op].load_stall += waiting_.load;
  rows_[op].store_stall += waiting_.store;
  rows_[op].idle += waiting_.idle;
  waiting_ = {};
  last_op_ = op;
}

void AttributionObserver::on_start(const isa::IssuedInstruction& issued, uint64_t cycle) {
  advance(cycle);
  const isa::Instruction& instruction = *issued.instruction;
  ++rows_[instruction.op].instructions;
  switch (instruction.opcode) {
    case Opcode::gemm:
      settle(instruction.op);
      ++gemms_running_;
      break;
    case Opcode::vector:
      settle(instruction.op);
      vector_op_ = instruction.op;
      ++vectors_running_;
      break;
    case Opcode::load:
      ++loads_running_;
      break;
    case Opcode::store:
      ++stores_running_;
      break;
    case Opcode::sync:
      break;
  }
}

void AttributionObserver::on_end(const isa::IssuedInstruction& issued, uint64_t cycle, uint64_t bursts) {
  advance(cycle);
  const isa::Instruction& instruction = *issued.instruction;
  switch (instruction.opcode) {
    case Opcode::gemm:
      --gemms_running_;
      count_gemm(instruction);
      break;
    case Opcode::vector:
      --vectors_running_;
      events_[instruction.op].vector_elements += uint64_t{instruction.rows} * instruction.cols *
                                                 static_cast<uint64_t>(vector::passes(instruction.vector_op));
      count_vector(issued);
      break;
    case Opcode::load:
      --loads_running_;
      count_transfer(issued, bursts);
      break;
    case Opcode::store:
      --stores_running_;
      count_transfer(issued, bursts);
      break;
    case Opcode::sync:
      break;
  }
}

void AttributionObserver::count_vector(const isa::IssuedInstruction& issued) {
  const isa::Instruction& instruction = *issued.instruction;
  OpEvents& events = events_[instruction.op];
  const vector::VectorBits bits = vector::vector_bits(issued, program_, machine_);
  events.output_read_bits += bits.read;
  events.output_write_bits += bits.written;
  if (instruction.dst_scratchpad == isa::Scratchpad::activation) {
    events.activation_write_bits +=
        8 * instruction.rows * formats::activation_bytes(instruction.result, instruction.cols);
  }
}

void AttributionObserver::count_transfer(const isa::IssuedInstruction& issued, uint64_t bursts) {
  const isa::Instruction& instruction = *issued.instruction;
  report::LayerRow& row = rows_[instruction.op];
  OpEvents& events = events_[instruction.op];
  const uint64_t bytes = bursts * static_cast<uint64_t>(machine_.dram.burst_bytes);
  const uint64_t spad_bits = uint64_t{instruction.rows} * instruction.row_bytes * 8;
  if (instruction.opcode == Opcode::store) {
    (kv_results_[instruction.op] ? row.kv_bytes : row.output_write_bytes) += bytes;
    events.write_bursts += bursts;
    events.output_read_bits += spad_bits;
    return;
  }
  events.read_bursts += bursts;
  switch (instruction.scratchpad) {
    case isa::Scratchpad::weight:
      (kv_weights_[instruction.op] ? row.kv_bytes : row.weight_bytes) += bytes;
      events.weight_write_bits += spad_bits;
      break;
    case isa::Scratchpad::activation:
      row.activation_read_bytes += bytes;
      events.activation_write_bits += spad_bits;
      break;
    case isa::Scratchpad::output:
      (kv_operands_[instruction.op].contains(issued.dram) ? row.kv_bytes : row.activation_read_bytes) +=
          bytes;
      events.output_write_bits += spad_bits;
      break;
  }
}

namespace {

/// Recurrent layers and attention have several: "int6_g128 + int4_g128".
void add_format(const std::string& format, std::string& formats) {
  if (formats == format || (" " + formats + " ").find(" " + format + " ") != std::string::npos) return;
  formats += (formats.empty() ? "" : " + ") + format;
}

}  // namespace

void AttributionObserver::count_gemm(const isa::Instruction& instruction) {
  const array::GemmTiming& timing = timing_.instruction(instruction);
  report::LayerRow& row = rows_[instruction.op];
  row.fill += timing.fill;
  row.compute += timing.compute;
  row.operand_stall += timing.operand_stall;
  row.drain += timing.drain;
  row.macs += timing.macs;
  add_format(timing_.format(instruction.format).name, row.weight_format);
  OpEvents& events = events_[instruction.op];
  events.mac_cycles += timing.macs * static_cast<uint64_t>(timing_.cycles_per_step(instruction.format));
  events.array += timing.counts;
  gemms_ += timing;
}

bool AttributionObserver::can_repeat(const Loop& loop) const {
  // What a load counts as must not depend on the turn.
  return std::all_of(loop.transfers.begin(), loop.transfers.end(), [this](const Loop::Transfer& transfer) {
    const isa::Instruction& instruction = *transfer.instruction;
    if (instruction.opcode != Opcode::load || instruction.scratchpad != isa::Scratchpad::output) return true;
    const DramRange& kv = kv_operands_[instruction.op];
    return (kv.contains(transfer.begin) && kv.contains(transfer.end - 1)) || transfer.end <= kv.begin ||
           transfer.begin >= kv.end;
  });
}

void AttributionObserver::describe(StateWords& state) const {
  state.add_time(last_cycle_);
  for (const uint64_t waiting : {waiting_.load, waiting_.store, waiting_.idle}) state.add(waiting);
  for (const int running : {gemms_running_, vectors_running_, loads_running_, stores_running_})
    state.add(static_cast<uint64_t>(running));
  state.add(vectors_running_ > 0 ? vector_op_ : 0);
  state.add(last_op_);
}

void AttributionObserver::list(Counters& counters) {
  for (report::LayerRow& row : rows_) {
    for (uint64_t* counter :
         {&row.compute, &row.fill, &row.drain, &row.operand_stall, &row.load_stall, &row.store_stall,
          &row.vector, &row.idle, &row.macs, &row.instructions, &row.weight_bytes, &row.kv_bytes,
          &row.activation_read_bytes, &row.output_write_bytes})
      counters.add(*counter);
  }
  for (OpEvents& events : events_) counters.add(events);
  counters.add(gemms_);
}

void AttributionObserver::on_finish(uint64_t cycles) {
  advance(cycles);
  if (rows_.empty()) return;
  settle(last_op_);
  const double lanes = static_cast<double>(machine_.array.rows) * machine_.array.cols * machine_.array.lanes;
  for (size_t op = 0; op < rows_.size(); ++op) {
    report::LayerRow& row = rows_[op];
    row.cycles = row.compute + row.fill + row.drain + row.operand_stall + row.load_stall + row.store_stall +
                 row.vector + row.idle;
    const OpEvents& events = events_[op];
    row.ideal_cycles = static_cast<double>(events.mac_cycles) / lanes;
    const auto put = [&row](const char* name, uint64_t value) {
      if (value > 0) row.events[name] = value;
    };
    put("pe_steps", events.array.pe_steps);
    put("pe_terms", events.array.pe_terms);
    put("pe_group_dequantizations", events.array.group_ends);
    put("pe_sum_row_cycles", events.array.sum_row_terms);
    put("row_terms", events.array.row_terms);
    put("column_steps", events.array.column_steps);
    put("array_outputs", events.array.outputs);
    put("weight_spad_read_bits", events.array.weight_read_bits);
    put("weight_spad_write_bits", events.weight_write_bits);
    put("activation_spad_read_bits", events.array.activation_read_bits);
    put("activation_spad_write_bits", events.activation_write_bits);
    put("output_spad_read_bits", events.array.output_read_bits + events.output_read_bits);
    put("output_spad_write_bits", events.array.output_write_bits + events.output_write_bits);
    put("vector_elements", events.vector_elements);
    put("dram_read_bursts", events.read_bursts);
    put("dram_write_bursts", events.write_bursts);
  }
}

}  // namespace vernier::engine
