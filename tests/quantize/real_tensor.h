// SPDX-License-Identifier: Apache-2.0
// Real matrices for the tests of this folder.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "workloads/tensors/tensor.h"

namespace vernier::quantize {

inline workloads::RealTensor tensor_of(int64_t rows, int64_t cols, std::vector<float> values) {
  workloads::RealTensor tensor;
  tensor.info = {"w", {static_cast<uint64_t>(rows), static_cast<uint64_t>(cols)}, "fp32", true};
  tensor.rows = rows;
  tensor.cols = cols;
  tensor.values = std::move(values);
  return tensor;
}

/// Normally distributed, a few of them ten times larger.
inline workloads::RealTensor random_tensor(int64_t rows, int64_t cols, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.01F, 0.5F);
  std::vector<float> values(static_cast<size_t>(rows * cols));
  for (float& value : values) value = normal(random) * (random() % 50 == 0 ? 10.0F : 1.0F);
  return tensor_of(rows, cols, std::move(values));
}

}  // namespace vernier::quantize
