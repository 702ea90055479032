// SPDX-License-Identifier: Apache-2.0
// Reader of NumPy's .npy files: format versions 1.0, 2.0 and 3.0 as of numpy.lib.format.
//
// Read: types f2, f4, f8 in either byte order, C or Fortran order, any number of dimensions. The header is a
// Python dictionary with exactly the keys descr, fortran_order and shape; the data fill the rest of the file.
// Errors: QNT003 the file is damaged, QNT004 a version or type that is not read.
#pragma once

#include <memory>
#include <string_view>

#include "workloads/tensors/byte_source.h"
#include "workloads/tensors/tensor.h"

namespace vernier::workloads {

constexpr std::string_view kNpyMagic{"\x93NUMPY", 6};

struct NpyHeader {
  TensorInfo info;
  RealType type = RealType::fp32;  ///< if info.is_real
  bool big_endian = false;
  bool column_major = false;
  uint64_t data_offset = 0;
};

/// Reads and checks the header; for a type that is read, also that the data have the size that it says.
[[nodiscard]] NpyHeader read_npy_header(const ByteSource& source);

[[nodiscard]] RealTensor read_npy(const ByteSource& source);

}  // namespace vernier::workloads
