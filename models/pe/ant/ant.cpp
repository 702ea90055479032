// SPDX-License-Identifier: Apache-2.0
#include "models/pe/ant/ant.h"

#include "base/error.h"
#include "models/formats/ant.h"
#include "models/pe/common/integer_kernel.h"

namespace vernier::pe::ant {
namespace {

constexpr int kLargestAnt4 = 64;
constexpr int kLargestInt8 = 128;

bool is_int8(const formats::GroupFormat& format) { return format.element == "int8"; }

uint8_t code_of(const formats::GroupFormat& format) {
  return static_cast<uint8_t>(is_int8(format) ? Format::int8 : Format::ant4);
}

std::optional<std::string> reject(const formats::GroupFormat& format) {
  if (format.element != "ant4" && !is_int8(format)) {
    return fmt::format("ant has no decoder for {} weights (ant4, int8)", format.element);
  }
  if (format.scale_kind != formats::ScaleKind::fp16) {
    return "ant's dequantizers take one fp16 scale per group; use ant4_g128 or int8_g128";
  }
  return check_group_sum("ant", format, is_int8(format) ? kLargestInt8 : kLargestAnt4);
}

void decode_row(uint8_t format, const uint16_t* slots, int count, const GroupParameters& group,
                int16_t* values) {
  for (int i = 0; i < count; ++i) values[i] = static_cast<int16_t>(weight_value(format, slots[i], group));
}

}  // namespace

int weight_value(uint8_t format, uint16_t slot, const GroupParameters& group) {
  if (static_cast<Format>(format) == Format::int8) return static_cast<int8_t>(slot & 0xffU);
  return formats::ant_value(slot & 15U, group.tag & 3);
}

const PeDescriptor& descriptor() {
  static const PeDescriptor kDescriptor = [] {
    PeDescriptor d;
    d.name = "ant";
    d.description =
        "int8 x {int4, flint4, pot4} chosen per group, decoded at the row's edge (ANT); int8 weights in two "
        "terms";
    d.weight_slot_bits = 8;
    d.tail_cycles = 6;  // product, sum; four stages of the dequantizer
    d.edge_dequantizer = true;
    d.example_formats = {"ant4_g128", "int8_g128"};
    d.activations = {formats::ActivationFormat::int8};
    d.reject = reject;
    d.format_code = [](const formats::GroupFormat& f, formats::ActivationFormat) { return code_of(f); };
    d.cycles_per_step = [](const formats::GroupFormat& f) { return is_int8(f) ? 2 : 1; };
    d.unit_exponent = [](const formats::GroupFormat&) { return 0; };
    d.make = [](const formats::GroupFormat& f, formats::ActivationFormat) -> std::unique_ptr<PeAccumulator> {
      return std::make_unique<IntegerAccumulator>(code_of(f), weight_value);
    };
    d.pass_kernel = [](const PassOperands& operands, uint32_t* result) {
      integer_group_sums(operands, decode_row, result);
    };
    return d;
  }();
  return kDescriptor;
}

}  // namespace vernier::pe::ant
