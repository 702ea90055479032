// SPDX-License-Identifier: Apache-2.0
// A real matrix in a number format of either kind.
//
// Group format (models/formats/group_format.h, "bitmod4_g128"): quantized as weights are.
// Element format (models/formats/element_format.h, "fp8_e4m3"): code = nearest(x / scale) with one fp32 scale
// for the tensor, the smallest at which every x lies between the format's lowest and highest value; values of
// a sign that the format does not have become the value nearest to zero. The scale of fp32, fp16 and bf16
// is 1. "fp16" names both kinds and is the same in both.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/formats/element_format.h"
#include "models/formats/group_format.h"
#include "workloads/tensors/tensor.h"

namespace vernier::quantize {

/// A matrix in an element format.
struct ElementMatrix {
  std::shared_ptr<const formats::ElementFormat> format;
  int64_t rows = 0;
  int64_t cols = 0;
  float scale = 1;
  std::vector<uint32_t> codes;  ///< rows x cols
};

/// A format of either kind by name.
class TensorFormat {
 public:
  /// Throws InputError QNT010 with the nearest name, FMT001 for what looks like a group format but is none.
  explicit TensorFormat(std::string_view name);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_group() const { return element_ == nullptr; }
  [[nodiscard]] const formats::GroupFormat& group() const { return group_; }
  [[nodiscard]] const std::shared_ptr<const formats::ElementFormat>& element() const { return element_; }
  [[nodiscard]] int code_bits() const { return is_group() ? group_.element_bits : element_->bits(); }

 private:
  std::string name_;
  formats::GroupFormat group_;
  std::shared_ptr<const formats::ElementFormat> element_;
};

struct QuantizedTensor {
  std::string name;
  std::variant<formats::QuantizedMatrix, ElementMatrix> matrix;

  [[nodiscard]] const std::string& format() const;
  [[nodiscard]] int64_t rows() const;
  [[nodiscard]] int64_t cols() const;
  [[nodiscard]] double value(int64_t row, int64_t col) const;
  [[nodiscard]] uint32_t code(int64_t row, int64_t col) const;
  [[nodiscard]] int code_bits() const;
  /// Everything stored: codes and what groups, channels and the tensor share. Without padding of blocks.
  [[nodiscard]] double bits_per_weight() const;
  /// As papers count: group_format.h for group formats, the bits of a code for element formats.
  [[nodiscard]] double published_bits_per_weight() const;
};

/// Throws InputError QNT011 if a value is NaN or infinite, QNT012 if one lies beyond the largest of a format
/// without scale, or no fp32 scale reaches it.
[[nodiscard]] QuantizedTensor quantize_tensor(const workloads::RealTensor& tensor,
                                              const TensorFormat& format);

}  // namespace vernier::quantize
