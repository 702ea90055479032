// SPDX-License-Identifier: Apache-2.0
// Where everything lies in DRAM: one entry per tensor, and per weight operand the list of its packed blocks.
//
// Every entry starts on a burst. Activations, inputs and outputs are row-major fp16 and are reused by all
// repetitions of a segment; parameters have one instance per repetition. A weight operand of a GEMM lies as
// packed blocks (models/formats/weight_block.h) in the order in which they are loaded. If a block is so large
// that little is wasted it starts on the first channel, and on the first column of a row, so that all blocks
// take the same time; else on a burst.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/formats/weight_block.h"
#include "models/machine/machine.h"
#include "sim/mapper/gemm_tiling.h"
#include "workloads/network.h"

namespace vernier::mapper {

enum class RegionKind {
  tensor,  ///< fp16, row-major (activations, inputs, outputs, parameters of vector operators)
  packed,  ///< packed weight blocks of one GEMM operator
  append,  ///< what a vector operator writes into a kv_cache tensor; see docs/program.md
};

/// One packed block of the first batch entry and repetition; the others lie at multiples of the strides.
struct PackedBlock {
  int64_t n0 = 0, k0 = 0;
  formats::WeightBlockShape shape;
  uint64_t offset = 0;  ///< from the start of the region
};

struct Region {
  RegionKind kind = RegionKind::tensor;
  std::string name;  ///< tensor name
  int tensor = -1;   ///< index into Network::tensors
  int op = -1;       ///< packed, append: index into Program::ops; else -1
  uint64_t address = 0;
  uint64_t bytes = 0;  ///< of all instances together
  int64_t repeat = 1;  ///< instances, one per segment repetition
  uint64_t repeat_stride = 0;
  uint64_t alignment = 1;  ///< of its address and strides, in bytes
  int64_t batch = 1;       ///< packed: matrices per instance
  uint64_t batch_stride = 0;
  std::vector<PackedBlock> blocks;  ///< packed

  [[nodiscard]] uint64_t align(uint64_t offset) const {
    return (offset + alignment - 1) / alignment * alignment;
  }
};

/// Of packed blocks of up to `block_bytes` bytes: the largest of a row of all channels, an interleave of all
/// channels and a burst that is at most a quarter of a block.
[[nodiscard]] uint64_t block_alignment(const machine::DramParams& dram, uint64_t block_bytes);

struct MemoryMap {
  std::vector<Region> regions;
  uint64_t bytes = 0;  ///< size of the DRAM image

  /// Row-major region of a tensor; -1 if it has none.
  [[nodiscard]] int tensor_region(int tensor) const;
  /// Packed weight region of a GEMM, append region of a vector operator; -1 if it has none.
  [[nodiscard]] int op_region(int op) const;
};

/// Hands out addresses in order.
class MemoryAllocator {
 public:
  explicit MemoryAllocator(const machine::DramParams& dram) : dram_(dram) {}

  [[nodiscard]] uint64_t align(uint64_t bytes) const {
    const auto burst = static_cast<uint64_t>(dram_.burst_bytes);
    return (bytes + burst - 1) / burst * burst;
  }

  /// Adds a region of `repeat` instances of `bytes` each and returns its index. Throws InputError MAP006 if
  /// the image exceeds 2^60 bytes; so does add_packed, and also beyond 2^22 blocks.
  int add(Region region, uint64_t instance_bytes);
  /// Adds the packed weight operand of a GEMM.
  int add_packed(Region region, const GemmShape& shape, const GemmTiling& tiling, int rows, int lanes);

  MemoryMap take() { return std::move(map_); }
  [[nodiscard]] const MemoryMap& map() const { return map_; }

 private:
  machine::DramParams dram_;
  MemoryMap map_;
};

}  // namespace vernier::mapper
