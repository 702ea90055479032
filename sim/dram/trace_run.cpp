// SPDX-License-Identifier: Apache-2.0
#include "sim/dram/trace_run.h"

#include <algorithm>

#include "base/error.h"
#include "models/dram/clocked_channel.h"
#include "models/dram/event_channel.h"

namespace vernier::dram {
namespace {

void run_to(ClockedChannel& channel, uint64_t clock) {
  while (channel.clock() < clock) channel.tick();
}
void run_to(EventChannel& channel, uint64_t clock) {
  if (channel.clock() < clock) channel.advance(clock);
}

/// Makes way for something to leave a queue.
void run_on(ClockedChannel& channel) { channel.tick(); }
void run_on(EventChannel& channel) { channel.advance_to_column(); }

/// The next delivery, its clock may lie ahead; none as long as nobody knows it.
auto next_delivery(ClockedChannel& channel) { return channel.delivered(); }
auto next_delivery(EventChannel& channel) { return channel.known_delivery(); }

/// Hands commands on.
class Tee final : public ICommandObserver {
 public:
  Tee(const Part& part, int channel, const TraceOptions& options) : channel_(channel), options_(options) {
    if (options.check) checker_ = std::make_unique<ConstraintChecker>(part);
  }
  void on_command(const Command& command) override {
    if (checker_) checker_->on_command(command);
    if (options_.on_command) options_.on_command(channel_, command);
  }
  [[nodiscard]] bool wanted() const { return checker_ != nullptr || static_cast<bool>(options_.on_command); }
  [[nodiscard]] ConstraintChecker* checker() { return checker_.get(); }

 private:
  int channel_;
  const TraceOptions& options_;
  std::unique_ptr<ConstraintChecker> checker_;
};

template <typename Channel>
class Lane {
 public:
  Lane(const Part& part, int channel, const TraceOptions& options)
      : limit_(options.outstanding),
        merges_(static_cast<uint64_t>(part.organisation.burst_bytes) > kRequestBytes),
        tee_(part, channel, options),
        depth_{static_cast<size_t>(part.controller.read_queue),
               static_cast<size_t>(part.controller.write_queue)},
        channel_(part, tee_.wanted() ? &tee_ : nullptr) {}

  /// False if the burst is merged with the one before. `timed`: its latency counts from its arrival.
  bool take(uint64_t burst, bool write, uint64_t arrival, bool timed) {
    if (merges_ && last_.valid && last_.burst == burst && last_.write == write) return false;
    last_ = {burst, write, true};
    while (limit_ > 0 && reading_ >= limit_) run_to(channel_, wait_for_delivery());
    run_to(channel_, arrival);
    while ((write ? channel_.writes_queued() : channel_.reads_queued()) >= depth_[write ? 1 : 0]) {
      run_on(channel_);
      drain();
    }
    const uint64_t clock = channel_.clock();
    const bool accepted =
        write ? channel_.offer_write(burst) : channel_.offer_read(burst, timed ? arrival : clock);
    VERNIER_INVARIANT(accepted, "a burst refused with room in its queue, clock {}", clock);
    if (!write) ++reading_;
    ++(write ? result_.write_bursts : result_.read_bursts);
    run_to(channel_, clock + 1);
    result_.clocks = std::max(result_.clocks, clock + 1);
    drain();
    return true;
  }

  ChannelResult finish(int index) {
    while (reading_ > 0) run_to(channel_, wait_for_delivery());
    run_to(channel_, result_.clocks);
    result_.counts = channel_.counts();
    result_.writes_left = channel_.writes_queued();
    if (ConstraintChecker* checker = tee_.checker()) {
      checker->finish(result_.clocks);
      result_.commands = checker->commands();
      if (checker->violations() > 0) {
        throw CheckFailed(fmt::format("channel {}: {} of {} commands violate a constraint, first:\n{}", index,
                                      checker->violations(), checker->commands(), checker->text()));
      }
    }
    return result_;
  }

 private:
  struct Last {
    uint64_t burst = 0;
    bool write = false, valid = false;
  };

  void drain() {
    while (const auto delivery = channel_.delivered()) note(delivery->clock, delivery->tag);
  }
  void note(uint64_t clock, uint64_t since) {
    --reading_;
    result_.latency.add(clock - since);
    result_.clocks = std::max(result_.clocks, clock);
  }
  /// The clock of the next delivery.
  uint64_t wait_for_delivery() {
    while (true) {
      if (const auto delivery = next_delivery(channel_)) {
        note(delivery->clock, delivery->tag);
        return delivery->clock;
      }
      run_on(channel_);
    }
  }

  uint64_t limit_;
  bool merges_;
  Tee tee_;
  std::array<size_t, 2> depth_;
  Channel channel_;
  Last last_;
  uint64_t reading_ = 0;  // reads accepted and not delivered
  ChannelResult result_;
};

void add(ChannelResult& total, const ChannelResult& channel) {
  total.counts += channel.counts;
  total.clocks = std::max(total.clocks, channel.clocks);
  total.read_bursts += channel.read_bursts;
  total.write_bursts += channel.write_bursts;
  total.writes_left += channel.writes_left;
  total.latency += channel.latency;
  total.commands += channel.commands;
}

template <typename Channel>
TraceResult run_with(const Memory& memory, TraceReader& trace, const TraceOptions& options) {
  constexpr uint64_t kProgressMask = (uint64_t{1} << 20) - 1;
  std::vector<std::unique_ptr<Lane<Channel>>> lanes;
  for (int c = 0; c < memory.channels; ++c)
    lanes.push_back(std::make_unique<Lane<Channel>>(memory.part, c, options));
  const auto bytes = static_cast<uint64_t>(memory.part.organisation.burst_bytes);
  const uint64_t granule = memory.interleave_bytes / bytes;  // bursts
  const auto channels = static_cast<uint64_t>(memory.channels);
  TraceResult result;
  while (const std::optional<TraceRequest> request = trace.next()) {
    const uint64_t begin = request->address / kRequestBytes * kRequestBytes;
    for (uint64_t burst = begin / bytes; burst * bytes < begin + kRequestBytes; ++burst) {
      const uint64_t stripe = burst / granule;
      const uint64_t local = stripe / channels * granule + burst % granule;
      if (!lanes[stripe % channels]->take(local, request->write, request->arrival, trace.has_arrivals()))
        ++result.merged;
    }
    if ((++result.requests & kProgressMask) == 0 && options.progress) options.progress(result.requests);
  }
  for (int c = 0; c < memory.channels; ++c) {
    result.channels.push_back(lanes[static_cast<size_t>(c)]->finish(c));
    add(result.total, result.channels.back());
  }
  result.clocks = result.total.clocks;
  return result;
}

}  // namespace

void LatencyHistogram::add(uint64_t clocks) {
  size_t place = 0;
  while ((clocks >> place) > 1) ++place;
  ++counts[place];
  least = count == 0 ? clocks : std::min(least, clocks);
  most = std::max(most, clocks);
  ++count;
  sum += clocks;
}

LatencyHistogram& LatencyHistogram::operator+=(const LatencyHistogram& o) {
  if (o.count == 0) return *this;
  for (size_t i = 0; i < counts.size(); ++i) counts[i] += o.counts[i];
  least = count == 0 ? o.least : std::min(least, o.least);
  most = std::max(most, o.most);
  count += o.count;
  sum += o.sum;
  return *this;
}

TraceResult run_trace(const Memory& memory, TraceReader& trace, const TraceOptions& options) {
  return options.clocked ? run_with<ClockedChannel>(memory, trace, options)
                         : run_with<EventChannel>(memory, trace, options);
}

}  // namespace vernier::dram
