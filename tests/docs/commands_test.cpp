// SPDX-License-Identifier: Apache-2.0
// Commands that the documentation shows with their output: each is run, and prints what the page says.
//
// Such a block is a line `<!-- run -->` followed by a fenced block of language `console`. Its first line is
// `$ command`
// (`\` at the end continues it), the rest is the standard output. The command runs in bash, in the root of
// the repository, with the built program on the PATH. VERNIER_UPDATE_GOLDEN=1 rewrites the outputs.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace vernier::docs {
namespace {

namespace fs = std::filesystem;

const std::string kMarker = "<!-- run -->\n```console\n$ ";
const std::string kFence = "```\n";

/// Where a block lies in its page.
struct Block {
  std::string command;
  size_t output_begin = 0, output_end = 0;
};

std::vector<Block> blocks_of(const std::string& page) {
  std::vector<Block> blocks;
  for (size_t at = page.find(kMarker); at != std::string::npos; at = page.find(kMarker, at)) {
    at += kMarker.size();
    size_t line_end = page.find('\n', at);
    while (page[line_end - 1] == '\\') line_end = page.find('\n', line_end + 1);
    Block block;
    block.command = page.substr(at, line_end - at);
    block.output_begin = line_end + 1;
    block.output_end = page.find(kFence, block.output_begin);
    EXPECT_NE(block.output_end, std::string::npos) << "unfinished block: " << block.command;
    blocks.push_back(block);
  }
  return blocks;
}

/// Standard output; the exit status goes to `status`.
std::string run(const std::string& command, int& status) {
  const std::string folder = fs::path(VERNIER_BINARY).parent_path().string();
  ::setenv("DOCS_COMMAND", command.c_str(), 1);
  const std::string shell = "PATH='" + folder +
                            "':$PATH exec bash -o pipefail -c \"cd '" VERNIER_SOURCE_DIR
                            "' && eval \\\"\\$DOCS_COMMAND\\\"\" 2>/dev/null </dev/null";
  FILE* pipe = ::popen(shell.c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer{};
  for (size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    output.append(buffer.data(), got);
  }
  status = WEXITSTATUS(::pclose(pipe));
  return output;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> pages() {
  const fs::path root = VERNIER_SOURCE_DIR;
  std::vector<fs::path> found{root / "README.md", root / "CONTRIBUTING.md"};
  for (const auto& entry : fs::recursive_directory_iterator(root / "docs")) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  return found;
}

TEST(Commands, print_what_the_pages_show) {
  if (std::string(VERNIER_BINARY).empty()) GTEST_SKIP() << "built without the command line";
  size_t seen = 0;
  for (const fs::path& path : pages()) {
    std::string page = read(path);
    std::vector<Block> blocks = blocks_of(page);
    seen += blocks.size();
    // From the back, so that updates do not move what is still to come.
    for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
      int status = -1;
      const std::string output = run(block->command, status);
      EXPECT_EQ(status, 0) << path << ": " << block->command;
      const std::string shown = page.substr(block->output_begin, block->output_end - block->output_begin);
      if (std::getenv("VERNIER_UPDATE_GOLDEN") != nullptr) {
        page.replace(block->output_begin, shown.size(), output);
        continue;
      }
      EXPECT_EQ(shown, output) << path << ": " << block->command
                               << "\nVERNIER_UPDATE_GOLDEN=1 build/release/bin/test_docs rewrites the page";
    }
    if (std::getenv("VERNIER_UPDATE_GOLDEN") != nullptr && !blocks.empty()) {
      std::ofstream(path, std::ios::binary) << page;
    }
  }
  EXPECT_GE(seen, 3U) << "README.md shows real output";
}

TEST(Commands, blocks_are_found) {
  const std::string page =
      "a\n" + kMarker + "echo 1 \\\n    2\n1 2\n" + kFence + "b\n```console\n$ not run\n```\n";
  const std::vector<Block> blocks = blocks_of(page);
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_EQ(blocks[0].command, "echo 1 \\\n    2");
  EXPECT_EQ(page.substr(blocks[0].output_begin, blocks[0].output_end - blocks[0].output_begin), "1 2\n");
}

TEST(Commands, failing_command_is_noticed_bad) {
  int status = -1;
  EXPECT_EQ(run("echo 'a  b' && false | cat", status), "a  b\n");
  EXPECT_EQ(status, 1);
}

}  // namespace
}  // namespace vernier::docs
