// SPDX-License-Identifier: Apache-2.0
#include "tests/fidelity/random_case.h"

#include <fmt/format.h>

#include "base/error.h"
#include "models/pe/registry.h"
#include "sim/mapper/mapper.h"

namespace vernier::fidelity {
namespace {

using workloads::Network;
using workloads::Op;
using workloads::OpKind;
using workloads::Tensor;
using workloads::TensorKind;
using workloads::VectorKind;

template <typename T>
const T& choose(std::mt19937_64& random, const std::vector<T>& from) {
  return from[static_cast<size_t>(pick(random, 0, static_cast<int64_t>(from.size()) - 1))];
}

machine::ScratchpadParams random_spad(std::mt19937_64& random, int dram_bits) {
  machine::ScratchpadParams spad;
  spad.capacity_bytes = static_cast<uint64_t>(pick(random, 2, 64)) * 256;
  spad.banks = static_cast<int>(pick(random, 1, 4));
  spad.bank_width_bits = dram_bits * static_cast<int>(pick(random, 1, 4));
  spad.read_latency_cycles = static_cast<int>(pick(random, 1, 3));
  return spad;
}

machine::ArrayParams random_array(std::mt19937_64& random) {
  machine::ArrayParams array;
  const pe::PeDescriptor& pe = *choose(random, pe::all());
  array.pe = pe.name;
  array.rows = static_cast<int>(pick(random, 1, 16));
  array.cols = static_cast<int>(pick(random, 1, 16));
  array.lanes = static_cast<int>(pick(random, pe.min_lanes, std::min(pe.max_lanes, 8)));
  array.delivery = pick(random, 0, 1) == 0 ? machine::Delivery::broadcast : machine::Delivery::systolic;
  return array;
}

std::string random_format(std::mt19937_64& random, const machine::ArrayParams& array) {
  const std::string family = choose(random, pe::pe(array.pe).example_formats);
  const size_t group = family.rfind("_g");
  if (group == std::string::npos) return family;
  const int64_t size = array.lanes * choose(random, std::vector<int64_t>{1, 2, 3, 5, 16, 32});
  return family.substr(0, group) + "_g" + std::to_string(std::min<int64_t>(size, 512));
}

int add_tensor(Network& network, const std::string& name, TensorKind kind, int64_t rows, int64_t cols,
               const std::string& format = "fp16") {
  Tensor tensor;
  tensor.name = name;
  tensor.kind = kind;
  tensor.rows = rows;
  tensor.cols = cols;
  tensor.format = format;
  network.tensors.push_back(tensor);
  return static_cast<int>(network.tensors.size()) - 1;
}

Op random_vector(std::mt19937_64& random, Network& network, int source, int index) {
  const int64_t rows = network.tensors[static_cast<size_t>(source)].rows;
  const int64_t cols = network.tensors[static_cast<size_t>(source)].cols;
  Op op;
  op.kind = OpKind::vector;
  op.name = fmt::format("vector{}", index);
  op.layer_class = "vector";
  op.vector_kind =
      choose(random, std::vector<VectorKind>{VectorKind::add, VectorKind::silu, VectorKind::softmax,
                                             VectorKind::rmsnorm, VectorKind::relu, VectorKind::scale});
  op.rows = rows;
  op.cols = cols;
  op.src0 = {source, 0, 0, 0, cols};
  op.scalar = 0.5F;
  if (op.vector_kind == VectorKind::add) op.src1 = op.src0;
  if (op.vector_kind == VectorKind::rmsnorm) {
    op.src1 = {add_tensor(network, fmt::format("norm{}", index), TensorKind::input, 1, cols), 0, 0, 0, cols};
    op.src1_per_row = false;
  }
  op.dst = {add_tensor(network, fmt::format("v{}", index), TensorKind::activation, rows, cols), 0, 0, 0,
            cols};
  return op;
}

Op random_gemm(std::mt19937_64& random, Network& network, const machine::Machine& machine, int source,
               int index) {
  const Tensor act = network.tensors[static_cast<size_t>(source)];
  Op op;
  op.kind = OpKind::gemm;
  op.name = fmt::format("gemm{}", index);
  op.layer_class = "gemm";
  op.m = act.rows;
  op.k = act.cols;
  op.n = pick(random, 1, 40);
  op.act = {source, 0, 0, 0, act.cols};
  op.weight = add_tensor(network, fmt::format("w{}", index), TensorKind::weight, op.n, op.k,
                         random_format(random, machine.array));
  op.out = {add_tensor(network, fmt::format("g{}", index), TensorKind::activation, op.m, op.n), 0, 0, 0,
            op.n};
  return op;
}

}  // namespace

int64_t pick(std::mt19937_64& random, int64_t low, int64_t high) {
  return low + static_cast<int64_t>(random() % static_cast<uint64_t>(high - low + 1));
}

machine::Machine random_machine(std::mt19937_64& random, const machine::ArrayParams& array) {
  machine::Machine machine;
  machine.name = "random";
  machine.clock_hz = 1e9;
  machine.array = array;
  machine.dram.bits_per_cycle = 8 << pick(random, 0, 5);
  machine.dram.burst_bytes = std::max(16, machine.dram.bits_per_cycle / 8) << pick(random, 0, 2);
  machine.dram.latency_cycles = static_cast<int>(pick(random, 1, 60));
  if (pick(random, 0, 1) == 0) {
    machine.dram.stall_seed = random();
    machine.dram.stall_permille = static_cast<int>(pick(random, 1, 500));
    machine.dram.stall_max_cycles = static_cast<int>(pick(random, 1, 20));
  }
  machine.weight_spad = random_spad(random, machine.dram.bits_per_cycle);
  machine.activation_spad = random_spad(random, machine.dram.bits_per_cycle);
  machine.output_spad = random_spad(random, machine.dram.bits_per_cycle);
  machine.dma_max_in_flight = static_cast<int>(pick(random, 0, 1) == 0 ? pick(random, 1, 8) : 256);
  machine.vector = {static_cast<int>(pick(random, 1, 16)), static_cast<int>(pick(random, 1, 12))};
  machine.sequencer.queue_depth = static_cast<int>(pick(random, 1, 8));
  return machine;
}

machine::Machine random_machine(std::mt19937_64& random) {
  return random_machine(random, random_array(random));
}

Network random_network(std::mt19937_64& random, const machine::Machine& machine) {
  Network network;
  network.name = "random";
  network.phase = "gemm";
  workloads::Segment segment;
  segment.name = "layers";
  segment.repeat = pick(random, 1, 3);
  int source = add_tensor(network, "x", TensorKind::input, pick(random, 1, 24), pick(random, 1, 120));
  const int64_t ops = pick(random, 1, 4);
  for (int i = 0; i < ops; ++i) {
    const bool is_gemm = i == 0 || pick(random, 0, 2) > 0;
    segment.ops.push_back(is_gemm ? random_gemm(random, network, machine, source, i)
                                  : random_vector(random, network, source, i));
    source = is_gemm ? segment.ops.back().out.tensor : segment.ops.back().dst.tensor;
  }
  network.segments.push_back(segment);
  return network;
}

RandomCase random_case(uint64_t seed, const machine::ArrayParams* array) {
  std::mt19937_64 random(seed);
  RandomCase result;
  result.machine = array == nullptr ? random_machine(random) : random_machine(random, *array);
  result.network = random_network(random, result.machine);
  for (int attempt = 0; attempt < 12; ++attempt) {
    try {
      (void)mapper::map_network(result.network, result.machine);
      return result;
    } catch (const InputError& error) {
      if (error.diagnostics().front().code != "MAP001") throw;
      for (machine::ScratchpadParams* spad :
           {&result.machine.weight_spad, &result.machine.activation_spad, &result.machine.output_spad}) {
        spad->capacity_bytes *= 2;
      }
    }
  }
  throw InternalError(fmt::format("seed {}: the mapper rejects every buffer size", seed));
}

std::string describe(const RandomCase& random_case) {
  const machine::Machine& machine = random_case.machine;
  std::string text = fmt::format(
      "{} {}x{} lanes {} {}, dram {} b/cycle burst {} latency {} stall {}/1000 max {}, in flight {}, queues "
      "{},",
      machine.array.pe, machine.array.rows, machine.array.cols, machine.array.lanes,
      machine.array.delivery == machine::Delivery::systolic ? "systolic" : "broadcast",
      machine.dram.bits_per_cycle, machine.dram.burst_bytes, machine.dram.latency_cycles,
      machine.dram.stall_permille, machine.dram.stall_max_cycles, machine.dma_max_in_flight,
      machine.sequencer.queue_depth);
  for (const Op& op : random_case.network.segments[0].ops) {
    text += op.kind == OpKind::gemm
                ? fmt::format(" gemm m={} n={} k={} {}", op.m, op.n, op.k,
                              random_case.network.tensors[static_cast<size_t>(op.weight)].format)
                : fmt::format(" vector {}x{}", op.rows, op.cols);
  }
  return text + fmt::format(" x{}", random_case.network.segments[0].repeat);
}

}  // namespace vernier::fidelity
