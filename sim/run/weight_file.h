// SPDX-License-Identifier: Apache-2.0
// Weights of a network from .vqt files (docs/quantize.md, "In runs and in co-simulation") in place of random
// ones.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/machine/machine.h"
#include "sim/mapper/mapper.h"
#include "sim/quantize/container.h"
#include "workloads/network.h"

namespace vernier::run {

/// What the name of a tensor says: [model.][SEGMENT.I.][self_attn.|mlp.]NAME[.weight]
struct TensorName {
  std::string_view name;              ///< of an operator
  std::optional<int64_t> repetition;  ///< of the segment; none: all of them
};
[[nodiscard]] TensorName parse_tensor_name(std::string_view text, const std::string& segment);

/// A tensor and where it goes.
struct WeightPlacement {
  size_t file = 0;    ///< index into the tensors
  size_t region = 0;  ///< index into MemoryMap::regions
  int64_t first = 0;  ///< repetitions first .. last - 1
  int64_t last = 0;
};

/// Finds the weight matrix of every tensor by its name. Throws InputError with every finding: QNT030 no such
/// weight matrix, QNT031 no such repetition, QNT032 shape, QNT033 format, QNT034 lanes, QNT035 given twice.
[[nodiscard]] std::vector<WeightPlacement> match_weights(const std::vector<quantize::StoredTensor>& tensors,
                                                         const mapper::MappedProgram& mapped,
                                                         const workloads::Network& network,
                                                         const machine::ArrayParams& array);

/// Writes the tensors over what is in the image.
void place_weights(const std::vector<quantize::StoredTensor>& tensors,
                   const std::vector<WeightPlacement>& placements, const mapper::MemoryMap& map,
                   std::vector<uint8_t>& image);

/// Says which weight matrices came from which file, and which are still random.
[[nodiscard]] std::string weights_note(const std::vector<quantize::StoredTensor>& tensors,
                                       const std::vector<WeightPlacement>& placements,
                                       const mapper::MappedProgram& mapped,
                                       const workloads::Network& network);

}  // namespace vernier::run
