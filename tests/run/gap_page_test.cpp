// SPDX-License-Identifier: Apache-2.0
// The tables of docs/analytical-gap.md are what the runs say: one row always, the others (many minutes) with
// the command on the page.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <tuple>

#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/report/run_metrics.h"
#include "sim/run/simulate.h"
#include "workloads/workload.h"

namespace vernier::run {
namespace {

const std::string kPage = VERNIER_SOURCE_DIR "/docs/analytical-gap.md";
constexpr int64_t kTokens = 16;  ///< of prefill, as the page says

std::string page() {
  std::ifstream in(kPage, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// `| design | cycles in millions | each rung in % of them |`
std::string row(const std::string& design, const std::string& part, const std::string& phase) {
  const std::string root = VERNIER_SOURCE_DIR;
  config::ResolveOptions resolve;
  resolve.phase = phase;
  resolve.sets = {"dram.kind=" + part, "dram.channels=8"};
  const config::AcceleratorConfig accelerator =
      config::load_accelerator(root + "/configs/accelerators/" + design + ".yaml", resolve);
  workloads::LlmOptions llm;
  llm.phase = phase == "prefill" ? workloads::Phase::prefill : workloads::Phase::decode;
  if (phase == "prefill") llm.tokens = kTokens;
  const workloads::Network network =
      workloads::build_network(workloads::load_workload(root + "/workloads/llm/llama-2-7b.yaml"), llm,
                               config::network_formats(accelerator));
  SimulateOptions options;
  options.explain = true;
  const report::RunResult run = simulate(accelerator, network, options).result;
  const auto cycles = static_cast<double>(run.totals.cycles);
  std::string out = fmt::format("| {} | {:.1f} |", design, cycles / 1e6);
  for (const report::GapMetric& metric : report::gap_metrics()) {
    out += fmt::format(" {:.1f} |", 100 * static_cast<double>((*run.gap.*metric.member).value()) / cycles);
  }
  return out;
}

std::string heading() {
  std::string names = "| design | cycles [M] |";
  std::string rule = "| --- | --- |";
  for (const report::GapMetric& metric : report::gap_metrics()) {
    names += fmt::format(" {} |", metric.label);
    rule += " --- |";
  }
  return names + "\n" + rule + "\n";
}

/// Compares the page's row with the run; VERNIER_UPDATE_GOLDEN=1 writes it anew.
void check_row(const std::string& design, const std::string& part, const std::string& phase) {
  const std::string table = fmt::format("<!-- gap {} {} -->\n", part, phase) + heading();
  const std::string expected = row(design, part, phase);
  std::string text = page();
  const size_t begin = text.find(table);
  ASSERT_NE(begin, std::string::npos) << table;
  const size_t at = text.find(fmt::format("\n| {} |", design), begin) + 1;
  ASSERT_LT(at, text.find("\n\n", begin)) << design << ", " << part << ", " << phase;
  const size_t length = text.find('\n', at) - at;
  if (std::getenv("VERNIER_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(kPage, std::ios::binary) << text.replace(at, length, expected);
  } else {
    EXPECT_EQ(text.substr(at, length), expected) << part << ", " << phase;
  }
}

TEST(GapPage, HasARowAsItIs) { check_row("bitmod", "LPDDR5-6400", "decode"); }

using RowName = std::tuple<const char*, const char*, const char*>;
class GapRow : public ::testing::TestWithParam<RowName> {};
TEST_P(GapRow, DISABLED_IsAsItIs) {
  const auto& [part, phase, design] = GetParam();
  check_row(design, part, phase);
}
std::string name_of_row(const ::testing::TestParamInfo<RowName>& info) {
  const auto& [part, phase, design] = info.param;
  std::string name = fmt::format("{}_{}_{}", part, phase, design);
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}
INSTANTIATE_TEST_SUITE_P(All, GapRow,
                         ::testing::Combine(::testing::Values("LPDDR5-6400", "HBM2-2000"),
                                            ::testing::Values("decode", "prefill"),
                                            ::testing::Values("fp16_mac", "int8_mac", "ant", "olive",
                                                              "bitmod", "mixpe_a8", "mixpe_a16", "lut")),
                         name_of_row);

}  // namespace
}  // namespace vernier::run
