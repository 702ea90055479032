// SPDX-License-Identifier: Apache-2.0
#include "models/pe/common/nibble_weights.h"

#include "base/error.h"

namespace vernier::pe::nibble {
namespace {

using formats::GroupFormat;
using formats::ScaleKind;

std::optional<Format> find_format(const GroupFormat& format) {
  if (format.scale_kind != ScaleKind::fp16) return std::nullopt;
  if (format.element == "int4") return Format::int4;
  if (format.element == "uint4") return Format::uint4;
  if (format.element == "int8") return Format::int8;
  return std::nullopt;
}

int signed_nibble(unsigned bits) { return static_cast<int>((bits & 15U) ^ 8U) - 8; }

}  // namespace

int term_value(Format format, uint16_t slot, int index) {
  switch (format) {
    case Format::int4:
      return signed_nibble(slot);
    case Format::uint4:
      return slot & 15;
    case Format::int8:
      return index == 0 ? 16 * signed_nibble(slot >> 4U) : slot & 15;
  }
  VERNIER_INVARIANT(false, "MixPE format code {}", static_cast<int>(format));
}

int terms(Format format) { return format == Format::int8 ? 2 : 1; }

int weight_value(Format format, uint16_t slot) {
  int sum = 0;
  for (int index = 0; index < terms(format); ++index) sum += term_value(format, slot, index);
  return sum;
}

Format format_code(const GroupFormat& format) {
  const std::optional<Format> found = find_format(format);
  VERNIER_INVARIANT(found, "MixPE was asked about the format {}", format.name);
  return *found;
}

std::optional<std::string> reject(const std::string& pe, const GroupFormat& format) {
  if (find_format(format)) return std::nullopt;
  return fmt::format("{} takes int4_gG, int4_asym_gG and int8_gG weights, not {}", pe, format.name);
}

void describe(PeDescriptor& d) {
  d.weight_slot_bits = 8;
  d.tail_cycles = 6;
  d.edge_dequantizer = true;
  d.example_formats = {"int4_g128", "int4_asym_g128", "int8_g128"};
  d.format_code = [](const GroupFormat& f, formats::ActivationFormat) {
    return static_cast<uint8_t>(format_code(f));
  };
  d.cycles_per_step = [](const GroupFormat& f) { return terms(format_code(f)); };
  d.unit_exponent = [](const GroupFormat&) { return 0; };
  d.zero_point = [](const GroupFormat& f, int tag) { return format_code(f) == Format::uint4 ? tag : 0; };
  d.one_slot = [](const GroupFormat&, int) { return uint16_t{1}; };
}

}  // namespace vernier::pe::nibble
