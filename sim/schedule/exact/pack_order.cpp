// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>
#include <numeric>
#include <random>

#include "sim/schedule/exact/pack.h"

namespace vernier::schedule::exact {
namespace {

using Order = std::vector<int>;

class Placer {
 public:
  Placer(const std::vector<Rectangle>& rectangles, uint64_t height)
      : rectangles_(rectangles), height_(height), neighbours_(rectangles.size()) {
    const int n = static_cast<int>(rectangles.size());
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) {
        if (i != j && rectangles[i].from <= rectangles[j].to && rectangles[j].from <= rectangles[i].to) {
          neighbours_[i].push_back(j);
        }
      }
    }
  }

  /// Sets the rectangles down in the order given, each in the lowest gap where it fits, or the tightest.
  /// What fits nowhere is left out: the bytes-steps of that.
  uint64_t place(const Order& order, bool tightest) {
    addresses.assign(rectangles_.size(), kNowhere);
    missing.clear();
    uint64_t lost = 0;
    for (const int i : order) {
      const Rectangle& r = rectangles_[i];
      taken_.clear();
      for (const int j : neighbours_[i]) {
        if (addresses[j] != kNowhere) taken_.push_back({addresses[j], addresses[j] + rectangles_[j].height});
      }
      std::sort(taken_.begin(), taken_.end());
      taken_.push_back({height_, height_});
      uint64_t floor = 0, best = kNowhere, best_gap = kNowhere;
      for (const auto& [low, high] : taken_) {
        if (low >= floor + r.height && low - floor < best_gap) {
          best = floor;
          best_gap = low - floor;
          if (!tightest) break;
        }
        floor = std::max(floor, high);
      }
      if (best == kNowhere) {
        missing.push_back(i);
        lost += r.height * static_cast<uint64_t>(r.to - r.from + 1);
      }
      addresses[i] = best;
    }
    return lost;
  }

  [[nodiscard]] const std::vector<int>& neighbours(int i) const { return neighbours_[i]; }

  std::vector<uint64_t> addresses;
  std::vector<int> missing;

 private:
  static constexpr uint64_t kNowhere = ~uint64_t{0};
  const std::vector<Rectangle>& rectangles_;
  uint64_t height_;
  std::vector<std::vector<int>> neighbours_;
  std::vector<std::pair<uint64_t, uint64_t>> taken_;
};

/// From the order that leaves out least: what found no place goes before one of those that took it.
bool improve(Placer& placer, Order order, bool tightest, const PackLimits& limits) {
  std::mt19937_64 random(limits.seed);
  uint64_t least = placer.place(order, tightest);
  std::vector<int> missing = placer.missing;
  std::vector<int> at(order.size());
  for (int round = 0; round < limits.local_search && least > 0; ++round) {
    if ((round & 63) == 0 && std::chrono::steady_clock::now() > limits.deadline) return false;
    Order next = order;
    const int moved = missing[random() % missing.size()];
    for (size_t i = 0; i < next.size(); ++i) at[next[i]] = static_cast<int>(i);
    std::vector<int> blockers;
    for (const int j : placer.neighbours(moved)) {
      if (at[j] < at[moved]) blockers.push_back(j);
    }
    if (blockers.empty()) return false;  // alone it does not fit
    const int before = blockers[random() % blockers.size()];
    next.erase(next.begin() + at[moved]);
    next.insert(next.begin() + at[before], moved);
    if (random() % 4 == 0) std::swap(next[random() % next.size()], next[random() % next.size()]);
    const uint64_t lost = placer.place(next, tightest);
    if (lost <= least || random() % 64 == 0) {
      least = lost;
      order = std::move(next);
      missing = placer.missing;
    }
  }
  return least == 0;
}

}  // namespace

bool pack_by_order(const std::vector<Rectangle>& rectangles, uint64_t height, const PackLimits& limits,
                   std::vector<uint64_t>& addresses) {
  Placer placer(rectangles, height);
  const auto length = [&](int i) { return static_cast<uint64_t>(rectangles[i].to - rectangles[i].from + 1); };
  const std::vector<std::function<uint64_t(int)>> keys = {
      [&](int i) { return ~static_cast<uint64_t>(rectangles[i].from); },
      [&](int i) { return static_cast<uint64_t>(rectangles[i].to); },
      [&](int i) { return rectangles[i].height; },
      [&](int i) { return rectangles[i].height * length(i); },
      [&](int i) { return length(i); },
  };
  Order best;
  bool best_tightest = false;
  uint64_t least = ~uint64_t{0};
  for (const auto& key : keys) {
    Order order(rectangles.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return key(a) > key(b); });
    for (const bool tightest : {false, true}) {
      const uint64_t lost = placer.place(order, tightest);
      if (lost < least) {
        least = lost;
        best = order;
        best_tightest = tightest;
      }
      if (lost == 0) break;
    }
    if (least == 0) break;
  }
  if (rectangles.empty()) return true;
  if (!improve(placer, best, best_tightest, limits)) return false;
  addresses = placer.addresses;
  return true;
}

Packed pack(const std::vector<Rectangle>& rectangles, uint64_t height, const PackLimits& limits,
            std::vector<uint64_t>& addresses) {
  addresses.clear();
  if (pack_by_order(rectangles, height, limits, addresses)) return Packed::yes;
  return pack_exactly(rectangles, height, limits, addresses);
}

bool give_addresses(const graph::Graph& graph, uint64_t capacity, const PackLimits& limits,
                    Schedule& schedule) {
  std::vector<Rectangle> rectangles;
  for (const Residency& r : schedule.residencies) {
    rectangles.push_back({r.from, r.to, graph.tensors[r.tensor].bytes});
  }
  std::vector<uint64_t> addresses;
  if (pack(rectangles, capacity, limits, addresses) != Packed::yes) return false;
  for (size_t i = 0; i < addresses.size(); ++i) schedule.residencies[i].address = addresses[i];
  return true;
}

}  // namespace vernier::schedule::exact
