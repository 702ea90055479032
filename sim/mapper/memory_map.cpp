// SPDX-License-Identifier: Apache-2.0
#include "sim/mapper/memory_map.h"

#include <algorithm>

#include "base/error.h"

namespace vernier::mapper {
namespace {

constexpr uint64_t kMaxImageBytes = uint64_t{1} << 60;  // 63-bit addresses, with room for the last padding
constexpr double kMaxBlocks = 1 << 22;                  // of one weight operand: they are listed one by one

}  // namespace

int MemoryMap::tensor_region(int tensor) const {
  for (size_t i = 0; i < regions.size(); ++i) {
    if (regions[i].kind == RegionKind::tensor && regions[i].tensor == tensor) return static_cast<int>(i);
  }
  return -1;
}

int MemoryMap::op_region(int op) const {
  for (size_t i = 0; i < regions.size(); ++i) {
    if (regions[i].op == op) return static_cast<int>(i);
  }
  return -1;
}

uint64_t block_alignment(const machine::DramParams& dram, uint64_t block_bytes) {
  if (dram.kind != machine::DramKind::ideal) {
    const auto channels = static_cast<uint64_t>(dram.memory.channels);
    const auto interleave = static_cast<uint64_t>(dram.memory.interleave_bytes);
    const auto row = static_cast<uint64_t>(dram.memory.part.organisation.row_bytes);
    for (const uint64_t alignment : {row * channels, interleave * channels}) {
      if (4 * alignment <= block_bytes) return alignment;
    }
  }
  return static_cast<uint64_t>(dram.burst_bytes);
}

int MemoryAllocator::add(Region region, uint64_t instance_bytes) {
  region.alignment = std::max(region.alignment, static_cast<uint64_t>(dram_.burst_bytes));
  region.address = region.align(map_.bytes);
  region.repeat_stride = region.align(instance_bytes);
  const double wanted = static_cast<double>(region.repeat_stride) * static_cast<double>(region.repeat);
  if (static_cast<double>(region.address) + wanted > static_cast<double>(kMaxImageBytes)) {
    throw InputError("MAP006",
                     fmt::format("the DRAM image would need {:.2g} bytes for '{}'; at most {:.2g} can be "
                                 "addressed",
                                 wanted, region.name, static_cast<double>(kMaxImageBytes)));
  }
  region.bytes = region.repeat_stride * static_cast<uint64_t>(region.repeat);
  map_.bytes = region.address + region.bytes;
  map_.regions.push_back(std::move(region));
  return static_cast<int>(map_.regions.size()) - 1;
}

int MemoryAllocator::add_packed(Region region, const GemmShape& shape, const GemmTiling& tiling, int rows,
                                int lanes) {
  region.kind = RegionKind::packed;
  const int64_t blocks_n = (shape.n + tiling.n - 1) / tiling.n;
  const int64_t blocks_k = (shape.k + tiling.k - 1) / tiling.k;
  const double blocks = static_cast<double>(blocks_n) * static_cast<double>(blocks_k);
  if (blocks > kMaxBlocks) {
    throw InputError(
        "MAP006",
        fmt::format("'{}', {} x {}, would be cut into {:.2g} blocks of {} x {}; at most {} are possible",
                    region.name, shape.n, shape.k, blocks, tiling.n, tiling.k, kMaxBlocks),
        {}, "enlarge weight_scratchpad.capacity or make the GEMM smaller");
  }
  const auto block_of = [&](int64_t n0, int64_t k0) {
    PackedBlock block{n0, k0, {}, 0};
    block.shape.n = std::min(tiling.n, shape.n - n0);
    block.shape.k = std::min(tiling.k, shape.k - k0);
    block.shape.rows = rows;
    block.shape.lanes = lanes;
    block.shape.with_channel_scales =
        shape.format.has_channel_scale() && (shape.each_block_final || k0 + block.shape.k == shape.k);
    return block;
  };
  region.alignment = block_alignment(dram_, formats::weight_block_bytes(shape.format, block_of(0, 0).shape));
  uint64_t offset = 0;
  for (int64_t n0 = 0; n0 < shape.n; n0 += tiling.n) {
    for (int64_t k0 = 0; k0 < shape.k; k0 += tiling.k) {
      PackedBlock block = block_of(n0, k0);
      block.offset = offset;
      offset += region.align(formats::weight_block_bytes(shape.format, block.shape));
      region.blocks.push_back(block);
    }
  }
  region.batch = shape.batch;
  region.batch_stride = offset;
  uint64_t instance = 0;
  if (__builtin_mul_overflow(offset, static_cast<uint64_t>(shape.batch), &instance))
    instance = kMaxImageBytes + 1;
  return add(std::move(region), instance);
}

}  // namespace vernier::mapper
