// SPDX-License-Identifier: Apache-2.0
#include "models/pe/mixpe_a8/mixpe_a8.h"

#include <array>

#include "models/pe/common/integer_kernel.h"
#include "models/pe/common/nibble_weights.h"

namespace vernier::pe::mixpe_a8 {
namespace {

using formats::GroupFormat;

std::optional<std::string> reject(const GroupFormat& format) {
  if (auto why = nibble::reject("mixpe_a8", format)) return why;
  return check_group_sum("mixpe_a8", format, nibble::kLargestWeight);
}

int weight_value(uint8_t format, uint16_t slot, const GroupParameters& /*group*/) {
  return nibble::weight_value(static_cast<nibble::Format>(format), slot);
}

void decode(uint8_t format, const uint16_t* slots, int count, const GroupParameters& /*group*/,
            int16_t* values) {
  static const auto kTables = [] {
    std::array<std::array<int16_t, 256>, 3> tables;
    for (uint8_t code = 0; code < 3; ++code) {
      for (uint16_t slot = 0; slot < 256; ++slot) {
        tables[code][slot] =
            static_cast<int16_t>(nibble::weight_value(static_cast<nibble::Format>(code), slot));
      }
    }
    return tables;
  }();
  const auto& table = kTables[format];
  for (int i = 0; i < count; ++i) values[i] = table[slots[i] & 255U];
}

}  // namespace

const PeDescriptor& descriptor() {
  static const PeDescriptor kDescriptor = [] {
    PeDescriptor d;
    nibble::describe(d);
    d.name = "mixpe_a8";
    d.description =
        "int8 x int4/uint4 by shift and add, 32-bit group sums, scale and zero point after (MixPE)";
    d.activations = {formats::ActivationFormat::int8};
    d.reject = reject;
    d.make = [](const GroupFormat& f, formats::ActivationFormat) -> std::unique_ptr<PeAccumulator> {
      return std::make_unique<IntegerAccumulator>(static_cast<uint8_t>(nibble::format_code(f)), weight_value);
    };
    d.pass_kernel = [](const PassOperands& operands, uint32_t* result) {
      integer_group_sums(operands, decode, result);
    };
    return d;
  }();
  return kDescriptor;
}

}  // namespace vernier::pe::mixpe_a8
