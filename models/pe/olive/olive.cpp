// SPDX-License-Identifier: Apache-2.0
#include "models/pe/olive/olive.h"

#include "base/error.h"
#include "models/formats/olive.h"
#include "models/pe/common/integer_kernel.h"

namespace vernier::pe::olive {
namespace {

constexpr int kLargestInt8 = 128;

bool is_int8(const formats::GroupFormat& format) { return format.element == "int8"; }

uint8_t code_of(const formats::GroupFormat& format) {
  return static_cast<uint8_t>(is_int8(format) ? Format::int8 : Format::olive4);
}

std::optional<std::string> reject(const formats::GroupFormat& format) {
  if (format.element != "olive4" && !is_int8(format)) {
    return fmt::format("olive has no decoder for {} weights (olive4, int8)", format.element);
  }
  if (format.scale_kind != formats::ScaleKind::fp16) {
    return "olive's dequantizers take one fp16 scale per group; use olive4_g128 or int8_g128";
  }
  return check_group_sum("olive", format, is_int8(format) ? kLargestInt8 : formats::kOliveLargest);
}

/// Neighbouring lanes are a pair: a code of olive4 has a value only beside its neighbour.
class Accumulator : public IntegerAccumulator {
 public:
  explicit Accumulator(uint8_t format) : IntegerAccumulator(format, nullptr) {}
  void step(const uint16_t* acts, const uint16_t* slots, int lanes,
            const GroupParameters& /*group*/) override {
    VERNIER_INVARIANT(lanes % 2 == 0, "olive has pairs of lanes, not {} lanes", lanes);
    for (int lane = 0; lane < lanes; lane += 2) {
      const auto [first, second] = pair_values(format(), slots[lane], slots[lane + 1]);
      add(int8_activation(acts[lane]), first);
      add(int8_activation(acts[lane + 1]), second);
    }
  }
};

void decode_row(uint8_t format, const uint16_t* slots, int count, const GroupParameters& /*group*/,
                int16_t* values) {
  for (int i = 0; i < count; i += 2) {
    const auto [first, second] = pair_values(format, slots[i], slots[i + 1]);
    values[i] = static_cast<int16_t>(first);
    values[i + 1] = static_cast<int16_t>(second);
  }
}

}  // namespace

std::array<int, 2> pair_values(uint8_t format, uint16_t first, uint16_t second) {
  if (static_cast<Format>(format) == Format::int8) {
    return {static_cast<int8_t>(first & 0xffU), static_cast<int8_t>(second & 0xffU)};
  }
  return {formats::olive_value(first & 15U, second & 15U), formats::olive_value(second & 15U, first & 15U)};
}

const PeDescriptor& descriptor() {
  static const PeDescriptor kDescriptor = [] {
    PeDescriptor d;
    d.name = "olive";
    d.description =
        "int8 x outlier-victim pairs (int4, abfloat e2m1) decoded at the row's edge (OliVe); int8 weights in "
        "two terms";
    d.min_lanes = 2;
    d.max_lanes = 8;
    d.weight_slot_bits = 8;
    d.tail_cycles = 6;  // sum of the products, group sum; four stages of the dequantizer
    d.edge_dequantizer = true;
    d.example_formats = {"olive4_g128", "int8_g128"};
    d.activations = {formats::ActivationFormat::int8};
    d.reject = reject;
    d.format_code = [](const formats::GroupFormat& f, formats::ActivationFormat) { return code_of(f); };
    d.cycles_per_step = [](const formats::GroupFormat& f) { return is_int8(f) ? 2 : 1; };
    d.unit_exponent = [](const formats::GroupFormat&) { return 0; };
    d.make = [](const formats::GroupFormat& f, formats::ActivationFormat) -> std::unique_ptr<PeAccumulator> {
      return std::make_unique<Accumulator>(code_of(f));
    };
    d.pass_kernel = [](const PassOperands& operands, uint32_t* result) {
      integer_group_sums(operands, decode_row, result);
    };
    return d;
  }();
  return kDescriptor;
}

}  // namespace vernier::pe::olive
