// SPDX-License-Identifier: Apache-2.0
// The two packings of ternary weights: five to a byte (1.6 bits each) and four to a byte (2 bits each).
//
// Base 3: byte = sum over i < 5 of (t_i + 1) * 3^i; bytes above 242 stand for nothing; missing trits of the
// last byte are 0. Two bits: the two's complement codes of the element format "ternary", first trit in the
// low bits. Unpacking throws InputError FMT006 for a byte that stands for nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vernier::formats {

[[nodiscard]] std::vector<uint8_t> pack_trits_base3(const std::vector<int8_t>& trits);
[[nodiscard]] std::vector<int8_t> unpack_trits_base3(const std::vector<uint8_t>& bytes, size_t count);
[[nodiscard]] std::vector<uint8_t> pack_trits_2bit(const std::vector<int8_t>& trits);
[[nodiscard]] std::vector<int8_t> unpack_trits_2bit(const std::vector<uint8_t>& bytes, size_t count);

}  // namespace vernier::formats
