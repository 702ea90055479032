// SPDX-License-Identifier: Apache-2.0
// What a layer loses in a format.
//
// By default the squared quantization error of its weights, the sum of (quantized - original)^2 over all
// elements and executions: HAWQ-V3's perturbation |Q(W) - W|^2 with every layer's curvature 1. A file of
// sensitivities gives factors (as the mean trace of the Hessian) or the numbers themselves.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/allocate/problem.h"
#include "workloads/tensors/tensor_file.h"

namespace vernier::allocate {

/// Rows of every operator's matrix that random weights are drawn for; the error of the others is taken to be
/// the same. An operator of several layers has as many, but at least some for each.
constexpr int64_t kRandomRows = 64;
constexpr int64_t kLeastRandomRows = 4;

struct SensitivitySource {
  std::string file;                  ///< of sensitivities; empty: none
  std::vector<std::string> weights;  ///< .npy and safetensors files; empty: random weights
  uint64_t seed = 1;                 ///< of random weights
};

/// Sets the sensitivity of every choice, and returns a sentence that says where it is from. Throws InputError
/// ALC003 for a file of sensitivities that cannot be read or has another form, ALC004 for a layer that is in
/// no file of weights, or has another shape there, and what reading tensors throws.
[[nodiscard]] std::string add_sensitivities(std::vector<Layer>& layers, const SensitivitySource& source);

}  // namespace vernier::allocate
