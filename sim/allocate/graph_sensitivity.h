// SPDX-License-Identifier: Apache-2.0
// What a layer of a graph loses in a format: the squared quantization error of its parameters.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/allocate/graph_layers.h"
#include "sim/allocate/sensitivity.h"

namespace vernier::allocate {

/// Where the values of parameters are: tensors with the names of the graph.
struct GraphValues {
  std::string onnx;                  ///< the graph's file; empty: it is no ONNX file
  std::vector<std::string> weights;  ///< .npy and safetensors files in its place
  uint64_t seed = 1;                 ///< of random values, where there are no others
};

/// Squared errors of the layers in their formats, summed over their parameters. Parameters that an ONNX file
/// has no real values for, and those of other graphs, are random rows as in sensitivity.h. Throws InputError
/// ALC004 for a parameter that `weights` lacks or has otherwise.
[[nodiscard]] std::vector<Errors> errors_of(const std::vector<Layer>& layers, const graph::Graph& graph,
                                            const std::vector<GraphLayer>& graph_layers,
                                            const GraphValues& values, std::string& of_what);

/// The values of a parameter with the rows and columns of its matrix. `values` are in the order of the file.
[[nodiscard]] std::vector<float> as_matrix(const GraphParameter& parameter, std::vector<float> values);

}  // namespace vernier::allocate
