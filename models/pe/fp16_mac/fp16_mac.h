// SPDX-License-Identifier: Apache-2.0
// Golden arithmetic of the fp16 baseline PE: exact fp16 x fp16 product, IEEE fp32 accumulation, nearest even,
// one lane, one cycle. docs/array.md, section fp16_mac.
#pragma once

#include <cstdint>

#include "models/pe/pe.h"

namespace vernier::pe::fp16_mac {

[[nodiscard]] const PeDescriptor& descriptor();

class Accumulator : public PeAccumulator {
 public:
  void reset() override;
  void step(const uint16_t* acts, const uint16_t* slots, int lanes, const GroupParameters& group) override;
  [[nodiscard]] uint32_t to_fp32() const override;

 private:
  float sum_ = 0;
};

}  // namespace vernier::pe::fp16_mac
