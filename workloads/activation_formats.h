// SPDX-License-Identifier: Apache-2.0
// Gives the activations that GEMMs read another format than fp16.
#pragma once

#include "models/formats/activation_format.h"
#include "workloads/network.h"

namespace vernier::workloads {

/// What the array takes as activations, and where they are made.
struct ActivationChoice {
  formats::ActivationFormat format = formats::ActivationFormat::fp16;
  bool fused =
      true;  ///< by the operator that makes the values, if it can; false: always by an operator of its own
};

/// Layer classes of the operators that convert_activations() inserts.
inline constexpr const char* kRequantize = "requantize";
inline constexpr const char* kTablePrecompute = "table precompute";

/// After this every GEMM reads its activations in the chosen format; fp16 changes nothing. Results of GEMMs
/// and whatever a vector operator reads stay fp16. If `fused`:
/// - an activation tensor that only vector operators write and only GEMMs read takes the format;
/// - where such an operator writes all of a tensor that is also used otherwise at other times (a softmax in
///   place), it writes its result to a tensor of its own, "<tensor>_int8".
/// Everything else (network inputs, results of GEMMs, tensors that vector operators read as well), and
/// everything if not `fused`, is copied right before its first use, by an operator "<tensor>_to_int8",
/// "_to_fp8_e4m3" or "_to_table": once per segment and value, so that repetitions do the same.
///
/// int8 has one static scale per tensor, by the operator that makes the values: 2^-7 for softmax, whose
/// results lie in 0..1; 2^-4 for everything else, +-7.9, which holds eight standard deviations of normalised
/// activations. Powers of two, so that a product with a channel scale loses nothing. Values depend on this
/// choice, cycles do not.
void convert_activations(Network& network, const ActivationChoice& choice);

}  // namespace vernier::workloads
