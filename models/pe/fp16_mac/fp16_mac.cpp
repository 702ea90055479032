// SPDX-License-Identifier: Apache-2.0
#include "models/pe/fp16_mac/fp16_mac.h"

#include "base/error.h"
#include "models/formats/ieee.h"
#include "models/pe/fp16_mac/fp16_mac_kernel.h"

namespace vernier::pe::fp16_mac {
namespace {

using formats::GroupFormat;
using formats::ScaleKind;

std::optional<Format> find_format(const GroupFormat& format) {
  if (format.scale_kind == ScaleKind::none && format.element == "fp16") return Format::fp16;
  if (format.scale_kind != ScaleKind::fp16) return std::nullopt;
  if (format.element == "int4") return Format::int4;
  if (format.element == "uint4") return Format::uint4;
  if (format.element == "int8") return Format::int8;
  return std::nullopt;
}

Format code_of(const GroupFormat& format) {
  const std::optional<Format> found = find_format(format);
  VERNIER_INVARIANT(found, "fp16_mac was asked about the format {}", format.name);
  return *found;
}

std::optional<std::string> reject(const GroupFormat& format) {
  if (find_format(format)) return std::nullopt;
  return fmt::format(
      "fp16_mac multiplies fp16 weights and dequantizes int4_gG, int4_asym_gG and int8_gG to them, not {}",
      format.name);
}

}  // namespace

uint16_t weight(Format format, uint16_t slot, const GroupParameters& group) {
  int integer = 0;
  switch (format) {
    case Format::fp16:
      return slot;
    case Format::int4:
      integer = static_cast<int>((slot & 15U) ^ 8U) - 8;
      break;
    case Format::uint4:
      integer = static_cast<int>(slot & 15U) - group.tag;
      break;
    case Format::int8:
      integer = static_cast<int>((slot & 255U) ^ 128U) - 128;
      break;
  }
  // 11 bits of scale times 9 bits: exact in fp32.
  return formats::fp16_from_float(formats::fp16_to_float(group.scale) * static_cast<float>(integer));
}

void Accumulator::reset() { sum_ = 0; }

void Accumulator::step(const uint16_t* acts, const uint16_t* slots, int lanes, const GroupParameters& group) {
  VERNIER_INVARIANT(lanes == 1, "fp16_mac has one lane, not {}", lanes);
  // 11 x 11 bits of significand and an exponent of at least -48: exact in fp32.
  // A NaN stays one, of whatever bits; to_fp32 makes it the canonical one.
  sum_ += formats::fp16_to_float(acts[0]) * formats::fp16_to_float(weight(format_, slots[0], group));
}

uint32_t Accumulator::to_fp32() const { return formats::fp32_canonical_bits(sum_); }

const PeDescriptor& descriptor() {
  static const PeDescriptor kDescriptor = [] {
    PeDescriptor d;
    d.name = "fp16_mac";
    d.description =
        "fp16 x fp16 with fp32 accumulation, one lane, one cycle per step; int4 and int8 dequantized first";
    d.weight_slot_bits = 16;
    d.dequant_cycles = 0;
    d.tail_cycles = 2;
    d.multiply_add = true;
    d.example_formats = {"fp16", "int4_g128", "int4_asym_g128", "int8_g128"};
    d.reject = reject;
    d.format_code = [](const GroupFormat& f, formats::ActivationFormat) {
      return static_cast<uint8_t>(code_of(f));
    };
    d.cycles_per_step = [](const GroupFormat&) { return 1; };
    d.unit_exponent = [](const GroupFormat&) { return 0; };
    d.make = [](const GroupFormat& f, formats::ActivationFormat) -> std::unique_ptr<PeAccumulator> {
      return std::make_unique<Accumulator>(code_of(f));
    };
    d.pass_kernel = pass_kernel;
    return d;
  }();
  return kDescriptor;
}

}  // namespace vernier::pe::fp16_mac
