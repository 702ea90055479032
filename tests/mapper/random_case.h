// SPDX-License-Identifier: Apache-2.0
// Seeded random machines and small networks: a chain of GEMMs, attention-like batched GEMMs and vector
// operators on `tokens` rows, whose last operator of a segment writes back the tensor that the first one
// reads.
#pragma once

#include <algorithm>
#include <random>
#include <string>

#include "models/machine/machine.h"
#include "models/pe/registry.h"
#include "workloads/activation_formats.h"
#include "workloads/network.h"

namespace vernier::mapper::testing {

struct RandomCase {
  machine::Machine machine;
  workloads::Network network;
};

class CaseGenerator {
 public:
  explicit CaseGenerator(uint64_t seed) : random_(seed) {}

  RandomCase make() {
    RandomCase out;
    machine(out.machine);
    network(out.network);
    return out;
  }

 private:
  int64_t between(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random_);
  }
  bool chance(int percent) { return between(1, 100) <= percent; }

  void machine(machine::Machine& m) {
    const auto& all = pe::all();
    const pe::PeDescriptor& pe = *all[static_cast<size_t>(between(0, static_cast<int64_t>(all.size()) - 1))];
    m.name = "random";
    m.clock_hz = 1e9;
    m.array.pe = pe.name;
    m.array.rows = static_cast<int>(between(1, 16));
    m.array.cols = static_cast<int>(between(1, 16));
    m.array.lanes = pe.min_lanes * static_cast<int>(between(1, std::min(pe.max_lanes, 8) / pe.min_lanes));
    m.array.delivery = chance(50) ? machine::Delivery::systolic : machine::Delivery::broadcast;
    const int64_t group = m.array.lanes * between(1, 5);
    format_ = pe.example_formats[static_cast<size_t>(
        between(0, static_cast<int64_t>(pe.example_formats.size()) - 1))];
    const size_t groups = format_.rfind("_g");
    const bool grouped = groups != std::string::npos;
    if (grouped) format_ = format_.substr(0, groups + 2) + std::to_string(group);
    activations_ =
        pe.activations[static_cast<size_t>(between(0, static_cast<int64_t>(pe.activations.size()) - 1))];
    // From "one tile of one group barely fits" to "everything fits".
    const auto scale = static_cast<uint64_t>(chance(50) ? between(1, 3) : between(4, 40));
    const auto lanes = static_cast<uint64_t>(grouped ? group : m.array.lanes);
    const auto rows = static_cast<uint64_t>(m.array.rows);
    const auto cols = static_cast<uint64_t>(m.array.cols);
    scratchpad(m.weight_spad, 2 * rows * (lanes * 2 + 6) * scale);
    scratchpad(m.activation_spad, 2 * cols * formats::activation_bytes(activations_, lanes) * scale);
    scratchpad(m.output_spad, std::max<uint64_t>(4 * 4 * rows * cols * scale, 1024));
    m.dram.bits_per_cycle = 8 << between(0, 4);
    m.dram.burst_bytes = m.dram.bits_per_cycle / 8 << between(0, 3);
    m.dram.latency_cycles = static_cast<int>(between(0, 40));
    m.dma_max_in_flight = static_cast<int>(between(1, 16));
    m.vector.lanes = static_cast<int>(between(1, 16));
    m.vector.startup_cycles = static_cast<int>(between(0, 9));
    m.sequencer.queue_depth = static_cast<int>(between(1, 8));
  }

  void scratchpad(machine::ScratchpadParams& spad, uint64_t bytes) {
    spad.capacity_bytes = bytes;
    spad.banks = static_cast<int>(between(1, 4));
    spad.bank_width_bits = 8 << between(0, 4);
    spad.read_latency_cycles = static_cast<int>(between(1, 3));
  }

  int tensor(workloads::Network& network, const std::string& name, workloads::TensorKind kind, int64_t rows,
             int64_t cols, const std::string& format = "fp16", int64_t blocks = 1) {
    network.tensors.push_back({name, kind, rows, cols, format, blocks});
    return static_cast<int>(network.tensors.size()) - 1;
  }

  void network(workloads::Network& network) {
    network.name = "random";
    network.phase = "gemm";
    batch_ = chance(30) ? between(2, 3) : 1;
    outer_ = chance(30) ? between(2, 3) : 1;
    per_outer_ = between(1, chance(50) ? 3 : 20);
    tokens_ = batch_ * outer_ * per_outer_;
    width_ = width();
    hidden_ = tensor(network, "hidden", workloads::TensorKind::input, tokens_, width_);
    const int64_t segments = between(1, 2);
    for (int64_t s = 0; s < segments; ++s) {
      workloads::Segment segment;
      segment.name = "s" + std::to_string(s);
      segment.repeat = between(1, 3);
      int last = hidden_;
      const int64_t ops = between(1, 4);
      for (int64_t i = 0; i < ops || last == hidden_; ++i) last = op(network, segment, last);
      gemm(network, segment, last, hidden_);
      network.segments.push_back(std::move(segment));
    }
    workloads::convert_activations(network, {activations_, chance(60)});
  }

  /// Of whole tables if activations are tables.
  int64_t width() {
    return formats::is_table(activations_) ? formats::kTableGroup * between(1, 10) : between(1, 40);
  }

  workloads::View rows_of(const workloads::Network& network, int tensor_index) {
    const int64_t cols = network.tensors[static_cast<size_t>(tensor_index)].cols;
    return {tensor_index, 0, outer_ * per_outer_ * cols, per_outer_ * cols, cols, 1};
  }

  void gemm(workloads::Network& network, workloads::Segment& segment, int from, int to) {
    workloads::Op op;
    const std::string id = std::to_string(network.tensors.size());
    op.name = "gemm" + id;
    op.layer_class = "gemm";
    op.kind = workloads::OpKind::gemm;
    op.k = network.tensors[static_cast<size_t>(from)].cols;
    op.n = network.tensors[static_cast<size_t>(to)].cols;
    op.act = rows_of(network, from);
    op.out = rows_of(network, to);
    op.batch = batch_;
    op.m_outer = outer_;
    op.m = per_outer_;
    const auto kind = batch_ > 1 ? workloads::TensorKind::kv_cache : workloads::TensorKind::weight;
    op.weight = tensor(network, "w" + id, kind, op.n, op.k, format_, batch_);
    segment.ops.push_back(op);
  }

  int op(workloads::Network& network, workloads::Segment& segment, int from) {
    const std::string id = std::to_string(network.tensors.size());
    const int64_t cols = network.tensors[static_cast<size_t>(from)].cols;
    if (chance(50)) {
      const int to = tensor(network, "t" + id, workloads::TensorKind::activation, tokens_, width());
      gemm(network, segment, from, to);
      return to;
    }
    const int to = tensor(network, "v" + id, workloads::TensorKind::activation, tokens_, cols);
    workloads::Op out;
    out.name = "vec" + id;
    out.layer_class = "vector";
    out.kind = workloads::OpKind::vector;
    using Kind = workloads::VectorKind;
    static constexpr Kind kKinds[] = {Kind::add,     Kind::relu,      Kind::silu_multiply, Kind::softmax,
                                      Kind::rmsnorm, Kind::layernorm, Kind::rope,          Kind::quantize};
    out.vector_kind = kKinds[between(0, 7)];
    if (out.vector_kind == Kind::rope && cols % 2 != 0) out.vector_kind = Kind::copy;
    out.m_outer = outer_ * batch_;
    out.rows = per_outer_;
    out.cols = cols;
    out.src0 = rows_of(network, from);
    out.dst = rows_of(network, to);
    const bool norm = out.vector_kind == Kind::rmsnorm || out.vector_kind == Kind::layernorm;
    const bool binary = out.vector_kind == Kind::add || out.vector_kind == Kind::silu_multiply;
    if (norm || (binary && chance(30))) {
      const int64_t rows = out.vector_kind == Kind::layernorm ? 2 : 1;
      out.src1 = {tensor(network, "p" + id, workloads::TensorKind::weight, rows, cols), 0, 0, 0, cols, 1};
      out.src1_per_row = false;
    } else if (binary) {
      out.src1 = rows_of(network, from);
    } else if (out.vector_kind == Kind::rope) {
      const int table = tensor(network, "r" + id, workloads::TensorKind::input, per_outer_, cols);
      out.src1 = {table, 0, 0, 0, cols, 1};
    } else if (out.vector_kind == Kind::quantize) {
      const int cache = tensor(network, "c" + id, workloads::TensorKind::kv_cache, per_outer_, cols, format_,
                               outer_ * batch_);
      out.dst = {cache, 0, 0, per_outer_ * cols, cols, 1};
      segment.ops.push_back(out);
      return from;
    }
    segment.ops.push_back(out);
    return to;
  }

  std::mt19937_64 random_;
  std::string format_;
  formats::ActivationFormat activations_ = formats::ActivationFormat::fp16;
  int64_t batch_ = 1, outer_ = 1, per_outer_ = 1, tokens_ = 1, width_ = 1;
  int hidden_ = -1;
};

/// A machine and a network that fits the house rules; mapping may still fail with MAP001.
inline RandomCase random_case(uint64_t seed) { return CaseGenerator(seed).make(); }

}  // namespace vernier::mapper::testing
