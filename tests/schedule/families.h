// SPDX-License-Identifier: Apache-2.0
// Graphs of the families that the schedulers are meant for, of any length, and what their tests share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/graph/graph.h"

namespace vernier::schedule::families {

/// DARTS cells: two inputs each (the two cells before), four nodes of two separable convolutions or skips.
/// seed 0: the published second-order cell; otherwise edges and operations are drawn.
graph::Graph darts(int cells, uint64_t seed);
/// NASNet-A normal cells: five sums of separable convolutions, poolings and identities.
graph::Graph nasnet(int cells);
/// Blocks of densely connected layers (bottleneck and convolution) with transitions between.
graph::Graph densenet(const std::vector<int>& layers);
/// Watts-Strogatz graphs made directed, as in "Exploring randomly wired neural networks" (Xie et al., 2019):
/// `nodes` on a ring, each with k / 2 neighbours to either side, rewired with probability p percent.
graph::Graph watts_strogatz(int nodes, int k, int percent, uint64_t seed);
/// Residual blocks of two convolutions in strips of rows, weights shared by the strips.
graph::Graph residual_strips(int blocks, int strips);
/// Inverted residual blocks (MobileNetV2) in strips of rows.
graph::Graph inverted_strips(int blocks, int strips);
/// An encoder layer: attention by heads, feed-forward in chunks.
graph::Graph encoder(int heads, int chunks);
/// A Llama block in `rows` tiles of tokens: heads with a KV cache per group of heads, feed-forward in chunks.
graph::Graph llama(int rows, int heads, int groups, int chunks);
/// A residual network with whole layers and weights: bottleneck blocks.
graph::Graph resnet(const std::vector<int>& blocks);

/// Scratchpad sizes worth trying: from the largest operator to where little has to leave.
std::vector<uint64_t> capacities(const graph::Graph& graph);

/// The number in an environment variable.
uint64_t from_environment(const char* name, uint64_t fallback);

}  // namespace vernier::schedule::families
