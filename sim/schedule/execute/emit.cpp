// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "base/error.h"
#include "models/formats/weight_block.h"
#include "sim/mapper/memory_map.h"
#include "sim/schedule/execute/dependencies.h"
#include "sim/schedule/execute/execute.h"
#include "sim/schedule/execute/operands.h"
#include "workloads/graph/operands.h"

namespace vernier::schedule {
namespace {

using graph::Operator;
using graph::Tensor;
using isa::Instruction;
using isa::Opcode;
using isa::Queue;
using isa::VectorOp;

constexpr uint64_t kMostColumns = uint64_t{1} << 31;  // of one vector instruction

template <size_t count>
bool is_one_of(const std::string& kind, const std::array<std::string_view, count>& kinds) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

/// The operation of the vector unit that an operator is, if it goes over its result once in the model of
/// graphs; `unary` and `binary` are element-wise functions without a name.
VectorOp vector_op(const Operator& op) {
  static constexpr std::array<std::string_view, 3> kSoftmax = {"Softmax", "LogSoftmax", "Hardmax"};
  static constexpr std::array<std::string_view, 2> kRms = {"SimplifiedLayerNormalization",
                                                           "RMSNormalization"};
  static constexpr std::array<std::string_view, 4> kNorm = {
      "LayerNormalization", "InstanceNormalization", "GroupNormalization", "MeanVarianceNormalization"};
  const bool fused = op.attributes.count("fused") > 0;
  if (!fused && is_one_of(op.kind, kSoftmax)) return VectorOp::softmax;
  if (!fused && is_one_of(op.kind, kRms)) return VectorOp::rmsnorm;
  if (!fused && is_one_of(op.kind, kNorm)) return VectorOp::layernorm;
  return op.gemms.empty() && op.inputs.size() > 1 ? VectorOp::binary : VectorOp::unary;
}

class Emitter {
 public:
  Emitter(const graph::Graph& graph, const Schedule& schedule, uint64_t pool_bytes,
          const config::AcceleratorConfig& accelerator, const EmitOptions& options)
      : graph_(graph),
        schedule_(schedule),
        accelerator_(accelerator),
        machine_(accelerator.machine),
        options_(options) {
    program_.name = graph.name;
    list_formats();
    program_.pool_bytes = pool_bytes;
  }

  isa::Program run() {
    place_in_dram();
    list_operators();
    DependencyBuilder builder(program_, graph_.tensors.size());
    builder_ = &builder;
    for (step_ = 0; step_ < schedule_.order.size(); ++step_) {
      const Operator& op = operator_of(step_);
      loads(op);
      work(op);
      stores(op);
    }
    isa::validate(program_);
    return std::move(program_);
  }

 private:
  [[nodiscard]] const Operator& operator_of(size_t step) const {
    return graph_.operators[static_cast<size_t>(schedule_.order[step])];
  }
  [[nodiscard]] const Tensor& tensor(int index) const { return graph_.tensors[static_cast<size_t>(index)]; }

  /// Those of parameters in their order, then formats.kv.
  void list_formats() {
    const std::vector<bool> packed = graph::packed_parameters(graph_);
    for (size_t i = 0; i < packed.size(); ++i) {
      if (packed[i]) add_format(weight_format(graph_.tensors[i], accelerator_.formats));
    }
    if (program_.formats.empty()) add_format(accelerator_.formats.weight);
    add_format(accelerator_.formats.kv);
    if (program_.formats.size() <= kMostFormats) return;
    throw InputError("EXE003", fmt::format("'{}' has {} formats; a program has at most {}", graph_.name,
                                           program_.formats.size(), kMostFormats));
  }

  void add_format(const std::string& format) {
    std::vector<std::string>& all = program_.formats;
    if (std::find(all.begin(), all.end(), format) == all.end()) all.push_back(format);
  }

  [[nodiscard]] uint8_t format_number(const std::string& format) const {
    const std::vector<std::string>& all = program_.formats;
    const auto found = std::find(all.begin(), all.end(), format);
    VERNIER_INVARIANT(found != all.end(), "{} is no format of the program", format);
    return static_cast<uint8_t>(found - all.begin());
  }

  void place_in_dram() {
    dram_.resize(graph_.tensors.size());
    stays_.resize(graph_.tensors.size());
    for (const Residency& residency : schedule_.residencies) ++stays_[static_cast<size_t>(residency.tensor)];
    for (size_t i = 0; i < graph_.tensors.size(); ++i) {
      const Tensor& tensor = graph_.tensors[i];
      if (stays_[i] == 0 || (tensor.producer >= 0 && !tensor.output && stays_[i] == 1))
        continue;  // never there
      const uint64_t alignment = mapper::block_alignment(machine_.dram, tensor.bytes);
      dram_[i] = (program_.dram_bytes + alignment - 1) / alignment * alignment;
      program_.dram_bytes = dram_[i] + tensor.bytes;
      if (program_.dram_bytes < kMostDram) continue;
      throw InputError("MAP006",
                       fmt::format("the tensors of '{}' take more than 2^60 bytes of DRAM", graph_.name));
    }
  }

  /// Program::pool and Program::ops, from the residencies.
  void list_operators() {
    region_at_.resize(schedule_.order.size());
    fetched_at_.resize(schedule_.order.size());
    std::vector<std::vector<uint32_t>> of_tensor(graph_.tensors.size());
    for (size_t i = 0; i < schedule_.residencies.size(); ++i) {
      const Residency& residency = schedule_.residencies[i];
      of_tensor[static_cast<size_t>(residency.tensor)].push_back(static_cast<uint32_t>(i));
      program_.pool.push_back(
          {tensor(residency.tensor).name, residency.address, tensor(residency.tensor).bytes});
    }
    for (size_t step = 0; step < schedule_.order.size(); ++step) {
      const Operator& op = operator_of(step);
      isa::OpInfo info{op.name, op.kind.empty() ? "operator" : op.kind};
      const auto region_of = [&](int index) {
        for (const uint32_t region : of_tensor[static_cast<size_t>(index)]) {
          const Residency& residency = schedule_.residencies[region];
          if (residency.from <= static_cast<int>(step) && static_cast<int>(step) <= residency.to)
            return region;
        }
        VERNIER_INVARIANT(false, "tensor {} is not resident in step {}", index, step);
        return uint32_t{0};
      };
      for (const int index : op.inputs) {
        const uint32_t region = region_of(index);
        info.reads.push_back(region);
        region_at_[step].emplace_back(index, region);
        if (schedule_.residencies[region].from == static_cast<int>(step))
          fetched_at_[step].emplace_back(index, region);
      }
      for (const int index : op.outputs) {
        const uint32_t region = region_of(index);
        info.writes.push_back(region);
        region_at_[step].emplace_back(index, region);
      }
      program_.ops.push_back(std::move(info));
    }
  }

  [[nodiscard]] Instruction begin(Opcode opcode, Queue queue) const {
    Instruction in;
    in.opcode = opcode;
    in.queue = queue;
    in.op = static_cast<uint32_t>(step_);
    return in;
  }

  [[nodiscard]] Instruction transfer(Opcode opcode, Queue queue, int index, uint32_t region) const {
    Instruction in = begin(opcode, queue);
    in.spad.base = program_.pool[region].address;
    in.dram.base = dram_[static_cast<size_t>(index)];
    const uint64_t bytes = tensor(index).bytes;
    if (bytes > std::numeric_limits<uint32_t>::max()) {
      throw InputError("EXE002", fmt::format("tensor '{}' has {} bytes; a transfer moves at most 2^32 - 1",
                                             tensor(index).name, bytes));
    }
    in.rows = 1;
    in.row_bytes = static_cast<uint32_t>(bytes);
    return in;
  }

  /// The unit that reads the tensor decides through which port it comes in.
  [[nodiscard]] isa::Scratchpad role(const Operator& op, int index) const {
    const graph::Operands operands = graph::operands_of(graph_, op);
    const auto has = [index](const std::vector<int>& list) {
      return std::find(list.begin(), list.end(), index) != list.end();
    };
    if (has(operands.weights)) return isa::Scratchpad::weight;
    return has(operands.activations) ? isa::Scratchpad::activation : isa::Scratchpad::output;
  }

  void loads(const Operator& op) {
    for (const auto& [index, region] : fetched_at_[step_]) {
      Instruction in = transfer(Opcode::load, Queue::load, index, region);
      in.scratchpad = role(op, index);
      if (!options_.prefetch) {
        builder_->wait_for(Queue::compute);
        builder_->wait_for(Queue::vector);
      }
      builder_->add(in, {{}, {region}, {static_cast<uint32_t>(index)}, {}});
    }
  }

  void stores(const Operator& op) {
    for (size_t i = 0; i < op.outputs.size(); ++i) {
      const int index = op.outputs[i];
      if (!tensor(index).output && stays_[static_cast<size_t>(index)] < 2) continue;
      const uint32_t region = program_.ops[step_].writes[i];
      Instruction in = transfer(Opcode::store, Queue::store, index, region);
      in.scratchpad = isa::Scratchpad::output;
      builder_->add(in, {{region}, {}, {}, {static_cast<uint32_t>(index)}});
    }
  }

  [[nodiscard]] uint64_t address_of(int index) const {
    for (const auto& [at, region] : region_at_[step_]) {
      if (at == index) return program_.pool[region].address;
    }
    return 0;
  }

  void work(const Operator& op) {
    touched_ = {program_.ops[step_].reads, program_.ops[step_].writes, {}, {}};
    bool any = false;
    for (size_t i = 0; i < op.gemms.size(); ++i) {
      emit_gemm(op, i);
      any = true;
    }
    for (const int index : graph::operands_of(graph_, op).added) {
      emit_vector(op, VectorOp::binary, elements_of(op.outputs.front()), index);
    }
    if (op.vector_elements > 0) {
      emit_vector(op, vector_op(op), op.vector_elements);
      any = true;
    }
    if (op.kind == "ConvTranspose") emit_scatter(op);
    for (const int index : op.outputs) {
      if (!is_second_operand(index) || tensor(index).shape.empty()) continue;
      emit_packing(index);
      any = true;
    }
    if (!any) builder_->add(begin(Opcode::sync, Queue::vector), touched_);
  }

  /// What a transposed convolution's product has more than its result is added up where windows overlap.
  void emit_scatter(const Operator& op) {
    uint64_t products = 0;
    for (const graph::Gemm& gemm : op.gemms) products += static_cast<uint64_t>(gemm.groups * gemm.m * gemm.n);
    if (products > elements_of(op.outputs.front())) emit_vector(op, VectorOp::binary, products);
  }

  void emit_gemm(const Operator& op, size_t number) {
    const graph::Gemm& gemm = op.gemms[number];
    const graph::Operands operands = graph::operands_of(graph_, op);
    Instruction in = begin(Opcode::gemm, Queue::compute);
    const std::string& format = gemm_format(graph_, op, number, accelerator_.formats);
    in.format = format_number(format);
    in.act_format = accelerator_.formats.activation;
    in.m = static_cast<uint32_t>(gemm.m);
    in.n = static_cast<uint32_t>(gemm.n);
    if (!operands.weights.empty()) in.weight.base = address_of(operands.weights.front());
    if (!operands.activations.empty()) in.activation.base = address_of(operands.activations.front());
    in.out.base = address_of(op.outputs.front());
    const int64_t chunk = k_chunk(formats::group_format(format), gemm.k, machine_.array);
    for (int64_t k = 0; k < gemm.k; k += chunk) {
      in.k = static_cast<uint32_t>(std::min(chunk, gemm.k - k));
      in.accumulate = k > 0;
      in.final = k + chunk >= gemm.k;
      if (gemm.groups == 1) {
        builder_->add(in, touched_);
      } else {
        builder_->add_loop(in, static_cast<uint64_t>(gemm.groups), touched_);
      }
    }
  }

  [[nodiscard]] uint64_t elements_of(int index) const {
    uint64_t elements = 1;
    for (const int64_t size : tensor(index).shape) elements *= static_cast<uint64_t>(size);
    return elements;
  }

  /// `added`: a tensor that goes to the operator's result; -1: the operator's own vector work.
  void emit_vector(const Operator& op, VectorOp what, uint64_t elements, int added = -1) {
    const std::vector<int64_t>& shape = tensor(op.outputs.front()).shape;
    const auto row = shape.empty() ? uint64_t{1} : static_cast<uint64_t>(shape.back());
    const bool by_rows = what != VectorOp::unary && what != VectorOp::binary;
    if (by_rows && row < kMostColumns && elements % row == 0 && elements / row < kMostColumns)
      return emit_rows(op, what, elements / row, row, added);
    if (by_rows) what = VectorOp::unary;
    for (uint64_t done = 0; done < elements;) {
      const uint64_t columns = std::min(elements - done, kMostColumns);
      emit_rows(op, what, 1, columns, added);
      done += columns;
    }
  }

  void emit_rows(const Operator& op, VectorOp what, uint64_t rows, uint64_t columns, int added) {
    Instruction in = begin(Opcode::vector, Queue::vector);
    in.vector_op = what;
    in.rows = static_cast<uint32_t>(rows);
    in.cols = static_cast<uint32_t>(columns);
    if (added >= 0) {
      in.src0.base = address_of(op.outputs.front());
      in.src1.base = address_of(added);
    } else {
      if (!op.inputs.empty()) in.src0.base = address_of(op.inputs.front());
      if (what == VectorOp::binary && op.inputs.size() > 1) in.src1.base = address_of(op.inputs[1]);
    }
    in.src1_shared = what == VectorOp::layernorm || what == VectorOp::rmsnorm;
    in.scalar = 1;
    in.dst.base = address_of(op.outputs.front());
    builder_->add(in, touched_);
  }

  /// Some reader takes the tensor as second operand of a GEMM.
  [[nodiscard]] bool is_second_operand(int index) const {
    const std::vector<int>& readers = tensor(index).consumers;
    return std::any_of(readers.begin(), readers.end(), [&](int reader) {
      const graph::Operands operands =
          graph::operands_of(graph_, graph_.operators[static_cast<size_t>(reader)]);
      return std::find(operands.weights.begin(), operands.weights.end(), index) != operands.weights.end();
    });
  }

  /// The result becomes the second operand of a GEMM.
  void emit_packing(int index) {
    const auto row = static_cast<uint64_t>(tensor(index).shape.back());
    Instruction in = begin(Opcode::vector, Queue::vector);
    in.vector_op = VectorOp::quantize;
    in.rows = static_cast<uint32_t>(elements_of(index) / row);
    in.cols = static_cast<uint32_t>(row);
    in.src0.base = in.dst.base = address_of(index);
    in.format = format_number(accelerator_.formats.kv);
    builder_->add(in, touched_);
  }

  static constexpr size_t kMostFormats = 256;  // Instruction::format
  static constexpr uint64_t kMostDram = uint64_t{1} << 60;

  const graph::Graph& graph_;
  const Schedule& schedule_;
  const config::AcceleratorConfig& accelerator_;
  const machine::Machine& machine_;
  const EmitOptions& options_;
  isa::Program program_;
  DependencyBuilder* builder_ = nullptr;
  std::vector<uint64_t> dram_;  ///< address of each tensor that is ever there
  std::vector<int> stays_;      ///< residencies of each tensor
  std::vector<std::vector<std::pair<int, uint32_t>>> region_at_, fetched_at_;  ///< per step: tensor, region
  size_t step_ = 0;
  Touched touched_;  ///< by the work of this step
};

}  // namespace

isa::Program emit_program(const graph::Graph& graph, const Schedule& schedule, uint64_t pool_bytes,
                          const config::AcceleratorConfig& accelerator, const EmitOptions& options) {
  return Emitter(graph, schedule, pool_bytes, accelerator, options).run();
}

}  // namespace vernier::schedule
