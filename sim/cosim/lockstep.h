// SPDX-License-Identifier: Apache-2.0
// Two arrays in lockstep: the same inputs in every cycle, every output compared in every cycle, and the
// events of each pass held against the golden functions. Stops at the first difference.
#pragma once

#include <optional>

#include "models/array/array_port.h"
#include "models/machine/machine.h"
#include "sim/cosim/event.h"
#include "sim/cosim/expectation.h"
#include "sim/cosim/test_vector.h"

namespace vernier::cosim {

/// What was done, for reports.
struct Tally {
  uint64_t vectors = 0;
  uint64_t cycles = 0;
  uint64_t events = 0;  ///< of one side
  uint64_t resets = 0;  ///< in the middle of a pass
};

/// What is at the pins of both sides in a cycle, before it is compared.
class IWatcher {
 public:
  virtual ~IWatcher() = default;
  virtual void cycle(uint64_t cycle, const array::ArrayInputs& inputs, const array::ArrayOutputs& rtl,
                     const array::ArrayOutputs& systemc) = 0;
};

class Lockstep {
 public:
  /// Two arrays with these parameters, both in reset state. They outlive this object.
  Lockstep(const machine::ArrayParams& params, array::IPeArray& rtl, array::IPeArray& systemc)
      : params_(params), rtl_{rtl, {}}, systemc_{systemc, {}} {}

  /// Runs a vector, cycles counted from 0. After a difference both arrays are in no state to go on.
  [[nodiscard]] std::optional<Difference> run(const TestVector& vector);
  /// Shows every cycle to `watcher` from now on; it outlives this object.
  void watch(IWatcher& watcher) { watcher_ = &watcher; }

  [[nodiscard]] const Tally& tally() const { return tally_; }
  /// Events of the vector that ran last.
  [[nodiscard]] const EventRecorder& rtl_events() const { return rtl_.events; }
  [[nodiscard]] const EventRecorder& systemc_events() const { return systemc_.events; }

 private:
  struct Side {
    array::IPeArray& array;
    EventRecorder events;
  };
  class Driver;

  std::optional<Difference> run_pass(Driver& driver, uint64_t limit);
  std::optional<Difference> run_cycle(const array::ArrayInputs& inputs, Expectation* expectation);
  std::optional<Difference> observe(const array::ArrayInputs& inputs, Expectation* expectation);
  [[nodiscard]] bool busy() const;
  void reset();

  machine::ArrayParams params_;
  Side rtl_;
  Side systemc_;
  Tally tally_;
  uint64_t cycle_ = 0;
  const Pass* pass_ = nullptr;  // of the vector that runs
  IWatcher* watcher_ = nullptr;
};

}  // namespace vernier::cosim
