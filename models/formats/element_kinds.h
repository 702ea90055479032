// SPDX-License-Identifier: Apache-2.0
// The two kinds of element format, for the list of names only; users ask element_format() by name.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/formats/element_format.h"

namespace vernier::formats {

using ElementPtr = std::unique_ptr<const ElementFormat>;

/// What the largest exponent field of a minifloat means.
enum class MinifloatSpecials {
  none,      ///< ordinary values (OCP MX fp6, fp4)
  nan_only,  ///< all ones is NaN, the rest ordinary (OCP fp8_e4m3)
  ieee,      ///< infinity and NaN (IEEE 754, OCP fp8_e5m2)
};

/// sign | exponent | mantissa with subnormals: field 0 is mantissa * 2^(1 - bias - mantissa_bits), field e is
/// (1 + mantissa / 2^mantissa_bits) * 2^(e - bias).
ElementPtr make_minifloat(std::string name, int exponent_bits, int mantissa_bits, int bias,
                          MinifloatSpecials specials);

/// values_by_code[code], NaN for a code without value; 2^bits entries.
ElementPtr make_table(std::string name, int bits, std::vector<double> values_by_code);

/// Sign (top bit) and index into magnitudes, ascending; the code of -0 stands for `special`, or for nothing
/// if that is NaN. magnitudes.size() is a power of two; without a zero among them every code is a value.
ElementPtr make_sign_magnitude(std::string name, const std::vector<double>& magnitudes, double special);

}  // namespace vernier::formats
