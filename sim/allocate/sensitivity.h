// SPDX-License-Identifier: Apache-2.0
// What a layer loses in a format.
//
// By default the squared quantization error of its weights, the sum of (quantized - original)^2 over all
// elements and executions: HAWQ-V3's perturbation |Q(W) - W|^2 with every layer's curvature 1. A file of
// sensitivities gives factors (as the mean trace of the Hessian) or the numbers themselves.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
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

/// Sum of (quantized - original)^2.
[[nodiscard]] double squared_error(const workloads::RealTensor& tensor, const std::string& format);
/// Random weights; `k` is the length of the dot products.
[[nodiscard]] workloads::RealTensor random_tensor(const std::string& name, int64_t rows, int64_t k,
                                                  std::mt19937_64& random);
/// What the errors of so many ("64", "4 to 64") random rows are.
[[nodiscard]] std::string random_note(uint64_t seed, const std::string& rows);

/// Squared errors of a layer in its formats, choice by choice.
struct Errors {
  std::vector<double> all;
  std::vector<std::vector<double>> single;  ///< of each execution, in order
};
/// Those of all layers; says what they are the errors of.
using ErrorsOf = std::function<std::vector<Errors>(std::string& of_what)>;

/// Sets the sensitivity of every choice to what a file says, empty: there is none, or to errors, which are
/// asked for if need be. Returns a sentence that says which. Throws InputError ALC003.
[[nodiscard]] std::string add_sensitivities(std::vector<Layer>& layers, const std::string& file,
                                            const ErrorsOf& errors_of);

/// Sets the sensitivity of every choice, and returns a sentence that says where it is from. Throws InputError
/// ALC003 for a file of sensitivities that cannot be read or has another form, ALC004 for a layer that is in
/// no file of weights, or has another shape there, and what reading tensors throws.
[[nodiscard]] std::string add_sensitivities(std::vector<Layer>& layers, const SensitivitySource& source);

}  // namespace vernier::allocate
