// SPDX-License-Identifier: Apache-2.0
// Reader of safetensors files (the format section of huggingface/safetensors, README.md).
//
// u64 length of the header, little-endian; the header, a JSON object from tensor name to dtype, shape and
// data_offsets [begin, end) into the rest of the file; the data, little-endian and row-major. The key
// __metadata__ holds text only. As the format demands, the tensors cover the data without holes or overlaps,
// names are unique and the header has at most 100 MB.
// Errors: QNT003 the file is damaged, QNT004 a type that is not read, QNT005 no such tensor.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "workloads/tensors/byte_source.h"
#include "workloads/tensors/tensor.h"

namespace vernier::workloads {

class SafetensorsFile {
 public:
  /// Reads and checks the header.
  explicit SafetensorsFile(std::shared_ptr<const ByteSource> source);

  /// In the order of their data.
  [[nodiscard]] std::vector<TensorInfo> tensors() const;
  /// Reads F16, BF16, F32 and F64.
  [[nodiscard]] RealTensor read(const std::string& name) const;

 private:
  struct Entry {
    TensorInfo info;
    uint64_t begin = 0, end = 0;  ///< in the file
  };

  std::shared_ptr<const ByteSource> source_;
  std::vector<Entry> entries_;
};

}  // namespace vernier::workloads
