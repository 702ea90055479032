// SPDX-License-Identifier: Apache-2.0
// Exact arithmetic for the tests of PEs, and dot products of whole rows through their golden functions.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "models/array/group_dequantizer.h"
#include "models/formats/ieee.h"
#include "models/pe/registry.h"

namespace vernier::pe::exact {

__extension__ using int128 = __int128;

/// The value of a finite fp16 in units of 2^-24, from the IEEE 754 definition.
inline int64_t fp16_units(uint16_t bits) {
  const int field = (bits >> 10) & 31;
  const int64_t fraction = bits & 1023;
  const int64_t magnitude = field == 0 ? fraction : (1024 + fraction) << (field - 1);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

/// Weights of one row and activations of one column, as they stand on the array's pins.
struct Dot {
  const PeDescriptor* pe = nullptr;
  formats::GroupFormat format;
  std::vector<uint16_t> acts;
  std::vector<uint16_t> slots;
  std::vector<GroupParameters> groups;

  Dot(std::string_view pe_name, std::string_view format_name)
      : pe(&vernier::pe::pe(pe_name)), format(formats::group_format(format_name)) {}

  [[nodiscard]] size_t group_of(size_t i) const {
    return format.group_size == 0 ? 0 : i / static_cast<size_t>(format.group_size);
  }

  /// What leaves the array before the output unit: fp32 bits.
  [[nodiscard]] uint32_t golden() const {
    array::GoldenPe golden(*pe, format, pe->activations.front());
    golden.begin_pass();
    for (size_t i = 0; i < acts.size(); ++i) {
      golden.step(&acts[i], &slots[i], 1, groups[group_of(i)]);
      if (i + 1 == acts.size() || group_of(i + 1) != group_of(i)) golden.end_group(groups[group_of(i)]);
    }
    return golden.to_fp32();
  }

  /// |golden - exact| / sum of |terms|, where term(i) is the exact product number i in units of 2^unit.
  template <typename Term>
  [[nodiscard]] double relative_error(int unit, Term term) const {
    int128 sum = 0;
    int128 magnitude = 0;
    for (size_t i = 0; i < acts.size(); ++i) {
      const int128 value = term(i);
      sum += value;
      magnitude += value < 0 ? -value : value;
    }
    const auto value = static_cast<int128>(std::ldexp(double{formats::fp32_from_bits(golden())}, -unit));
    const int128 error = value < sum ? sum - value : value - sum;
    return static_cast<double>(error) / static_cast<double>(magnitude);
  }
};

/// Activations of 4096 normal values, one in 128 a hundred times as large with outliers: the shape of outlier
/// channels of language models.
inline std::vector<float> realistic(std::mt19937_64& rng, bool outliers) {
  std::normal_distribution<float> normal;
  std::vector<float> values;
  for (int i = 0; i < 4096; ++i) {
    const float size = outliers && rng() % 128 == 0 ? 100.0F : 1.0F;
    values.push_back(size * normal(rng));
  }
  return values;
}

/// Rounds to int8 so that the largest becomes +-127.
inline std::vector<uint16_t> int8_codes(const std::vector<float>& values) {
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::fabs(value));
  std::vector<uint16_t> codes;
  for (const float value : values) {
    codes.push_back(static_cast<uint16_t>(std::lround(127 * value / largest)) & 0xffU);
  }
  return codes;
}

}  // namespace vernier::pe::exact
