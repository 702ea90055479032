// SPDX-License-Identifier: Apache-2.0
// A program that waits for what nobody posts is the user's error, worded alike by every engine.
#include "sim/engine/deadlock.h"

#include <gtest/gtest.h>

#include "sim/engine/fast/fast_engine.h"
#include "sim/engine/systemc/systemc_engine.h"
#include "tests/engine/example_programs.h"

namespace vernier::engine {
namespace {

using engine_test::transfer;
using isa::Opcode;
using isa::Scratchpad;

/// Code and message, without the cycle: engines notice after different times.
template <typename Run>
std::string outcome(Run run, const isa::Program& program) {
  const machine::Machine machine = engine_test::example_machine();
  isa::validate(program);
  RunLog log;
  try {
    run(program, machine, log);
  } catch (const InputError& error) {
    const Diagnostic& diagnostic = error.diagnostics().at(0);
    EXPECT_FALSE(diagnostic.help.empty());
    const size_t cycle = diagnostic.message.find(" in cycle ");
    return diagnostic.code + " " + diagnostic.message.substr(0, cycle) +
           diagnostic.message.substr(diagnostic.message.find(':'));
  }
  return "ran";
}

std::string run_both(const isa::Program& program) {
  const std::string fast =
      outcome([](const auto& p, const auto& m, RunLog& log) { run_fast(p, m, log); }, program);
  const std::string systemc =
      outcome([](const auto& p, const auto& m, RunLog& log) { run_systemc(p, m, log); }, program);
  EXPECT_EQ(fast, systemc);
  return fast;
}

TEST(Deadlock, names_what_every_queue_waits_for_bad) {
  isa::Program program = engine_test::empty_program();
  program.semaphore_initial[4] = 1;
  isa::Instruction load = transfer(Opcode::load, Scratchpad::weight, 0, 1, 16, 0);
  isa::Instruction gemm = engine_test::gemm();
  engine_test::wait(gemm, 3);
  isa::Instruction store = transfer(Opcode::store, Scratchpad::output, 64, 2, 4, 4);
  store.op = 1;
  engine_test::wait(store, 4, 2);
  for (const isa::Instruction& instruction : {load, gemm, store}) engine_test::append(program, instruction);
  EXPECT_EQ(
      run_both(program),
      "PRG051 program 'test' deadlocks: compute queue: gemm of 'first' waits for semaphore 3 >= 1 (it is 0);"
      " store queue: store of 'second' waits for semaphore 4 >= 2 (it is 1);");
}

// The load that would post is behind nine gemms in program order, and eight fill the queue.
TEST(Deadlock, full_queue_stops_the_sequencer_bad) {
  isa::Program program = engine_test::empty_program();
  isa::Instruction gemm = engine_test::gemm();
  engine_test::wait(gemm, 0);
  isa::Instruction load = transfer(Opcode::load, Scratchpad::weight, 0, 1, 16, 0);
  engine_test::post(load, 0, 9);
  for (int i = 0; i < 9; ++i) engine_test::append(program, gemm);
  engine_test::append(program, load);
  EXPECT_EQ(run_both(program),
            "PRG051 program 'test' deadlocks: compute queue: gemm of 'first' waits for semaphore 0 >= 1 (it "
            "is 0);");
  // With eight the load gets through.
  program.nodes.erase(program.nodes.begin());
  EXPECT_EQ(run_both(program), "ran");
}

}  // namespace
}  // namespace vernier::engine
