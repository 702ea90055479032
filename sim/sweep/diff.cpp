// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/diff.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace vernier::sweep {
namespace {

using Json = nlohmann::ordered_json;

report::Value value_of(const Json& json) {
  if (json.is_number_unsigned()) return json.get<uint64_t>();
  if (json.is_number()) return json.get<double>();
  return std::monostate{};
}

std::string text_of(const report::Value& value) {
  if (const auto* whole = std::get_if<uint64_t>(&value)) return fmt::format("{}", *whole);
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
  return "-";
}

/// Members that are numbers or null, and those of `events`.
void add_numbers(const Json& object, Place& place) {
  if (!object.is_object()) return;
  for (const auto& [name, value] : object.items()) {
    if (value.is_number() || value.is_null()) place.numbers.emplace_back(name, value_of(value));
    if (name == "events") add_numbers(value, place);
  }
}

void add_run(const Json& run, const std::string& prefix, std::vector<Place>& places) {
  const auto add = [&](const std::string& name, const Json& numbers) {
    Place place{prefix + name, "", {}};
    add_numbers(numbers, place);
    places.push_back(std::move(place));
  };
  add("total", run.at("totals"));
  for (const char* part : {"memory", "energy"}) {
    if (run.contains(part)) add(part, run.at(part));
  }
  for (const Json& layer : run.at("layers")) add(layer.at("name").get<std::string>(), layer);
}

std::optional<Change> change_of(const std::string& place, const std::string& metric,
                                const report::Value& before, const report::Value& after) {
  // A whole number may be read as a real one from a file that writes it so.
  const double a = report::as_double(before), b = report::as_double(after);
  const bool both = report::present(before) && report::present(after);
  if (before == after || (both && before.index() != after.index() && a == b)) return std::nullopt;
  Change change{place, metric, text_of(before), text_of(after), std::nullopt};
  if (both && a != 0) change.relative = (b - a) / a;
  return change;
}

std::set<std::string> metric_names(const std::vector<Place>& places) {
  std::set<std::string> names;
  for (const Place& place : places) {
    for (const auto& [name, value] : place.numbers) names.insert(name);
  }
  return names;
}

std::vector<std::string> without(const std::set<std::string>& names, const std::set<std::string>& others) {
  std::vector<std::string> rest;
  std::set_difference(names.begin(), names.end(), others.begin(), others.end(), std::back_inserter(rest));
  return rest;
}

void compare(const Place& first, const Place& second, const std::set<std::string>& known,
             Difference& result) {
  if (first.status != second.status)
    result.changes.push_back({first.name, "status", first.status, second.status, std::nullopt});
  std::map<std::string, report::Value> after(second.numbers.begin(), second.numbers.end());
  std::set<std::string> seen;
  const auto look = [&](const std::string& name, const report::Value& before) {
    ++result.numbers;
    seen.insert(name);
    const auto found = after.find(name);
    std::optional<Change> change =
        change_of(first.name, name, before, found == after.end() ? report::Value() : found->second);
    if (change) result.changes.push_back(std::move(*change));
  };
  for (const auto& [name, before] : first.numbers) {
    if (known.count(name) != 0) look(name, before);
  }
  // An event that the first did not have; others are missing where there is none of them.
  for (const auto& [name, value] : second.numbers) {
    if (known.count(name) != 0 && seen.count(name) == 0) look(name, std::monostate{});
  }
}

}  // namespace

std::vector<Place> places_of_json(const std::string& text, const std::string& file) {
  const Json json = Json::parse(text, nullptr, false);
  std::vector<Place> places;
  try {
    if (json.is_discarded() || json.at("schema") != report::kSchema) throw InputError("", "");
    if (!json.contains("runs")) {
      add_run(json, "", places);
    } else {
      for (const Json& run : json.at("runs"))
        add_run(run, run.at("configuration").get<std::string>() + ": ", places);
    }
    return places;
  } catch (const std::exception&) {
    throw InputError(
        "DIF001",
        fmt::format("holds no result of `vernier run` or `vernier compare` with schema {}", report::kSchema),
        {file, 0, 0}, "give the folder of --out, its result.json, or the results.sqlite of a sweep");
  }
}

std::vector<Place> places_of_sweep(const Results& results) {
  std::vector<std::string> columns = {"status"};
  for (const Results::AxisInfo& axis : results.axes()) columns.push_back(axis.name);
  const size_t first_metric = columns.size();
  for (const Results::MetricInfo& metric : results.metrics()) columns.push_back(metric.name);
  std::vector<Place> places;
  results.for_each(columns, [&](const Statement& row) {
    Place place{"", row.text(0), {}};
    for (size_t i = 1; i < columns.size(); ++i) {
      const int column = static_cast<int>(i);
      if (i < first_metric) {
        place.name += fmt::format("{}{} = {}", i == 1 ? "" : ", ", columns[i], row.text(column));
      } else {
        const report::Value value = row.is_null(column)      ? report::Value()
                                    : row.is_integer(column) ? report::Value(row.whole(column))
                                                             : report::Value(row.real(column));
        place.numbers.emplace_back(columns[i], value);
      }
    }
    places.push_back(std::move(place));
  });
  return places;
}

size_t Difference::beyond(double threshold) const {
  const auto moved = [threshold](const Change& change) {
    return !change.relative || std::abs(*change.relative) > threshold;
  };
  return static_cast<size_t>(std::count_if(changes.begin(), changes.end(), moved)) + only_first.size() +
         only_second.size();
}

Difference difference(const std::vector<Place>& first, const std::vector<Place>& second) {
  Difference result;
  const std::set<std::string> names = metric_names(first), other_names = metric_names(second);
  result.metrics_only_first = without(names, other_names);
  result.metrics_only_second = without(other_names, names);
  std::set<std::string> known;
  std::set_intersection(names.begin(), names.end(), other_names.begin(), other_names.end(),
                        std::inserter(known, known.end()));
  std::map<std::string, const Place*> places;
  for (const Place& place : second) places.emplace(place.name, &place);
  for (const Place& place : first) {
    const auto found = places.find(place.name);
    if (found == places.end()) {
      result.only_first.push_back(place.name);
      continue;
    }
    compare(place, *found->second, known, result);
    places.erase(found);
  }
  for (const Place& place : second) {
    if (places.count(place.name) != 0) result.only_second.push_back(place.name);
  }
  std::stable_sort(result.changes.begin(), result.changes.end(), [](const Change& a, const Change& b) {
    const double infinite = HUGE_VAL;
    return (a.relative ? std::abs(*a.relative) : infinite) > (b.relative ? std::abs(*b.relative) : infinite);
  });
  return result;
}

}  // namespace vernier::sweep
