// SPDX-License-Identifier: Apache-2.0
#include "models/dram/command.h"

#include <algorithm>
#include <array>

namespace vernier::dram {
namespace {

constexpr std::array kCounts{&ChannelCounts::reads,      &ChannelCounts::writes,
                             &ChannelCounts::forwarded,  &ChannelCounts::activates,
                             &ChannelCounts::precharges, &ChannelCounts::refreshes,
                             &ChannelCounts::row_misses, &ChannelCounts::row_conflicts};
static_assert(sizeof(ChannelCounts) == kCounts.size() * sizeof(uint64_t));

}  // namespace

const char* name_of(CommandKind kind) {
  static constexpr std::array<const char*, 7> names{"ACT", "PRE", "PREA", "RD", "WR", "REF", "REFpb"};
  return names[static_cast<size_t>(kind)];
}

ChannelCounts& ChannelCounts::operator+=(const ChannelCounts& o) {
  for (const auto field : kCounts) this->*field += o.*field;
  return *this;
}

ChannelCounts& ChannelCounts::operator-=(const ChannelCounts& o) {
  for (const auto field : kCounts) this->*field -= o.*field;
  return *this;
}

ChannelCounts& ChannelCounts::operator*=(uint64_t factor) {
  for (const auto field : kCounts) this->*field *= factor;
  return *this;
}

bool ChannelCounts::operator==(const ChannelCounts& o) const {
  return std::all_of(kCounts.begin(), kCounts.end(),
                     [&](const auto field) { return this->*field == o.*field; });
}

}  // namespace vernier::dram
