// SPDX-License-Identifier: Apache-2.0
#include "sim/ppa/netlist.h"

#include <algorithm>

#include "base/error.h"

namespace vernier::ppa {
namespace {

using Json = nlohmann::ordered_json;

/// Yosys numbers nets from 2; constants are "0", "1" and "x".
int net(const Json& bit, int& nets) {
  if (bit.is_string()) return bit.get<std::string>() == "1" ? kNetOne : kNetZero;
  const int number = bit.get<int>();
  nets = std::max(nets, number + 1);
  return number;
}

double sum(const std::vector<Gate>& gates, double (*value)(const LibraryCell&)) {
  double total = 0;
  for (const Gate& gate : gates) total += value(*gate.cell);
  return total;
}

std::string net_name(int number) {
  if (number == kNetZero || number == kNetOne) return number == kNetOne ? "1'b1" : "1'b0";
  return fmt::format("n{}", number);
}

}  // namespace

const NetlistPort* Netlist::port(std::string_view name) const {
  const auto found =
      std::find_if(ports.begin(), ports.end(), [&](const auto& own) { return own.name == name; });
  return found == ports.end() ? nullptr : &*found;
}

int Netlist::net_of(std::string_view port_name) const {
  const NetlistPort* found = port(port_name);
  return found == nullptr || found->nets.size() != 1 ? kNoNet : found->nets[0];
}

double Netlist::area_um2() const {
  return sum(gates, [](const LibraryCell& cell) { return cell.area_um2; });
}
double Netlist::flip_flop_area_um2() const {
  return sum(gates, [](const LibraryCell& cell) { return cell.flip_flop ? cell.area_um2 : 0.0; });
}
double Netlist::leakage_uw() const {
  return sum(gates, [](const LibraryCell& cell) { return cell.leakage_uw; });
}

Netlist read_netlist(const Json& json, const std::string& top, const Library& library) {
  Netlist netlist;
  netlist.top = top;
  const auto found = json.find("modules") != json.end() ? json["modules"].find(top) : json.end();
  VERNIER_INVARIANT(json.contains("modules") && json["modules"].contains(top), "yosys wrote no module '{}'",
                    top);
  const Json& module = *found;
  for (const auto& [name, port] : module["ports"].items()) {
    NetlistPort own{name, port["direction"] == "input", {}};
    for (const Json& bit : port["bits"]) own.nets.push_back(net(bit, netlist.nets));
    netlist.ports.push_back(std::move(own));
  }
  for (const auto& [name, cell] : module["cells"].items()) {
    const auto type = cell["type"].get<std::string>();
    Gate gate;
    gate.cell = library.find(type);
    if (gate.cell == nullptr) {
      throw CheckFailed(
          fmt::format("{}: yosys left the cell '{}', which library '{}' does not have (latches, memories "
                      "and tri-state drivers are not mapped)",
                      top, type, library.name));
    }
    gate.nets.assign(gate.cell->pins.size(), kNoNet);
    for (const auto& [pin, bits] : cell["connections"].items()) {
      const int index = gate.cell->pin(pin);
      VERNIER_INVARIANT(index >= 0 && bits.size() <= 1, "cell {} has no pin {} of one bit", type, pin);
      if (!bits.empty()) gate.nets[static_cast<size_t>(index)] = net(bits[0], netlist.nets);
    }
    netlist.gates.push_back(std::move(gate));
  }
  return netlist;
}

std::string write_verilog(const Netlist& netlist) {
  std::string text = fmt::format("module {} (", netlist.top);
  std::string declarations;
  std::string joints;
  for (size_t i = 0; i < netlist.ports.size(); ++i) {
    const NetlistPort& port = netlist.ports[i];
    text += fmt::format("{}{}", i == 0 ? "" : ", ", port.name);
    declarations +=
        fmt::format("  {} [{}:0] {};\n", port.input ? "input" : "output", port.nets.size() - 1, port.name);
    for (size_t bit = 0; bit < port.nets.size(); ++bit) {
      const std::string own = fmt::format("{}[{}]", port.name, bit);
      const std::string other = net_name(port.nets[bit]);
      joints += port.input ? fmt::format("  assign {} = {};\n", other, own)
                           : fmt::format("  assign {} = {};\n", own, other);
    }
  }
  text += ");\n" + declarations;
  for (int n = 2; n < netlist.nets; ++n) text += fmt::format("  wire n{};\n", n);
  text += joints;
  for (size_t i = 0; i < netlist.gates.size(); ++i) {
    const Gate& gate = netlist.gates[i];
    text += fmt::format("  {} g{} (", gate.cell->name, i);
    bool first = true;
    for (size_t pin = 0; pin < gate.nets.size(); ++pin) {
      if (gate.nets[pin] == kNoNet) continue;
      text +=
          fmt::format("{}.{}({})", first ? "" : ", ", gate.cell->pins[pin].name, net_name(gate.nets[pin]));
      first = false;
    }
    text += ");\n";
  }
  return text + "endmodule\n";
}

}  // namespace vernier::ppa
