// SPDX-License-Identifier: Apache-2.0
#include "sim/mapper/op_plan.h"

#include <algorithm>
#include <limits>
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
  int64_t parts = 1;
};

class Planner {
 public:
  Planner(const workloads::Network& network, const machine::Machine& machine, const MappingOptions& options)
      : network_(network),
        machine_(machine),
        flash_(options.flash_attention && network.phase == "prefill"),
        memory_(machine.dram) {}

  NetworkPlan run() {
    uint32_t index = 0;
    for (const workloads::Segment& segment : network_.segments) {
      if (segment.ops.empty() || segment.repeat == 0) continue;
      SegmentPlan plan;
      plan.repeat = segment.repeat;
      for (const Op& op : segment.ops) {
        OpPlan op_plan;
        op_plan.op = &op;
        op_plan.index = index++;
        op_plan.repeat = segment.repeat;
        plan.ops.push_back(op_plan);
      }
      for (size_t i = 0; i < plan.ops.size();) {
        const bool attention = flash_ && is_attention(network_, segment, i);
        attention ? plan_attention(&plan.ops[i]) : plan_op(plan.ops[i]);
        i += attention ? 3 : 1;
      }
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
                         (extent.parts - 1) * view.part_stride + (extent.outer - 1) * view.outer_stride +
                         (extent.rows - 1) * view.row_stride + (extent.cols - 1) * view.col_stride;
    const bool backwards = view.offset < 0 || view.batch_stride < 0 || view.part_stride < 0 ||
                           view.outer_stride < 0 || view.row_stride < 0 || view.col_stride < 0;
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
    check("part stride", view.part_stride, extent.parts);
    check("outer stride", view.outer_stride, extent.outer);
    check("row stride", view.row_stride, extent.rows);
  }

  // A row-major operand.
  void check_rows(const Op& op, const View& view, const Extent& extent) const {
    check_view(op, view, extent);
    const Tensor& t = tensor(op, view.tensor);
    if (t.kind == TensorKind::kv_cache) {
      refuse(op, "MAP005", fmt::format("reads or writes the packed tensor '{}' row by row", t.name));
    }
    if (view.col_stride != 1)
      refuse(op, "MAP005", fmt::format("column stride {} on '{}'", view.col_stride, t.name));
    check_tables(op, view, extent, unit_of(format_of(op, view.tensor)).elements);
  }

  // Checks the operand and gives its tensor an address.
  void place_rows(const Op& op, const View& view, const Extent& extent, int64_t repeat) {
    check_rows(op, view, extent);
    const Tensor& t = tensor(op, view.tensor);
    const ActivationFormat format = format_of(op, view.tensor);
    if (memory_.map().tensor_region(view.tensor) >= 0) return;
    Region region;
    region.kind = RegionKind::tensor;
    region.name = t.name;
    region.tensor = view.tensor;
    const bool per_layer = t.kind == TensorKind::weight || t.kind == TensorKind::kv_scales;
    region.repeat = per_layer ? repeat : 1;
    memory_.add(region, formats::activation_bytes(format, static_cast<uint64_t>(t.rows * t.cols * t.blocks)));
  }

  uint8_t format_index(const Op& op, const std::string& name) {
    const auto found = std::find(plan_.formats.begin(), plan_.formats.end(), name);
    const auto index = found - plan_.formats.begin();
    if (found == plan_.formats.end()) plan_.formats.push_back(name);
    if (index > std::numeric_limits<uint8_t>::max())
      refuse(op, "MAP006", fmt::format("{} is one weight format too many; a program has at most 256", name));
    return static_cast<uint8_t>(index);
  }

  void plan_op(OpPlan& plan) {
    if (plan.op->kind == OpKind::gemm) {
      plan_gemm(plan);
    } else {
      plan_vector_op(plan);
    }
  }

  Region operand_region(const OpPlan& plan, int tensor_index) const {
    Region region;
    region.name = tensor(*plan.op, tensor_index).name;
    region.tensor = tensor_index;
    region.op = static_cast<int>(plan.index);
    region.repeat = plan.repeat;
    return region;
  }

  // Everything about a GEMM but its blocks.
  void describe_gemm(OpPlan& plan) {
    const Op& op = *plan.op;
    if (op.parts < 1 || op.batch % op.parts != 0) {
      refuse(op, "MAP002", fmt::format("{} matrices in runs of {}", op.batch, op.parts));
    }
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
    plan.format = format_index(op, weight.format);
    plan.scale = scale_of(op, op.act.tensor);
    plan.shape = {op.batch,
                  op.m_outer,
                  op.m,
                  op.n,
                  op.k,
                  plan.group_format,
                  descriptor.cycles_per_step(plan.group_format),
                  activations};
  }

  void plan_gemm(OpPlan& plan) {
    describe_gemm(plan);
    const Op& op = *plan.op;
    plan.tiling = choose_tiling(plan.shape, machine_, op.name);
    const int64_t runs = op.batch / op.parts;
    place_rows(op, op.act, {runs, op.m_outer, op.m, op.k, op.parts}, plan.repeat);
    place_rows(op, op.out, {runs, op.m_outer, op.m, op.n, op.parts}, plan.repeat);
    plan.region = memory_.add_packed(operand_region(plan, op.weight), plan.shape, plan.tiling,
                                     machine_.array.channel_tile(), machine_.array.lanes);
    plan.stores = static_cast<uint64_t>(op.batch * op.m_outer * blocks_of(op.m, plan.tiling.m) *
                                        blocks_of(op.n, plan.tiling.n));
  }

  // Scores, softmax and product in one schedule. What passes between them is only checked: it has no place in
  // DRAM.
  void plan_attention(OpPlan* plans) {
    OpPlan& qk = plans[0];
    OpPlan& softmax = plans[1];
    OpPlan& av = plans[2];
    describe_gemm(qk);
    describe_gemm(av);
    const Op& scores = *qk.op;
    const Op& product = *av.op;
    softmax.scale = av.scale;
    check_rows(scores, scores.out, {scores.batch, scores.m_outer, scores.m, scores.n});
    check_rows(product, product.act, {product.batch, product.m_outer, product.m, product.k});
    if (const auto reason = pe::pe(machine_.array.pe).reject_length(qk.group_format, scores.k)) {
      refuse(scores, "MAP005", fmt::format("attention in one schedule: {}", *reason),
             "use mapping.attention: unfused");
    }
    qk.attention_shape = {scores.batch,
                          scores.m_outer,
                          scores.m,
                          scores.n,
                          scores.k,
                          product.n,
                          qk.group_format,
                          av.group_format,
                          qk.shape.activations,
                          av.shape.activations};
    qk.attention = choose_attention(qk.attention_shape, machine_, scores.name);
    const AttentionBlocks& blocks = *qk.attention;
    qk.tiling.m = av.tiling.m = blocks.rows;
    qk.tiling.n = av.tiling.k = blocks.keys;
    qk.tiling.k = scores.k;
    av.tiling.n = product.n;
    av.shape.each_block_final = true;
    place_rows(scores, scores.act, {scores.batch, scores.m_outer, scores.m, scores.k}, qk.repeat);
    place_rows(product, product.out, {product.batch, product.m_outer, product.m, product.n}, av.repeat);
    for (OpPlan* plan : {&qk, &av}) {
      plan->region = memory_.add_packed(operand_region(*plan, plan->op->weight), plan->shape, plan->tiling,
                                        machine_.array.channel_tile(), machine_.array.lanes);
    }
    av.stores = static_cast<uint64_t>(product.batch * product.m_outer * blocks_of(product.m, blocks.rows));
  }

  void plan_vector_op(OpPlan& plan) {
    const Op& op = *plan.op;
    if (op.batch < 1 || op.m_outer < 1 || op.rows < 1 || op.cols < 1) {
      refuse(op, "MAP002",
             fmt::format("batch={} m_outer={} rows={} cols={}; all must be at least 1", op.batch, op.m_outer,
                         op.rows, op.cols));
    }
    const Tensor& target = tensor(op, op.dst.tensor);
    const bool append = target.kind == TensorKind::kv_cache;
    const bool quantize = op.vector_kind == VectorKind::quantize;
    if (append && op.batch > 1) refuse(op, "MAP005", "appends to a cache in batches");
    uint64_t packed_row_bytes = 0;
    if (quantize) {
      if (!append) refuse(op, "MAP005", fmt::format("quantizes into '{}', which is no cache", target.name));
      const std::string& name = target.append_format.empty() ? target.format : target.append_format;
      plan.group_format = formats::group_format(name);
      plan.format = format_index(op, name);
      packed_row_bytes = result_bytes(plan, machine_, 1, op.cols);
    }
    plan.scale = scale_of(op, op.dst.tensor);
    plan.vector =
        plan_vector(op, slot_bytes(machine_, Ring::vector), packed_row_bytes, format_of(op, op.dst.tensor));
    const VectorPlan& v = plan.vector;
    constexpr const char* kReadsFp16 = "vector operators read fp16";
    require_fp16(op, v.src0.tensor, "reads", kReadsFp16);
    if (v.src1_rows > 0) require_fp16(op, v.src1.tensor, "reads", kReadsFp16);
    place_rows(op, v.src0, {v.batch, v.m_outer, v.rows, v.cols}, plan.repeat);
    if (v.src1_rows > 0) {
      const int64_t rows = v.src1_per_row ? v.rows : v.src1_rows;
      place_rows(op, v.src1, {v.batch, v.m_outer, rows, v.cols}, plan.repeat);
    }
    const int64_t chunks = blocks_of(v.rows, v.row_block);
    plan.stores = static_cast<uint64_t>(v.batch * v.m_outer * chunks * blocks_of(v.cols, v.col_block));
    if (!append) {
      place_rows(op, v.dst, {v.batch, v.m_outer, v.rows, v.cols}, plan.repeat);
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
    const OpPlan* attention = nullptr;  // that the operators at hand belong to
    for (OpPlan& plan : segment.ops) {
      const Op& op = *plan.op;
      if (plan.attention) attention = &plan;
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
      if (attention != nullptr) {
        // The first waits for the operands of all three, before anything is stored.
        const size_t position = static_cast<size_t>(&plan - attention);
        if (position == 0) plan.wait_act = wait_for({op.weight, op.act.tensor, (&plan)[2].op->weight});
        if (position < 2) continue;
        attention = nullptr;
        written[op.out.tensor] = posted;
      } else if (op.kind == OpKind::gemm) {
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
  bool flash_;
  MemoryAllocator memory_;
  NetworkPlan plan_;
};

}  // namespace

NetworkPlan plan_network(const workloads::Network& network, const machine::Machine& machine,
                         const MappingOptions& options) {
  return Planner(network, machine, options).run();
}

}  // namespace vernier::mapper
