// SPDX-License-Identifier: Apache-2.0
// The file of a quantized tensor, .vqt: docs/quantize.md, "The file", is its definition.
//
// Little-endian, no padding: `VERNIERQ`, u32 version (1), u64 payload bytes, u32 CRC-32 of the payload (as in
// program files). Payload: text tensor name, text format name (each a u32 length and bytes), u64 rows N, u64
// columns K, u8 kind.
//   kind 0, group format: u32 block rows R, u32 lanes L, then the packed weight block of the whole matrix
//                         (models/formats/weight_block.h, with channel scales)
//   kind 1, element format: fp32 scale, then the codes row by row as one little-endian bit stream, padded
//                         with zero bits to a whole byte
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/quantize/quantized_tensor.h"

namespace vernier::quantize {

constexpr std::string_view kTensorMagic = "VERNIERQ";
constexpr uint32_t kTensorVersion = 1;
constexpr int kMostBlockRows = 4096;  ///< the largest array.rows
constexpr int kMostLanes = 64;        ///< the largest array.lanes

/// How a packed weight block is laid out: for an array of so many rows and lanes.
struct BlockLayout {
  int rows = 1;
  int lanes = 1;
};

/// Throws InputError QNT013 if a number is outside its range or the lanes do not divide the group.
void check_layout(const TensorFormat& format, const BlockLayout& layout);

/// The bytes of the file. The layout is that of group formats; element formats have none.
[[nodiscard]] std::string write_tensor(const QuantizedTensor& tensor, const BlockLayout& layout);

struct StoredTensor {
  QuantizedTensor tensor;
  BlockLayout layout;
  std::string file;  ///< where it came from, for messages
};

/// Inverse of write_tensor; `file` is for messages. Sizes are checked before anything is allocated. Throws
/// InputError QNT020 no such file, QNT021 version, QNT022 cut off, too long or checksum, QNT023 contents that
/// no tensor has.
[[nodiscard]] StoredTensor read_tensor(std::string_view bytes, const std::string& file);

/// Reads files, one tensor each. Throws InputError QNT001 if one cannot be read, and what read_tensor throws.
[[nodiscard]] std::vector<StoredTensor> read_tensors(const std::vector<std::string>& paths);

}  // namespace vernier::quantize
