// SPDX-License-Identifier: Apache-2.0
#include "models/array/gemm_block.h"

#include <algorithm>

#include "base/error.h"
#include "models/array/output_unit.h"
#include "models/pe/registry.h"

namespace vernier::array {
namespace {

constexpr uint16_t kFp16One = 0x3c00;

void check_range(const isa::IssuedInstruction& issued, const char* what, uint64_t begin, uint64_t bytes,
                 uint64_t capacity) {
  if (begin + bytes <= capacity) return;
  throw InputError("PRG021",
                   fmt::format("gemm number {}: {} [{}, {}) lies outside the scratchpad of {} bytes",
                               issued.sequence, what, begin, begin + bytes, capacity));
}

}  // namespace

uint64_t output_block_bytes(uint64_t m, uint64_t n, bool split_k) {
  const OutputLayout layout{0, m, n};
  return split_k ? layout.partial_base() + 4 * m * n : 2 * m * n;
}

formats::WeightBlockShape weight_shape(const isa::Instruction& gemm, const machine::ArrayParams& array) {
  formats::WeightBlockShape shape;
  shape.n = gemm.n;
  shape.k = gemm.k;
  shape.rows = array.rows;
  shape.lanes = array.lanes;
  shape.with_channel_scales = gemm.final;
  return shape;
}

void check_gemm_bounds(const isa::IssuedInstruction& issued, const formats::GroupFormat& format,
                       const machine::Machine& machine) {
  const isa::Instruction& gemm = *issued.instruction;
  check_range(issued, "weights", issued.weight,
              formats::weight_block_bytes(format, weight_shape(gemm, machine.array)),
              machine.weight_spad.capacity_bytes);
  check_range(issued, "activations", issued.activation, uint64_t{2} * gemm.m * gemm.k,
              machine.activation_spad.capacity_bytes);
  check_range(issued, "results", issued.out,
              output_block_bytes(gemm.m, gemm.n, gemm.accumulate || !gemm.final),
              machine.output_spad.capacity_bytes);
}

void gemm_golden(const isa::IssuedInstruction& issued, const formats::GroupFormat& format,
                 const machine::Machine& machine, machine::MemoryImage& image) {
  const isa::Instruction& gemm = *issued.instruction;
  check_gemm_bounds(issued, format, machine);
  const pe::PeDescriptor& pe = pe::pe(machine.array.pe);
  const formats::QuantizedMatrix weights =
      unpack_weight_block(format, &image.weight_spad[issued.weight], weight_shape(gemm, machine.array));
  const auto accumulator = pe.make(format);
  const OutputLayout layout{issued.out, gemm.m, gemm.n};
  const OutputMode mode{gemm.final, gemm.accumulate, pe.unit_exponent(format)};
  const auto lanes = static_cast<uint64_t>(machine.array.lanes);
  const uint64_t group = format.group_size == 0 ? gemm.k : static_cast<uint64_t>(format.group_size);
  const uint64_t group_steps = (group + lanes - 1) / lanes;
  const auto groups = static_cast<size_t>(format.groups(gemm.k));
  // Operands along K as the array sees them: every group padded with zeros to whole steps.
  const uint64_t stride = groups * group_steps * lanes;
  const auto padded = [&](uint64_t vectors, auto value) {
    std::vector<uint16_t> out(vectors * stride, 0);
    for (uint64_t v = 0; v < vectors; ++v) {
      for (uint64_t k = 0; k < gemm.k; ++k) {
        out[v * stride + k / group * group_steps * lanes + k % group] = value(v, k);
      }
    }
    return out;
  };
  const std::vector<uint16_t> acts = padded(gemm.m, [&](uint64_t col, uint64_t k) {
    return load_u16(image.activation_spad, issued.activation + 2 * (col * gemm.k + k));
  });
  const std::vector<uint16_t> slots =
      padded(gemm.n, [&](uint64_t row, uint64_t k) { return weights.codes[row * gemm.k + k]; });
  for (uint32_t col = 0; col < gemm.m; ++col) {
    for (uint32_t row = 0; row < gemm.n; ++row) {
      accumulator->reset();
      for (size_t g = 0; g < groups; ++g) {
        const size_t meta = row * groups + g;
        const int selector = weights.selectors.empty() ? 0 : weights.selectors[meta];
        const uint64_t steps = (std::min<uint64_t>(group, gemm.k - g * group) + lanes - 1) / lanes;
        for (uint64_t step = 0; step < steps; ++step) {
          const uint64_t at = (g * group_steps + step) * lanes;
          accumulator->step(&acts[col * stride + at], &slots[row * stride + at], static_cast<int>(lanes),
                            selector);
        }
        accumulator->end_group(weights.scales.empty() ? uint8_t{0}
                                                      : static_cast<uint8_t>(weights.scales[meta]));
      }
      const uint32_t old =
          gemm.accumulate ? load_u32(image.output_spad, layout.partial_address(col, row)) : 0;
      const uint16_t scale = weights.channel_scales.empty() ? kFp16One : weights.channel_scales[row];
      const uint32_t result = output_unit(accumulator->to_fp32(), old, scale, mode);
      if (gemm.final) {
        store_u16(image.output_spad, layout.final_address(col, row), static_cast<uint16_t>(result));
      } else {
        store_u32(image.output_spad, layout.partial_address(col, row), result);
      }
    }
  }
}

}  // namespace vernier::array
