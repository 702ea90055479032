// SPDX-License-Identifier: Apache-2.0
#include "models/memory/load_stream.h"

#include "base/error.h"

namespace vernier::memory {

void LoadStream::begin(uint64_t transfer, const BurstWalk& bursts, uint64_t now) {
  VERNIER_INVARIANT(bursts_.done(), "transfer {} begins before the one before was accepted", transfer);
  transfer_ = transfer;
  bursts_ = bursts;
  offer_from_ = ratio_.clock_of(now + 1);
}

std::optional<LoadStream::Offer> LoadStream::offer(uint64_t clock) const {
  if (bursts_.done() || clock < offer_from_ || in_flight_.size() >= max_in_flight_) return std::nullopt;
  return Offer{bursts_.current(), first_tag_ + in_flight_.size()};
}

void LoadStream::accept(uint64_t clock) {
  bursts_.advance();
  in_flight_.push_back({transfer_, bursts_.done()});
  accepted_from_ = ratio_.cycle_of(clock + 1);
}

void LoadStream::deliver(uint64_t tag, uint64_t clock) {
  VERNIER_INVARIANT(tag >= first_tag_ && tag - first_tag_ < in_flight_.size(),
                    "burst {} comes, {} are in flight from {} on", tag, in_flight_.size(), first_tag_);
  in_flight_[tag - first_tag_].ready_from = ratio_.cycle_of(clock);
}

bool LoadStream::write(int accesses) {
  if (++written_accesses_ < accesses) return false;
  written_accesses_ = 0;
  const bool last = in_flight_.front().last;
  in_flight_.pop_front();
  ++first_tag_;
  return last;
}

}  // namespace vernier::memory
