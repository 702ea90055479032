// SPDX-License-Identifier: Apache-2.0
// The keys of a file of a DRAM part. Times are counts of clocks of its `clock`, which the standards call nCK.
#include "sim/config/key_records.h"

namespace vernier::config {
namespace {

constexpr int64_t kMebi = int64_t{1} << 20;

struct TimingKey {
  const char* name;
  int dram::Timing::*field;
  int64_t lower, upper;
  bool optional;  ///< 0 if missing
  const char* sentence;
};

constexpr int64_t kClocks = 10000;

const std::vector<TimingKey>& timing_keys() {
  using T = dram::Timing;
  static const std::vector<TimingKey> list = {
      {"CL", &T::CL, 1, kClocks, false, "Read command to its first data."},
      {"CWL", &T::CWL, 0, kClocks, false, "Write command to its first data."},
      {"BL", &T::BL, 1, kClocks, false, "Clocks of a burst on the data bus."},
      {"RCD", &T::RCD, 1, kClocks, false, "Activate to read or write of the bank."},
      {"RP", &T::RP, 1, kClocks, false, "Precharge to activate or refresh of the bank."},
      {"RAS", &T::RAS, 1, kClocks, false, "Activate to precharge of the bank."},
      {"RC", &T::RC, 1, kClocks, false, "Activate to activate or refresh of the bank."},
      {"RRD_S", &T::RRD_S, 1, kClocks, false, "Activate to activate in another bank group of the rank."},
      {"RRD_L", &T::RRD_L, 1, kClocks, false, "Activate to activate in the same bank group."},
      {"FAW", &T::FAW, 1, kClocks, false, "First to fifth activate of a rank."},
      {"CCD_S", &T::CCD_S, 1, kClocks, false, "Read to read, write to write in another bank group."},
      {"CCD_L", &T::CCD_L, 1, kClocks, false, "Read to read, write to write in the same bank group."},
      {"WTR_S", &T::WTR_S, 0, kClocks, false, "End of written data to read in another bank group."},
      {"WTR_L", &T::WTR_L, 0, kClocks, false, "End of written data to read in the same bank group."},
      {"WR", &T::WR, 0, kClocks, false, "End of written data to precharge of the bank."},
      {"RTP", &T::RTP, 0, kClocks, false, "Read to precharge of the bank."},
      {"RTRS", &T::RTRS, 0, kClocks, true, "Clocks of the data bus between bursts of different ranks."},
      {"RFC", &T::RFC, 1, 100 * kClocks, false, "Refresh to activate or refresh of the rank."},
      {"REFI", &T::REFI, 1, 1000 * kClocks, false, "Refreshes of a rank follow each other at this interval."},
      {"RFCpb", &T::RFCpb, 0, 100 * kClocks, true,
       "Refresh of one bank to activate of it or to refresh of another; 0 = the part has none."},
      {"PBR2ACT", &T::PBR2ACT, 0, kClocks, true, "Refresh of one bank to activate of another of the rank."},
  };
  return list;
}

template <typename Member>
Key organisation(const char* key, std::optional<Value> fallback, int64_t upper, const char* sentence,
                 Member member) {
  return integer(
      std::string("organisation.") + key, std::move(fallback), 1, upper,
      sentence, [member](auto& c) -> auto& { return c.machine.dram.memory.part.organisation.*member; });
}

void add_organisation(std::vector<Key>& table) {
  using O = dram::Organisation;
  table.push_back(organisation("ranks", whole(1), 8, "Ranks of a channel.", &O::ranks));
  table.push_back(organisation("bank_groups", whole(1), 16, "Bank groups of a rank.", &O::bank_groups));
  table.push_back(organisation("banks_per_group", kRequired, 32, "Banks of a group.", &O::banks_per_group));
  table.push_back(organisation("rows", kRequired, int64_t{1} << 24, "Rows of a bank.", &O::rows));
  table.push_back(quantity(
      "organisation.row", Unit::byte, kRequired, 1, kMebi,
      "Bytes of a row of all devices of a rank together.",
      [](auto& c) -> auto& { return c.machine.dram.memory.part.organisation.row_bytes; }));
  table.push_back(quantity(
      "organisation.burst", Unit::byte, kRequired, 1, 4096, "Bytes one read or write command moves.",
      [](auto& c) -> auto& { return c.machine.dram.memory.part.organisation.burst_bytes; }));
}

void add_timing(std::vector<Key>& table) {
  for (const TimingKey& key : timing_keys()) {
    const auto field = key.field;
    table.push_back(integer(
        std::string("timing.") + key.name,
        key.optional ? std::optional<Value>(whole(0)) : std::optional<Value>(), key.lower, key.upper,
        key.sentence, [field](auto& c) -> auto& { return c.machine.dram.memory.part.timing.*field; }));
  }
}

void add_command_clocks(std::vector<Key>& table) {
  using C = dram::CommandClocks;
  const auto add = [&table](const char* key, int C::*field) {
    table.push_back(integer(
        std::string("command_clocks.") + key, whole(1), 1, 16,
        "Clocks the command takes on the command bus.", [field](auto& c) -> auto& {
          return c.machine.dram.memory.part.command_clocks.*field;
        }));
  };
  add("activate", &C::activate);
  add("precharge", &C::precharge);
  add("column", &C::column);
  add("refresh", &C::refresh);
}

template <typename Member>
Key controller(const char* key, int64_t fallback, int64_t lower, int64_t upper, const char* sentence,
               Member member) {
  return integer(
      std::string("controller.") + key, whole(fallback), lower, upper,
      sentence, [member](auto& c) -> auto& { return c.machine.dram.memory.part.controller.*member; });
}

void add_controller(std::vector<Key>& table) {
  using C = dram::Controller;
  table.push_back(controller("read_queue", 32, 1, 256, "Entries of the read queue.", &C::read_queue));
  table.push_back(controller("write_queue", 32, 1, 256, "Entries of the write queue.", &C::write_queue));
  table.push_back(controller("write_high", 25, 0, 255,
                             "More writes waiting than this: the controller turns to writing.",
                             &C::write_high));
  table.push_back(controller("write_low", 7, 0, 255,
                             "Fewer writes waiting than this, and reads too: it turns to reading.",
                             &C::write_low));
  table.push_back(name(
      "controller.row_policy", text("open"), EnumNames<dram::RowPolicy>::list(),
      "Whether rows that no request wants stay open, are closed, or closed after idle_clocks.",
      [](auto& c) -> auto& { return c.machine.dram.memory.part.controller.row_policy; }));
  table.push_back(controller("idle_clocks", 64, 0, kClocks,
                             "Clocks since the last access after which `adaptive` closes a row.",
                             &C::idle_clocks));
  table.push_back(controller("return_clocks", 1, 1, 1000,
                             "From the end of a read's data to its delivery by the controller.",
                             &C::return_clocks));
  table.push_back(name(
      "controller.refresh", text("all_bank"), EnumNames<dram::Refresh>::list(),
      "Refresh of all banks of a rank together, of one bank after the other, or none.",
      [](auto& c) -> auto& { return c.machine.dram.memory.part.controller.refresh; }));
  table.push_back(order(
      "controller.mapping", text("[row, bank, bank_group, rank, column]"),
      "Fields of a channel's address, most significant first.",
      [](auto& c) -> auto& { return c.machine.dram.memory.part.controller.mapping; }));
}

std::vector<Key> make_part_table() {
  std::vector<Key> table;
  table.push_back(name(
      "name", kRequired, {}, "Name of the part in reports.",
      [](auto& c) -> auto& { return c.machine.dram.memory.part.name; }));
  table.push_back(quantity(
      "clock", Unit::hertz, kRequired, 1, int64_t{100} * 1000 * 1000 * 1000,
      "Frequency of the command clock CK; every clock below is one of its periods.",
      [](auto& c) -> auto& { return c.machine.dram.memory.part.clock_hz; }));
  add_organisation(table);
  add_timing(table);
  add_command_clocks(table);
  add_controller(table);
  return table;
}

}  // namespace

const std::vector<Key>& part_keys() {
  static const std::vector<Key> table = make_part_table();
  return table;
}

}  // namespace vernier::config
