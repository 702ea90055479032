// SPDX-License-Identifier: Apache-2.0
#include "sim/energy/scaling.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"

namespace vernier::energy {
namespace {

constexpr size_t kNodes = 11;

/// A node of the paper: nominal voltage of its transistor model, energy = a V^2 + b V + c, and the area of a
/// design at the other nodes relative to this one, in the order of the list.
struct Node {
  int nm;
  double volts;
  double a, b, c;
  std::array<double, kNodes> area;
};

// Nominal voltages: Predictive Technology Model, on which the paper stands.
constexpr std::array<Node, kNodes> kPublished = {{
    {180, 1.8, 0, 24.64, -17.98, {1, 0.34, 0.15, 0.08, 0.053, 0.025, 0.011, 0.01, 0.0093, 0.0055, 0.0032}},
    {130, 1.3, 7.171, -6.709, 2.904, {2.9, 1, 0.44, 0.23, 0.16, 0.072, 0.033, 0.03, 0.027, 0.016, 0.0092}},
    {90, 1.2, 4.762, -4.781, 2.092, {6.6, 2.3, 1, 0.53, 0.35, 0.16, 0.075, 0.067, 0.061, 0.036, 0.021}},
    {65, 1.1, 3.755, -4.398, 1.975, {12, 4.3, 1.9, 1, 0.66, 0.31, 0.14, 0.13, 0.12, 0.068, 0.039}},
    {45, 1.0, 1.018, -0.3107, 0.1539, {19, 6.4, 2.8, 1.5, 1, 0.46, 0.21, 0.19, 0.17, 0.1, 0.059}},
    {32, 0.9, 0.8367, -0.4341, 0.1701, {40, 14, 6.1, 3.3, 2.2, 1, 0.46, 0.41, 0.38, 0.22, 0.13}},
    {20, 0.9, 0.373, -0.1582, 0.04104, {88, 30, 13, 7.1, 4.7, 2.2, 1, 0.89, 0.82, 0.48, 0.28}},
    {16, 0.85, 0.2958, -0.1241, 0.03024, {99, 34, 15, 7.9, 5.3, 2.4, 1.1, 1, 0.91, 0.54, 0.31}},
    {14, 0.8, 0.2363, -0.09675, 0.02239, {110, 37, 16, 8.7, 5.8, 2.7, 1.2, 1.1, 1, 0.59, 0.34}},
    {10, 0.75, 0.2068, -0.09311, 0.02375, {180, 63, 28, 15, 9.8, 4.5, 2.1, 1.9, 1.7, 1, 0.58}},
    {7, 0.7, 0.1776, -0.09097, 0.02447, {320, 110, 48, 25, 17, 7.8, 3.6, 3.2, 2.9, 1.7, 1}},
}};

double energy_of(const Node& node) { return node.a * node.volts * node.volts + node.b * node.volts + node.c; }

size_t index_of(int nm) {
  for (size_t i = 0; i < kNodes; ++i) {
    if (kPublished[i].nm == nm) return i;
  }
  return kNodes;
}

/// Factor from a published node to a published one.
Scaling published(size_t from, size_t to) {
  return {energy_of(kPublished[to]) / energy_of(kPublished[from]), kPublished[from].area[to],
          fmt::format("Stillmaker and Baas 2017, {} nm at {} V to {} nm at {} V", kPublished[from].nm,
                      kPublished[from].volts, kPublished[to].nm, kPublished[to].volts)};
}

double log_between(double low, double high, double weight) {
  return std::exp((1 - weight) * std::log(low) + weight * std::log(high));
}

}  // namespace

const std::vector<int>& scaling_nodes() {
  static const std::vector<int> nodes = {180, 130, 90, 65, 45, 32, 28, 22, 20, 16, 14, 10, 7};
  return nodes;
}

Scaling scaling(int from_nm, int to_nm) {
  const std::vector<int>& nodes = scaling_nodes();
  for (const int nm : {from_nm, to_nm}) {
    if (std::find(nodes.begin(), nodes.end(), nm) != nodes.end()) continue;
    throw InputError("ENE004", fmt::format("there are no scaling factors for {} nm", nm), {},
                     fmt::format("there are for {} nm", fmt::join(nodes, ", ")));
  }
  if (from_nm == to_nm) return {};
  const size_t from = index_of(from_nm);
  const size_t to = index_of(to_nm);
  if (from == kNodes && to == kNodes) {
    const Scaling down = scaling(from_nm, 32);
    const Scaling up = scaling(32, to_nm);
    return {down.energy * up.energy, down.area * up.area, up.text + ", and to there " + down.text};
  }
  if (from == kNodes) {  // from an interpolated node: the way back, turned round
    Scaling back = scaling(to_nm, from_nm);
    return {1 / back.energy, 1 / back.area, "the inverse of " + back.text};
  }
  if (to < kNodes) return published(from, to);
  const Scaling low = published(from, index_of(32));
  const Scaling high = published(from, index_of(20));
  const double weight = std::log(32.0 / to_nm) / std::log(32.0 / 20.0);
  return {log_between(low.energy, high.energy, weight), log_between(low.area, high.area, weight),
          fmt::format("Stillmaker and Baas 2017, {} nm at {} V to {} nm, between their 32 nm and 20 nm",
                      from_nm, kPublished[from].volts, to_nm)};
}

}  // namespace vernier::energy
