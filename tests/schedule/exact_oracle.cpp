// SPDX-License-Identifier: Apache-2.0
#include "tests/schedule/exact_oracle.h"

#include <algorithm>
#include <map>
#include <vector>

namespace vernier::schedule {
namespace {

constexpr uint64_t kNever = ~uint64_t{0};

struct Place {
  bool resident = false;
  bool in_dram = false;
  bool fetched = false;  // once, at least
  uint64_t address = 0;
  bool operator<(const Place& o) const {
    return std::tie(resident, in_dram, fetched, address) <
           std::tie(o.resident, o.in_dram, o.fetched, o.address);
  }
};

struct World {
  std::vector<bool> done;
  std::vector<Place> places;
  bool operator<(const World& o) const { return std::tie(done, places) < std::tie(o.done, o.places); }
};

class Oracle {
 public:
  Oracle(const graph::Graph& graph, uint64_t capacity, bool addresses)
      : graph_(graph), capacity_(capacity), addresses_(addresses) {}

  uint64_t solve() {
    World world;
    world.done.assign(graph_.operators.size(), false);
    for (const graph::Tensor& tensor : graph_.tensors) {
      Place place;
      place.in_dram = tensor.producer < 0;
      world.places.push_back(place);
    }
    return rest(world);
  }

  std::vector<Situation> situations() const {
    std::vector<Situation> all;
    for (const auto& [world, rest] : memo_) {
      Situation situation;
      situation.done = world.done;
      for (const Place& place : world.places) {
        situation.resident.push_back(place.resident);
        situation.in_dram.push_back(place.in_dram);
      }
      situation.rest = rest;
      all.push_back(situation);
    }
    return all;
  }

 private:
  uint64_t rest(const World& world) {
    const auto known = memo_.find(world);
    if (known != memo_.end()) return known->second;
    uint64_t best = kNever;
    bool finished = true;
    for (size_t o = 0; o < graph_.operators.size(); ++o) {
      if (world.done[o]) continue;
      finished = false;
      const auto& inputs = graph_.operators[o].inputs;
      const bool ready = std::all_of(inputs.begin(), inputs.end(), [&](int k) {
        return graph_.tensors[k].producer < 0 || world.done[graph_.tensors[k].producer];
      });
      if (ready) best = std::min(best, leave(world, static_cast<int>(o), 0));
    }
    if (finished) best = 0;
    memo_[world] = best;
    return best;
  }

  /// Every resident tensor from k on stays or leaves; then the operator runs.
  uint64_t leave(const World& world, int op, size_t k) {
    if (k == world.places.size()) {
      std::vector<int> operands = graph_.operators[op].inputs;
      operands.insert(operands.end(), graph_.operators[op].outputs.begin(),
                      graph_.operators[op].outputs.end());
      return enter(world, op, operands, 0);
    }
    uint64_t best = leave(world, op, k + 1);
    if (!world.places[k].resident) return best;
    World less = world;
    less.places[k].resident = false;
    less.places[k].address = 0;
    less.places[k].in_dram = true;
    const graph::Tensor& tensor = graph_.tensors[k];
    const uint64_t write = world.places[k].in_dram || tensor.output ? 0 : tensor.bytes;
    return std::min(best, plus(write, leave(less, op, k + 1)));
  }

  /// Operands from i on come in, at every address, unless they are there.
  uint64_t enter(const World& world, int op, const std::vector<int>& operands, size_t i) {
    if (i == operands.size()) return run(world, op);
    const int k = operands[i];
    if (world.places[k].resident) return enter(world, op, operands, i + 1);
    const graph::Tensor& tensor = graph_.tensors[k];
    World more = world;
    Place& place = more.places[k];
    uint64_t fetch = 0;
    if (tensor.producer != op) {
      if (tensor.producer >= 0 || place.fetched) fetch = tensor.bytes;
      place.fetched = tensor.producer < 0;
    }
    place.resident = true;
    uint64_t best = kNever;
    const uint64_t last = addresses_ ? capacity_ : tensor.bytes;
    for (place.address = 0; place.address + tensor.bytes <= last; ++place.address) {
      if (free(more, k)) best = std::min(best, plus(fetch, enter(more, op, operands, i + 1)));
    }
    return best;
  }

  bool free(const World& world, int k) const {
    uint64_t total = 0;
    const uint64_t low = world.places[k].address, high = low + graph_.tensors[k].bytes;
    for (size_t j = 0; j < world.places.size(); ++j) {
      if (!world.places[j].resident) continue;
      total += graph_.tensors[j].bytes;
      const uint64_t from = world.places[j].address, to = from + graph_.tensors[j].bytes;
      if (addresses_ && static_cast<int>(j) != k && from < high && low < to) return false;
    }
    return total <= capacity_;
  }

  uint64_t run(const World& world, int op) {
    World next = world;
    next.done[op] = true;
    for (size_t k = 0; k < next.places.size(); ++k) {
      const auto& readers = graph_.tensors[k].consumers;
      const bool needed = std::any_of(readers.begin(), readers.end(), [&](int o) { return !next.done[o]; });
      if (next.places[k].resident && !needed) next.places[k] = {};
    }
    return rest(next);
  }

  static uint64_t plus(uint64_t a, uint64_t b) { return b == kNever ? kNever : a + b; }

  const graph::Graph& graph_;
  uint64_t capacity_;
  bool addresses_;
  std::map<World, uint64_t> memo_;
};

}  // namespace

std::optional<uint64_t> least_bytes(const graph::Graph& graph, uint64_t capacity, bool addresses) {
  const uint64_t least = Oracle(graph, capacity, addresses).solve();
  return least == kNever ? std::nullopt : std::optional<uint64_t>(least);
}

std::vector<Situation> every_situation(const graph::Graph& graph, uint64_t capacity) {
  Oracle oracle(graph, capacity, false);
  oracle.solve();
  return oracle.situations();
}

}  // namespace vernier::schedule
