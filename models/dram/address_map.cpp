// SPDX-License-Identifier: Apache-2.0
#include "models/dram/address_map.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace vernier::dram {
namespace {

/// ceil(value * numerator / denominator)
uint64_t scaled_up(uint64_t value, uint64_t numerator, const Divisor& denominator) {
  const uint64_t up = denominator.value() - 1;
  if ((value | numerator | up) >> 31 == 0) return denominator.quotient(value * numerator + up);
  // value * numerator may pass 64 bits in long runs; the quotient does not.
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>((Wide{value} * numerator + up) / denominator.value());
}

}  // namespace

Location locate(const Part& part, uint64_t burst) {
  Location location;
  const Organisation& organisation = part.organisation;
  const auto take = [&burst](int64_t count) {
    const auto value = static_cast<int64_t>(burst % static_cast<uint64_t>(count));
    burst /= static_cast<uint64_t>(count);
    return value;
  };
  for (auto field = part.controller.mapping.rbegin(); field != part.controller.mapping.rend(); ++field) {
    switch (*field) {
      case Field::row:
        location.row = take(organisation.rows);
        break;
      case Field::rank:
        location.rank = static_cast<int>(take(organisation.ranks));
        break;
      case Field::bank_group:
        location.bank_group = static_cast<int>(take(organisation.bank_groups));
        break;
      case Field::bank:
        location.bank = static_cast<int>(take(organisation.banks_per_group));
        break;
      case Field::column:
        location.column = take(organisation.columns());
        break;
    }
  }
  return location;
}

BurstRun bursts_of(const Memory& memory, int channel, uint64_t begin, uint64_t end) {
  if (begin >= end) return {};
  const uint64_t burst = static_cast<uint64_t>(memory.part.organisation.burst_bytes);
  const uint64_t granule = memory.interleave_bytes / burst;  // bursts
  const auto channels = static_cast<uint64_t>(memory.channels);
  const auto own = static_cast<uint64_t>(channel);
  // Own bursts of the memory before burst number `global`.
  const auto before = [=](uint64_t global) {
    const uint64_t stripe = granule * channels;
    const uint64_t rest = global % stripe;
    const uint64_t own_begin = own * granule;
    const uint64_t in_stripe = rest <= own_begin ? 0 : std::min(rest - own_begin, granule);
    return global / stripe * granule + in_stripe;
  };
  const uint64_t first = before(begin / burst);
  return {first, before((end + burst - 1) / burst) - first};
}

ClockRatio::ClockRatio(uint64_t accelerator_hz, uint64_t dram_hz) {
  VERNIER_INVARIANT(accelerator_hz > 0 && dram_hz > 0, "clocks of {} and {} Hz", accelerator_hz, dram_hz);
  const uint64_t common = std::gcd(accelerator_hz, dram_hz);
  accelerator_ = Divisor(accelerator_hz / common);
  dram_ = Divisor(dram_hz / common);
}

uint64_t ClockRatio::cycle_of(uint64_t clock) const { return scaled_up(clock, accelerator_.value(), dram_); }

uint64_t ClockRatio::clock_of(uint64_t cycle) const { return scaled_up(cycle, dram_.value(), accelerator_); }

}  // namespace vernier::dram
