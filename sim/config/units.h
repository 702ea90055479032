// SPDX-License-Identifier: Apache-2.0
// Units of configuration values: every quantity is a whole number of its base unit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vernier::config {

/// Base unit of a key. `none` is a bare number or a name.
enum class Unit { none, bit, byte, hertz, cycle };

/// One spelling of a unit, in base units. The first spelling of a dimension is its base unit.
struct UnitSpelling {
  std::string name;
  int64_t factor = 1;
  bool canonical = true;  ///< used when writing; the others are only read
};

/// "bit", "byte", "Hz", "cycle" or "-".
[[nodiscard]] const char* name_of(Unit unit);

/// All spellings of a dimension, largest last. Empty for `none`.
[[nodiscard]] const std::vector<UnitSpelling>& spellings(Unit unit);

/// What reading a quantity found.
enum class QuantityStatus {
  ok,
  no_number,     ///< does not start with a decimal number
  no_unit,       ///< a number alone
  unknown_unit,  ///< the text after the number is no spelling of the dimension
  not_whole,     ///< not a whole number of base units
  overflow,      ///< does not fit 64 bits
};

struct Quantity {
  QuantityStatus status = QuantityStatus::ok;
  int64_t value = 0;  ///< in base units, exact
  std::string unit;   ///< the unit as written
};

/// Reads "512 KiB", "0.8 GHz", "1 cycle". Decimal, no exponent; exact.
[[nodiscard]] Quantity parse_quantity(std::string_view text, Unit unit);

/// Reads a whole decimal number with an optional sign (`unit` stays empty).
[[nodiscard]] Quantity parse_integer(std::string_view text);

/// Writes with the largest canonical unit that divides the value: 524288 -> "512 KiB".
[[nodiscard]] std::string format_quantity(int64_t value, Unit unit);

}  // namespace vernier::config
