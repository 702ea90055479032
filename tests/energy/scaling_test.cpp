// SPDX-License-Identifier: Apache-2.0
// Scaling factors, counted by hand from the published coefficients.
#include "sim/energy/scaling.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace vernier::energy {
namespace {

// Energies: 180 nm 24.64 * 1.8 - 17.98 = 26.372; 32 nm 0.8367 * 0.81 - 0.4341 * 0.9 + 0.1701 = 0.457137;
// 20 nm 0.373 * 0.81 - 0.1582 * 0.9 + 0.04104 = 0.20079; 45 nm 1.018 - 0.3107 + 0.1539 = 0.8612.
TEST(Scaling, ByHand) {
  EXPECT_NEAR(scaling(180, 32).energy, 0.457137 / 26.372, 1e-12);
  EXPECT_EQ(scaling(180, 32).area, 0.025);
  EXPECT_NEAR(scaling(45, 32).energy, 0.457137 / 0.8612, 1e-12);
  EXPECT_EQ(scaling(45, 32).area, 0.46);
  EXPECT_EQ(scaling(180, 180).energy, 1);
  EXPECT_TRUE(scaling(180, 180).text.empty());
  EXPECT_EQ(scaling(180, 32).text, "Stillmaker and Baas 2017, 180 nm at 1.8 V to 32 nm at 0.9 V");
}

TEST(Scaling, InterpolatesWhatThePaperDoesNotHave) {
  const double weight = std::log(32.0 / 28) / std::log(32.0 / 20);
  const Scaling s = scaling(180, 28);
  EXPECT_NEAR(s.energy, std::pow(0.457137, 1 - weight) * std::pow(0.20079, weight) / 26.372, 1e-12);
  EXPECT_NEAR(s.area, std::pow(0.025, 1 - weight) * std::pow(0.011, weight), 1e-12);
  EXPECT_NE(s.text.find("between their 32 nm and 20 nm"), std::string::npos);
  EXPECT_NEAR(scaling(28, 180).energy * s.energy, 1, 1e-12);
}

// Smaller nodes take less of both; there and back is about 1 (the area factors are published with two
// digits).
TEST(Scaling, IsMonotonousAndConsistent) {
  const auto& nodes = scaling_nodes();
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (i > 0) {
      EXPECT_LT(scaling(180, nodes[i]).energy, scaling(180, nodes[i - 1]).energy) << nodes[i];
      EXPECT_LT(scaling(180, nodes[i]).area, scaling(180, nodes[i - 1]).area) << nodes[i];
    }
    for (const int other : nodes) {
      EXPECT_NEAR(scaling(nodes[i], other).energy * scaling(other, nodes[i]).energy, 1, 1e-9);
      EXPECT_NEAR(scaling(nodes[i], other).area * scaling(other, nodes[i]).area, 1, 0.1) << nodes[i] << other;
    }
  }
}

TEST(Scaling, UnknownNode_bad) {
  try {
    (void)scaling(180, 30);
    ADD_FAILURE();
  } catch (const InputError& error) {
    EXPECT_EQ(error.diagnostics().front().code, "ENE004");
    EXPECT_NE(error.diagnostics().front().help.find("32, 28, 22"), std::string::npos);
  }
}

}  // namespace
}  // namespace vernier::energy
