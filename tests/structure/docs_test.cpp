// SPDX-License-Identifier: Apache-2.0
// Links between the documentation pages lead somewhere.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

namespace vernier::structure {
namespace {

namespace fs = std::filesystem;

/// Targets of the relative links of a Markdown text, without their #anchors.
std::vector<std::string> relative_links(const std::string& text) {
  static const std::regex link(R"(\]\(([^)#\s]+)(#[^)\s]*)?\))");
  std::vector<std::string> targets;
  for (std::sregex_iterator match(text.begin(), text.end(), link), end; match != end; ++match) {
    const std::string target = (*match)[1];
    if (target.find("://") == std::string::npos) targets.push_back(target);
  }
  return targets;
}

std::vector<std::string> dead_links(const fs::path& folder, const std::string& text) {
  std::vector<std::string> dead;
  for (const std::string& target : relative_links(text)) {
    if (!fs::exists(folder / target)) dead.push_back(target);
  }
  return dead;
}

std::vector<fs::path> pages() {
  const fs::path root = VERNIER_SOURCE_DIR;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  for (const auto& entry : fs::recursive_directory_iterator(root / "docs")) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  return found;
}

TEST(Docs, LinksLeadSomewhere) {
  ASSERT_GE(pages().size(), 2U);
  for (const fs::path& page : pages()) {
    std::ifstream in(page, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    for (const std::string& target : dead_links(page.parent_path(), text)) {
      ADD_FAILURE() << page << ": no such file: " << target;
    }
  }
}

TEST(Docs, ReadmeListsEveryPage) {
  const fs::path root = VERNIER_SOURCE_DIR;
  std::ifstream in(root / "README.md", std::ios::binary);
  const std::string readme(std::istreambuf_iterator<char>(in), {});
  for (const fs::path& page : pages()) {
    if (page.parent_path() != root / "docs") continue;
    const std::string target = "docs/" + page.filename().string();
    EXPECT_NE(readme.find("| [" + target + "](" + target + ") |"), std::string::npos) << target;
  }
}

/// Names between backquotes that read as paths of the repository: with a slash, no blanks or placeholders.
std::vector<std::string> named_paths(const std::string& text) {
  static const std::regex name(
      R"(`((?:base|configs|docs|models|rtl|scripts|sim|tests|workloads)/[\w./-]*)`)");
  std::vector<std::string> paths;
  for (std::sregex_iterator match(text.begin(), text.end(), name), end; match != end; ++match) {
    paths.push_back((*match)[1]);
  }
  return paths;
}

TEST(Docs, NamedPathsExist) {
  const fs::path root = VERNIER_SOURCE_DIR;
  size_t seen = 0;
  for (const fs::path& page : pages()) {
    std::ifstream in(page, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    for (const std::string& path : named_paths(text)) {
      ++seen;
      EXPECT_TRUE(fs::exists(root / path)) << page << ": " << path;
    }
  }
  EXPECT_GT(seen, 20U);
}

TEST(Docs, NamedPath_bad) {
  EXPECT_EQ(named_paths("see `sim/nowhere.cpp`, `tests/<folder>` and `a/b`"),
            std::vector<std::string>{"sim/nowhere.cpp"});
}

TEST(Docs, DeadLink_bad) {
  const fs::path root = VERNIER_SOURCE_DIR;
  EXPECT_EQ(dead_links(root, "see [it](docs/timing.md#dram), [web](https://x.org/y)"),
            std::vector<std::string>{});
  EXPECT_EQ(dead_links(root, "see [it](docs/nowhere.md)"), std::vector<std::string>{"docs/nowhere.md"});
}

}  // namespace
}  // namespace vernier::structure
