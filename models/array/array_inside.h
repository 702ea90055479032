// SPDX-License-Identifier: Apache-2.0
// What an array of either dataflow shows beyond its pins, if it is RTL.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace vernier::array {

/// A waveform of what is inside an array.
struct ArrayTrace {
  std::string path;                 ///< VCD file
  uint64_t begin = 0;               ///< first cycle recorded
  uint64_t end = UINT64_MAX;        ///< first cycle not recorded any more
  std::function<uint64_t()> cycle;  ///< the current cycle, asked in every tick(); it takes 1 ns in the file
};

class IArrayInside {
 public:
  virtual ~IArrayInside() = default;
  /// Writes every internal signal to a VCD file; false if there is nothing to show beyond the pins.
  virtual bool open_trace(const ArrayTrace&) { return false; }
  /// Completes the file; nothing if there is none.
  virtual void close_trace() {}
  /// Writes what was reached since the array was made to a file of Verilator's coverage format; false if the
  /// array does not count that.
  virtual bool write_coverage(const std::string& /*path*/) { return false; }
};

}  // namespace vernier::array
