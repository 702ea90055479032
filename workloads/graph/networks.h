// SPDX-License-Identifier: Apache-2.0
// Known networks as graphs, in their published dimensions; docs/onnx.md lists them with their sources.
#pragma once

#include <string>
#include <vector>

#include "workloads/graph/graph.h"

namespace vernier::graph {

struct BuiltNetwork {
  const char* name;
  const char* description;
  Graph (*build)();
};

[[nodiscard]] const std::vector<BuiltNetwork>& networks();

/// Throws InputError GRA021 with the nearest name.
[[nodiscard]] Graph build_network(const std::string& name);

// Residual, inverted, dense and inception blocks: He et al. 2015, Sandler et al. 2018, Huang et al. 2016,
// Szegedy et al. 2015.
[[nodiscard]] Graph resnet_18();
[[nodiscard]] Graph resnet_50();
[[nodiscard]] Graph mobilenet_v2();
[[nodiscard]] Graph densenet_121();
[[nodiscard]] Graph inception_v3();
// Found by search or drawn: Liu et al. 2018, Zoph et al. 2017, Xie et al. 2019.
[[nodiscard]] Graph darts();
[[nodiscard]] Graph nasnet_a_mobile();
[[nodiscard]] Graph randwire_small();
// Devlin et al. 2018, Touvron et al. 2023; 128 tokens.
[[nodiscard]] Graph bert_base();
[[nodiscard]] Graph llama_block();

}  // namespace vernier::graph
