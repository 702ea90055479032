// SPDX-License-Identifier: Apache-2.0
// Networks that were found by search, or drawn.
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include "workloads/graph/network_builder.h"
#include "workloads/graph/networks.h"

namespace vernier::graph {
namespace {

ConvShape conv(int64_t channels, int64_t kernel, int64_t stride = 1, int64_t dilation = 1) {
  ConvShape shape;
  shape.channels = channels;
  shape.kernel = kernel;
  shape.stride = stride;
  shape.pad = kernel / 2 * dilation;
  shape.dilation = dilation;
  return shape;
}

/// Two separable convolutions, as DARTS and NASNet use them; the first has the stride.
int separable_twice(NetworkBuilder& net, const std::string& name, int x, int64_t channels, int64_t kernel,
                    int64_t stride) {
  const int first = net.separable(name + "a", {x}, conv(channels, kernel, stride));
  return net.separable(name + "b", {first}, conv(channels, kernel));
}

// DARTS: the genotype DARTS_V2 of Liu et al. 2018.

struct Choice {
  const char* operation;
  size_t from;  ///< 0, 1: the cell's inputs; 2...: its nodes
};
using Genotype = std::vector<Choice>;  // two per node

const Genotype kNormal = {{"sep", 0}, {"sep", 1},  {"sep", 0},  {"sep", 1},
                          {"sep", 1}, {"skip", 0}, {"skip", 0}, {"dil", 2}};
const Genotype kReduction = {{"max", 0}, {"max", 1},  {"skip", 2}, {"max", 1},
                             {"max", 0}, {"skip", 2}, {"skip", 2}, {"max", 1}};

Values darts_cell(NetworkBuilder& net, const std::string& at, const Values& before, const Values& last,
                  int64_t channels, bool reduction) {
  const bool halved = net.shape(before.front())[2] != net.shape(last.front())[2];
  Values nodes = {net.conv(at + "p0", before, conv(channels, 1, halved ? 2 : 1)),
                  net.conv(at + "p1", last, conv(channels, 1))};
  const Genotype& genotype = reduction ? kReduction : kNormal;
  for (size_t node = 0; node < genotype.size() / 2; ++node) {
    Values terms;
    for (size_t i = 0; i < 2; ++i) {
      const Choice& choice = genotype[2 * node + i];
      const std::string name = fmt::format("{}n{}{}", at, node, i);
      const std::string operation = choice.operation;
      const int x = nodes[choice.from];
      const int64_t stride = reduction && choice.from < 2 ? 2 : 1;
      if (operation == "sep") terms.push_back(separable_twice(net, name, x, channels, 3, stride));
      if (operation == "dil") terms.push_back(net.separable(name, {x}, conv(channels, 3, stride, 2)));
      if (operation == "max") terms.push_back(net.pool(name, "MaxPool", {x}, 3, stride, 1));
      if (operation == "skip") terms.push_back(x);  // never across a stride in this genotype
    }
    nodes.push_back(net.elementwise(fmt::format("{}n{}add", at, node), "Add", terms));
  }
  return {nodes.begin() + 2, nodes.end()};
}

// NASNet-A, as its authors' code and Keras build it.

/// The input before the last, in the size and the channels of the cell.
int nasnet_adjust(NetworkBuilder& net, const std::string& at, const Values& before, const Values& last,
                  int64_t filters) {
  const bool halved = net.shape(before.front())[2] != net.shape(last.front())[2];
  if (before.size() == 1 && &before == &last) return before.front();
  return net.conv(at + "p", before, conv(filters, 1, halved ? 2 : 1));
}

Values nasnet_normal(NetworkBuilder& net, const std::string& at, const Values& before, const Values& last,
                     int64_t filters) {
  const int p = nasnet_adjust(net, at, before, last, filters);
  const int h = net.conv(at + "h", last, conv(filters, 1));
  const auto sep = [&](const char* name, int x, int64_t kernel) {
    return separable_twice(net, at + name, x, filters, kernel, 1);
  };
  const auto mean = [&](const char* name, int x) { return net.pool(at + name, "AveragePool", {x}, 3, 1, 1); };
  const auto sum = [&](const char* name, const Values& x) { return net.elementwise(at + name, "Add", x); };
  const int x1 = sum("x1", {sep("s11", h, 5), sep("s12", p, 3)});
  const int x2 = sum("x2", {sep("s21", p, 5), sep("s22", p, 3)});
  const int x3 = sum("x3", {mean("m3", h), p});
  const int x4 = sum("x4", {mean("m41", p), mean("m42", p)});
  const int x5 = sum("x5", {sep("s5", h, 3), h});
  return {p, x1, x2, x3, x4, x5};
}

Values nasnet_reduction(NetworkBuilder& net, const std::string& at, const Values& before, const Values& last,
                        int64_t filters) {
  const int p = nasnet_adjust(net, at, before, last, filters);
  const int h = net.conv(at + "h", last, conv(filters, 1));
  const auto sep = [&](const char* name, int x, int64_t kernel, int64_t stride) {
    return separable_twice(net, at + name, x, filters, kernel, stride);
  };
  const auto pool = [&](const char* name, const char* kind, int x, int64_t stride) {
    return net.pool(at + name, kind, {x}, 3, stride, 1);
  };
  const auto sum = [&](const char* name, const Values& x) { return net.elementwise(at + name, "Add", x); };
  const int x1 = sum("x1", {sep("s11", h, 5, 2), sep("s12", p, 7, 2)});
  const int x2 = sum("x2", {pool("m2", "MaxPool", h, 2), sep("s2", p, 7, 2)});
  const int x3 = sum("x3", {pool("m3", "AveragePool", h, 2), sep("s3", p, 5, 2)});
  const int x4 = sum("x4", {pool("m4", "AveragePool", x1, 1), x2});
  const int x5 = sum("x5", {sep("s5", x1, 3, 1), pool("m5", "MaxPool", h, 2)});
  return {x2, x3, x4, x5};
}

// Randomly wired networks.

using Edges = std::set<std::pair<int, int>>;  // from the smaller to the larger node

/// A ring on which every node has `k` / 2 neighbours to either side, each edge moved with probability
/// `percent` (Watts and Strogatz); std::mt19937 draws the same everywhere.
Edges watts_strogatz(int nodes, int k, unsigned percent, std::mt19937& random) {
  const auto ordered = [](int a, int b) { return std::pair<int, int>(std::minmax(a, b)); };
  Edges edges;
  for (int step = 1; step <= k / 2; ++step) {
    for (int node = 0; node < nodes; ++node) edges.insert(ordered(node, (node + step) % nodes));
  }
  for (int step = 1; step <= k / 2; ++step) {
    for (int node = 0; node < nodes; ++node) {
      if (random() % 100 >= percent) continue;
      const auto old = ordered(node, (node + step) % nodes);
      const int other = static_cast<int>(random() % static_cast<unsigned>(nodes));
      if (other == node || edges.count(ordered(node, other)) != 0 || edges.count(old) == 0) continue;
      edges.erase(old);
      edges.insert(ordered(node, other));
    }
  }
  return edges;
}

int wired_stage(NetworkBuilder& net, const std::string& at, int x, int64_t channels, std::mt19937& random) {
  constexpr int kNodes = 32;
  const Edges edges = watts_strogatz(kNodes, 4, 75, random);
  Values results(kNodes, -1);
  std::vector<bool> read(kNodes, false);
  for (int node = 0; node < kNodes; ++node) {
    Values terms;
    for (const auto& [from, to] : edges) {
      if (to != node) continue;
      terms.push_back(results[static_cast<size_t>(from)]);
      read[static_cast<size_t>(from)] = true;
    }
    const bool first = terms.empty();
    if (first) terms = {x};
    results[static_cast<size_t>(node)] =
        net.separable(fmt::format("{}n{}", at, node), terms, conv(channels, 3, first ? 2 : 1));
  }
  Values sinks;
  for (size_t node = 0; node < read.size(); ++node) {
    if (!read[node]) sinks.push_back(results[node]);
  }
  return net.elementwise(at + "mean", "Mean", sinks);
}

}  // namespace

Graph darts() {
  constexpr int kCells = 14;
  int64_t channels = 48;
  NetworkBuilder net("darts");
  const int half = net.conv("stem0a", {net.input("image", {1, 3, 224, 224})}, conv(channels / 2, 3, 2));
  Values before = {net.conv("stem0b", {half}, conv(channels, 3, 2))};
  Values last = {net.conv("stem1", before, conv(channels, 3, 2))};
  for (int cell = 0; cell < kCells; ++cell) {
    const bool reduction = cell == kCells / 3 || cell == 2 * kCells / 3;
    if (reduction) channels *= 2;
    const Values next = darts_cell(net, fmt::format("c{}", cell), before, last, channels, reduction);
    before = std::exchange(last, next);
  }
  return net.finish({net.linear("fc", net.global_pool("pool", last), 1000)});
}

Graph nasnet_a_mobile() {
  constexpr int64_t kFilters = 44;
  constexpr int kBlocks = 4;
  NetworkBuilder net("nasnet-a-mobile");
  ConvShape stem = conv(32, 3, 2);
  stem.pad = 0;
  Values last = {net.conv("stem", {net.input("image", {1, 3, 224, 224})}, stem)};
  Values before = last;
  before = std::exchange(last, nasnet_reduction(net, "r0", last, last, kFilters / 4));
  before = std::exchange(last, nasnet_reduction(net, "r1", before, last, kFilters / 2));
  for (int stage = 0; stage < 3; ++stage) {
    const int64_t filters = kFilters << stage;
    for (int block = 0; block < kBlocks; ++block) {
      const std::string at = fmt::format("s{}b{}", stage, block);
      before = std::exchange(last, nasnet_normal(net, at, before, last, filters));
    }
    if (stage == 2) break;
    // The cell behind a reduction reads, as its other input, what the reduction has as its other input.
    last = nasnet_reduction(net, fmt::format("r{}", stage + 2), before, last, 2 * filters);
  }
  return net.finish({net.linear("fc", net.global_pool("pool", last), 1000)});
}

Graph randwire_small() {
  constexpr int64_t kChannels = 78;
  std::mt19937 random(1);
  NetworkBuilder net("randwire-small");
  int x = net.conv("conv1", {net.input("image", {1, 3, 224, 224})}, conv(kChannels / 2, 3, 2));
  x = net.conv("conv2", {x}, conv(kChannels, 3, 2));
  for (int stage = 0; stage < 3; ++stage) {
    x = wired_stage(net, fmt::format("s{}", stage), x, kChannels << stage, random);
  }
  x = net.conv("conv6", {x}, conv(1280, 1));
  return net.finish({net.linear("fc", net.global_pool("pool", {x}), 1000)});
}

}  // namespace vernier::graph
