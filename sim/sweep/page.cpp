// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/page.h"

#include <algorithm>
#include <set>

#include "sim/report/energy_metrics.h"
#include "sim/report/json.h"
#include "sim/report/page.h"
#include "sim/report/web_assets.h"
#include "sim/sweep/export.h"

namespace vernier::sweep {
namespace {

using report::Json;

/// Above this a number of JavaScript is not exact; such a number travels as text.
constexpr uint64_t kLargestExact = uint64_t{1} << 53;

Json number(const Statement& row, int column) {
  if (row.is_null(column)) return nullptr;
  if (!row.is_integer(column)) return row.real(column);
  const uint64_t whole = row.whole(column);
  return whole > kLargestExact ? Json(std::to_string(whole)) : Json(whole);
}

/// A column; {"same": value} where all rows have one value.
Json compact(Json column) {
  const bool same =
      std::all_of(column.begin(), column.end(), [&](const Json& value) { return value == column.front(); });
  return same ? Json{{"same", column.front()}} : column;
}

/// What the text of a key means as a number in base units; null if it is none.
Json number_of(const std::string& path, const std::string& text) {
  const std::optional<AxisKey> key = axis_key(path);
  config::Value value;
  if (!key || key->any_text || config::parse_value(key->record, text, value)) return nullptr;
  if (const auto* whole = std::get_if<int64_t>(&value)) return *whole;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return nullptr;
}

/// A key of a resolved accelerator, or of the sweep.
Json key_record(const std::string& path) {
  const std::optional<AxisKey> key = axis_key(path);
  const bool has_unit = key && key->record.unit != config::Unit::none;
  return {{"unit", has_unit ? config::name_of(key->record.unit) : ""},
          {"sentence", key ? key->record.sentence : ""}};
}

/// The keys of the resolved accelerators, each a column with an entry for every digest: the place of its
/// text.
Json resolved_data(const Results& results) {
  const auto configurations = results.configurations();
  Json out{{"digests", Json::array()}, {"keys", Json::object()}};
  std::set<std::string> paths;
  for (const auto& [digest, keys] : configurations) {
    out["digests"].push_back(digest);
    for (const auto& [path, text] : keys) paths.insert(path);
  }
  for (const std::string& path : paths) {
    std::map<std::string, size_t> places;
    Json rows = Json::array(), texts = Json::array(), numbers = Json::array();
    for (const auto& [digest, keys] : configurations) {
      const auto found = keys.find(path);
      if (found == keys.end()) {
        rows.push_back(nullptr);
        continue;
      }
      const auto [place, fresh] = places.emplace(found->second, places.size());
      rows.push_back(place->second);
      if (!fresh) continue;
      texts.push_back(found->second);
      numbers.push_back(number_of(path, found->second));
    }
    Json one = key_record(path);
    one["texts"] = std::move(texts);
    one["numbers"] = std::move(numbers);
    one["rows"] = compact(std::move(rows));
    out["keys"][path] = std::move(one);
  }
  return out;
}

Json axes_data(const Results& results) {
  Json axes = Json::array();
  for (const Results::AxisInfo& axis : results.axes()) {
    Json one{{"name", axis.name}, {"unit", axis.unit}, {"values", Json::array()}};
    Json keys = Json::object();
    for (const Results::AxisInfo::Value& value : axis.values) {
      const Json settings = Json::parse(value.settings);
      Json numbers = Json::object();
      for (const auto& [path, text] : settings.items()) {
        keys[path] = key_record(path);
        numbers[path] = number_of(path, text.get<std::string>());
      }
      one["values"].push_back({{"label", value.label},
                               {"number", value.number ? Json(*value.number) : Json()},
                               {"settings", settings},
                               {"numbers", std::move(numbers)}});
    }
    one["keys"] = std::move(keys);
    axes.push_back(std::move(one));
  }
  return axes;
}

Json fixed_data(const Results& results) {
  Json out = Json::object();
  const Json settings = Json::parse(results.meta("fixed"));
  for (const auto& [path, text] : settings.items()) {
    out[path] = key_record(path);
    out[path]["text"] = text;
  }
  return out;
}

/// One array per column of the table of points.
Json rows_data(const Results& results) {
  std::vector<std::string> columns = {"point", "status", "error", "configuration_digest", "work_digest"};
  const size_t first_axis = columns.size();
  std::vector<std::map<std::string, size_t>> labels;
  for (const Results::AxisInfo& axis : results.axes()) {
    columns.push_back(axis.name);
    labels.emplace_back();
    for (size_t i = 0; i < axis.values.size(); ++i) labels.back().emplace(axis.values[i].label, i);
  }
  const size_t first_number = columns.size();
  for (const Results::ObjectiveInfo& objective : results.objectives()) columns.push_back(objective.column);
  for (const Results::MetricInfo& metric : results.metrics()) columns.push_back(metric.name);
  std::vector<Json> values(columns.size(), Json::array());
  results.for_each(columns, [&](const Statement& row) {
    for (size_t i = 0; i < columns.size(); ++i) {
      const int column = static_cast<int>(i);
      if (i == 0 || i >= first_number) {
        values[i].push_back(number(row, column));
      } else if (i < first_axis) {
        values[i].push_back(row.text(column));
      } else {
        const auto& known = labels[i - first_axis];
        const auto found = known.find(row.text(column));
        if (found == known.end()) {
          throw InputError("SWP031", fmt::format("the results are damaged: point {}: {} has no value '{}'",
                                                 row.whole(0), columns[i], row.text(column)));
        }
        values[i].push_back(found->second);
      }
    }
  });
  Json axes = Json::array(), numbers = Json::array();
  for (size_t i = first_axis; i < first_number; ++i) axes.push_back(compact(std::move(values[i])));
  for (size_t i = first_number; i < columns.size(); ++i) numbers.push_back(compact(std::move(values[i])));
  Json out;
  for (size_t i = 0; i < first_axis; ++i) out[columns[i]] = compact(std::move(values[i]));
  out["axes"] = std::move(axes);
  out["numbers"] = std::move(numbers);
  return out;
}

Json page_data(const Results& results, uint64_t rows) {
  Json out{{"name", results.meta("name")},
           {"version", results.meta("version")},
           {"build", results.meta("build")},
           {"sweep_digest", results.meta("sweep_digest")},
           {"points", results.points()},
           {"grid_points", results.meta("grid_points")},
           {"row_count", rows},
           {"fixed", fixed_data(results)},
           {"axes", axes_data(results)},
           {"resolved", resolved_data(results)},
           {"constraints", results.constraints()},
           {"objectives", Json::array()},
           {"metrics", Json::array()},
           {"cycle_parts", Json::array()},
           {"energy_parts", Json::array()},
           {"on_front", front_of(results)}};
  for (const Results::ObjectiveInfo& objective : results.objectives()) {
    out["objectives"].push_back({{"name", objective.column},
                                 {"expression", objective.expression},
                                 {"unit", objective.unit},
                                 {"minimize", objective.minimize}});
  }
  for (const Results::MetricInfo& metric : results.metrics()) {
    out["metrics"].push_back({{"name", metric.name},
                              {"unit", metric.unit},
                              {"label", metric.label},
                              {"sentence", metric.sentence},
                              {"formula", metric.formula}});
  }
  for (const report::Metric* part : report::cycle_parts()) out["cycle_parts"].push_back(part->name);
  for (const report::EnergyPart& part : report::energy_parts()) out["energy_parts"].push_back(part.name);
  out["rows"] = rows_data(results);
  return out;
}

}  // namespace

std::string to_html(const Results& results) {
  uint64_t rows = 0;
  for (const auto& [status, count] : results.counts()) rows += count;
  if (rows == 0) {
    throw InputError("SWP031", fmt::format("the sweep '{}' has no results yet", results.meta("name")), {},
                     "run `vernier sweep` first");
  }
  if (rows > kMostPagePoints) {
    throw InputError("SWP020", fmt::format("{} points; a page holds at most {}", rows, kMostPagePoints), {},
                     "`vernier sweep export` writes all of them");
  }
  return report::html_page(report::web::sweep_html(), results.meta("name"),
                           report::web::hover_js() + report::web::bars_js() + report::web::sweep_js(),
                           page_data(results, rows));
}

}  // namespace vernier::sweep
