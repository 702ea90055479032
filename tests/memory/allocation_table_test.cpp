// SPDX-License-Identifier: Apache-2.0
// The allocation table on programs small enough to count by hand.
#include "models/memory/allocation_table.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace vernier {
namespace {

using isa::Instruction;
using isa::Opcode;
using isa::Queue;

/// x (4 bytes at 0) is loaded, f makes y (4 at 4) of it, g makes z (8 at 8) of y, z is stored.
class AllocationTable : public testing::Test {
 protected:
  AllocationTable() {
    program_.pool_bytes = 16;
    program_.pool = {{"x", 0, 4}, {"y", 4, 4}, {"z", 8, 8}};
    program_.ops = {{"f", "test", {0}, {1}}, {"g", "test", {1}, {2}}};
    add(Opcode::load, Queue::load, 0, 0, 4);
    add(Opcode::sync, Queue::vector, 0);
    add(Opcode::sync, Queue::vector, 1);
    add(Opcode::store, Queue::store, 1, 8, 8);
  }
  void add(Opcode opcode, Queue queue, uint32_t op, uint64_t spad = 0, uint32_t bytes = 0) {
    Instruction in;
    in.opcode = opcode;
    in.queue = queue;
    in.op = op;
    in.spad.base = spad;
    in.rows = 1;
    in.row_bytes = bytes;
    program_.nodes.push_back({isa::Node::Kind::instruction, 0, in});
  }
  [[nodiscard]] std::vector<isa::IssuedInstruction> issued() const {
    std::vector<isa::IssuedInstruction> all;
    isa::Cursor cursor(program_);
    for (isa::IssuedInstruction next; cursor.next(next);) all.push_back(next);
    return all;
  }
  void expect_refused(memory::AllocationTable& table, const isa::IssuedInstruction& issued,
                      const std::string& what) {
    try {
      table.start(issued, 7);
      FAIL() << "nothing is wrong with it";
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
    }
  }

  isa::Program program_;
};

TEST_F(AllocationTable, takes_and_frees) {
  memory::AllocationTable table(program_);
  const auto run = issued();
  const std::vector<std::pair<uint64_t, uint64_t>> occupied = {{4, 4}, {8, 4}, {12, 8}, {8, 0}};
  for (size_t i = 0; i < run.size(); ++i) {
    table.start(run[i], i);
    EXPECT_EQ(table.occupied_bytes(), occupied[i].first) << i;
    table.end(run[i]);
    EXPECT_EQ(table.occupied_bytes(), occupied[i].second) << i;
  }
  EXPECT_EQ(table.peak_bytes(), 12U);
  EXPECT_EQ(table.live_regions(), 0U);
}

TEST_F(AllocationTable, refuses_what_is_not_there) {
  memory::AllocationTable table(program_);
  const auto run = issued();
  expect_refused(table, run[1],
                 "error[PRG056]: in cycle 7 sync number 1 reads tensor 'x', which is not yet there");
  table.start(run[0], 0);
  expect_refused(table, run[1], "'x', which is not yet there");  // on its way
  table.end(run[0]);
  table.start(run[1], 1);
}

TEST_F(AllocationTable, refuses_two_at_one_place) {
  program_.pool[1].address = 3;  // the last byte of x
  memory::AllocationTable table(program_);
  const auto run = issued();
  table.start(run[0], 0);
  table.end(run[0]);
  expect_refused(table, run[1], "needs bytes [3, 7) for 'y', of which 'x' has [0, 4)");
}

TEST_F(AllocationTable, refuses_a_transfer_of_no_region) {
  program_.nodes[0].instruction.row_bytes = 3;
  try {
    const memory::AllocationTable table(program_);
    FAIL() << "3 bytes are no region";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "error[PRG012]: load number 0: operator 'f' has no region of 3 bytes at 0");
  }
}

}  // namespace
}  // namespace vernier
