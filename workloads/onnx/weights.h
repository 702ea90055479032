// SPDX-License-Identifier: Apache-2.0
// The values of a network's parameters.
#pragma once

#include <cstddef>
#include <string>

namespace vernier::onnx {

struct WeightsFile {
  std::string bytes;   ///< a safetensors file, which `vernier quantize` reads
  size_t tensors = 0;  ///< in it
};

/// All parameters and constants of floating point (fp64, fp32, fp16, bfloat16) with more than one element, by
/// name and in order of names. Throws InputError ONX001; ONX005 values that lie in another file or that are
/// not as many as the shape says, a name that is there twice; ONX011 if there are none.
[[nodiscard]] WeightsFile read_weights(const std::string& file);

}  // namespace vernier::onnx
