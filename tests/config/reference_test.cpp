// SPDX-License-Identifier: Apache-2.0
#include "sim/config/reference.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/config/keys.h"
#include "tests/config/config_files.h"

namespace vernier::config {
namespace {

TEST(Reference, PageIsWhatTheTableSays) { expect_golden("docs/configuration.md", reference_page()); }

TEST(Reference, PartKeysAreOnTheirPage) {
  const std::string begin = "<!-- part keys -->\n", end = "<!-- end of part keys -->\n";
  std::string page = read_file(source_path("docs/dram.md"));
  const size_t at = page.find(begin), stop = page.find(end);
  ASSERT_NE(at, std::string::npos);
  ASSERT_NE(stop, std::string::npos);
  page.replace(at + begin.size(), stop - at - begin.size(), key_tables(part_keys(), "####"));
  expect_golden("docs/dram.md", page);
}

TEST(Reference, ListsNameEveryKey) {
  const std::string text = keys_as_text();
  const nlohmann::json json = nlohmann::json::parse(keys_as_json());
  EXPECT_EQ(json["schema"], 1);
  ASSERT_EQ(json["keys"].size(), keys().size());
  for (size_t i = 0; i < keys().size(); ++i) {
    EXPECT_NE(text.find(keys()[i].path + " "), std::string::npos);
    EXPECT_EQ(json["keys"][i]["path"], keys()[i].path);
    EXPECT_EQ(json["keys"][i]["default"].is_null(), !keys()[i].fallback.has_value());
  }
}

}  // namespace
}  // namespace vernier::config
