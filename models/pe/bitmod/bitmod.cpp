// SPDX-License-Identifier: Apache-2.0
#include "models/pe/bitmod/bitmod.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "models/formats/ieee.h"
#include "models/pe/bitmod/bitmod_kernel.h"
#include "models/pe/common/aligned_fp16.h"

namespace vernier::pe::bitmod {
namespace {

struct FormatRow {
  Format code;
  const char* element;  // GroupFormat::element
  const char* example;  // a format name, group size 128
  int cycles_per_step;  // T
  int max_magnitude;    // of a weight slot, any code and selector
};

constexpr std::array<FormatRow, 6> kFormats = {{
    {Format::int8, "int8", "int8_s8_g128", 4, 128},
    {Format::int6, "int6", "int6_s8_g128", 3, 32},
    {Format::int5, "int5", "int5_s8_g128", 3, 16},
    {Format::int4, "int4", "int4_s8_g128", 2, 8},
    {Format::bitmod4, "fp4", "bitmod4_g128", 2, 16},
    {Format::bitmod3, "fp3", "bitmod3_g128", 2, 6},
}};

constexpr int kMaxGroupMagnitude = 1 << 16;  // G * max|w|: P stays within 32 bits

const FormatRow* find_format(const formats::GroupFormat& format) {
  for (const FormatRow& row : kFormats) {
    if (format.element == row.element) return &row;
  }
  return nullptr;
}

const FormatRow& format_row(const formats::GroupFormat& format) {
  const FormatRow* row = find_format(format);
  VERNIER_INVARIANT(row != nullptr, "bitmod was asked about the format {}", format.name);
  return *row;
}

std::optional<std::string> reject(const formats::GroupFormat& format) {
  const FormatRow* row = find_format(format);
  if (row == nullptr) {
    return fmt::format("bitmod has no decoder for {} weights (int8, int6, int5, int4, bitmod4, bitmod3)",
                       format.element);
  }
  if (format.asymmetric) return "bitmod has no zero points; use a symmetric format";
  if (format.scale_kind != formats::ScaleKind::two_level) {
    return fmt::format("bitmod multiplies groups by 8-bit integer scales; use {}_s8_g128 or a bitmod format",
                       format.element);
  }
  const int largest_group = kMaxGroupMagnitude / row->max_magnitude;
  if (format.group_size < 1 || format.group_size > largest_group) {
    return fmt::format("group size {} is not in 1..{} (bitmod's 32-bit group sum)", format.group_size,
                       largest_group);
  }
  return std::nullopt;
}

int sign_extend(int value, int bits) {
  const int low = value & ((1 << bits) - 1);
  return low >= (1 << (bits - 1)) ? low - (1 << bits) : low;
}

// Arithmetic right shift (floor) by any distance.
int64_t shift_floor(int64_t value, int distance) { return value >> std::min(distance, 63); }

void check_width(int64_t value, int bits, const char* what) {
  const int64_t limit = int64_t{1} << (bits - 1);
  VERNIER_INVARIANT(value >= -limit && value < limit, "bitmod {} = {} exceeds {} bits", what, value, bits);
}

}  // namespace

int weight_value(Format format, uint16_t slot, int selector) {
  constexpr std::array<int, 8> kMagnitude4 = {0, 1, 2, 3, 4, 6, 8, 12};
  constexpr std::array<int, 4> kSpecial4 = {10, -10, 16, -16};
  constexpr std::array<int, 4> kMagnitude3 = {0, 1, 2, 4};
  constexpr std::array<int, 4> kSpecial3 = {3, -3, 6, -6};
  switch (format) {
    case Format::int8:
      return sign_extend(slot, 8);
    case Format::int6:
      return sign_extend(slot, 6);
    case Format::int5:
      return sign_extend(slot, 5);
    case Format::int4:
      return sign_extend(slot, 4);
    case Format::bitmod4: {
      const int magnitude = kMagnitude4[slot & 7U];
      if ((slot & 8U) == 0) return magnitude;
      return (slot & 7U) == 0 ? kSpecial4[static_cast<size_t>(selector & 3)] : -magnitude;
    }
    case Format::bitmod3: {
      const int magnitude = kMagnitude3[slot & 3U];
      if ((slot & 4U) == 0) return magnitude;
      return (slot & 3U) == 0 ? kSpecial3[static_cast<size_t>(selector & 3)] : -magnitude;
    }
  }
  VERNIER_INVARIANT(false, "bitmod format code {}", static_cast<int>(format));
}

void Accumulator::reset() { *this = Accumulator(format_); }

void Accumulator::step(const uint16_t* acts, const uint16_t* slots, int lanes, const GroupParameters& group) {
  int exponent = group_exponent_;
  for (int lane = 0; lane < lanes; ++lane) exponent = std::max(exponent, fp16_parts(acts[lane]).exponent);
  int64_t sum = shift_floor(group_sum_, exponent - group_exponent_);
  for (int lane = 0; lane < lanes; ++lane) {
    const Fp16Parts a = fp16_parts(acts[lane]);
    const int q = align(a.significand, exponent - a.exponent);
    sum += int64_t{a.negative ? -q : q} * weight_value(format_, slots[lane], group.tag);
    nan_ = nan_ || a.special;
  }
  check_width(sum, 32, "group sum");
  group_sum_ = sum;
  group_exponent_ = exponent;
}

void Accumulator::end_group(const GroupParameters& group) {
  const int64_t scaled = group_sum_ * (group.scale & 0xff);  // D
  const int exponent = std::max(output_exponent_, group_exponent_);
  output_sum_ =
      shift_floor(output_sum_, exponent - output_exponent_) + shift_floor(scaled, exponent - group_exponent_);
  check_width(output_sum_, 56, "output sum");
  output_exponent_ = exponent;
  group_sum_ = 0;
  group_exponent_ = 0;
}

uint32_t Accumulator::to_fp32() const {
  return nan_ ? formats::kFp32Nan : fixed_to_fp32(output_sum_, output_exponent_ - 29);
}

uint32_t fixed_to_fp32(int64_t value, int exponent) {
  if (value == 0) return 0;
  const uint32_t sign = value < 0 ? 0x80000000U : 0U;
  uint64_t magnitude = value < 0 ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  int top = 63 - __builtin_clzll(magnitude);  // position of the leading one
  if (top > 23) {
    const int drop = top - 23;
    const uint64_t rest = magnitude & ((uint64_t{1} << drop) - 1);
    const uint64_t half = uint64_t{1} << (drop - 1);
    magnitude >>= drop;
    if (rest > half || (rest == half && (magnitude & 1U) != 0)) ++magnitude;
    if ((magnitude >> 24) != 0) {
      magnitude >>= 1;
      ++top;
    }
  } else {
    magnitude <<= 23 - top;
  }
  const int biased = top + exponent + 127;
  VERNIER_INVARIANT(biased >= 1 && biased <= 254, "fixed point {} * 2^{} is no normal fp32", value, exponent);
  return sign | static_cast<uint32_t>(biased) << 23 | (static_cast<uint32_t>(magnitude) & 0x7fffffU);
}

const PeDescriptor& descriptor() {
  static const PeDescriptor kDescriptor = [] {
    PeDescriptor d;
    d.name = "bitmod";
    d.description = "fp16 x bit-serial terms of int8/6/5/4 and bitmod4/3, integer group scales (BitMoD)";
    d.min_lanes = 1;
    d.max_lanes = 8;
    d.weight_slot_bits = 8;
    d.dequant_cycles = 8;
    d.tail_cycles = 11;
    for (const FormatRow& row : kFormats) d.example_formats.emplace_back(row.example);
    d.reject = reject;
    d.format_code = [](const formats::GroupFormat& f, formats::ActivationFormat) {
      return static_cast<uint8_t>(format_row(f).code);
    };
    d.cycles_per_step = [](const formats::GroupFormat& f) { return format_row(f).cycles_per_step; };
    d.unit_exponent = [](const formats::GroupFormat& f) {
      return format_row(f).code == Format::bitmod4 ? -1 : 0;
    };
    d.make = [](const formats::GroupFormat& f, formats::ActivationFormat) -> std::unique_ptr<PeAccumulator> {
      return std::make_unique<Accumulator>(format_row(f).code);
    };
    d.pass_kernel = pass_kernel;
    return d;
  }();
  return kDescriptor;
}

}  // namespace vernier::pe::bitmod
