// SPDX-License-Identifier: Apache-2.0
// The packed weight block: how a block of n x k quantized weights lies in DRAM and in the weight
// scratchpad, in exactly the order in which the PE array consumes it.
//
// The block is a sequence of row tiles of `rows` output channels (the last may have fewer). A tile is
// one little-endian bit stream (bit i of the stream = bit i%8 of byte i/8), padded to a whole byte:
//   if with_channel_scales: per row, the fp16 channel scale (16 bits)        [formats that have one]
//   per group of G elements along K (the last may be shorter):
//     per row: group scale (scale_bits), then selector (selector_bits), then zero point (zero_bits)
//     per step of `lanes` elements (ceil(group length / lanes) steps), per row, per lane:
//       the element code (element_bits); lanes beyond K hold the code of zero: the group's zero point if it
//       has one, else 0; of lut formats, which have no zero, stored code 0 (activations beyond K are 0)
#pragma once

#include <cstdint>
#include <vector>

#include "models/formats/group_format.h"

namespace vernier::formats {

struct WeightBlockShape {
  int64_t n = 0;  ///< output channels in the block, >= 1
  int64_t k = 0;  ///< elements along K in the block, >= 1; starts on a group boundary, and ends with whole
                  ///< pairs (olive) and quads (lut) or with the matrix
  int rows = 0;   ///< R, array rows: the tile height
  int lanes = 0;  ///< L; the format's group size is a multiple of it, or the format has no groups
  bool with_channel_scales = true;
};

/// Size of the packed block in bytes.
[[nodiscard]] uint64_t weight_block_bytes(const GroupFormat& format, const WeightBlockShape& shape);

/// Packs rows n0..n0+shape.n-1, columns k0..k0+shape.k-1 of a quantized matrix.
[[nodiscard]] std::vector<uint8_t> pack_weight_block(const QuantizedMatrix& weights, int64_t n0, int64_t k0,
                                                     const WeightBlockShape& shape);

/// Inverse of pack_weight_block: codes, scales, selectors, zero points (and channel scales if present;
/// else 1.0).
[[nodiscard]] QuantizedMatrix unpack_weight_block(const GroupFormat& format, const uint8_t* bytes,
                                                  const WeightBlockShape& shape);

}  // namespace vernier::formats
