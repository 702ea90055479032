// SPDX-License-Identifier: Apache-2.0
// Golden arithmetic of the fp16 baseline PE: exact fp16 x fp16 product, IEEE fp32 accumulation, nearest even,
// one lane, one cycle. Integer weights are dequantized to fp16 first. docs/array.md, section fp16_mac.
#pragma once

#include <cstdint>

#include "models/pe/pe.h"

namespace vernier::pe::fp16_mac {

[[nodiscard]] const PeDescriptor& descriptor();

/// Values of format_i. Codes of integer weights lie in the low bits of the slot.
enum class Format : uint8_t { fp16 = 0, int4 = 1, uint4 = 2, int8 = 3 };

/// The multiplier's weight operand, fp16: the slot, or fp16(scale * (code - zero point)) with one rounding to
/// nearest even, as the row's decoder makes it. The zero point of uint4 is the tag.
[[nodiscard]] uint16_t weight(Format format, uint16_t slot, const GroupParameters& group);

class Accumulator : public PeAccumulator {
 public:
  explicit Accumulator(Format format = Format::fp16) : format_(format) {}
  void reset() override;
  void step(const uint16_t* acts, const uint16_t* slots, int lanes, const GroupParameters& group) override;
  [[nodiscard]] uint32_t to_fp32() const override;

 private:
  Format format_;
  float sum_ = 0;
};

}  // namespace vernier::pe::fp16_mac
