// SPDX-License-Identifier: Apache-2.0
#include "workloads/tensors/tensor.h"

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "models/formats/ieee.h"

namespace vernier::workloads {
namespace {

uint64_t load_bits(const char* at, uint64_t bytes, bool big_endian) {
  uint64_t bits = 0;
  for (uint64_t i = 0; i < bytes; ++i) {
    const auto byte = static_cast<unsigned char>(at[big_endian ? i : bytes - 1 - i]);
    bits = bits << 8 | byte;
  }
  return bits;
}

/// False for a finite fp64 that would become infinite.
bool to_float(uint64_t bits, RealType type, float& value) {
  switch (type) {
    case RealType::fp16:
      value = formats::fp16_to_float(static_cast<uint16_t>(bits));
      return true;
    case RealType::bf16:
      value = formats::bf16_to_float(static_cast<uint16_t>(bits));
      return true;
    case RealType::fp32:
      value = formats::fp32_from_bits(static_cast<uint32_t>(bits));
      return true;
    case RealType::fp64:
      break;
  }
  double wide;
  std::memcpy(&wide, &bits, sizeof wide);
  // Half a unit of the last place beyond the largest fp32: from here on nearest is infinity.
  constexpr double kFirstTooLarge = 0x1.ffffffp127;
  if (std::isfinite(wide) && std::fabs(wide) >= kFirstTooLarge) return false;
  value = static_cast<float>(wide);
  return true;
}

/// Walks the elements of a column-major file and gives each its row-major index.
class ColumnMajorWalk {
 public:
  explicit ColumnMajorWalk(const std::vector<uint64_t>& shape)
      : shape_(shape), strides_(shape.size(), 1), position_(shape.size(), 0) {
    for (size_t d = shape.size(); d-- > 1;) strides_[d - 1] = strides_[d] * shape[d];
  }

  [[nodiscard]] uint64_t index() const { return index_; }

  void next() {
    for (size_t d = 0; d < shape_.size(); ++d) {
      index_ += strides_[d];
      if (++position_[d] < shape_[d]) return;
      index_ -= strides_[d] * shape_[d];
      position_[d] = 0;
    }
  }

 private:
  const std::vector<uint64_t>& shape_;
  std::vector<uint64_t> strides_;
  std::vector<uint64_t> position_;
  uint64_t index_ = 0;
};

}  // namespace

const char* name_of(RealType type) {
  switch (type) {
    case RealType::fp16:
      return "fp16";
    case RealType::bf16:
      return "bf16";
    case RealType::fp32:
      return "fp32";
    case RealType::fp64:
      break;
  }
  return "fp64";
}

uint64_t bytes_of(RealType type) { return type == RealType::fp64 ? 8 : type == RealType::fp32 ? 4 : 2; }

bool element_count(const std::vector<uint64_t>& shape, uint64_t& count) {
  count = 1;
  bool fits = true;
  bool empty = false;
  for (const uint64_t dimension : shape) {
    empty = empty || dimension == 0;
    fits = !__builtin_mul_overflow(count, dimension, &count) && fits;
  }
  if (empty) count = 0;
  return fits || empty;
}

std::string shape_text(const std::vector<uint64_t>& shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, " x "));
}

RealTensor make_tensor(TensorInfo info, RealType type, std::string_view bytes, bool big_endian,
                       bool column_major, const std::string& file) {
  uint64_t count = 0;
  const uint64_t size = bytes_of(type);
  VERNIER_INVARIANT(
      element_count(info.shape, count) && bytes.size() / size == count && bytes.size() % size == 0,
      "{} bytes for {} of {}", bytes.size(), shape_text(info.shape), name_of(type));
  if (info.shape.size() < 2 || count == 0) {
    throw InputError("QNT006",
                     fmt::format("tensor '{}' is {}, not a matrix of at least one element", info.name,
                                 info.shape.empty() ? "a scalar" : "of shape " + shape_text(info.shape)),
                     {file, 0, 0}, "two or more dimensions: the first is rows, the others are columns");
  }
  RealTensor tensor;
  tensor.info = std::move(info);
  tensor.rows = static_cast<int64_t>(tensor.info.shape[0]);
  tensor.cols = static_cast<int64_t>(count / tensor.info.shape[0]);
  tensor.values.resize(count);
  ColumnMajorWalk walk(tensor.info.shape);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t at = column_major ? walk.index() : i;
    if (!to_float(load_bits(bytes.data() + i * size, size, big_endian), type, tensor.values[at])) {
      const auto cols = static_cast<uint64_t>(tensor.cols);
      throw InputError(
          "QNT007",
          fmt::format("tensor '{}', element [{}][{}]: an fp64 beyond the largest fp32, 3.4028235e38",
                      tensor.info.name, at / cols, at % cols),
          {file, 0, 0});
    }
    if (column_major) walk.next();
  }
  return tensor;
}

}  // namespace vernier::workloads
