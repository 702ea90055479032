// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/fast/burst_source.h"

namespace vernier::engine {

BurstSource::BurstSource(const dram::Memory& memory, int channel, const memory::Transfer& transfer)
    : memory_(&memory), channel_(channel), transfer_(transfer) {
  const auto burst = static_cast<uint64_t>(memory.part.organisation.burst_bytes);
  const bool seamless = transfer.stride == transfer.row_bytes && transfer.dram % burst == 0 &&
                        (transfer.row_bytes % burst == 0 || transfer.rows == 1);
  if (seamless) transfer_ = {transfer.dram, 1, transfer.bytes(), transfer.bytes()};
  const auto count = [&](uint64_t row) {
    const uint64_t begin = transfer_.dram + row * transfer_.stride;
    return dram::bursts_of(memory, channel, begin, begin + transfer_.row_bytes).count;
  };
  const uint64_t stripe = memory.interleave_bytes * static_cast<uint64_t>(memory.channels);
  if (transfer_.stride % stripe == 0) {
    remaining_ = transfer_.rows * count(0);  // every row lies alike
  } else {
    for (uint64_t row = 0; row < transfer_.rows; ++row) remaining_ += count(row);
  }
  if (remaining_ > 0) next_run();
}

void BurstSource::next_run() {
  do {
    const uint64_t begin = transfer_.dram + row_++ * transfer_.stride;
    run_ = dram::bursts_of(*memory_, channel_, begin, begin + transfer_.row_bytes);
  } while (run_.count == 0);
}

void BurstSource::skip(uint64_t count) {
  run_.first += count;
  run_.count -= count;
  remaining_ -= count;
  if (run_.count == 0 && remaining_ > 0) next_run();
}

}  // namespace vernier::engine
