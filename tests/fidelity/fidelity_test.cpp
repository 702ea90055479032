// SPDX-License-Identifier: Apache-2.0
// The contract: same instruction, same cycle, same values, same events in every fidelity, on random machines
// and programs. Seeds: VERNIER_SEED (default 1), number of cases: VERNIER_CASES.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "sim/engine/attribution.h"
#include "sim/engine/fast/fast_engine.h"
#include "sim/engine/functional/functional_engine.h"
#include "sim/engine/hazards.h"
#include "sim/engine/systemc/systemc_engine.h"
#include "sim/mapper/mapper.h"
#include "sim/run/image.h"
#include "tests/fidelity/random_case.h"
#if VERNIER_HAS_RTL
#include "sim/rtl_adaptor/rtl_pe_array.h"
#endif

namespace vernier {
namespace {

using engine::InstructionRecord;

uint64_t environment(const char* name, uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

/// What one engine says about a run.
struct Outcome {
  engine::EngineTotals totals;
  std::vector<InstructionRecord> records;
};

template <typename Run>
Outcome observe(const mapper::MappedProgram& mapped, const machine::Machine& machine, Run run) {
  engine::RunLog log;
  engine::RecordingObserver recording;
  engine::HazardObserver hazards(mapped.program, machine);
  log.add_observer(hazards);
  log.add_observer(recording);
  Outcome outcome;
  outcome.totals = run(log);
  outcome.records = recording.records();
  return outcome;
}

std::string text_of(const InstructionRecord& record) {
  return fmt::format("{} {} op {} [{}, {}) bursts {}", record.sequence, isa::name_of(record.opcode),
                     record.op, record.start, record.end, record.bursts);
}

/// Stops at the first difference: that is the one to look at.
void expect_same(const Outcome& a, const Outcome& b, const std::string& what) {
  for (size_t i = 0; i < std::min(a.records.size(), b.records.size()); ++i) {
    ASSERT_EQ(a.records[i], b.records[i]) << what << ", first difference at end number " << i << ":\n  "
                                          << text_of(a.records[i]) << "\n  " << text_of(b.records[i]);
  }
  ASSERT_EQ(a.records.size(), b.records.size()) << what;
  EXPECT_EQ(a.totals.cycles, b.totals.cycles) << what;
  EXPECT_EQ(a.totals.instructions, b.totals.instructions) << what;
  EXPECT_EQ(a.totals.dram_bursts, b.totals.dram_bursts) << what;
  EXPECT_EQ(a.totals.macs, b.totals.macs) << what;
  EXPECT_TRUE(a.totals.counts == b.totals.counts) << what << ": event counts";
}

std::string reproduce(uint64_t seed, const char* filter) {
  return fmt::format(
      "seed {0}; reproduce: VERNIER_SEED={0} VERNIER_CASES=1 build/release/bin/test_fidelity "
      "--gtest_filter={1}",
      seed, filter);
}

void check_case(const fidelity::RandomCase& random_case, uint64_t seed,
                const machine::ArrayParams* rtl_array) {
  const mapper::MappedProgram mapped = mapper::map_network(random_case.network, random_case.machine);
  const machine::Machine& machine = random_case.machine;
  const Outcome fast = observe(
      mapped, machine, [&](engine::RunLog& log) { return engine::run_fast(mapped.program, machine, log); });
  const Outcome no_skip = observe(mapped, machine, [&](engine::RunLog& log) {
    return engine::run_fast(mapped.program, machine, log, {false});
  });
  expect_same(fast, no_skip, "fast with and without closed forms");

  const machine::MemoryImage initial(machine, run::random_image(mapped, random_case.network, seed));
  machine::MemoryImage golden = initial;
  engine::run_functional(mapped.program, machine, golden);

  machine::MemoryImage image = initial;
  const Outcome systemc = observe(mapped, machine, [&](engine::RunLog& log) {
    engine::SystemcOptions options;
    options.image = &image;
    return engine::run_systemc(mapped.program, machine, log, std::move(options));
  });
  expect_same(fast, systemc, "fast and systemc");
  EXPECT_EQ(image.dram, golden.dram) << "systemc and golden values";

#if VERNIER_HAS_RTL
  if (rtl_array == nullptr) return;
  machine::MemoryImage rtl_image = initial;
  const Outcome rtl = observe(mapped, machine, [&](engine::RunLog& log) {
    engine::SystemcOptions options;
    options.image = &rtl_image;
    options.array = rtl_adaptor::RtlPeArray::create(*rtl_array);
    return engine::run_systemc(mapped.program, machine, log, std::move(options));
  });
  expect_same(systemc, rtl, "systemc and rtl");
  EXPECT_EQ(rtl_image.dram, golden.dram) << "rtl and golden values";
#else
  (void)rtl_array;
#endif
}

TEST(Fidelity, fast_equals_systemc_on_random_machines_and_programs) {
  const uint64_t first = environment("VERNIER_SEED", 1);
  const uint64_t cases = environment("VERNIER_CASES", 240);
  for (uint64_t seed = first; seed < first + cases; ++seed) {
    const fidelity::RandomCase random_case = fidelity::random_case(seed);
    SCOPED_TRACE(reproduce(seed, "Fidelity.fast*") + "\n" + fidelity::describe(random_case));
    check_case(random_case, seed, nullptr);
    if (HasFailure()) return;
  }
}

#if VERNIER_HAS_RTL
TEST(Fidelity, rtl_equals_systemc_and_fast_on_every_built_array) {
  const uint64_t first = environment("VERNIER_SEED", 1);
  const uint64_t cases = environment("VERNIER_CASES", 20);
  for (const machine::ArrayParams& array : rtl_adaptor::RtlPeArray::built()) {
    if (array.rows * array.cols > 256) continue;  // the large array is for benchmarks
    for (uint64_t seed = first; seed < first + cases; ++seed) {
      const fidelity::RandomCase random_case = fidelity::random_case(seed, &array);
      SCOPED_TRACE(reproduce(seed, "Fidelity.rtl*") + "\n" + fidelity::describe(random_case));
      check_case(random_case, seed, &array);
      if (HasFailure()) return;
    }
  }
}
#endif

}  // namespace
}  // namespace vernier
