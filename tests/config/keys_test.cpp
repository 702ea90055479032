// SPDX-License-Identifier: Apache-2.0
// Driven by the table of keys: what holds for every record.
#include "sim/config/keys.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "sim/config/load.h"
#include "tests/config/config_files.h"

namespace vernier::config {
namespace {

std::string code_of(const Key& key, const std::string& text) {
  Value value;
  const std::optional<Problem> problem = parse_value(key, text, value);
  return problem ? problem->code : "";
}

bool ranged(const Key& key) {
  return key.type == KeyType::integer || key.type == KeyType::quantity || key.type == KeyType::number;
}

std::string in_base_unit(const Key& key, const std::string& number) {
  return key.unit == Unit::none ? number : number + " " + name_of(key.unit);
}

/// One more or one less than a limit, as text; the largest 64-bit number has its successor by hand.
std::string above(int64_t limit) {
  return limit == INT64_MAX ? "9223372036854775808" : fmt::format("{}", limit + 1);
}

TEST(Keys, RecordsAreComplete) {
  std::set<std::string> paths;
  for (const Key& key : keys()) {
    EXPECT_TRUE(paths.insert(key.path).second) << key.path << " twice";
    EXPECT_FALSE(key.sentence.empty()) << key.path;
    EXPECT_EQ(key.sentence.back(), '.') << key.path;
    EXPECT_EQ(key.unit != Unit::none, key.type == KeyType::quantity) << key.path;
    if (ranged(key)) {
      EXPECT_LT(key.lower, key.upper) << key.path;
    }
    EXPECT_EQ(find_key(key.path), &key);
    EXPECT_TRUE(is_key(key.path));
    EXPECT_TRUE(is_key("decode." + key.path));
  }
  EXPECT_FALSE(is_key("array"));
  EXPECT_FALSE(is_key("tokens"));
  EXPECT_FALSE(is_key("decode"));
}

TEST(Keys, DefaultsAreAcceptedAndApplied) {
  const AcceleratorConfig config = parse_accelerator(kMinimal, "minimal");
  for (const Key& key : keys()) {
    if (!key.fallback) continue;
    Value value;
    const std::string text = format_value(key, *key.fallback);
    EXPECT_EQ(code_of(key, text), "") << key.path << " = " << text;
    ASSERT_FALSE(parse_value(key, text, value));
    EXPECT_EQ(value, *key.fallback) << key.path;
    EXPECT_EQ(key.get(config), *key.fallback) << key.path;
  }
}

TEST(Keys, LimitsAreInclusiveAndTight) {
  for (const Key& key : keys()) {
    if (!ranged(key)) continue;
    EXPECT_EQ(code_of(key, in_base_unit(key, fmt::format("{}", key.lower))), "") << key.path;
    EXPECT_EQ(code_of(key, in_base_unit(key, fmt::format("{}", key.upper))), "") << key.path;
    EXPECT_EQ(code_of(key, in_base_unit(key, fmt::format("{}", key.lower - 1))), "CFG010") << key.path;
    EXPECT_EQ(code_of(key, in_base_unit(key, above(key.upper))), "CFG010") << key.path;
  }
}

TEST(Keys, WrongUnitsAndTypesAreRejected_bad) {
  for (const Key& key : keys()) {
    if (!ranged(key)) {
      EXPECT_EQ(code_of(key, ""), "CFG011") << key.path;
      EXPECT_EQ(code_of(key, "no such thing"), "CFG011") << key.path;
      continue;
    }
    EXPECT_EQ(code_of(key, ""), "CFG007") << key.path;
    EXPECT_EQ(code_of(key, "many"), "CFG007") << key.path;
    const std::string number = fmt::format("{}", key.lower);
    for (const Unit unit : {Unit::bit, Unit::byte, Unit::hertz, Unit::cycle}) {
      for (const UnitSpelling& spelling : spellings(unit)) {
        const std::string text = number + " " + spelling.name;
        const std::string code = code_of(key, text);
        if (key.type != KeyType::quantity) {
          EXPECT_EQ(code, "CFG007") << key.path << " = " << text;
        } else if (unit != key.unit) {
          EXPECT_EQ(code, "CFG009") << key.path << " = " << text;
        }
      }
    }
    if (key.type == KeyType::quantity) {
      EXPECT_EQ(code_of(key, number), "CFG008") << key.path;
    }
  }
}

TEST(Keys, AllowedNamesAreAccepted) {
  for (const Key& key : keys()) {
    for (const std::string& name : key.allowed) {
      EXPECT_EQ(code_of(key, name), "") << key.path;
      EXPECT_EQ(code_of(key, name + "_"), "CFG011") << key.path;
    }
  }
}

/// The only finding for an assignment, if it is an unknown key; its help.
std::string help_for(const std::string& assignment) {
  try {
    (void)parse_accelerator(kMinimal, "minimal", {"", {assignment}});
  } catch (const InputError& error) {
    EXPECT_EQ(error.diagnostics().size(), 1U) << error.what();
    EXPECT_EQ(error.diagnostics().front().code, "CFG004") << error.what();
    return error.diagnostics().front().help;
  }
  ADD_FAILURE() << assignment << " was accepted";
  return {};
}

TEST(Keys, TyposSuggestTheKey_bad) {
  for (const Key& key : keys()) {
    const size_t first = key.path.rfind('.') + 1;
    if (key.path.size() - first < 4) continue;  // too short for a typo to be near: array.pe, formats.key
    std::string dropped = key.path;
    dropped.erase(first + 1, 1);
    std::string swapped = key.path;
    std::swap(swapped[first], swapped[first + 1]);
    for (const std::string& typo : {dropped, swapped}) {
      if (typo == key.path) continue;
      EXPECT_EQ(help_for(typo + "=1"), fmt::format("did you mean '{}'?", key.path));
      EXPECT_EQ(help_for("decode." + typo + "=1"), fmt::format("did you mean 'decode.{}'?", key.path));
    }
  }
}

TEST(Keys, EachKeyChangesItsOwnLineOnly) {
  const AcceleratorConfig base = parse_accelerator(kMinimal, "minimal");
  for (const Key& key : keys()) {
    if (key.allowed.size() == 1) continue;  // nothing to change to
    std::vector<std::string> texts = key.allowed;
    if (ranged(key)) texts = {format_value(key, key.type == KeyType::number ? Value(2.5) : Value(key.upper))};
    if (key.type == KeyType::part) texts = {"DDR4-2400"};
    if (key.type == KeyType::order) texts = {"[column, rank, bank, bank_group, row]"};
    if (key.type == KeyType::format) texts = {"int4_g64", "fp16"};
    if (texts.empty()) texts = {"other"};
    AcceleratorConfig changed = base;
    for (const std::string& text : texts) {
      Value value;
      ASSERT_FALSE(parse_value(key, text, value)) << key.path << " = " << text;
      if (value == key.get(base)) continue;
      key.set(changed, value);
      EXPECT_EQ(key.get(changed), value) << key.path;
      break;
    }
    for (const Key& other : keys()) {
      EXPECT_EQ(other.get(changed) != other.get(base), other.path == key.path)
          << "setting " << key.path << ", reading " << other.path;
    }
  }
}

}  // namespace
}  // namespace vernier::config
