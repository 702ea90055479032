// SPDX-License-Identifier: Apache-2.0
// Bit allocation as a multiple-choice knapsack: one format for each layer, so that cycles, energy or weight
// bytes are least and the sum of the layers' sensitivities stays within a budget (HAWQ-V3, Yao et al., ICML
// 2021, section 3.3; MixDQ, Zhao et al., ECCV 2024, section 4.3). docs/allocate-bits.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/schedule/ilp/program.h"

namespace vernier::allocate {

/// A layer in one format. Costs are those of all its executions.
struct Choice {
  std::string format;
  uint64_t cycles = 0;
  uint64_t weight_bytes = 0;
  double sensitivity = 0;                  ///< finite, >= 0
  std::optional<uint64_t> energy_nj = {};  ///< in nJ; nothing where a component has no number
};

/// A GEMM of the network that has weights: all executions of an operator, or some in a row.
struct Layer {
  std::string name;     ///< unique: the operator's, "layers.4-7.q_proj" if there are more executions of it
  std::string segment;  ///< that the operator is in
  int64_t m = 0, n = 0, k = 0;
  int64_t repeat = 1;           ///< executions, each with its own weights
  std::vector<Choice> choices;  ///< one per format, in the order of the formats
  std::string op = {};          ///< the operator: "q_proj"
  int64_t first = 0;            ///< index of the first of these executions
  int64_t of = 1;               ///< executions of the operator

  [[nodiscard]] bool is_whole() const { return repeat == of; }
};

enum class Objective { cycles, energy, weight_bytes };

/// In texts: "cycles", "energy", "weight bytes".
[[nodiscard]] const char* words_of(Objective objective);

struct Problem {
  std::vector<Layer> layers;  ///< not empty; each has at least one choice
  Objective objective = Objective::cycles;
  double budget = 0;  ///< of the sum of sensitivities
};

/// One choice of each layer, and what they sum to.
struct Assignment {
  std::vector<size_t> chosen;
  uint64_t cycles = 0;
  uint64_t weight_bytes = 0;
  std::optional<uint64_t> energy_nj;
  double sensitivity = 0;
};

/// Sums are taken in the order of the layers, that of sensitivities with its rounding errors carried along:
/// the same choices have the same sums everywhere.
[[nodiscard]] Assignment assignment_of(const Problem& problem, std::vector<size_t> chosen);
/// What the objective asks for. With Objective::energy every choice has one.
[[nodiscard]] uint64_t cost_of(const Problem& problem, const Choice& choice);
[[nodiscard]] uint64_t cost_of(const Problem& problem, const Assignment& assignment);

/// Layers between which no number differs, in the order of the problem; such classes in the order of their
/// first.
[[nodiscard]] std::vector<std::vector<size_t>> classes_of(const Problem& problem);

/// The integer program: x_<layer>_<format> is 1 if the layer has the format. Layers that are alike are one,
/// named after the first, and their columns say how many have the format: any of them may. Costs are above
/// the cheapest choice of the layer, in units of their greatest common divisor; sensitivities above the least
/// one of the layer, in 1e-7 of what the budget leaves, rounded down: whoever is within the budget satisfies
/// it.
[[nodiscard]] schedule::IntegerProgram program_of(const Problem& problem);

inline constexpr double kSolveSeconds = 20;

struct Solution {
  Assignment best;
  uint64_t lower_bound = 0;  ///< no assignment within the budget costs less
  [[nodiscard]] bool proved(const Problem& problem) const { return cost_of(problem, best) == lower_bound; }
};

/// Solves the program with CBC in about `seconds`. The result is within the budget, exactly; of those that
/// cost the same it has the least sensitivity that CBC finds. Throws InputError ALC001 if no assignment is
/// within the budget, with the smallest budget there could be.
[[nodiscard]] Solution solve(const Problem& problem, double seconds = kSolveSeconds);

}  // namespace vernier::allocate
