// SPDX-License-Identifier: Apache-2.0
// Energy of DRAM commands, counted by hand from the currents.
#include "sim/energy/dram_energy.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "sim/config/part_file.h"

namespace vernier::energy {
namespace {

DramEnergies shipped(const std::string& name) {
  const auto currents = find_dram_currents(name, std::string(VERNIER_SOURCE_DIR) + "/configs/energy/dram");
  EXPECT_TRUE(currents) << name;
  EXPECT_EQ(currents->part, name);
  return dram_energies(*currents, config::load_part(name));
}

// DDR4-3200: RC 74, RAS 52, BL 4, RFC 576 clocks of 0.625 ns; eight devices. VDD 1.2 V: (57*74 - 52*52 -
// 37*22) = 700 mA clocks; VPP 2.5 V: 3*74 - 3*52 - 3*22 = 0.
TEST(DramEnergy, Ddr4ByHand) {
  const DramEnergies e = shipped("DDR4-3200");
  EXPECT_NEAR(e.activate_precharge_pj, 8 * 1.2 * 700 * 0.625, 1e-6);          // 4200 pJ
  EXPECT_NEAR(e.read_pj, 8 * 1.2 * (168 - 52) * 4 * 0.625, 1e-6);             // 2784 pJ: 5.4 pJ/bit
  EXPECT_NEAR(e.write_pj, 8 * 1.2 * (150 - 52) * 4 * 0.625, 1e-6);            // 2352 pJ
  EXPECT_NEAR(e.refresh_pj, 8 * (1.2 * 198 + 2.5 * 45) * 576 * 0.625, 1e-6);  // 1.05 uJ
  EXPECT_NEAR(e.background_mw, 8 * (1.2 * 52 + 2.5 * 3), 1e-9);               // 559 mW
}

// LPDDR4-3200: RC 97, RAS 68, BL 8, RFC 448 clocks of 0.625 ns; half a die.
TEST(DramEnergy, Lpddr4TakesHalfADieOverThreeSupplies) {
  const DramEnergies e = shipped("LPDDR4-3200");
  EXPECT_NEAR(e.read_pj, 0.5 * (1.1 * (275 - 30) + 1.1 * (150 - 0.75)) * 8 * 0.625, 1e-6);  // 4.2 pJ/bit
  EXPECT_NEAR(e.activate_precharge_pj,
              0.5 * (1.8 * (3.5 * 97 - 2.25 * 68 - 2 * 29) + 1.1 * (45 * 97 - 30 * 68 - 27 * 29)) * 0.625,
              1e-6);
  EXPECT_NEAR(e.background_mw, 0.5 * (1.8 * 2.25 + 1.1 * 30 + 1.1 * 0.75), 1e-9);
}

// As much energy per burst at 4266 as at 3200, whatever the clock.
TEST(DramEnergy, TheModelOf4266KeepsTheEnergyOfABurst) {
  EXPECT_NEAR(shipped("LPDDR4-4266").read_pj, shipped("LPDDR4-3200").read_pj, 1e-6);
  EXPECT_NEAR(shipped("LPDDR4-4266").write_pj, shipped("LPDDR4-3200").write_pj, 1e-6);
}

TEST(DramEnergy, RefreshOfABankIsItsShareOfTheRank) {
  const auto currents =
      find_dram_currents("LPDDR4-3200", std::string(VERNIER_SOURCE_DIR) + "/configs/energy/dram");
  dram::Part part = config::load_part("LPDDR4-3200");
  part.controller.refresh = dram::Refresh::all_bank;
  const double rank = dram_energies(*currents, part).refresh_pj;
  part.controller.refresh = dram::Refresh::per_bank;
  EXPECT_NEAR(dram_energies(*currents, part).refresh_pj, rank / 8, 1e-9);
}

TEST(DramEnergy, EveryShippedFileBelongsToAPart) {
  int found = 0;
  for (const config::ShippedPart& part : config::shipped_parts()) {
    if (!find_dram_currents(part.name, std::string(VERNIER_SOURCE_DIR) + "/configs/energy/dram")) {
      EXPECT_EQ(part.name, "LPDDR5-6400");  // no public currents
      continue;
    }
    const DramEnergies e = shipped(part.name);
    for (const double pj : {e.activate_precharge_pj, e.read_pj, e.write_pj, e.refresh_pj, e.background_mw}) {
      EXPECT_GT(pj, 0) << part.name;
    }
    ++found;
  }
  EXPECT_EQ(found, 5);
}

TEST(DramEnergy, RefusesDamagedFiles_bad) {
  const std::string good =
      "schema: 1\npart: p\nkind: published\norigin: o\ndevices: 1\nchannels_per_device: 1\nsupplies:\n"
      "  VDD: {volts: 1.2, idd0: 57, idd2n: 37, idd3n: 52, idd4r: 168, idd4w: 150, idd5: 250}\n";
  EXPECT_EQ(parse_dram_currents(good, "p.yaml").supplies.size(), 1);
  const std::pair<const char*, const char*> damages[] = {
      {"schema: 1", "schema: 2"}, {"kind: published", "kind: guess"}, {"devices: 1", "devices: 0"},
      {"idd0: 57", "idd0: x"},    {"idd5: 250", "idd6: 250"},         {"idd4r: 168", "idd4r: 40"},
      {"origin: o\n", ""},        {"volts: 1.2", "volts: -1"},        {"part: p", "[part"}};
  for (const auto& [from, to] : damages) {
    std::string text = good;
    text.replace(text.find(from), std::string(from).size(), to);
    EXPECT_THROW((void)parse_dram_currents(text, "p.yaml"), InputError) << to;
  }
}

}  // namespace
}  // namespace vernier::energy
