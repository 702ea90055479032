// SPDX-License-Identifier: Apache-2.0
#include "models/memory/scratchpad_ports.h"

#include "base/error.h"

namespace vernier::memory {

using machine::PortKind;

bool ScratchpadPorts::fits(PortClaim claim) const {
  const uint64_t any = claim.reads | claim.writes;
  const uint64_t both = claim.reads & claim.writes;
  switch (kind_) {
    case PortKind::rw1:
      return both == 0 && (any & once_) == 0;
    case PortKind::r1w1:
      return (claim.reads & taken_.reads) == 0 && (claim.writes & taken_.writes) == 0;
    case PortKind::rw2:
      return (any & twice_) == 0 && (both & once_) == 0;
  }
  return false;
}

bool ScratchpadPorts::free(uint64_t cycle, PortUser user, PortClaim claim) const {
  if (cycle != cycle_) return ScratchpadPorts(kind_).fits(claim);
  if (user == user_) claim = {claim.reads & ~own_.reads, claim.writes & ~own_.writes};
  return fits(claim);
}

bool ScratchpadPorts::claim(uint64_t cycle, PortUser user, PortClaim claim) {
  VERNIER_INVARIANT(cycle > cycle_ || (cycle == cycle_ && user >= user_),
                    "user {} claims ports in cycle {} after user {} in cycle {}", static_cast<int>(user),
                    cycle, static_cast<int>(user_), cycle_);
  if (cycle != cycle_) {
    once_ = twice_ = 0;
    taken_ = {};
  }
  if (cycle != cycle_ || user != user_) own_ = {};
  cycle_ = cycle;
  user_ = user;
  claim = {claim.reads & ~own_.reads, claim.writes & ~own_.writes};
  if (!fits(claim)) return false;
  own_ = {own_.reads | claim.reads, own_.writes | claim.writes};
  taken_ = {taken_.reads | claim.reads, taken_.writes | claim.writes};
  const uint64_t both = claim.reads & claim.writes;
  const uint64_t one = claim.reads ^ claim.writes;
  twice_ |= both | (once_ & one);
  once_ |= both | one;
  return true;
}

}  // namespace vernier::memory
