// SPDX-License-Identifier: Apache-2.0
#include "tests/fidelity/random_case.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "models/pe/registry.h"
#include "workloads/activation_formats.h"

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

/// 1..16, and 1 more often than the rest: edges are where the faults are.
int random_extent(std::mt19937_64& random) {
  return static_cast<int>(pick(random, 0, 4) == 0 ? 1 : pick(random, 1, 16));
}

machine::ArrayParams random_array(std::mt19937_64& random) {
  machine::ArrayParams array;
  const pe::PeDescriptor& pe = *choose(random, pe::all());
  array.pe = pe.name;
  array.rows = random_extent(random);
  array.cols = random_extent(random);
  array.lanes = pe.min_lanes * static_cast<int>(pick(random, 1, std::min(pe.max_lanes, 8) / pe.min_lanes));
  array.delivery = pick(random, 0, 1) == 0 ? machine::Delivery::broadcast : machine::Delivery::systolic;
  if (pe.multiply_add && pick(random, 0, 1) == 0) {
    array.lanes = 1;
    array.delivery = machine::Delivery::systolic;
    array.dataflow = machine::Dataflow::weight_stationary;
  }
  return array;
}

/// Builds segments of operators on batch * outer * rows tokens, each reading what the one before has written.
class NetworkMaker {
 public:
  NetworkMaker(std::mt19937_64& random, const machine::Machine& machine)
      : random_(random), machine_(machine) {
    network_.name = "random";
    activations_ = random_activations(random_, machine_.array);
    network_.phase = "gemm";
    batch_ = pick(random_, 0, 2) == 0 ? pick(random_, 2, 3) : 1;
    outer_ = pick(random_, 0, 2) == 0 ? pick(random_, 2, 3) : 1;
    rows_ = pick(random_, 1, 20 / (batch_ * outer_));
    hidden_ = add_tensor("hidden", TensorKind::input, tokens(), random_width());
  }

  Network make() {
    const int64_t segments = pick(random_, 0, 4) == 0 ? 2 : 1;
    for (int64_t s = 0; s < segments; ++s) {
      workloads::Segment segment;
      segment.name = fmt::format("segment{}", s);
      segment.repeat = pick(random_, 0, 2) == 0 ? pick(random_, 2, 3) : 1;
      int last = hidden_;
      const int64_t ops = pick(random_, 1, 3);
      for (int64_t i = 0; i < ops; ++i) {
        const bool is_gemm = i == 0 || pick(random_, 0, 1) == 0;
        segment.ops.push_back(is_gemm ? gemm(last, add_result(random_width())) : vector(last));
        const Op& op = segment.ops.back();
        if (is_gemm) {
          last = op.out.tensor;
        } else if (op.vector_kind != VectorKind::quantize) {
          last = op.dst.tensor;
        }
      }
      // Carried from one repetition to the next, and into the next segment.
      if (pick(random_, 0, 1) == 0) segment.ops.push_back(gemm(last, hidden_));
      network_.segments.push_back(std::move(segment));
    }
    const bool converts = activations_ != formats::ActivationFormat::fp16;
    if (converts) workloads::convert_activations(network_, {activations_, pick(random_, 0, 2) > 0});
    return std::move(network_);
  }

 private:
  [[nodiscard]] int64_t tokens() const { return batch_ * outer_ * rows_; }
  /// Of whole tables if activations are tables.
  int64_t random_width() {
    const int64_t width = pick(random_, 0, 9) == 0 ? pick(random_, 60, 240) : pick(random_, 1, 40);
    const int64_t unit = formats::is_table(activations_) ? formats::kTableGroup : 1;
    return (width + unit - 1) / unit * unit;
  }

  int add_tensor(const std::string& name, TensorKind kind, int64_t rows, int64_t cols,
                 const std::string& format = "fp16", int64_t blocks = 1) {
    network_.tensors.push_back({name, kind, rows, cols, format, blocks});
    return static_cast<int>(network_.tensors.size()) - 1;
  }
  std::string next_name(const char* what) const { return what + std::to_string(network_.tensors.size()); }
  int add_result(int64_t cols) {
    return add_tensor(next_name("result"), TensorKind::activation, tokens(), cols);
  }
  [[nodiscard]] const Tensor& tensor(int index) const { return network_.tensors[static_cast<size_t>(index)]; }
  [[nodiscard]] workloads::View all(int index) const {
    const int64_t cols = tensor(index).cols;
    return {index, 0, outer_ * rows_ * cols, rows_ * cols, cols, 1};
  }

  Op gemm(int from, int to) {
    Op op;
    op.kind = OpKind::gemm;
    op.name = next_name("gemm");
    op.layer_class = "gemm";
    op.batch = batch_;
    op.m_outer = outer_;
    op.m = rows_;
    op.k = tensor(from).cols;
    op.n = tensor(to).cols;
    op.act = all(from);
    op.out = all(to);
    const bool cache = batch_ > 1 || pick(random_, 0, 4) == 0;
    op.weight = add_tensor(next_name("weight"), cache ? TensorKind::kv_cache : TensorKind::weight, op.n, op.k,
                           random_format(random_, machine_.array), batch_);
    return op;
  }

  Op vector(int from) {
    const int64_t cols = tensor(from).cols;
    Op op;
    op.kind = OpKind::vector;
    op.name = next_name("vector");
    op.layer_class = "vector";
    op.vector_kind = static_cast<VectorKind>(pick(random_, 0, static_cast<int>(VectorKind::quantize)));
    if (op.vector_kind == VectorKind::rope && cols % 2 != 0) op.vector_kind = VectorKind::copy;
    op.m_outer = batch_ * outer_;
    op.rows = rows_;
    op.cols = cols;
    op.src0 = rows_of(from);
    op.scalar = 0.5F;
    second_operand(op, from);
    if (op.vector_kind == VectorKind::quantize) {
      const int cache = add_tensor(next_name("cache"), TensorKind::kv_cache, rows_, cols,
                                   random_format(random_, machine_.array), op.m_outer);
      op.dst = {cache, 0, 0, rows_ * cols, cols, 1};
    } else {
      op.dst = rows_of(pick(random_, 0, 3) == 0 && from != hidden_ ? from : add_result(cols));
    }
    return op;
  }

  void second_operand(Op& op, int from) {
    switch (op.vector_kind) {
      case VectorKind::rmsnorm:
      case VectorKind::layernorm: {
        const int64_t rows = op.vector_kind == VectorKind::layernorm ? 2 : 1;
        op.src1 = {add_tensor(next_name("norm"), TensorKind::weight, rows, op.cols), 0, 0, 0, op.cols, 1};
        op.src1_per_row = false;
        return;
      }
      case VectorKind::rope:
        op.src1 = {add_tensor(next_name("table"), TensorKind::input, rows_, op.cols), 0, 0, 0, op.cols, 1};
        return;
      case VectorKind::add:
      case VectorKind::multiply:
      case VectorKind::silu_multiply:
        op.src1 = rows_of(from);
        return;
      default:
        return;
    }
  }

  /// The view of a vector operator: no batch, batch * outer blocks.
  [[nodiscard]] workloads::View rows_of(int index) const {
    const int64_t cols = tensor(index).cols;
    return {index, 0, 0, rows_ * cols, cols, 1};
  }

  std::mt19937_64& random_;
  const machine::Machine& machine_;
  Network network_;
  formats::ActivationFormat activations_ = formats::ActivationFormat::fp16;
  int64_t batch_ = 1, outer_ = 1, rows_ = 1;
  int hidden_ = -1;
};

}  // namespace

std::string random_format(std::mt19937_64& random, const machine::ArrayParams& array) {
  std::vector<std::string> families = pe::pe(array.pe).example_formats;
  if (array.weight_stationary()) {
    const auto has_groups = [](const std::string& name) {
      return formats::group_format(name).group_size != 0;
    };
    families.erase(std::remove_if(families.begin(), families.end(), has_groups), families.end());
  }
  const std::string family = choose(random, families);
  const size_t group = family.rfind("_g");
  if (group == std::string::npos) return family;
  const int64_t size = array.lanes * choose(random, std::vector<int64_t>{1, 2, 3, 5, 16, 32});
  return family.substr(0, group) + "_g" + std::to_string(std::min<int64_t>(size, 512));
}

formats::ActivationFormat random_activations(std::mt19937_64& random, const machine::ArrayParams& array) {
  const std::vector<formats::ActivationFormat>& taken = pe::pe(array.pe).activations;
  return taken.size() == 1 ? taken.front() : choose(random, taken);
}

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

void random_ports(std::mt19937_64& random, machine::Machine& machine) {
  for (machine::ScratchpadParams* pad :
       {&machine.weight_spad, &machine.activation_spad, &machine.output_spad}) {
    auto groups = static_cast<int>(pick(random, 0, 1) == 0 ? 1 : pick(random, 2, 4));
    while (pad->capacity_bytes % static_cast<uint64_t>(groups) != 0) --groups;
    const auto stripe = static_cast<int>(pick(random, 1, 3));
    pad->banks = groups * stripe;
    pad->stripe_banks = groups == 1 && pick(random, 0, 1) == 0 ? 0 : stripe;
    pad->bank_width_bits = (machine.dram.bits_per_cycle + stripe - 1) / stripe;
    if (pick(random, 0, 1) == 0) pad->bank_width_bits *= static_cast<int>(pick(random, 2, 6));
    pad->ports = std::array{machine::PortKind::rw1, machine::PortKind::r1w1, machine::PortKind::rw2}.at(
        static_cast<size_t>(pick(random, 0, 2)));
  }
}

Network random_network(std::mt19937_64& random, const machine::Machine& machine) {
  return NetworkMaker(random, machine).make();
}

mapper::MappedProgram map_with_growth(RandomCase& random_case, const mapper::MappingOptions& options) {
  constexpr int kAttempts = 12;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    try {
      return mapper::map_network(random_case.network, random_case.machine, options);
    } catch (const InputError& error) {
      if (error.diagnostics().front().code != "MAP001") throw;
      machine::Machine& machine = random_case.machine;
      for (machine::ScratchpadParams* spad :
           {&machine.weight_spad, &machine.activation_spad, &machine.output_spad}) {
        spad->capacity_bytes *= 2;
      }
    }
  }
  throw InternalError(fmt::format("{}: the mapper rejects every buffer size", random_case.network.name));
}

RandomCase random_case(uint64_t seed, const machine::ArrayParams* array) {
  std::mt19937_64 random(seed);
  RandomCase result;
  result.machine = array == nullptr ? random_machine(random) : random_machine(random, *array);
  result.network = random_network(random, result.machine);
  (void)map_with_growth(result);
  return result;
}

std::string describe(const RandomCase& random_case) {
  const machine::Machine& machine = random_case.machine;
  std::string text = fmt::format(
      "{} {}x{} lanes {} {}, dram {} b/cycle burst {} latency {} stall {}/1000 max {}, in flight {}, queues "
      "{},",
      machine.array.pe, machine.array.rows, machine.array.cols, machine.array.lanes,
      machine.array.weight_stationary()                       ? "weight-stationary"
      : machine.array.delivery == machine::Delivery::systolic ? "systolic"
                                                              : "broadcast",
      machine.dram.bits_per_cycle, machine.dram.burst_bytes, machine.dram.latency_cycles,
      machine.dram.stall_permille, machine.dram.stall_max_cycles, machine.dma_max_in_flight,
      machine.sequencer.queue_depth);
  const auto format_of = [&](int tensor) -> const std::string& {
    return random_case.network.tensors[static_cast<size_t>(tensor)].format;
  };
  for (const workloads::Segment& segment : random_case.network.segments) {
    text += fmt::format("\n  {} x{}:", segment.name, segment.repeat);
    for (const Op& op : segment.ops) {
      text +=
          op.kind == OpKind::gemm
              ? fmt::format(" gemm {}*{}*m={} n={} k={} {}, activations {};", op.batch, op.m_outer, op.m,
                            op.n, op.k, format_of(op.weight), format_of(op.act.tensor))
              : fmt::format(" {} {}*{}x{} to {};", isa::name_of(static_cast<isa::VectorOp>(op.vector_kind)),
                            op.m_outer, op.rows, op.cols, format_of(op.dst.tensor));
    }
  }
  return text;
}

}  // namespace vernier::fidelity
