// SPDX-License-Identifier: Apache-2.0
// What all clocked SystemC modules share: a clock pin, the number of the cycle, turns after the clock edge,
// and a way out for exceptions.
#pragma once

#include <array>
#include <exception>
#include <optional>
#include <systemc>

namespace vernier::machine {

/// At the clock edge every module sees the registers, and the array's compute unit claims ports. After it
/// modules that share ports have a turn, one delta cycle after the other. In its turn a module decides by
/// what was claimed before, its own registers and what they alone read; queues and semaphores it may only
/// write.
enum class Turn : uint8_t {
  vector,  ///< the DRAM's clocks as well
  store,   ///< and the bus of `ideal` DRAM
  load
};

/// One clock domain. The SystemC kernel turns an exception that leaves a process into a report without its
/// type; so the first one is kept here, the simulation pauses, and whoever called sc_start rethrows it.
class ClockDomain : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk{"clk"};
  std::exception_ptr error;

  explicit ClockDomain(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_HAS_PROCESS(ClockDomain);
    SC_METHOD(after_edge);
    sensitive << clk.pos();
    dont_initialize();
    SC_METHOD(after_vector);
    sensitive << turn(Turn::vector);
    dont_initialize();
    SC_METHOD(after_store);
    sensitive << turn(Turn::store);
    dont_initialize();
  }

  [[nodiscard]] sc_core::sc_event& turn(Turn turn) { return turns_.at(static_cast<size_t>(turn)); }

 private:
  void after_edge() { turn(Turn::vector).notify(sc_core::SC_ZERO_TIME); }
  void after_vector() { turn(Turn::store).notify(sc_core::SC_ZERO_TIME); }
  void after_store() { turn(Turn::load).notify(sc_core::SC_ZERO_TIME); }

  std::array<sc_core::sc_event, 3> turns_;
};

/// A module with a process called once in every cycle, from cycle 0, and perhaps another one in its turn.
class ClockedModule : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk{"clk"};

 protected:
  ClockedModule(const sc_core::sc_module_name& name, ClockDomain& domain,
                std::optional<Turn> turn = std::nullopt)
      : sc_module(name), domain_(domain) {
    SC_HAS_PROCESS(ClockedModule);
    SC_METHOD(tick);
    sensitive << clk.pos();
    dont_initialize();
    if (!turn) return;
    SC_METHOD(take_turn);
    sensitive << domain.turn(*turn);
    dont_initialize();
  }

  /// What the module does at the clock edge of cycle `now`.
  virtual void on_cycle(uint64_t now) = 0;
  /// What it does in its turn in cycle `now`.
  virtual void on_turn(uint64_t /*now*/) {}

 private:
  void tick() {
    guard([this] { on_cycle(cycle_++); });
  }
  void take_turn() {
    guard([this] { on_turn(cycle_ - 1); });
  }
  template <class Work>
  void guard(const Work& work) {
    if (domain_.error) return;
    try {
      work();
    } catch (...) {
      domain_.error = std::current_exception();
      sc_core::sc_pause();
    }
  }

  ClockDomain& domain_;
  uint64_t cycle_ = 0;
};

}  // namespace vernier::machine
