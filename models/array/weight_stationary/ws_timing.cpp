// SPDX-License-Identifier: Apache-2.0
#include "models/array/weight_stationary/ws_timing.h"

#include <algorithm>

#include "base/error.h"

namespace vernier::array {
namespace {

constexpr int64_t kPartialBits = 32;  // fp32
constexpr int64_t kResultBits = 16;   // fp16

int64_t token_bits(const WsPassShape& shape) {
  return 8 * static_cast<int64_t>(activation_bytes(shape.activations, static_cast<uint64_t>(shape.k)));
}
int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace

WsPorts ws_ports(const machine::Machine& machine, const formats::GroupFormat& format,
                 const WsPassShape& shape) {
  const int64_t result_bits = shape.final && !shape.accumulate ? kResultBits : kPartialBits;
  const int64_t accesses = shape.accumulate && machine.output_spad.ports == machine::PortKind::rw1 ? 2 : 1;
  return {ceil_div(shape.n * format.element_bits, machine.weight_spad.port_bits()),
          ceil_div(token_bits(shape), machine.activation_spad.port_bits()),
          accesses * ceil_div(shape.n * result_bits, machine.output_spad.port_bits())};
}

GemmTiming ws_pass(const machine::Machine& machine, const formats::GroupFormat& format,
                   const WsPassShape& shape) {
  VERNIER_INVARIANT(shape.k >= 1 && shape.k <= machine.array.rows && shape.n >= 1 &&
                        shape.n <= machine.array.cols && shape.m >= 1,
                    "weight-stationary pass of m={} n={} k={}", shape.m, shape.n, shape.k);
  const WsPorts ports = ws_ports(machine, format, shape);
  const int64_t first_token =
      std::max(machine.activation_spad.read_latency_cycles + ports.token,
               machine.weight_spad.read_latency_cycles + shape.k * ports.weight_row + 1);
  const int64_t pace = std::max(ports.token, ports.result);

  GemmTiming timing;
  timing.fill = static_cast<uint64_t>(first_token);
  timing.compute = static_cast<uint64_t>(shape.m);
  timing.operand_stall = static_cast<uint64_t>((shape.m - 1) * (pace - 1));
  timing.drain = static_cast<uint64_t>(machine.array.rows + machine.array.cols + 2 + ports.result);
  timing.cycles = timing.fill + timing.compute + timing.operand_stall + timing.drain;
  timing.macs = static_cast<uint64_t>(shape.m * shape.n * shape.k);
  EventCounts& counts = timing.counts;
  counts.pe_steps = timing.macs;
  counts.pe_terms = timing.macs;
  counts.outputs = static_cast<uint64_t>(shape.m * shape.n);
  counts.weight_read_bits = static_cast<uint64_t>(
      shape.n * (shape.k * format.element_bits + (shape.final && format.has_channel_scale() ? 16 : 0)));
  counts.activation_read_bits = static_cast<uint64_t>(shape.m * token_bits(shape));
  counts.output_write_bits =
      static_cast<uint64_t>(shape.m * shape.n * (shape.final ? kResultBits : kPartialBits));
  counts.output_read_bits = shape.accumulate ? static_cast<uint64_t>(shape.m * shape.n * kPartialBits) : 0;
  return timing;
}

GemmTiming ws_gemm(const machine::Machine& machine, const formats::GroupFormat& format,
                   const isa::Instruction& gemm) {
  GemmTiming total;
  const int64_t cols = machine.array.cols;
  // Full tiles of channels are alike.
  const auto add = [&](int64_t n, uint64_t tiles) {
    GemmTiming tile;
    for (int64_t k0 = 0; k0 < gemm.k; k0 += machine.array.rows) {
      const int64_t k = std::min<int64_t>(gemm.k - k0, machine.array.rows);
      const bool last = k0 + k == gemm.k;
      tile += ws_pass(machine, format,
                      {gemm.m, n, k, gemm.final && last, gemm.accumulate || k0 > 0, gemm.act_format});
    }
    tile *= tiles;
    total += tile;
  };
  if (gemm.n >= cols) add(cols, static_cast<uint64_t>(gemm.n / cols));
  if (gemm.n % cols != 0) add(gemm.n % cols, 1);
  return total;
}

}  // namespace vernier::array
