// SPDX-License-Identifier: Apache-2.0
// Plain lists of matrix multiplications: `gemms: [{name, m, n, k, weight_format?, repeat?}]`.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/network.h"

namespace vernier::workloads {

struct Gemm {
  std::string name;  ///< unique in the list
  int64_t m = 0;     ///< 1..2^30, like n and k
  int64_t n = 0;
  int64_t k = 0;
  std::string weight_format;  ///< empty = the accelerator's
  int64_t repeat = 1;
};

struct GemmList {
  std::string name;
  std::vector<Gemm> gemms;
};

/// Reads a list. Throws InputError WKL002..WKL008, every finding of the pass.
[[nodiscard]] GemmList read_gemms(const YAML::Node& root, const std::string& file);

/// One segment per GEMM, phase "gemm", layer class "gemm".
[[nodiscard]] Network build_gemms(const GemmList& list, const std::string& weight_format);

}  // namespace vernier::workloads
