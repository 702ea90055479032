// SPDX-License-Identifier: Apache-2.0
// From RTL to area, timing and energy: docs/ppa.md.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sim/ppa/result.h"
#include "sim/ppa/stimulus.h"
#include "sim/ppa/synthesis.h"

namespace vernier::ppa {

struct FlowOptions {
  Target target;
  Tools tools;
  StimulusChoice stimulus;
  std::filesystem::path folder;  ///< results of blocks that are finished, scripts and logs
  size_t jobs = 1;               ///< blocks at a time
};

struct Progress {
  std::string block;
  std::string failure;  ///< empty: it is done
  bool kept = false;    ///< done before, with the same inputs
  double seconds = 0;
  size_t done = 0, all = 0;
};

struct FlowResult {
  std::vector<BlockResult> blocks;    ///< in the order asked for
  std::vector<std::string> failures;  ///< "block: why"
};

/// A block that fails does not keep the others from being measured. `progress` is called by one thread at a
/// time. Throws what make_stimulus throws, before anything runs.
[[nodiscard]] FlowResult measure(const BlockList& list, const std::vector<const Block*>& blocks,
                                 const FlowOptions& options,
                                 const std::function<void(const Progress&)>& progress);

}  // namespace vernier::ppa
