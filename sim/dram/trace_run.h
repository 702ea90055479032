// SPDX-License-Identifier: Apache-2.0
// Runs a memory trace through the controllers of a memory (docs/dram.md).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/dram/command.h"
#include "models/dram/constraint_checker.h"
#include "models/dram/part.h"
#include "sim/dram/trace_reader.h"

namespace vernier::dram {

/// A request of a trace is the aligned block of so many bytes that holds its address.
inline constexpr uint64_t kRequestBytes = 64;

/// Clocks from arrival (or acceptance, if the trace has no arrivals) to delivery, by powers of two.
struct LatencyHistogram {
  std::array<uint64_t, 64> counts{};  ///< [0]: 0 and 1 clock, [i]: 2^i .. 2^(i+1) - 1
  uint64_t count = 0, sum = 0, least = 0, most = 0;

  void add(uint64_t clocks);
  LatencyHistogram& operator+=(const LatencyHistogram& o);
};

struct ChannelResult {
  ChannelCounts counts;
  uint64_t clocks = 0;                         ///< until its last read was delivered, or write accepted
  uint64_t read_bursts = 0, write_bursts = 0;  ///< accepted
  uint64_t writes_left = 0;                    ///< in the write queue at that clock
  LatencyHistogram latency;
  uint64_t commands = 0;  ///< checked
};

struct TraceResult {
  uint64_t requests = 0;
  uint64_t merged = 0;  ///< bursts that a request shares with the one before
  uint64_t clocks = 0;  ///< the most of any channel
  std::vector<ChannelResult> channels;
  ChannelResult total;  ///< sums
};

struct TraceOptions {
  /// Bursts of a channel under way at once; 0 = as many as the queues take. A write is under way until it is
  /// accepted.
  uint64_t outstanding = 0;
  bool clocked = false;  ///< ClockedChannel in place of EventChannel: the same, slowly
  bool check = false;    ///< ConstraintChecker on every channel; throws CheckFailed
  std::function<void(int channel, const Command& command)> on_command;  ///< may be empty
  std::function<void(uint64_t requests)> progress;                      ///< may be empty; now and then
};

/// Every channel takes its bursts in the order of the trace, at most one per clock, each as soon as its queue
/// takes it and not before its arrival. Channels do not wait for each other.
[[nodiscard]] TraceResult run_trace(const Memory& memory, TraceReader& trace, const TraceOptions& options);

}  // namespace vernier::dram
