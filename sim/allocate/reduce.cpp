// SPDX-License-Identifier: Apache-2.0
#include "sim/allocate/reduce.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vernier::allocate {
namespace {

using schedule::IntegerProgram;

constexpr int kSteps = 200;       // of the search for the multiplier
constexpr int kMaxMoves = 10000;  // of the search for a good assignment
constexpr double kSlack = 1e-6;   // that floating point arithmetic may lose, of the numbers that are added

/// The program's numbers, class by class.
struct Relaxation {
  Relaxation(const Classes& of, const IntegerProgram& program)
      : classes(of), sensitivity(program.columns.size()) {
    const IntegerProgram::Row& budget = program.rows[classes.size()];
    for (const auto& [column, units] : budget.terms)
      sensitivity[static_cast<size_t>(column)] = static_cast<double>(units);
    for (const IntegerProgram::Column& column : program.columns)
      cost.push_back(static_cast<double>(column.cost));
    limit = static_cast<double>(budget.limit);
    for (size_t c = 0; c < classes.size(); ++c) choices.push_back(program.rows[c].terms.size());
  }

  /// What a column adds with this multiplier.
  [[nodiscard]] double term(size_t column, double multiplier) const {
    return cost[column] + multiplier * sensitivity[column];
  }

  /// The columns with the least term of each class.
  [[nodiscard]] std::vector<size_t> least(double multiplier) const {
    std::vector<size_t> columns;
    size_t first = 0;
    for (const size_t count : choices) {
      size_t best = first;
      for (size_t c = first + 1; c < first + count; ++c) {
        if (term(c, multiplier) < term(best, multiplier)) best = c;
      }
      columns.push_back(best);
      first += count;
    }
    return columns;
  }

  [[nodiscard]] double used(const std::vector<size_t>& columns) const {
    double sum = 0;
    for (size_t c = 0; c < classes.size(); ++c)
      sum += static_cast<double>(classes[c].size()) * sensitivity[columns[c]];
    return sum;
  }

  [[nodiscard]] double bound(double multiplier) const {
    const std::vector<size_t> columns = least(multiplier);
    double sum = -multiplier * limit;
    for (size_t c = 0; c < classes.size(); ++c)
      sum += static_cast<double>(classes[c].size()) * term(columns[c], multiplier);
    return sum;
  }

  /// The least multiplier that keeps the budget, nearly: the bound is greatest there.
  [[nodiscard]] double multiplier() const {
    if (used(least(0)) <= limit) return 0;
    double low = 0, high = 1e-12;
    for (int step = 0; step < kSteps && used(least(high)) > limit; ++step) high *= 2;
    for (int step = 0; step < kSteps; ++step) {
      const double middle = (low + high) / 2;
      (used(least(middle)) > limit ? low : high) = middle;
    }
    return high;
  }

  const Classes& classes;
  std::vector<double> cost, sensitivity;  ///< of the columns, in units
  std::vector<size_t> choices;            ///< of the classes
  double limit = 0;
};

/// Another choice of a layer, and by how much it changes the sums.
struct Move {
  size_t layer, choice;
  double cost, sensitivity;
};

std::vector<Move> moves_of(const Problem& problem, const Assignment& from) {
  std::vector<Move> moves;
  for (size_t i = 0; i < problem.layers.size(); ++i) {
    const std::vector<Choice>& choices = problem.layers[i].choices;
    const Choice& now = choices[from.chosen[i]];
    const auto cost = [&](const Choice& choice) { return static_cast<double>(cost_of(problem, choice)); };
    for (size_t c = 0; c < choices.size(); ++c) {
      if (c == from.chosen[i]) continue;
      moves.push_back({i, c, cost(choices[c]) - cost(now), choices[c].sensitivity - now.sensitivity});
    }
  }
  return moves;
}

/// The best of all moves and pairs of moves: the greatest saving that the budget leaves room for.
std::optional<Assignment> better(const Problem& problem, const Assignment& from) {
  std::vector<Move> moves = moves_of(problem, from);
  std::sort(moves.begin(), moves.end(),
            [](const Move& a, const Move& b) { return a.sensitivity < b.sensitivity; });
  std::vector<size_t> cheapest;  // of the moves up to each
  for (size_t i = 0; i < moves.size(); ++i)
    cheapest.push_back(i == 0 || moves[i].cost < moves[cheapest.back()].cost ? i : cheapest.back());
  const double room = problem.budget - from.sensitivity;
  double saved = 0;
  std::vector<size_t> chosen;
  const auto consider = [&](const Move* first, const Move& second) {
    const double cost = second.cost + (first == nullptr ? 0 : first->cost);
    if (cost >= saved || (first != nullptr && first->layer == second.layer)) return;
    saved = cost;
    chosen = from.chosen;
    if (first != nullptr) chosen[first->layer] = first->choice;
    chosen[second.layer] = second.choice;
  };
  const auto fits = [&](double left) {
    return std::upper_bound(moves.begin(), moves.end(), left,
                            [](double room_left, const Move& move) { return room_left < move.sensitivity; });
  };
  const auto best_within = [&](const Move* first, double left) {
    const auto end = fits(left);
    if (end == moves.begin()) return;
    consider(first, moves[cheapest[static_cast<size_t>(end - moves.begin()) - 1]]);
  };
  best_within(nullptr, room);
  for (const Move& first : moves) best_within(&first, room - first.sensitivity);
  if (chosen.empty()) return std::nullopt;
  Assignment found = assignment_of(problem, std::move(chosen));
  if (!(found.sensitivity <= problem.budget)) return std::nullopt;
  return found;
}

}  // namespace

std::vector<size_t> chosen_of(const Problem& problem, const Classes& classes, const double* values) {
  std::vector<size_t> chosen(problem.layers.size());
  for (const std::vector<size_t>& layers : classes) {
    const size_t choices = problem.layers[layers.front()].choices.size();
    // Whole numbers but for the solver's tolerance: the sums up to each choice are rounded.
    double sum = 0;
    size_t next = 0;
    for (size_t choice = 0; choice < choices; ++choice) {
      sum += values[choice];
      const size_t end = choice + 1 == choices ? layers.size() : static_cast<size_t>(std::llround(sum));
      for (; next < std::min(end, layers.size()); ++next) chosen[layers[next]] = choice;
    }
    values += choices;
  }
  return chosen;
}

Assignment good_assignment(const Problem& problem, const Classes& classes, const IntegerProgram& program,
                           Assignment least) {
  const Relaxation relaxation(classes, program);
  std::vector<double> values(program.columns.size());
  const std::vector<size_t> columns = relaxation.least(relaxation.multiplier());
  for (size_t c = 0; c < classes.size(); ++c) values[columns[c]] = static_cast<double>(classes[c].size());
  Assignment best = assignment_of(problem, chosen_of(problem, classes, values.data()));
  if (!(best.sensitivity <= problem.budget)) best = std::move(least);
  for (int move = 0; move < kMaxMoves; ++move) {
    std::optional<Assignment> next = better(problem, best);
    if (!next) break;
    best = std::move(*next);
  }
  return best;
}

double fix_columns(const Classes& classes, IntegerProgram& program, int64_t cost) {
  const Relaxation relaxation(classes, program);
  const double multiplier = relaxation.multiplier();
  const std::vector<size_t> least = relaxation.least(multiplier);
  const double most = static_cast<double>(cost) + multiplier * relaxation.limit;
  const double bound = relaxation.bound(multiplier);
  const double left = static_cast<double>(cost) - bound + kSlack * (1 + 1e-3 * most);
  size_t column = 0;
  for (size_t c = 0; c < classes.size(); ++c) {
    const double floor = relaxation.term(least[c], multiplier);
    for (size_t choice = 0; choice < relaxation.choices[c]; ++choice, ++column) {
      const double above = relaxation.term(column, multiplier) - floor;
      if (above * static_cast<double>(classes[c].size()) <= left) continue;
      program.columns[column].upper = static_cast<int64_t>(std::floor(left / above));
    }
  }
  return bound;
}

}  // namespace vernier::allocate
