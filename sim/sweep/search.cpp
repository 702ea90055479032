// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/search.h"

#include <algorithm>
#include <numeric>

#include "sim/sweep/pareto.h"

namespace vernier::sweep {
namespace {

/// Rows in memory, by point.
class Estimates : public Store {
 public:
  explicit Estimates(uint64_t points) : points_(points) {}
  [[nodiscard]] std::vector<bool> present() const override { return std::vector<bool>(points_); }
  [[nodiscard]] std::map<Identity, uint64_t> identities() const override { return {}; }
  void add(const Row& row, uint64_t) override { rows_.emplace(row.point, row); }
  [[nodiscard]] Row row(uint64_t point) const override { return rows_.at(point); }

 private:
  uint64_t points_;
  std::map<uint64_t, Row> rows_;
};

/// To be minimized; nothing if the point did not finish or an objective has no value.
std::optional<std::vector<double>> objectives_of(const Sweep& sweep, const Row& row) {
  if (row.status != Status::done) return std::nullopt;
  std::vector<double> values;
  for (size_t i = 0; i < sweep.objectives.size(); ++i) {
    if (!row.objectives[i]) return std::nullopt;
    values.push_back(sweep.objectives[i].minimize ? *row.objectives[i] : -*row.objectives[i]);
  }
  return values;
}

/// Points in layers, the best first.
std::vector<std::vector<uint64_t>> layers_of(std::vector<uint64_t> points,
                                             std::vector<std::vector<double>> values) {
  std::vector<std::vector<uint64_t>> layers;
  while (!points.empty()) {
    const std::vector<size_t> front = pareto_front(values);
    std::vector<uint64_t> layer, rest;
    std::vector<std::vector<double>> rest_values;
    size_t next = 0;
    for (size_t i = 0; i < points.size(); ++i) {
      if (next < front.size() && front[next] == i) {
        layer.push_back(points[i]);
        ++next;
      } else {
        rest.push_back(points[i]);
        rest_values.push_back(std::move(values[i]));
      }
    }
    layers.push_back(std::move(layer));
    points = std::move(rest);
    values = std::move(rest_values);
  }
  return layers;
}

/// The front of the points that ran.
std::vector<uint64_t> front_of(const Sweep& sweep, const Store& store, const std::vector<uint64_t>& points) {
  std::vector<uint64_t> finished;
  std::vector<std::vector<double>> values;
  for (const uint64_t point : points) {
    if (const auto found = objectives_of(sweep, store.row(point))) {
      finished.push_back(point);
      values.push_back(*found);
    }
  }
  std::vector<uint64_t> front;
  for (const size_t index : pareto_front(values)) front.push_back(finished[index]);
  return front;
}

}  // namespace

Sweep estimating(const Sweep& sweep) {
  if (sweep.objectives.empty()) {
    throw InputError("SWP050", "search: the sweep has no objectives", {sweep.file, 0, 0},
                     "write for example objectives: [minimize: cycles]");
  }
  Sweep estimates = sweep;
  const auto is_fidelity = [](const Setting& setting) { return setting.key == "fidelity"; };
  for (const Axis& axis : sweep.axes) {
    for (const AxisValue& value : axis.values) {
      if (std::any_of(value.settings.begin(), value.settings.end(), is_fidelity))
        throw InputError("SWP052", "search: the fidelity is an axis of this sweep", axis.place,
                         "estimates are made in one fidelity, results in the other");
    }
  }
  const auto fixed = std::find_if(estimates.fixed.begin(), estimates.fixed.end(), is_fidelity);
  if (fixed != estimates.fixed.end()) {
    if (fixed->text != "fast")
      throw InputError("SWP052", "search: the sweep is an estimate already", {sweep.file, 0, 0});
    estimates.fixed.erase(fixed);
  }
  estimates.fixed.push_back({"fidelity", "analytical"});
  const auto needs_run = [](const Constraint& constraint) { return constraint.expression.needs_run(); };
  estimates.constraints.erase(
      std::remove_if(estimates.constraints.begin(), estimates.constraints.end(), needs_run),
      estimates.constraints.end());
  return estimates;
}

SearchResult search(const Space& space, const Space& estimates, const std::vector<uint64_t>& points,
                    Store& store, const SearchOptions& options) {
  const Sweep& sweep = space.sweep();
  SearchResult result;
  result.points = points.size();
  Estimates cheap(points.size());
  RunnerOptions first = options.runner;
  first.which.reset();
  first.progress = options.estimate_progress;
  result.estimate_seconds = run_points(estimates, points, cheap, first).seconds;
  std::vector<uint64_t> known;
  std::vector<std::vector<double>> values;
  uint64_t failed = 0;
  for (uint64_t point = 0; point < points.size(); ++point) {
    const Row row = cheap.row(point);
    failed += row.status == Status::failed ? 1 : 0;
    if (const auto found = objectives_of(estimates.sweep(), row)) {
      known.push_back(point);
      values.push_back(*found);
    }
  }
  result.estimated = known.size();
  if (known.size() + failed < points.size()) {
    throw InputError(
        "SWP051", "search: an objective has no value in the analytical fidelity, so nothing can be estimated",
        {sweep.file, 0, 0}, "counts of events are of the fast fidelity; use `vernier sweep`");
  }
  const std::vector<std::vector<uint64_t>> layers = layers_of(std::move(known), std::move(values));
  result.layers = layers.size();
  std::vector<uint64_t> front;
  size_t in_vain = 0;
  for (const std::vector<uint64_t>& layer : layers) {
    RunnerOptions next = options.runner;
    next.which = layer;
    (void)run_points(space, points, store, next);
    ++result.layers_run;
    std::vector<uint64_t> candidates = front;
    candidates.insert(candidates.end(), layer.begin(), layer.end());
    std::vector<uint64_t> now = front_of(sweep, store, candidates);
    std::sort(now.begin(), now.end());
    result.evaluated.insert(result.evaluated.end(), layer.begin(), layer.end());
    in_vain = now == front ? in_vain + 1 : 0;
    front = std::move(now);
    if (in_vain == options.patience) break;
  }
  std::sort(result.evaluated.begin(), result.evaluated.end());
  return result;
}

}  // namespace vernier::sweep
