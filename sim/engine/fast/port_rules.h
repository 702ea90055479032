// SPDX-License-Identifier: Apache-2.0
// What the scratchpad ports ask of a run in `fast`. Only `all` is a machine; the others are there to tell
// what the rest costs (sim/run/what_if.h).
#pragma once

#include <cstdint>

namespace vernier::engine {

enum class PortRules : uint8_t {
  all,
  width,  ///< nobody is ever refused; bursts still take their turns and their cycles
  none    ///< nor that: every channel may move a burst in every cycle
};

}  // namespace vernier::engine
