// SPDX-License-Identifier: Apache-2.0
// Which waveforms to record.
#pragma once

#include <cstdint>
#include <string>

namespace vernier::engine {

struct TraceOptions {
  std::string path;           ///< file without extension; empty = no trace
  bool fst = true;            ///< FST, else VCD
  uint64_t begin = 0;         ///< first cycle recorded
  uint64_t end = UINT64_MAX;  ///< first cycle not recorded any more
};

}  // namespace vernier::engine
