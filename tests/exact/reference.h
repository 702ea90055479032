// SPDX-License-Identifier: Apache-2.0
// What the results of a product have to be, from stored numbers and docs/array.md alone.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/exact/product.h"

namespace vernier::exact {

/// How a PE type rounds within a group; what comes after it is the same for all, docs/array.md.
struct Rounding {
  std::string pe;
  Real bound = 0;                  ///< of |error| / sum of |terms|, with fp16 and fp8 activations
  Real bound_int8_tables = 0;      ///< the same with table_int8
  bool dequantizes_first = false;  ///< weights are rounded to fp16 before they are multiplied
  bool tables =
      false;  ///< of sums of four, in fp16: terms count as if every weight were the format's largest
};

/// From the pages of the PE types. Throws std::runtime_error, with what to do, for a type that is not known:
/// one that takes other activations than int8, whose group sums are exact, needs a line.
const Rounding& rounding_of(const std::string& pe);

class Reference {
 public:
  explicit Reference(const Product& product) : product_(product) {}

  /// fp16 bits of a result if nothing is rounded before the output unit. Fails an expectation if its sum is
  /// not exact in fp32.
  [[nodiscard]] uint16_t exact(int64_t row, int64_t channel) const;
  /// The same of int8 activations whatever their number: exact group sums, then the roundings of the group
  /// dequantizers and output units in their order. `block_k`: elements along K of a gemm instruction.
  [[nodiscard]] uint16_t integer(int64_t row, int64_t channel, int64_t block_k) const;
  /// As exact(), with infinities and NaN: in activations they make the result NaN if the PE scales groups
  /// after their sums (bitmod, mixpe_a16 and lut say so; a table's sum of four may be the first infinity),
  /// else and in scales they follow IEEE 754.
  [[nodiscard]] uint16_t special(int64_t row, int64_t channel) const;
  /// Whether a result is as near to exact arithmetic as the PE's page says.
  [[nodiscard]] bool within_bound(int64_t row, int64_t channel, uint16_t result) const;

 private:
  [[nodiscard]] bool int8() const { return product_.activations == formats::ActivationFormat::int8; }
  [[nodiscard]] const Weights& weights(int64_t row) const;
  [[nodiscard]] Real activation(int64_t row, int64_t col) const;  ///< int8: in units of the scale
  [[nodiscard]] Real weight(const Weights& weights, int64_t channel, int64_t col) const;
  [[nodiscard]] Real pin(const Weights& weights, int64_t channel) const;
  [[nodiscard]] uint16_t finish(float sum, const Weights& weights, int64_t channel) const;

  const Product& product_;
};

/// An activation with one nonzero element, exact in every format: fp16 bits of element `col`.
uint16_t one_hot(int64_t hot, int64_t col);

/// What the results of a token are held to: Reference::exact, integer, special, or within_bound.
enum class Due { exact, integer, special, bound };

/// Whether a result of an engine has the bits that are due; else fails the test.
bool is_due(const char* engine, int64_t row, int64_t channel, uint16_t found, uint16_t due);

/// Whether all results, of all engines, are what is due; fails the test at the first that is not.
bool holds(const Product& product, const Results& results, const std::function<Due(int64_t row)>& due);

}  // namespace vernier::exact
