// SPDX-License-Identifier: Apache-2.0
// Two weight-stationary arrays in lockstep, as lockstep.h runs output-stationary ones: the same inputs in
// every cycle, every output compared in every cycle, and what happens held against ws_golden(). Stops at the
// first difference.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/array/weight_stationary/ws_port.h"
#include "sim/cosim/lockstep.h"
#include "sim/cosim/ws_vector.h"

namespace vernier::cosim {

class WsLockstep {
 public:
  /// Two arrays with these parameters, both in reset state. They outlive this object.
  WsLockstep(const machine::ArrayParams& params, array::IWsArray& rtl, array::IWsArray& systemc)
      : params_(params), rtl_{rtl, {}, 0, false}, systemc_{systemc, {}, 0, false} {}

  /// Runs a vector, cycles counted from 0. After a difference both arrays are in no state to go on.
  [[nodiscard]] std::optional<Difference> run(const WsVector& vector);

  [[nodiscard]] const Tally& tally() const { return tally_; }
  /// The last events of the vector that ran last, oldest first.
  [[nodiscard]] const std::vector<std::string>& rtl_events() const { return rtl_.events; }
  [[nodiscard]] const std::vector<std::string>& systemc_events() const { return systemc_.events; }

 private:
  struct Side {
    array::IWsArray& array;
    std::vector<std::string> events;
    uint32_t requested;  // tokens, in this pass
    bool busy;           // in the cycle before
  };
  /// What has happened in a pass.
  struct Progress {
    int rows = 0;
    uint32_t tokens = 0, requested = 0, taken = 0;
  };
  class Driver;

  std::optional<Difference> run_pass(Driver& driver, uint64_t limit);
  std::optional<Difference> run_cycle(const array::WsInputs& inputs, Progress* progress);
  std::optional<Difference> observe(const array::WsInputs& inputs, Progress* progress);
  std::optional<Difference> check(const array::WsInputs& inputs, Progress& progress) const;
  [[nodiscard]] std::optional<Difference> left_over(const Progress& progress) const;
  void note_events(Side& side, const array::WsInputs& inputs);
  [[nodiscard]] bool busy() const;
  void reset();

  machine::ArrayParams params_;
  Side rtl_;
  Side systemc_;
  Tally tally_;
  uint64_t cycle_ = 0;
  const WsPass* pass_ = nullptr;  // of the vector that runs
};

}  // namespace vernier::cosim
