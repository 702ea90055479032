// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "models/dram/address_map.h"
#include "sim/config/part_file.h"
#include "sim/dram/trace_run.h"
#include "tests/dram/reference_traces.h"

namespace vernier::dram {
namespace {

Memory memory_of(const char* part, int channels = 1) {
  Memory memory;
  memory.part = config::load_part(part);
  memory.channels = channels;
  return memory;
}

TraceResult run(const Memory& memory, const std::string& text, TraceOptions options = {}) {
  options.check = true;
  const TraceFile file(text);
  TraceReader reader(file.path(),
                     static_cast<uint64_t>(memory.channels) * memory.part.organisation.capacity_bytes());
  return run_trace(memory, reader, options);
}

/// What is wrong with a trace, without the name of its file.
std::string complaint(const std::string& text) {
  try {
    (void)run(memory_of("LPDDR5-6400"), text);
  } catch (const InputError& error) {
    const Diagnostic& d = error.diagnostics().front();
    return fmt::format("{} {}:{} {}", d.code, d.location.line, d.location.column, d.message);
  }
  return "accepted";
}

TEST(Trace, CommentsBlanksAndEndingsAreTaken) {
  EXPECT_EQ(run(memory_of("DDR4-2400"), "# first\n\n  0x40\tR  # why\r\n0X80 W").requests, 2U);
  EXPECT_EQ(run(memory_of("DDR4-2400"), "").requests, 0U);
}

TEST(Trace, WrongLinesAreNamed_bad) {
  EXPECT_EQ(complaint("0x0 R\n40 R\n"), "DRM002 2:1 found '40', an address 0x... is due");
  EXPECT_EQ(complaint("0x0 R\n  0xz R\n"), "DRM002 2:5 found 'z', a hexadecimal address is due");
  EXPECT_EQ(complaint("0x11112222333344445 R\n"),
            "DRM002 1:3 a hexadecimal address '11112222333344445' needs more than 64 bits");
  EXPECT_EQ(complaint("0x40 X\n"), "DRM002 1:6 found 'X', R or W is due");
  EXPECT_EQ(complaint("0x40\n"), "DRM002 1:5 the line ends, R or W is due");
  EXPECT_EQ(complaint("0x40 READ\n"), "DRM002 1:6 found 'READ', R or W is due");
  EXPECT_EQ(complaint("0x40 R 1x\n"), "DRM002 1:8 found '1x', an arrival clock is due");
  EXPECT_EQ(complaint("0x40 R -1\n"), "DRM002 1:8 found '-1', an arrival clock is due");
  EXPECT_EQ(complaint("0x40 R 1 2\n"), "DRM002 1:10 found '2' after the end of the request");
  EXPECT_EQ(complaint("0x40 R 5\n0x40 R\n"),
            "DRM002 2:7 the arrival clock is missing, which earlier lines have");
  EXPECT_EQ(complaint("0x40 R\n0x40 R 5\n"),
            "DRM002 2:8 found an arrival clock, which earlier lines do not have");
  EXPECT_EQ(complaint("0x40 R 7\n0x40 R 7\n0x40 R 6\n"),
            "DRM003 3:8 arrival 6 is before that of the request above, 7");
  EXPECT_EQ(complaint("0x3fffffff R\n 0x40000000 R\n"),
            "DRM004 2:2 address 0x40000000 is beyond the capacity, 0x40000000");
  EXPECT_EQ(complaint(std::string(5000000, 'x')),
            "DRM002 1:1 a line of more than 4096 characters is none of a memory trace");
  EXPECT_THROW((TraceReader{"no/such/trace", 1}), InputError);
  EXPECT_THROW((TraceReader{".", 1}), InputError);
}

/// By hand, DDR4-2400: activate in the clock of arrival, read 17 later, 17 + 4 + 2 until it is delivered.
TEST(Trace, OneReadTakesItsTime) {
  const TraceResult result = run(memory_of("DDR4-2400"), "0x1000 R 100\n");
  EXPECT_EQ(result.clocks, 100U + 17 + 17 + 4 + 2);
  EXPECT_EQ(result.total.latency.least, 40U);
  EXPECT_EQ(result.total.latency.counts[5], 1U);
  EXPECT_EQ(result.total.counts.row_misses, 1U);
}

TEST(Trace, BlocksBecomeBurstsOfTheirChannels) {
  std::mt19937_64 random(5);
  const Memory memory = memory_of("LPDDR5-6400", 3);
  std::string text;
  std::vector<uint64_t> expected(3);
  for (int i = 0; i < 500; ++i) {
    const uint64_t address = random() % (uint64_t{1} << 31);
    text += fmt::format("{:#x} R\n", address);
    for (int c = 0; c < 3; ++c)
      expected[static_cast<size_t>(c)] +=
          bursts_of(memory, c, address / 64 * 64, address / 64 * 64 + 64).count;
  }
  const TraceResult result = run(memory, text);
  for (size_t c = 0; c < 3; ++c) EXPECT_EQ(result.channels[c].read_bursts, expected[c]);
  EXPECT_EQ(result.total.read_bursts, 1000U) << "two bursts of 32 bytes each";
}

/// A burst of more than a request is read once for consecutive requests in it.
TEST(Trace, LargeBurstsMerge) {
  Memory memory = memory_of("DDR4-2400");
  memory.part.organisation.burst_bytes = 128;
  const TraceResult result = run(memory, "0x0 R\n0x40 R\n0x40 W\n0x80 R\n0x0 R\n");
  EXPECT_EQ(result.total.read_bursts, 3U);
  EXPECT_EQ(result.total.write_bursts, 1U);
  EXPECT_EQ(result.merged, 1U);
  EXPECT_EQ(run(memory_of("DDR4-2400"), "0x0 R\n0x0 R\n").total.read_bursts, 2U);
}

/// Channels are independent: each as if it had its part of the trace alone.
TEST(Trace, ChannelsDoNotWaitForEachOther) {
  std::mt19937_64 random(9);
  std::string both;
  std::array<std::string, 2> alone;
  for (int i = 0; i < 3000; ++i) {
    const uint64_t block = random() % 100000;  // of 64 bytes in a channel
    const bool second = random() % 4 == 0;
    const char kind = random() % 3 == 0 ? 'W' : 'R';
    const uint64_t address = block / 4 * 512 + block % 4 * 64 + (second ? 256 : 0);
    both += fmt::format("{:#x} {}\n", address, kind);
    alone[second ? 1 : 0] += fmt::format("{:#x} {}\n", block * 64, kind);
  }
  const TraceResult together = run(memory_of("HBM2-2000", 2), both);
  for (size_t c = 0; c < 2; ++c) {
    const TraceResult single = run(memory_of("HBM2-2000"), alone[c]);
    EXPECT_EQ(together.channels[c].clocks, single.clocks);
    EXPECT_EQ(together.channels[c].counts, single.total.counts);
  }
}

TEST(Trace, CommandsAreHandedOn) {
  std::vector<std::string> seen;
  TraceOptions options;
  options.on_command = [&seen](int channel, const Command& c) {
    seen.push_back(fmt::format("{} {} {}", channel, c.clock, name_of(c.kind)));
  };
  (void)run(memory_of("DDR4-2400"), "0x0 R\n0x40 R\n", options);
  EXPECT_EQ(seen, (std::vector<std::string>{"0 0 ACT", "0 17 RD", "0 23 RD"}));
}

}  // namespace
}  // namespace vernier::dram
