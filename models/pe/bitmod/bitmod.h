// SPDX-License-Identifier: Apache-2.0
// Golden arithmetic of the BitMoD PE (HPCA 2025, "BitMoD: Bit-serial Mixture-of-Datatype LLM Acceleration"):
// fp16 activations times small integer weights, shared exponent per group, integer group scales.
// Every truncation is written down in docs/array.md, section bitmod; this file follows its letters.
#pragma once

#include <cstdint>

#include "models/pe/pe.h"

namespace vernier::pe::bitmod {

[[nodiscard]] const PeDescriptor& descriptor();

/// Values of format_i.
enum class Format : uint8_t { int8 = 0, int6 = 1, int5 = 2, int4 = 3, bitmod4 = 4, bitmod3 = 5 };

/// Integer value of a weight slot; bits of the slot above the code are ignored.
[[nodiscard]] int weight_value(Format format, uint16_t slot, int selector);

class Accumulator : public PeAccumulator {
 public:
  explicit Accumulator(Format format) : format_(format) {}
  void reset() override;
  void step(const uint16_t* acts, const uint16_t* slots, int lanes, const GroupParameters& group) override;
  void end_group(const GroupParameters& group) override;
  [[nodiscard]] uint32_t to_fp32() const override;

 private:
  Format format_;
  bool nan_ = false;
  int group_exponent_ = 0;   // E
  int64_t group_sum_ = 0;    // P, 32 bits in hardware, scale 2^(E - 29)
  int output_exponent_ = 0;  // EO
  int64_t output_sum_ = 0;   // O, 56 bits in hardware, scale 2^(EO - 29)
};

/// value * 2^exponent to fp32, nearest even; zero gives +0. The result must be a normal number or zero.
[[nodiscard]] uint32_t fixed_to_fp32(int64_t value, int exponent);

}  // namespace vernier::pe::bitmod
