// SPDX-License-Identifier: Apache-2.0
// Element formats: the finite set of values one code of a few bits can stand for.
//
// A format is either a minifloat (sign, exponent, mantissa: minifloat_format.cpp) or a table from code to
// value (table_format.cpp). element_format.cpp is the list of names; a new format is one line there.
// docs/formats.md lists names, bits and sources.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vernier::formats {

class ElementFormat {
 public:
  ElementFormat(std::string name, int bits) : name_(std::move(name)), bits_(bits) {}
  virtual ~ElementFormat() = default;
  ElementFormat(const ElementFormat&) = delete;
  ElementFormat& operator=(const ElementFormat&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int bits() const { return bits_; }
  /// 2^bits, whether or not every code is used.
  [[nodiscard]] uint64_t code_count() const { return uint64_t{1} << bits_; }

  /// Whether the code stands for a value (infinities and NaN count as values).
  [[nodiscard]] virtual bool is_valid(uint32_t code) const = 0;

  /// Exact value of a valid code.
  [[nodiscard]] virtual double decode(uint32_t code) const = 0;

  /// Code of the nearest value. A tie goes to the even code (least significant bit 0); of two neighbours with
  /// the same parity, to the smaller magnitude, then to the lower value. Past the largest value: infinity in
  /// fp32, fp16, bf16 and fp8_e5m2 (IEEE 754), else the largest value. Throws InputError FMT003 for NaN if
  /// the format has none.
  [[nodiscard]] virtual uint32_t encode(double value) const = 0;

  /// The distinct finite values, ascending; a negative zero is not listed. Formats of at most 16 bits.
  [[nodiscard]] std::vector<double> values() const;

 private:
  std::string name_;
  int bits_;
};

/// The format of that name, shared and immutable. Throws InputError FMT002 with the nearest name, or with the
/// allowed range if a number in the name is outside it.
[[nodiscard]] std::shared_ptr<const ElementFormat> element_format(std::string_view name);

/// A format of 2^bits arbitrary values: code i stands for values[i] (k-means codebooks, SqueezeLLM). The
/// values are finite and distinct; their number is a power of two, 2..65536. Throws InputError FMT004
/// otherwise.
[[nodiscard]] std::shared_ptr<const ElementFormat> codebook_format(std::string name,
                                                                   std::vector<double> values);

/// One line each; a '#' in the pattern is a number within the range the description gives.
struct ElementSummary {
  std::string pattern;
  std::string description;
};
[[nodiscard]] std::vector<ElementSummary> list_element_formats();

}  // namespace vernier::formats
