// SPDX-License-Identifier: Apache-2.0
// A packing in which nothing can be moved down, written down by ascending address: each rectangle lies on the
// skyline of those before it, at an address no lower than theirs, and lower than the top of any other that
// could be set down at the time (that one would fit below it). The search makes these sequences and no
// others.
#include <algorithm>
#include <numeric>

#include "sim/schedule/exact/pack.h"

namespace vernier::schedule::exact {
namespace {

class Skyline {
 public:
  Skyline(const std::vector<Rectangle>& rectangles, uint64_t height, const PackLimits& limits)
      : r_(rectangles), height_(height), limits_(limits), addresses_(rectangles.size(), 0) {
    int steps = 0;
    for (const Rectangle& r : r_) steps = std::max(steps, r.to + 1);
    top_.assign(steps, 0);
  }

  Packed run(std::vector<uint64_t>& addresses) {
    std::vector<int> all(r_.size());
    std::iota(all.begin(), all.end(), 0);
    std::sort(all.begin(), all.end(), [&](int a, int b) { return r_[a].from < r_[b].from; });
    const bool found = parts(all, 0, -1);
    if (found) addresses = addresses_;
    return found ? Packed::yes : stopped_ ? Packed::unknown : Packed::no;
  }

 private:
  /// The rectangles left, sorted by `from`, fall into groups that share no step: each for itself.
  bool parts(const std::vector<int>& left, uint64_t floor, int last) {
    std::vector<uint64_t> saved;
    size_t begin = 0;
    while (begin < left.size()) {
      size_t end = begin + 1;
      int to = r_[left[begin]].to;
      while (end < left.size() && r_[left[end]].from <= to) to = std::max(to, r_[left[end++]].to);
      if (begin == 0 && end < left.size()) saved = top_;
      const auto at = left.begin();
      if (!part({at + static_cast<std::ptrdiff_t>(begin), at + static_cast<std::ptrdiff_t>(end)}, floor,
                last)) {
        if (begin > 0) top_ = saved;
        return false;
      }
      begin = end;
    }
    return true;
  }

  bool part(const std::vector<int>& left, uint64_t floor, int last) {
    if (++nodes_ > limits_.nodes ||
        ((nodes_ & 1023) == 0 && std::chrono::steady_clock::now() > limits_.deadline)) {
      stopped_ = true;
      return false;
    }
    const int first = r_[left.front()].from;
    int end = 0;
    for (const int i : left) end = std::max(end, r_[i].to + 1);
    std::vector<uint64_t> base(left.size());
    std::vector<char> supported(left.size());
    std::vector<uint64_t> low(end - first, height_), sum(end - first, 0);  // per step, of what is left
    uint64_t lid = ~uint64_t{0};
    for (size_t n = 0; n < left.size(); ++n) {
      const Rectangle& r = r_[left[n]];
      const uint64_t below = *std::max_element(top_.begin() + r.from, top_.begin() + r.to + 1);
      supported[n] = static_cast<char>(below >= floor);
      base[n] = std::max(floor, below);
      lid = std::min(lid, base[n] + r.height);
      for (int t = r.from; t <= r.to; ++t) {
        low[t - first] = std::min(low[t - first], base[n]);
        sum[t - first] += r.height;
      }
    }
    for (size_t t = 0; t < low.size(); ++t) {
      if (sum[t] != 0 && low[t] + sum[t] > height_) return false;
    }
    std::vector<size_t> choice;
    for (size_t n = 0; n < left.size(); ++n) {
      if (supported[n] != 0 && base[n] < lid && (base[n] > floor || left[n] > last)) choice.push_back(n);
    }
    std::sort(choice.begin(), choice.end(), [&](size_t a, size_t b) {
      if (base[a] != base[b]) return base[a] < base[b];
      const Rectangle &x = r_[left[a]], &y = r_[left[b]];
      const uint64_t area_x = x.height * static_cast<uint64_t>(x.to - x.from + 1);
      const uint64_t area_y = y.height * static_cast<uint64_t>(y.to - y.from + 1);
      return area_x != area_y ? area_x > area_y : left[a] < left[b];
    });
    for (const size_t n : choice) {
      const int i = left[n];
      const Rectangle& r = r_[i];
      const std::vector<uint64_t> saved(top_.begin() + r.from, top_.begin() + r.to + 1);
      std::fill(top_.begin() + r.from, top_.begin() + r.to + 1, base[n] + r.height);
      addresses_[i] = base[n];
      std::vector<int> rest = left;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(n));
      if (parts(rest, base[n], i)) return true;
      std::copy(saved.begin(), saved.end(), top_.begin() + r.from);
      if (stopped_) return false;
    }
    return false;
  }

  const std::vector<Rectangle>& r_;
  uint64_t height_;
  const PackLimits& limits_;
  std::vector<uint64_t> addresses_;
  std::vector<uint64_t> top_;  ///< per step: what lies highest
  uint64_t nodes_ = 0;
  bool stopped_ = false;
};

}  // namespace

Packed pack_exactly(const std::vector<Rectangle>& rectangles, uint64_t height, const PackLimits& limits,
                    std::vector<uint64_t>& addresses) {
  return Skyline(rectangles, height, limits).run(addresses);
}

}  // namespace vernier::schedule::exact
