// SPDX-License-Identifier: Apache-2.0
// Numbers and tables for people: thousands separated, one scale per column with its unit in the heading.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/report/metrics.h"

namespace vernier::report {

/// 1234567 -> "1,234,567".
[[nodiscard]] std::string thousands(uint64_t number);

/// With its sign: "+1,234", "-1,234", "0".
[[nodiscard]] std::string signed_thousands(int64_t number);

/// Shares of `total` in tenths of a percent that sum to exactly 1000 (all 0 if total is 0): rounded down,
/// the missing tenths given to the largest remainders, the first on a tie. parts must sum to total.
[[nodiscard]] std::vector<int> permille_shares(const std::vector<uint64_t>& parts, uint64_t total);

/// A divisor and the unit that goes with it.
struct Scale {
  double divisor = 1;
  std::string prefix;  ///< "", "k", "Mi", "m"...
  std::string unit;    ///< with the prefix: "MiB"
};
/// The scale in which `largest` has at most about seven digits: B, KiB, MiB, GiB for bytes; k, M, G, T in
/// front of other units; s to ns for seconds. Cycles are never scaled.
[[nodiscard]] Scale scale_for(Unit unit, double largest);
/// A heading with the unit in brackets, said once: "DRAM [MiB]", "MACs [M]", "cycles".
[[nodiscard]] std::string heading(std::string_view label, Unit unit, const Scale& scale);
/// A value in a scale: whole numbers exactly, others with `decimals`; "-" if absent.
[[nodiscard]] std::string in_scale(const Value& value, const Scale& scale, int decimals = 1);
/// One number with its own scale and unit: "12.3 us", "3.4 GiB", "16,384 cycles".
[[nodiscard]] std::string quantity(const Value& value, Unit unit);

/// Left-aligned first column, right-aligned others, two spaces between, a rule under the heading.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> heading) : rows_{std::move(heading)} {}
  void add(std::vector<std::string> row);
  void add_rule() { rules_.push_back(rows_.size()); }
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<size_t> rules_;
};

}  // namespace vernier::report
