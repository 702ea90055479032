// SPDX-License-Identifier: Apache-2.0
#include "tests/fidelity/coverage.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/array/gemm_timing.h"
#include "models/array/weight_stationary/ws_timing.h"
#include "models/pe/registry.h"

namespace vernier::fidelity {

using machine::Delivery;
using workloads::OpKind;

void Coverage::add(const RandomCase& random_case, const mapper::MappedProgram& mapped) {
  const workloads::Network& network = random_case.network;
  add_machine(random_case.machine);
  add_program(mapped.program);
  count("network: two segments", network.segments.size() > 1);
  size_t index = 0;
  for (const workloads::Segment& segment : network.segments) {
    count("network: repeated segment", segment.repeat > 1);
    for (const workloads::Op& op : segment.ops) {
      if (op.kind == OpKind::gemm) add_gemm(random_case, op, mapped.ops[index]);
      if (op.kind == OpKind::vector) add_vector(op);
      ++index;
    }
  }
}

void Coverage::add_machine(const machine::Machine& machine) {
  const machine::ArrayParams& array = machine.array;
  count("array: 1x1", array.rows == 1 && array.cols == 1);
  count("array: single row", array.rows == 1 && array.cols > 1);
  count("array: single column", array.rows > 1 && array.cols == 1);
  count("array: broadcast", array.delivery == Delivery::broadcast);
  count("array: systolic", array.delivery == Delivery::systolic && !array.weight_stationary());
  count("array: weight-stationary", array.weight_stationary());
  for (const pe::PeDescriptor* pe : pe::all()) {
    count("array: " + pe->name, array.pe == pe->name);
    for (int lanes = pe->min_lanes; lanes <= std::min(pe->max_lanes, 8); lanes += pe->min_lanes) {
      count(fmt::format("array: {} with {} lanes", pe->name, lanes),
            array.pe == pe->name && array.lanes == lanes);
    }
  }
  count("dram: stalls", machine.dram.stall_permille > 0);
  count("dram: no stalls", machine.dram.stall_permille == 0);
  count("dram: loads throttled by the bursts in flight",
        int64_t{machine.dma_max_in_flight} * machine.dram.burst_cycles() < machine.dram.latency_cycles);
  count("sequencer: queues of one", machine.sequencer.queue_depth == 1);
  count("sequencer: queues of five or more", machine.sequencer.queue_depth >= 5);
}

void Coverage::add_gemm(const RandomCase& random_case, const workloads::Op& op,
                        const mapper::OpExpectation& plan) {
  const machine::Machine& machine = random_case.machine;
  const machine::ArrayParams& array = machine.array;
  const workloads::Tensor& weight = random_case.network.tensors[static_cast<size_t>(op.weight)];
  const formats::GroupFormat format = formats::group_format(weight.format);
  for (const pe::PeDescriptor* pe : pe::all()) {
    for (const std::string& example : pe->example_formats) {
      count(fmt::format("format: {} on {}", formats::group_format(example).element, pe->name),
            pe->name == array.pe && format.element == formats::group_format(example).element);
    }
  }
  const int64_t group = format.group_size;
  count("gemm: K no multiple of the lanes", op.k % array.lanes != 0);
  count("gemm: K no multiple of the group", group > 0 && op.k > group && op.k % group != 0);
  count("gemm: several groups", group > 0 && op.k > group);
  count("gemm: group larger than K", group > op.k);
  count("gemm: group of one step", group == array.lanes);
  count("gemm: group of 128 or more", group >= 128);
  const int channels = array.channel_tile();
  count("gemm: last tile smaller in n", op.n % channels != 0 && op.n > channels);
  const bool stationary = array.weight_stationary();
  count("gemm: last tile smaller in m", !stationary && op.m % array.cols != 0 && op.m > array.cols);
  count("gemm: last tile smaller in k, weight-stationary",
        stationary && op.k % array.rows != 0 && op.k > array.rows);
  count("gemm: several tiles in n and k, weight-stationary",
        stationary && op.k > array.rows && op.n > array.cols);
  count("gemm: batch", op.batch > 1);
  count("gemm: m_outer", op.m_outer > 1);
  count("gemm: batch and m_outer", op.batch > 1 && op.m_outer > 1);
  count("gemm: weights in a cache", weight.kind == workloads::TensorKind::kv_cache);
  const mapper::GemmTiling& tiling = plan.tiling;
  count("buffers: tight, several blocks in m", tiling.m < op.m);
  count("buffers: tight, several blocks in n", tiling.n < op.n);
  count("buffers: tight, several blocks in k", tiling.k < op.k);
  count("buffers: tight, n in the outer loop", tiling.n < op.n && tiling.m < op.m && tiling.n_outer);
  count("buffers: tight, m in the outer loop", tiling.n < op.n && tiling.m < op.m && !tiling.n_outer);
  count("buffers: loose, one block", tiling.m == op.m && tiling.n == op.n && tiling.k == op.k);
  if (stationary) return add_stationary(machine, format, op);
  const pe::PeDescriptor& pe = pe::pe(array.pe);
  const int64_t step = std::max<int64_t>(
      array::fetch_cycles(machine, format, formats::ActivationFormat::fp16,
                          std::min<int64_t>(op.m, array.cols), std::min<int64_t>(op.n, array.rows), false),
      pe.cycles_per_step(format));
  count("array: limited by operands", step > pe.cycles_per_step(format));
  count("array: limited by terms", step == pe.cycles_per_step(format));
  count("array: limited by dequantization",
        group > 0 && op.k > group && group / array.lanes * step < pe.dequant_cycles);
}

void Coverage::add_stationary(const machine::Machine& machine, const formats::GroupFormat& format,
                              const workloads::Op& op) {
  const array::WsPorts ports = array::ws_ports(
      machine, format,
      {op.m, std::min<int64_t>(op.n, machine.array.cols), std::min<int64_t>(op.k, machine.array.rows)});
  count("weight-stationary: limited by activations",
        op.m > 1 && ports.token > std::max<int64_t>(ports.result, 1));
  count("weight-stationary: limited by results", op.m > 1 && ports.result > ports.token);
  count("weight-stationary: a token every cycle", op.m > 1 && ports.token == 1 && ports.result == 1);
}

void Coverage::add_vector(const workloads::Op& op) {
  for (int kind = 0; kind <= static_cast<int>(workloads::VectorKind::quantize); ++kind) {
    count(fmt::format("vector: {}", isa::name_of(static_cast<isa::VectorOp>(kind))),
          static_cast<int>(op.vector_kind) == kind);
  }
  count("vector: blocks of rows", op.m_outer > 1);
  count("vector: in place", op.dst.tensor == op.src0.tensor);
}

void Coverage::add_program(const isa::Program& program) {
  bool accumulates = false;
  bool loops = false;
  for (const isa::Node& node : program.nodes) {
    loops = loops || node.kind == isa::Node::Kind::loop_begin;
    accumulates =
        accumulates || (node.kind == isa::Node::Kind::instruction &&
                        node.instruction.opcode == isa::Opcode::gemm && node.instruction.accumulate);
  }
  count("program: partial sums accumulate", accumulates);
  count("program: loops", loops);
}

std::vector<std::string> Coverage::missing() const {
  std::vector<std::string> names;
  for (const auto& [name, hits] : hits_) {
    if (hits == 0) names.push_back(name);
  }
  return names;
}

std::string Coverage::table() const {
  std::string text;
  for (const auto& [name, hits] : hits_) text += fmt::format("  {:<55} {:>6}\n", name, hits);
  return text;
}

}  // namespace vernier::fidelity
