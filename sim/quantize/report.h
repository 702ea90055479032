// SPDX-License-Identifier: Apache-2.0
// What `vernier quantize` says, as a table and as JSON.
#pragma once

#include <string>
#include <vector>

#include "sim/quantize/statistics.h"

namespace vernier::quantize {

/// One tensor in one format.
struct TensorResult {
  std::string tensor;
  std::string type;  ///< in the file: "fp16"...
  std::vector<uint64_t> shape;
  int64_t rows = 0, cols = 0;
  std::string format;
  double bits_per_weight = 0;
  double published_bits_per_weight = 0;
  ErrorStatistics statistics;
  ErrorHistogram errors;
  std::map<uint32_t, uint64_t> codes;
  std::vector<uint64_t> selectors;
  std::string file;  ///< of the quantized tensor; empty if none was written
  uint64_t file_bytes = 0;
};

/// A tensor of the file that was left out, and why.
struct Skipped {
  std::string tensor;
  std::string reason;
};

struct QuantizeReport {
  std::string command;
  std::string version;
  std::string file;
  std::vector<TensorResult> results;  ///< tensor by tensor, for each the formats in the order given
  std::vector<Skipped> skipped;
};

/// Everything about one tensor but the file.
[[nodiscard]] TensorResult evaluate(const workloads::RealTensor& original, const QuantizedTensor& quantized,
                                    int bins);

/// With one row more per format if there is more than one tensor.
[[nodiscard]] std::string to_text(const QuantizeReport& report);
/// Schema 1, docs/quantize.md.
[[nodiscard]] std::string to_json(const QuantizeReport& report);

}  // namespace vernier::quantize
