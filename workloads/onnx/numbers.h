// SPDX-License-Identifier: Apache-2.0
// Element types, shapes, and the values of small constant tensors, through which shapes are computed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vernier::onnx {

/// Numbered as in TensorProto.DataType.
enum class ElementType : int {
  none = 0,
  fp32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  text = 8,
  boolean = 9,
  fp16 = 10,
  fp64 = 11,
  uint32 = 12,
  uint64 = 13,
  bf16 = 16,
  fp8_e4m3 = 17,
  fp8_e4m3_uz = 18,
  fp8_e5m2 = 19,
  fp8_e5m2_uz = 20,
  uint4 = 21,
  int4 = 22,
};

/// The type of a number in TensorProto.DataType; none if it is not one of the above.
[[nodiscard]] ElementType element_type(int64_t code);
/// "fp32", "int8"...
[[nodiscard]] const char* name_of(ElementType type);
/// Width of an element; 0 for text and none.
[[nodiscard]] int bits_of(ElementType type);
[[nodiscard]] bool is_real(ElementType type);

using Shape = std::vector<int64_t>;

/// Limits of what is imported. Everything below them fits the counters of a graph.
inline constexpr size_t kMaxRank = 16;
inline constexpr int64_t kMaxDimension = (int64_t{1} << 31) - 1;
inline constexpr int64_t kMaxElements = int64_t{1} << 40;
inline constexpr int64_t kMaxWork = int64_t{1} << 55;  ///< of one operator: MACs, or elements
inline constexpr int64_t kMaxNumbers = 4096;           ///< elements of a tensor whose values are computed

/// Number of elements; nothing beyond the limits.
[[nodiscard]] std::optional<int64_t> elements_of(const Shape& shape);
/// a*b; nothing beyond kMaxWork or if one is negative.
[[nodiscard]] std::optional<int64_t> product_of(int64_t a, int64_t b);
/// "[1, 3, 224, 224]"
[[nodiscard]] std::string text_of(const Shape& shape);

/// Values of a tensor, row-major: in `reals` if its type is real, else in `integers`.
struct Numbers {
  std::vector<int64_t> integers;
  std::vector<double> reals;
};

/// Rounds reals to `type`. False if values of that type are not followed, or an integer does not fit it.
[[nodiscard]] bool round_to(ElementType type, Numbers& numbers);

}  // namespace vernier::onnx
