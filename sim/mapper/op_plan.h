// SPDX-License-Identifier: Apache-2.0
// What is decided about every operator before the first instruction is written: blocks, memory, and for which
// stores its loads have to wait.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/formats/activation_format.h"
#include "models/formats/ieee.h"
#include "models/machine/machine.h"
#include "sim/mapper/attention_plan.h"
#include "sim/mapper/gemm_tiling.h"
#include "sim/mapper/memory_map.h"
#include "workloads/network.h"

namespace vernier::mapper {

/// The chunks in which a vector operator passes through a vector slot: rows x cols elements each, source,
/// second source and result one after the other in the slot.
struct VectorPlan {
  int64_t batch = 1;
  int64_t m_outer = 1, rows = 0, cols = 0;  ///< the operator; single-row blocks are merged into rows
  workloads::View src0, src1, dst;          ///< views that match
  int64_t row_block = 0, col_block = 0;
  int64_t src1_rows = 0;  ///< rows of the second operand, per row or shared by a chunk; 0 = none
  bool src1_per_row = false;
  formats::ActivationFormat result = formats::ActivationFormat::fp16;
};

/// The fewest neighbouring elements of a row that have bytes of their own, and these bytes: the windows of
/// views on a tensor begin and end at multiples of them.
struct ElementUnit {
  int64_t elements = 1;
  int64_t bytes = 2;

  /// Bytes of a multiple of `elements`.
  [[nodiscard]] int64_t bytes_of(int64_t count) const { return count / elements * bytes; }
};
[[nodiscard]] ElementUnit unit_of(formats::ActivationFormat format);

struct OpPlan {
  const workloads::Op* op = nullptr;
  uint32_t index = 0;  ///< in Program::ops
  int64_t repeat = 1;  ///< of its segment
  uint8_t format = 0;  ///< in Program::formats
  formats::GroupFormat group_format;
  GemmShape shape;                     ///< gemm
  GemmTiling tiling;                   ///< gemm
  VectorPlan vector;                   ///< vector
  uint16_t scale = formats::kFp16One;  ///< fp16 bits: of the activations of a GEMM, or of a vector result
  int region = -1;                     ///< packed weights or append area
  uint64_t stores = 0;                 ///< store instructions of one execution
  /// Set in the first of three operators that are one schedule: scores, softmax, product with the values. The
  /// waits are those of all three, the stores are in the last.
  std::optional<AttentionBlocks> attention;
  AttentionShape attention_shape;
  // Completed stores to wait for (beyond those that earlier loads have waited for)...
  uint64_t wait_weight = 0;  ///< ...before the first weight load
  uint64_t wait_act = 0;     ///< ...before the first activation or vector operand load
};

struct SegmentPlan {
  int64_t repeat = 1;
  std::vector<OpPlan> ops;
  uint64_t left = 0;  ///< stores of one repetition that nothing in it waits for
};

struct NetworkPlan {
  std::vector<SegmentPlan> segments;
  std::vector<std::string> formats;
  MemoryMap map;
};

/// Throws InputError MAP001 (does not fit), MAP002 (view outside its tensor), MAP003 (group size and lanes),
/// MAP004 (the PE cannot take the format), MAP005 (an operator the mapper does not know how to place), MAP006
/// (too large: the DRAM image, or the blocks of an operand), MAP007 (a window cuts a lookup table).
[[nodiscard]] NetworkPlan plan_network(const workloads::Network& network, const machine::Machine& machine,
                                       const MappingOptions& options);

/// A packed block of n x k in the operator's format; channel scales, if the format has them, with the last k
/// block.
[[nodiscard]] formats::WeightBlockShape block_shape(const OpPlan& plan, const machine::Machine& machine,
                                                    int64_t n, int64_t k, bool last_k);

/// Bytes that a vector operator writes for rows x cols elements: in its result format, or a packed block for
/// `quantize`.
[[nodiscard]] uint64_t result_bytes(const OpPlan& plan, const machine::Machine& machine, int64_t rows,
                                    int64_t cols);

/// Splits a vector operator into chunks that fit the slot. `packed_row_bytes` is the size of a row of the
/// result for `quantize`, otherwise 0. Throws InputError MAP001.
[[nodiscard]] VectorPlan plan_vector(const workloads::Op& op, uint64_t slot, uint64_t packed_row_bytes,
                                     formats::ActivationFormat result);

}  // namespace vernier::mapper
