// SPDX-License-Identifier: Apache-2.0
#include "sim/energy/reference_tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/energy/yaml_map.h"

namespace vernier::energy {
namespace {

constexpr const char* kVersion = "0.4";  // of the format

std::string with_underscores(std::string text) {
  std::replace(text.begin(), text.end(), ' ', '_');
  return text;
}

}  // namespace

std::string reference_component(const std::string& component) {
  return "vernier." + with_underscores(component);
}

std::string reference_action(const report::EnergyItem& item) {
  return item.part == "leakage" ? "leak" : with_underscores(item.action);
}

std::string ert_text(const report::EnergyReport& energy) {
  std::vector<std::string> components;
  for (const report::EnergyItem& item : energy.items) {
    const std::string name = reference_component(item.component);
    if (item.pj && std::find(components.begin(), components.end(), name) == components.end())
      components.push_back(name);
  }
  std::string out =
      fmt::format("# Energy in pJ, at {} nm.\nERT:\n  version: {}\n  tables:\n", energy.node_nm, kVersion);
  for (const std::string& component : components) {
    out += fmt::format("    - name: {}\n      actions:\n", component);
    for (const report::EnergyItem& item : energy.items) {
      if (!item.pj || reference_component(item.component) != component) continue;
      out += fmt::format("        - name: {}\n          arguments: {{}}\n          energy: {}  # {}\n",
                         reference_action(item), *item.pj, item.origin.kind);
    }
  }
  return out;
}

std::string art_text(const report::EnergyReport& energy) {
  std::string out = fmt::format("# Area of one instance in um^2, at {} nm.\nART:\n  version: {}\n  tables:\n",
                                energy.node_nm, kVersion);
  for (const report::AreaItem& item : energy.areas) {
    if (!item.um2) continue;
    out += fmt::format("    - name: {}\n      area: {}  # {}, {} of them\n",
                       reference_component(item.component), *item.um2, item.origin.kind, item.count);
  }
  return out;
}

bool has_reference_tables(const std::string& text, const std::string& file) {
  const YAML::Node document = parse_yaml(text, file);
  return document.IsMap() && (document["ERT"].IsDefined() || document["ART"].IsDefined());
}

ReferenceTables parse_reference_tables(const std::string& text, const std::string& file) {
  const YamlMap document(parse_yaml(text, file), file);
  ReferenceTables tables;
  if (document.has("ERT")) {
    for (const YamlMap& component : document.map("ERT").list("tables")) {
      for (const YamlMap& action : component.list("actions")) {
        tables.energy_pj[component.text("name")][action.text("name")] = action.number("energy");
      }
    }
  }
  if (document.has("ART")) {
    for (const YamlMap& component : document.map("ART").list("tables")) {
      tables.area_um2[component.text("name")] = component.number("area");
    }
  }
  return tables;
}

}  // namespace vernier::energy
