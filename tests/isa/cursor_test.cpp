// SPDX-License-Identifier: Apache-2.0
// The cursor against a recursive unroller that walks the loops as a tree and adds stride by stride.
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/isa/random_program.h"

namespace vernier::isa {
namespace {

struct Seen {
  const Instruction* instruction;
  std::vector<uint64_t> addresses;
};

class Unroller {
 public:
  explicit Unroller(const Program& program) : program_(program) {}

  std::vector<Seen> run() {
    walk(0, program_.nodes.size());
    return seen_;
  }

 private:
  void walk(size_t from, size_t to) {
    for (size_t i = from; i < to;) {
      const Node& node = program_.nodes[i];
      if (node.kind == Node::Kind::instruction) {
        visit(node.instruction);
        ++i;
        continue;
      }
      size_t end = i + 1;
      for (int open = 1; open > 0; ++end) {
        if (program_.nodes[end].kind == Node::Kind::loop_begin) ++open;
        if (program_.nodes[end].kind == Node::Kind::loop_end) --open;
      }
      for (uint64_t trip = 0; trip < node.trip_count; ++trip) {
        indices_.push_back(trip);
        walk(i + 1, end - 1);
        indices_.pop_back();
      }
      i = end;
    }
  }

  [[nodiscard]] uint64_t at(const Address& a) const {
    auto sum = static_cast<int64_t>(a.offset);
    for (size_t level = 0; level < indices_.size(); ++level) {
      for (uint64_t trip = 0; trip < indices_[level]; ++trip) sum += a.stride[level];
    }
    const auto wrap = static_cast<int64_t>(a.wrap);
    while (wrap != 0 && sum < 0) sum += wrap;
    while (wrap != 0 && sum >= wrap) sum -= wrap;
    return static_cast<uint64_t>(sum) + a.base;
  }

  void visit(const Instruction& in) {
    Seen seen{&in, {0, 0, 0, 0, 0, 0, 0, 0}};
    if (in.opcode == Opcode::load || in.opcode == Opcode::store) {
      seen.addresses = {at(in.spad), at(in.dram), 0, 0, 0, 0, 0, 0};
    } else if (in.opcode == Opcode::gemm) {
      seen.addresses = {0, 0, at(in.weight), at(in.activation), at(in.out), 0, 0, 0};
    } else if (in.opcode == Opcode::vector) {
      seen.addresses = {0, 0, 0, 0, 0, at(in.src0), at(in.src1), at(in.dst)};
    }
    seen_.push_back(seen);
  }

  const Program& program_;
  std::vector<uint64_t> indices_;
  std::vector<Seen> seen_;
};

TEST(Cursor, VisitsWhatTheRecursiveUnrollerVisits) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Program program = testing::RandomProgram(seed).make();
    validate(program);
    const std::vector<Seen> expected = Unroller(program).run();
    ASSERT_EQ(dynamic_count(program), expected.size());
    Cursor cursor(program);
    IssuedInstruction i;
    for (size_t at = 0; at < expected.size(); ++at) {
      ASSERT_TRUE(cursor.next(i));
      ASSERT_EQ(i.sequence, at);
      ASSERT_EQ(i.instruction, expected[at].instruction);
      const std::vector<uint64_t> got = {i.spad, i.dram, i.weight, i.activation,
                                         i.out,  i.src0, i.src1,   i.dst};
      ASSERT_EQ(got, expected[at].addresses);
    }
    ASSERT_FALSE(cursor.next(i));
    ASSERT_FALSE(cursor.next(i));
  }
}

/// for i in 0..1: load 32 bytes from 32*i, in an image of 64 bytes.
Program minimal() {
  Program program;
  program.formats = {"fp16"};
  program.ops = {{"a", "a"}};
  program.dram_bytes = 64;
  program.nodes.resize(3);
  program.nodes[0].kind = Node::Kind::loop_begin;
  program.nodes[0].trip_count = 2;
  program.nodes[2].kind = Node::Kind::loop_end;
  Instruction& in = program.nodes[1].instruction;
  in.opcode = Opcode::load;
  in.queue = Queue::load;
  in.rows = 1;
  in.row_bytes = 32;
  in.dram.stride[0] = 32;
  return program;
}

TEST(Cursor, WrapsNegativeSumsUpwards) {
  Program program = minimal();
  program.nodes[0].trip_count = 4;
  Instruction& in = program.nodes[1].instruction;
  in.dram.stride[0] = 0;
  in.spad.base = 100;
  in.spad.wrap = 10;
  in.spad.stride[0] = -4;
  validate(program);
  Cursor cursor(program);
  IssuedInstruction issued;
  for (const uint64_t expected : {100U, 106U, 102U, 108U}) {
    ASSERT_TRUE(cursor.next(issued));
    EXPECT_EQ(issued.spad, expected);
  }
}

void expect_bad(const Program& program, const std::string& code, const std::string& words) {
  try {
    validate(program);
    ADD_FAILURE() << "accepted; expected " << code;
  } catch (const InputError& error) {
    EXPECT_EQ(error.diagnostics().front().code, code) << error.what();
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  }
}

TEST(Validate, NamesWrongStructure_bad) {
  validate(minimal());
  Program p = minimal();
  p.nodes[0].trip_count = 0;
  expect_bad(p, "PRG002", "trip count 0");
  p = minimal();
  p.nodes.pop_back();
  expect_bad(p, "PRG002", "without loop_end");
  p = minimal();
  p.nodes[1].instruction.dram.stride[0] = 0;
  p.nodes.erase(p.nodes.begin());
  expect_bad(p, "PRG002", "loop_end without loop_begin");
  p = minimal();
  p.nodes.erase(p.nodes.begin() + 1);
  expect_bad(p, "PRG002", "loop without instructions");
  p = minimal();
  for (int i = 0; i < 8; ++i) {
    p.nodes.insert(p.nodes.begin(), p.nodes[0]);
    p.nodes.push_back(p.nodes.back());
  }
  expect_bad(p, "PRG002", "deeper than 8");
  p = minimal();
  p.nodes[1].instruction.dram.stride[0] = 0;
  p.nodes[0].trip_count = uint64_t{1} << 63;
  expect_bad(p, "PRG003", "2^63");
}

TEST(Validate, NamesWrongFields_bad) {
  Program p = minimal();
  p.nodes[0].trip_count = 3;
  expect_bad(p, "PRG007", "outside the DRAM image of 64 bytes");
  p = minimal();
  p.nodes[1].instruction.op = 1;
  expect_bad(p, "PRG004", "operator 1 of 1");
  p = minimal();
  p.nodes[1].instruction.queue = Queue::store;
  expect_bad(p, "PRG005", "load in the store queue");
  p = minimal();
  p.nodes[1].instruction.row_bytes = 0;
  expect_bad(p, "PRG006", "at least 1");
  p = minimal();
  p.nodes[1].instruction.spad.stride[1] = 4;
  expect_bad(p, "PRG008", "stride at loop level 1");
  p = minimal();
  p.nodes[1].instruction.opcode = Opcode::gemm;
  p.nodes[1].instruction.queue = Queue::compute;
  p.nodes[1].instruction.m = p.nodes[1].instruction.n = p.nodes[1].instruction.k = 1;
  p.nodes[1].instruction.format = 1;
  expect_bad(p, "PRG004", "format 1 of 1");
}

TEST(Validate, NamesWrongSemaphores_bad) {
  Program p = minimal();
  p.nodes[1].instruction.wait_count = 1;
  p.nodes[1].instruction.waits[0] = {64, 1};
  expect_bad(p, "PRG009", "0..63");
  p.nodes[1].instruction.waits[0] = {63, 0};
  expect_bad(p, "PRG009", "count 0");
  p.nodes[1].instruction.waits[0] = {7, 1};
  p.nodes[1].instruction.waits[1] = {7, 1};
  p.nodes[1].instruction.wait_count = 2;
  expect_bad(p, "PRG009", "semaphore 7 twice");
  p.nodes[1].instruction.wait_count = 5;
  expect_bad(p, "PRG009", "at most 4");
  p.nodes[1].instruction.wait_count = 1;
  validate(p);
  Node other;
  other.instruction.queue = Queue::vector;
  other.instruction.wait_count = 1;
  other.instruction.waits[0] = {7, 1};
  p.nodes.push_back(other);
  expect_bad(p, "PRG010", "vector queue waits on semaphore 7");
}

}  // namespace
}  // namespace vernier::isa
