// SPDX-License-Identifier: Apache-2.0
// What the vectors reached in the RTL: lines (Verilator's blocks and branches) and bits that changed both
// ways, per PE type over all of its arrays. A point counts where any instance in any array reached it.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/array/array_inside.h"

namespace vernier::cosim {

/// A line of rtl/coverage_exclusions.txt: bits that cannot change, and why.
struct Exclusion {
  std::vector<std::string> pes;  ///< empty: all PE types
  std::string module;            ///< its name, which is that of its file
  std::string signal;            ///< without bits
  int high = -1;                 ///< bits high..low; -1: all of it
  int low = -1;
  std::string reason;
  int line = 0;

  [[nodiscard]] size_t width() const { return static_cast<size_t>(high - low + 1); }
  [[nodiscard]] bool is_for(const std::string& pe) const;
  /// A bit of its module, such as "rows_q[12]".
  [[nodiscard]] bool covers(const std::string& bit) const;
};

/// Reads the text of an exclusion file. Throws InputError COS004 for a line it cannot read.
[[nodiscard]] std::vector<Exclusion> parse_exclusions(const std::string& text, const std::string& path);

/// Parts of one module or PE type.
struct CoverageCount {
  uint64_t lines = 0, lines_hit = 0;
  uint64_t bits = 0, bits_hit = 0;  ///< without those excluded
  uint64_t excluded = 0;

  CoverageCount& operator+=(const CoverageCount& other);
  [[nodiscard]] double line_percent() const;
  [[nodiscard]] double toggle_percent() const;
};

struct PeCoverage {
  std::string pe;
  int arrays = 0;
  CoverageCount total;
  std::map<std::string, CoverageCount> modules;
  std::vector<std::string> missed;  ///< "bitmod.sv:52: sum[25]", lines and bits
};

class Coverage {
 public:
  /// The least toggle coverage of a PE type in percent (check()).
  static constexpr double kToggleGoal = 95;

  explicit Coverage(std::vector<Exclusion> exclusions) : exclusions_(std::move(exclusions)) {}

  /// What an array of this PE type reached; nothing if it does not count. Threads may do this at a time.
  void add(const std::string& pe, array::IArrayInside& rtl);
  /// The same from the text of a coverage file of Verilator.
  void add(const std::string& pe, const std::string& text);

  [[nodiscard]] std::vector<PeCoverage> per_pe() const;
  /// What is wrong with the exclusions: bits that do change both ways and, with `all_blocks`, PE types,
  /// signals and bits that no array has.
  [[nodiscard]] std::vector<std::string> stale(bool all_blocks) const;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] nlohmann::ordered_json to_json() const;
  /// Throws CheckFailed if a PE type is below the goal or an exclusion is stale.
  void check(bool all_blocks) const;

 private:
  struct Point {
    int line = 0;
    bool reached = false;
  };
  using Points = std::map<std::string, Point>;  // by name
  struct Pe {
    int arrays = 0;
    std::map<std::string, Points> lines, bits;  // by module
  };

  [[nodiscard]] bool excluded(const std::string& pe, const std::string& module, const std::string& bit) const;
  /// The bits of a PE type that an exclusion names.
  [[nodiscard]] Points hidden(const std::string& pe, const Exclusion& exclusion) const;

  std::vector<Exclusion> exclusions_;
  std::map<std::string, Pe> pes_;
  std::mutex adding_;
};

}  // namespace vernier::cosim
