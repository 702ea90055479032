// SPDX-License-Identifier: Apache-2.0
// The layers of a graph that get a format, and what each costs in each format.
//
// A layer is an operator whose GEMMs read parameters as second operands, with all operators that read one of
// these too: what has one format. Costs are those of its operators in a run of the whole graph with every
// layer in this format, so that operators overlap with their neighbours as they do in the end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/allocate/problem.h"
#include "sim/config/accelerator_config.h"
#include "sim/run/simulate_graph.h"
#include "workloads/graph_source.h"

namespace vernier::allocate {

/// A parameter as the matrix that its GEMM multiplies by.
struct GraphParameter {
  int tensor = 0;
  int64_t rows = 0;  ///< output channels, of all groups
  int64_t cols = 0;  ///< K
  /// Where the values lie: rows of K, or blocks of K x `block_rows`; 0 = not known.
  enum class Order { rows, columns, unknown } order = Order::unknown;
  int64_t block_rows = 0;  ///< of Order::columns
};

struct GraphLayer {
  std::vector<int> operators;  ///< ascending; the layer has the name of the first
  std::vector<GraphParameter> parameters;
};

/// What is allocated: a graph before it is fused and split, how it is then, and how it runs.
struct GraphWork {
  graph::Graph graph;
  workloads::GraphOptions pieces;  ///< `fuse` and `split` of it
  run::GraphRunOptions run;
};

/// In the order of their first operators. Throws InputError ALC006 if there is none.
[[nodiscard]] std::vector<GraphLayer> layers_of(const graph::Graph& graph);
/// As the solver has them, without choices: n and k are those of the first parameter, m of its GEMM.
[[nodiscard]] std::vector<Layer> problem_layers(const graph::Graph& graph,
                                                const std::vector<GraphLayer>& layers);

/// What a workload file says for the choice: an entry for every operator of the layers.
[[nodiscard]] std::vector<workloads::GraphWorkload::Choice> choices_of(const graph::Graph& graph,
                                                                       const Problem& problem,
                                                                       const Assignment& assignment);

/// The graph with a format for each layer, in pieces.
[[nodiscard]] graph::Graph with_formats(const GraphWork& work, const std::vector<GraphLayer>& layers,
                                        const std::vector<std::string>& formats);

/// What a run says of one layer.
struct LayerCost {
  uint64_t cycles = 0, weight_bytes = 0;
  std::optional<uint64_t> energy_fj = 0;
};
/// The run's rows, of which each is an operator or a piece of one, by layer.
[[nodiscard]] std::vector<LayerCost> costs_of(const graph::Graph& graph,
                                              const std::vector<GraphLayer>& graph_layers,
                                              const report::RunResult& result);

/// Adds a choice per format.
void add_costs(std::vector<Layer>& layers, const GraphWork& work, const std::vector<GraphLayer>& graph_layers,
               const std::vector<std::string>& formats, const config::AcceleratorConfig& accelerator);

}  // namespace vernier::allocate
