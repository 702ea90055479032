// SPDX-License-Identifier: Apache-2.0
#include "models/array/weight_stationary/ws_golden.h"

#include <algorithm>

#include "models/formats/ieee.h"

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

}  // namespace vernier::array
