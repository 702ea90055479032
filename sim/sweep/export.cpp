// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/sweep/pareto.h"

namespace vernier::sweep {
namespace {

constexpr size_t kPiece = size_t{1} << 16;
constexpr const char* kOnFront = "on_front";

/// A field as RFC 4180 has it.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

struct Layout {
  std::vector<std::string> columns;
  size_t texts_end = 0;  ///< columns before it are texts, but for the first, the point
};

Layout layout_of(const Results& results, bool times) {
  Layout layout;
  layout.columns = {"point", "status", "error", "configuration_digest", "work_digest"};
  for (const Results::AxisInfo& axis : results.axes()) layout.columns.push_back(axis.name);
  layout.texts_end = layout.columns.size();
  for (const Results::ObjectiveInfo& objective : results.objectives())
    layout.columns.push_back(objective.column);
  for (const Results::MetricInfo& metric : results.metrics()) layout.columns.push_back(metric.name);
  if (!times) return layout;
  for (const char* column : {"wall_seconds", "peak_bytes", "session"}) layout.columns.emplace_back(column);
  return layout;
}

std::string number_text(const Statement& row, int column) {
  if (row.is_integer(column)) return fmt::format("{}", row.whole(column));
  return fmt::format("{}", row.real(column));
}

std::string csv_line(const Statement& row, const Layout& layout, bool on_front) {
  std::string line;
  for (size_t i = 0; i < layout.columns.size(); ++i) {
    const int column = static_cast<int>(i);
    if (i > 0) line += ',';
    if (row.is_null(column)) continue;
    line += i > 0 && i < layout.texts_end ? csv_field(row.text(column)) : number_text(row, column);
  }
  return line + (on_front ? ",1\n" : ",0\n");
}

std::string json_line(const Statement& row, const Layout& layout, bool on_front) {
  nlohmann::ordered_json json;
  for (size_t i = 0; i < layout.columns.size(); ++i) {
    const int column = static_cast<int>(i);
    nlohmann::ordered_json& field = json[layout.columns[i]];
    if (row.is_null(column)) continue;
    if (i > 0 && i < layout.texts_end) {
      field = row.text(column);
    } else if (row.is_integer(column)) {
      field = row.whole(column);
    } else {
      field = row.real(column);
    }
  }
  json[kOnFront] = on_front;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::vector<uint64_t> front_of(const Results& results) {
  if (results.objectives().empty()) return {};
  std::vector<std::string> columns = {"point", "status"};
  for (const Results::ObjectiveInfo& objective : results.objectives()) columns.push_back(objective.column);
  std::vector<uint64_t> points;
  std::vector<std::vector<double>> rows;
  results.for_each(columns, [&](const Statement& row) {
    if (row.text(1) != "done") return;
    std::vector<double> values;
    for (size_t i = 0; i < results.objectives().size(); ++i) {
      const int column = static_cast<int>(i) + 2;
      if (row.is_null(column)) return;
      values.push_back(results.objectives()[i].minimize ? row.real(column) : -row.real(column));
    }
    points.push_back(row.whole(0));
    rows.push_back(std::move(values));
  });
  std::vector<uint64_t> front;
  for (const size_t index : pareto_front(rows)) front.push_back(points[index]);
  return front;
}

void export_rows(const Results& results, const ExportOptions& options,
                 const std::function<void(std::string_view)>& write) {
  const Layout layout = layout_of(results, options.times);
  const std::vector<uint64_t> front = front_of(results);
  std::string text;
  if (options.form == ExportForm::csv) {
    for (const std::string& column : layout.columns) text += csv_field(column) + ",";
    text += fmt::format("{}\n", kOnFront);
  }
  results.for_each(layout.columns, [&](const Statement& row) {
    const bool on_front = std::binary_search(front.begin(), front.end(), row.whole(0));
    text +=
        options.form == ExportForm::csv ? csv_line(row, layout, on_front) : json_line(row, layout, on_front);
    if (text.size() < kPiece) return;
    write(text);
    text.clear();
  });
  if (!text.empty()) write(text);
}

}  // namespace vernier::sweep
