// SPDX-License-Identifier: Apache-2.0
#include "models/vector/online_softmax.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "models/formats/ieee.h"
#include "models/vector/vector_unit.h"

namespace vernier::vector {
namespace {

float load_fp32(const uint8_t* at) {
  float value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

void store_fp32(uint8_t* at, float value) {
  const float canonical = formats::fp32_canonical(value);
  std::memcpy(at, &canonical, sizeof canonical);
}

float load_fp16(const uint8_t* at) {
  return formats::fp16_to_float(static_cast<uint16_t>(at[0] | at[1] << 8));
}

void store_fp16(uint8_t* at, float value) {
  const uint16_t bits = formats::fp16_from_float(value);
  at[0] = static_cast<uint8_t>(bits);
  at[1] = static_cast<uint8_t>(bits >> 8);
}

}  // namespace

void online_softmax(const isa::IssuedInstruction& issued, uint8_t* output_spad, std::vector<uint8_t>& rows) {
  const isa::Instruction& in = *issued.instruction;
  std::vector<float> scores(in.cols);
  for (uint64_t r = 0; r < in.rows; ++r) {
    uint8_t* row = rows.data() + 2 * r * in.cols;
    uint8_t* statistics = output_spad + issued.src1 + r * kStatisticBytes;
    const float before = in.accumulate ? load_fp32(statistics) : -std::numeric_limits<float>::infinity();
    float largest = before;
    for (uint64_t c = 0; c < in.cols; ++c) {
      scores[c] = in.scalar * load_fp16(row + 2 * c);
      if (scores[c] > largest) largest = scores[c];
    }
    float sum = 0;
    for (uint64_t c = 0; c < in.cols; ++c) {
      const float p = exp_fp32(scores[c] - largest);
      sum += p;
      store_fp16(row + 2 * c, p);
    }
    const float factor = in.accumulate ? exp_fp32(before - largest) : 0.0F;
    if (in.accumulate) {
      const float kept = load_fp32(statistics + 4) * factor;
      sum = kept + sum;
    }
    store_fp32(statistics, largest);
    store_fp32(statistics + 4, sum);
    store_fp32(output_spad + issued.factors + r * kFactorBytes, factor);
  }
}

void rescale_add(const isa::IssuedInstruction& issued, uint8_t* output_spad) {
  const isa::Instruction& in = *issued.instruction;
  // All operands are read before anything is written.
  std::vector<float> sums(size_t{in.rows} * in.cols);
  for (uint64_t r = 0; r < in.rows; ++r) {
    const float factor = load_fp32(output_spad + issued.factors + r * kFactorBytes);
    for (uint64_t c = 0; c < in.cols; ++c) {
      const uint64_t at = r * in.cols + c;
      const float kept = factor == 0 ? 0.0F : load_fp32(output_spad + issued.dst + 4 * at) * factor;
      sums[at] = kept + load_fp16(output_spad + issued.src0 + 2 * at);
    }
  }
  for (size_t at = 0; at < sums.size(); ++at) store_fp32(output_spad + issued.dst + 4 * at, sums[at]);
}

std::vector<uint8_t> normalise(const isa::IssuedInstruction& issued, const uint8_t* output_spad) {
  const isa::Instruction& in = *issued.instruction;
  std::vector<uint8_t> rows(size_t{in.rows} * in.cols * 2);
  for (uint64_t r = 0; r < in.rows; ++r) {
    const float inverse = 1.0F / load_fp32(output_spad + issued.src1 + r * kStatisticBytes + 4);
    for (uint64_t c = 0; c < in.cols; ++c) {
      const uint64_t at = r * in.cols + c;
      store_fp16(rows.data() + 2 * at, load_fp32(output_spad + issued.src0 + 4 * at) * inverse);
    }
  }
  return rows;
}

}  // namespace vernier::vector
