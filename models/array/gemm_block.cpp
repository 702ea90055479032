// SPDX-License-Identifier: Apache-2.0
#include "models/array/gemm_block.h"

#include <algorithm>

#include "base/error.h"
#include "models/array/group_dequantizer.h"
#include "models/array/output_unit.h"
#include "models/array/weight_stationary/ws_golden.h"
#include "models/formats/ieee.h"
#include "models/pe/registry.h"

namespace vernier::array {
namespace {

void check_range(const isa::IssuedInstruction& issued, const char* what, uint64_t begin, uint64_t bytes,
                 uint64_t capacity) {
  if (begin + bytes <= capacity) return;
  throw InputError("PRG021",
                   fmt::format("gemm number {}: {} [{}, {}) lies outside the scratchpad of {} bytes",
                               issued.sequence, what, begin, begin + bytes, capacity));
}

}  // namespace

uint64_t output_block_bytes(const machine::ArrayParams& array, uint64_t m, uint64_t n, uint64_t k,
                            bool split_k) {
  const OutputLayout layout{0, m, n};
  const bool several_passes = array.weight_stationary() && k > static_cast<uint64_t>(array.rows);
  return split_k || several_passes ? layout.partial_base() + 4 * m * n : 2 * m * n;
}

uint64_t output_block_bytes(const machine::ArrayParams& array, const isa::Instruction& gemm) {
  return output_block_bytes(array, gemm.m, gemm.n, gemm.k, gemm.accumulate || !gemm.final);
}

uint64_t activation_block_bytes(const isa::Instruction& gemm) {
  return gemm.m * formats::activation_bytes(gemm.act_format, gemm.k);
}

uint16_t channel_scale_pin(const formats::QuantizedMatrix& weights, size_t row, uint16_t act_scale) {
  if (weights.channel_scales.empty()) return act_scale;
  return formats::fp16_from_float(formats::fp16_to_float(weights.channel_scales[row]) *
                                  formats::fp16_to_float(act_scale));
}

pe::GroupParameters group_parameters(const formats::QuantizedMatrix& weights, size_t group) {
  return {weights.scales.empty() ? formats::kFp16One : weights.scales[group], weights.tag(group)};
}

formats::WeightBlockShape weight_shape(const isa::Instruction& gemm, const machine::ArrayParams& array) {
  formats::WeightBlockShape shape;
  shape.n = gemm.n;
  shape.k = gemm.k;
  shape.rows = array.channel_tile();
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
  check_range(issued, "activations", issued.activation, activation_block_bytes(gemm),
              machine.activation_spad.capacity_bytes);
  check_range(issued, "results", issued.out, output_block_bytes(machine.array, gemm),
              machine.output_spad.capacity_bytes);
}

void gemm_golden(const isa::IssuedInstruction& issued, const formats::GroupFormat& format,
                 const machine::Machine& machine, machine::MemoryImage& image) {
  if (machine.array.weight_stationary()) return ws_gemm_golden(issued, format, machine, image);
  const isa::Instruction& gemm = *issued.instruction;
  check_gemm_bounds(issued, format, machine);
  const pe::PeDescriptor& pe = pe::pe(machine.array.pe);
  const formats::QuantizedMatrix weights =
      unpack_weight_block(format, &image.weight_spad[issued.weight], weight_shape(gemm, machine.array));
  GoldenPe golden(pe, format, gemm.act_format);
  const OutputLayout layout{issued.out, gemm.m, gemm.n};
  const OutputMode mode{gemm.final, gemm.accumulate, pe.unit_exponent(format)};
  const auto lanes = static_cast<uint64_t>(machine.array.lanes);
  const uint64_t words = lanes * static_cast<uint64_t>(pe.act_slot_words);
  const uint64_t group = format.group_size == 0 ? gemm.k : static_cast<uint64_t>(format.group_size);
  const uint64_t group_steps = (group + lanes - 1) / lanes;
  const auto groups = static_cast<size_t>(format.groups(gemm.k));
  // Operands along K as the array sees them: every group padded with zeros to whole steps.
  const uint64_t steps = groups * group_steps;
  std::vector<uint16_t> slots(gemm.n * steps * lanes, 0);
  std::vector<uint16_t> acts(gemm.m * steps * words, 0);
  for (uint64_t k = 0; k < gemm.k; ++k) {
    const uint64_t at = k / group * group_steps * lanes + k % group;
    for (uint64_t row = 0; row < gemm.n; ++row) {
      slots[row * steps * lanes + at] = weights.codes[row * gemm.k + k];
    }
  }
  const uint64_t row_bytes = formats::activation_bytes(gemm.act_format, gemm.k);
  for (uint64_t step = 0; step < steps; ++step) {
    const uint64_t k = step / group_steps * group + step % group_steps * lanes;
    const uint64_t end = std::min<uint64_t>({k + lanes, (step / group_steps + 1) * group, gemm.k});
    if (k >= end) continue;
    for (uint64_t col = 0; col < gemm.m; ++col) {
      formats::activation_words(gemm.act_format, &image.activation_spad[issued.activation + col * row_bytes],
                                k, end - k, words / lanes, &acts[(col * steps + step) * words]);
    }
  }
  for (uint32_t col = 0; col < gemm.m; ++col) {
    for (uint32_t row = 0; row < gemm.n; ++row) {
      golden.begin_pass();
      for (size_t g = 0; g < groups; ++g) {
        const pe::GroupParameters parameters = group_parameters(weights, row * groups + g);
        const uint64_t in_group = (std::min<uint64_t>(group, gemm.k - g * group) + lanes - 1) / lanes;
        for (uint64_t step = g * group_steps; step < g * group_steps + in_group; ++step) {
          golden.step(&acts[(col * steps + step) * words], &slots[(row * steps + step) * lanes],
                      machine.array.lanes, parameters);
        }
        golden.end_group(parameters);
      }
      const uint32_t old =
          gemm.accumulate ? load_u32(image.output_spad, layout.partial_address(col, row)) : 0;
      const uint16_t scale = channel_scale_pin(weights, row, gemm.act_scale);
      const uint32_t result = output_unit(golden.to_fp32(), old, scale, mode);
      if (gemm.final) {
        store_u16(image.output_spad, layout.final_address(col, row), static_cast<uint16_t>(result));
      } else {
        store_u32(image.output_spad, layout.partial_address(col, row), result);
      }
    }
  }
}

}  // namespace vernier::array
