// SPDX-License-Identifier: Apache-2.0
// Simulates a netlist cycle by cycle from the functions of its cells: every net has one value in a cycle, so
// there are no glitches. One clock, whose rising edge every flip-flop takes.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/ppa/function.h"
#include "sim/ppa/netlist.h"

namespace vernier::ppa {

class GateSim {
 public:
  /// The netlist outlives it. Throws CheckFailed for a loop without a flip-flop, a net that nobody or several
  /// drive, a cell without a function (latches, tri-state drivers), and a flip-flop on another clock than
  /// clk_i.
  explicit GateSim(const Netlist& netlist);

  /// An input net, for the next settle().
  void set(int net, bool value) { values_[static_cast<size_t>(net)] = value ? 1 : 0; }
  /// All nets of this cycle, asynchronous resets included.
  void settle();
  /// The rising edge that ends the cycle: states change, nets at the next settle().
  void edge();

  [[nodiscard]] bool value(int net) const { return values_[static_cast<size_t>(net)] != 0; }
  /// Per net, 0 or 1.
  [[nodiscard]] const std::vector<uint8_t>& values() const { return values_; }

 private:
  struct Op {
    uint64_t bits = 0;
    int inputs[kMostInputs] = {};
    int count = 0;
    int output = 0;
    [[nodiscard]] uint8_t eval(const std::vector<uint8_t>& values) const {
      unsigned index = 0;
      for (int i = 0; i < count; ++i)
        index |= static_cast<unsigned>(values[static_cast<size_t>(inputs[i])]) << i;
      return static_cast<uint8_t>(bits >> index & 1U);
    }
  };
  /// A flip-flop; its outputs are ops of the net `state`.
  struct State {
    Op next, clear, preset;
    int state = 0;  ///< a net number of its own, behind those of the netlist
    bool has_clear = false, has_preset = false;
  };

  void add_gate(const Netlist& netlist, const Gate& gate);
  Op op(const LibraryCell& cell, const Gate& gate, const std::string& function, int output) const;
  void order();
  void propagate();

  const Netlist& netlist_;
  std::vector<Op> ops_;  // in the order in which they are evaluated
  std::vector<State> states_;
  std::vector<uint8_t> values_;
  std::vector<uint8_t> next_;
};

}  // namespace vernier::ppa
