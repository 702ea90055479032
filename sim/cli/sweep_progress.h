// SPDX-License-Identifier: Apache-2.0
// How far a sweep is: a bar on a terminal, a line now and then otherwise.
#pragma once

#include <chrono>

#include "sim/sweep/runner.h"

namespace vernier::cli {

class SweepProgress {
 public:
  explicit SweepProgress(bool quiet);
  ~SweepProgress();
  SweepProgress(const SweepProgress&) = delete;
  SweepProgress& operator=(const SweepProgress&) = delete;

  void show(const sweep::Tally& tally);

 private:
  bool quiet_, terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_{};
};

/// "1:02:03", "2:03", "3 s".
[[nodiscard]] std::string duration_text(double seconds);

}  // namespace vernier::cli
