// SPDX-License-Identifier: Apache-2.0
// The bus of the `ideal` DRAM as events: who is granted when, without visiting every cycle.
// Source of every rule: docs/timing.md, section DRAM.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "models/machine/machine.h"
#include "sim/engine/repetition.h"

namespace vernier::engine {

/// Two requesters (load, store) share the bus. While nothing can stall or throttle a run of bursts the
/// run is one event in closed form; otherwise, or with skip = false, every burst is an event.
class DramBus {
 public:
  enum Requester { load_side = 0, store_side = 1 };
  static constexpr uint64_t kNever = UINT64_MAX;

  DramBus(const machine::DramParams& dram, int max_in_flight, bool skip);

  /// The requester asks for `bursts` bursts from cycle `from` on. It must be idle, and the bus must have
  /// been advanced over every cycle before the current one, which is before `from`.
  void request(Requester requester, uint64_t from, uint64_t bursts);

  /// First cycle in which something happens that the caller may have to act on: kNever if idle.
  [[nodiscard]] uint64_t next_event() const;

  /// Grants everything up to and including `cycle`, which must not pass next_event().
  void advance(uint64_t cycle);

  /// From `cycle` on the store side does not request, or requests again.
  void mask_store(bool masked, uint64_t cycle);
  [[nodiscard]] bool store_masked() const { return store_masked_; }
  [[nodiscard]] bool requesting(Requester requester) const { return requests_[requester].remaining > 0; }

  /// Consecutive grants of the load side, `spacing` cycles apart.
  struct GrantRun {
    uint64_t first = 0;
    uint64_t spacing = 0;
    uint64_t count = 0;
  };
  /// Those since the last call, in order.
  std::vector<GrantRun> take_load_grants() { return std::exchange(load_grants_, {}); }

  /// Whether runs may be granted at once at all (see skip).
  [[nodiscard]] bool can_skip() const { return can_skip_; }
  /// From now on burst by burst, and a read burst is in flight until arrive() says so. `arrivals`: of those
  /// in flight now, in order; kNever = not known yet.
  void step(std::deque<uint64_t> arrivals) {
    closed_form_ = false;
    arrivals_ = std::move(arrivals);
  }
  /// The oldest burst in flight whose arrival is not known does not count from `cycle` on.
  void arrive(uint64_t cycle);
  /// From `cycle` on runs at once again; every burst in flight will arrive as if nothing had delayed it.
  void skip(uint64_t cycle);

  /// If the requester's last burst was granted, its cycle (once); otherwise kNever.
  uint64_t take_finished(Requester requester);

  [[nodiscard]] uint64_t bursts_granted() const { return granted_; }

  /// Nothing depends on the number of a burst.
  [[nodiscard]] bool can_repeat() const { return dram_.stall_permille == 0; }
  void describe(StateWords& state) const;
  void list(Counters& counters) { counters.add(granted_); }
  void jump(const Jump& jump);

 private:
  struct Request {
    uint64_t remaining = 0;  // 0 = idle
    uint64_t from = 0;
    uint64_t finished = kNever;
  };
  [[nodiscard]] bool active(Requester requester) const {
    return requesting(requester) && !(requester == store_side && store_masked_);
  }
  /// First cycle in which the requester could be granted, seen alone.
  [[nodiscard]] uint64_t eligible(Requester requester) const;
  [[nodiscard]] uint64_t next_grant() const;
  void grant(uint64_t cycle);
  void grant_run(uint64_t last_cycle);
  void count(Requester requester, uint64_t bursts, uint64_t spacing, uint64_t last_grant);

  machine::DramParams dram_;
  uint64_t burst_cycles_;
  uint64_t max_in_flight_;
  const bool can_skip_;
  bool closed_form_;
  bool store_masked_ = false;
  std::array<Request, 2> requests_;
  uint64_t bus_free_ = 0;
  Requester last_granted_ = store_side;  // so that a tie at the start goes to the load
  uint64_t granted_ = 0;
  std::deque<uint64_t> arrivals_;  // of read bursts in flight, kNever if not known; unused in closed form
  std::vector<GrantRun> load_grants_;
};

}  // namespace vernier::engine
