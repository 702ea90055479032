// SPDX-License-Identifier: Apache-2.0
// Time that this thread was computing: two things measured in turns stay comparable on a shared machine.
#pragma once

#include <ctime>

namespace vernier::bench {

[[nodiscard]] inline double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace vernier::bench
