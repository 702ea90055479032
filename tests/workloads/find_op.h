// SPDX-License-Identifier: Apache-2.0
// The operator of a network that has a name.
#pragma once

#include <stdexcept>
#include <string>

#include "workloads/network.h"

namespace vernier::workloads {

inline const Op& find(const Network& network, const std::string& name) {
  for (const Segment& segment : network.segments) {
    for (const Op& op : segment.ops) {
      if (op.name == name) return op;
    }
  }
  throw std::runtime_error("no operator " + name);
}

}  // namespace vernier::workloads
