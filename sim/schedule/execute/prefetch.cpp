// SPDX-License-Identifier: Apache-2.0
// Addresses that let loads run ahead.
#include <algorithm>
#include <optional>

#include "sim/schedule/execute/execute.h"

namespace vernier::schedule {
namespace {

struct Place {
  uint64_t begin = 0, end = 0;
};

/// The lowest gap of `bytes` below `capacity` between the places taken.
std::optional<uint64_t> lowest_gap(std::vector<Place>& taken, uint64_t bytes, uint64_t capacity) {
  std::sort(taken.begin(), taken.end(), [](const Place& a, const Place& b) { return a.begin < b.begin; });
  uint64_t at = 0;
  for (const Place& place : taken) {
    if (place.begin >= at + bytes) break;
    at = std::max(at, place.end);
  }
  if (at + bytes > capacity) return std::nullopt;
  return at;
}

}  // namespace

Schedule place_for_prefetch(const graph::Graph& graph, Schedule schedule, uint64_t capacity) {
  std::vector<Residency>& residencies = schedule.residencies;
  std::vector<int> lead(residencies.size(), 0);  // steps for which the place is free before
  const auto bytes_of = [&graph](const Residency& r) {
    return graph.tensors[static_cast<size_t>(r.tensor)].bytes;
  };
  for (size_t i = 0; i < residencies.size(); ++i) {
    Residency& moved = residencies[i];
    const auto op = static_cast<size_t>(schedule.order[static_cast<size_t>(moved.from)]);
    const std::vector<int>& made = graph.operators[op].outputs;
    if (moved.from == 0 || std::find(made.begin(), made.end(), moved.tensor) != made.end()) continue;
    std::vector<Place> taken;
    for (size_t j = 0; j < residencies.size(); ++j) {
      const Residency& other = residencies[j];
      if (j == i || other.to < moved.from - 1 || other.from - lead[j] > moved.to) continue;
      taken.push_back({other.address, other.address + bytes_of(other)});
    }
    const uint64_t bytes = bytes_of(moved);
    const bool free_there = std::none_of(taken.begin(), taken.end(), [&](const Place& place) {
      return place.begin < moved.address + bytes && moved.address < place.end;
    });
    const std::optional<uint64_t> gap = lowest_gap(taken, bytes, capacity);
    if (!free_there && !gap) continue;
    if (!free_there) moved.address = *gap;
    lead[i] = 1;
  }
  return schedule;
}

}  // namespace vernier::schedule
