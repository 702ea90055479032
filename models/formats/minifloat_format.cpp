// SPDX-License-Identifier: Apache-2.0
// Floating-point element formats of any exponent and mantissa width up to fp32.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "models/formats/element_kinds.h"

namespace vernier::formats {
namespace {

class MinifloatFormat final : public ElementFormat {
 public:
  MinifloatFormat(std::string name, int exponent_bits, int mantissa_bits, int bias,
                  MinifloatSpecials specials)
      : ElementFormat(std::move(name), 1 + exponent_bits + mantissa_bits),
        exponent_bits_(exponent_bits),
        mantissa_bits_(mantissa_bits),
        bias_(bias),
        specials_(specials) {}

  bool is_valid(uint32_t code) const override { return code < code_count(); }

  double decode(uint32_t code) const override {
    VERNIER_INVARIANT(is_valid(code), "{} has no code {}", name(), code);
    const uint32_t magnitude = code & (sign_bit() - 1);
    const uint32_t mantissa = magnitude & ((1U << mantissa_bits_) - 1);
    const int field = static_cast<int>(magnitude >> mantissa_bits_);
    double value;
    if (magnitude > largest_magnitude()) {
      const bool infinity = specials_ == MinifloatSpecials::ieee && mantissa == 0;
      value = infinity ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    } else {
      const uint32_t significand = field == 0 ? mantissa : mantissa | (1U << mantissa_bits_);
      value = std::ldexp(significand, std::max(field, 1) - bias_ - mantissa_bits_);
    }
    return (code & sign_bit()) != 0 ? -value : value;
  }

  uint32_t encode(double value) const override {
    if (std::isnan(value)) return nan_code();
    const uint32_t sign = std::signbit(value) ? sign_bit() : 0;
    const double magnitude = std::fabs(value);
    return sign | std::min(round_magnitude(magnitude), overflow_code());
  }

 private:
  uint32_t sign_bit() const { return 1U << (exponent_bits_ + mantissa_bits_); }

  /// Code of the largest finite magnitude.
  uint32_t largest_magnitude() const {
    if (specials_ == MinifloatSpecials::ieee) return (((1U << exponent_bits_) - 1) << mantissa_bits_) - 1;
    return sign_bit() - 1 - (specials_ == MinifloatSpecials::nan_only ? 1U : 0U);
  }

  uint32_t overflow_code() const {
    return specials_ == MinifloatSpecials::ieee ? largest_magnitude() + 1 : largest_magnitude();
  }

  uint32_t nan_code() const {
    if (specials_ == MinifloatSpecials::none) {
      throw InputError("FMT003", fmt::format("{} has no code for NaN", name()));
    }
    if (specials_ == MinifloatSpecials::nan_only) return largest_magnitude() + 1;
    return largest_magnitude() + 1 + (1U << (mantissa_bits_ - 1));
  }

  /// Nearest even in the binade of the value; codes go on past the largest.
  uint32_t round_magnitude(double magnitude) const {
    if (magnitude == 0) return 0;
    if (std::isinf(magnitude) || std::ilogb(magnitude) + bias_ >= (1 << exponent_bits_))
      return overflow_code();
    const int field = std::max(std::ilogb(magnitude) + bias_, 1);
    // In units of the last place; a normal significand carries 2^mantissa_bits, hence field - 1.
    const double units = std::ldexp(magnitude, bias_ + mantissa_bits_ - field);
    const double below = std::floor(units);
    const uint32_t code = (static_cast<uint32_t>(field - 1) << mantissa_bits_) + static_cast<uint32_t>(below);
    const bool up = units - below > 0.5 || (units - below == 0.5 && (code & 1U) != 0);
    return up ? code + 1 : code;
  }

  int exponent_bits_;
  int mantissa_bits_;
  int bias_;
  MinifloatSpecials specials_;
};

}  // namespace

ElementPtr make_minifloat(std::string name, int exponent_bits, int mantissa_bits, int bias,
                          MinifloatSpecials specials) {
  return std::make_unique<MinifloatFormat>(std::move(name), exponent_bits, mantissa_bits, bias, specials);
}

}  // namespace vernier::formats
