// SPDX-License-Identifier: Apache-2.0
#include "sim/energy/block_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/energy/yaml_map.h"

namespace vernier::energy {
namespace {

Block read_block(const YamlMap& map) {
  Block block;
  block.name = map.text("name");
  if (map.has("parameters") && !map.any("parameters").IsNull()) {
    const YamlMap parameters = map.map("parameters");
    for (const std::string& key : parameters.keys()) block.parameters[key] = parameters.text(key.c_str());
  }
  const YamlMap stimulus = map.map("stimulus");
  if (stimulus.has("format")) block.stimulus = stimulus.text("format");
  block.area_um2 = map.number("area_um2");
  block.active_pj_per_cycle = map.map("active_pj_per_cycle").number("total");
  block.idle_pj_per_cycle = map.number("idle_pj_per_cycle");
  block.leakage_uw = map.number("leakage_uw");
  if (map.has("pj_per_mac") && !map.any("pj_per_mac").IsNull()) block.pj_per_mac = map.number("pj_per_mac");
  block.meets_clock = map.text("meets_clock") == "true";
  return block;
}

BlockTable read_table(const YamlMap& map) {
  if (map.integer("schema") != 1) map.wrong("schema", "this version reads 1");
  BlockTable table;
  const YamlMap library = map.map("library");
  table.library = library.text("name");
  table.process_nm = library.integer("process_nm", 1);
  table.voltage_v = library.number("voltage_v");
  table.clock_ns = map.number("clock_ns");
  for (const YamlMap& block : map.list("blocks")) table.blocks.push_back(read_block(block));
  return table;
}

}  // namespace

const Block* BlockTable::find(const std::string& name, const std::map<std::string, std::string>& parameters,
                              const std::string& format) const {
  const auto fits = [&](const Block& block) {
    return block.name == name &&
           std::all_of(block.parameters.begin(), block.parameters.end(), [&](const auto& stated) {
             const auto asked = parameters.find(stated.first);
             return asked == parameters.end() || asked->second == stated.second;
           });
  };
  const Block* first = nullptr;
  for (const Block& block : blocks) {
    if (!fits(block)) continue;
    if (first == nullptr) first = &block;
    if (!format.empty() && block.stimulus == format) return &block;
  }
  return first;
}

Block of_columns(std::vector<Block> measured, int columns) {
  const auto columns_of = [](const Block& block) { return std::stod(block.parameters.at("COLS")); };
  std::sort(measured.begin(), measured.end(),
            [&](const Block& a, const Block& b) { return columns_of(a) < columns_of(b); });
  size_t upper = 1;
  while (upper + 1 < measured.size() && columns_of(measured[upper]) < columns) ++upper;
  const Block& narrow = measured[upper - 1];
  const Block& wide = measured[upper];
  const double first = columns_of(narrow), last = columns_of(wide);
  if (columns == first) return narrow;
  if (columns == last) return wide;
  const double share = (columns - first) / (last - first);
  const auto between = [share](double a, double b) { return a + (b - a) * share; };
  Block block = wide;
  block.name = fmt::format("{} and {}, for {} columns", narrow.name, wide.name, columns);
  block.parameters["COLS"] = std::to_string(columns);
  block.area_um2 = between(narrow.area_um2, wide.area_um2);
  block.active_pj_per_cycle = between(narrow.active_pj_per_cycle, wide.active_pj_per_cycle);
  block.idle_pj_per_cycle = between(narrow.idle_pj_per_cycle, wide.idle_pj_per_cycle);
  block.leakage_uw = between(narrow.leakage_uw, wide.leakage_uw);
  return block;
}

BlockTable parse_block_table(const std::string& text, const std::string& file) {
  return read_table(YamlMap(parse_yaml(text, file), file));
}

BlockTable load_block_table(const std::string& path) { return read_table(YamlMap(load_yaml(path), path)); }

}  // namespace vernier::energy
