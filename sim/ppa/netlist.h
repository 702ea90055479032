// SPDX-License-Identifier: Apache-2.0
// A flat netlist of library cells, as Yosys maps it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/ppa/liberty.h"

namespace vernier::ppa {

constexpr int kNetZero = 0;  ///< the constants have nets of their own
constexpr int kNetOne = 1;
constexpr int kNoNet = -1;

struct Gate {
  const LibraryCell* cell = nullptr;
  std::vector<int> nets;  ///< per pin of the cell
};

struct NetlistPort {
  std::string name;
  bool input = false;
  std::vector<int> nets;  ///< low bit first
};

/// The library outlives it.
struct Netlist {
  std::string top;
  int nets = 2;  ///< numbers below
  std::vector<NetlistPort> ports;
  std::vector<Gate> gates;

  [[nodiscard]] const NetlistPort* port(std::string_view name) const;
  /// Net of a port of one bit; kNoNet if there is no such port.
  [[nodiscard]] int net_of(std::string_view port_name) const;
  [[nodiscard]] double area_um2() const;
  [[nodiscard]] double flip_flop_area_um2() const;
  [[nodiscard]] double leakage_uw() const;
};

/// Reads what `write_json` wrote. Throws CheckFailed if there are cells that the library does not have.
[[nodiscard]] Netlist read_netlist(const nlohmann::ordered_json& json, const std::string& top,
                                   const Library& library);

/// Structural Verilog: gate i is `g<i>`, net n is `n<n>`.
[[nodiscard]] std::string write_verilog(const Netlist& netlist);

}  // namespace vernier::ppa
