// SPDX-License-Identifier: Apache-2.0
// The language of constraints, against the same formulas in C++ and against hand-made tables of its errors.
#include "sim/sweep/expression.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace vernier::sweep {
namespace {

const std::map<std::string, NameFacts>& facts() {
  static const std::map<std::string, NameFacts> table = {
      {"a", {}},
      {"b", {}},
      {"c", {}},
      {"absent", {}},
      {"pe", {true}},
      {"spad.capacity", {false, config::Unit::byte, true, false}},
      {"latency", {false, config::Unit::cycle, true, false}},
      {"cycles", {false, config::Unit::cycle, false, true}},
      {"dram_bytes", {false, config::Unit::byte, false, true}},
  };
  return table;
}

Expression read(const std::string& text) {
  const NameTable table = [](const std::string& name) -> std::optional<NameFacts> {
    const auto found = facts().find(name);
    if (found == facts().end()) return std::nullopt;
    return found->second;
  };
  std::vector<std::string> known;
  for (const auto& [name, fact] : facts()) known.push_back(name);
  return Expression(text, table, known, {"sweep.yaml", 3, 5});
}

NameValues values(const Expression& expression, const std::map<std::string, Scalar>& of) {
  return [&expression, of](size_t index) -> Scalar {
    const auto found = of.find(expression.names()[index]);
    return found == of.end() ? Scalar{} : found->second;
  };
}

bool holds(const std::string& text, const std::map<std::string, Scalar>& of) {
  const Expression expression = read(text);
  return expression.holds(values(expression, of));
}

TEST(SweepExpression, as_the_same_formula_in_cpp) {
  std::mt19937 random(7);
  const Expression mixed = read("a + b * c - a / (b + 10) - -c < 2 * (a - b) or not a == b and c >= 3");
  const Expression number = read("a - b - c / 2 / 2 * b");
  for (int i = 0; i < 2000; ++i) {
    SCOPED_TRACE(i);  // of seed 7
    const double a = static_cast<double>(random() % 9), b = static_cast<double>(random() % 9);
    const double c = static_cast<double>(random() % 9) - 4;
    const std::map<std::string, Scalar> of = {{"a", a}, {"b", b}, {"c", c}};
    EXPECT_EQ(mixed.holds(values(mixed, of)),
              a + b * c - a / (b + 10) - -c < 2 * (a - b) || (!(a == b) && c >= 3));
    EXPECT_EQ(number.number(values(number, of)), a - b - c / 2 / 2 * b);
  }
}

TEST(SweepExpression, units_texts_and_comparators) {
  const std::map<std::string, Scalar> of = {
      {"spad.capacity", 524288.0}, {"pe", "lut"}, {"latency", 100.0}, {"dram_bytes", 1048577.0}};
  EXPECT_TRUE(holds("spad.capacity == 512 KiB", of));
  EXPECT_TRUE(holds("spad.capacity*2 <= 1MiB", of));
  EXPECT_FALSE(holds("spad.capacity * 2 < 1 MiB", of));
  EXPECT_TRUE(holds("dram_bytes > 1 MiB and dram_bytes > 1048576", of));
  EXPECT_TRUE(holds("latency != 99 cycle", of));
  EXPECT_TRUE(holds("pe == 'lut'", of));
  EXPECT_TRUE(holds("not (pe == \"bitmod\")", of));
  EXPECT_FALSE(holds("pe != 'lut'", of));
}

TEST(SweepExpression, nothing_compares_with_what_is_not_there) {
  for (const char* op : {"<", "<=", ">", ">=", "==", "!="}) {
    EXPECT_FALSE(holds(fmt::format("absent {} 1", op), {}));
    EXPECT_TRUE(holds(fmt::format("not absent {} 1", op), {}));
    EXPECT_FALSE(holds(fmt::format("a / b {} 1", op), {{"a", 1.0}, {"b", 0.0}}));
  }
  const Expression sum = read("a + absent");
  EXPECT_EQ(sum.number(values(sum, {{"a", 1.0}})), std::nullopt);
}

TEST(SweepExpression, knows_what_it_needs) {
  EXPECT_FALSE(read("a * b < 3").needs_run());
  EXPECT_TRUE(read("a < 1 or cycles < 3").needs_run());
  EXPECT_EQ(read("b + a * b").names(), (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(read("a < b").kind(), Expression::Kind::truth);
}

TEST(SweepExpression, errors_bad) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "error[SWP010]: sweep.yaml:3:5: '', character 1: it ends where a value is due"},
      {"a <", "error[SWP010]: sweep.yaml:3:5: 'a <', character 4: it ends where a value is due"},
      {"(a < 1", "error[SWP010]: sweep.yaml:3:5: '(a < 1', character 7: a ')' is missing"},
      {"a < b < c",
       "error[SWP010]: sweep.yaml:3:5: 'a < b < c', character 8: comparisons do not chain; join them with "
       "`and`"},
      {"a ! b", "error[SWP010]: sweep.yaml:3:5: 'a ! b', character 3: '! b' is not expected here"},
      {"a < 3 parsec", "error[SWP010]: sweep.yaml:3:5: 'a < 3 parsec', character 7: 'parsec' is not a unit"},
      {"pe == 'lut",
       "error[SWP010]: sweep.yaml:3:5: 'pe == 'lut', character 7: the text in quotes does not end"},
      {"a < 1e999", "error[SWP010]: sweep.yaml:3:5: 'a < 1e999', character 5: a number is out of range"},
      {"spad.capacty < 1 KiB",
       "error[SWP012]: sweep.yaml:3:5: 'spad.capacty < 1 KiB': 'spad.capacty' is neither a key of the "
       "accelerator, "
       "nor an axis, nor a metric\n  help: did you mean 'spad.capacity'?"},
      {"pe < 'lut'",
       "error[SWP011]: sweep.yaml:3:5: 'pe < 'lut'', before character 11: texts are compared with == and != "
       "only"},
      {"pe == 3",
       "error[SWP011]: sweep.yaml:3:5: 'pe == 3', before character 8: a text is compared with a number"},
      {"pe + 3 < 4",
       "error[SWP011]: sweep.yaml:3:5: 'pe + 3 < 4', before character 8: arithmetic needs numbers"},
      {"a and b < 3",
       "error[SWP011]: sweep.yaml:3:5: 'a and b < 3', before character 12: and, or, not join comparisons"},
      {"spad.capacity < 512",
       "error[SWP011]: sweep.yaml:3:5: 'spad.capacity < 512', before character 20: the number needs a unit, "
       "as in "
       "'512 byte'"},
      {"spad.capacity < 512 cycle",
       "error[SWP011]: sweep.yaml:3:5: 'spad.capacity < 512 cycle', before character 26: byte do not go with "
       "cycle"},
      {"a < 512 KiB",
       "error[SWP011]: sweep.yaml:3:5: 'a < 512 KiB', before character 12: what it goes with has no unit, "
       "but byte is "
       "written"},
  };
  for (const auto& [text, message] : cases) {
    try {
      (void)read(text);
      ADD_FAILURE() << text << ": accepted";
    } catch (const InputError& error) {
      EXPECT_EQ(error.what(), message);
    }
  }
  // Deep or long ones end in a message, not in a crash.
  const std::vector<std::string> large = {std::string(999, '('), std::string(999, '-'),
                                          std::string(2000, 'a'), std::string(500, '(') + "a"};
  for (const std::string& text : large) EXPECT_THROW((void)read(text), InputError);
}

}  // namespace
}  // namespace vernier::sweep
