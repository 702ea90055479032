// SPDX-License-Identifier: Apache-2.0
// Tables and CSV against golden text, checked by hand from the numbers of example_run.h; and the glossary.
#include "sim/report/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <sstream>

#include "base/error.h"
#include "sim/report/format.h"
#include "sim/report/metrics.h"
#include "tests/report/example_run.h"

namespace vernier::report {
namespace {

using testing::example_baseline;
using testing::example_dram_run;
using testing::example_run;

// VERNIER_UPDATE_GOLDEN=1 rewrites the file instead; read the difference before keeping it.
void expect_golden(const std::string& file, const std::string& text) {
  const std::string path = std::string(VERNIER_SOURCE_DIR) + "/" + file;
  if (std::getenv("VERNIER_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream in(path);
  std::ostringstream golden;
  golden << in.rdbuf();
  EXPECT_EQ(text, golden.str()) << path;
}

TEST(ReportText, RunTable) { expect_golden("tests/report/golden/run.txt", run_table(example_run())); }

TEST(ReportText, AttentionHasALineOfItsOwn) {
  RunResult run = example_run();
  EXPECT_EQ(run_table(run).find("Attention"), std::string::npos);
  run.attention = AttentionTraffic{"flash", 16000, 9000, 2048, 655360};
  EXPECT_NE(run_table(run).find("\nAttention (flash): DRAM 15.62 KiB; queries, keys, values and results once "
                                "9,000 B; I/O bound N^2 d^2 / S 2,048.00 B\n"),
            std::string::npos)
      << run_table(run);
}

TEST(ReportText, RunTableOfADramPartWithTheGap) {
  const std::string text = run_table(example_dram_run());
  const size_t from = text.find("Memory\n");
  const size_t to = text.find("note:");
  ASSERT_LT(from, to);
  expect_golden("tests/report/golden/memory_and_gap.txt", text.substr(from, to - from));
}

TEST(ReportText, ComparisonNamesWhatARunDoesNotHave) {
  std::string text = comparison_table({example_run(), example_dram_run()});
  text.erase(std::unique(text.begin(), text.end(), [](char a, char b) { return a == ' ' && b == ' '; }),
             text.end());
  EXPECT_NE(text.find("\nDRAM row hit rate [%] - 74.1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\ngap: schedule [cycles] - -30\n"), std::string::npos) << text;
}

TEST(ReportText, ComparisonTable) {
  expect_golden("tests/report/golden/comparison.txt", comparison_table({example_baseline(), example_run()}));
}

TEST(ReportText, Csv) { expect_golden("tests/report/golden/run.csv", to_csv({example_run()})); }

TEST(ReportText, CsvQuotesHostileNames) {
  RunResult run = example_run();
  run.configuration = "a,\"b\"\nc";
  EXPECT_NE(to_csv({run}).find("\n\"a,\"\"b\"\"\nc\",tiny,prefill,"), std::string::npos);
}

TEST(ReportText, GlossaryIsWhatTheRecordsSay) { expect_golden("docs/glossary.md", glossary_markdown()); }

TEST(ReportText, BrokenRunsAreNotPrinted) {
  RunResult run = example_run();
  ++run.layers[0].idle;
  EXPECT_THROW(static_cast<void>(run_table(run)), InternalError);
  EXPECT_THROW(static_cast<void>(comparison_table({run})), InternalError);
  EXPECT_THROW(static_cast<void>(to_csv({run})), InternalError);
}

TEST(ReportFormat, SharesSumToExactlyOneThousand) {
  EXPECT_EQ(permille_shares({1, 1, 1}, 3), (std::vector<int>{334, 333, 333}));
  EXPECT_EQ(permille_shares({0, 0}, 0), (std::vector<int>{0, 0}));
  uint64_t state = 7;  // any fixed sequence: a linear congruential generator
  for (int round = 0; round < 200; ++round) {
    std::vector<uint64_t> parts(8);
    for (uint64_t& part : parts)
      part = (state = state * 6364136223846793005U + 1442695040888963407U) >> (20 + state % 40);
    const std::vector<int> shares =
        permille_shares(parts, std::accumulate(parts.begin(), parts.end(), uint64_t{0}));
    EXPECT_EQ(std::accumulate(shares.begin(), shares.end(), 0), 1000) << "round " << round;
  }
}

TEST(ReportFormat, NumbersForPeople) {
  EXPECT_EQ(thousands(0), "0");
  EXPECT_EQ(thousands(999), "999");
  EXPECT_EQ(thousands(1000), "1,000");
  EXPECT_EQ(thousands(18446744073709551615U), "18,446,744,073,709,551,615");
  EXPECT_EQ(quantity(uint64_t{9999}, Unit::bytes), "9,999 B");
  EXPECT_EQ(quantity(uint64_t{16384}, Unit::bytes), "16.00 KiB");
  EXPECT_EQ(quantity(uint64_t{3500} << 20, Unit::bytes), "3,500.00 MiB");
  EXPECT_EQ(quantity(uint64_t{1234567}, Unit::cycles), "1,234,567 cycles");
  EXPECT_EQ(quantity(0.00125, Unit::seconds), "1.25 ms");
  EXPECT_EQ(quantity(2e-9, Unit::seconds), "2.00 ns");
  EXPECT_EQ(quantity(std::monostate{}, Unit::picojoules), "-");
}

}  // namespace
}  // namespace vernier::report
