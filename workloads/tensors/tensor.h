// SPDX-License-Identifier: Apache-2.0
// A tensor of real numbers as a file gives it, and the files' element types.
//
// Values are held as fp32. fp16 and bf16 are exact in it; fp64 is rounded to nearest, ties to even, and a
// finite fp64 beyond the largest fp32 is an error. NaN and infinity are kept; whoever cannot use them says
// so.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vernier::workloads {

enum class RealType { fp16, bf16, fp32, fp64 };

[[nodiscard]] const char* name_of(RealType type);
[[nodiscard]] uint64_t bytes_of(RealType type);

/// What a file says about one of its tensors.
struct TensorInfo {
  std::string name;
  std::vector<uint64_t> shape;
  std::string type;     ///< "fp16"...; of a tensor that cannot be read, the file's own word
  bool is_real = true;  ///< false: of a type that is not read
};

/// Row-major. As a matrix: the first dimension is rows (output channels N), all others together are columns
/// (K); a convolution's weights lie that way.
struct RealTensor {
  TensorInfo info;
  int64_t rows = 0;
  int64_t cols = 0;
  std::vector<float> values;
};

/// Product of the dimensions; false if it exceeds 64 bits. A scalar has one element.
[[nodiscard]] bool element_count(const std::vector<uint64_t>& shape, uint64_t& count);

/// "4096 x 11008".
[[nodiscard]] std::string shape_text(const std::vector<uint64_t>& shape);

/// Makes a tensor of elements that lie one after another, in the order of the file. `bytes` holds exactly the
/// elements of the shape. column_major: the first index varies fastest (Fortran order). Throws InputError
/// QNT006 unless the shape is a matrix of at least one element (two or more dimensions), QNT007 for a finite
/// fp64 that no fp32 is near.
[[nodiscard]] RealTensor make_tensor(TensorInfo info, RealType type, std::string_view bytes, bool big_endian,
                                     bool column_major, const std::string& file);

}  // namespace vernier::workloads
