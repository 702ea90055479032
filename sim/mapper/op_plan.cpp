// SPDX-License-Identifier: Apache-2.0
#include "sim/mapper/op_plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "models/array/weight_stationary/ws_rules.h"
#include "models/pe/registry.h"
#include "sim/mapper/program_builder.h"

namespace vernier::mapper {
namespace {

using formats::ActivationFormat;
using workloads::Op;
using workloads::OpKind;
using workloads::Tensor;
using workloads::TensorKind;
using workloads::VectorKind;
using workloads::View;

int64_t blocks_of(int64_t total, int64_t block) { return (total + block - 1) / block; }

struct Extent {
  int64_t batch, outer, rows, cols;
};

class Planner {
 public:
  Planner(const workloads::Network& network, const machine::Machine& machine)
      : network_(network), machine_(machine), memory_(machine.dram.burst_bytes) {}

  NetworkPlan run() {
    uint32_t index = 0;
    for (const workloads::Segment& segment : network_.segments) {
      if (segment.ops.empty() || segment.repeat == 0) continue;
      SegmentPlan plan;
      plan.repeat = segment.repeat;
      for (const Op& op : segment.ops) plan.ops.push_back(plan_op(op, index++, segment.repeat));
      plan_waits(plan);
      plan_.segments.push_back(std::move(plan));
    }
    if (plan_.segments.empty())
      throw InputError("MAP005", fmt::format("network '{}' has no operators", network_.name));
    plan_.map = memory_.take();
    return std::move(plan_);
  }

 private:
  [[noreturn]] static void refuse(const Op& op, const char* code, const std::string& message,
                                  const std::string& help = {}) {
    throw InputError(code, fmt::format("operator '{}': {}", op.name, message), {}, help);
  }

  const Tensor& tensor(const Op& op, int index) const {
    if (index < 0 || static_cast<size_t>(index) >= network_.tensors.size()) {
      refuse(op, "MAP002", fmt::format("tensor {} of {} does not exist", index, network_.tensors.size()));
    }
    return network_.tensors[static_cast<size_t>(index)];
  }

  // The view must lie inside its tensor, or addresses would reach a neighbour.
  void check_view(const Op& op, const View& view, const Extent& extent) const {
    const Tensor& t = tensor(op, view.tensor);
    const int64_t last = view.offset + (extent.batch - 1) * view.batch_stride +
                         (extent.outer - 1) * view.outer_stride + (extent.rows - 1) * view.row_stride +
                         (extent.cols - 1) * view.col_stride;
    const bool backwards = view.offset < 0 || view.batch_stride < 0 || view.outer_stride < 0 ||
                           view.row_stride < 0 || view.col_stride < 0;
    if (backwards || last >= t.rows * t.cols * t.blocks) {
      refuse(op, "MAP002",
             fmt::format("its window on tensor '{}' ends at element {}, the tensor has {}", t.name, last,
                         t.rows * t.cols * t.blocks));
    }
  }

  // Weights and caches of GEMMs are packed; as an operand of a vector operator a parameter is fp16.
  ActivationFormat format_of(const Op& op, int index) const {
    const Tensor& t = tensor(op, index);
    const bool parameter = t.kind == TensorKind::weight || t.kind == TensorKind::kv_cache;
    return parameter ? ActivationFormat::fp16 : formats::activation_format(t.format);
  }

  uint16_t scale_of(const Op& op, int index) const {
    if (format_of(op, index) != ActivationFormat::int8) return formats::kFp16One;
    return formats::fp16_from_double(tensor(op, index).scale);
  }

  void require_fp16(const Op& op, int index, const char* does, const char* why) const {
    const ActivationFormat format = format_of(op, index);
    if (format == ActivationFormat::fp16) return;
    refuse(
        op, "MAP005",
        fmt::format("{} tensor '{}' in {}; {}", does, tensor(op, index).name, formats::name_of(format), why));
  }

  // A table cannot be cut: windows on the tensor move in whole tables.
  void check_tables(const Op& op, const View& view, const Extent& extent, int64_t unit) const {
    const Tensor& t = tensor(op, view.tensor);
    const auto check = [&](const char* what, int64_t value, int64_t count) {
      if (count == 1 || value % unit == 0) return;
      refuse(
          op, "MAP007",
          fmt::format("{} {} on tensor '{}' is not a multiple of the {} activations of a table ({})", what,
                      value, t.name, unit, t.format),
          "lut.precompute: in_array makes no tables in memory and takes any length; softmax makes tables of "
          "its rows, so the numbers of tokens and of cached tokens count too");
    };
    check("row length", t.cols, 0);
    check("window of", extent.cols, 0);
    check("offset", view.offset, 0);
    check("batch stride", view.batch_stride, extent.batch);
    check("outer stride", view.outer_stride, extent.outer);
    check("row stride", view.row_stride, extent.rows);
  }

  // A row-major operand: checks it and gives its tensor an address.
  void place_rows(const Op& op, const View& view, const Extent& extent, int64_t repeat) {
    check_view(op, view, extent);
    const Tensor& t = tensor(op, view.tensor);
    if (t.kind == TensorKind::kv_cache) {
      refuse(op, "MAP005", fmt::format("reads or writes the packed tensor '{}' row by row", t.name));
    }
    if (view.col_stride != 1)
      refuse(op, "MAP005", fmt::format("column stride {} on '{}'", view.col_stride, t.name));
    const ActivationFormat format = format_of(op, view.tensor);
    check_tables(op, view, extent, unit_of(format).elements);
    if (memory_.map().tensor_region(view.tensor) >= 0) return;
    Region region;
    region.kind = RegionKind::tensor;
    region.name = t.name;
    region.tensor = view.tensor;
    region.repeat = t.kind == TensorKind::weight ? repeat : 1;
    memory_.add(region, formats::activation_bytes(format, static_cast<uint64_t>(t.rows * t.cols * t.blocks)));
  }

  uint8_t format_index(const std::string& name) {
    const auto found = std::find(plan_.formats.begin(), plan_.formats.end(), name);
    const auto index = found - plan_.formats.begin();
    if (found == plan_.formats.end()) plan_.formats.push_back(name);
    VERNIER_INVARIANT(index < 256, "{} weight formats", index);
    return static_cast<uint8_t>(index);
  }

  OpPlan plan_op(const Op& op, uint32_t index, int64_t repeat) {
    OpPlan plan;
    plan.op = &op;
    plan.index = index;
    plan.repeat = repeat;
    if (op.kind == OpKind::gemm) {
      plan_gemm(plan);
    } else {
      plan_vector_op(plan);
    }
    return plan;
  }

  Region operand_region(const OpPlan& plan, int tensor_index) const {
    Region region;
    region.name = tensor(*plan.op, tensor_index).name;
    region.tensor = tensor_index;
    region.op = static_cast<int>(plan.index);
    region.repeat = plan.repeat;
    return region;
  }

  void plan_gemm(OpPlan& plan) {
    const Op& op = *plan.op;
    if (op.batch < 1 || op.m_outer < 1 || op.m < 1 || op.n < 1 || op.k < 1) {
      refuse(op, "MAP002",
             fmt::format("batch={} m_outer={} m={} n={} k={}; all must be at least 1", op.batch, op.m_outer,
                         op.m, op.n, op.k));
    }
    // Blocks are read several times while others are already written.
    if (op.act.tensor == op.out.tensor) refuse(op, "MAP005", "a GEMM cannot write the tensor that it reads");
    const Tensor& weight = tensor(op, op.weight);
    const pe::PeDescriptor& descriptor = pe::pe(machine_.array.pe);
    plan.group_format = formats::group_format(weight.format);
    if (const auto reason = descriptor.reject(plan.group_format)) {
      refuse(op, "MAP004",
             fmt::format("PE '{}' cannot take weight format '{}' of tensor '{}': {}", descriptor.name,
                         weight.format, weight.name, *reason));
    }
    const ActivationFormat activations = format_of(op, op.act.tensor);
    if (!descriptor.takes(activations)) {
      refuse(op, "MAP004",
             fmt::format("PE '{}' takes activations in {}, tensor '{}' is {}", descriptor.name,
                         formats::names_of(descriptor.activations), tensor(op, op.act.tensor).name,
                         formats::name_of(activations)));
    }
    require_fp16(op, op.out.tensor, "writes", "results of GEMMs are fp16");
    if (machine_.array.weight_stationary()) {
      if (const auto reason = array::ws_reject_format(plan.group_format)) {
        refuse(op, "MAP004", fmt::format("tensor '{}': {}", weight.name, *reason));
      }
    }
    plan.format = format_index(weight.format);
    plan.scale = scale_of(op, op.act.tensor);
    plan.shape = {op.batch,
                  op.m_outer,
                  op.m,
                  op.n,
                  op.k,
                  plan.group_format,
                  descriptor.cycles_per_step(plan.group_format),
                  activations};
    plan.tiling = choose_tiling(plan.shape, machine_, op.name);
    place_rows(op, op.act, {op.batch, op.m_outer, op.m, op.k}, plan.repeat);
    place_rows(op, op.out, {op.batch, op.m_outer, op.m, op.n}, plan.repeat);
    plan.region = memory_.add_packed(operand_region(plan, op.weight), plan.shape, plan.tiling,
                                     machine_.array.channel_tile(), machine_.array.lanes);
    plan.stores = static_cast<uint64_t>(op.batch * op.m_outer * blocks_of(op.m, plan.tiling.m) *
                                        blocks_of(op.n, plan.tiling.n));
  }

  void plan_vector_op(OpPlan& plan) {
    const Op& op = *plan.op;
    if (op.m_outer < 1 || op.rows < 1 || op.cols < 1) {
      refuse(op, "MAP002",
             fmt::format("m_outer={} rows={} cols={}; all must be at least 1", op.m_outer, op.rows, op.cols));
    }
    const Tensor& target = tensor(op, op.dst.tensor);
    const bool append = target.kind == TensorKind::kv_cache;
    const bool quantize = op.vector_kind == VectorKind::quantize;
    uint64_t packed_row_bytes = 0;
    if (quantize) {
      if (!append) refuse(op, "MAP005", fmt::format("quantizes into '{}', which is no cache", target.name));
      plan.group_format = formats::group_format(target.format);
      plan.format = format_index(target.format);
      packed_row_bytes = result_bytes(plan, machine_, 1, op.cols);
    }
    plan.scale = scale_of(op, op.dst.tensor);
    plan.vector =
        plan_vector(op, slot_bytes(machine_, Ring::vector), packed_row_bytes, format_of(op, op.dst.tensor));
    const VectorPlan& v = plan.vector;
    constexpr const char* kReadsFp16 = "vector operators read fp16";
    require_fp16(op, v.src0.tensor, "reads", kReadsFp16);
    if (v.src1_rows > 0) require_fp16(op, v.src1.tensor, "reads", kReadsFp16);
    place_rows(op, v.src0, {1, v.m_outer, v.rows, v.cols}, plan.repeat);
    if (v.src1_rows > 0) {
      const int64_t rows = v.src1_per_row ? v.rows : v.src1_rows;
      place_rows(op, v.src1, {1, v.src1_per_row ? v.m_outer : 1, rows, v.cols}, plan.repeat);
    }
    const int64_t chunks = blocks_of(v.rows, v.row_block);
    plan.stores = static_cast<uint64_t>(v.m_outer * chunks * blocks_of(v.cols, v.col_block));
    if (!append) {
      place_rows(op, v.dst, {1, v.m_outer, v.rows, v.cols}, plan.repeat);
      return;
    }
    check_view(op, v.dst, {1, v.m_outer, v.rows, v.cols});
    Region region = operand_region(plan, op.dst.tensor);
    region.kind = RegionKind::append;
    const uint64_t chunk = result_bytes(plan, machine_, v.row_block, v.col_block);
    region.batch = static_cast<int64_t>(plan.stores);
    region.batch_stride = memory_.align(chunk);
    plan.region = memory_.add(region, region.batch_stride * plan.stores);
  }

  // Stores complete in program order, each posting once, so "operator w is done" is a number of completed
  // stores. The first operator of a repetition waits for everything that the previous one has left.
  static void plan_waits(SegmentPlan& segment) {
    std::map<int, uint64_t> written;  // tensor -> stores of this repetition until its last writer is done
    uint64_t posted = 0;
    uint64_t waited = 0;
    for (OpPlan& plan : segment.ops) {
      const Op& op = *plan.op;
      const auto wait_for = [&](std::initializer_list<int> tensors) {
        uint64_t need = waited;
        for (const int t : tensors) {
          if (const auto found = written.find(t); found != written.end())
            need = std::max(need, found->second);
        }
        const uint64_t more = need - waited;
        waited = need;
        return more;
      };
      posted += plan.stores;
      if (op.kind == OpKind::gemm) {
        plan.wait_weight = wait_for({op.weight});
        plan.wait_act = wait_for({op.act.tensor});
        written[op.out.tensor] = posted;
      } else {
        plan.wait_act = wait_for({op.src0.tensor, op.src1.tensor});
        written[op.dst.tensor] = posted;
      }
    }
    segment.left = posted - waited;
  }

  const workloads::Network& network_;
  const machine::Machine& machine_;
  MemoryAllocator memory_;
  NetworkPlan plan_;
};

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

NetworkPlan plan_network(const workloads::Network& network, const machine::Machine& machine) {
  return Planner(network, machine).run();
}

ElementUnit unit_of(formats::ActivationFormat format) {
  const int64_t elements = formats::is_table(format) ? formats::kTableGroup : 1;
  return {elements, static_cast<int64_t>(formats::activation_bytes(format, static_cast<uint64_t>(elements)))};
}

VectorPlan plan_vector(const Op& op, uint64_t slot, uint64_t packed_row_bytes,
                       formats::ActivationFormat result) {
  VectorPlan plan{op.m_outer, op.rows, op.cols, op.src0, op.src1, op.dst, 0, op.cols, 0, false, result};
  plan.src1_rows = is_binary(op.vector_kind) ? 1 : parameter_rows(op.vector_kind);
  plan.src1_per_row = is_binary(op.vector_kind) && op.src1_per_row;
  if (plan.src1_rows > 0 && op.src1.tensor < 0) {
    throw InputError("MAP005", fmt::format("operator '{}' has no second operand", op.name));
  }
  const int64_t shared = plan.src1_per_row ? 0 : plan.src1_rows;
  if (!plan.src1_per_row) {
    plan.src1.outer_stride = 0;
    plan.src1.row_stride = op.cols;
  }
  if (plan.rows == 1 && plan.m_outer > 1) {
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
