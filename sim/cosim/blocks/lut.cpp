// SPDX-License-Identifier: Apache-2.0
// rtl/pe/lut: what the column edge makes of activations and tables against pe::lut::aligned_table, the planes
// of the row edge against pe::lut::plane_bits, the output conversion against exact arithmetic.
#include "models/pe/lut/lut.h"

#include <cmath>

#include "models/formats/ieee.h"
#include "sim/cosim/block_spec.h"
#include "sim/cosim/blocks/numbers.h"
#include "sim/cosim/blocks/row_edge.h"

namespace vernier::cosim::blocks {
namespace {

using formats::ActivationFormat;

constexpr int kSpecialExponent = 31;
constexpr int kWords = formats::kTableEntries;  // of 16 bits, of a step

ActivationFormat format_of(uint64_t number) {
  return formats::kActivationFormats.at(number % formats::kActivationFormats.size());
}

/// Any weight format with these activations.
uint32_t format_code(Random& random, ActivationFormat activations) {
  return pe::lut::FormatCode{random.pick(1, 8), random.chance(50), activations}.pack();
}

/// Bytes of int8 and fp8, and what is beside them in a slot.
uint32_t any_byte(Random& random) {
  constexpr uint32_t kCorners[] = {0, 0x80, 0x7f, 0xff, 0x81, 0x01, 0x07, 0x08};
  const auto word = static_cast<uint32_t>(random.bits()) & 0xffffU;
  return random.chance(20) ? (word & 0xff00U) | kCorners[random.pick(0, 7)] : word;
}

/// fp16 of one class in each step, so that not every table has an infinity in it; often nearly the opposite
/// of the word before it, so that sums cancel.
void drive_fp16(Random& random, uint32_t* words) {
  const int act_class = random.pick(0, 5);
  for (int i = 0; i < kWords; ++i) {
    words[i] = act_class == 5 ? any_fp16(random) : random_act(random, act_class);
    if (i > 1 && random.chance(25)) words[i] = words[i - 2] ^ (random.chance(50) ? 0x8000U : 0x8001U);
  }
}

BlockSpec activation() {
  // Every slot in every format that is not a table: a vector is a format and the high byte.
  BlockSpec spec{
      "lut_activation", "lut", {{"format_i", 3}, {"slot_i", 16}}, {{"fp16_o", 16}}, 256, 3 * 256, {}, {}};
  spec.drive = [](Random&, uint64_t vector, int cycle, uint32_t* in) {
    in[0] = static_cast<uint32_t>(vector / 256);
    in[1] = static_cast<uint32_t>(vector % 256 << 8) | static_cast<uint32_t>(cycle);
  };
  spec.golden = combinational([](const uint32_t* in, uint32_t* out, uint32_t*) {
    const auto code = static_cast<uint8_t>(in[1] & 0xffU);
    switch (format_of(in[0])) {
      case ActivationFormat::int8:
        out[0] = formats::fp16_from_float(static_cast<int8_t>(code));
        break;
      case ActivationFormat::fp8_e4m3:
        out[0] = formats::fp16_from_float(formats::fp8_e4m3_to_float(code));
        break;
      default:
        out[0] = in[1];
    }
  });
  return spec;
}

/// {sign, magnitude[14:0]} per entry, then the exponent. No PE sees the sign of a zero, nor the entries of a
/// table that is not a number.
void column_bus(const uint32_t* in, uint32_t* out, uint32_t* care) {
  uint16_t words[kWords];
  for (int i = 0; i < kWords; ++i) words[i] = static_cast<uint16_t>(in[1 + i / 2] >> (16 * (i % 2)));
  const ActivationFormat format = pe::lut::FormatCode::unpack(static_cast<uint8_t>(in[0])).activations;
  const pe::lut::AlignedTable table = pe::lut::aligned_table(format, words);
  for (int i = 0; i < kWords; ++i) {
    const int entry = table.entries[static_cast<size_t>(i)];
    const uint32_t bits = entry < 0 ? 0x8000U | static_cast<uint32_t>(-entry) : static_cast<uint32_t>(entry);
    const uint32_t seen = table.exponent == kSpecialExponent ? 0 : entry == 0 ? 0x7fffU : 0xffffU;
    out[i / 2] |= bits << (16 * (i % 2));
    care[i / 2] &= ~((seen ^ 0xffffU) << (16 * (i % 2)));
  }
  out[kWords / 2] = static_cast<uint32_t>(table.exponent);
}

BlockSpec column() {
  return {"lut_column",
          "lut",
          {{"format_i", 8}, {"acts_i", 128}},
          {{"col_o", 136}},
          64,
          0,
          [](Random& random, uint64_t vector, int, uint32_t* in) {
            const ActivationFormat format = format_of(vector);
            in[0] = format_code(random, format);
            uint32_t words[kWords];
            if (format == ActivationFormat::fp16 || format == ActivationFormat::table_fp16) {
              drive_fp16(random, words);
            } else {
              for (uint32_t& word : words) word = any_byte(random);
            }
            for (int i = 0; i < kWords; ++i) in[1 + i / 2] |= words[i] << (16 * (i % 2));
          },
          combinational(column_bus)};
}

/// {plane bits of the lanes, last plane, first plane}. A vector is a number of planes and a term; every lane
/// sees every slot, in an order of its own.
BlockSpec plane_decoder() {
  BlockSpec spec = decoder("lut", pe::lut::kLanes, 8, [](const uint32_t* in, uint32_t* out, uint32_t*) {
    const int planes = pe::lut::FormatCode::unpack(static_cast<uint8_t>(in[kFormat])).planes;
    const int term = static_cast<int>(in[kTerm]);
    uint16_t slots[pe::lut::kLanes];
    for (int lane = 0; lane < pe::lut::kLanes; ++lane) slots[lane] = in[kWeights] >> (8 * lane) & 0xffU;
    out[0] = pe::lut::plane_bits(slots, planes - 1 - term) << 2 | (term == planes - 1 ? 2U : 0U) |
             (term == 0 ? 1U : 0U);
  });
  spec.cycles = 256;
  spec.drive = [](Random& random, uint64_t vector, int cycle, uint32_t* in) {
    in[kFormat] = (format_code(random, format_of(random.bits())) & ~7U) | static_cast<uint32_t>(vector % 8);
    in[kIssue] = random.chance(90) ? 1 : 0;
    in[kTerm] = static_cast<uint32_t>(vector / 8 % (vector % 8 + 1));
    in[kLast] = static_cast<uint32_t>(random.bits());
    for (uint32_t lane = 0; lane < 4; ++lane) {
      const uint32_t slot =
          static_cast<uint32_t>(cycle) * (2 * lane + 1) + static_cast<uint32_t>(vector) * lane;
      in[kWeights] |= (slot & 0xffU) << (8 * lane);
    }
    in[kScale] = static_cast<uint32_t>(random.bits());
    in[kTag] = static_cast<uint32_t>(random.bits());
  };
  return spec;
}

/// {E[4:0], P[31:0]}.
BlockSpec output() {
  return {"lut_output",
          "lut",
          {{"acc_i", 37}},
          {{"fp32_o", 32}},
          64,
          0,
          [](Random& random, uint64_t, int, uint32_t* in) {
            in[0] = static_cast<uint32_t>(any_sum(random));
            in[1] = static_cast<uint32_t>(random.pick(0, kSpecialExponent));
          },
          combinational([](const uint32_t* in, uint32_t* out, uint32_t*) {
            const auto exponent = static_cast<int>(in[1]);
            // Exact, so that there is one rounding.
            const double exact = std::ldexp(static_cast<double>(static_cast<int32_t>(in[0])), exponent - 29);
            out[0] = exponent == kSpecialExponent ? formats::kFp32Nan
                                                  : formats::fp32_bits(static_cast<float>(exact));
          })};
}

}  // namespace

std::vector<BlockSpec> lut();
std::vector<BlockSpec> lut() { return {activation(), column(), plane_decoder(), output()}; }

}  // namespace vernier::cosim::blocks
