// SPDX-License-Identifier: Apache-2.0
// A block of RTL below the array, as its pins.
#pragma once

#include <string>
#include <vector>

namespace vernier::cosim {

/// A pin and the memory that holds its value: little-endian, 1, 2, 4, 8 bytes or a multiple of 4.
struct RtlPin {
  std::string name;
  bool input = false;
  int bits = 0;
  void* data = nullptr;
};

class IBlockRtl {
 public:
  virtual ~IBlockRtl() = default;
  /// All but clk_i and rst_ni, in no order.
  [[nodiscard]] virtual std::vector<RtlPin> pins() = 0;
  /// Back to the state after power-on reset.
  virtual void reset() = 0;
  /// The inputs take effect on the outputs of this cycle.
  virtual void settle() = 0;
  /// The rising edge that ends the cycle; settle() first.
  virtual void edge() = 0;
};

}  // namespace vernier::cosim
