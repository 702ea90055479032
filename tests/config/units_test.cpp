// SPDX-License-Identifier: Apache-2.0
#include "sim/config/units.h"

#include <gtest/gtest.h>

namespace vernier::config {
namespace {

struct Case {
  const char* text;
  Unit unit;
  QuantityStatus status;
  int64_t value;
};

TEST(Units, QuantitiesAreExact) {
  // Values by hand: 1 KiB = 1024 byte, 1 kHz = 1000 Hz.
  const Case cases[] = {
      {"512 KiB", Unit::byte, QuantityStatus::ok, 524288},
      {"512KiB", Unit::byte, QuantityStatus::ok, 524288},
      {"0.5 KiB", Unit::byte, QuantityStatus::ok, 512},
      {"0.3 KiB", Unit::byte, QuantityStatus::not_whole, 0},
      {"1.5 byte", Unit::byte, QuantityStatus::not_whole, 0},
      {"16 GiB", Unit::byte, QuantityStatus::ok, 17179869184},
      {"64 B", Unit::byte, QuantityStatus::ok, 64},
      {"9999999999 GiB", Unit::byte, QuantityStatus::overflow, 0},
      {"99999999999999999999 byte", Unit::byte, QuantityStatus::overflow, 0},
      {"0.00000000000000000001 KiB", Unit::byte, QuantityStatus::overflow, 0},
      {"1.333333333 GHz", Unit::hertz, QuantityStatus::ok, 1333333333},
      {"0.1 GHz", Unit::hertz, QuantityStatus::ok, 100000000},
      {"0.1 Hz", Unit::hertz, QuantityStatus::not_whole, 0},
      {"800 MHz", Unit::hertz, QuantityStatus::ok, 800000000},
      {"800 mhz", Unit::hertz, QuantityStatus::unknown_unit, 0},
      {"-3 cycle", Unit::cycle, QuantityStatus::ok, -3},
      {"1 cycles", Unit::cycle, QuantityStatus::ok, 1},
      {"256 bit", Unit::byte, QuantityStatus::unknown_unit, 0},
      {"256", Unit::bit, QuantityStatus::no_unit, 0},
      {"256 ", Unit::bit, QuantityStatus::no_unit, 0},
      {"", Unit::bit, QuantityStatus::no_number, 0},
      {"bit", Unit::bit, QuantityStatus::no_number, 0},
      {"-", Unit::bit, QuantityStatus::no_number, 0},
      {".5 KiB", Unit::byte, QuantityStatus::ok, 512},
      {"5. KiB", Unit::byte, QuantityStatus::unknown_unit, 0},
      {"1.2.3 KiB", Unit::byte, QuantityStatus::unknown_unit, 0},
  };
  for (const Case& c : cases) {
    const Quantity read = parse_quantity(c.text, c.unit);
    EXPECT_EQ(read.status, c.status) << c.text;
    EXPECT_EQ(read.value, c.value) << c.text;
  }
}

TEST(Units, IntegersTakeNoUnit) {
  EXPECT_EQ(parse_integer("-17").value, -17);
  EXPECT_EQ(parse_integer("9223372036854775807").value, INT64_MAX);
  EXPECT_EQ(parse_integer("9223372036854775808").status, QuantityStatus::overflow);
  EXPECT_EQ(parse_integer("17 bit").status, QuantityStatus::no_number);
  EXPECT_EQ(parse_integer("1e3").status, QuantityStatus::no_number);
  EXPECT_EQ(parse_integer("0x10").status, QuantityStatus::no_number);
  EXPECT_EQ(parse_integer("1.5").status, QuantityStatus::not_whole);
}

TEST(Units, WritesTheLargestUnitThatDivides) {
  EXPECT_EQ(format_quantity(524288, Unit::byte), "512 KiB");
  EXPECT_EQ(format_quantity(64, Unit::byte), "64 byte");
  EXPECT_EQ(format_quantity(1025, Unit::byte), "1025 byte");
  EXPECT_EQ(format_quantity(1048576, Unit::byte), "1 MiB");
  EXPECT_EQ(format_quantity(0, Unit::byte), "0 byte");
  EXPECT_EQ(format_quantity(1000000000, Unit::hertz), "1 GHz");
  EXPECT_EQ(format_quantity(1333333333, Unit::hertz), "1333333333 Hz");
  EXPECT_EQ(format_quantity(1, Unit::cycle), "1 cycle");
  EXPECT_EQ(format_quantity(7, Unit::none), "7");
}

}  // namespace
}  // namespace vernier::config
