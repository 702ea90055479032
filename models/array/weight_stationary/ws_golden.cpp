// SPDX-License-Identifier: Apache-2.0
#include "models/array/weight_stationary/ws_golden.h"

#include <algorithm>

#include "models/formats/ieee.h"
#include "models/pe/registry.h"

namespace vernier::array {
namespace {

constexpr pe::GroupParameters kNoGroup{formats::kFp16One, 0};

}  // namespace

uint32_t ws_golden(pe::PeAccumulator& accumulator, const uint16_t* acts, const uint16_t* slots, uint64_t k,
                   uint64_t rows, uint32_t old, uint16_t channel_scale, const OutputMode& mode) {
  uint32_t result = old;
  for (uint64_t begin = 0; begin < k; begin += rows) {
    const uint64_t end = std::min(begin + rows, k);
    accumulator.reset();
    for (uint64_t i = begin; i < end; ++i) accumulator.step(&acts[i], &slots[i], 1, kNoGroup);
    const OutputMode of_tile{mode.final && end == k, mode.accumulate || begin > 0, mode.unit_exponent};
    result = output_unit(accumulator.to_fp32(), result, channel_scale, of_tile);
  }
  return result;
}

void ws_gemm_golden(const isa::IssuedInstruction& issued, const formats::GroupFormat& format,
                    const machine::Machine& machine, machine::MemoryImage& image) {
  const isa::Instruction& gemm = *issued.instruction;
  check_gemm_bounds(issued, format, machine);
  const pe::PeDescriptor& pe = pe::pe(machine.array.pe);
  const formats::QuantizedMatrix weights =
      unpack_weight_block(format, &image.weight_spad[issued.weight], weight_shape(gemm, machine.array));
  const auto accumulator = pe.make(format, gemm.act_format);
  const OutputLayout layout{issued.out, gemm.m, gemm.n};
  const OutputMode mode{gemm.final, gemm.accumulate, pe.unit_exponent(format)};
  const uint64_t row_bytes = formats::activation_bytes(gemm.act_format, gemm.k);
  std::vector<uint16_t> acts(gemm.k);
  for (uint32_t token = 0; token < gemm.m; ++token) {
    formats::activation_words(gemm.act_format, &image.activation_spad[issued.activation + token * row_bytes],
                              0, gemm.k, 1, acts.data());
    for (uint32_t n = 0; n < gemm.n; ++n) {
      const uint32_t old =
          gemm.accumulate ? load_u32(image.output_spad, layout.partial_address(token, n)) : 0;
      const uint32_t result = ws_golden(*accumulator, acts.data(), &weights.codes[uint64_t{n} * gemm.k],
                                        gemm.k, static_cast<uint64_t>(machine.array.rows), old,
                                        channel_scale_pin(weights, n, gemm.act_scale), mode);
      if (gemm.final) {
        store_u16(image.output_spad, layout.final_address(token, n), static_cast<uint16_t>(result));
      } else {
        store_u32(image.output_spad, layout.partial_address(token, n), result);
      }
    }
  }
}

}  // namespace vernier::array
