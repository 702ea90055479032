// SPDX-License-Identifier: Apache-2.0
// FNV-1a, 64 bits (Fowler, Noll, Vo): a short name for a long content. Not for security.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace vernier {

class Digest {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) add_byte(static_cast<uint8_t>(c));
  }
  /// Little-endian, whatever the machine.
  void add(uint64_t value) {
    for (int i = 0; i < 8; ++i) add_byte(static_cast<uint8_t>(value >> (8 * i)));
  }
  /// 16 hexadecimal digits.
  [[nodiscard]] std::string text() const { return fmt::format("{:016x}", state_); }

 private:
  void add_byte(uint8_t byte) {
    constexpr uint64_t kPrime = 0x100000001b3;
    state_ = (state_ ^ byte) * kPrime;
  }

  static constexpr uint64_t kOffsetBasis = 0xcbf29ce484222325;
  uint64_t state_ = kOffsetBasis;
};

}  // namespace vernier
