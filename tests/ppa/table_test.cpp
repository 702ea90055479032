// SPDX-License-Identifier: Apache-2.0
// The committed table against itself: arrays and what they are made of.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "models/pe/registry.h"
#include "sim/energy/block_table.h"
#include "sim/ppa/tools.h"

namespace vernier::ppa {
namespace {

const std::string kSource = VERNIER_SOURCE_DIR;

class Parts {
 public:
  [[nodiscard]] double area(const std::string& name) const {
    const energy::Block* block = table_.find(name, {});
    EXPECT_NE(block, nullptr) << name;
    return block == nullptr ? 0 : block->area_um2;
  }
  [[nodiscard]] bool has(const std::string& name) const { return table_.find(name, {}) != nullptr; }
  [[nodiscard]] double output_unit(const std::string& pe) const {
    return area(has(pe + ".output_unit") ? pe + ".output_unit" : "common.output_unit");
  }
  /// Of a bit of a register that holds its value.
  [[nodiscard]] double bit() const { return area("common.ws_register") / 16; }

 private:
  energy::BlockTable table_ = energy::load_block_table(kSource + "/configs/energy/osu018.yaml");
};

// docs/ppa.md has the ratios.
TEST(ArrayArea, is_a_little_less_than_that_of_its_parts) {
  const Parts parts;
  for (const pe::PeDescriptor* pe : pe::all()) {
    const bool edge = pe->edge_dequantizer;
    const bool zero_points = pe->zero_point != nullptr;
    const int pe_rows = zero_points ? 3 : 2;
    const int lanes = pe->name == "bitmod" || pe->name == "lut" ? 4 : pe->name == "olive" ? 2 : 1;
    double sum = pe_rows * (2 * parts.area(pe->name + ".pe") + parts.area(pe->name + ".decoder")) +
                 2 * parts.area(pe->name + ".column") +
                 (edge ? pe_rows : 2) * parts.area(pe->name + ".output") + 2 * parts.output_unit(pe->name) +
                 parts.area("common.pass_control");
    if (edge) {
      sum += 2 * parts.area(zero_points ? "common.group_dequantizer_zero_point_2_columns"
                                        : "common.group_dequantizer_2_columns");
    }
    // The step that is held: weights and activations, scale and tag of each row.
    sum += 2 * (lanes * (pe->weight_slot_bits + 16 * pe->act_slot_words) + 24) * parts.bit();
    const double ratio = parts.area(pe->name + ".array_2x2") / sum;
    fmt::print("{}: {:.2f} of {:.0f} um2\n", pe->name, ratio, sum);
    EXPECT_GT(ratio, 0.88) << pe->name;
    EXPECT_LT(ratio, 1.0) << pe->name;
  }
  for (const std::string pe : {"fp16_mac", "int8_mac"}) {
    constexpr int kRows = 4, kCols = 2;
    const int weight_bits = pe::pe(pe).weight_slot_bits;
    const int bits = 16 * (kRows * kCols + kRows * (kRows - 1) / 2)  // activations
                     + weight_bits * kRows * kCols + 32 * (kCols * (kCols - 1) / 2 + kCols) + 141 +
                     2 * (kRows + kCols + 1);
    const double sum = kRows * kCols * parts.area(pe + ".ws_pe") +
                       kCols * (parts.area(pe + ".output") + parts.output_unit(pe)) + bits * parts.bit();
    const double ratio = parts.area(pe + ".ws_array_4x2") / sum;
    fmt::print("{}, weight-stationary: {:.2f} of {:.0f} um2\n", pe, ratio, sum);
    EXPECT_GT(ratio, 0.84) << pe;
    EXPECT_LT(ratio, 1.0) << pe;
  }
}

// The array of a PE type without channel scales has another output unit: the table has it, and only for them.
TEST(Table, has_the_output_unit_of_every_pe_type) {
  const Parts parts;
  for (const pe::PeDescriptor* pe : pe::all()) {
    std::string facts = read_file(kSource + "/rtl/pe/" + pe->name + "/" + pe->name + "_pkg.sv");
    if (facts.find("shift_mac_pkg.svh") != std::string::npos)
      facts += read_file(kSource + "/rtl/common/shift_mac_pkg.svh");
    if (facts.find("mixpe_pkg.svh") != std::string::npos)
      facts += read_file(kSource + "/rtl/common/mixpe_pkg.svh");
    const bool without = facts.find("UsesChannelScale = 1'b0") != std::string::npos;
    ASSERT_NE(without, facts.find("UsesChannelScale = 1'b1") != std::string::npos) << pe->name;
    EXPECT_EQ(parts.has(pe->name + ".output_unit"), without) << pe->name;
  }
}

}  // namespace
}  // namespace vernier::ppa
