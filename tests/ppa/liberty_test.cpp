// SPDX-License-Identifier: Apache-2.0
#include "sim/ppa/liberty.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "base/error.h"
#include "sim/ppa/function.h"
#include "tests/ppa/small_library.h"

namespace vernier::ppa {
namespace {

TEST(Liberty, reads_cells_and_units) {
  const Library library = parse_library(kSmallLibrary, "small.lib");
  EXPECT_EQ(library.name, "small");
  EXPECT_DOUBLE_EQ(library.voltage_v, 2.0);
  EXPECT_DOUBLE_EQ(library.temperature_c, 25);
  EXPECT_DOUBLE_EQ(library.fastest_slew_ns, 0.1);
  ASSERT_EQ(library.cells.size(), 4U);
  const LibraryCell* inverter = library.smallest_inverter();
  ASSERT_NE(inverter, nullptr);
  EXPECT_EQ(inverter->name, "INV");
  EXPECT_DOUBLE_EQ(inverter->area_um2, 4);
  EXPECT_DOUBLE_EQ(inverter->leakage_uw, 0.5);
  EXPECT_DOUBLE_EQ(inverter->pins[0].capacitance_pf, 3e-3);
  EXPECT_EQ(library.smallest_nand2()->name, "NAND");
  const LibraryCell* flip_flop = library.find("DFFR");
  ASSERT_TRUE(flip_flop->flip_flop.has_value());
  EXPECT_EQ(flip_flop->flip_flop->clear, "R'");
  EXPECT_TRUE(library.find("LATCH")->latch);
}

// The inverter's energy was made to be load + 10 * transition time in fF, ns and fJ, so that every value
// inside and outside the table is known. The table of the other order holds the same.
TEST(Liberty, tables_are_bilinear_inside_and_outside) {
  const Library library = parse_library(kSmallLibrary, "small.lib");
  const InternalPower& power = library.find("INV")->pins[1].internal.at(0);
  for (const double load_ff : {0.0, 2.5, 10.0, 14.0}) {
    for (const double slew_ns : {0.0, 0.1, 0.25, 0.3, 0.5}) {
      const double expected_pj = (load_ff + 10 * slew_ns) / 1000;
      EXPECT_NEAR(power.rise.at(load_ff / 1000, slew_ns), expected_pj, 1e-12);
      EXPECT_NEAR(power.fall.at(load_ff / 1000, slew_ns), expected_pj, 1e-12);
    }
  }
  const InternalPower& clock = library.find("DFFR")->pins[0].internal.at(0);
  EXPECT_NEAR(clock.energy_pj(0, 0.2), (5.0 + 7.0) / 2 / 1000, 1e-12);
}

TEST(Liberty, osu018_is_what_its_file_says) {
  const std::string path = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";
  if (!std::ifstream(path)) GTEST_SKIP() << "qflow-tech-osu018 is not installed";
  const Library library = read_library(path);
  EXPECT_EQ(library.name, "osu018_stdcells");
  EXPECT_EQ(library.cells.size(), 32U);  // `grep -c '^cell ('`
  EXPECT_DOUBLE_EQ(library.voltage_v, 1.8);
  EXPECT_DOUBLE_EQ(library.find("INVX1")->leakage_uw, 0.0221741e-3);
  EXPECT_DOUBLE_EQ(library.find("DFFPOSX1")->pins[0].capacitance_pf, 0.0279235);
  EXPECT_EQ(library.smallest_inverter()->name, "INVX1");
  EXPECT_EQ(library.smallest_nand2()->name, "NAND2X1");
  // INVX1, fall, load 0.0125, transition 0.18
  EXPECT_NEAR(library.find("INVX1")->pins[1].internal.at(0).fall.at(0.0125, 0.18), 0.005677, 1e-12);
}

std::string refusal(const std::string& text) {
  try {
    (void)parse_library(text, "x.lib");
  } catch (const InputError& error) {
    return error.what();
  }
  return "nothing";
}

std::string without(const std::string& part) {
  std::string text = kSmallLibrary;
  const size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos);
  return text.erase(at, part.size());
}

TEST(Liberty, errors_bad) {
  EXPECT_EQ(refusal("hello\n"),
            "error[PPA003]: x.lib:2: not a Liberty file: '(' is missing before the end of the file");
  EXPECT_EQ(refusal("\x7f\x45LF\x02"),
            "error[PPA003]: x.lib:1: not a Liberty file: a name is missing before the end of the file");
  EXPECT_EQ(refusal("cell (X) { }"), "error[PPA003]: x.lib: not a Liberty file: there is no group 'library'");
  EXPECT_EQ(refusal(kSmallLibrary.substr(0, 900)).substr(0, 21), "error[PPA003]: x.lib:");
  EXPECT_EQ(refusal(without("capacitive_load_unit (1, ff);")),
            "error[PPA003]: x.lib:2: library 'small': capacitive_load_unit is missing");
  EXPECT_EQ(refusal(without("nom_voltage : 2.0;")).substr(0, 66),
            "error[PPA004]: x.lib: library 'small' has no voltage, so that noth");
  EXPECT_NE(refusal(without("ff (IQ, IQN) { next_state : \"D\"; clocked_on : \"CK\"; clear : \"R'\"; }"))
                .find("error[PPA004]: x.lib: library 'small' has no flip-flop"),
            std::string::npos);
  std::string text = kSmallLibrary;
  text.replace(text.find("area : 6"), 8, "area : six");
  EXPECT_EQ(refusal(text), "error[PPA003]: x.lib:28: cell 'NAND': found 'six', a number is needed");
  text = kSmallLibrary;
  text.replace(text.find("\"11, 13\""), 8, "\"11, 13, 14\"");
  EXPECT_EQ(refusal(text), "error[PPA003]: x.lib:22: rise_power 'energy': has 5 values, its axes need 4");
  EXPECT_THROW((void)read_library("/nowhere/x.lib"), InputError);
}

bool xnor(bool a, bool b, bool) { return a == b; }

TEST(Function, truth_tables) {
  struct Case {
    const char* text;
    std::function<bool(bool, bool, bool)> value;
  };
  for (const Case& c : std::vector<Case>{
           {"(!(A & B))", [](bool a, bool b, bool) { return !(a && b); }},
           {"A' B + C", [](bool a, bool b, bool c3) { return (!a && b) || c3; }},
           {"A*B|!C", [](bool a, bool b, bool c3) { return (a && b) || !c3; }},
           {"!(A^B)", xnor},
           {"(A B)'+(C)", [](bool a, bool b, bool c3) { return !(a && b) || c3; }},
           {"A & B ^ C", [](bool a, bool b, bool c3) { return a && (b != c3); }},  // ^ binds tighter
           {"A + !B & 1", [](bool a, bool b, bool) { return a || !b; }}}) {
    const TruthTable table = truth_table(c.text);
    for (unsigned i = 0; i < 1U << table.variables.size(); ++i) {
      bool value[3] = {};
      for (size_t v = 0; v < table.variables.size(); ++v)
        value[table.variables[v][0] - 'A'] = (i >> v & 1U) != 0;
      EXPECT_EQ(table.at(i), c.value(value[0], value[1], value[2])) << c.text << " " << i;
    }
  }
  EXPECT_TRUE(truth_table("A' + B C").same_as(truth_table("X Y | !Z")));
  EXPECT_FALSE(truth_table("A' + B C").same_as(truth_table("X' Y | !Z")));
}

TEST(Function, errors_bad) {
  for (const char* text : {"", "A &", "(A", "A)", "!", "A ? B", "A B C D E F G"}) {
    EXPECT_THROW((void)truth_table(text), std::invalid_argument) << text;
  }
}

}  // namespace
}  // namespace vernier::ppa
