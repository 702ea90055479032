// SPDX-License-Identifier: Apache-2.0
// The checker finds nothing in what the channels do, and something in every fault put into them.
// VERNIER_DRAM_REQUESTS=10000000 bin/test_dram --gtest_filter='Checker.*RandomRequests*' is the long run.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "models/dram/constraint_checker.h"
#include "sim/config/part_file.h"
#include "tests/dram/random_part.h"
#include "tests/dram/traffic.h"

namespace vernier::dram {
namespace {

uint64_t requests() {
  const char* given = std::getenv("VERNIER_DRAM_REQUESTS");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20000;
}

/// A shipped part with what can be chosen chosen at random.
Part variant(const std::string& name, uint64_t seed) {
  Part part = config::load_part(name);
  if (seed == 0) return part;
  std::mt19937_64 random(seed);
  part.organisation.ranks = 1 << random() % 3;
  Controller& c = part.controller;
  c.row_policy = static_cast<RowPolicy>(random() % 3);
  c.refresh = part.timing.RFCpb > 0 && random() % 2 == 0 ? Refresh::per_bank : Refresh::all_bank;
  std::shuffle(c.mapping.begin(), c.mapping.end(), random);
  return part;
}

template <typename Channel>
void expect_clean(const Part& part, uint64_t count, uint64_t seed) {
  ConstraintChecker checker(part);
  Channel channel(part, &checker);
  drive(channel, part, count, seed);
  checker.finish(channel.clock());
  EXPECT_EQ(checker.violations(), 0U) << part.name << " seed " << seed << "\n" << checker.text();
  EXPECT_GT(checker.commands(), count / 2);
}

class CheckerOnParts : public ::testing::TestWithParam<std::string> {};

TEST_P(CheckerOnParts, RandomRequestsBreakNothing) {
  constexpr uint64_t kVariants = 5;
  for (uint64_t seed = 0; seed < kVariants; ++seed)
    expect_clean<EventChannel>(variant(GetParam(), seed), requests() / kVariants, seed + 100);
}

TEST_P(CheckerOnParts, ClockedChannelToo) {
  for (uint64_t seed = 0; seed < 3; ++seed)
    expect_clean<ClockedChannel>(variant(GetParam(), seed), 1500, seed);
}

std::vector<std::string> names() {
  std::vector<std::string> list;
  for (const config::ShippedPart& part : config::shipped_parts()) list.push_back(part.name);
  return list;
}

INSTANTIATE_TEST_SUITE_P(Checker, CheckerOnParts, ::testing::ValuesIn(names()), [](const auto& instance) {
  std::string name = instance.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

/// Any part that a part file could hold, with queues of any depth.
TEST(Checker, RandomPartsAreObeyed) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random(seed);
    Part part = random_part(random);
    make_steady(random, part);
    expect_clean<EventChannel>(part, 1500, seed);
    expect_clean<ClockedChannel>(part, 300, seed);
  }
}

/// A part on which every constraint is the one that decides, now and then.
Part tight(Refresh refresh) {
  Part part = config::load_part("DDR4-2400");
  part.organisation.ranks = 2;
  part.timing.RC = part.timing.RAS + part.timing.RP + 3;
  part.timing.CCD_S = 5;
  part.timing.RRD_S = 5;
  part.timing.RTRS = 3;
  part.timing.RTP = 30;
  part.timing.REFI = 1500;
  part.timing.RFC = 200;
  part.timing.RFCpb = 80;
  part.timing.PBR2ACT = 20;
  part.command_clocks = {2, 2, 2, 2};
  part.controller.refresh = refresh;
  part.controller.mapping = {Field::row, Field::bank, Field::column, Field::rank, Field::bank_group};
  return part;
}

struct Fault {
  const char* name;
  int Timing::*field;
  int dropped;       // the value without the constraint
  const char* rule;  // what the checker must say of it, among others
  Refresh refresh = Refresh::all_bank;
};

const std::vector<Fault>& faults() {
  using T = Timing;
  static const std::vector<Fault> list = {
      {"RCD", &T::RCD, 0, "tRCD"},
      {"RP", &T::RP, 0, "tRP"},
      {"RAS", &T::RAS, 0, "tRAS"},
      {"RC", &T::RC, 0, "tRC:"},
      {"RRD_S", &T::RRD_S, 0, "tRRD_S"},
      {"RRD_L", &T::RRD_L, 0, "tRRD_L"},
      {"FAW", &T::FAW, 0, "tFAW"},
      {"CCD_S", &T::CCD_S, 0, "tCCD_S"},
      {"CCD_L", &T::CCD_L, 0, "tCCD_L"},
      {"WTR_S", &T::WTR_S, -20, "tWTR_S"},
      {"WTR_L", &T::WTR_L, -20, "tWTR_L"},
      {"WR", &T::WR, -20, "tWR:"},
      {"RTP", &T::RTP, 0, "tRTP"},
      {"RTRS", &T::RTRS, 0, "another rank"},
      {"CL", &T::CL, 0, "read to write"},
      {"CWL", &T::CWL, 0, "tWTR_L"},
      {"BL", &T::BL, 0, "read to write"},
      {"RFC", &T::RFC, 0, "tRFC:"},
      {"RFCpb", &T::RFCpb, 0, "tRFCpb", Refresh::per_bank},
      {"PBR2ACT", &T::PBR2ACT, 0, "tPBR2ACT", Refresh::per_bank},
  };
  return list;
}

/// What the checker of the true part says of a channel that believes in another.
template <typename Channel>
std::string verdict(const Part& truth, const Part& believed, const std::string& rule) {
  ConstraintChecker checker(truth);
  Channel channel(believed, &checker);
  drive(channel, believed, 4000, 7);
  checker.finish(channel.clock());
  if (checker.violations() == 0) return "nothing";
  return checker.text().find(rule) != std::string::npos ? "found" : checker.text();
}

template <typename Channel>
void expect_faults_found() {
  for (const Fault& fault : faults()) {
    const Part truth = tight(fault.refresh);
    ASSERT_EQ(verdict<Channel>(truth, truth, "x"), "nothing") << "of the healthy channel";
    for (const int value : {truth.timing.*fault.field - 1, fault.dropped}) {
      Part believed = truth;
      believed.timing.*fault.field = value;
      EXPECT_EQ(verdict<Channel>(truth, believed, fault.rule), "found") << fault.name << " = " << value;
    }
  }
}

TEST(Checker, FindsEveryConstraintOneLessOrDropped_bad) { expect_faults_found<EventChannel>(); }
TEST(Checker, FindsThemInTheClockedChannel_bad) { expect_faults_found<ClockedChannel>(); }

TEST(Checker, FindsCommandsThatOverlap_bad) {
  const Part truth = tight(Refresh::all_bank);
  for (int CommandClocks::*field :
       {&CommandClocks::activate, &CommandClocks::precharge, &CommandClocks::column}) {
    Part believed = truth;
    believed.command_clocks.*field = 1;
    EXPECT_EQ(verdict<EventChannel>(truth, believed, "command bus"), "found");
  }
}

TEST(Checker, FindsRefreshesThatDoNotCome_bad) {
  for (const Refresh refresh : {Refresh::all_bank, Refresh::per_bank}) {
    const Part truth = tight(refresh);
    Part believed = truth;
    believed.controller.refresh = Refresh::off;
    EXPECT_EQ(verdict<EventChannel>(truth, believed, "tREFI"), "found");
    believed = truth;
    believed.timing.REFI = truth.timing.REFI * 3 / 2;
    EXPECT_EQ(verdict<EventChannel>(truth, believed, "tREFI"), "found");
  }
}

/// What is said of the last of some commands by hand, far enough from each other for every timing.
std::string last_of(const std::vector<Command>& commands) {
  Part part = config::load_part("DDR4-2400");
  part.controller.refresh = Refresh::off;
  ConstraintChecker checker(part);
  uint64_t clock = 0;
  for (Command command : commands) {
    if (checker.violations() > 0) return "too early: " + checker.text();
    command.clock += clock += 1000;
    checker.on_command(command);
  }
  return checker.violations() == 0 ? "" : checker.first().back().rule;
}

TEST(Checker, KnowsWhatIsOpen_bad) {
  using K = CommandKind;
  const Command act{0, K::activate, 0, 1, 2, 7, 0};
  const auto with = [&act](K kind, int64_t row = 0) {
    Command command = act;
    command.kind = kind;
    command.row = row;
    return command;
  };
  EXPECT_EQ(last_of({act, with(K::read, 7), with(K::write, 7), with(K::precharge), with(K::refresh)}), "");
  EXPECT_EQ(last_of({act, with(K::precharge_all), with(K::refresh_bank), act}), "");
  EXPECT_EQ(last_of({act, act}), "state: activate of a bank with row 7 open");
  EXPECT_EQ(last_of({with(K::read)}), "state: access to a closed bank");
  EXPECT_EQ(last_of({act, with(K::write, 8)}), "state: access to row 8 of a bank with row 7 open");
  EXPECT_EQ(last_of({act, with(K::precharge), with(K::read, 7)}), "state: access to a closed bank");
  EXPECT_EQ(last_of({act, with(K::precharge_all), with(K::read, 7)}), "state: access to a closed bank");
  EXPECT_EQ(last_of({act, with(K::refresh)}), "state: refresh of a rank with open banks");
  EXPECT_EQ(last_of({act, with(K::refresh_bank)}), "state: refresh of a bank with row 7 open");
  Command other = with(K::refresh_bank);
  other.bank = 3;
  EXPECT_EQ(last_of({act, other}), "");
}

TEST(Checker, KnowsTheDataBus_bad) {
  Part part = config::load_part("DDR4-2400");
  part.organisation.ranks = 2;
  part.controller.refresh = Refresh::off;
  const auto verdict_of = [&part](uint64_t distance, CommandKind second) {
    ConstraintChecker checker(part);
    for (int rank = 0; rank < 2; ++rank)
      checker.on_command({static_cast<uint64_t>(rank) * 10, CommandKind::activate, rank, 0, 0, 0, 0});
    checker.on_command({100, CommandKind::read, 0, 0, 0, 0, 0});
    checker.on_command({100 + distance, second, 1, 0, 0, 0, 0});
    return checker.violations();
  };
  // BL 4 and one clock between ranks; a write's data come five clocks (CL - CWL) earlier than a read's.
  EXPECT_EQ(verdict_of(5, CommandKind::read), 0U);
  EXPECT_EQ(verdict_of(4, CommandKind::read), 1U);
  EXPECT_EQ(verdict_of(10, CommandKind::write), 0U);
  EXPECT_EQ(verdict_of(9, CommandKind::write), 1U);
}

}  // namespace
}  // namespace vernier::dram
