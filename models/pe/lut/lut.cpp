// SPDX-License-Identifier: Apache-2.0
#include "models/pe/lut/lut.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "models/formats/ieee.h"
#include "models/formats/lut.h"
#include "models/pe/common/aligned_fp16.h"
#include "models/pe/lut/lut_kernel.h"

namespace vernier::pe::lut {
namespace {

using formats::ActivationFormat;

constexpr int kSpecialExponent = 31;
/// Tables of a group times the largest weight: P stays within 32 bits.
constexpr int64_t kMaxGroupMagnitude = 1 << 16;

std::optional<std::string> reject(const formats::GroupFormat& format) {
  if (format.coding != formats::Coding::lut) {
    return fmt::format("lut reads weights as planes of +-1, not {}; use lut4_g128 or lut4_asym_g128",
                       format.name);
  }
  if (format.group_size < kLanes || format.group_size % kLanes != 0) {
    return fmt::format("group size {} is not a multiple of {} (activations of a table)", format.group_size,
                       kLanes);
  }
  const int64_t largest = kMaxGroupMagnitude / ((1 << format.element_bits) - 1) * kLanes;
  if (format.group_size > largest) {
    return fmt::format("group size {} exceeds {} (32-bit group sum of lut, {}-bit weights)",
                       format.group_size, largest, format.element_bits);
  }
  return std::nullopt;
}

/// fp16 of the activation in a slot, exact.
uint16_t raw_activation(ActivationFormat format, uint16_t word) {
  const auto code = static_cast<uint8_t>(word & 0xffU);
  if (format == ActivationFormat::int8) return formats::fp16_from_float(static_cast<int8_t>(code));
  if (format == ActivationFormat::fp8_e4m3) {
    return formats::fp16_from_float(formats::fp8_e4m3_to_float(code));
  }
  return word;
}

AlignedTable align_table(const uint16_t* entries) {
  AlignedTable table;
  for (size_t i = 0; i < table.entries.size(); ++i) {
    table.exponent = std::max(table.exponent, fp16_parts(entries[i]).exponent);
  }
  for (size_t i = 0; i < table.entries.size(); ++i) {
    const Fp16Parts entry = fp16_parts(entries[i]);
    const int magnitude = align(entry.significand, table.exponent - entry.exponent);
    table.entries[i] = entry.negative ? -magnitude : magnitude;
  }
  return table;
}

/// A byte counts 2^(exponent - 21). The format never holds -128: it reads as -127.
AlignedTable widen_table(const uint16_t* words) {
  AlignedTable table;
  table.exponent = (words[0] >> 8) & kSpecialExponent;
  for (size_t i = 0; i < table.entries.size(); ++i) {
    const int entry = static_cast<int>((words[i] & 255U) ^ 128U) - 128;
    table.entries[i] = std::max(entry, -127) * 256;
  }
  return table;
}

}  // namespace

uint8_t FormatCode::pack() const {
  return static_cast<uint8_t>((planes - 1) | (asymmetric ? 8 : 0) | static_cast<int>(activations) << 4);
}

FormatCode FormatCode::unpack(uint8_t code) {
  return {(code & 7) + 1, (code & 8) != 0, static_cast<ActivationFormat>(code >> 4)};
}

AlignedTable aligned_table(ActivationFormat format, const uint16_t* words) {
  if (format == ActivationFormat::table_int8) return widen_table(words);
  if (format == ActivationFormat::table_fp16) return align_table(words);
  std::array<uint16_t, kLanes> acts{};
  for (size_t lane = 0; lane < acts.size(); ++lane) acts[lane] = raw_activation(format, words[2 * lane]);
  std::array<uint16_t, formats::kTableEntries> entries{};
  formats::table_fp16(acts.data(), entries.data());
  return align_table(entries.data());
}

int aligned_entry(int entry, int distance) {
  const int magnitude = round_shift(std::abs(entry), distance);
  return entry < 0 ? -magnitude : magnitude;
}

uint32_t plane_bits(const uint16_t* slots, int plane) {
  uint32_t bits = 0;
  for (int lane = 0; lane < kLanes; ++lane) bits |= ((uint32_t{slots[lane]} >> plane) & 1U) << lane;
  return bits;
}

uint32_t group_sum(int64_t sum, int exponent) {
  if (exponent == kSpecialExponent) return formats::kFp32Nan;
  // The conversion rounds once; the power of two is exact.
  return formats::fp32_bits(std::ldexp(static_cast<float>(sum), exponent - 29));
}

void Accumulator::reset() { *this = Accumulator(format_); }

void Accumulator::step(const uint16_t* acts, const uint16_t* slots, int lanes,
                       const GroupParameters& /*group*/) {
  VERNIER_INVARIANT(lanes == kLanes, "lut has {} lanes, not {}", kLanes, lanes);
  const AlignedTable table = aligned_table(format_.activations, acts);
  const int exponent = std::max(exponent_, table.exponent);
  int64_t step_sum = 0;  // S
  for (int plane = format_.planes - 1; plane >= 0; --plane) {
    const uint32_t bits = plane_bits(slots, plane);
    const int entry = aligned_entry(table.entries[bits & 7U], exponent - table.exponent);
    step_sum = 2 * step_sum + ((bits & 8U) != 0 ? -entry : entry);
  }
  sum_ = (sum_ >> (exponent - exponent_)) + step_sum;
  VERNIER_INVARIANT(sum_ >= INT32_MIN && sum_ <= INT32_MAX, "lut group sum {} exceeds 32 bits", sum_);
  exponent_ = exponent;
}

uint32_t Accumulator::to_fp32() const { return group_sum(sum_, exponent_); }

const PeDescriptor& descriptor() {
  static const PeDescriptor kDescriptor = [] {
    PeDescriptor d;
    d.name = "lut";
    d.description = "lookup of sums of 4 fp16, int8 or fp8 activations, bit-serial 1..8-bit weights";
    d.min_lanes = kLanes;
    d.max_lanes = kLanes;
    d.weight_slot_bits = 8;
    d.act_slot_words = 2;
    d.tail_cycles = 6;
    d.edge_dequantizer = true;
    for (const int bits : {4, 3, 2, 1, 8}) {
      d.example_formats.push_back(fmt::format("lut{}_g128", bits));
      d.example_formats.push_back(fmt::format("lut{}_asym_g128", bits));
    }
    d.activations = {ActivationFormat::fp16, ActivationFormat::int8, ActivationFormat::fp8_e4m3,
                     ActivationFormat::table_fp16, ActivationFormat::table_int8};
    d.reject = reject;
    d.format_code = [](const formats::GroupFormat& f, ActivationFormat activations) {
      return FormatCode{f.element_bits, f.asymmetric, activations}.pack();
    };
    d.cycles_per_step = [](const formats::GroupFormat& f) { return f.element_bits; };
    d.unit_exponent = [](const formats::GroupFormat&) { return -1; };
    d.zero_point = [](const formats::GroupFormat& f, int tag) {
      return formats::lut_zero_point(f.element_bits, f.asymmetric, tag);
    };
    d.one_slot = [](const formats::GroupFormat& f, int lane) {
      // Plane N-1 +1 in every lane, all others -1; folded, only lane 3 holds a bit.
      return static_cast<uint16_t>(lane == kLanes - 1 ? 1 << (f.element_bits - 1) : 0);
    };
    d.make = [](const formats::GroupFormat& f,
                ActivationFormat activations) -> std::unique_ptr<PeAccumulator> {
      return std::make_unique<Accumulator>(FormatCode{f.element_bits, f.asymmetric, activations});
    };
    d.pass_kernel = pass_kernel;
    return d;
  }();
  return kDescriptor;
}

}  // namespace vernier::pe::lut
