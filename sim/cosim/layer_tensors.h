// SPDX-License-Identifier: Apache-2.0
// Layer vectors from real weights: windows of quantized tensors in place of random layers.
#pragma once

#include <string>
#include <vector>

#include "models/machine/machine.h"
#include "sim/cosim/random.h"
#include "sim/cosim/test_vector.h"
#include "sim/quantize/container.h"

namespace vernier::cosim {

/// Whether the array computes with the tensor: its format is one of groups, or fp16, that the PE takes, and
/// groups have whole steps.
[[nodiscard]] bool takes(const machine::ArrayParams& array, const quantize::StoredTensor& stored);

/// The weights of a layer vector.
struct Layer {
  formats::QuantizedMatrix weights;  ///< pass.rows x K
  int group_steps = 1;
  bool outlier_acts = false;  ///< whether a few channels of the activations are far larger
  std::string text;           ///< where the weights are from, or how they are distributed
};

/// Cuts a layer out of one of the tensors that the array takes; false if it takes none. Sets the format, the
/// rows (no more than the tensor has) and the channel scales of the pass. The window begins at any row and at
/// the start of any group, and ends with a group or with the matrix.
[[nodiscard]] bool cut_layer(const machine::ArrayParams& array,
                             const std::vector<quantize::StoredTensor>& tensors, Random& random, Pass& pass,
                             Layer& layer);

/// Throws InputError COS010 for a tensor that none of the arrays takes.
void check_taken(const std::vector<machine::ArrayParams>& arrays,
                 const std::vector<quantize::StoredTensor>& tensors);

}  // namespace vernier::cosim
