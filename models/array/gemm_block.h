// SPDX-License-Identifier: Apache-2.0
// Where the operands and results of a gemm instruction lie, and their decoded values.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "models/formats/group_format.h"
#include "models/formats/weight_block.h"
#include "models/isa/instruction.h"
#include "models/machine/machine.h"
#include "models/machine/memory_image.h"
#include "models/pe/pe.h"

namespace vernier::array {

/// Byte layout of the results of a gemm block in the output scratchpad: fp16 results at `out`, m rows of n;
/// fp32 partial sums (of a block split along K) behind them, so that the last pass can read one while it
/// writes the other.
struct OutputLayout {
  uint64_t out = 0;
  uint64_t m = 0;
  uint64_t n = 0;

  [[nodiscard]] uint64_t partial_base() const { return out + (2 * m * n + 3) / 4 * 4; }
  [[nodiscard]] uint64_t final_address(uint64_t row, uint64_t col) const { return out + 2 * (row * n + col); }
  [[nodiscard]] uint64_t partial_address(uint64_t row, uint64_t col) const {
    return partial_base() + 4 * (row * n + col);
  }
};

/// Bytes of output scratchpad a block needs: with partial sums if K is split, over several instructions
/// (`split_k`) or over several passes of a weight-stationary array.
[[nodiscard]] uint64_t output_block_bytes(const machine::ArrayParams& array, uint64_t m, uint64_t n,
                                          uint64_t k, bool split_k);
/// The same of a gemm instruction.
[[nodiscard]] uint64_t output_block_bytes(const machine::ArrayParams& array, const isa::Instruction& gemm);

/// Bytes of activation scratchpad that the activations of a gemm instruction take.
[[nodiscard]] uint64_t activation_block_bytes(const isa::Instruction& gemm);

/// What stands on the channel scale pin of an output channel: fp16(channel scale * activation scale), nearest
/// even; a format without channel scales counts as 1.0. Both are fp16 bits.
[[nodiscard]] uint16_t channel_scale_pin(const formats::QuantizedMatrix& weights, size_t row,
                                         uint16_t act_scale);

/// What stands on the group pins; a format without group scales has the scale 1.0 (fp16).
[[nodiscard]] pe::GroupParameters group_parameters(const formats::QuantizedMatrix& weights, size_t group);

/// Shape of the packed weights of a gemm instruction.
[[nodiscard]] formats::WeightBlockShape weight_shape(const isa::Instruction& gemm,
                                                     const machine::ArrayParams& array);

/// Throws InputError PRG021 if an operand or the results of the gemm lie outside their scratchpad.
void check_gemm_bounds(const isa::IssuedInstruction& issued, const formats::GroupFormat& format,
                       const machine::Machine& machine);

/// fp32 partial sum or fp16 result, little-endian.
[[nodiscard]] inline uint32_t load_u32(const std::vector<uint8_t>& memory, uint64_t address) {
  uint32_t value = 0;
  std::memcpy(&value, &memory[address], sizeof(value));
  return value;
}
inline void store_u32(std::vector<uint8_t>& memory, uint64_t address, uint32_t value) {
  std::memcpy(&memory[address], &value, sizeof(value));
}
[[nodiscard]] inline uint16_t load_u16(const std::vector<uint8_t>& memory, uint64_t address) {
  uint16_t value = 0;
  std::memcpy(&value, &memory[address], sizeof(value));
  return value;
}
inline void store_u16(std::vector<uint8_t>& memory, uint64_t address, uint16_t value) {
  std::memcpy(&memory[address], &value, sizeof(value));
}

/// The whole gemm on the memory image by the golden functions: one PeAccumulator per result, no time.
void gemm_golden(const isa::IssuedInstruction& issued, const formats::GroupFormat& format,
                 const machine::Machine& machine, machine::MemoryImage& image);

}  // namespace vernier::array
