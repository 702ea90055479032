// SPDX-License-Identifier: Apache-2.0
#include "models/formats/weight_block.h"

#include <algorithm>

#include "base/error.h"
#include "models/formats/ieee.h"

namespace vernier::formats {
namespace {

constexpr int kChannelScaleBits = 16;

/// Appends fields to a little-endian bit stream.
class BitWriter {
 public:
  explicit BitWriter(std::vector<uint8_t>& bytes) : bytes_(bytes) {}

  void put(uint32_t value, int bits) {
    pending_ |= static_cast<uint64_t>(value) << count_;
    count_ += bits;
    for (; count_ >= 8; count_ -= 8, pending_ >>= 8) bytes_.push_back(static_cast<uint8_t>(pending_));
  }

  void pad_to_byte() {
    if (count_ > 0) put(0, 8 - count_);
  }

 private:
  std::vector<uint8_t>& bytes_;
  uint64_t pending_ = 0;
  int count_ = 0;
};

class BitReader {
 public:
  explicit BitReader(const uint8_t* bytes) : next_(bytes) {}

  uint16_t get(int bits) {
    for (; count_ < bits; count_ += 8) pending_ |= static_cast<uint64_t>(*next_++) << count_;
    const auto value = static_cast<uint16_t>(pending_ & ((uint64_t{1} << bits) - 1));
    pending_ >>= bits;
    count_ -= bits;
    return value;
  }

  void skip_to_byte() {
    pending_ = 0;
    count_ = 0;
  }

 private:
  const uint8_t* next_;
  uint64_t pending_ = 0;
  int count_ = 0;
};

void check_shape(const GroupFormat& format, const WeightBlockShape& shape) {
  VERNIER_INVARIANT(shape.n >= 1 && shape.k >= 1 && shape.rows >= 1 && shape.lanes >= 1,
                    "block {} x {}, {} rows, {} lanes", shape.n, shape.k, shape.rows, shape.lanes);
  VERNIER_INVARIANT(format.group_size % shape.lanes == 0, "{}: {} lanes do not divide a group", format.name,
                    shape.lanes);
}

/// The elements of one group of a block: columns [begin, end).
struct GroupSpan {
  int64_t begin, end;
};

GroupSpan group_span(const GroupFormat& format, const WeightBlockShape& shape, int64_t group) {
  if (format.group_size == 0) return {0, shape.k};
  return {group * format.group_size, std::min<int64_t>(shape.k, (group + 1) * format.group_size)};
}

bool stores_channel_scales(const GroupFormat& format, const WeightBlockShape& shape) {
  return format.has_channel_scale() && shape.with_channel_scales;
}

}  // namespace

uint64_t weight_block_bytes(const GroupFormat& format, const WeightBlockShape& shape) {
  check_shape(format, shape);
  // Groups are multiples of the lanes, so the steps of all groups are those of the whole row.
  const int64_t steps = (shape.k + shape.lanes - 1) / shape.lanes;
  const int64_t row_bits = (stores_channel_scales(format, shape) ? kChannelScaleBits : 0) +
                           format.groups(shape.k) * format.group_meta_bits() +
                           steps * shape.lanes * format.element_bits;
  const int64_t full_tiles = shape.n / shape.rows;
  const int64_t last_rows = shape.n % shape.rows;
  return static_cast<uint64_t>(full_tiles * ((shape.rows * row_bits + 7) / 8) +
                               (last_rows * row_bits + 7) / 8);
}

std::vector<uint8_t> pack_weight_block(const QuantizedMatrix& weights, int64_t n0, int64_t k0,
                                       const WeightBlockShape& shape) {
  const GroupFormat& format = weights.format;
  check_shape(format, shape);
  VERNIER_INVARIANT(n0 >= 0 && k0 >= 0 && n0 + shape.n <= weights.rows && k0 + shape.k <= weights.cols,
                    "block {} x {} at ({}, {}) of {} x {}", shape.n, shape.k, n0, k0, weights.rows,
                    weights.cols);
  VERNIER_INVARIANT(format.group_size == 0 || k0 % format.group_size == 0, "column {} is inside a group", k0);
  VERNIER_INVARIANT(shape.k % format.coded_together() == 0 || k0 + shape.k == weights.cols,
                    "{} columns from {} on end among codes that belong together", shape.k, k0);
  const int64_t matrix_groups = format.groups(weights.cols);
  const int64_t first_group = format.group_size == 0 ? 0 : k0 / format.group_size;

  const bool has_zero_point_code = format.asymmetric && format.coding != Coding::lut;
  std::vector<uint8_t> bytes;
  bytes.reserve(weight_block_bytes(format, shape));
  BitWriter stream(bytes);
  for (int64_t tile = n0; tile < n0 + shape.n; tile += shape.rows) {
    const int64_t tile_end = std::min(n0 + shape.n, tile + shape.rows);
    if (stores_channel_scales(format, shape)) {
      for (int64_t row = tile; row < tile_end; ++row) {
        stream.put(weights.channel_scales[static_cast<size_t>(row)], kChannelScaleBits);
      }
    }
    for (int64_t group = 0; group < format.groups(shape.k); ++group) {
      for (int64_t row = tile; row < tile_end; ++row) {
        const auto at = static_cast<size_t>(row * matrix_groups + first_group + group);
        if (format.scale_bits() != 0) stream.put(weights.scales[at], format.scale_bits());
        if (format.selector_bits != 0) stream.put(weights.selectors[at], format.selector_bits);
        if (format.asymmetric) stream.put(weights.zero_points[at], format.zero_bits());
      }
      const GroupSpan span = group_span(format, shape, group);
      for (int64_t step = span.begin; step < span.end; step += shape.lanes) {
        for (int64_t row = tile; row < tile_end; ++row) {
          const auto at = static_cast<size_t>(row * matrix_groups + first_group + group);
          const uint16_t zero = has_zero_point_code ? weights.zero_points[at] : format.zero_code();
          for (int64_t k = step; k < step + shape.lanes; ++k) {
            const auto element = static_cast<size_t>(row * weights.cols + k0 + k);
            stream.put(k < span.end ? weights.codes[element] : zero, format.element_bits);
          }
        }
      }
    }
    stream.pad_to_byte();
  }
  VERNIER_INVARIANT(bytes.size() == weight_block_bytes(format, shape), "{} bytes", bytes.size());
  return bytes;
}

QuantizedMatrix unpack_weight_block(const GroupFormat& format, const uint8_t* bytes,
                                    const WeightBlockShape& shape) {
  check_shape(format, shape);
  const int64_t groups = format.groups(shape.k);
  QuantizedMatrix weights;
  weights.format = format;
  weights.rows = shape.n;
  weights.cols = shape.k;
  weights.codes.resize(static_cast<size_t>(shape.n * shape.k));
  const auto parameters = static_cast<size_t>(shape.n * groups);
  if (format.scale_bits() != 0 || format.unit_scale) weights.scales.assign(parameters, format.scale_of_one());
  if (format.selector_bits != 0) weights.selectors.resize(parameters);
  if (format.asymmetric) weights.zero_points.resize(parameters);
  if (format.has_channel_scale()) weights.channel_scales.assign(static_cast<size_t>(shape.n), kFp16One);

  BitReader stream(bytes);
  for (int64_t tile = 0; tile < shape.n; tile += shape.rows) {
    const int64_t tile_end = std::min(shape.n, tile + shape.rows);
    if (stores_channel_scales(format, shape)) {
      for (int64_t row = tile; row < tile_end; ++row) {
        weights.channel_scales[static_cast<size_t>(row)] = stream.get(kChannelScaleBits);
      }
    }
    for (int64_t group = 0; group < groups; ++group) {
      for (int64_t row = tile; row < tile_end; ++row) {
        const auto at = static_cast<size_t>(row * groups + group);
        if (format.scale_bits() != 0) weights.scales[at] = stream.get(format.scale_bits());
        if (format.selector_bits != 0)
          weights.selectors[at] = static_cast<uint8_t>(stream.get(format.selector_bits));
        if (format.asymmetric) weights.zero_points[at] = stream.get(format.zero_bits());
      }
      const GroupSpan span = group_span(format, shape, group);
      for (int64_t step = span.begin; step < span.end; step += shape.lanes) {
        for (int64_t row = tile; row < tile_end; ++row) {
          for (int64_t k = step; k < step + shape.lanes; ++k) {
            const uint16_t code = stream.get(format.element_bits);
            if (k < span.end) weights.codes[static_cast<size_t>(row * shape.k + k)] = code;
          }
        }
      }
    }
    stream.skip_to_byte();
  }
  return weights;
}

}  // namespace vernier::formats
