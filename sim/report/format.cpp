// SPDX-License-Identifier: Apache-2.0
#include "sim/report/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/printable.h"

namespace vernier::report {
namespace {

// Characters, not bytes, so that names in UTF-8 stay aligned.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string fixed(double number, int decimals) {
  std::string digits = fmt::format("{:.{}f}", number, decimals);
  const size_t point = std::min(digits.find('.'), digits.size());
  for (size_t at = point; at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

Scale stepped(double largest, double step, const std::vector<const char*>& prefixes,
              const std::string& unit) {
  Scale scale{1, "", unit};
  for (const char* prefix : prefixes) {
    if (largest / scale.divisor < 1e4) break;
    scale = {scale.divisor * step, prefix, prefix + unit};
  }
  return scale;
}

}  // namespace

std::string thousands(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string signed_thousands(int64_t number) {
  if (number == 0) return "0";
  const std::string digits = thousands(static_cast<uint64_t>(number < 0 ? -number : number));
  return (number < 0 ? "-" : "+") + digits;
}

std::vector<int> permille_shares(const std::vector<uint64_t>& parts, uint64_t total) {
  std::vector<int> shares(parts.size(), 0);
  if (total == 0) return shares;
  std::vector<double> remainders(parts.size());
  int missing = 1000;
  for (size_t i = 0; i < parts.size(); ++i) {
    const double exact = 1000.0 * static_cast<double>(parts[i]) / static_cast<double>(total);
    shares[i] = static_cast<int>(exact);
    remainders[i] = exact - shares[i];
    missing -= shares[i];
  }
  VERNIER_INVARIANT(missing >= 0 && missing <= static_cast<int>(parts.size()), "parts do not sum to {}",
                    total);
  std::vector<size_t> order(parts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return remainders[a] > remainders[b]; });
  for (int i = 0; i < missing; ++i) ++shares[order[static_cast<size_t>(i)]];
  return shares;
}

namespace {

/// Of a number in `base` of a unit: whole units, thousandths, millionths...
Scale small(double largest, double base, const std::string& unit) {
  constexpr std::array<std::pair<double, const char*>, 5> kSteps = {
      {{1, ""}, {1e-3, "m"}, {1e-6, "u"}, {1e-9, "n"}, {1e-12, "p"}}};
  for (const auto& [size, prefix] : kSteps) {
    if (largest * base >= size) return {size / base, prefix, prefix + unit};
  }
  return {1e-12 / base, "p", "p" + unit};
}

}  // namespace

Scale scale_for(Unit unit, double largest) {
  const std::string plain(symbol(unit));
  switch (unit) {
    case Unit::bytes:
    case Unit::bytes_per_second:
      return stepped(largest, 1024, {"Ki", "Mi", "Gi", "Ti"}, plain);
    case Unit::macs:
    case Unit::macs_per_second:
    case Unit::bits:
    case Unit::events:
    case Unit::instructions:
      return stepped(largest, 1000, {"k", "M", "G", "T"}, plain);
    case Unit::ratio:
      return {1, "", ""};
    case Unit::cycles:
    case Unit::macs_per_byte:
    case Unit::executions:
    case Unit::square_millimetres:
    case Unit::tops_per_watt:
    case Unit::tops_per_square_millimetre:
      return {1, "", plain};
    case Unit::femtojoules:
      return small(largest, 1e-15, "J");
    case Unit::picojoules:
      return small(largest, 1e-12, "J");
    case Unit::watts:
      return small(largest, 1, "W");
    case Unit::joule_seconds:
      return small(largest, 1, "J s");
    case Unit::seconds:
      break;
  }
  if (largest >= 1 || largest <= 0) return {1, "", "s"};
  if (largest >= 1e-3) return {1e-3, "m", "ms"};
  if (largest >= 1e-6) return {1e-6, "u", "us"};
  return {1e-9, "n", "ns"};
}

std::string heading(std::string_view label, Unit unit, const Scale& scale) {
  const std::string& shown = label == symbol(unit) ? scale.prefix : scale.unit;
  return shown.empty() ? std::string(label) : fmt::format("{} [{}]", label, shown);
}

std::string in_scale(const Value& value, const Scale& scale, int decimals) {
  if (!present(value)) return "-";
  const auto* integer = std::get_if<uint64_t>(&value);
  if (integer != nullptr && scale.divisor == 1) return thousands(*integer);
  return fixed(as_double(value) / scale.divisor, decimals);
}

std::string quantity(const Value& value, Unit unit) {
  if (!present(value)) return "-";
  const Scale scale = scale_for(unit, as_double(value));
  const std::string number = in_scale(value, scale, unit == Unit::ratio ? 3 : 2);
  return scale.unit.empty() ? number : number + " " + scale.unit;
}

void TextTable::add(std::vector<std::string> row) {
  for (std::string& cell : row) cell = printable(std::move(cell));
  rows_.push_back(std::move(row));
}

std::string TextTable::text() const {
  std::vector<size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_) {
    VERNIER_INVARIANT(row.size() == widths.size(), "{} cells in a table of {} columns", row.size(),
                      widths.size());
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  const size_t line = std::accumulate(widths.begin(), widths.end(), 2 * (widths.size() - 1));
  const std::string rule = std::string(line, '-') + "\n";
  std::string out;
  for (size_t r = 0; r < rows_.size(); ++r) {
    if (std::count(rules_.begin(), rules_.end(), r) != 0) out += rule;
    std::string text;
    for (size_t i = 0; i < rows_[r].size(); ++i) {
      const std::string pad(widths[i] - width_of(rows_[r][i]), ' ');
      text += (i == 0 ? "" : "  ") + (i == 0 ? rows_[r][i] + pad : pad + rows_[r][i]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
    if (r == 0) out += rule;
  }
  return out;
}

}  // namespace vernier::report
