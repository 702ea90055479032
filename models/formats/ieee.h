// SPDX-License-Identifier: Apache-2.0
// Exact bit conversions between float and the small floating-point formats, for hot loops.
//
// Every *_from_float rounds to nearest, ties to even, once, subnormals included. Every *_to_float is exact.
// NaN: any NaN gives the canonical quiet NaN of the target (fp16 7e00, bf16 7fc0, fp32 7fc00000, fp8_e4m3 7f,
// fp8_e5m2 7e), sign dropped. Overflow: fp16, bf16 and fp8_e5m2 go to infinity as IEEE 754 does; fp8_e4m3 has
// no infinity and saturates to +-448 (OCP OFP8, saturating mode), infinities too.
#pragma once

#include <cstdint>
#include <cstring>

namespace vernier::formats {

constexpr uint16_t kFp16Nan = 0x7e00;
constexpr uint16_t kFp16Infinity = 0x7c00;
constexpr uint16_t kFp16One = 0x3c00;
constexpr uint32_t kFp32Nan = 0x7fc00000;
constexpr uint32_t kFp32Infinity = 0x7f800000;

inline uint32_t fp32_bits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline float fp32_from_bits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// The bits of a float, any NaN replaced by the canonical one.
inline uint32_t fp32_canonical_bits(float value) { return value != value ? kFp32Nan : fp32_bits(value); }

/// The value itself, any NaN replaced by the canonical one. Hardware gives NaNs of either sign.
inline float fp32_canonical(float value) { return value != value ? fp32_from_bits(kFp32Nan) : value; }

namespace ieee_detail {

/// sig / 2^shift, nearest even; shift 1..31.
inline uint32_t shift_right_even(uint32_t sig, int shift) {
  const uint32_t odd = (sig >> shift) & 1U;
  return (sig + ((1U << (shift - 1)) - 1U) + odd) >> shift;
}

/// Magnitude of a float that is not NaN, as a code of ExponentBits and MantissaBits with the IEEE bias,
/// rounded to nearest even. Past the largest exponent the code simply continues; the caller clamps it.
template <int ExponentBits, int MantissaBits>
inline uint32_t round_magnitude(uint32_t magnitude) {
  constexpr int kBias = (1 << (ExponentBits - 1)) - 1;
  constexpr int kDrop = 23 - MantissaBits;
  constexpr uint32_t kSmallestNormal = static_cast<uint32_t>(128 - kBias) << 23;
  if (magnitude >= kSmallestNormal) {
    return shift_right_even(magnitude - (static_cast<uint32_t>(127 - kBias) << 23), kDrop);
  }
  // Subnormal: the code counts units of 2^(1 - bias - MantissaBits).
  const int shift = kDrop + 128 - kBias - static_cast<int>(magnitude >> 23);
  if (shift > 24) return 0;  // below half a unit
  return shift_right_even((magnitude & 0x7fffffU) | 0x800000U, shift);
}

/// Value of a magnitude code below infinity, exact.
template <int ExponentBits, int MantissaBits>
inline float magnitude_value(uint32_t code) {
  constexpr int kBias = (1 << (ExponentBits - 1)) - 1;
  constexpr int kDrop = 23 - MantissaBits;
  if (code >> MantissaBits)
    return fp32_from_bits((code << kDrop) + (static_cast<uint32_t>(127 - kBias) << 23));
  constexpr uint32_t kUnit = static_cast<uint32_t>(128 - kBias - MantissaBits) << 23;
  return static_cast<float>(code) * fp32_from_bits(kUnit);
}

}  // namespace ieee_detail

inline uint16_t fp16_from_float(float value) {
  const uint32_t bits = fp32_bits(value);
  const uint32_t sign = (bits >> 16) & 0x8000U;
  const uint32_t magnitude = bits & 0x7fffffffU;
  if (magnitude > kFp32Infinity) return kFp16Nan;
  if (magnitude >= 0x47800000U) return static_cast<uint16_t>(sign | kFp16Infinity);  // 2^16 and up
  return static_cast<uint16_t>(sign | ieee_detail::round_magnitude<5, 10>(magnitude));
}

/// One rounding from double to fp16: to float by rounding to odd first, which keeps what the second rounding
/// needs.
inline uint16_t fp16_from_double(double value) {
  const float nearest = static_cast<float>(value);
  if (value != value || static_cast<double>(nearest) == value) return fp16_from_float(nearest);
  const double magnitude = value < 0 ? -value : value;
  const double nearest_magnitude = nearest < 0 ? -static_cast<double>(nearest) : static_cast<double>(nearest);
  const uint32_t truncated = fp32_bits(nearest) - (nearest_magnitude > magnitude ? 1U : 0U);
  return fp16_from_float(fp32_from_bits(truncated | 1U));
}

inline float fp16_to_float(uint16_t code) {
  const uint32_t sign = (code & 0x8000U) << 16;
  const uint32_t magnitude = code & 0x7fffU;
  if (magnitude > kFp16Infinity) return fp32_from_bits(kFp32Nan);
  if (magnitude == kFp16Infinity) return fp32_from_bits(sign | kFp32Infinity);
  return fp32_from_bits(sign | fp32_bits(ieee_detail::magnitude_value<5, 10>(magnitude)));
}

inline uint16_t bf16_from_float(float value) {
  const uint32_t bits = fp32_bits(value);
  if ((bits & 0x7fffffffU) > kFp32Infinity) return 0x7fc0;
  return static_cast<uint16_t>(((bits & 0x7fffffffU) + 0x7fffU + ((bits >> 16) & 1U)) >> 16 |
                               ((bits >> 16) & 0x8000U));
}

inline float bf16_to_float(uint16_t code) {
  if ((code & 0x7fffU) > 0x7f80U) return fp32_from_bits(kFp32Nan);
  return fp32_from_bits(static_cast<uint32_t>(code) << 16);
}

inline uint8_t fp8_e4m3_from_float(float value) {
  const uint32_t bits = fp32_bits(value);
  const uint32_t sign = (bits >> 24) & 0x80U;
  const uint32_t magnitude = bits & 0x7fffffffU;
  if (magnitude > kFp32Infinity) return 0x7f;
  if (magnitude >= 0x43e00000U) return static_cast<uint8_t>(sign | 0x7eU);  // 448 and up
  return static_cast<uint8_t>(sign | ieee_detail::round_magnitude<4, 3>(magnitude));
}

inline float fp8_e4m3_to_float(uint8_t code) {
  const uint32_t sign = (code & 0x80U) << 24;
  const uint32_t magnitude = code & 0x7fU;
  if (magnitude == 0x7fU) return fp32_from_bits(kFp32Nan);
  return fp32_from_bits(sign | fp32_bits(ieee_detail::magnitude_value<4, 3>(magnitude)));
}

inline uint8_t fp8_e5m2_from_float(float value) {
  const uint32_t bits = fp32_bits(value);
  const uint32_t sign = (bits >> 24) & 0x80U;
  const uint32_t magnitude = bits & 0x7fffffffU;
  if (magnitude > kFp32Infinity) return 0x7e;
  if (magnitude >= 0x47800000U) return static_cast<uint8_t>(sign | 0x7cU);  // 2^16 and up
  return static_cast<uint8_t>(sign | ieee_detail::round_magnitude<5, 2>(magnitude));
}

inline float fp8_e5m2_to_float(uint8_t code) {
  return fp16_to_float(static_cast<uint16_t>(code << 8));  // e5m2 is the upper half of fp16
}

}  // namespace vernier::formats
