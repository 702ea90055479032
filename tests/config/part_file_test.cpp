// SPDX-License-Identifier: Apache-2.0
#include "sim/config/part_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "sim/config/keys.h"
#include "sim/config/load.h"
#include "tests/config/config_files.h"

namespace vernier::config {
namespace {

std::string message_of(const std::string& text) {
  try {
    (void)parse_part(text, "part.yaml");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// The shipped DDR4-2400 with one line replaced.
std::string changed(const std::string& line, const std::string& with) {
  std::string text = write_part(load_part("DDR4-2400"));
  const size_t at = text.find("  " + line);
  EXPECT_NE(at, std::string::npos) << line;
  return text.replace(at + 2, text.find('\n', at) - at - 2, with);
}

TEST(PartFile, ShippedPartsAreThoseOfTheDocumentation) {
  std::set<std::string> names;
  for (const ShippedPart& shipped : shipped_parts()) {
    names.insert(shipped.name);
    EXPECT_EQ(load_part(shipped.name).name, shipped.name);
  }
  EXPECT_EQ(names, (std::set<std::string>{"DDR4-2400", "DDR4-3200", "HBM2-2000", "LPDDR4-3200", "LPDDR4-4266",
                                          "LPDDR5-6400"}));
}

/// Peak of a channel: data rate of the name times bus width, whatever the file says about clocks and bursts.
TEST(PartFile, PeakIsDataRateTimesWidth) {
  const auto peak = [](const char* name) { return dram::Memory{load_part(name)}.bytes_per_second() / 1e6; };
  EXPECT_NEAR(peak("DDR4-2400"), 2400 * 64 / 8, 1);
  EXPECT_NEAR(peak("DDR4-3200"), 3200 * 64 / 8, 1);
  EXPECT_NEAR(peak("LPDDR4-3200"), 3200 * 16 / 8, 1);
  EXPECT_NEAR(peak("LPDDR4-4266"), 4266 * 16 / 8, 1);
  EXPECT_NEAR(peak("LPDDR5-6400"), 6400 * 16 / 8, 1);
  EXPECT_NEAR(peak("HBM2-2000"), 2000 * 128 / 8, 1);
}

TEST(PartFile, CapacityIsThatOfTheDevices) {
  const auto gib = [](const char* name) {
    return static_cast<double>(load_part(name).organisation.capacity_bytes()) / (1 << 30);
  };
  EXPECT_EQ(gib("DDR4-2400"), 8) << "eight devices of 8 Gb";
  EXPECT_EQ(gib("DDR4-3200"), 8);
  for (const char* name : {"LPDDR4-3200", "LPDDR4-4266", "LPDDR5-6400", "HBM2-2000"})
    EXPECT_EQ(gib(name), 1) << "a channel of 8 Gb";
}

TEST(PartFile, TextReadsBack) {
  for (const ShippedPart& shipped : shipped_parts()) {
    const std::string text = write_part(load_part(shipped.name));
    EXPECT_EQ(write_part(parse_part(text, "again")), text);
    for (const Key& key : part_keys()) {
      const std::string name = key.path.substr(key.path.rfind('.') + 1) + ": ";
      EXPECT_NE(text.find(name), std::string::npos) << key.path;
    }
  }
}

TEST(PartFile, EveryNumberHasItsSource) {
  for (const ShippedPart& shipped : shipped_parts()) {
    std::istringstream lines(read_file(shipped.path));
    std::string line;
    bool timing = false;
    while (std::getline(lines, line)) {
      if (!line.empty() && line[0] != ' ') timing = line.rfind("timing:", 0) == 0;
      if (!timing || line.rfind("  ", 0) != 0) continue;
      EXPECT_NE(line.find(" # "), std::string::npos) << shipped.name << ": " << line;
    }
  }
}

TEST(PartFile, ContradictionsAreNamed_bad) {
  struct Case {
    const char* line;
    const char* with;
    const char* message;
  };
  for (const Case& c : {
           Case{"RC:", "RC: 54",
                "CFG033]: part.yaml:17:7: timing.RC: 54 is less than RAS + RP = 39 + 17 = 56"},
           Case{"RAS:", "RAS: 15", "timing.RAS: 15 is less than RCD, 17"},
           Case{"RRD_L:", "RRD_L: 3", "timing.RRD_L: 3 is less than RRD_S, 4"},
           Case{"FAW:", "FAW: 3", "timing.FAW: 3 is less than RRD_S, 4"},
           Case{"CCD_L:", "CCD_L: 3", "timing.CCD_L: 3 is less than CCD_S, 4"},
           Case{"CCD_S:", "CCD_S: 3", "timing.CCD_S: 3 is less than BL, 4"},
           Case{"WTR_L:", "WTR_L: 2", "timing.WTR_L: 2 is less than WTR_S, 3"},
           Case{"CWL:", "CWL: 23", "timing.CWL: 23 puts written data before that of an earlier read"},
           Case{"REFI:", "REFI: 420", "timing.REFI: 420 leaves nothing beside RFC, 420"},
           Case{"RFCpb:", "RFCpb: 421", "timing.RFC: 420 is less than RFCpb, 421"},
           Case{"RFCpb:", "RFCpb: 585", "not less than REFI / banks = 9360 / 16 = 585"},
           Case{"PBR2ACT:", "PBR2ACT: 1", "timing.PBR2ACT: 1 is more than RFCpb, 0"},
           Case{"row:", "row: \"100 byte\"",
                "organisation.row: 100 byte is not a multiple of organisation.burst"},
           Case{"write_high:", "write_high: 32",
                "controller.write_high: 32 is not below controller.write_queue"},
           Case{"write_low:", "write_low: 25",
                "controller.write_high: 25 is not above controller.write_low, 25"},
           Case{"refresh: all", "refresh: per_bank",
                "per_bank, but DDR4-2400 has no refresh of single banks"},
           Case{"mapping:", "mapping: [row, bank, bank, rank, column]",
                "controller.mapping: bank is given twice"},
           Case{"mapping:", "mapping: [row, bank, rank, column]",
                "controller.mapping: bank_group is missing"},
           Case{"mapping:", "mapping: [row, bank, bank_grop, rank, column]", "did you mean 'bank_group'?"},
           Case{"CL:", "CL: 0", "timing.CL: 0 is not in 1..10000"},
           Case{"CL:", "CL: \"16 cycle\"", "timing.CL: found '16 cycle', a whole number is due"},
           Case{"RRD_S:", "RRDS: 4", "did you mean 'timing.RRD_S'?"},
       }) {
    const std::string message = message_of(changed(c.line, c.with));
    EXPECT_NE(message.find(c.message), std::string::npos) << c.with << "\n" << message;
  }
}

TEST(PartFile, UnknownNamesSuggestTheNearest_bad) {
  try {
    (void)load_part("DDR4-2040");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'DDR4-2400'?"), std::string::npos) << error.what();
  }
  EXPECT_THROW((void)load_part("no/such/file.yaml"), InputError);
}

}  // namespace
}  // namespace vernier::config
