// SPDX-License-Identifier: Apache-2.0
#include "models/memory/store_stream.h"

#include <algorithm>

#include "base/error.h"

namespace vernier::memory {

void StoreStream::begin(const BurstWalk& bursts, uint64_t now) {
  VERNIER_INVARIANT(bursts_.done() && read_.empty(),
                    "a transfer begins in cycle {} before the last one ended", now);
  bursts_ = bursts;
  read_from_ = now + 1;
}

std::optional<uint64_t> StoreStream::accepted_from() const {
  if (!bursts_.done() || !read_.empty()) return std::nullopt;
  return accepted_.empty() ? 0 : accepted_.back();
}

std::optional<uint64_t> StoreStream::offer(uint64_t clock) const {
  if (read_.empty() || clock < read_.front().offer_from) return std::nullopt;
  return read_.front().burst;
}

void StoreStream::accept(uint64_t clock) {
  read_.pop_front();
  accepted_.push_back(ratio_.cycle_of(clock + 1));
  if (accepted_.size() > max_in_flight_) accepted_.pop_front();
}

size_t StoreStream::in_flight(uint64_t now) const {
  const auto unknown = std::upper_bound(accepted_.begin(), accepted_.end(), now);
  return read_.size() + static_cast<size_t>(accepted_.end() - unknown);
}

bool StoreStream::ready(uint64_t now) const {
  return !bursts_.done() && now >= read_from_ && in_flight(now) < max_in_flight_;
}

void StoreStream::read(uint64_t now, int accesses) {
  if (++read_accesses_ < accesses) return;
  read_accesses_ = 0;
  read_.push_back({bursts_.current(), ratio_.clock_of(now + read_latency_)});
  bursts_.advance();
}

}  // namespace vernier::memory
