// SPDX-License-Identifier: Apache-2.0
#include "sim/energy/energy_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <sstream>

#include "base/error.h"
#include "sim/config/part_file.h"
#include "sim/energy/components.h"
#include "sim/energy/reference_tables.h"
#include "sim/energy/scaling.h"

namespace vernier::energy {
namespace {

using report::LayerRow;

std::vector<report::ItemEnergy> energies_of(const Components& components, const LayerRow& row, size_t index) {
  std::vector<report::ItemEnergy> energies;
  for (const CountedItem& counted : components.items) {
    report::ItemEnergy& energy = energies.emplace_back();
    energy.events = counted.events(row, index);
    if (!counted.item.pj) continue;
    energy.fj = report::femtojoules(energy.events, *counted.item.pj);
    energy.source_fj = report::femtojoules(energy.events, *counted.item.source_pj);
  }
  return energies;
}

/// Why components have no number: each reason once, with those it holds for.
std::string reasons(const report::EnergyReport& energy, const std::vector<std::string>& missing) {
  std::vector<std::pair<std::string, std::vector<std::string>>> by_reason;
  for (const std::string& component : missing) {
    const auto area =
        std::find_if(energy.areas.begin(), energy.areas.end(),
                     [&](const report::AreaItem& item) { return item.component == component && !item.um2; });
    const auto item = std::find_if(
        energy.items.begin(), energy.items.end(),
        [&](const report::EnergyItem& counted) { return counted.component == component && !counted.pj; });
    const std::string why = item != energy.items.end() ? item->origin.text : area->origin.text;
    const auto known = std::find_if(by_reason.begin(), by_reason.end(),
                                    [&](const auto& reason) { return reason.first == why; });
    if (known != by_reason.end()) {
      known->second.push_back(component);
    } else {
      by_reason.push_back({why, {component}});
    }
  }
  std::string text;
  for (const auto& [why, components] : by_reason)
    text += fmt::format(" {}: {}.", fmt::join(components, ", "), why);
  return text;
}

/// Numbers of a user's reference tables, in place of ours.
void import_tables(const config::AcceleratorConfig& accelerator, Components& components) {
  const std::filesystem::path path = table_file(accelerator);
  if (path.empty()) return;
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  if (!has_reference_tables(text.str(), path.string())) return;
  const ReferenceTables tables = parse_reference_tables(text.str(), path.string());
  const auto origin = [&](const char* table) {
    return report::Origin{
        "published", fmt::format("the {} of configs/energy/{}.yaml", table, accelerator.energy.table), ""};
  };
  for (CountedItem& counted : components.items) {
    const auto component = tables.energy_pj.find(reference_component(counted.item.component));
    if (component == tables.energy_pj.end()) continue;
    const auto action = component->second.find(reference_action(counted.item));
    if (action == component->second.end()) continue;
    counted.item.pj = counted.item.source_pj = action->second;
    counted.item.origin = origin("ERT");
  }
  for (report::AreaItem& area : components.areas) {
    const auto found = tables.area_um2.find(reference_component(area.component));
    if (found == tables.area_um2.end()) continue;
    area.um2 = area.source_um2 = found->second;
    area.origin = origin("ART");
  }
}

}  // namespace

std::filesystem::path table_file(const config::AcceleratorConfig& accelerator) {
  return data_file(std::filesystem::path("energy") / (accelerator.energy.table + ".yaml"));
}

uint64_t count_of(const LayerRow& row, const char* event) {
  const auto found = row.events.find(event);
  return found == row.events.end() ? 0 : found->second;
}

void Components::add(report::EnergyItem item, double pj, int from_nm,
                     std::function<uint64_t(const LayerRow&, size_t)> events) {
  const Scaling to_node = from_nm == 0 ? Scaling{} : scaling(from_nm, node_nm);
  item.source_pj = pj;
  item.pj = pj * to_node.energy;
  item.origin.scaling = to_node.text;
  items.push_back({std::move(item), std::move(events)});
}

void Components::add_without(report::EnergyItem item,
                             std::function<uint64_t(const LayerRow&, size_t)> events) {
  items.push_back({std::move(item), std::move(events)});
}

void Components::add_area(report::AreaItem item, double um2, int from_nm) {
  const Scaling to_node = from_nm == 0 ? Scaling{} : scaling(from_nm, node_nm);
  item.source_um2 = um2;
  item.um2 = um2 * to_node.area;
  item.origin.scaling = to_node.text;
  areas.push_back(std::move(item));
}

void add_vector_unit(const config::AcceleratorConfig& accelerator, Components& components) {
  // M. Horowitz, Computing's energy problem, ISSCC 2014, 45 nm at 0.9 V: FP32 multiply 3.7 pJ and 7700 um2,
  // FP32 add 0.9 pJ and 4184 um2.
  constexpr int kNode = 45;
  const report::Origin origin = {
      "model",
      "an FP32 multiplier and an FP32 adder a lane, both working once per element and pass; "
      "their numbers: Horowitz, ISSCC 2014 (45 nm); no idle energy, no leakage",
      ""};
  components.add({"vector unit", "vector lane", "element", "vector_elements", {}, {}, origin}, 3.7 + 0.9,
                 kNode, [](const LayerRow& row, size_t) { return count_of(row, "vector_elements"); });
  components.add_area(
      {"vector unit", "vector lane", static_cast<uint64_t>(accelerator.machine.vector.lanes), {}, {}, origin},
      7700.0 + 4184.0, kNode);
}

std::filesystem::path data_file(const std::filesystem::path& name) {
  for (const std::filesystem::path& root : config::shipped_roots()) {
    std::error_code ignored;
    const std::filesystem::path path = root / "configs" / name;
    if (std::filesystem::is_regular_file(path, ignored)) return path;
  }
  return {};
}

std::vector<uint64_t> apportion(uint64_t total, const std::vector<uint64_t>& weights) {
  std::vector<uint64_t> parts(weights.size(), 0);
  const uint64_t sum = std::accumulate(weights.begin(), weights.end(), uint64_t{0});
  if (parts.empty()) return parts;
  if (sum == 0) {
    parts.back() = total;
    return parts;
  }
  // total * weight / sum in 128 bits: counts of bursts and of commands are below 2^63.
  __extension__ using Wide = unsigned __int128;
  std::vector<std::pair<uint64_t, size_t>> remainders;
  uint64_t given = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    const Wide product = static_cast<Wide>(total) * weights[i];
    parts[i] = static_cast<uint64_t>(product / sum);
    given += parts[i];
    remainders.emplace_back(static_cast<uint64_t>(product % sum), i);
  }
  std::stable_sort(remainders.begin(), remainders.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (size_t i = 0; given < total; ++i, ++given) ++parts[remainders[i].second];
  return parts;
}

void add_energy(const config::AcceleratorConfig& accelerator, uint64_t tokens, report::RunResult& run) {
  if (run.fidelity == "analytical") {
    run.notes.emplace_back("energy: the analytical fidelity counts no events, so no energy is reported.");
    return;
  }
  Components components;
  components.node_nm = std::stoi(accelerator.energy.node);
  components.cycle_ns = 1e9 / accelerator.machine.clock_hz;
  add_array(accelerator, components);
  add_scratchpads(accelerator, components);
  add_vector_unit(accelerator, components);
  add_dma(accelerator, components);
  add_dram(accelerator, run, components);
  std::stable_partition(components.items.begin(), components.items.end(),
                        [](const CountedItem& counted) { return counted.item.part != "leakage"; });

  import_tables(accelerator, components);

  report::EnergyReport& energy = run.energy.emplace();
  energy.node_nm = components.node_nm;
  energy.tokens = tokens;
  for (const CountedItem& counted : components.items) energy.items.push_back(counted.item);
  energy.areas = components.areas;
  for (size_t i = 0; i < run.layers.size(); ++i)
    run.layers[i].energy = energies_of(components, run.layers[i], i);
  run.totals = report::sum_of(run.layers);
  const std::vector<std::string> missing = report::without_number(energy, run.totals.energy);
  if (!missing.empty()) {
    run.notes.push_back(fmt::format("energy: no total, because there is no sourced number for {}.{}",
                                    fmt::join(missing, ", "), reasons(energy, missing)));
  }
}

}  // namespace vernier::energy
