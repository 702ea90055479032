// SPDX-License-Identifier: Apache-2.0
// Division by a number that is chosen once: a shift if it is a power of two.
#pragma once

#include <cstdint>

namespace vernier {

class Divisor {
 public:
  /// > 0
  explicit Divisor(uint64_t by) : by_(by) {
    if ((by & (by - 1)) != 0) return;
    for (shift_ = 0; (uint64_t{1} << shift_) < by;) ++shift_;
  }
  [[nodiscard]] uint64_t value() const { return by_; }
  [[nodiscard]] uint64_t quotient(uint64_t number) const {
    return shift_ >= 0 ? number >> shift_ : number / by_;
  }
  [[nodiscard]] uint64_t remainder(uint64_t number) const {
    return shift_ >= 0 ? number & (by_ - 1) : number % by_;
  }

 private:
  uint64_t by_;
  int shift_ = -1;
};

}  // namespace vernier
