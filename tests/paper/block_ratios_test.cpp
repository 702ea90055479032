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
  const Ratio ratios[] = {{"bitmod.pe", "fp16_mac.pe", 1.92, 1.13},
                          {"ant.pe", "fp16_mac.pe", 0.34, 0.33},
                          {"olive.pe", "fp16_mac.pe", 0.48, 0.47},
                          {"mixpe_a8.pe", "int8_mac.pe", 0.81, 0.83},
                          {"mixpe_a16.pe", "fp16_mac.pe", 0.82, 0.69}};
  for (const Ratio& ratio : ratios) {
    const energy::Block* block = table.find(ratio.block, {});
    const energy::Block* reference = table.find(ratio.reference, {});
    ASSERT_TRUE(block != nullptr && reference != nullptr) << ratio.block;
    EXPECT_NEAR(block->area_um2 / reference->area_um2, ratio.area, 0.0051) << ratio.block;
    EXPECT_NEAR(block->active_pj_per_cycle / reference->active_pj_per_cycle, ratio.energy, 0.0051)
        << ratio.block;
  }
  // A dot product of four elements, one cycle per bit of the weights, against four multiply-accumulates.
  const double lut = table.find("lut.pe", {})->active_pj_per_cycle;
  EXPECT_NEAR(4 * lut, 171.4, 0.051);
  EXPECT_NEAR(4 * table.find("int8_mac.pe", {})->active_pj_per_cycle, 183.4, 0.051);
  EXPECT_NEAR(4 * table.find("fp16_mac.pe", {})->active_pj_per_cycle, 470.4, 0.051);
}

}  // namespace
}  // namespace vernier
