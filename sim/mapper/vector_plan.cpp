// SPDX-License-Identifier: Apache-2.0
// The chunks of vector operators, and the sizes of what operators move.
#include <algorithm>

#include "base/error.h"
#include "sim/mapper/op_plan.h"

namespace vernier::mapper {
namespace {

using workloads::Op;
using workloads::VectorKind;

bool splits_columns(VectorKind kind) {
  switch (kind) {
    case VectorKind::copy:
    case VectorKind::add:
    case VectorKind::multiply:
    case VectorKind::scale:
    case VectorKind::silu_multiply:
    case VectorKind::silu:
    case VectorKind::gelu:
    case VectorKind::relu:
      return true;
    default:
      return false;
  }
}

// Parameter rows of a norm: weight, or weight and bias.
int64_t parameter_rows(VectorKind kind) {
  return kind == VectorKind::rmsnorm ? 1 : kind == VectorKind::layernorm ? 2 : 0;
}

bool is_binary(VectorKind kind) {
  return kind == VectorKind::add || kind == VectorKind::multiply || kind == VectorKind::silu_multiply ||
         kind == VectorKind::rope;
}

}  // namespace

formats::WeightBlockShape block_shape(const OpPlan& plan, const machine::Machine& machine, int64_t n,
                                      int64_t k, bool last_k) {
  formats::WeightBlockShape shape;
  shape.n = n;
  shape.k = k;
  shape.rows = machine.array.channel_tile();
  shape.lanes = machine.array.lanes;
  shape.with_channel_scales = last_k && plan.group_format.has_channel_scale();
  return shape;
}

uint64_t result_bytes(const OpPlan& plan, const machine::Machine& machine, int64_t rows, int64_t cols) {
  if (plan.op->vector_kind != VectorKind::quantize) {
    return static_cast<uint64_t>(rows) *
           formats::activation_bytes(plan.vector.result, static_cast<uint64_t>(cols));
  }
  return formats::weight_block_bytes(plan.group_format, block_shape(plan, machine, rows, cols, true));
}

ElementUnit unit_of(formats::ActivationFormat format) {
  const int64_t elements = formats::is_table(format) ? formats::kTableGroup : 1;
  return {elements, static_cast<int64_t>(formats::activation_bytes(format, static_cast<uint64_t>(elements)))};
}

VectorPlan plan_vector(const Op& op, uint64_t slot, uint64_t packed_row_bytes,
                       formats::ActivationFormat result) {
  VectorPlan plan{op.batch, op.m_outer, op.rows, op.cols, op.src0, op.src1,
                  op.dst,   0,          op.cols, 0,       false,   result};
  plan.src1_rows = is_binary(op.vector_kind) ? 1 : parameter_rows(op.vector_kind);
  plan.src1_per_row = is_binary(op.vector_kind) && op.src1_per_row;
  if (plan.src1_rows > 0 && op.src1.tensor < 0) {
    throw InputError("MAP005", fmt::format("operator '{}' has no second operand", op.name));
  }
  const int64_t shared = plan.src1_per_row ? 0 : plan.src1_rows;
  if (!plan.src1_per_row) {
    plan.src1.row_stride = op.cols;
  }
  const bool own_row = !plan.src1_per_row && plan.src1.outer_stride != 0;  // of each block
  if (plan.rows == 1 && plan.m_outer > 1 && !own_row) {
    std::swap(plan.rows, plan.m_outer);
    plan.src0.row_stride = plan.src0.outer_stride;
    plan.dst.row_stride = plan.dst.outer_stride;
    if (plan.src1_per_row) plan.src1.row_stride = plan.src1.outer_stride;
  }
  const auto row_bytes = [&](int64_t cols) {
    const uint64_t operand = static_cast<uint64_t>(cols) * 2;
    const uint64_t written = packed_row_bytes != 0
                                 ? packed_row_bytes
                                 : formats::activation_bytes(result, static_cast<uint64_t>(cols));
    return operand + (plan.src1_per_row ? operand : 0) + written;
  };
  const uint64_t fixed = static_cast<uint64_t>(shared * op.cols) * 2;
  if (slot >= fixed + row_bytes(op.cols)) {
    plan.row_block = std::min(plan.rows, static_cast<int64_t>((slot - fixed) / row_bytes(op.cols)));
    return plan;
  }
  const int64_t unit = unit_of(result).elements;
  const uint64_t unit_bytes = row_bytes(unit) + static_cast<uint64_t>(shared * unit) * 2;
  if (splits_columns(op.vector_kind) && slot >= unit_bytes) {
    plan.row_block = 1;
    plan.col_block = static_cast<int64_t>(slot / unit_bytes) * unit;
    return plan;
  }
  throw InputError(
      "MAP001",
      fmt::format("operator '{}': one row of {} elements needs {} bytes, but a vector slot of the output "
                  "scratchpad has {}",
                  op.name, op.cols, fixed + row_bytes(op.cols), slot),
      {}, "enlarge output_scratchpad.capacity");
}

}  // namespace vernier::mapper
