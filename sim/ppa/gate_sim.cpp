// SPDX-License-Identifier: Apache-2.0
#include "sim/ppa/gate_sim.h"

#include <algorithm>
#include <stdexcept>

#include "base/error.h"

namespace vernier::ppa {
namespace {

TruthTable table_of(const LibraryCell& cell, const std::string& function) {
  try {
    return truth_table(function);
  } catch (const std::invalid_argument& error) {
    throw CheckFailed(fmt::format("cell {}: {}", cell.name, error.what()));
  }
}

}  // namespace

GateSim::GateSim(const Netlist& netlist) : netlist_(netlist), values_(static_cast<size_t>(netlist.nets), 0) {
  values_[kNetOne] = 1;
  for (const Gate& gate : netlist.gates) add_gate(netlist, gate);
  next_.resize(states_.size());
  order();
}

/// Variables are pins, or the state of the flip-flop.
GateSim::Op GateSim::op(const LibraryCell& cell, const Gate& gate, const std::string& function,
                        int output) const {
  const TruthTable table = table_of(cell, function);
  Op op;
  op.bits = table.bits;
  op.output = output;
  for (const std::string& variable : table.variables) {
    const int pin = cell.pin(variable);
    int net = pin >= 0 ? gate.nets[static_cast<size_t>(pin)] : kNoNet;
    if (net == kNoNet) {
      throw CheckFailed(
          fmt::format("{}: pin {} of a cell {} is not connected", netlist_.top, variable, cell.name));
    }
    op.inputs[op.count++] = net;
  }
  return op;
}

void GateSim::add_gate(const Netlist& netlist, const Gate& gate) {
  const LibraryCell& cell = *gate.cell;
  const auto refuse = [&](const char* why) {
    throw CheckFailed(fmt::format("{}: the cell {} {}", netlist.top, cell.name, why));
  };
  if (cell.latch) refuse("is a latch, which is not simulated");
  if (!cell.flip_flop) {
    for (size_t pin = 0; pin < cell.pins.size(); ++pin) {
      if (cell.pins[pin].input || gate.nets[pin] == kNoNet) continue;
      if (cell.pins[pin].function.empty() || cell.pins[pin].three_state)
        refuse("has an output without a function");
      ops_.push_back(op(cell, gate, cell.pins[pin].function, gate.nets[pin]));
    }
    return;
  }
  const FlipFlop& flip_flop = *cell.flip_flop;
  const int clock = cell.pin(flip_flop.clocked_on);
  if (clock < 0 || gate.nets[static_cast<size_t>(clock)] != netlist.net_of("clk_i")) {
    refuse("does not take the rising edge of clk_i");
  }
  State state;
  state.state = static_cast<int>(values_.size());
  values_.push_back(0);
  state.next = op(cell, gate, flip_flop.next_state, 0);
  state.has_clear = !flip_flop.clear.empty();
  state.has_preset = !flip_flop.preset.empty();
  if (state.has_clear) state.clear = op(cell, gate, flip_flop.clear, 0);
  if (state.has_preset) state.preset = op(cell, gate, flip_flop.preset, 0);
  for (size_t pin = 0; pin < cell.pins.size(); ++pin) {
    if (cell.pins[pin].input || gate.nets[pin] == kNoNet) continue;
    const TruthTable table = table_of(cell, cell.pins[pin].function);
    const bool own = table.variables == std::vector<std::string>{flip_flop.state};
    if (!own && table.variables != std::vector<std::string>{flip_flop.inverted_state}) {
      refuse("has an output that is neither its state nor the inverse of it");
    }
    Op out;
    out.bits = own ? table.bits : ~table.bits;
    out.inputs[0] = state.state;
    out.count = 1;
    out.output = gate.nets[pin];
    ops_.push_back(out);
  }
  states_.push_back(state);
}

/// Drivers before what they drive.
void GateSim::order() {
  constexpr int kNobody = -1;
  std::vector<int> driver(values_.size(), kNobody);
  std::vector<bool> given(values_.size(), false);
  given[kNetZero] = given[kNetOne] = true;
  for (size_t n = static_cast<size_t>(netlist_.nets); n < given.size(); ++n) given[n] = true;
  for (const NetlistPort& port : netlist_.ports) {
    for (const int net : port.nets) {
      if (port.input) given[static_cast<size_t>(net)] = true;
    }
  }
  for (size_t i = 0; i < ops_.size(); ++i) {
    const auto net = static_cast<size_t>(ops_[i].output);
    if (given[net] || driver[net] != kNobody) {
      throw CheckFailed(fmt::format("{}: net {} has several drivers", netlist_.top, net));
    }
    driver[net] = static_cast<int>(i);
  }
  const auto check_driven = [&](int net) {
    if (given[static_cast<size_t>(net)] || driver[static_cast<size_t>(net)] != kNobody) return;
    throw CheckFailed(fmt::format("{}: nobody drives net {}", netlist_.top, net));
  };
  for (const State& state : states_) {
    for (const Op* op : {&state.next, &state.clear, &state.preset}) {
      for (int input = 0; input < op->count; ++input) check_driven(op->inputs[input]);
    }
  }
  for (const NetlistPort& port : netlist_.ports) {
    for (const int net : port.nets) check_driven(net);
  }
  std::vector<int> waits(ops_.size(), 0);
  std::vector<std::vector<size_t>> drives(values_.size());
  std::vector<size_t> ready;
  for (size_t i = 0; i < ops_.size(); ++i) {
    for (int input = 0; input < ops_[i].count; ++input) {
      const auto net = static_cast<size_t>(ops_[i].inputs[input]);
      check_driven(ops_[i].inputs[input]);
      if (given[net]) continue;
      ++waits[i];
      drives[net].push_back(i);
    }
    if (waits[i] == 0) ready.push_back(i);
  }
  std::vector<Op> ordered;
  for (size_t at = 0; at < ready.size(); ++at) {
    const Op& done = ops_[ready[at]];
    ordered.push_back(done);
    for (const size_t next : drives[static_cast<size_t>(done.output)]) {
      if (--waits[next] == 0) ready.push_back(next);
    }
  }
  if (ordered.size() != ops_.size()) {
    throw CheckFailed(fmt::format("{}: {} gates are in loops without a flip-flop", netlist_.top,
                                  ops_.size() - ordered.size()));
  }
  ops_ = std::move(ordered);
}

void GateSim::propagate() {
  for (const Op& op : ops_) values_[static_cast<size_t>(op.output)] = op.eval(values_);
}

void GateSim::settle() {
  propagate();
  bool changed = false;
  for (const State& state : states_) {
    uint8_t& value = values_[static_cast<size_t>(state.state)];
    const uint8_t before = value;
    if (state.has_preset && state.preset.eval(values_) != 0) value = 1;
    if (state.has_clear && state.clear.eval(values_) != 0) value = 0;
    changed = changed || value != before;
  }
  if (changed) propagate();
}

void GateSim::edge() {
  for (size_t i = 0; i < states_.size(); ++i) next_[i] = states_[i].next.eval(values_);
  for (size_t i = 0; i < states_.size(); ++i) values_[static_cast<size_t>(states_[i].state)] = next_[i];
}

}  // namespace vernier::ppa
