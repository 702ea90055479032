// SPDX-License-Identifier: Apache-2.0
// The checker of schedules: traffic counted by hand, and every rule broken once.
#include "sim/schedule/check/check.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "workloads/graph/check.h"

namespace vernier::schedule {
namespace {

constexpr uint64_t kCapacity = 70;
enum : int { in, w, x, y, z };

// a: in(10), w(8) -> x(20); b: x -> y(30, output); c: w, x, y -> z(5, output).
graph::Graph three_operators() {
  graph::Graph graph;
  graph.name = "three";
  const auto tensor = [&graph](const char* name, graph::TensorKind kind, uint64_t bytes, bool output) {
    graph::Tensor t;
    t.name = name;
    t.kind = kind;
    t.bytes = bytes;
    t.output = output;
    graph.tensors.push_back(t);
  };
  tensor("in", graph::TensorKind::input, 10, false);
  tensor("w", graph::TensorKind::weight, 8, false);
  tensor("x", graph::TensorKind::activation, 20, false);
  tensor("y", graph::TensorKind::activation, 30, true);
  tensor("z", graph::TensorKind::activation, 5, true);
  const auto add = [&graph](const char* name, std::vector<int> inputs, std::vector<int> outputs) {
    graph::Operator op;
    op.name = name;
    op.inputs = std::move(inputs);
    op.outputs = std::move(outputs);
    graph.operators.push_back(op);
  };
  add("a", {in, w}, {x});
  add("b", {x}, {y});
  add("c", {w, x, y}, {z});
  graph::normalise(graph, "three");
  return graph;
}

// Everything stays: nothing moves twice.
Schedule all_resident() {
  return {{0, 1, 2}, {{in, 0, 0, 60}, {w, 0, 2, 0}, {x, 0, 2, 8}, {y, 1, 2, 28}, {z, 2, 2, 58}}};
}

// x is written when it leaves and fetched twice again, w and y are clean and fetched again.
Schedule all_fetched_again() {
  return {{0, 1, 2},
          {{in, 0, 0, 0},
           {w, 0, 0, 10},
           {x, 0, 0, 18},
           {x, 1, 1, 0},
           {y, 1, 1, 20},
           {w, 2, 2, 0},
           {x, 2, 2, 8},
           {y, 2, 2, 28},
           {z, 2, 2, 58}}};
}

TEST(Check, TrafficCountedByHand) {
  const graph::Graph graph = three_operators();
  const Traffic stay = check_schedule(graph, all_resident(), kCapacity, true);
  EXPECT_EQ(stay.compulsory_read_bytes, 18U);   // in, w
  EXPECT_EQ(stay.compulsory_write_bytes, 35U);  // y, z
  EXPECT_EQ(stay.noncompulsory_bytes(), 0U);
  EXPECT_EQ(stay.peak_bytes, 63U);

  const Traffic again = check_schedule(graph, all_fetched_again(), kCapacity, true);
  EXPECT_EQ(again.compulsory_bytes(), 53U);
  EXPECT_EQ(again.noncompulsory_write_bytes, 20U);               // x, once
  EXPECT_EQ(again.noncompulsory_read_bytes, 20U + 20 + 8 + 30);  // x twice, w, y

  Schedule kept = all_fetched_again();
  kept.residencies[2].to = 1;  // x stays for b and is written after it
  kept.residencies.erase(kept.residencies.begin() + 3);
  kept.residencies[3].address = 38;
  const Traffic less = check_schedule(graph, kept, kCapacity, true);
  EXPECT_EQ(less.noncompulsory_write_bytes, 20U);
  EXPECT_EQ(less.noncompulsory_read_bytes, 20U + 8 + 30);
}

TEST(Check, OutputsAreCleanAndTheUnreadPlayNoPart) {
  graph::Graph graph = three_operators();
  graph::Tensor unread;
  unread.name = "unread";
  unread.kind = graph::TensorKind::weight;
  unread.bytes = 1000;
  graph.tensors.push_back(unread);
  Schedule schedule = all_resident();
  EXPECT_EQ(check_schedule(graph, schedule, kCapacity, true).compulsory_bytes(), 53U);
  schedule.residencies[3].to = 1;
  schedule.residencies.insert(schedule.residencies.begin() + 4, {y, 2, 2, 28});
  const Traffic traffic = check_schedule(graph, schedule, kCapacity, true);
  EXPECT_EQ(traffic.noncompulsory_write_bytes, 0U);
  EXPECT_EQ(traffic.noncompulsory_read_bytes, 30U);
}

TEST(Check, DeadTensorsLeaveForFree) {
  graph::Graph graph = three_operators();
  graph.operators[2].inputs = {w, y};  // x is dead after b
  graph::normalise(graph, "three");
  Schedule schedule = all_resident();
  schedule.residencies[2].to = 1;
  EXPECT_EQ(check_schedule(graph, schedule, kCapacity, true).noncompulsory_bytes(), 0U);
}

struct Broken {
  std::string says;  ///< how the message begins
  std::function<void(Schedule&)> change;
  uint64_t capacity = kCapacity;
};

TEST(Check, EachRule_bad) {
  const graph::Graph graph = three_operators();
  const auto& list = [](Schedule& s) -> std::vector<Residency>& { return s.residencies; };
  const std::vector<Broken> cases = {
      {"order: 2 steps for 3 operators", [](Schedule& s) { s.order.pop_back(); }},
      {"order: step 2: operator 'b' ran in step 1 already", [](Schedule& s) { s.order[2] = 1; }},
      {"order: step 1: there is no operator 3", [](Schedule& s) { s.order[1] = 3; }},
      {"order: step 1: there is no operator -1", [](Schedule& s) { s.order[1] = -1; }},
      {"order: step 0: operator 'b' reads tensor 2 'x' before operator 'a' has produced it",
       [](Schedule& s) {
         s.order = {1, 0, 2};
       }},
      {"residency: there is no tensor 5", [&](Schedule& s) { list(s)[4].tensor = 5; }},
      {"residency: there is no tensor -1", [&](Schedule& s) { list(s)[0].tensor = -1; }},
      {"residency: tensor 0 'in': steps -1..0 are not in 0..2", [&](Schedule& s) { list(s)[0].from = -1; }},
      {"residency: tensor 4 'z': steps 2..3 are not in 0..2", [&](Schedule& s) { list(s)[4].to = 3; }},
      {"residency: tensor 3 'y': steps 1..0 are not in 0..2", [&](Schedule& s) { list(s)[3].to = 0; }},
      {"residency: tensor 2 'x' from step 0 is listed after tensor 3 'y' from step 1",
       [&](Schedule& s) { std::swap(list(s)[2], list(s)[3]); }},
      {"residency: tensor 0 'in' from step 0 is listed after tensor 1 'w' from step 0",
       [&](Schedule& s) { std::swap(list(s)[0], list(s)[1]); }},
      {"residency: step 2, operator 'c': tensor 1 'w' is read, but not resident",
       [&](Schedule& s) { list(s)[1].to = 1; }},
      {"residency: step 0, operator 'a': tensor 0 'in' is read, but not resident",
       [&](Schedule& s) { list(s).erase(list(s).begin()); }},
      {"residency: step 2, operator 'c': tensor 4 'z' is produced, but not resident",
       [&](Schedule& s) { list(s).pop_back(); }},
      {"residency: step 2, operator 'c': tensor 2 'x' comes in, but is resident since step 0",
       [&](Schedule& s) {
         list(s).insert(list(s).begin() + 4, {x, 2, 2, 8});
       }},
      {"entry: step 1, operator 'b': tensor 1 'w' comes in, but the operator neither reads nor produces it",
       [&](Schedule& s) {
         list(s)[1].to = 0;
         list(s).insert(list(s).begin() + 3, {w, 1, 2, 0});
       }},
      {"entry: step 0, operator 'a': tensor 3 'y' comes in, but",
       [&](Schedule& s) {
         list(s)[3] = {y, 0, 2, 28};
       }},
      {"entry: step 1, operator 'b': tensor 4 'z' comes in, but", [&](Schedule& s) { list(s)[4].from = 1; }},
      {"capacity: step 2, operator 'c': tensor 4 'z' at address 58 with 5 bytes ends beyond 62",
       [&](Schedule& s) { list(s)[0].address = 28; }, 62},
      {"capacity: step 0, operator 'a': tensor 0 'in' at address 18446744073709551615 with 10 bytes",
       [&](Schedule& s) { list(s)[0].address = ~uint64_t{0}; }},
      {"capacity: step 1, operator 'b': tensor 3 'y' at address 28 with 30 bytes ends beyond 57",
       [&](Schedule& s) { list(s)[0].address = 28; }, 57},
      {"overlap: step 2, operator 'c': tensor 4 'z' at 57..61 overlaps tensor 3 'y' at 28..57",
       [&](Schedule& s) { list(s)[4].address = 57; }},
      {"overlap: step 0, operator 'a': tensor 2 'x' at 7..26 overlaps tensor 1 'w' at 0..7",
       [&](Schedule& s) { list(s)[2].address = 7; }},
      {"overlap: step 1, operator 'b': tensor 3 'y' at 0..29 overlaps tensor 1 'w' at 0..7",
       [&](Schedule& s) { list(s)[3].address = 0; }},
      {"overlap: step 0, operator 'a': tensor 2 'x' at 41..60 overlaps tensor 0 'in' at 60..69",
       [&](Schedule& s) { list(s)[2].address = 41; }},
  };
  for (const Broken& broken : cases) {
    Schedule schedule = all_resident();
    broken.change(schedule);
    std::string said = "nothing";
    try {
      (void)check_schedule(graph, schedule, broken.capacity, true);
    } catch (const CheckFailed& error) {
      said = error.what();
    }
    EXPECT_EQ(said.substr(0, 10 + broken.says.size()), "schedule: " + broken.says);
  }
}

TEST(Check, CapacityOnly) {
  const graph::Graph graph = three_operators();
  Schedule schedule = all_resident();
  EXPECT_THROW((void)check_schedule(graph, schedule, kCapacity, false), CheckFailed);  // addresses are not 0
  for (Residency& residency : schedule.residencies) residency.address = 0;
  EXPECT_EQ(check_schedule(graph, schedule, 63, false).peak_bytes, 63U);
  EXPECT_THROW((void)check_schedule(graph, schedule, 62, false), CheckFailed);
  EXPECT_THROW((void)check_schedule(graph, schedule, 63, true), CheckFailed);  // all overlap
}

TEST(Check, Claims_bad) {
  const graph::Graph graph = three_operators();
  Outcome outcome;
  outcome.status = Status::optimal;
  outcome.schedule = all_fetched_again();
  outcome.noncompulsory_bytes = outcome.lower_bound_bytes = 98;
  const auto refused = [&](const Outcome& claim, uint64_t capacity = kCapacity) {
    try {
      (void)check_outcome(graph, claim, capacity, true);
    } catch (const CheckFailed&) {
      return true;
    }
    return false;
  };
  EXPECT_FALSE(refused(outcome));
  Outcome wrong = outcome;
  wrong.noncompulsory_bytes = wrong.lower_bound_bytes = 97;
  EXPECT_TRUE(refused(wrong));
  wrong = outcome;
  wrong.lower_bound_bytes = 97;
  EXPECT_TRUE(refused(wrong));
  wrong.status = Status::feasible;
  EXPECT_FALSE(refused(wrong));
  wrong.lower_bound_bytes = 99;
  EXPECT_TRUE(refused(wrong));
  wrong = outcome;
  wrong.schedule.reset();
  EXPECT_TRUE(refused(wrong));
  wrong.status = Status::unknown;
  EXPECT_FALSE(refused(wrong));
  wrong.status = Status::infeasible;
  EXPECT_TRUE(refused(wrong));  // c needs 63 bytes
  EXPECT_TRUE(refused(wrong, 63));
  EXPECT_FALSE(refused(wrong, 62));
  wrong = outcome;
  wrong.status = Status::unknown;
  EXPECT_TRUE(refused(wrong));
}

}  // namespace
}  // namespace vernier::schedule
