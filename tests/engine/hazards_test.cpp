// SPDX-License-Identifier: Apache-2.0
// Programs whose result would depend on timing are refused, and only those.
#include "sim/engine/hazards.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "sim/engine/fast/fast_engine.h"
#include "sim/engine/systemc/systemc_engine.h"
#include "tests/engine/example_programs.h"

namespace vernier::engine {
namespace {

using engine_test::issue;
using engine_test::transfer;
using isa::Opcode;
using isa::Scratchpad;

/// Starts both without an end between them. Empty if nobody objects, else the message.
std::string conflict(const isa::Instruction& first, const isa::Instruction& second) {
  const machine::Machine machine = engine_test::example_machine();
  const isa::Program program = engine_test::empty_program();
  HazardObserver hazards(program, machine);
  hazards.on_start(issue(first, 0), 5);
  try {
    hazards.on_start(issue(second, 1), 7);
  } catch (const InputError& error) {
    EXPECT_EQ(error.diagnostics().at(0).code, "PRG050");
    return error.diagnostics().at(0).message;
  }
  return "";
}

/// W and A loaded, multiplied, stored, in order by semaphores 0, 1 and 2.
isa::Program ordered_program() {
  isa::Program program = engine_test::empty_program();
  isa::Instruction weights = transfer(Opcode::load, Scratchpad::weight, 0, 1, 16, 0);
  engine_test::post(weights, 0);
  isa::Instruction acts = transfer(Opcode::load, Scratchpad::activation, 64, 2, 8, 8);
  engine_test::post(acts, 1);
  isa::Instruction gemm = engine_test::gemm();
  engine_test::wait(gemm, 0);
  engine_test::wait(gemm, 1);
  engine_test::post(gemm, 2);
  isa::Instruction store = transfer(Opcode::store, Scratchpad::output, 128, 2, 4, 4);
  engine_test::wait(store, 2);
  for (const isa::Instruction& instruction : {weights, acts, gemm, store}) {
    engine_test::append(program, instruction);
  }
  return program;
}

template <typename Run>
std::string code_of(Run run, const isa::Program& program) {
  const machine::Machine machine = engine_test::example_machine();
  isa::validate(program);
  RunLog log;
  HazardObserver hazards(program, machine);
  log.add_observer(hazards);
  try {
    run(program, machine, log);
  } catch (const InputError& error) {
    return error.diagnostics().at(0).code;
  }
  return "";
}

std::string code_of_both(const isa::Program& program) {
  const std::string fast =
      code_of([](const auto& p, const auto& m, RunLog& log) { run_fast(p, m, log); }, program);
  const std::string systemc =
      code_of([](const auto& p, const auto& m, RunLog& log) { run_systemc(p, m, log); }, program);
  EXPECT_EQ(fast, systemc);
  return fast;
}

TEST(Hazards, planted_races_are_refused_bad) {
  const isa::Program ordered = ordered_program();
  EXPECT_EQ(code_of_both(ordered), "");
  // The gemm waits for nothing: it meets the load of its weights.
  isa::Program early_weights = ordered;
  early_weights.nodes[2].instruction.wait_count = 0;
  EXPECT_EQ(code_of_both(early_weights), "PRG050");
  // It waits for its weights only: it meets the load of its activations.
  isa::Program early_acts = ordered;
  early_acts.nodes[2].instruction.wait_count = 1;
  EXPECT_EQ(code_of_both(early_acts), "PRG050");
  // The store waits for the activations instead of the gemm: both start in the same cycle.
  isa::Program early_store = ordered;
  isa::Instruction& store = early_store.nodes[3].instruction;
  store.wait_count = 0;
  engine_test::wait(store, 3);
  engine_test::post(early_store.nodes[1].instruction, 3);
  EXPECT_EQ(code_of_both(early_store), "PRG050");
}

TEST(Hazards, message_names_both_and_the_bytes_bad) {
  isa::Instruction load = transfer(Opcode::load, Scratchpad::activation, 64, 1, 16, 0);
  load.spad.base = 8;
  EXPECT_EQ(conflict(engine_test::gemm(), load),
            "in cycle 7 load number 1 writes bytes [8, 24) of activation while gemm number 0 reads [0, 16)");
}

TEST(Hazards, scratchpad_ranges_are_exact) {
  isa::Instruction load = transfer(Opcode::load, Scratchpad::activation, 64, 1, 16, 0);
  load.spad.base = 16;  // activations of the gemm are [0, 16)
  EXPECT_EQ(conflict(engine_test::gemm(), load), "");
  load.spad.base = 15;
  EXPECT_NE(conflict(engine_test::gemm(), load), "");
  load.scratchpad = Scratchpad::weight;  // likewise [0, 16)
  EXPECT_NE(conflict(engine_test::gemm(), load), "");
  load.spad.base = 16;
  EXPECT_EQ(conflict(engine_test::gemm(), load), "");
  // Results are [0, 8); a gemm that leaves partial sums also has [8, 24).
  isa::Instruction store = transfer(Opcode::store, Scratchpad::output, 64, 1, 4, 0);
  store.spad.base = 7;
  EXPECT_NE(conflict(engine_test::gemm(), store), "");
  store.spad.base = 8;
  EXPECT_EQ(conflict(engine_test::gemm(), store), "");
  isa::Instruction partial = engine_test::gemm();
  partial.final = false;
  store.spad.base = 23;
  EXPECT_NE(conflict(partial, store), "");
  store.spad.base = 24;
  EXPECT_EQ(conflict(partial, store), "");
}

TEST(Hazards, dram_rows_that_interleave_do_not_conflict) {
  const auto store = [](uint64_t dram, uint32_t row_bytes) {
    return transfer(Opcode::store, Scratchpad::output, dram, 4, row_bytes, 16);
  };
  EXPECT_EQ(conflict(store(0, 8), store(8, 8)), "");
  EXPECT_NE(conflict(store(0, 9), store(8, 8)), "");
  // Two that read never conflict, in either memory.
  const isa::Instruction load = transfer(Opcode::load, Scratchpad::weight, 0, 4, 8, 16);
  isa::Instruction other = load;
  other.spad.base = 32;
  EXPECT_EQ(conflict(load, other), "");
  EXPECT_NE(conflict(load, store(0, 1)), "");
}

TEST(Hazards, order_makes_it_legal) {
  const machine::Machine machine = engine_test::example_machine();
  const isa::Program program = engine_test::empty_program();
  HazardObserver hazards(program, machine);
  const isa::Instruction load = transfer(Opcode::load, Scratchpad::weight, 0, 1, 16, 0);
  const isa::Instruction gemm = engine_test::gemm();
  hazards.on_start(issue(load, 0), 0);
  hazards.on_end(issue(load, 0), 9, 1);
  EXPECT_NO_THROW(hazards.on_start(issue(gemm, 1), 9));
}

}  // namespace
}  // namespace vernier::engine
