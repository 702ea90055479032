// SPDX-License-Identifier: Apache-2.0
// A file of tensors of either kind, .npy or safetensors, told apart by how it begins.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "workloads/tensors/byte_source.h"
#include "workloads/tensors/tensor.h"

namespace vernier::workloads {

class TensorFile {
 public:
  virtual ~TensorFile() = default;
  [[nodiscard]] virtual std::vector<TensorInfo> tensors() const = 0;
  /// Throws InputError QNT005 if there is no tensor of that name; a .npy file has one, named like the file.
  [[nodiscard]] virtual RealTensor read(const std::string& name) const = 0;
};

/// Reads and checks the header. Throws InputError QNT002 for another kind of file, and what npy.h and
/// safetensors.h say.
[[nodiscard]] std::unique_ptr<TensorFile> open_tensors(std::shared_ptr<const ByteSource> source);

}  // namespace vernier::workloads
