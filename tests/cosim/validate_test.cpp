// SPDX-License-Identifier: Apache-2.0
// The command `vernier validate`, and that the record in docs/ is complete and holds what a rerun finds.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "models/pe/registry.h"
#include "sim/rtl_adaptor/rtl_pe_array.h"
#include "sim/rtl_adaptor/rtl_ws_array.h"

namespace {

std::string output_of(const std::string& arguments, int expected_status) {
  const std::string command =
      std::string("'") + VERNIER_BINARY + "' validate " + arguments + " 2>&1 </dev/null";
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer{};
  for (size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    output.append(buffer.data(), got);
  }
  const int status = ::pclose(pipe);
  EXPECT_EQ(WEXITSTATUS(status), expected_status) << output;
  return output;
}

std::string block_name(const vernier::machine::ArrayParams& array) {
  if (array.weight_stationary())
    return fmt::format("{}_{}x{}_weight_stationary", array.pe, array.rows, array.cols);
  return fmt::format("{}_{}x{}x{}_{}", array.pe, array.rows, array.cols, array.lanes,
                     array.delivery == vernier::machine::Delivery::systolic ? "systolic" : "broadcast");
}

/// Rows of the tables of a record, one list per section; header rows left out.
std::vector<std::set<std::string>> rows_of(const std::string& record) {
  std::vector<std::set<std::string>> sections;
  std::istringstream lines(record);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("## ", 0) == 0) sections.emplace_back();
    if (line.rfind("| ", 0) != 0 || line.rfind("| ---", 0) == 0 || line.rfind("| array |", 0) == 0 ||
        line.rfind("| PE |", 0) == 0)
      continue;
    if (!sections.empty()) sections.back().insert(line);
  }
  return sections;
}

std::string shipped_record() {
  std::ifstream file(std::string(VERNIER_SOURCE_DIR) + "/docs/validation.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(ValidateCommand, gives_the_same_bytes_each_time) {
  const std::string first = output_of("fp16_mac_2x2x1_broadcast --vectors 40", 0);
  EXPECT_EQ(first, output_of("fp16_mac_2x2x1_broadcast --vectors 40", 0));
  EXPECT_NE(first, output_of("fp16_mac_2x2x1_broadcast --vectors 40 --seed 2", 0));
  const auto sections = rows_of(first);
  ASSERT_EQ(sections.size(), 2U);
  const auto with_long = rows_of(output_of("fp16_mac_2x2x1_broadcast --vectors 40 --long 60", 0));
  ASSERT_EQ(with_long.size(), 3U);
  EXPECT_EQ(with_long[0], sections[0]);
  ASSERT_EQ(with_long[2].size(), 1U);
  EXPECT_EQ(with_long[2].begin()->rfind("| fp16_mac | 1 | 60 |", 0), 0U) << *with_long[2].begin();
  EXPECT_EQ(sections[0].size(), 4U);  // fp16, int4_gG, int4_asym_gG, int8_gG
  EXPECT_EQ(sections[1].size(), 4U);
}

TEST(ValidateCommand, wrong_input_bad) {
  EXPECT_NE(output_of("fp17_mac", 2).find("error[COS001]"), std::string::npos);
  EXPECT_NE(output_of("--vectors 0", 2).find("error[COS002]: --vectors: 0 is less than 1"),
            std::string::npos);
  EXPECT_NE(output_of("--jobs 0", 2).find("error[COS002]: --jobs: 0 is less than 1"), std::string::npos);
  EXPECT_NE(output_of("--long -1", 2).find("error[COS002]: --long: -1 is less than 0"), std::string::npos);
  // Before it runs, for days with so many vectors.
  EXPECT_NE(output_of("--vectors 1000000000000 --out /nowhere/record.md", 2).find("error[OUT001]"),
            std::string::npos);
}

/// Built arrays of both dataflows.
std::vector<vernier::machine::ArrayParams> built_arrays() {
  auto arrays = vernier::rtl_adaptor::RtlPeArray::built();
  for (const auto& array : vernier::rtl_adaptor::RtlWsArray::built()) arrays.push_back(array);
  return arrays;
}

/// Those of the PEs that the record has at all: a PE that was just added is not in it yet.
std::vector<vernier::machine::ArrayParams> recorded_arrays(const std::string& record) {
  std::vector<vernier::machine::ArrayParams> arrays;
  for (const auto& array : built_arrays()) {
    if (record.find("| " + array.pe + "_") != std::string::npos) arrays.push_back(array);
  }
  return arrays;
}

/// Pairs of formats of an array. Weights with groups cannot be stationary.
size_t pairs_of(const vernier::machine::ArrayParams& array) {
  const vernier::pe::PeDescriptor& pe = vernier::pe::pe(array.pe);
  size_t formats = 0;
  for (const std::string& format : pe.example_formats) {
    formats += array.weight_stationary() && format.find("_g") != std::string::npos ? 0U : 1U;
  }
  return formats * pe.activations.size();
}

// Every built array of a PE in the record, with every pair of formats its PE takes, in both sections.
TEST(ValidationRecord, is_complete) {
  const std::string record = shipped_record();
  auto sections = rows_of(record);
  ASSERT_EQ(sections.size(), 3U);
  const std::set<std::string> totals = sections.back();  // the long run
  sections.pop_back();
  std::set<std::string> types;
  for (const auto& array : recorded_arrays(record)) {
    types.insert(array.pe + (array.weight_stationary() ? ", weight-stationary |" : " |"));
    const size_t pairs = pairs_of(array);
    for (const auto& section : sections) {
      size_t found = 0;
      for (const std::string& row : section) {
        found += row.rfind("| " + block_name(array) + " |", 0) == 0 ? 1U : 0U;
      }
      EXPECT_EQ(found, pairs) << block_name(array)
                              << "; `vernier validate --long 1000000 --out docs/validation.md` writes it";
    }
  }
  EXPECT_GE(types.size(), 10U);
  for (const std::string& type : types) {
    EXPECT_TRUE(std::any_of(totals.begin(), totals.end(), [&type](const std::string& row) {
      return row.rfind("| " + type, 0) == 0;
    })) << type;
  }
}

// The programs of one array per PE and dataflow run again: the same cycles and digests as in the record.
TEST(ValidationRecord, holds_what_a_rerun_finds) {
  const std::string record = shipped_record();
  const auto recorded = rows_of(record);
  ASSERT_EQ(recorded.size(), 3U);
  std::map<std::string, std::string> first_of_pe;
  for (const auto& array : recorded_arrays(record)) {
    first_of_pe.try_emplace(array.pe + (array.weight_stationary() ? "_ws" : ""), block_name(array));
  }
  for (const auto& [pe, block] : first_of_pe) {
    const auto rerun = rows_of(output_of(block + " --vectors 1", 0));
    ASSERT_EQ(rerun.size(), 2U);
    for (const std::string& row : rerun[1]) {
      EXPECT_EQ(recorded[1].count(row), 1U) << row
                                            << "\nis not in docs/validation.md; if the change is meant, "
                                               "`vernier validate --long 1000000 --out docs/validation.md`";
    }
  }
}

// The vectors of the PEs of one lane, which take no time, run again as they were recorded.
TEST(ValidationRecord, holds_what_rerun_vectors_find) {
  const std::string record = shipped_record();
  const auto recorded = rows_of(record);
  ASSERT_EQ(recorded.size(), 3U);
  std::string types;
  for (const vernier::pe::PeDescriptor* pe : vernier::pe::all()) {
    if (pe->max_lanes == 1 && record.find("| " + pe->name + "_") != std::string::npos)
      types += pe->name + " ";
  }
  const auto rerun = rows_of(output_of(types, 0));
  ASSERT_EQ(rerun.size(), 2U);
  EXPECT_GE(rerun[0].size(), 34U);
  for (const std::string& row : rerun[0]) {
    EXPECT_EQ(recorded[0].count(row), 1U) << row
                                          << "\nis not in docs/validation.md; if the change is meant, "
                                             "`vernier validate --long 1000000 --out docs/validation.md`";
  }
}

}  // namespace
