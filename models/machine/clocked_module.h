// SPDX-License-Identifier: Apache-2.0
// What all clocked SystemC modules share: a clock pin, the number of the cycle, and a way out for exceptions.
#pragma once

#include <exception>
#include <systemc>

namespace vernier::machine {

/// One clock domain. The SystemC kernel turns an exception that leaves a process into a report without its
/// type; so the first one is kept here, the simulation pauses, and whoever called sc_start rethrows it.
struct ClockDomain {
  std::exception_ptr error;
};

/// A module with one process, called once in every cycle, from cycle 0.
class ClockedModule : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk{"clk"};

 protected:
  ClockedModule(const sc_core::sc_module_name& name, ClockDomain& domain) : sc_module(name), domain_(domain) {
    SC_HAS_PROCESS(ClockedModule);
    SC_METHOD(tick);
    sensitive << clk.pos();
    dont_initialize();
  }

  /// What the module does in cycle `now`.
  virtual void on_cycle(uint64_t now) = 0;

 private:
  void tick() {
    if (domain_.error) return;
    try {
      on_cycle(cycle_++);
    } catch (...) {
      domain_.error = std::current_exception();
      sc_core::sc_pause();
    }
  }

  ClockDomain& domain_;
  uint64_t cycle_ = 0;
};

}  // namespace vernier::machine
