// SPDX-License-Identifier: Apache-2.0
// What quantization does to a tensor: error = quantized value - original value, in double precision.
//
// Over the n elements: mean = sum(e) / n, MSE = sum(e^2) / n, SQNR = 10 log10(sum(x^2) / sum(e^2)) dB. Sums
// are compensated (Neumaier), so that they do not depend on the size of the tensor.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "sim/quantize/quantized_tensor.h"

namespace vernier::quantize {

/// A sum of doubles with the rounding errors carried along.
class Sum {
 public:
  void add(double term);
  void add(const Sum& other);
  [[nodiscard]] double value() const { return sum_ + lost_; }

 private:
  double sum_ = 0;
  double lost_ = 0;
};

struct ErrorStatistics {
  uint64_t count = 0;
  Sum errors;
  Sum squared_errors;
  Sum squared_values;
  double max_abs_error = 0;
  int64_t max_row = 0, max_col = 0;  ///< the first with that error

  [[nodiscard]] double mean() const;
  [[nodiscard]] double mse() const;
  /// Absent if there is no error (the ratio is infinite), or no signal.
  [[nodiscard]] std::optional<double> sqnr_db() const;
  [[nodiscard]] bool exact() const { return max_abs_error == 0; }
  /// Statistics of both together; the position of the maximum is then that of the part that has it.
  void merge(const ErrorStatistics& other);
};

[[nodiscard]] ErrorStatistics error_statistics(const workloads::RealTensor& original,
                                               const QuantizedTensor& quantized);

/// `counts.size()` bins of equal width over [-limit, limit]; a bin has its lower edge, the last also its
/// upper. limit is the largest |error|; if that is 0 everything is in the middle bin.
struct ErrorHistogram {
  double limit = 0;
  std::vector<uint64_t> counts;
};

/// bins >= 1.
[[nodiscard]] ErrorHistogram error_histogram(const workloads::RealTensor& original,
                                             const QuantizedTensor& quantized, double max_abs_error,
                                             int bins);

/// How often each code occurs; codes that do not occur are absent. Empty for codes of more than 16 bits.
[[nodiscard]] std::map<uint32_t, uint64_t> code_histogram(const QuantizedTensor& quantized);

/// How many groups chose each selector; empty for formats without selectors.
[[nodiscard]] std::vector<uint64_t> selector_histogram(const QuantizedTensor& quantized);

}  // namespace vernier::quantize
