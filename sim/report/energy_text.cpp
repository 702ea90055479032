// SPDX-License-Identifier: Apache-2.0
#include "sim/report/energy_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/energy_metrics.h"
#include "sim/report/format.h"

namespace vernier::report {
namespace {

/// Origins are numbered in order of appearance and listed below the tables.
class Origins {
 public:
  std::string mark(const Origin& origin) {
    const std::string text = origin.text + (origin.scaling.empty() ? "" : "; scaled: " + origin.scaling);
    const auto found = std::find(texts_.begin(), texts_.end(), text);
    const auto index = static_cast<size_t>(found - texts_.begin());
    if (found == texts_.end()) texts_.push_back(text);
    const std::string kind = origin.kind.empty() ? "no number" : origin.kind;
    return fmt::format("{}{} [{}]", kind, origin.scaling.empty() ? "" : ", scaled", index + 1);
  }
  [[nodiscard]] std::string list() const {
    std::string out;
    for (size_t i = 0; i < texts_.size(); ++i) out += fmt::format("[{}] {}\n", i + 1, texts_[i]);
    return out;
  }

 private:
  std::vector<std::string> texts_;
};

std::string pj_text(const std::optional<double>& pj) { return pj ? fmt::format("{:.4g}", *pj) : "-"; }

Value fj_value(const std::optional<uint64_t>& fj) { return fj ? Value(*fj) : Value(); }

std::string item_table(const RunResult& run, Origins& origins) {
  const EnergyReport& energy = *run.energy;
  uint64_t known = 0;
  for (const ItemEnergy& item : run.totals.energy) known += item.fj;
  const Scale scale = scale_for(Unit::femtojoules, static_cast<double>(known));
  TextTable table({"part", "component", "event", "events", "pJ, sourced",
                   fmt::format("pJ, {} nm", energy.node_nm), "energy [" + scale.unit + "]", "share [%]",
                   "origin"});
  std::vector<uint64_t> parts;
  for (const ItemEnergy& item : run.totals.energy) parts.push_back(item.fj);
  const std::vector<int> shares = permille_shares(parts, known);
  for (size_t i = 0; i < energy.items.size(); ++i) {
    const EnergyItem& item = energy.items[i];
    const ItemEnergy& total = run.totals.energy[i];
    if (total.events == 0) continue;
    table.add({item.part, item.component, item.action, thousands(total.events), pj_text(item.source_pj),
               pj_text(item.pj), item.pj ? in_scale(total.fj, scale, 2) : "-",
               item.pj ? fmt::format("{}.{}", shares[i] / 10, shares[i] % 10) : "-",
               origins.mark(item.origin)});
  }
  table.add_rule();
  table.add({"total", "", "", "", "", "", in_scale(fj_value(energy_fj(energy, run.totals.energy)), scale, 2),
             "100.0", ""});
  return table.text();
}

std::string class_table(const RunResult& run) {
  const EnergyReport& energy = *run.energy;
  const std::vector<std::string> parts = parts_of(energy);
  const std::vector<LayerRow> classes = by_layer_class(run.layers);
  uint64_t largest = 0;
  for (const ItemEnergy& item : run.totals.energy) largest += item.fj;
  const Scale scale = scale_for(Unit::femtojoules, static_cast<double>(largest));
  std::vector<std::string> titles = {fmt::format("layer class [{}]", scale.unit)};
  titles.insert(titles.end(), parts.begin(), parts.end());
  titles.emplace_back("total");
  TextTable table(titles);
  const auto add = [&](const LayerRow& row) {
    std::vector<std::string> cells = {row.name};
    for (const std::string& part : parts)
      cells.push_back(in_scale(fj_value(energy_fj(energy, row.energy, part)), scale, 2));
    cells.push_back(in_scale(fj_value(energy_fj(energy, row.energy)), scale, 2));
    table.add(cells);
  };
  for (const LayerRow& row : classes) add(row);
  table.add_rule();
  add(run.totals);
  return table.text();
}

std::string area_table(const RunResult& run, Origins& origins) {
  TextTable table({"part", "component", "count", "um2 each, sourced",
                   fmt::format("um2 each, {} nm", run.energy->node_nm), "area [mm2]", "origin"});
  const auto each = [](const std::optional<double>& um2) { return um2 ? fmt::format("{:.1f}", *um2) : "-"; };
  for (const AreaItem& item : run.energy->areas) {
    table.add({item.part, item.component, thousands(item.count), each(item.source_um2), each(item.um2),
               item.um2 ? fmt::format("{:.4f}", static_cast<double>(item.count) * *item.um2 / 1e6) : "-",
               origins.mark(item.origin)});
  }
  table.add_rule();
  const auto total = area_mm2(*run.energy);
  table.add({"total", "", "", "", "", total ? fmt::format("{:.4f}", *total) : "-", ""});
  return table.text();
}

std::string figures(const RunResult& run) {
  std::string out;
  for (const EnergyMetric& metric : energy_metrics()) {
    const Value value = metric.value(run);
    if (present(value))
      out += fmt::format("{}{} {}", out.empty() ? "" : "; ", metric.label, quantity(value, metric.unit));
  }
  const std::vector<std::string> missing = without_number(*run.energy, run.totals.energy);
  if (!missing.empty())
    out += fmt::format("{}no sourced number: {}", out.empty() ? "" : "; ", fmt::join(missing, ", "));
  return out + "\n";
}

Value ranked_energy(const RunResult& run) {
  const Value per_token = energy_metric("energy_per_token_pj").value(run);
  return present(per_token) ? per_token : energy_pj(run);
}

}  // namespace

std::string energy_text(const RunResult& run) {
  if (!run.energy) return "";
  Origins origins;
  std::string out = "\nEnergy: events * pJ per event, at the node of the report\n" + item_table(run, origins);
  out += "\nEnergy by layer class\n" + class_table(run);
  out += "\nArea\n" + area_table(run, origins);
  return out + "\n" + figures(run) + origins.list();
}

std::vector<size_t> ranks(const std::vector<double>& values, const std::vector<bool>& present) {
  std::vector<size_t> places(values.size(), 0);
  for (size_t i = 0; i < values.size(); ++i) {
    if (!present[i]) continue;
    places[i] = 1;
    for (size_t j = 0; j < values.size(); ++j) {
      if (present[j] && values[j] < values[i]) ++places[i];
    }
  }
  return places;
}

std::string origin_kinds(const RunResult& run, bool of_areas) {
  std::vector<std::string> kinds;
  const auto add = [&kinds](const Origin& origin) {
    const std::string kind = origin.kind + (origin.scaling.empty() ? "" : " (scaled)");
    if (!origin.kind.empty() && std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
      kinds.push_back(kind);
  };
  if (!run.energy) return "";
  if (of_areas) {
    for (const AreaItem& item : run.energy->areas) add(item.origin);
  } else {
    for (size_t i = 0; i < run.energy->items.size(); ++i) {
      if (run.totals.energy[i].events > 0) add(run.energy->items[i].origin);
    }
  }
  return fmt::format("{}", fmt::join(kinds, ", "));
}

std::string energy_comparison(const std::vector<RunResult>& runs) {
  if (std::none_of(runs.begin(), runs.end(), [](const RunResult& run) { return run.energy.has_value(); }))
    return "";
  const bool tokens = std::all_of(runs.begin(), runs.end(),
                                  [](const RunResult& run) { return !run.energy || run.energy->tokens > 0; });
  struct Ranked {
    Unit unit;
    std::vector<Value> values;
    std::vector<size_t> places;
  };
  const auto ranked = [&runs](Unit unit, auto value) {
    Ranked result{unit, {}, {}};
    std::vector<double> numbers;
    std::vector<bool> there;
    for (const RunResult& run : runs) {
      result.values.push_back(value(run));
      numbers.push_back(as_double(result.values.back()));
      there.push_back(present(result.values.back()));
    }
    result.places = ranks(numbers, there);
    return result;
  };
  const std::vector<Ranked> columns = {
      ranked(Unit::seconds,
             [](const RunResult& run) { return find_metric("seconds")->value(run.totals, run); }),
      ranked(Unit::picojoules, ranked_energy), ranked(Unit::square_millimetres, [](const RunResult& run) {
        return energy_metric("area_mm2").value(run);
      })};
  TextTable table({"ranking", "time", "rank", tokens ? "energy per token" : "energy", "rank", "area", "rank",
                   "origins of energy", "origins of area"});
  for (size_t i = 0; i < runs.size(); ++i) {
    std::vector<std::string> cells = {runs[i].configuration};
    for (const Ranked& column : columns) {
      cells.push_back(quantity(column.values[i], column.unit));
      cells.push_back(column.places[i] == 0 ? "-" : std::to_string(column.places[i]));
    }
    cells.push_back(origin_kinds(runs[i], false));
    cells.push_back(origin_kinds(runs[i], true));
    table.add(cells);
  }
  return "\nRanking, 1 is best\n" + table.text();
}

}  // namespace vernier::report
