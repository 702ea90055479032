// SPDX-License-Identifier: Apache-2.0
#include "sim/report/html.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>

#include "base/error.h"
#include "sim/report/chrome_trace.h"
#include "sim/report/json.h"
#include "sim/report/metrics.h"
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
  classes.totals = sum_of(classes.layers);
  return to_json(classes)["layers"];
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

std::string escaped(std::string_view text, const std::map<char, std::string>& replacements) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto found = replacements.find(c);
    if (found == replacements.end()) {
      out += c;
    } else {
      out += found->second;
    }
  }
  return out;
}

std::string island(const Json& data) {
  // Inside JSON these characters occur only in strings, where \u escapes mean the same.
  return escaped(json_text(data, -1), {{'<', "\\u003c"}, {'>', "\\u003e"}, {'&', "\\u0026"}});
}

std::string html_text(const std::string& text) {
  return escaped(text, {{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}});
}

std::string script(std::string text) {
  VERNIER_INVARIANT(text.find("</script") == std::string::npos,
                    "an embedded script would end its own element");
  return text;
}

// Fills every {{name}} of the skeleton in one pass, so that inserted text is never searched.
std::string filled(const std::string& skeleton, const std::map<std::string, std::string>& values) {
  std::string out;
  size_t at = 0;
  for (size_t open = skeleton.find("{{"); open != std::string::npos; open = skeleton.find("{{", at)) {
    const size_t close = skeleton.find("}}", open);
    VERNIER_INVARIANT(close != std::string::npos, "page.html: '{{{{' without '}}}}'");
    const auto value = values.find(skeleton.substr(open + 2, close - open - 2));
    VERNIER_INVARIANT(value != values.end(), "page.html: unknown place at byte {}", open);
    out.append(skeleton, at, open - at).append(value->second);
    at = close + 2;
  }
  return out.append(skeleton, at, std::string::npos);
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
  const std::string title = title_of(groups);
  return filled(web::page_html(), {{"title", html_text(title + " - Vernier")},
                                   {"page_css", web::page_css()},
                                   {"page_js", script(web::page_js())},
                                   {"roofline_js", script(web::roofline_js())},
                                   {"charts_js", script(web::charts_js())},
                                   {"echarts_js", script(web::echarts_js())},
                                   {"data", island(page_data(groups))}});
}

}  // namespace vernier::report
