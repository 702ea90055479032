// SPDX-License-Identifier: Apache-2.0
// The packed weight block: one block counted and written down by hand, the place of every field from its
// formula, and round trips.
#include "models/formats/weight_block.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"

namespace vernier::formats {
namespace {

QuantizedMatrix random_matrix(const GroupFormat& format, int64_t rows, int64_t cols, uint32_t seed) {
  std::mt19937 random(seed);
  const auto draw = [&](int bits) { return static_cast<uint16_t>(random() & ((1U << bits) - 1)); };
  QuantizedMatrix m;
  m.format = format;
  m.rows = rows;
  m.cols = cols;
  for (int64_t i = 0; i < rows * cols; ++i) m.codes.push_back(draw(format.element_bits));
  for (int64_t i = 0; i < rows * format.groups(cols); ++i) {
    if (format.scale_bits() != 0) m.scales.push_back(draw(format.scale_bits()));
    if (format.selector_bits != 0) m.selectors.push_back(static_cast<uint8_t>(draw(2)));
    if (format.asymmetric) m.zero_points.push_back(draw(format.element_bits));
  }
  for (int64_t i = 0; i < rows && format.has_channel_scale(); ++i) m.channel_scales.push_back(draw(16));
  return m;
}

TEST(WeightBlock, ByHand) {
  // bitmod3, G = 2, 3 rows x 3 columns, tiles of 2 rows, 2 lanes.
  QuantizedMatrix m;
  m.format = group_format("bitmod3_g2");
  m.rows = 3;
  m.cols = 3;
  m.codes = {1, 2, 3, 4, 5, 6, 7, 0, 1};
  m.scales = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66};
  m.selectors = {0, 1, 2, 3, 1, 2};
  m.channel_scales = {0xabcd, 0x1234, 0xbeef};
  const WeightBlockShape shape{3, 3, 2, 2, true};
  // Tile 0: 2 x 16 channel scale bits; per group 2 x 10 parameter bits and one step of 2 x 2 x 3 bits:
  // 32 + 2 x (20 + 12) = 96 bits = 12 bytes. Tile 1: 16 + 2 x (10 + 6) = 48 bits = 6 bytes.
  EXPECT_EQ(weight_block_bytes(m.format, shape), 18U);
  const std::vector<uint8_t> bytes = pack_weight_block(m, 0, 0, shape);
  const std::vector<uint8_t> expected{
      0xcd, 0xab, 0x34, 0x12,  // channel scales of rows 0 and 1
      // group 0: row 0 scale 0x11 selector 0, row 1 scale 0x33 selector 2, codes 1 2 | 4 5:
      // bits 0..9 = 0x011, 10..19 = 0x233, 20..22 = 1, 23..25 = 2, 26..28 = 4, 29..31 = 5
      // = 0x011 + 0x233 << 10 + 1 << 20 + 2 << 23 + 4 << 26 + 5 << 29 = 0xb118cc11
      0x11, 0xcc, 0x18, 0xb1,
      // group 1: row 0 scale 0x22 selector 1, row 1 scale 0x44 selector 3, codes 3 0 | 6 0:
      // = 0x122 + 0x344 << 10 + 3 << 20 + 0 << 23 + 6 << 26 + 0 << 29 = 0x183d1122
      0x22, 0x11, 0x3d, 0x18, 0xef, 0xbe,  // channel scale of row 2
      // scale 0x55 selector 1, codes 7 0: 0x155 + 7 << 10 = 0x1d55; scale 0x66 selector 2, code 1 and a zero:
      // 0x266 + 1 << 10 = 0x0666
      0x55, 0x1d, 0x66, 0x06};
  EXPECT_EQ(bytes, expected);
}

TEST(WeightBlock, SizesByHand) {
  // fp16, 3 x 5, tiles of 2, 2 lanes: 3 steps x 2 lanes x 16 bits = 12 bytes a row.
  EXPECT_EQ(weight_block_bytes(group_format("fp16"), {3, 5, 2, 2, true}), 36U);
  // int3_s8_g4, 1 x 6, 1 lane, no channel scales: 2 x 8 + 6 x 3 = 34 bits = 5 bytes.
  EXPECT_EQ(weight_block_bytes(group_format("int3_s8_g4"), {1, 6, 1, 1, false}), 5U);
  EXPECT_EQ(weight_block_bytes(group_format("int3_s8_g4"), {1, 6, 1, 1, true}), 7U);
  // int4_ch, 3 x 5, tiles of 2, 2 lanes: (16 + 6 x 4) bits a row, 10 bytes and 5.
  EXPECT_EQ(weight_block_bytes(group_format("int4_ch"), {3, 5, 2, 2, true}), 15U);
  // lut1_g4, 1 x 6, 4 lanes: 2 x 16 + 8 bits. ant4_g4, 1 x 6: 2 x 18 + 6 x 4 = 60 bits.
  EXPECT_EQ(weight_block_bytes(group_format("lut1_g4"), {1, 6, 1, 4, true}), 5U);
  EXPECT_EQ(weight_block_bytes(group_format("ant4_g4"), {1, 6, 1, 1, true}), 8U);
  // int4_asym_g4: per group 16 + 4 bits; 2 groups, 8 codes with the padding: 72 bits = 9 bytes.
  EXPECT_EQ(weight_block_bytes(group_format("int4_asym_g4"), {1, 7, 8, 4, true}), 9U);
}

uint32_t bits_at(const std::vector<uint8_t>& bytes, int64_t at, int count) {
  uint32_t value = 0;
  for (int i = 0; i < count; ++i) {
    value |= ((static_cast<uint32_t>(bytes[static_cast<size_t>((at + i) / 8)]) >> ((at + i) % 8)) & 1U) << i;
  }
  return value;
}

/// Where every code of the block is, from the format's definition alone.
void check_positions(const QuantizedMatrix& m, int64_t n0, int64_t k0, const WeightBlockShape& s,
                     const std::vector<uint8_t>& bytes) {
  const GroupFormat& f = m.format;
  const int64_t group_size = f.group_size == 0 ? s.k : f.group_size;
  int64_t tile_start = 0;  // in bits
  for (int64_t tile = 0; tile < s.n; tile += s.rows) {
    const int64_t rows = std::min<int64_t>(s.rows, s.n - tile);
    const int64_t channel_bits = f.has_channel_scale() && s.with_channel_scales ? 16 : 0;
    const int64_t step_bits = rows * s.lanes * f.element_bits;
    const int64_t padded_k = (s.k + s.lanes - 1) / s.lanes * s.lanes;
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t k = 0; k < padded_k; ++k) {
        const int64_t groups_so_far = k / group_size + (f.group_size == 0 && k >= s.k ? 0 : 1);
        const int64_t at =
            tile_start +
            rows * (channel_bits + std::min(groups_so_far, f.groups(s.k)) * f.group_meta_bits()) +
            k / s.lanes * step_bits + (r * s.lanes + k % s.lanes) * f.element_bits;
        const int64_t row = n0 + tile + r;
        uint32_t code =
            f.asymmetric && f.coding != Coding::lut
                ? m.zero_points[static_cast<size_t>(row * f.groups(m.cols) + (k0 + s.k - 1) / group_size)]
                : 0;
        if (k < s.k) code = m.codes[static_cast<size_t>(row * m.cols + k0 + k)];
        ASSERT_EQ(bits_at(bytes, at, f.element_bits), code) << "row " << row << " k " << k;
      }
    }
    const int64_t bits =
        rows * (channel_bits + f.groups(s.k) * f.group_meta_bits()) + padded_k / s.lanes * step_bits;
    tile_start += (bits + 7) / 8 * 8;
  }
  ASSERT_EQ(static_cast<int64_t>(bytes.size()) * 8, tile_start);
}

TEST(WeightBlock, RoundTripsAndPositions) {
  struct Case {
    const char* format;
    int lanes;
  };
  for (const Case& c :
       {Case{"fp16", 1}, Case{"fp16", 3}, Case{"int8_g8", 8}, Case{"int5_s8_g12", 4}, Case{"int3_asym_g8", 4},
        Case{"int6_s8_g6", 3}, Case{"bitmod3_g8", 8}, Case{"bitmod4_g8", 1}, Case{"int7_g5", 5},
        Case{"int4_ch", 1}, Case{"int5_ch", 3}, Case{"int4_dgq_g6", 3}, Case{"ant4_g8", 1},
        Case{"olive4_g6", 2}, Case{"olive4_g6", 1}, Case{"lut1_g8", 4}, Case{"lut3_g8", 8},
        Case{"lut5_asym_g12", 4}}) {
    SCOPED_TRACE(c.format);
    const GroupFormat format = group_format(c.format);
    const int64_t step = format.group_size == 0 ? 7 : format.group_size;
    const int64_t cols = 3 * step + 1;
    const QuantizedMatrix m = random_matrix(format, 11, cols, 42);
    for (const bool channels : {true, false}) {
      for (const int rows : {1, 3, 16}) {
        for (const int64_t k0 : {int64_t{0}, format.group_size == 0 ? 0 : step}) {
          const int64_t shortest = format.coded_together();
          for (const int64_t k : {shortest, step, cols - k0}) {
            const WeightBlockShape shape{7, k, rows, c.lanes, channels};
            const std::vector<uint8_t> bytes = pack_weight_block(m, 2, k0, shape);
            ASSERT_EQ(bytes.size(), weight_block_bytes(format, shape));
            ASSERT_NO_FATAL_FAILURE(check_positions(m, 2, k0, shape, bytes));
            const QuantizedMatrix u = unpack_weight_block(format, bytes.data(), shape);
            ASSERT_EQ(u.rows, 7);
            ASSERT_EQ(u.cols, k);
            const int64_t first_group = format.group_size == 0 ? 0 : k0 / step;
            for (int64_t r = 0; r < 7; ++r) {
              for (int64_t i = 0; i < k; ++i) {
                ASSERT_EQ(u.codes[static_cast<size_t>(r * k + i)],
                          m.codes[static_cast<size_t>((r + 2) * cols + k0 + i)]);
              }
              for (int64_t g = 0; g < format.groups(k); ++g) {
                const auto a = static_cast<size_t>(r * format.groups(k) + g);
                const auto b = static_cast<size_t>((r + 2) * format.groups(cols) + first_group + g);
                if (format.scale_bits() != 0) {
                  ASSERT_EQ(u.scales[a], m.scales[b]);
                }
                if (format.selector_bits != 0) {
                  ASSERT_EQ(u.selectors[a], m.selectors[b]);
                }
                if (format.asymmetric) {
                  ASSERT_EQ(u.zero_points[a], m.zero_points[b]);
                }
              }
              if (format.has_channel_scale()) {
                ASSERT_EQ(u.channel_scales[static_cast<size_t>(r)],
                          channels ? m.channel_scales[static_cast<size_t>(r + 2)] : 0x3c00);
              }
            }
          }
        }
      }
    }
  }
}

TEST(WeightBlock, RefusesBrokenShapes) {
  const QuantizedMatrix m = random_matrix(group_format("int4_g8"), 4, 16, 1);
  EXPECT_THROW((void)pack_weight_block(m, 0, 4, {4, 8, 2, 4, true}), InternalError);    // inside a group
  EXPECT_THROW((void)pack_weight_block(m, 2, 0, {4, 8, 2, 4, true}), InternalError);    // past the rows
  EXPECT_THROW((void)weight_block_bytes(m.format, {4, 8, 2, 3, true}), InternalError);  // lanes
  EXPECT_THROW((void)weight_block_bytes(m.format, {4, 0, 2, 4, true}), InternalError);
  // A block that ends inside a pair or a quad would lose the codes that give the others a meaning.
  const QuantizedMatrix pairs = random_matrix(group_format("olive4_g8"), 1, 15, 1);
  EXPECT_THROW((void)pack_weight_block(pairs, 0, 0, {1, 7, 1, 2, true}), InternalError);
  EXPECT_NO_THROW((void)pack_weight_block(pairs, 0, 8, {1, 7, 1, 2, true}));
  const QuantizedMatrix quads = random_matrix(group_format("lut2_g8"), 1, 15, 1);
  EXPECT_THROW((void)pack_weight_block(quads, 0, 0, {1, 6, 1, 4, true}), InternalError);
  EXPECT_NO_THROW((void)pack_weight_block(quads, 0, 0, {1, 4, 1, 4, true}));
}

}  // namespace
}  // namespace vernier::formats
