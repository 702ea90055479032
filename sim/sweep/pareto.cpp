// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/pareto.h"

#include <algorithm>
#include <numeric>

namespace vernier::sweep {
namespace {

bool beats(const std::vector<double>& a, const std::vector<double>& b) {
  bool better = false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    better |= a[i] < b[i];
  }
  return better;
}

}  // namespace

std::vector<size_t> pareto_front(const std::vector<std::vector<double>>& rows) {
  // In lexical order a row can only be beaten by one before it, and then also by one of the front so far.
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&rows](size_t a, size_t b) { return rows[a] < rows[b]; });
  std::vector<size_t> front;
  for (const size_t candidate : order) {
    const auto beaten = [&](size_t other) { return beats(rows[other], rows[candidate]); };
    if (std::none_of(front.begin(), front.end(), beaten)) front.push_back(candidate);
  }
  std::sort(front.begin(), front.end());
  return front;
}

}  // namespace vernier::sweep
