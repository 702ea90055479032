// SPDX-License-Identifier: Apache-2.0
// SRAM reference points and what lies between them.
#include "sim/energy/sram_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"

namespace vernier::energy {
namespace {

const SramTable& shipped() {
  static const SramTable table =
      SramTable::load(std::string(VERNIER_SOURCE_DIR) + "/configs/sram/cacti7.csv");
  return table;
}

// Hand counted: y = 3 * capacity^0.5 * width^2 is a plane in log-log, which interpolation must hit exactly.
SramTable plane() {
  std::vector<SramPoint> points;
  for (const int64_t capacity : {1024, 4096, 16384}) {
    for (const int width : {32, 64, 256}) {
      const double y = 3 * std::sqrt(static_cast<double>(capacity)) * width * width;
      points.push_back({28, capacity, width, "1rw", {y, 2 * y, 3 * y, 4 * y, 5 * y}});
    }
  }
  return SramTable(points);
}

TEST(SramTable, HitsALogLogPlane) {
  const SramNumbers numbers = plane().bank(28, "1rw", 2048, 128);
  const double y = 3 * std::sqrt(2048.0) * 128 * 128;
  EXPECT_NEAR(numbers.read_pj, y, 1e-9 * y);
  EXPECT_NEAR(numbers.write_pj, 2 * y, 1e-9 * y);
  EXPECT_NEAR(numbers.leakage_mw, 3 * y, 1e-9 * y);
  EXPECT_NEAR(numbers.area_mm2, 4 * y, 1e-9 * y);
  EXPECT_NEAR(numbers.access_ns, 5 * y, 1e-9 * y);
}

TEST(SramTable, ExtrapolatesOnlyIfAsked_bad) {
  for (const auto& [capacity, width] :
       {std::pair<int64_t, int>{512, 64}, {32768, 64}, {4096, 16}, {4096, 512}}) {
    try {
      (void)plane().bank(28, "1rw", capacity, width);
      ADD_FAILURE() << capacity << " " << width;
    } catch (const InputError& error) {
      const Diagnostic& found = error.diagnostics().front();
      EXPECT_EQ(found.code, "ENE003");
      EXPECT_NE(found.help.find("32..256 bit and 1024..16384 byte"), std::string::npos) << found.help;
    }
    const double y = 3 * std::sqrt(static_cast<double>(capacity)) * width * width;
    EXPECT_NEAR(plane().bank(28, "1rw", capacity, width, Outside::extrapolate).read_pj, y, 1e-9 * y);
  }
}

TEST(SramTable, NamesNodesAndPorts_bad) {
  for (const auto& [node, ports] : {std::pair<int, std::string>{27, "1rw"}, {28, "2rw"}}) {
    try {
      (void)shipped().bank(node, ports, 65536, 64, Outside::extrapolate);
      ADD_FAILURE() << node << ports;
    } catch (const InputError& error) {
      EXPECT_EQ(error.diagnostics().front().code, "ENE003");
      EXPECT_NE(error.diagnostics().front().help.find("28 nm 1r1w"), std::string::npos);
    }
  }
}

TEST(SramTable, RefusesDamagedTables_bad) {
  const std::string heading =
      "node_nm,capacity_bytes,access_bits,ports,read_energy_pJ,write_energy_pJ,leakage_mW,area_mm2,access_ns,"
      "cycle_ns\n";
  for (const std::string& text :
       {std::string(), std::string("a,b\n1,2\n"), heading, heading + "22,2048,32,1rw,1,2,3,4,5\n",
        heading + "22,2048,32,1rw,1,2,3,4,5,x\n", heading + "22,2048,32,1rw,0,2,3,4,5,6\n"}) {
    EXPECT_THROW((void)SramTable::parse(text, "t.csv"), InputError) << text;
  }
  EXPECT_EQ(SramTable::parse(heading + "22,2048,32,1rw,1,2,3,4,5,6\n", "t.csv").points().size(), 1);
}

TEST(SramTable, PointsOfTheTableAreExact) {
  EXPECT_EQ(shipped().points().size(), 582);
  for (const SramPoint& point : shipped().points()) {
    const SramNumbers numbers =
        shipped().bank(point.node_nm, point.ports, point.capacity_bytes, point.access_bits);
    for (const auto member : SramNumbers::members()) EXPECT_EQ(numbers.*member, point.numbers.*member);
  }
}

// Every point is left out and asked for again. Points at the rim of the table are outside of what is left.
TEST(SramTable, LeftOutPointsAreFoundAgain) {
  const char* names[] = {"read", "write", "leakage", "area", "access time"};
  std::vector<std::vector<double>> errors(5);
  for (size_t left_out = 0; left_out < shipped().points().size(); ++left_out) {
    std::vector<SramPoint> rest = shipped().points();
    const SramPoint point = rest[left_out];
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(left_out));
    try {
      const SramNumbers numbers =
          SramTable(rest).bank(point.node_nm, point.ports, point.capacity_bytes, point.access_bits);
      for (size_t i = 0; i < 5; ++i) {
        const auto member = SramNumbers::members()[i];
        errors[i].push_back(std::abs(numbers.*member / point.numbers.*member - 1));
      }
    } catch (const InputError&) {
    }
  }
  for (size_t i = 0; i < 5; ++i) {
    std::vector<double>& sorted = errors[i];
    std::sort(sorted.begin(), sorted.end());
    ASSERT_GT(sorted.size(), 470);
    const double median = sorted[sorted.size() / 2];
    const double p95 = sorted[sorted.size() * 95 / 100];
    std::printf("%s: %zu points, median %.2f %%, 95th percentile %.1f %%, largest %.1f %%\n", names[i],
                sorted.size(), 100 * median, 100 * p95, 100 * sorted.back());
    EXPECT_LT(median, 0.06) << names[i];
    EXPECT_LT(p95, 0.25) << names[i];
  }
}

}  // namespace
}  // namespace vernier::energy
