// SPDX-License-Identifier: Apache-2.0
#include "sim/quantize/statistics.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace vernier::quantize {
namespace {

constexpr int kWidestCounted = 16;  // bits of a code

/// Calls visit(row, col, original, error) for every element in order.
template <typename Visit>
void for_each_error(const workloads::RealTensor& original, const QuantizedTensor& quantized, Visit visit) {
  VERNIER_INVARIANT(original.rows == quantized.rows() && original.cols == quantized.cols(),
                    "{} x {} and {} x {}", original.rows, original.cols, quantized.rows(), quantized.cols());
  const float* x = original.values.data();
  for (int64_t row = 0; row < original.rows; ++row) {
    for (int64_t col = 0; col < original.cols; ++col, ++x)
      visit(row, col, *x, quantized.value(row, col) - *x);
  }
}

}  // namespace

void Sum::add(double term) {
  const double total = sum_ + term;
  lost_ += std::fabs(sum_) >= std::fabs(term) ? (sum_ - total) + term : (term - total) + sum_;
  sum_ = total;
}

void Sum::add(const Sum& other) {
  add(other.sum_);
  lost_ += other.lost_;
}

double ErrorStatistics::mean() const { return errors.value() / static_cast<double>(count); }

double ErrorStatistics::mse() const { return squared_errors.value() / static_cast<double>(count); }

std::optional<double> ErrorStatistics::sqnr_db() const {
  const double noise = squared_errors.value();
  const double signal = squared_values.value();
  if (noise == 0 || signal == 0) return std::nullopt;
  return 10 * std::log10(signal / noise);
}

void ErrorStatistics::merge(const ErrorStatistics& other) {
  count += other.count;
  errors.add(other.errors);
  squared_errors.add(other.squared_errors);
  squared_values.add(other.squared_values);
  if (other.max_abs_error > max_abs_error) {
    max_abs_error = other.max_abs_error;
    max_row = other.max_row;
    max_col = other.max_col;
  }
}

ErrorStatistics error_statistics(const workloads::RealTensor& original, const QuantizedTensor& quantized) {
  ErrorStatistics statistics;
  for_each_error(original, quantized, [&](int64_t row, int64_t col, double x, double error) {
    statistics.errors.add(error);
    statistics.squared_errors.add(error * error);
    statistics.squared_values.add(x * x);
    if (std::fabs(error) <= statistics.max_abs_error) return;
    statistics.max_abs_error = std::fabs(error);
    statistics.max_row = row;
    statistics.max_col = col;
  });
  statistics.count = original.values.size();
  return statistics;
}

ErrorHistogram error_histogram(const workloads::RealTensor& original, const QuantizedTensor& quantized,
                               double max_abs_error, int bins) {
  VERNIER_INVARIANT(bins >= 1, "{} bins", bins);
  ErrorHistogram histogram;
  histogram.limit = max_abs_error;
  histogram.counts.assign(static_cast<size_t>(bins), 0);
  if (max_abs_error == 0) {
    histogram.counts[static_cast<size_t>(bins / 2)] = original.values.size();
    return histogram;
  }
  for_each_error(original, quantized, [&](int64_t, int64_t, double, double error) {
    const double position = (error / max_abs_error + 1) / 2 * bins;  // 0..bins
    const auto bin = static_cast<size_t>(position);
    ++histogram.counts[std::min(bin, static_cast<size_t>(bins) - 1)];
  });
  return histogram;
}

std::map<uint32_t, uint64_t> code_histogram(const QuantizedTensor& quantized) {
  std::map<uint32_t, uint64_t> used;
  if (quantized.code_bits() > kWidestCounted) return used;
  std::vector<uint64_t> counts(size_t{1} << quantized.code_bits(), 0);
  std::visit(
      [&](const auto& matrix) {
        for (const uint32_t code : matrix.codes) ++counts[code];
      },
      quantized.matrix);
  for (uint32_t code = 0; code < counts.size(); ++code) {
    if (counts[code] != 0) used.emplace(code, counts[code]);
  }
  return used;
}

std::vector<uint64_t> selector_histogram(const QuantizedTensor& quantized) {
  const auto* group = std::get_if<formats::QuantizedMatrix>(&quantized.matrix);
  if (group == nullptr || group->format.selector_bits == 0) return {};
  std::vector<uint64_t> counts(size_t{1} << group->format.selector_bits, 0);
  for (const uint8_t selector : group->selectors) ++counts[selector];
  return counts;
}

}  // namespace vernier::quantize
