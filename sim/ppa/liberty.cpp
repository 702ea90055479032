// SPDX-License-Identifier: Apache-2.0
#include "sim/ppa/liberty.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include "base/digest.h"
#include "base/error.h"
#include "base/printable.h"
#include "sim/ppa/function.h"
#include "sim/ppa/liberty_syntax.h"

namespace vernier::ppa {
namespace {

/// Where in a table v lies: between points i and i + 1, at this share of the way.
struct Place {
  size_t i = 0;
  double share = 0;
};

Place place(const std::vector<double>& axis, double v) {
  if (axis.size() < 2) return {};
  const auto above = std::upper_bound(axis.begin() + 1, axis.end() - 1, v);
  const auto i = static_cast<size_t>(above - axis.begin()) - 1;
  return {i, (v - axis[i]) / (axis[i + 1] - axis[i])};
}

class Reader {
 public:
  Reader(const LibertyGroup& root, const std::string& path) : root_(root), path_(path) {}

  Library read() {
    Library library;
    library.name = root_.arguments.empty() ? "" : root_.arguments[0];
    library.file = path_;
    units();
    const LibertyGroup* conditions = nullptr;
    for (const LibertyGroup& group : root_.groups) {
      if (group.type == "operating_conditions" &&
          (conditions == nullptr || group.arguments == root_.values("default_operating_conditions"))) {
        conditions = &group;
      }
      if (group.type == "power_lut_template" || group.type == "lu_table_template") {
        templates_[group.arguments.empty() ? "" : group.arguments[0]] = &group;
      }
    }
    const auto condition = [&](const char* name, const char* nominal) {
      const std::string own = conditions != nullptr ? conditions->value(name) : "";
      return own.empty() ? number(root_.value(nominal), root_) : number(own, *conditions);
    };
    library.voltage_v = condition("voltage", "nom_voltage");
    library.temperature_c = condition("temperature", "nom_temperature");
    for (const LibertyGroup& group : root_.groups) {
      if (group.type == "cell") library.cells.push_back(cell(group));
    }
    library.fastest_slew_ns = std::isfinite(fastest_slew_) ? fastest_slew_ : 0;
    return library;
  }

 private:
  [[noreturn]] void refuse(const LibertyGroup& group, const std::string& what) const {
    throw InputError("PPA003",
                     fmt::format("{} '{}': {}", group.type,
                                 printable(fmt::format("{}", fmt::join(group.arguments, ", "))), what),
                     {path_, group.line, 0});
  }

  double number(const std::string& text, const LibertyGroup& group) const {
    if (text.empty()) return 0;
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || *end != '\0' || !std::isfinite(value)) {
      refuse(group, fmt::format("found '{}', a number is needed", printable(text)));
    }
    return value;
  }

  /// "1ns", or 1 and "pf": the factor to `base`.
  double scale(const std::string& text, const std::string& base) const {
    const double count = std::strtod(text.c_str(), nullptr);
    const size_t unit = text.find_first_not_of("0123456789.+-");
    static const std::map<char, double> prefixes = {{'m', 1e-3},  {'u', 1e-6},  {'n', 1e-9},
                                                    {'p', 1e-12}, {'f', 1e-15}, {'k', 1e3}};
    const std::string name = unit == std::string::npos ? "" : text.substr(unit);
    const auto value_of = [&](const std::string& word) {
      const auto found = prefixes.find(word.size() > 1 ? word[0] : ' ');
      return found == prefixes.end() ? 1.0 : found->second;
    };
    if (count <= 0 || name.empty()) refuse(root_, fmt::format("found the unit '{}'", printable(text)));
    return count * value_of(name) / value_of(base);
  }

  void units() {
    const std::vector<std::string> capacitance = root_.values("capacitive_load_unit");
    if (capacitance.size() != 2) refuse(root_, "capacitive_load_unit is missing");
    pf_ = scale(capacitance[0] + capacitance[1], "pf");
    const auto unit = [&](const char* name, const char* usual, const char* base) {
      const std::string own = root_.value(name);
      return scale(own.empty() ? usual : own, base);
    };
    ns_ = unit("time_unit", "1ns", "ns");
    uw_ = unit("leakage_power_unit", "1nW", "uW");
    const double volt = unit("voltage_unit", "1V", "V");
    pj_ = pf_ * volt * volt;  // of energy tables: Liberty gives them no unit of their own
  }

  std::vector<double> numbers(const std::vector<std::string>& texts, const LibertyGroup& group,
                              double factor) const {
    std::vector<double> list;
    for (const std::string& text : texts) {
      size_t begin = 0;
      while (begin < text.size()) {
        const size_t end = std::min(text.find_first_of(", \t", begin), text.size());
        if (end > begin) list.push_back(number(text.substr(begin, end - begin), group) * factor);
        begin = end + 1;
      }
    }
    return list;
  }

  EnergyTable table(const LibertyGroup& group) {
    const auto found = templates_.find(group.arguments.empty() ? "" : group.arguments[0]);
    std::vector<double> loads, slews;
    bool load_first = true;
    if (found != templates_.end()) {
      for (int axis = 1; axis <= 2; ++axis) {
        const std::string variable = found->second->value(fmt::format("variable_{}", axis));
        if (variable.empty()) continue;
        const bool is_load = variable.find("capacitance") != std::string::npos;
        const std::string index = fmt::format("index_{}", axis);
        std::vector<std::string> own = group.values(index);
        if (own.empty()) own = found->second->values(index);
        (is_load ? loads : slews) = numbers(own, group, is_load ? pf_ : ns_);
        if (axis == 1) load_first = is_load;
      }
    }
    std::vector<double> values = numbers(group.values("values"), group, pj_);
    const size_t wanted = std::max<size_t>(loads.size(), 1) * std::max<size_t>(slews.size(), 1);
    if (values.size() != wanted) {
      refuse(group, fmt::format("has {} values, its axes need {}", values.size(), wanted));
    }
    const auto rises = [](const std::vector<double>& axis) {
      return std::adjacent_find(axis.begin(), axis.end(), std::greater_equal<>()) == axis.end();
    };
    if (!rises(loads) || !rises(slews)) refuse(group, "an index does not rise");
    if (!load_first && !loads.empty()) {  // slew outside: turn around
      std::vector<double> turned;
      for (size_t l = 0; l < loads.size(); ++l) {
        for (size_t s = 0; s < slews.size(); ++s) turned.push_back(values[s * loads.size() + l]);
      }
      values = std::move(turned);
    }
    if (!slews.empty()) fastest_slew_ = std::min(fastest_slew_, slews.front());
    return {std::move(loads), std::move(slews), std::move(values)};
  }

  LibraryPin pin(const LibertyGroup& group) {
    LibraryPin pin;
    pin.name = group.arguments.empty() ? "" : group.arguments[0];
    pin.input = group.value("direction") == "input";
    pin.clock = group.value("clock") == "true";
    pin.capacitance_pf = number(group.value("capacitance"), group) * pf_;
    pin.function = group.value("function");
    pin.three_state = !group.value("three_state").empty();
    for (const LibertyGroup& power : group.groups) {
      if (power.type != "internal_power") continue;
      InternalPower internal;
      internal.related_pin = power.value("related_pin");
      const LibertyGroup* both = power.find("power");
      const LibertyGroup* rise = both != nullptr ? both : power.find("rise_power");
      const LibertyGroup* fall = both != nullptr ? both : power.find("fall_power");
      if (rise != nullptr) internal.rise = table(*rise);
      if (fall != nullptr) internal.fall = table(*fall);
      pin.internal.push_back(std::move(internal));
    }
    return pin;
  }

  LibraryCell cell(const LibertyGroup& group) {
    if (group.arguments.size() != 1) refuse(group, "a cell has one name");
    LibraryCell cell;
    cell.name = group.arguments[0];
    cell.area_um2 = number(group.value("area"), group);
    cell.leakage_uw = number(group.value("cell_leakage_power"), group) * uw_;
    for (const LibertyGroup& part : group.groups) {
      if (part.type == "pin") cell.pins.push_back(pin(part));
      if (part.type == "latch") cell.latch = true;
      if (part.type == "ff") {
        if (part.arguments.size() != 2) refuse(part, "a flip-flop names its state and the inverse of it");
        cell.flip_flop = FlipFlop{part.arguments[0],        part.arguments[1],   part.value("next_state"),
                                  part.value("clocked_on"), part.value("clear"), part.value("preset")};
      }
    }
    return cell;
  }

  const LibertyGroup& root_;
  const std::string& path_;
  std::map<std::string, const LibertyGroup*> templates_;
  double pf_ = 1, ns_ = 1, uw_ = 1, pj_ = 1;
  double fastest_slew_ = INFINITY;
};

const LibraryCell* smallest(const Library& library, const char* function) {
  const TruthTable wanted = truth_table(function);
  const LibraryCell* best = nullptr;
  for (const LibraryCell& cell : library.cells) {
    const auto is_input = [](const LibraryPin& pin) { return pin.input; };
    if (cell.flip_flop || cell.latch ||
        static_cast<size_t>(std::count_if(cell.pins.begin(), cell.pins.end(), is_input)) + 1 !=
            cell.pins.size())
      continue;
    const auto output = std::find_if_not(cell.pins.begin(), cell.pins.end(), is_input);
    if (output->function.empty() || output->three_state) continue;
    try {
      if (!truth_table(output->function).same_as(wanted)) continue;
    } catch (const std::invalid_argument&) {
      continue;
    }
    if (best == nullptr || cell.area_um2 < best->area_um2) best = &cell;
  }
  return best;
}

}  // namespace

EnergyTable::EnergyTable(std::vector<double> loads_pf, std::vector<double> slews_ns,
                         std::vector<double> values_pj)
    : loads_(std::move(loads_pf)), slews_(std::move(slews_ns)), values_(std::move(values_pj)) {}

double EnergyTable::at(double load_pf, double slew_ns) const {
  if (values_.empty()) return 0;
  const Place load = place(loads_, load_pf);
  const Place slew = place(slews_, slew_ns);
  const size_t stride = std::max<size_t>(slews_.size(), 1);
  const auto along = [&](size_t row) {
    const double low = values_[row * stride + slew.i];
    return slews_.size() < 2 ? low : low + (values_[row * stride + slew.i + 1] - low) * slew.share;
  };
  const double low = along(load.i);
  return loads_.size() < 2 ? low : low + (along(load.i + 1) - low) * load.share;
}

int LibraryCell::pin(std::string_view pin_name) const {
  for (size_t i = 0; i < pins.size(); ++i) {
    if (pins[i].name == pin_name) return static_cast<int>(i);
  }
  return -1;
}

const LibraryCell* Library::find(std::string_view cell) const {
  const auto found =
      std::find_if(cells.begin(), cells.end(), [&](const auto& own) { return own.name == cell; });
  return found == cells.end() ? nullptr : &*found;
}

const LibraryCell* Library::smallest_inverter() const { return smallest(*this, "!A"); }
const LibraryCell* Library::smallest_nand2() const { return smallest(*this, "!(A&B)"); }

Library parse_library(const std::string& text, const std::string& path) {
  const LibertyGroup root = parse_liberty(text, path);
  Library library = Reader(root, path).read();
  Digest digest;
  digest.add(text);
  library.digest = digest.text();
  const auto lacks = [&](const char* what) {
    throw InputError("PPA004",
                     fmt::format("library '{}' has no {}, so that nothing can be mapped to it",
                                 printable(library.name), what),
                     {path, 0, 0}, "give a library of standard cells");
  };
  const bool has_flip_flop = std::any_of(library.cells.begin(), library.cells.end(),
                                         [](const LibraryCell& cell) { return cell.flip_flop.has_value(); });
  if (!has_flip_flop) lacks("flip-flop");
  if (library.smallest_inverter() == nullptr) lacks("inverter");
  if (library.smallest_nand2() == nullptr) lacks("NAND gate of two inputs");
  if (library.voltage_v <= 0) lacks("voltage");
  return library;
}

Library read_library(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in || text.empty()) {
    throw InputError("PPA003", fmt::format("cannot read the cell library '{}'", path), {},
                     "--liberty names a Liberty file (.lib); the default comes with qflow-tech-osu018");
  }
  return parse_library(text, path);
}

}  // namespace vernier::ppa
