// SPDX-License-Identifier: Apache-2.0
// The timing of a PE type, counted by hand: an independent witness for its descriptor and its hardware. One
// file per type, tests/pe/timing/<name>.txt, with one fact per line (docs/testing.md, "A new PE").
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

namespace vernier::pe_test {

class HandTiming {
 public:
  static const HandTiming& of(const std::string& pe) {
    static std::map<std::string, HandTiming> known;
    const auto found = known.find(pe);
    if (found != known.end()) return found->second;
    const std::string path = std::string(VERNIER_SOURCE_DIR) + "/tests/pe/timing/" + pe + ".txt";
    std::ifstream in(path);
    if (!in) throw std::logic_error(path + ": missing; it holds the timing of " + pe + ", counted by hand");
    return known.emplace(pe, HandTiming(path, in)).first->second;
  }

  HandTiming(std::string path, std::istream& in) : path_(std::move(path)) {
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line.substr(0, line.find('#')));
      std::string fact, family, rest;
      if (!(words >> fact)) continue;
      if (fact == "T") words >> family;
      int64_t cycles = -1;
      const bool known = fact == "T" || fact == "P" || fact == "D_q" || fact == "TAIL";
      if (!known || !(words >> cycles) || cycles < 0 || words >> rest) {
        throw std::logic_error(path_ + ": not 'P n', 'D_q n', 'TAIL n' or 'T format n': " + line);
      }
      if (!(family.empty() ? facts_ : terms_).emplace(family.empty() ? fact : family, cycles).second) {
        throw std::logic_error(path_ + ": twice: " + line);
      }
    }
    const bool inside = facts_.count("D_q") == 1 && facts_.count("TAIL") == 1 && facts_.size() == 2;
    if (!inside && !(at_edge() && facts_.size() == 1)) {
      throw std::logic_error(path_ + ": wants either P, or D_q and TAIL");
    }
  }

  /// Groups are dequantized at the array's edge.
  [[nodiscard]] bool at_edge() const { return facts_.count("P") == 1; }

  /// T of a weight format: of its name up to the first underscore.
  [[nodiscard]] int64_t terms(const std::string& format) const {
    const std::string family = format.substr(0, format.find('_'));
    const auto found = terms_.find(family);
    if (found == terms_.end()) throw std::logic_error(path_ + ": no T of " + family);
    return found->second;
  }

  /// D_q of a pass with so many columns (docs/array.md, "Group dequantizers at the edge").
  [[nodiscard]] int64_t dequantization(bool systolic, int64_t cols) const {
    return at_edge() ? 1 + (systolic ? 2 : 1) * (cols - 1) : facts_.at("D_q");
  }

  /// TAIL of a pass with so many columns.
  [[nodiscard]] int64_t tail(int64_t cols) const {
    return at_edge() ? facts_.at("P") + 4 + (cols - 1) : facts_.at("TAIL");
  }

 private:
  std::string path_;
  std::map<std::string, int64_t> facts_;  // P, D_q, TAIL
  std::map<std::string, int64_t> terms_;  // by format family
};

}  // namespace vernier::pe_test
