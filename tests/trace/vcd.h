// SPDX-License-Identifier: Apache-2.0
// A reader of VCD files, for tests.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vernier::trace {

/// Values of one signal: time in picoseconds and value from then on, in order of time.
using Changes = std::vector<std::pair<uint64_t, uint64_t>>;

struct Vcd {
  std::map<std::string, Changes>
      signals;                   ///< by path, "SystemC.top.load.busy"; at most 64 bits wide, no x or z
  uint64_t first = 0, last = 0;  ///< smallest and largest time of a value

  /// The value at the beginning of a cycle of 1 ns. Fails the test if there is no such signal, or no value
  /// yet.
  [[nodiscard]] uint64_t at(const std::string& signal, uint64_t cycle) const;
};

/// Reads the file; throws std::runtime_error if it is not a VCD file of 1 ps. Wider signals are left out.
[[nodiscard]] Vcd read_vcd(const std::string& path);

}  // namespace vernier::trace
