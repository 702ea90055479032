// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/sample.h"

#include <algorithm>
#include <random>
#include <set>

namespace vernier::sweep {
namespace {

constexpr uint64_t kLargestScan = 10 * kMostPoints;  // points of a grid that are looked at one by one
constexpr uint64_t kTriesPerPoint = 1000;

/// Whole numbers below `bound`, each with the same chance, the same on every machine.
uint64_t below(std::mt19937_64& random, uint64_t bound) {
  const uint64_t rejected = (UINT64_MAX - bound + 1) % bound;  // 2^64 mod bound
  uint64_t drawn = random();
  while (drawn < rejected) drawn = random();
  return drawn % bound;
}

[[noreturn]] void refuse_nothing_left(const Space& space, const std::vector<uint64_t>& looked_at, bool all) {
  std::vector<std::string> parts;
  for (const Constraint& constraint : space.sweep().constraints) {
    if (constraint.expression.needs_run()) continue;
    uint64_t removed = 0;
    for (const uint64_t point : looked_at) removed += space.keeps(constraint, point) ? 0 : 1;
    parts.push_back(fmt::format("'{}' (line {}) removes {}", constraint.expression.text(),
                                constraint.place.line, removed));
  }
  throw InputError("SWP021",
                   fmt::format("constraints: no point is left of {}{}: {}", all ? "" : "those tried, ",
                               looked_at.size(), fmt::join(parts, ", ")),
                   space.sweep().constraints.empty() ? SourceLocation{space.sweep().file, 0, 0}
                                                     : space.sweep().constraints.front().place,
                   "a constraint that removes all of them cannot hold on these axes");
}

std::vector<uint64_t> whole_grid(const Space& space) {
  if (space.grid_size() > kLargestScan) {
    throw InputError("SWP020",
                     fmt::format("the grid has {} points; {} are the most that are looked at one by one",
                                 space.grid_size(), kLargestScan),
                     {space.sweep().file, 0, 0}, "choose sampling: {method: random, points: N}");
  }
  std::vector<uint64_t> points;
  for (uint64_t point = 0; point < space.grid_size(); ++point) {
    if (space.broken_constraint(point) == nullptr) points.push_back(point);
  }
  if (points.size() > kMostPoints) {
    throw InputError("SWP020", fmt::format("{} points; a sweep has at most {}", points.size(), kMostPoints),
                     {space.sweep().file, 0, 0}, "choose sampling: {method: random, points: N}");
  }
  if (points.empty()) {
    std::vector<uint64_t> all(space.grid_size());
    for (uint64_t point = 0; point < all.size(); ++point) all[point] = point;
    refuse_nothing_left(space, all, true);
  }
  return points;
}

std::vector<uint64_t> random_points(const Space& space) {
  const uint64_t wanted = space.sweep().sample_points;
  std::mt19937_64 random(space.sweep().seed);
  if (space.grid_size() <= kMostPoints) {
    std::vector<uint64_t> points = whole_grid(space);
    for (uint64_t i = 0; i < std::min<uint64_t>(wanted, points.size()); ++i)
      std::swap(points[i], points[i + below(random, points.size() - i)]);
    points.resize(std::min<size_t>(points.size(), wanted));
    return points;
  }
  std::set<uint64_t> points;
  std::vector<uint64_t> refused;
  for (uint64_t tries = 0; points.size() < wanted && tries < wanted * kTriesPerPoint; ++tries) {
    const uint64_t point = below(random, space.grid_size());
    if (space.broken_constraint(point) == nullptr) {
      points.insert(point);
    } else if (refused.size() < kTriesPerPoint) {
      refused.push_back(point);
    }
  }
  if (points.empty()) refuse_nothing_left(space, refused, false);
  return {points.begin(), points.end()};
}

/// Each of `size` values equally often in `count` places, up to one, in random order.
std::vector<size_t> stratified(std::mt19937_64& random, uint64_t count, size_t size) {
  std::vector<size_t> order(size);
  for (size_t i = 0; i < size; ++i) order[i] = i;
  const auto shuffle = [&random](std::vector<size_t>& list) {
    for (size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[below(random, i)]);
  };
  shuffle(order);  // which values occur once more
  std::vector<size_t> values(count);
  for (uint64_t i = 0; i < count; ++i) values[i] = order[i % size];
  shuffle(values);
  return values;
}

std::vector<uint64_t> latin_hypercube(const Space& space) {
  const uint64_t count = space.sweep().sample_points;
  std::mt19937_64 random(space.sweep().seed);
  std::vector<std::vector<size_t>> columns;
  for (const Axis& axis : space.sweep().axes)
    columns.push_back(stratified(random, count, axis.values.size()));
  std::vector<uint64_t> points, drawn;
  std::vector<size_t> choice(columns.size());
  for (uint64_t i = 0; i < count; ++i) {
    for (size_t axis = 0; axis < columns.size(); ++axis) choice[axis] = columns[axis][i];
    drawn.push_back(space.grid_point(choice));
    if (space.broken_constraint(drawn.back()) == nullptr) points.push_back(drawn.back());
  }
  if (points.empty()) refuse_nothing_left(space, drawn, false);
  return points;
}

}  // namespace

std::vector<uint64_t> sample(const Space& space) {
  std::vector<uint64_t> points;
  switch (space.sweep().sampling) {
    case Sampling::grid:
      return whole_grid(space);
    case Sampling::random:
      points = random_points(space);
      break;
    case Sampling::latin_hypercube:
      points = latin_hypercube(space);
      break;
  }
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

}  // namespace vernier::sweep
