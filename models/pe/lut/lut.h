// SPDX-License-Identifier: Apache-2.0
// Golden arithmetic of the LUT tensor core PE (ISCA 2025, "LUT Tensor Core"): weights as bit planes of +-1,
// four of which select one of the 16 sums +-a0 +-a1 +-a2 +-a3; the half of the sums with -a3 is in a table.
// Every rounding is written down in docs/pe/lut.md; this file follows its letters.
#pragma once

#include <array>
#include <cstdint>

#include "models/formats/lookup_table.h"
#include "models/pe/pe.h"

namespace vernier::pe::lut {

[[nodiscard]] const PeDescriptor& descriptor();

constexpr int kLanes = formats::kTableGroup;

/// Fields of format_i: planes - 1 in bits 2..0, zero points in bit 3, activation format from bit 4.
struct FormatCode {
  int planes = 1;  ///< N, 1..8
  bool asymmetric = false;
  formats::ActivationFormat activations = formats::ActivationFormat::fp16;

  [[nodiscard]] uint8_t pack() const;
  [[nodiscard]] static FormatCode unpack(uint8_t code);
};

/// What a column's PEs see of a step: entry i is about entries[i] * 2^(exponent - 29).
struct AlignedTable {
  int exponent = 0;                                   ///< 0..31; 31: an infinity or NaN is among the entries
  std::array<int, formats::kTableEntries> entries{};  ///< magnitudes at most 32752
};

/// The table of a step from its kLanes * 2 activation words: built, read or read and widened.
[[nodiscard]] AlignedTable aligned_table(formats::ActivationFormat format, const uint16_t* words);

/// An entry once more aligned, to an exponent larger by `distance` 0..31: rounded half up on the magnitude.
[[nodiscard]] int aligned_entry(int entry, int distance);

/// What four bits of a plane look up: bits 2..0, of lanes 2..0, are the index; bit 3, of lane 3, negates.
[[nodiscard]] uint32_t plane_bits(const uint16_t* slots, int plane);

/// A group sum P * 2^(E - 29) as fp32: P rounded once, to nearest even; NaN for E = 31.
[[nodiscard]] uint32_t group_sum(int64_t sum, int exponent);

class Accumulator : public PeAccumulator {
 public:
  explicit Accumulator(const FormatCode& format) : format_(format) {}
  void reset() override;
  void step(const uint16_t* acts, const uint16_t* slots, int lanes, const GroupParameters& group) override;
  [[nodiscard]] uint32_t to_fp32() const override;

 private:
  FormatCode format_;
  int exponent_ = 0;  // E
  int64_t sum_ = 0;   // P, 32 bits in hardware
};

}  // namespace vernier::pe::lut
