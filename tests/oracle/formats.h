// SPDX-License-Identifier: Apache-2.0
// How many bits and bytes operands and results take, counted once more from the pages: docs/formats.md,
// models/formats/weight_block.h (the packed block), docs/program.md.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "models/isa/instruction.h"
#include "models/machine/machine.h"

namespace vernier::oracle {

inline uint64_t ceil_div(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

/// The bits of a weight format, from its name.
struct Format {
  uint64_t bits = 16, meta = 0, group = 0;  // group 0: none
  bool channel_scales = false;
};

inline Format parse_format(const std::string& name) {
  if (name == "fp16") return {};
  const auto has = [&name](const char* part) { return name.find(part) != std::string::npos; };
  const auto bits = static_cast<uint64_t>(name.substr(0, name.find('_')).back() - '0');
  if (has("_ch")) return {bits, 0, 0, true};
  const bool two_levels = has("bitmod") || has("_s8") || has("_dgq");
  uint64_t meta = two_levels ? 8 : 16;         // the scale
  if (has("bitmod") || has("ant")) meta += 2;  // the selector
  if (has("_asym")) meta += bits;              // the zero point
  return {bits, meta, std::stoull(name.substr(name.rfind("_g") + 2)), two_levels};
}

/// Bytes of a packed block of n x k weights: tiles of `tile` channels, each padded to whole bytes.
inline uint64_t packed_bytes(const Format& format, uint64_t n, uint64_t k, uint64_t tile, uint64_t lanes,
                             bool channel_scales) {
  uint64_t bytes = 0;
  for (uint64_t row = 0; row < n; row += tile) {
    uint64_t bits = channel_scales && format.channel_scales ? 16 : 0;  // of a channel
    const uint64_t group = format.group == 0 ? k : format.group;
    for (uint64_t at = 0; at < k; at += group) {
      bits += format.meta + ceil_div(std::min(group, k - at), lanes) * lanes * format.bits;
    }
    bytes += ceil_div(bits * std::min(tile, n - row), 8);
  }
  return bytes;
}

/// Bits per activation: a table has 8 sums of 16 bits, or 8 bytes and an exponent, for 4 of them.
inline uint64_t activation_bits(formats::ActivationFormat format) {
  constexpr std::array<uint64_t, 5> kBits = {16, 8, 8, 8 * 16 / 4, 9 * 8 / 4};
  return kBits.at(static_cast<size_t>(format));
}

/// Bytes of a row of activations; tables are whole.
inline uint64_t row_bytes(formats::ActivationFormat format, uint64_t count) {
  const uint64_t bits = activation_bits(format);
  return (bits > 16 ? ceil_div(count, 4) * 4 : count) * bits / 8;
}

/// The bytes of each operand and result of an instruction, from its fields.
struct Footprint {
  uint64_t weight = 0, activation = 0, out = 0;  // gemm
  uint64_t src0 = 0, src1 = 0, dst = 0;          // vector
  uint64_t transfer = 0;
};

inline Footprint footprint(const isa::Instruction& in, const isa::Program& program,
                           const machine::Machine& machine) {
  const machine::ArrayParams& array = machine.array;
  const bool stationary = array.weight_stationary();
  const auto tile = static_cast<uint64_t>(stationary ? array.cols : array.rows);
  const auto lanes = static_cast<uint64_t>(array.lanes);
  const auto weights = [&](uint64_t n, uint64_t k, bool scales) {
    return packed_bytes(parse_format(program.formats[in.format]), n, k, tile, lanes, scales);
  };
  const uint64_t rows = in.rows, cols = in.cols, results = uint64_t{in.m} * in.n;
  Footprint bytes;
  if (in.opcode == isa::Opcode::gemm) {
    bytes.weight = weights(in.n, in.k, in.final);
    bytes.activation = in.m * row_bytes(in.act_format, in.k);
    const bool partial_sums =
        in.accumulate || !in.final || (stationary && in.k > static_cast<uint64_t>(array.rows));
    bytes.out = 2 * results;
    if (partial_sums) bytes.out = ceil_div(bytes.out, 4) * 4 + 4 * results;
  } else if (in.opcode == isa::Opcode::vector) {
    using Op = isa::VectorOp;
    const Op op = in.vector_op;
    const bool binary =
        op == Op::add || op == Op::multiply || op == Op::silu_multiply || op == Op::rmsnorm || op == Op::rope;
    const uint64_t operands = op == Op::layernorm ? 2 : (binary ? 1 : 0);  // rows of src1 per row
    bytes.src0 = rows * cols * 2;
    bytes.src1 = (in.src1_shared ? 1 : rows) * operands * cols * 2;
    bytes.dst = op == Op::quantize ? weights(rows, cols, true) : rows * row_bytes(in.result, cols);
  } else if (in.opcode != isa::Opcode::sync) {
    bytes.transfer = rows * in.row_bytes;
  }
  return bytes;
}

}  // namespace vernier::oracle
