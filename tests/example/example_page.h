// SPDX-License-Identifier: Apache-2.0
// Reads docs/example-2x2.md: its `example` blocks and its diagrams. The form of both is described there.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vernier::example {

/// Start, end and bursts of one instruction, as the page claims them.
struct Interval {
  uint64_t start = 0;
  uint64_t end = 0;
  uint64_t bursts = 0;
};

using Matrix = std::vector<std::vector<double>>;

/// One fenced block marked `example`.
struct Example {
  std::string name;
  std::vector<std::string> sets;  ///< key=value, as for --set
  Matrix activation;              ///< tokens x K
  Matrix weight;                  ///< channels x K; integers as the PE sees them if there are scales
  Matrix selector, scale;         ///< channels x groups; empty for fp16
  std::vector<double> channel_scale;
  std::map<std::string, Interval> instructions;  ///< "W", "A", "G", "Y"
  uint64_t cycles = 0;
  Matrix output;  ///< tokens x channels
};

/// One cycle of a diagram: the text of every column but the first.
struct DiagramCycle {
  std::string dispatch, load, bus, gemm, array, store;
};

/// Throws InternalError, naming the line, if the page does not have the form it describes.
[[nodiscard]] std::vector<Example> read_examples(const std::string& page);
/// The diagram of an example, ranges of cycles written out; it must cover every cycle from 0 once.
[[nodiscard]] std::vector<DiagramCycle> read_diagram(const std::string& page, const std::string& name);

}  // namespace vernier::example
