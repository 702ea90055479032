// SPDX-License-Identifier: Apache-2.0
#include "sim/config/units.h"

#include <fmt/format.h>

#include <numeric>

namespace vernier::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A decimal number as mantissa / 10^decimals, and how many characters it took (0 = none).
struct Decimal {
  int64_t mantissa = 0;
  int decimals = 0;
  size_t length = 0;
  bool overflow = false;
};

Decimal parse_decimal(std::string_view text) {
  Decimal out;
  size_t i = 0;
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) ++i;
  size_t digits = 0;
  bool after_point = false;
  for (; i < text.size(); ++i) {
    if (text[i] == '.' && !after_point && i + 1 < text.size() && is_digit(text[i + 1])) {
      after_point = true;
      continue;
    }
    if (!is_digit(text[i])) break;
    ++digits;
    out.overflow |= __builtin_mul_overflow(out.mantissa, int64_t{10}, &out.mantissa);
    out.overflow |= __builtin_add_overflow(out.mantissa, int64_t{text[i] - '0'}, &out.mantissa);
    if (after_point) ++out.decimals;
  }
  if (digits == 0) return {};
  if (negative) out.mantissa = -out.mantissa;
  out.length = i;
  return out;
}

/// mantissa * factor / 10^decimals, exactly.
Quantity scale(const Decimal& number, int64_t factor, std::string unit) {
  int64_t numerator = number.mantissa;
  int64_t denominator = 1;
  bool overflow = number.overflow;
  for (int i = 0; i < number.decimals; ++i) {
    overflow |= __builtin_mul_overflow(denominator, int64_t{10}, &denominator);
  }
  if (overflow) return {QuantityStatus::overflow, 0, std::move(unit)};
  const int64_t common = std::gcd(factor, denominator);
  denominator /= common;
  if (numerator % denominator != 0) return {QuantityStatus::not_whole, 0, std::move(unit)};
  numerator /= denominator;
  int64_t value = 0;
  if (__builtin_mul_overflow(numerator, factor / common, &value)) {
    return {QuantityStatus::overflow, 0, std::move(unit)};
  }
  return {QuantityStatus::ok, value, std::move(unit)};
}

}  // namespace

const char* name_of(Unit unit) {
  switch (unit) {
    case Unit::none:
      return "-";
    case Unit::bit:
      return "bit";
    case Unit::byte:
      return "byte";
    case Unit::hertz:
      return "Hz";
    case Unit::cycle:
      return "cycle";
  }
  return "-";
}

const std::vector<UnitSpelling>& spellings(Unit unit) {
  constexpr int64_t kKibi = 1024;
  constexpr int64_t kKilo = 1000;
  static const std::vector<UnitSpelling> none;
  static const std::vector<UnitSpelling> bit = {{"bit", 1}, {"bits", 1, false}};
  static const std::vector<UnitSpelling> byte = {
      {"byte", 1},    {"bytes", 1, false},    {"B", 1, false},
      {"KiB", kKibi}, {"MiB", kKibi * kKibi}, {"GiB", kKibi * kKibi * kKibi}};
  static const std::vector<UnitSpelling> hertz = {
      {"Hz", 1}, {"kHz", kKilo}, {"MHz", kKilo * kKilo}, {"GHz", kKilo * kKilo * kKilo}};
  static const std::vector<UnitSpelling> cycle = {{"cycle", 1}, {"cycles", 1, false}};
  switch (unit) {
    case Unit::none:
      return none;
    case Unit::bit:
      return bit;
    case Unit::byte:
      return byte;
    case Unit::hertz:
      return hertz;
    case Unit::cycle:
      return cycle;
  }
  return none;
}

Quantity parse_quantity(std::string_view text, Unit unit) {
  const Decimal number = parse_decimal(text);
  if (number.length == 0) return {QuantityStatus::no_number, 0, {}};
  std::string_view rest = text.substr(number.length);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  if (rest.empty()) return {QuantityStatus::no_unit, 0, {}};
  for (const UnitSpelling& spelling : spellings(unit)) {
    if (rest == spelling.name) return scale(number, spelling.factor, spelling.name);
  }
  return {QuantityStatus::unknown_unit, 0, std::string(rest)};
}

Quantity parse_integer(std::string_view text) {
  const Decimal number = parse_decimal(text);
  if (number.length == 0 || number.length != text.size()) return {QuantityStatus::no_number, 0, {}};
  return scale(number, 1, {});
}

std::string format_quantity(int64_t value, Unit unit) {
  const UnitSpelling* best = nullptr;
  for (const UnitSpelling& spelling : spellings(unit)) {
    if (!spelling.canonical) continue;
    if (best == nullptr || (value != 0 && value % spelling.factor == 0)) best = &spelling;
  }
  if (best == nullptr) return fmt::format("{}", value);
  return fmt::format("{} {}", value / best->factor, best->name);
}

}  // namespace vernier::config
