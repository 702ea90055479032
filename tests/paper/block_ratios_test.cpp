// SPDX-License-Identifier: Apache-2.0
// The ratios between PEs that docs/papers.md states, from the table of synthesized blocks.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "sim/energy/block_table.h"

namespace vernier {
namespace {

struct Ratio {
  const char* block;
  const char* reference;
  double area, energy;
};

TEST(BlockRatios, AreThoseOfThePage) {
  const std::string path = std::string(VERNIER_SOURCE_DIR) + "/configs/energy/osu018.yaml";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  const energy::BlockTable table = energy::load_block_table(path);
  const Ratio ratios[] = {
      {"bitmod.pe", "fp16_mac.pe", 1.92, 1.13},    {"ant.pe", "fp16_mac.pe", 0.34, 0.33},
      {"olive.pe", "fp16_mac.pe", 0.48, 0.47},     {"fp8_mac.ws_pe", "int8_mac.ws_pe", 1.89, 1.22},
      {"mixpe_a8.pe", "int8_mac.pe", 0.81, 0.83},  {"mixpe_a16.pe", "fp16_mac.pe", 0.82, 0.69},
      {"lut_unsymmetric.pe", "lut.pe", 1.16, 1.20}};
  for (const Ratio& ratio : ratios) {
    const energy::Block* block = table.find(ratio.block, {});
    const energy::Block* reference = table.find(ratio.reference, {});
    ASSERT_TRUE(block != nullptr && reference != nullptr) << ratio.block;
    EXPECT_NEAR(block->area_um2 / reference->area_um2, ratio.area, 0.0051) << ratio.block;
    EXPECT_NEAR(block->active_pj_per_cycle / reference->active_pj_per_cycle, ratio.energy, 0.0051)
        << ratio.block;
  }
  // A dot product of four elements with 64 rows to a table: 1 bit and 4 bits, against four
  // multiply-accumulates.
  const auto active = [&table](const char* block) { return table.find(block, {})->active_pj_per_cycle; };
  const double int8 = 4 * active("int8_mac.pe"), fp16 = 4 * active("fp16_mac.pe");
  EXPECT_NEAR(int8, 183.4, 0.051);
  EXPECT_NEAR(fp16, 470.4, 0.051);
  const struct {
    const char *pe, *column;
    double of_one_bit, of_four, against, ratio;
  } tables[] = {{"lut.pe", "lut.column", 43.1, 171.7, int8, 0.94},
                {"lut.pe_fp16", "lut.column_table_fp16", 50.1, 197.2, fp16, 0.42},
                {"lut.pe_fp16", "lut.column_fp16", 55.6, 202.6, fp16, 0.43}};
  for (const auto& one : tables) {
    EXPECT_NEAR(active(one.pe) + active(one.column) / 64, one.of_one_bit, 0.051) << one.column;
    const double four = 4 * active(one.pe) + active(one.column) / 64;
    EXPECT_NEAR(four, one.of_four, 0.051) << one.column;
    EXPECT_NEAR(four / one.against, one.ratio, 0.0051) << one.column;
  }
  EXPECT_NEAR(active("lut.precompute") / 64, 5.5, 0.051);
  // The PE alone, with and without symmetry.
  const struct {
    const char* pe;
    double area, pj[4], to_int8;
  } alone[] = {{"lut.pe", 51565, {42.9, 85.7, 128.6, 171.4}, 0.93},
               {"lut_unsymmetric.pe", 60057, {51.6, 103.2, 154.8, 206.4}, 1.13}};
  for (const auto& one : alone) {
    EXPECT_EQ(table.find(one.pe, {})->area_um2, one.area);
    for (int bits = 1; bits <= 4; ++bits)
      EXPECT_NEAR(bits * active(one.pe), one.pj[bits - 1], 0.051) << one.pe << ", bits: " << bits;
    EXPECT_NEAR(4 * active(one.pe) / int8, one.to_int8, 0.0051) << one.pe;
  }
  // A bit of a register of a column, for each of 64 rows: 64 bits and 128.
  const double register_bit = table.find("common.ws_register", {})->area_um2 / 16;
  EXPECT_EQ(register_bit, 165);
  EXPECT_EQ(128 * register_bit / 64, 330);
}

}  // namespace
}  // namespace vernier
