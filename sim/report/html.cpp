// SPDX-License-Identifier: Apache-2.0
#include "sim/report/html.h"

#include <algorithm>
#include <tuple>

#include "base/error.h"
#include "sim/report/chrome_trace.h"
#include "sim/report/energy_metrics.h"
#include "sim/report/json.h"
#include "sim/report/metrics.h"
#include "sim/report/page.h"
#include "sim/report/run_metrics.h"
#include "sim/report/web_assets.h"

namespace vernier::report {
namespace {

// More rows than this per queue make the timeline unreadable; the last one then holds all further overlaps.
constexpr int kMaxLanes = 4;

template <typename Record>
Json record(const Record& metric) {
  return {{"name", metric.name},
          {"unit", symbol(metric.unit)},
          {"label", metric.label},
          {"sentence", metric.sentence},
          {"formula", metric.formula}};
}

template <typename Metrics>
Json names(const Metrics& metrics) {
  Json out = Json::array();
  for (const Metric* metric : metrics) out.push_back(metric->name);
  return out;
}

Json class_rows(const RunResult& run) {
  RunResult classes = run;
  classes.layers = by_layer_class(run.layers);
  classes.timeline.clear();
  // Energies of classes are sums, not products of their events.
  classes.energy.reset();
  const std::vector<LayerRow> rows = classes.layers;
  for (LayerRow& row : classes.layers) row.energy.clear();
  classes.totals = sum_of(classes.layers);
  Json out = to_json(classes)["layers"];
  for (size_t i = 0; run.energy && i < rows.size(); ++i) {
    const auto fj = energy_fj(*run.energy, rows[i].energy);
    out[i]["energy_fj"] = fj ? Json(*fj) : Json();
    out[i]["energy_pj"] = fj ? Json(static_cast<double>(*fj) / 1000) : Json();
    out[i]["energy_items"] = Json::array();
    for (const ItemEnergy& item : rows[i].energy)
      out[i]["energy_items"].push_back({item.events, item.fj, item.source_fj});
  }
  return out;
}

Json run_data(const RunResult& run) {
  Json out = to_json(run);
  out.erase("units");
  out["classes"] = class_rows(run);
  Json lanes = Json::array();
  for (const int lane : timeline_lanes(run.timeline)) lanes.push_back(std::min(lane, kMaxLanes - 1));
  out["timeline"]["lanes"] = std::move(lanes);
  return out;
}

using Group = std::vector<RunResult>;

// Runs of the same network, phase and tokens, in order of first appearance.
std::vector<Group> grouped(const std::vector<RunResult>& runs) {
  const auto work = [](const RunResult& run) { return std::tie(run.network, run.phase, run.tokens); };
  std::vector<Group> groups;
  for (const RunResult& run : runs) {
    auto found = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& group) { return work(group.front()) == work(run); });
    if (found == groups.end()) found = groups.insert(groups.end(), Group{});
    found->push_back(run);
  }
  return groups;
}

Json page_data(const std::vector<Group>& groups) {
  Json out;
  out["groups"] = Json::array();
  for (const Group& runs : groups) {
    Json group;
    group["runs"] = Json::array();
    for (const RunResult& run : runs) group["runs"].push_back(run_data(run));
    group["comparison"] = comparison_to_json(runs, "")["comparison"];
    out["groups"].push_back(std::move(group));
  }
  out["metrics"] = Json::array();
  for (const Metric& metric : metrics()) out["metrics"].push_back(record(metric));
  for (const Metric& metric : event_metrics()) out["metrics"].push_back(record(metric));
  out["memory_metrics"] = Json::array();
  for (const MemoryMetric& metric : memory_metrics()) {
    out["metrics"].push_back(record(metric));
    out["memory_metrics"].push_back(metric.name);
  }
  out["energy_metrics"] = Json::array();
  for (const EnergyMetric& metric : energy_metrics()) {
    out["metrics"].push_back(record(metric));
    out["energy_metrics"].push_back(metric.name);
  }
  out["gap_metrics"] = Json::array();
  for (const GapMetric& metric : gap_metrics()) {
    out["metrics"].push_back({{"name", metric.name},
                              {"unit", symbol(Unit::cycles)},
                              {"label", metric.label},
                              {"sentence", metric.sentence},
                              {"formula", metric.formula}});
    out["gap_metrics"].push_back(metric.name);
  }
  out["comparison_metrics"] = Json::array();
  for (const ComparisonMetric& metric : comparison_metrics()) {
    out["metrics"].push_back(record(metric));
    out["comparison_metrics"].push_back(metric.name);
  }
  out["cycle_parts"] = names(cycle_parts());
  out["byte_kinds"] = names(byte_kinds());
  out["roofline_metrics"] = names(roofline_metrics());
  out["queues"] = Json::array();
  for (int i = 0; i < isa::kQueueCount; ++i)
    out["queues"].push_back(isa::name_of(static_cast<isa::Queue>(i)));
  return out;
}

std::string title_of(const std::vector<Group>& groups) {
  const RunResult& first = groups.front().front();
  if (groups.size() > 1) {
    const bool one_network = std::all_of(groups.begin(), groups.end(), [&](const Group& group) {
      return group.front().network == first.network;
    });
    return one_network ? fmt::format("{}: {} workloads", first.network, groups.size())
                       : fmt::format("{} workloads", groups.size());
  }
  return groups.front().size() == 1
             ? fmt::format("{} on {}", first.network, first.configuration)
             : fmt::format("{}: {} configurations", first.network, groups.front().size());
}

}  // namespace

std::string to_html(const std::vector<RunResult>& runs) {
  if (runs.empty()) check_comparable(runs);
  const std::vector<Group> groups = grouped(runs);
  return html_page(web::page_html(), title_of(groups),
                   web::hover_js() + web::bars_js() + web::page_js() + web::energy_js() + web::roofline_js() +
                       web::charts_js(),
                   page_data(groups));
}

}  // namespace vernier::report
