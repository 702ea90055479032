// SPDX-License-Identifier: Apache-2.0
#include "models/pe/fp16_mac/fp16_mac.h"

#include "base/error.h"
#include "models/formats/ieee.h"
#include "models/pe/fp16_mac/fp16_mac_kernel.h"

namespace vernier::pe::fp16_mac {
namespace {

std::optional<std::string> reject(const formats::GroupFormat& format) {
  if (format.element == "fp16" && format.scale_kind == formats::ScaleKind::none) return std::nullopt;
  return fmt::format("fp16_mac multiplies fp16 weights only, not {}", format.name);
}

}  // namespace

void Accumulator::reset() { sum_ = 0; }

void Accumulator::step(const uint16_t* acts, const uint16_t* slots, int lanes,
                       const GroupParameters& /*group*/) {
  VERNIER_INVARIANT(lanes == 1, "fp16_mac has one lane, not {}", lanes);
  // 11 x 11 bits of significand and an exponent of at least -48: exact in fp32.
  // A NaN stays one, of whatever bits; to_fp32 makes it the canonical one.
  sum_ += formats::fp16_to_float(acts[0]) * formats::fp16_to_float(slots[0]);
}

uint32_t Accumulator::to_fp32() const { return formats::fp32_canonical_bits(sum_); }

const PeDescriptor& descriptor() {
  static const PeDescriptor kDescriptor = [] {
    PeDescriptor d;
    d.name = "fp16_mac";
    d.description = "fp16 x fp16 with fp32 accumulation, one lane, one cycle per step";
    d.weight_slot_bits = 16;
    d.dequant_cycles = 0;
    d.tail_cycles = 2;
    d.example_formats = {"fp16"};
    d.reject = reject;
    d.format_code = [](const formats::GroupFormat&, formats::ActivationFormat) { return uint8_t{0}; };
    d.cycles_per_step = [](const formats::GroupFormat&) { return 1; };
    d.unit_exponent = [](const formats::GroupFormat&) { return 0; };
    d.make = [](const formats::GroupFormat&, formats::ActivationFormat) -> std::unique_ptr<PeAccumulator> {
      return std::make_unique<Accumulator>();
    };
    d.pass_kernel = pass_kernel;
    return d;
  }();
  return kDescriptor;
}

}  // namespace vernier::pe::fp16_mac
