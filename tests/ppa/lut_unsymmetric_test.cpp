// SPDX-License-Identifier: Apache-2.0
// What is measured as lut without symmetry computes what lut does, on the data that both are measured with.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "sim/ppa/block_list.h"
#include "sim/ppa/probe.h"
#include "sim/ppa/stimulus.h"
#include "sim/ppa/synthesis.h"
#include "sim/ppa/tools.h"

namespace vernier::ppa {
namespace {

namespace fs = std::filesystem;

const fs::path kRtl = fs::path(VERNIER_SOURCE_DIR) / "rtl";

/// A block's pins in every cycle of its bench.
class Pins {
 public:
  Pins(const Tools& tools, const BlockList& list, const std::string& name, const fs::path& folder) {
    const Block& block = *select(list, {name}).at(0);
    const Bench& bench = list.benches[block.bench];
    const Target target{kRtl, nullptr, 15};
    const auto ports = elaborate(tools, target, bench, {&block}, folder);
    recording_ = run_rtl(tools, kRtl, bench, {{block.place, block.event, ports.at(0)}},
                         make_stimulus(bench, {}), folder)
                     .at(0);
    size_t at = 0;
    for (const BlockPort& port : recording_.ports) {
      ports_[port.name] = {at, port.bits};
      at += port.bits;
    }
  }
  [[nodiscard]] size_t cycles() const { return recording_.cycles.size(); }
  [[nodiscard]] bool works(size_t cycle) const { return recording_.event[cycle]; }
  /// One character per bit, the lowest first.
  [[nodiscard]] std::string at(size_t cycle, const std::string& port) const {
    const auto& [begin, bits] = ports_.at(port);
    std::string text;
    for (size_t i = 0; i < bits; ++i) text += recording_.cycles[cycle][begin + i] != 0 ? '1' : '0';
    return text;
  }

 private:
  Recording recording_;
  std::map<std::string, std::pair<size_t, size_t>> ports_;
};

TEST(LutUnsymmetric, has_the_results_of_lut_in_every_cycle) {
  Tools tools;
  try {
    tools = find_tools();
  } catch (const InputError& error) {
    GTEST_SKIP() << error.what();
  }
  const fs::path folder =
      fs::path(::testing::TempDir()) / ("vernier_lut_unsymmetric_" + std::to_string(::getpid()));
  const std::string path = (kRtl / "ppa_blocks.txt").string();
  const BlockList list = read_block_list(read_file(path), path);
  const Pins eight(tools, list, "lut.pe", folder / "eight");
  const Pins sixteen(tools, list, "lut_unsymmetric.pe", folder / "sixteen");
  fs::remove_all(folder);

  ASSERT_EQ(eight.cycles(), sixteen.cycles());
  std::set<std::string> indices, results;
  for (size_t cycle = 0; cycle < eight.cycles(); ++cycle) {
    ASSERT_EQ(eight.works(cycle), sixteen.works(cycle)) << cycle;
    for (const char* port : {"clear_i", "row_i", "shift_i", "acc_i", "acc_o"})
      ASSERT_EQ(eight.at(cycle, port), sixteen.at(cycle, port)) << port << " in cycle " << cycle;
    // The table twice, the second time with the other signs (bit 15 of an entry); then the exponent.
    const std::string half = eight.at(cycle, "col_i");
    std::string whole = half.substr(0, 128) + half;
    for (size_t sign = 128 + 15; sign < 256; sign += 16) whole[sign] = whole[sign] == '0' ? '1' : '0';
    ASSERT_EQ(whole, sixteen.at(cycle, "col_i")) << cycle;
    if (eight.works(cycle)) indices.insert(eight.at(cycle, "row_i").substr(4));
    results.insert(eight.at(cycle, "acc_o"));
  }
  EXPECT_EQ(indices.size(), 16U);
  EXPECT_GE(results.size(), 10U);
}

}  // namespace
}  // namespace vernier::ppa
