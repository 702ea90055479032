// SPDX-License-Identifier: Apache-2.0
// Two arrays in lockstep: the same inputs in every cycle, every output compared in every cycle, and the
// events of each pass held against the golden functions. Stops at the first difference.
#pragma once

#include <optional>

#include "sim/cosim/dataflow.h"
#include "sim/cosim/event.h"
#include "sim/cosim/expectation.h"

namespace vernier::cosim {

/// What was done, for reports.
struct Tally {
  uint64_t vectors = 0;
  uint64_t cycles = 0;
  uint64_t events = 0;  ///< of one side
  uint64_t resets = 0;  ///< in the middle of a pass
};

/// What is at the pins of both sides in a cycle, before it is compared.
template <class Dataflow>
class IWatcher {
 public:
  virtual ~IWatcher() = default;
  virtual void cycle(uint64_t cycle, const typename Dataflow::Inputs& inputs,
                     const typename Dataflow::Outputs& rtl, const typename Dataflow::Outputs& systemc) = 0;
};

template <class Dataflow>
class ArrayLockstep {
 public:
  using Array = typename Dataflow::Array;
  using Inputs = typename Dataflow::Inputs;
  using Outputs = typename Dataflow::Outputs;
  using Vector = typename Dataflow::Vector;

  /// Two arrays with these parameters, both in reset state. They outlive this object.
  ArrayLockstep(const machine::ArrayParams& params, Array& rtl, Array& systemc)
      : params_(params), rtl_{rtl, {}}, systemc_{systemc, {}} {}

  /// Runs a vector, cycles counted from 0. After a difference both arrays are in no state to go on.
  [[nodiscard]] std::optional<Difference> run(const Vector& vector);
  /// Shows every cycle to `watcher` from now on; it outlives this object.
  void watch(IWatcher<Dataflow>& watcher) { watcher_ = &watcher; }

  [[nodiscard]] const Tally& tally() const { return tally_; }
  /// Events of the vector that ran last.
  [[nodiscard]] const EventRecorder& rtl_events() const { return rtl_.events; }
  [[nodiscard]] const EventRecorder& systemc_events() const { return systemc_.events; }

 private:
  struct Side {
    Array& array;
    EventRecorder events;
  };
  using Driver = typename Dataflow::Driver;

  std::optional<Difference> run_pass(Driver& driver, uint64_t limit);
  std::optional<Difference> run_cycle(const Inputs& inputs, Expectation* expectation);
  std::optional<Difference> observe(const Inputs& inputs, Expectation* expectation);
  [[nodiscard]] bool busy() const;
  void reset();

  machine::ArrayParams params_;
  Side rtl_;
  Side systemc_;
  Tally tally_;
  uint64_t cycle_ = 0;
  const Vector* vector_ = nullptr;  // that runs
  IWatcher<Dataflow>* watcher_ = nullptr;
};

using Lockstep = ArrayLockstep<OutputStationary>;
using WsLockstep = ArrayLockstep<WeightStationary>;

}  // namespace vernier::cosim
