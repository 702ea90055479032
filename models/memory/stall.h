// SPDX-License-Identifier: Apache-2.0
// Seeded random stalls of the ideal DRAM: the same sequence in every engine.
#pragma once

#include <cstdint>

#include "models/machine/machine.h"

namespace vernier::memory {

/// Extra bus cycles after burst number `burst` (all bursts counted from 0): 0, or 1..stall_max_cycles
/// with probability stall_permille/1000. A pure function, so engines need not share state. The mixer
/// is SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
inline int stall_cycles(const machine::DramParams& dram, uint64_t burst) {
  if (dram.stall_permille == 0 || dram.stall_max_cycles == 0) return 0;
  uint64_t z = dram.stall_seed + (burst + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  z ^= z >> 31;
  if (z % 1000 >= static_cast<uint64_t>(dram.stall_permille)) return 0;
  return 1 + static_cast<int>((z >> 32) % static_cast<uint64_t>(dram.stall_max_cycles));
}

}  // namespace vernier::memory
