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
  std::string pe;      ///< empty: of all PE types
  std::string module;  ///< name of the module, which is that of its file
  std::string signal;  ///< without bits
  int high = -1;       ///< bits high..low; -1: all of it
  int low = -1;
  std::string reason;
  int line = 0;

  [[nodiscard]] bool covers(const std::string& of_pe, const std::string& of_module,
                            const std::string& bit) const;
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
  /// Exclusions of which no bit was left unreached, so that they hide nothing.
  [[nodiscard]] std::vector<Exclusion> unused() const;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] nlohmann::ordered_json to_json() const;
  /// Throws CheckFailed if a PE type is below the goal, or, with `all_blocks`, an exclusion is unused.
  void check(bool all_blocks) const;

 private:
  struct Point {
    int line = 0;
    uint64_t count = 0;
  };
  struct Pe {
    int arrays = 0;
    /// By module, kind ("toggle" or "line") and name of the point.
    std::map<std::string, std::map<std::string, Point>> lines, bits;
  };

  [[nodiscard]] const Exclusion* excluded(const std::string& pe, const std::string& module,
                                          const std::string& bit) const;

  std::vector<Exclusion> exclusions_;
  std::map<std::string, Pe> pes_;
  std::mutex adding_;
};

}  // namespace vernier::cosim
