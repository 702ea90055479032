// SPDX-License-Identifier: Apache-2.0
#include "sim/quantize/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/report/format.h"

namespace vernier::quantize {
namespace {

using nlohmann::ordered_json;

/// All tensors in one format. Bits per weight are weighted by the number of weights.
struct Total {
  std::string format;
  uint64_t tensors = 0;
  double bits = 0;
  double published_bits = 0;
  ErrorStatistics statistics;

  void add(const TensorResult& result) {
    const auto weights = static_cast<double>(result.statistics.count);
    ++tensors;
    bits += std::round(result.bits_per_weight * weights);  // a whole number of bits
    published_bits += result.published_bits_per_weight * weights;
    statistics.merge(result.statistics);
  }
  [[nodiscard]] double per_weight(double sum) const { return sum / static_cast<double>(statistics.count); }
};

std::vector<Total> totals_of(const std::vector<TensorResult>& results) {
  std::vector<Total> totals;
  for (const TensorResult& result : results) {
    auto total =
        std::find_if(totals.begin(), totals.end(), [&](const Total& t) { return t.format == result.format; });
    if (total == totals.end()) total = totals.insert(totals.end(), Total{result.format, 0, 0, 0, {}});
    total->add(result);
  }
  return totals;
}

std::string sqnr_text(const ErrorStatistics& statistics) {
  if (statistics.exact()) return "exact";
  const std::optional<double> sqnr = statistics.sqnr_db();
  return sqnr ? fmt::format("{:.2f}", *sqnr) : "-";
}

std::vector<std::string> cells(const std::string& tensor, const std::string& shape, const std::string& format,
                               double bits, double published, const ErrorStatistics& statistics) {
  return {tensor,
          shape,
          format,
          fmt::format("{:.4f}", bits),
          fmt::format("{:.4f}", published),
          fmt::format("{:.4g}", statistics.mse()),
          sqnr_text(statistics),
          fmt::format("{:.4g}", statistics.max_abs_error),
          fmt::format("{:.3g}", statistics.mean())};
}

ordered_json statistics_json(const ErrorStatistics& statistics) {
  const std::optional<double> sqnr = statistics.sqnr_db();
  return {{"weights", statistics.count},
          {"mse", statistics.mse()},
          {"sqnr_db", sqnr ? ordered_json(*sqnr) : ordered_json(nullptr)},
          {"exact", statistics.exact()},
          {"max_abs_error", statistics.max_abs_error},
          {"mean_error", statistics.mean()}};
}

ordered_json result_json(const TensorResult& result) {
  ordered_json out{{"tensor", result.tensor},
                   {"type", result.type},
                   {"shape", result.shape},
                   {"rows", result.rows},
                   {"cols", result.cols},
                   {"format", result.format},
                   {"bits_per_weight", result.bits_per_weight},
                   {"published_bits_per_weight", result.published_bits_per_weight}};
  out.update(statistics_json(result.statistics));
  out["max_abs_error_at"] = {result.statistics.max_row, result.statistics.max_col};
  out["error_histogram"] = {
      {"low", -result.errors.limit}, {"high", result.errors.limit}, {"counts", result.errors.counts}};
  ordered_json& codes = out["codes"] = ordered_json::object();
  for (const auto& [code, count] : result.codes) codes[std::to_string(code)] = count;
  if (!result.selectors.empty()) out["selectors"] = result.selectors;
  if (!result.file.empty()) {
    out["file"] = result.file;
    out["file_bytes"] = result.file_bytes;
  }
  return out;
}

}  // namespace

TensorResult evaluate(const workloads::RealTensor& original, const QuantizedTensor& quantized, int bins) {
  TensorResult result;
  result.tensor = original.info.name;
  result.type = original.info.type;
  result.shape = original.info.shape;
  result.rows = original.rows;
  result.cols = original.cols;
  result.format = quantized.format();
  result.bits_per_weight = quantized.bits_per_weight();
  result.published_bits_per_weight = quantized.published_bits_per_weight();
  result.statistics = error_statistics(original, quantized);
  result.errors = error_histogram(original, quantized, result.statistics.max_abs_error, bins);
  result.codes = code_histogram(quantized);
  result.selectors = selector_histogram(quantized);
  return result;
}

std::string to_text(const QuantizeReport& report) {
  vernier::report::TextTable table({"tensor", "shape", "format", "bits/weight", "published", "MSE",
                                    "SQNR [dB]", "max |error|", "mean error"});
  for (const TensorResult& result : report.results) {
    table.add(cells(result.tensor, workloads::shape_text(result.shape), result.format, result.bits_per_weight,
                    result.published_bits_per_weight, result.statistics));
  }
  const std::vector<Total> totals = totals_of(report.results);
  if (totals.size() < report.results.size()) {
    table.add_rule();
    for (const Total& total : totals) {
      table.add(cells(fmt::format("{} tensors", total.tensors),
                      vernier::report::thousands(total.statistics.count), total.format,
                      total.per_weight(total.bits), total.per_weight(total.published_bits),
                      total.statistics));
    }
  }
  std::string out = table.text();
  if (!report.skipped.empty()) {
    out += "\nnot quantized:\n";
    for (const Skipped& skipped : report.skipped)
      out += fmt::format("  {}: {}\n", skipped.tensor, skipped.reason);
  }
  return out;
}

std::string to_json(const QuantizeReport& report) {
  ordered_json out{
      {"schema", 1}, {"command", report.command}, {"version", report.version}, {"file", report.file}};
  out["results"] = ordered_json::array();
  for (const TensorResult& result : report.results) out["results"].push_back(result_json(result));
  out["totals"] = ordered_json::array();
  for (const Total& total : totals_of(report.results)) {
    ordered_json item{{"format", total.format},
                      {"tensors", total.tensors},
                      {"bits_per_weight", total.per_weight(total.bits)},
                      {"published_bits_per_weight", total.per_weight(total.published_bits)}};
    item.update(statistics_json(total.statistics));
    out["totals"].push_back(std::move(item));
  }
  out["skipped"] = ordered_json::array();
  for (const Skipped& skipped : report.skipped) {
    out["skipped"].push_back({{"tensor", skipped.tensor}, {"reason", skipped.reason}});
  }
  // A file name may be no UTF-8; such bytes are replaced.
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace vernier::quantize
