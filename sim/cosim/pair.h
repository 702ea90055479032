// SPDX-License-Identifier: Apache-2.0
// Both arrays of a block, fresh from reset, in lockstep.
#pragma once

#include <memory>

#include "sim/cosim/regression.h"

namespace vernier::cosim {

template <class Dataflow>
struct Pair {
  explicit Pair(const ArrayBlock<Dataflow>& block)
      : rtl(block.make_rtl()),
        systemc(block.array, Dataflow::formats(block.array)),
        lockstep(block.array, *rtl, systemc) {}

  std::unique_ptr<typename Dataflow::Array> rtl;
  typename Dataflow::Model systemc;
  ArrayLockstep<Dataflow> lockstep;
};

}  // namespace vernier::cosim
