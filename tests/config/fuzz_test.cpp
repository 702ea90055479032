// SPDX-License-Identifier: Apache-2.0
// Damaged copies of the shipped configurations end in success or InputError, in nothing else.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <random>

#include "base/error.h"
#include "sim/config/load.h"
#include "tests/config/config_files.h"

namespace vernier::config {
namespace {

constexpr int kRoundsPerFile = 150;

std::string damage(std::string text, std::mt19937_64& random) {
  const auto below = [&random](size_t limit) {
    return std::uniform_int_distribution<size_t>(0, limit - 1)(random);
  };
  static constexpr std::array<char, 25> kTokens = {'{', '}',  '[',  ']',  ':',    ',',    '&', '*', '!',
                                                   '|', '>',  '\'', '"',  '%',    '@',    '`', '#', '?',
                                                   '-', '\n', '\t', '\0', '\x80', '\xff', '~'};
  const size_t edits = 1 + below(6);
  for (size_t i = 0; i < edits && text.size() > 1; ++i) {
    const size_t at = below(text.size());
    switch (below(6)) {
      case 0:
        text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 1:
        text.erase(at, 1 + below(20));
        break;
      case 2:
        text.insert(at, 1, kTokens[below(kTokens.size())]);
        break;
      case 3:
        text.insert(at, text.substr(below(text.size()), 1 + below(60)));
        break;
      case 4:
        text.resize(at);
        break;
      default:
        text[at] = static_cast<char>('0' + below(10));
        break;
    }
  }
  return text;
}

TEST(ConfigFuzz, DamagedFilesNeverEscape_bad) {
  const char* given = std::getenv("VERNIER_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::mt19937_64 random(seed);
  int accepted = 0;
  int rejected = 0;
  for (const std::string& path : shipped_configs()) {
    const std::string original = read_file(source_path(path));
    for (int round = 0; round < kRoundsPerFile; ++round) {
      const std::string text = damage(original, random);
      const std::string phase = round % 2 == 0 ? "decode" : "prefill";
      try {
        const AcceleratorConfig config = parse_accelerator(text, path, {phase, {}});
        EXPECT_EQ(write_resolved(parse_accelerator(write_resolved(config), "resolved")),
                  write_resolved(config));
        ++accepted;
      } catch (const InputError& error) {
        EXPECT_FALSE(error.diagnostics().empty());
        ++rejected;
      } catch (const std::exception& error) {
        FAIL() << "VERNIER_SEED=" << seed << " " << path << " round " << round << ": " << error.what() << "\n"
               << text;
      }
    }
  }
  // Both ends were reached: comments absorb damage, keys do not.
  EXPECT_GT(accepted, 0) << "VERNIER_SEED=" << seed;
  EXPECT_GT(rejected, 0) << "VERNIER_SEED=" << seed;
}

}  // namespace
}  // namespace vernier::config
