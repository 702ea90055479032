// SPDX-License-Identifier: Apache-2.0
#include "sim/energy/sram_table.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "base/error.h"

namespace vernier::energy {
namespace {

constexpr const char* kHeading =
    "node_nm,capacity_bytes,access_bits,ports,read_energy_pJ,write_energy_pJ,leakage_mW,area_mm2,access_ns,"
    "cycle_ns";

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
  return cells;
}

/// A positive number, or nothing.
std::optional<double> positive(const std::string& text) {
  try {
    size_t used = 0;
    const double value = std::stod(text, &used);
    if (used == text.size() && std::isfinite(value) && value > 0) return value;
  } catch (const std::exception&) {
  }
  return std::nullopt;
}

SramNumbers between(const SramNumbers& low, const SramNumbers& high, double weight) {
  SramNumbers result;
  for (const SramNumbers::Member member : SramNumbers::members()) {
    result.*member = std::exp((1 - weight) * std::log(low.*member) + weight * std::log(high.*member));
  }
  return result;
}

/// The two entries around `key`, equal if it is one of them; with `extrapolate` the nearest two outside.
template <typename Map, typename Key>
std::optional<std::pair<typename Map::const_iterator, typename Map::const_iterator>> around(
    const Map& map, Key key, bool extrapolate) {
  auto high = map.lower_bound(key);
  if (high != map.end() && high->first == key) return std::make_pair(high, high);
  if (!extrapolate && (high == map.begin() || high == map.end())) return std::nullopt;
  if (high == map.begin()) ++high;
  if (high == map.end()) --high;
  if (high == map.begin()) return std::nullopt;  // a single entry has no direction
  return std::make_pair(std::prev(high), high);
}

double weight_of(double low, double high, double at) {
  return low == high ? 0 : std::log(at / low) / std::log(high / low);
}

template <typename Column>
std::optional<SramNumbers> at_capacity(const Column& column, int64_t capacity, bool extrapolate) {
  const auto pair = around(column, capacity, extrapolate);
  if (!pair) return std::nullopt;
  const auto& [low, high] = *pair;
  if (low == high) return low->second;
  return between(low->second, high->second,
                 weight_of(static_cast<double>(low->first), static_cast<double>(high->first),
                           static_cast<double>(capacity)));
}

}  // namespace

SramTable::SramTable(std::vector<SramPoint> points) : points_(std::move(points)) {
  for (const SramPoint& point : points_) {
    columns_[{point.node_nm, point.ports}][point.access_bits][point.capacity_bytes] = point.numbers;
  }
}

SramTable SramTable::parse(std::string_view text, const std::string& file) {
  std::vector<SramPoint> points;
  std::istringstream in{std::string(text)};
  int line_number = 0;
  bool heading = false;
  const auto wrong = [&](const std::string& what) {
    throw InputError("ENE002", what, {file, line_number, 0}, fmt::format("the heading is {}", kHeading));
  };
  for (std::string line; std::getline(in, line);) {
    ++line_number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    if (!heading) {
      if (line != kHeading) wrong("found another heading than that of a table of SRAM points");
      heading = true;
      continue;
    }
    const std::vector<std::string> cells = cells_of(line);
    if (cells.size() != 10) wrong(fmt::format("{} cells, where 10 are due", cells.size()));
    std::vector<double> numbers;
    for (size_t i = 0; i < cells.size(); ++i) {
      const auto value = i == 3 ? 1.0 : positive(cells[i]);
      if (!value) wrong(fmt::format("found '{}', where a number above 0 is due", cells[i]));
      numbers.push_back(*value);
    }
    points.push_back({static_cast<int>(numbers[0]),
                      static_cast<int64_t>(numbers[1]),
                      static_cast<int>(numbers[2]),
                      cells[3],
                      {numbers[4], numbers[5], numbers[6], numbers[7], numbers[8]}});
  }
  if (points.empty()) wrong("no SRAM points");
  return SramTable(std::move(points));
}

SramTable SramTable::load(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw InputError("ENE001", "cannot be read", {path});
  std::stringstream text;
  text << in.rdbuf();
  return parse(text.str(), path);
}

std::vector<int> SramTable::nodes() const {
  std::set<int> nodes;
  for (const SramPoint& point : points_) nodes.insert(point.node_nm);
  return {nodes.begin(), nodes.end()};
}

SramNumbers SramTable::bank(int node_nm, const std::string& ports, int64_t capacity_bytes, int access_bits,
                            Outside outside) const {
  const auto found = columns_.find({node_nm, ports});
  if (found == columns_.end()) {
    std::vector<std::string> known;
    for (const auto& [key, unused] : columns_)
      known.push_back(fmt::format("{} nm {}", key.first, key.second));
    throw InputError("ENE003", fmt::format("no SRAM points for {} nm and ports {}", node_nm, ports), {},
                     fmt::format("the table has {}", fmt::join(known, ", ")));
  }
  const bool extrapolate = outside == Outside::extrapolate;
  // Only the widths whose points reach around the capacity can take part.
  std::map<int, SramNumbers> row;
  for (const auto& [width, column] : found->second) {
    if (const auto numbers = at_capacity(column, capacity_bytes, extrapolate)) row[width] = *numbers;
  }
  const auto pair = around(row, access_bits, extrapolate);
  if (!pair) {
    const auto& widths = found->second;
    const auto& column = widths.rbegin()->second;
    throw InputError(
        "ENE003",
        fmt::format("a bank of {} byte and {} bit is outside the SRAM points for {} nm and ports {}",
                    capacity_bytes, access_bits, node_nm, ports),
        {},
        fmt::format(
            "the table has {}..{} bit and {}..{} byte; energy.sram_points: extrapolate goes beyond it",
            widths.begin()->first, widths.rbegin()->first, widths.begin()->second.begin()->first,
            column.rbegin()->first));
  }
  const auto& [low, high] = *pair;
  if (low == high) return low->second;
  return between(low->second, high->second, weight_of(low->first, high->first, access_bits));
}

}  // namespace vernier::energy
