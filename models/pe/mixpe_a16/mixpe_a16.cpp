// SPDX-License-Identifier: Apache-2.0
#include "models/pe/mixpe_a16/mixpe_a16.h"

#include "base/error.h"
#include "models/formats/ieee.h"
#include "models/pe/common/float_kernel.h"
#include "models/pe/common/nibble_weights.h"

namespace vernier::pe::mixpe_a16 {
namespace {

using formats::GroupFormat;

/// The activation; infinities read as NaN, so that they never leave a result that looks finite.
float activation(uint16_t fp16) {
  return (fp16 & formats::kFp16Infinity) == formats::kFp16Infinity
             ? formats::fp32_from_bits(formats::kFp32Nan)
             : formats::fp16_to_float(fp16);
}

class Accumulator : public PeAccumulator {
 public:
  explicit Accumulator(nibble::Format format) : format_(format) {}

  void reset() override { sum_ = 0; }

  void step(const uint16_t* acts, const uint16_t* slots, int lanes,
            const GroupParameters& /*group*/) override {
    VERNIER_INVARIANT(lanes == 1, "mixpe_a16 has one lane, not {}", lanes);
    for (int index = 0; index < nibble::terms(format_); ++index) {
      // 11 bits of significand times 4 bits of weight: exact in fp32.
      sum_ += activation(acts[0]) * static_cast<float>(nibble::term_value(format_, slots[0], index));
    }
  }

  [[nodiscard]] uint32_t to_fp32() const override { return formats::fp32_canonical_bits(sum_); }

 private:
  nibble::Format format_;
  float sum_ = 0;
};

void pass_kernel(const PassOperands& operands, uint32_t* result) {
  thread_local FloatOperands floats;
  const auto format = static_cast<nibble::Format>(operands.format);
  const auto terms = static_cast<size_t>(nibble::terms(format));
  const auto rows = static_cast<size_t>(operands.rows);
  const auto cols = static_cast<size_t>(operands.cols);
  floats.reshape(operands, terms);
  for (size_t term = 0; term < floats.terms; ++term) {
    const uint16_t* slots = &operands.weights[term / terms * rows];
    float* weights = &floats.weights[term * floats.padded_rows];
    for (size_t row = 0; row < static_cast<size_t>(operands.active_rows); ++row) {
      weights[row] =
          static_cast<float>(nibble::term_value(format, slots[row], static_cast<int>(term % terms)));
    }
    const uint16_t* words = &operands.acts[term / terms * cols];
    float* acts = &floats.acts[term * floats.padded_cols];
    for (size_t col = 0; col < static_cast<size_t>(operands.active_cols); ++col) {
      acts[col] = activation(words[col]);
    }
  }
  float_sums(operands, floats, result);
}

}  // namespace

const PeDescriptor& descriptor() {
  static const PeDescriptor kDescriptor = [] {
    PeDescriptor d;
    nibble::describe(d);
    d.name = "mixpe_a16";
    d.description = "fp16 x int4/uint4 by shift and add, fp32 group sums, scale and zero point after (MixPE)";
    d.activations = {formats::ActivationFormat::fp16};
    d.reject = [](const GroupFormat& f) { return nibble::reject("mixpe_a16", f); };
    d.make = [](const GroupFormat& f, formats::ActivationFormat) -> std::unique_ptr<PeAccumulator> {
      return std::make_unique<Accumulator>(nibble::format_code(f));
    };
    d.pass_kernel = pass_kernel;
    return d;
  }();
  return kDescriptor;
}

}  // namespace vernier::pe::mixpe_a16
