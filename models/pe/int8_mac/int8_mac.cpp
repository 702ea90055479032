// SPDX-License-Identifier: Apache-2.0
#include "models/pe/int8_mac/int8_mac.h"

#include <algorithm>

#include "base/error.h"
#include "models/formats/ieee.h"
#include "models/pe/common/integer_kernel.h"

namespace vernier::pe::int8_mac {
namespace {

using formats::GroupFormat;
using formats::ScaleKind;

constexpr int kLargestWeight = 128;  // of any slot

Format code_of(const GroupFormat& format) { return format.dual_grained ? Format::int4_dgq : Format::int8; }

std::optional<std::string> reject(const GroupFormat& format) {
  const bool one_scale = format.scale_kind == ScaleKind::fp16 || format.scale_kind == ScaleKind::channel;
  const bool int8 = format.element == "int8" && one_scale;
  if (!int8 && !format.dual_grained) {
    return fmt::format("int8_mac multiplies int8_gG, int8_ch and int4_dgq_gG weights, not {}", format.name);
  }
  return check_group_sum("int8_mac", format, kLargestWeight);
}

void decode(uint8_t format, const uint16_t* slots, int count, const GroupParameters& group, int16_t* values) {
  for (int i = 0; i < count; ++i) {
    values[i] = static_cast<int16_t>(weight_value(static_cast<Format>(format), slots[i], group));
  }
}

}  // namespace

int weight_value(Format format, uint16_t slot, const GroupParameters& group) {
  if (format == Format::int8) return static_cast<int8_t>(slot & 0xffU);
  const int code = static_cast<int>((slot & 15U) ^ 8U) - 8;
  return std::clamp(code * (group.scale & 0xff), -127, 127);
}

const PeDescriptor& descriptor() {
  static const PeDescriptor kDescriptor = [] {
    PeDescriptor d;
    d.name = "int8_mac";
    d.description =
        "int8 x int8 with 32-bit group sums, one lane, one cycle per step; int4_dgq dequantized first";
    d.weight_slot_bits = 8;
    d.tail_cycles = 6;
    d.edge_dequantizer = true;
    d.multiply_add = true;
    d.example_formats = {"int8_g128", "int8_ch", "int4_dgq_g128"};
    d.activations = {formats::ActivationFormat::int8};
    d.reject = reject;
    d.format_code = [](const GroupFormat& f, formats::ActivationFormat) {
      return static_cast<uint8_t>(code_of(f));
    };
    d.cycles_per_step = [](const GroupFormat&) { return 1; };
    d.unit_exponent = [](const GroupFormat&) { return 0; };
    d.edge_scale = [](const GroupFormat& f, uint16_t scale) {
      return code_of(f) == Format::int4_dgq ? formats::kFp16One : scale;
    };
    d.make = [](const GroupFormat& f, formats::ActivationFormat) -> std::unique_ptr<PeAccumulator> {
      return std::make_unique<IntegerAccumulator>(
          static_cast<uint8_t>(code_of(f)), [](uint8_t format, uint16_t slot, const GroupParameters& group) {
            return weight_value(static_cast<Format>(format), slot, group);
          });
    };
    d.pass_kernel = [](const PassOperands& operands, uint32_t* result) {
      integer_group_sums(operands, decode, result);
    };
    return d;
  }();
  return kDescriptor;
}

}  // namespace vernier::pe::int8_mac
