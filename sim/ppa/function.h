// SPDX-License-Identifier: Apache-2.0
// Boolean functions of Liberty files ("(!(A & B))", "A' B + C") as truth tables.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vernier::ppa {

constexpr int kMostInputs = 6;  ///< of a function: its truth table is one word

/// A function of at most kMostInputs variables: bit i is its value where variable v is bit v of i.
struct TruthTable {
  std::vector<std::string> variables;  ///< in order of their first use
  uint64_t bits = 0;

  [[nodiscard]] bool at(unsigned index) const { return (bits >> index & 1U) != 0; }
  /// The same function up to the order of its variables.
  [[nodiscard]] bool same_as(const TruthTable& other) const;
};

/// Operators by precedence: ' and !, ^, & * and juxtaposition, | and +. Throws std::invalid_argument with
/// what is wrong.
[[nodiscard]] TruthTable truth_table(const std::string& expression);

}  // namespace vernier::ppa
