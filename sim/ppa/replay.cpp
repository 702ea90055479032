// SPDX-License-Identifier: Apache-2.0
#include "sim/ppa/replay.h"

#include <algorithm>

#include "base/error.h"
#include "sim/ppa/gate_sim.h"

namespace vernier::ppa {
namespace {

class Player {
 public:
  Player(const Netlist& netlist, const Recording& recording)
      : netlist_(netlist), recording_(recording), sim_(netlist), reset_(netlist.net_of("rst_ni")) {
    for (const BlockPort& port : recording.ports) {
      const NetlistPort* own = netlist.port(port.name);
      if (own == nullptr || own->input != port.input || own->nets.size() != port.bits) {
        throw CheckFailed(fmt::format("there is activity for pin {} of {} bits, which {} does not have",
                                      port.name, port.bits, netlist.top));
      }
      ports_.push_back(own);
    }
  }

  void settle(size_t cycle) {
    const CycleBits& bits = recording_.cycles[cycle];
    size_t at = 0;
    for (const NetlistPort* port : ports_) {
      for (const int net : port->nets) {
        if (port->input) sim_.set(net, bits[at] != 0);
        ++at;
      }
    }
    if (reset_ != kNoNet) sim_.set(reset_, !recording_.reset[cycle]);
    sim_.settle();
    at = 0;
    for (const NetlistPort* port : ports_) {
      for (size_t i = 0; i < port->nets.size(); ++i, ++at) {
        const int net = port->nets[i];
        if (port->input || sim_.value(net) == (bits[at] != 0)) continue;
        throw CheckFailed(
            fmt::format("the netlist of {} is not its RTL: {}[{}] is {} in cycle {}, {} in the RTL",
                        netlist_.top, port->name, i, sim_.value(net) ? 1 : 0, cycle, bits[at]));
      }
    }
  }

  /// Nets against those of the last call.
  void count(Activity& activity) {
    const auto nets = static_cast<size_t>(netlist_.nets);
    activity.toggles.resize(nets);
    if (!before_.empty()) {
      for (size_t net = 0; net < nets; ++net)
        activity.toggles[net] += before_[net] != sim_.values()[net] ? 1 : 0;
      ++activity.cycles;
    }
    before_ = sim_.values();
  }

  void edge() { sim_.edge(); }

 private:
  const Netlist& netlist_;
  const Recording& recording_;
  GateSim sim_;
  int reset_;
  std::vector<const NetlistPort*> ports_;
  std::vector<uint8_t> before_;
};

}  // namespace

Replay replay(const Netlist& netlist, const Recording& recording, size_t idle) {
  constexpr size_t kQuiet = 16;  // of the idle cycles; before them the pipeline runs empty
  const size_t count = recording.cycles.size();
  VERNIER_INVARIANT(idle >= 2 * kQuiet && idle < count, "{} idle cycles of {}", idle, count);
  const bool stateful = std::any_of(netlist.gates.begin(), netlist.gates.end(),
                                    [](const Gate& gate) { return gate.cell->flip_flop.has_value(); });
  Replay result;
  result.active.toggles.resize(static_cast<size_t>(netlist.nets));
  result.idle = result.active;
  Player player(netlist, recording);
  for (size_t cycle = 0; cycle < count; ++cycle) {
    if (!stateful && !recording.event[cycle]) continue;
    player.settle(cycle);
    ++result.cycles;
    const bool work = !recording.reset[cycle] && cycle < count - idle;
    Activity ignored;
    player.count(work ? result.active : cycle >= count - kQuiet ? result.idle : ignored);
    if (work && recording.event[cycle]) ++result.events;
    player.edge();
  }
  if (result.events == 0) throw CheckFailed(fmt::format("the stimulus gives {} nothing to do", netlist.top));
  if (!stateful) result.idle.cycles = kQuiet;  // its inputs stand still
  return result;
}

}  // namespace vernier::ppa
