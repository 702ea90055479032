// SPDX-License-Identifier: Apache-2.0
// The command `vernier validate`.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <set>
#include <sstream>
#include <string>

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

/// Rows of the tables of a record, one list per section; header rows left out.
std::vector<std::set<std::string>> rows_of(const std::string& record) {
  std::vector<std::set<std::string>> sections;
  std::istringstream lines(record);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("## ", 0) == 0) sections.emplace_back();
    if (line.rfind("| ", 0) != 0 || line.rfind("| ---", 0) == 0 || line.rfind("| array |", 0) == 0) continue;
    if (!sections.empty()) sections.back().insert(line);
  }
  return sections;
}

TEST(ValidateCommand, gives_the_same_bytes_each_time) {
  const std::string first = output_of("fp16_mac_2x2x1_broadcast --vectors 40", 0);
  EXPECT_EQ(first, output_of("fp16_mac_2x2x1_broadcast --vectors 40", 0));
  EXPECT_NE(first, output_of("fp16_mac_2x2x1_broadcast --vectors 40 --seed 2", 0));
  const auto sections = rows_of(first);
  ASSERT_EQ(sections.size(), 2U);
  EXPECT_EQ(sections[0].size(), 4U);  // fp16, int4_gG, int4_asym_gG, int8_gG
  EXPECT_EQ(sections[1].size(), 4U);
}

TEST(ValidateCommand, wrong_input_bad) {
  EXPECT_NE(output_of("fp17_mac", 2).find("error[COS001]"), std::string::npos);
  EXPECT_NE(output_of("--vectors 0", 2).find("error[COS002]"), std::string::npos);
}

}  // namespace
