// SPDX-License-Identifier: Apache-2.0
// Energy, leakage, area and access time of SRAM banks from reference points (configs/sram/*.csv).
//
// Between the points of one process node and kind of ports every quantity is interpolated in log-log: first
// in capacity, along each of the two neighbouring widths, then in width. A point of the table is returned
// exactly.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vernier::energy {

/// What one bank costs.
struct SramNumbers {
  double read_pj = 0;  ///< per access of the whole width
  double write_pj = 0;
  double leakage_mw = 0;
  double area_mm2 = 0;
  double access_ns = 0;

  using Member = double SramNumbers::*;
  static constexpr std::array<Member, 5> members() {
    return {&SramNumbers::read_pj, &SramNumbers::write_pj, &SramNumbers::leakage_mw, &SramNumbers::area_mm2,
            &SramNumbers::access_ns};
  }
};

struct SramPoint {
  int node_nm = 0;
  int64_t capacity_bytes = 0;
  int access_bits = 0;
  std::string ports;  ///< "1rw", "1r1w"
  SramNumbers numbers;
};

/// Whether a bank that no points surround is an error or is extrapolated from the nearest two.
enum class Outside { error, extrapolate };

class SramTable {
 public:
  /// Throws InputError ENE002 for text that is no such table. `file` is named in messages.
  static SramTable parse(std::string_view text, const std::string& file);
  static SramTable load(const std::string& path);

  explicit SramTable(std::vector<SramPoint> points);

  /// One bank. Throws InputError ENE003, which says what the table has, if the node or the ports are not in
  /// it, or if no points surround the bank and `outside` is error.
  [[nodiscard]] SramNumbers bank(int node_nm, const std::string& ports, int64_t capacity_bytes,
                                 int access_bits, Outside outside = Outside::error) const;

  [[nodiscard]] const std::vector<SramPoint>& points() const { return points_; }
  [[nodiscard]] std::vector<int> nodes() const;

 private:
  /// Numbers by capacity.
  using Column = std::map<int64_t, SramNumbers>;
  std::vector<SramPoint> points_;
  std::map<std::pair<int, std::string>, std::map<int, Column>> columns_;  ///< by node and ports, by width
};

}  // namespace vernier::energy
