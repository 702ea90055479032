// SPDX-License-Identifier: Apache-2.0
// A second opinion on every cycle: start, end and bursts of every instruction in the fast engine must equal
// those of a simulator written from the pages (oracle.h), on programs of the mapper and on random streams
// that no mapper would write. Seeds: VERNIER_SEED (default 1), number of cases: VERNIER_CASES.
#include "tests/oracle/oracle.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "sim/engine/fast/fast_engine.h"
#include "sim/mapper/mapper.h"
#include "tests/fidelity/random_case.h"
#include "tests/fidelity/random_stream.h"

namespace vernier {
namespace {

using fidelity::pick;
using oracle::Oracle;
using oracle::Step;

/// In how many of the cases a unit had to wait for a port.
struct Collisions {
  uint64_t cases = 0, with_vector_stalls = 0, with_dma_refusals = 0;

  void add(const Oracle& oracle) {
    ++cases;
    with_vector_stalls += oracle.vector_stalls > 0 ? 1 : 0;
    with_dma_refusals += oracle.dma_refusals > 0 ? 1 : 0;
  }
  /// That the cases test what they are for, `vector` and `dma` of a hundred.
  void expect_at_least(uint64_t vector, uint64_t dma) const {
    if (cases < 100) return;  // a seed to reproduce
    EXPECT_GE(100 * with_vector_stalls, vector * cases);
    EXPECT_GE(100 * with_dma_refusals, dma * cases);
  }
};

/// Compares every instruction of a run of the fast engine, in both its ways, with the oracle.
void check(const isa::Program& program, const machine::Machine& machine, Collisions& collisions) {
  Oracle expected(program, machine);
  const uint64_t cycles = expected.run();
  collisions.add(expected);
  for (const bool skip : {false, true}) {
    SCOPED_TRACE(skip ? "with skip" : "without skip");
    engine::RunLog log;
    engine::RecordingObserver recording;
    log.add_observer(recording);
    const engine::EngineTotals totals = engine::run_fast(program, machine, log, {skip});
    ASSERT_EQ(recording.records().size(), expected.steps.size());
    for (const engine::InstructionRecord& record : recording.records()) {
      const Step& step = expected.steps.at(record.sequence);
      ASSERT_EQ(fmt::format("{} {} [{}, {}) bursts {}", record.sequence, isa::name_of(record.opcode),
                            record.start, record.end, record.bursts),
                fmt::format("{} {} [{}, {}) bursts {}", record.sequence,
                            isa::name_of(step.instruction->opcode), step.start, step.end, step.bursts));
    }
    ASSERT_EQ(totals.cycles, cycles);
    ASSERT_EQ(totals.vector_stall_cycles, expected.vector_stalls);
    ASSERT_EQ(totals.dma_refused_cycles, expected.dma_refusals);
  }
}

uint64_t environment(const char* name, uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

template <typename Case>
void for_every_seed(uint64_t cases, Case run_case) {
  const uint64_t first = environment("VERNIER_SEED", 1);
  const uint64_t last = first + environment("VERNIER_CASES", cases);
  for (uint64_t seed = first; seed < last && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {0}; reproduce: VERNIER_SEED={0} VERNIER_CASES=1", seed));
    run_case(seed);
  }
}

TEST(Oracle, fast_equals_the_timing_page_on_programs_of_the_mapper) {
  Collisions collisions;
  for_every_seed(300, [&collisions](uint64_t seed) {
    fidelity::RandomCase random_case = fidelity::random_case(seed);
    std::mt19937_64 random(seed ^ 0x9047);
    if (pick(random, 0, 4) > 0) fidelity::random_ports(random, random_case.machine);
    SCOPED_TRACE(fidelity::describe(random_case));
    check(mapper::map_network(random_case.network, random_case.machine).program, random_case.machine,
          collisions);
  });
  collisions.expect_at_least(0, 10);  // the mapper lets compute and the vector unit work in turn
}

TEST(Oracle, fast_equals_the_timing_page_on_random_instruction_streams) {
  Collisions collisions;
  for_every_seed(1000, [&collisions](uint64_t seed) {
    std::mt19937_64 random(seed ^ 0x5eed);
    const machine::Machine machine = fidelity::random_stream_machine(random);
    check(fidelity::random_stream(random, machine), machine, collisions);
  });
  collisions.expect_at_least(30, 50);
}

}  // namespace
}  // namespace vernier
