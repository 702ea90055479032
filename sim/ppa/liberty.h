// SPDX-License-Identifier: Apache-2.0
// A cell library as far as area, function and energy need it, read from a Liberty file. Timing is left to
// OpenSTA, which reads the same file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vernier::ppa {

/// Energy of one transition in pJ, by load and by the transition time of the input that causes it. Bilinear
/// between its points and beyond its ends, as usual for Liberty tables.
class EnergyTable {
 public:
  EnergyTable() = default;
  /// An axis without points does not matter. values: loads outside, transition times inside.
  EnergyTable(std::vector<double> loads_pf, std::vector<double> slews_ns, std::vector<double> values_pj);

  [[nodiscard]] double at(double load_pf, double slew_ns) const;
  [[nodiscard]] const std::vector<double>& slews_ns() const { return slews_; }

 private:
  std::vector<double> loads_, slews_, values_;
};

/// internal_power of a pin: mean of a rising and a falling transition.
struct InternalPower {
  std::string related_pin;  ///< the input that causes the transition; empty: the pin itself changes
  EnergyTable rise, fall;

  [[nodiscard]] double energy_pj(double load_pf, double slew_ns) const {
    return (rise.at(load_pf, slew_ns) + fall.at(load_pf, slew_ns)) / 2;
  }
};

struct LibraryPin {
  std::string name;
  bool input = false;
  bool clock = false;
  double capacitance_pf = 0;
  std::string function;  ///< of an output
  bool three_state = false;
  std::vector<InternalPower> internal;
};

/// The `ff` group: expressions over the input pins.
struct FlipFlop {
  std::string state, inverted_state;  ///< names that functions of outputs use
  std::string next_state, clocked_on, clear, preset;
};

struct LibraryCell {
  std::string name;
  double area_um2 = 0;
  double leakage_uw = 0;
  std::vector<LibraryPin> pins;
  std::optional<FlipFlop> flip_flop;
  bool latch = false;

  /// -1 if there is none.
  [[nodiscard]] int pin(std::string_view pin_name) const;
};

struct Library {
  std::string name;
  std::string file;
  std::string digest;  ///< of the file
  double voltage_v = 0;
  double temperature_c = 0;
  double fastest_slew_ns = 0;  ///< the shortest transition time that the energy tables hold
  std::vector<LibraryCell> cells;

  [[nodiscard]] const LibraryCell* find(std::string_view cell) const;
  /// The smallest cell with one output of this function of A or A and B ("!A", "!(A&B)" up to how it is
  /// written); null if there is none.
  [[nodiscard]] const LibraryCell* smallest_inverter() const;
  [[nodiscard]] const LibraryCell* smallest_nand2() const;
};

/// Throws InputError PPA003 if the file cannot be read or is not Liberty, PPA004 if the library has no
/// flip-flop, inverter or NAND gate, so that nothing can be mapped to it.
[[nodiscard]] Library read_library(const std::string& path);
/// The same from a text.
[[nodiscard]] Library parse_library(const std::string& text, const std::string& path);

}  // namespace vernier::ppa
