// SPDX-License-Identifier: Apache-2.0
// The traces of the reference figures: within 3 % of the interval that the public simulators span, and the
// table in docs/dram.md says what comes out. VERNIER_UPDATE_GOLDEN=1 rewrites the table.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>

#include "sim/config/part_file.h"
#include "sim/dram/trace_run.h"
#include "sim/report/format.h"
#include "tests/dram/reference_traces.h"

namespace vernier::dram {
namespace {

struct Reference {
  std::string part, trace, refresh;
  uint64_t outstanding = 0;
  int requests = 100000;
  uint64_t ramulator = 0, dramsim3 = 0;  // 0: has no figure
  std::vector<uint64_t> figures;         // those there are
};

std::vector<Reference> references() {
  std::vector<Reference> list;
  for (const YAML::Node& node : YAML::LoadFile(VERNIER_SOURCE_DIR "/tests/dram/reference.yaml")) {
    Reference r;
    r.part = node["part"].as<std::string>();
    r.trace = node["trace"].as<std::string>();
    r.refresh = node["refresh"].as<std::string>();
    r.outstanding = node["outstanding"].as<uint64_t>(0);
    r.requests = node["requests"].as<int>(100000);
    r.ramulator = node["ramulator"].as<uint64_t>(0);
    r.dramsim3 = node["dramsim3"].as<uint64_t>(0);
    for (const uint64_t figure : {r.ramulator, r.dramsim3}) {
      if (figure != 0) r.figures.push_back(figure);
    }
    list.push_back(std::move(r));
  }
  return list;
}

TraceResult run(const Reference& reference, bool clocked, int requests) {
  Memory memory;
  memory.part = config::load_part(reference.part, {{"refresh", "controller.refresh", reference.refresh}});
  const TraceFile file(reference_trace(reference.trace, requests));
  TraceReader reader(file.path(), memory.part.organisation.capacity_bytes());
  TraceOptions options;
  options.outstanding = reference.outstanding;
  options.clocked = clocked;
  options.check = true;
  return run_trace(memory, reader, options);
}

/// Percent outside the interval, signed.
double outside(uint64_t clocks, const Reference& reference) {
  const auto [low, high] = std::minmax_element(reference.figures.begin(), reference.figures.end());
  const auto percent = [clocks](uint64_t of) {
    return 100.0 * (static_cast<double>(clocks) / static_cast<double>(of) - 1);
  };
  return clocks < *low ? percent(*low) : clocks > *high ? percent(*high) : 0;
}

TEST(Calibration, WithinThreePercentAndAsThePageSays) {
  using report::thousands;
  std::string table =
      "| part | trace | refresh | ours | Ramulator 2.1 | DRAMsim3 | outside [%] |\n"
      "| --- | --- | --- | ---: | ---: | ---: | ---: |\n";
  for (const Reference& reference : references()) {
    const uint64_t clocks = run(reference, false, reference.requests).clocks;
    const double off = outside(clocks, reference);
    EXPECT_LE(std::abs(off), 3.0) << reference.part << " " << reference.trace << ": " << clocks;
    table += fmt::format("| {} | {}{} | {} | {} | {} | {} | {} |\n", reference.part, reference.trace,
                         reference.outstanding == 1 ? ", one at a time" : "", reference.refresh,
                         thousands(clocks), reference.ramulator != 0 ? thousands(reference.ramulator) : "-",
                         reference.dramsim3 != 0 ? thousands(reference.dramsim3) : "-",
                         off == 0 ? "inside" : fmt::format("{:+.2f}", off));
  }
  const std::string path = VERNIER_SOURCE_DIR "/docs/dram.md";
  std::ifstream in(path, std::ios::binary);
  std::string page(std::istreambuf_iterator<char>(in), {});
  const std::string begin = "<!-- calibration -->\n", end = "<!-- end -->\n";
  const size_t at = page.find(begin) + begin.size();
  ASSERT_NE(page.find(begin), std::string::npos);
  const size_t stop = page.find(end, at);
  ASSERT_NE(stop, std::string::npos);
  if (std::getenv("VERNIER_UPDATE_GOLDEN") != nullptr) {
    page.replace(at, stop - at, table);
    std::ofstream(path, std::ios::binary) << page;
  } else {
    EXPECT_EQ(page.substr(at, stop - at), table)
        << "VERNIER_UPDATE_GOLDEN=1 bin/test_dram rewrites docs/dram.md";
  }
}

TEST(Calibration, ClockedAndEventChannelSayTheSame) {
  for (Reference reference : references()) {
    const TraceResult event = run(reference, false, 1500);
    const TraceResult clocked = run(reference, true, 1500);
    EXPECT_EQ(event.clocks, clocked.clocks) << reference.part << " " << reference.trace;
    EXPECT_EQ(event.total.counts, clocked.total.counts) << reference.part << " " << reference.trace;
    EXPECT_EQ(event.total.latency.counts, clocked.total.latency.counts);
    EXPECT_EQ(event.total.latency.sum, clocked.total.latency.sum);
  }
}

}  // namespace
}  // namespace vernier::dram
