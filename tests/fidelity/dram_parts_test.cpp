// SPDX-License-Identifier: Apache-2.0
// The contract of fidelity_test.cpp with DRAM parts, shipped ones and ones of random numbers: clocks of any
// ratio, channels, all kinds of ports, wide and narrow. VERNIER_SEED and VERNIER_CASES as there.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/config/part_file.h"
#include "tests/dram/random_part.h"
#include "tests/fidelity/compare.h"
#include "tests/fidelity/random_case.h"
#include "tests/fidelity/random_stream.h"

namespace vernier {
namespace {

using fidelity::pick;

void choose_part(std::mt19937_64& random, machine::Machine& machine) {
  if (pick(random, 0, 3) > 0) fidelity::random_ports(random, machine);
  machine.dram = {};
  machine.dram.kind = machine::DramKind::part;
  dram::Memory& memory = machine.dram.memory;
  if (pick(random, 0, 2) == 0) {
    const std::vector<config::ShippedPart> shipped = config::shipped_parts();
    memory.part = config::load_part(shipped[random() % shipped.size()].name);
  } else {
    memory.part = dram::random_part(random);
    dram::make_steady(random, memory.part);
  }
  machine.clock_hz = 50e6 * static_cast<double>(pick(random, 1, 40));
  const dram::Organisation& organisation = memory.part.organisation;
  machine.dram.burst_bytes = organisation.burst_bytes;
  memory.channels = static_cast<int>(pick(random, 0, 1) == 0 ? pick(random, 1, 4) : pick(random, 1, 11));
  memory.interleave_bytes = static_cast<uint64_t>(organisation.burst_bytes);
  const auto twice_divides_the_row = [&] {
    return static_cast<uint64_t>(organisation.row_bytes) % (2 * memory.interleave_bytes) == 0;
  };
  while (pick(random, 0, 1) == 0 && twice_divides_the_row()) memory.interleave_bytes *= 2;
}

TEST(Fidelity, random_dram_parts) {
  const uint64_t first = fidelity::environment("VERNIER_SEED", 1);
  const uint64_t cases =
      fidelity::environment("VERNIER_CASES", fidelity::environment("VERNIER_LONG", 0) != 0 ? 1000 : 100);
  for (uint64_t seed = first; seed < first + cases; ++seed) {
    fidelity::RandomCase random_case = fidelity::random_case(seed);
    std::mt19937_64 random(seed ^ 0xd7a3);
    choose_part(random, random_case.machine);
    const dram::Memory& memory = random_case.machine.dram.memory;
    SCOPED_TRACE(
        fmt::format("seed {0}; reproduce: VERNIER_SEED={0} VERNIER_CASES=1 build/release/bin/"
                    "test_fidelity --gtest_filter=Fidelity.random_dram_parts\n{1} channels of {5}, clocks "
                    "{2} and {3} Hz\n{4}",
                    seed, memory.channels, random_case.machine.clock_hz, memory.part.clock_hz,
                    fidelity::describe(random_case), memory.part.name));
    const mapper::MappedProgram mapped = fidelity::map_with_growth(random_case);
    fidelity::check_all(mapped, random_case.machine, random_case.network, seed, false);
    if (HasFailure()) return;
  }
}

TEST(Fidelity, random_instruction_streams) {
  const uint64_t first = fidelity::environment("VERNIER_SEED", 1);
  const uint64_t cases =
      fidelity::environment("VERNIER_CASES", fidelity::environment("VERNIER_LONG", 0) != 0 ? 2000 : 200);
  for (uint64_t seed = first; seed < first + cases; ++seed) {
    std::mt19937_64 random(seed ^ 0x57ea);
    machine::Machine machine = fidelity::random_stream_machine(random);
    if (pick(random, 0, 3) > 0) choose_part(random, machine);
    SCOPED_TRACE(
        fmt::format("seed {0}; reproduce: VERNIER_SEED={0} VERNIER_CASES=1 build/release/bin/"
                    "test_fidelity --gtest_filter=Fidelity.random_instruction_streams",
                    seed));
    const isa::Program program = fidelity::random_stream(random, machine);
    fidelity::check_timing(program, machine, fidelity::Conflicts::any);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace vernier
