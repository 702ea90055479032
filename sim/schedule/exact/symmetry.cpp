// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/exact/symmetry.h"

#include <map>
#include <optional>
#include <set>

namespace vernier::schedule::exact {
namespace {

/// Operators are nodes 0..n-1, tensors n..n+m-1.
struct Nodes {
  std::vector<std::vector<int>> from, to;  ///< edges in and out, ascending
  std::vector<int> colour;
};

/// Numbers for values, in the order of the values.
template <typename T>
std::vector<int> ranks(const std::vector<T>& values) {
  std::map<T, int> seen;
  for (const T& value : values) seen[value] = 0;
  int next = 0;
  for (auto& [value, rank] : seen) rank = next++;
  std::vector<int> result;
  for (const T& value : values) result.push_back(seen[value]);
  return result;
}

Nodes nodes_of(const Model& model) {
  const int n = model.operators;
  Nodes nodes;
  nodes.from.resize(n + model.tensors());
  nodes.to.resize(n + model.tensors());
  std::vector<std::vector<uint64_t>> kind(n + model.tensors());
  for (int o = 0; o < n; ++o) {
    kind[o] = {0, model.folded_bytes[o]};
    for (const int k : model.inputs[o]) nodes.from[o].push_back(n + k);
    for (const int k : model.outputs[o]) nodes.to[o].push_back(n + k);
  }
  for (int k = 0; k < model.tensors(); ++k) {
    kind[n + k] = {1, model.bytes[k], static_cast<uint64_t>(model.clean[k])};
    if (model.producer[k] >= 0) nodes.from[n + k].push_back(model.producer[k]);
    nodes.to[n + k] = model.consumers[k];
  }
  nodes.colour = ranks(kind);
  for (size_t count = 0;;) {  // a node's colour, and those around it, until nothing tells more apart
    std::vector<std::vector<int>> seen;
    for (size_t i = 0; i < nodes.from.size(); ++i) {
      std::vector<int> view = {nodes.colour[i]};
      for (const auto* edges : {&nodes.from[i], &nodes.to[i]}) {
        std::vector<int> colours;
        for (const int j : *edges) colours.push_back(nodes.colour[j]);
        std::sort(colours.begin(), colours.end());
        view.push_back(-1);
        view.insert(view.end(), colours.begin(), colours.end());
      }
      seen.push_back(view);
    }
    nodes.colour = ranks(seen);
    const size_t now = std::set<int>(nodes.colour.begin(), nodes.colour.end()).size();
    if (now == count) return nodes;
    count = now;
  }
}

/// The exchange of a and b, with all that has to be exchanged then: pairs {node of a's side, of b's}.
class Exchange {
 public:
  Exchange(const Nodes& nodes, int a, int b) : nodes_(nodes), image_(nodes.from.size(), -1) {
    good_ = pair(a, b);
    for (size_t i = 0; good_ && i < pairs.size(); ++i) {
      const auto [x, y] = pairs[i];
      good_ = neighbours(nodes.from[x], nodes.from[y]) && neighbours(nodes.to[x], nodes.to[y]);
    }
    good_ = good_ && holds();
  }
  explicit operator bool() const { return good_; }
  std::vector<std::pair<int, int>> pairs;

 private:
  bool pair(int x, int y) {
    if (image_[x] == y && image_[y] == x) return true;
    if (image_[x] >= 0 || image_[y] >= 0 || nodes_.colour[x] != nodes_.colour[y]) return false;
    image_[x] = y;
    image_[y] = x;
    pairs.push_back({x, y});
    return true;
  }

  /// What only x has goes to what only y has, colour by colour.
  bool neighbours(const std::vector<int>& x, const std::vector<int>& y) {
    std::vector<std::pair<int, int>> only_x, only_y;  // colour, node
    for (const int i : x) {
      if (std::find(y.begin(), y.end(), i) != y.end()) continue;
      const int j = image_[i];
      if (j >= 0 && std::find(y.begin(), y.end(), j) != y.end()) continue;
      only_x.push_back({nodes_.colour[i], i});
    }
    for (const int i : y) {
      if (std::find(x.begin(), x.end(), i) != x.end()) continue;
      const int j = image_[i];
      if (j >= 0 && std::find(x.begin(), x.end(), j) != x.end()) continue;
      only_y.push_back({nodes_.colour[i], i});
    }
    if (only_x.size() != only_y.size()) return false;
    std::sort(only_x.begin(), only_x.end());
    std::sort(only_y.begin(), only_y.end());
    for (size_t i = 0; i < only_x.size(); ++i) {
      if (!pair(only_x[i].second, only_y[i].second)) return false;
    }
    return true;
  }

  bool maps(const std::vector<int>& from, const std::vector<int>& to) const {
    std::vector<int> image;
    for (const int i : from) image.push_back(image_[i] < 0 ? i : image_[i]);
    std::sort(image.begin(), image.end());
    std::vector<int> sorted = to;
    std::sort(sorted.begin(), sorted.end());
    return image == sorted;
  }

  /// Every edge goes to an edge. What is not moved has to keep its neighbours, too.
  bool holds() const {
    for (size_t i = 0; i < image_.size(); ++i) {
      const size_t j = image_[i] < 0 ? i : static_cast<size_t>(image_[i]);
      if (!maps(nodes_.from[i], nodes_.from[j]) || !maps(nodes_.to[i], nodes_.to[j])) return false;
    }
    return true;
  }

  const Nodes& nodes_;
  std::vector<int> image_;
  bool good_ = false;
};

}  // namespace

std::vector<Interchangeable> find_symmetries(const Model& model) {
  std::vector<Interchangeable> classes;
  if (model.source >= 0 || model.sink >= 0)
    return classes;  // what lies outside a piece tells its parts apart
  const int n = model.operators;
  const Nodes nodes = nodes_of(model);
  std::set<std::set<int>> known;  // blocks, and classes, as sets of nodes
  for (int a = 0; a < n; ++a) {
    std::map<std::set<int>, std::pair<Interchangeable, std::set<int>>>
        found;  // by a's block: class, its nodes
    for (int b = a + 1; b < n; ++b) {
      if (nodes.colour[a] != nodes.colour[b]) continue;
      const Exchange exchange(nodes, a, b);
      if (!exchange) continue;
      std::set<int> mine, others;
      for (const auto& [x, y] : exchange.pairs) {
        mine.insert(x);
        others.insert(y);
      }
      if (known.count(mine) != 0) continue;
      auto& [made, taken] = found[mine];
      if (taken.empty()) {
        made.operators.push_back({});
        made.tensors.push_back({});
        for (const int x : mine) {
          if (x < n) {
            made.operators[0].push_back(x);
          } else {
            made.tensors[0].push_back(x - n);
          }
        }
        taken = mine;
      }
      if (std::any_of(others.begin(), others.end(), [&](int y) { return taken.count(y) != 0; })) continue;
      taken.insert(others.begin(), others.end());
      std::map<int, int> image(exchange.pairs.begin(), exchange.pairs.end());
      std::vector<int> operators, tensors;
      for (const int x : made.operators[0]) operators.push_back(image.at(x));
      for (const int k : made.tensors[0]) tensors.push_back(image.at(n + k) - n);
      made.operators.push_back(operators);
      made.tensors.push_back(tensors);
    }
    for (auto& [mine, entry] : found) {
      Interchangeable& made = entry.first;
      if (!known.insert(entry.second).second) continue;
      for (size_t b = 0; b < made.operators.size(); ++b) {
        std::set<int> block(made.operators[b].begin(), made.operators[b].end());
        for (const int k : made.tensors[b]) block.insert(n + k);
        known.insert(block);
      }
      classes.push_back(made);
    }
  }
  std::stable_sort(classes.begin(), classes.end(), [](const Interchangeable& x, const Interchangeable& y) {
    return x.operators[0].size() < y.operators[0].size();
  });
  return classes;
}

}  // namespace vernier::schedule::exact
