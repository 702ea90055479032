// SPDX-License-Identifier: Apache-2.0
#include "sim/ppa/energy.h"

#include <map>
#include <string>

#include "base/error.h"

namespace vernier::ppa {
namespace {

/// Internal energies of a pin by related pin; several of one (for different `when`) count evenly.
struct Group {
  double energy_pj = 0;
  int count = 0;
  double weight = 0;
};

}  // namespace

Energy energy_of(const Netlist& netlist, const Library& library, const std::vector<double>& slews_ns,
                 const Activity& activity) {
  VERNIER_INVARIANT(activity.toggles.size() == static_cast<size_t>(netlist.nets),
                    "activity of {} nets, there are {}", activity.toggles.size(), netlist.nets);
  std::vector<double> toggles(activity.toggles.begin(), activity.toggles.end());
  const int clock = netlist.net_of("clk_i");
  if (clock != kNoNet) toggles[static_cast<size_t>(clock)] = 2.0 * static_cast<double>(activity.cycles);
  toggles[kNetZero] = toggles[kNetOne] = 0;

  std::vector<double> loads_pf(static_cast<size_t>(netlist.nets), 0.0);
  for (const Gate& gate : netlist.gates) {
    for (size_t pin = 0; pin < gate.nets.size(); ++pin) {
      if (gate.cell->pins[pin].input && gate.nets[pin] != kNoNet) {
        loads_pf[static_cast<size_t>(gate.nets[pin])] += gate.cell->pins[pin].capacitance_pf;
      }
    }
  }
  Energy energy;
  for (size_t net = 0; net < loads_pf.size(); ++net) {
    energy.switching_pj += 0.5 * loads_pf[net] * library.voltage_v * library.voltage_v * toggles[net];
  }
  for (const Gate& gate : netlist.gates) {
    for (size_t pin = 0; pin < gate.nets.size(); ++pin) {
      if (gate.nets[pin] == kNoNet) continue;
      const auto net = static_cast<size_t>(gate.nets[pin]);
      std::map<std::string, Group> groups;
      double weights = 0;
      for (const InternalPower& internal : gate.cell->pins[pin].internal) {
        Group& group = groups[internal.related_pin];
        const int related = gate.cell->pin(internal.related_pin);
        const int cause = related < 0 ? gate.nets[pin] : gate.nets[static_cast<size_t>(related)];
        const auto from = static_cast<size_t>(cause == kNoNet ? gate.nets[pin] : cause);
        if (group.count++ == 0) weights += group.weight = toggles[from];
        const double load = gate.cell->pins[pin].input ? 0 : loads_pf[net];
        group.energy_pj += internal.energy_pj(load, slews_ns[from]);
      }
      // An output changes because an input did: those that change more often more often.
      double mean = 0;
      for (const auto& [related, group] : groups) {
        const double share = weights > 0 ? group.weight / weights : 1.0 / static_cast<double>(groups.size());
        mean += share * group.energy_pj / group.count;
      }
      energy.internal_pj += mean * toggles[net];
    }
  }
  return energy;
}

}  // namespace vernier::ppa
