// SPDX-License-Identifier: Apache-2.0
// What the tensors of a graph take on an accelerator.
#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "models/array/gemm_block.h"
#include "models/formats/weight_block.h"
#include "sim/config/network_formats.h"
#include "sim/schedule/execute/execute.h"
#include "sim/schedule/execute/operands.h"
#include "workloads/graph/operands.h"

namespace vernier::schedule {
namespace {

using graph::Graph;
using graph::Operator;
using graph::Tensor;
using graph::TensorKind;

/// Elements of a tensor; nothing if the graph does not know.
std::optional<int64_t> elements_of(const Tensor& tensor) {
  if (tensor.shape.empty() && tensor.format.empty()) return std::nullopt;
  int64_t count = 1;
  for (const int64_t size : tensor.shape) count *= size;
  return count;
}

uint64_t packed_bytes(const std::string& format, int64_t n, int64_t k, const machine::ArrayParams& array) {
  return formats::weight_block_bytes(formats::group_format(format),
                                     {n, k, array.channel_tile(), array.lanes, true});
}

class Formatter {
 public:
  Formatter(const Graph& graph, const config::AcceleratorConfig& accelerator)
      : result_(graph), accelerator_(accelerator), array_(accelerator.machine.array) {}

  Graph run() {
    std::vector<bool> first(result_.tensors.size(), false);
    packed_.resize(result_.tensors.size());
    for (const Operator& op : result_.operators) {
      const graph::Operands operands = graph::operands_of(result_, op);
      for (const int tensor : operands.activations) first[static_cast<size_t>(tensor)] = true;
      for (const int tensor : operands.weights) pack(op, tensor);
    }
    for (size_t i = 0; i < result_.tensors.size(); ++i) {
      Tensor& tensor = result_.tensors[i];
      const std::optional<int64_t> elements = elements_of(tensor);
      if (!elements) continue;
      if (packed_[i] > 0) {
        tensor.bytes = packed_[i];
        tensor.format = weight_format(tensor, accelerator_.formats);
      } else {
        const formats::ActivationFormat format =
            first[i] ? accelerator_.formats.activation : formats::ActivationFormat::fp16;
        tensor.bytes = formats::activation_bytes(format, static_cast<uint64_t>(*elements));
        tensor.format = formats::name_of(format);
      }
    }
    return std::move(result_);
  }

 private:
  /// The tensor is a second operand of the GEMMs of `op`: all of it for one of them, or rows of its own.
  void pack(const Operator& op, int index) {
    const Tensor& tensor = result_.tensors[static_cast<size_t>(index)];
    const std::optional<int64_t> elements = elements_of(tensor);
    if (!elements) return;
    const std::string format = weight_format(tensor, accelerator_.formats);
    uint64_t bytes = 0;
    for (const graph::Gemm& gemm : op.gemms) {
      if (gemm.n * gemm.k == *elements) bytes = packed_bytes(format, gemm.n, gemm.k, array_);
      if (gemm.n * gemm.k * gemm.groups == *elements)
        bytes = packed_bytes(format, gemm.n, gemm.k, array_) * static_cast<uint64_t>(gemm.groups);
    }
    if (bytes == 0) {
      const int64_t rows = tensor.shape.empty() ? 1 : tensor.shape.front();
      bytes = packed_bytes(format, rows, *elements / rows, array_);
    }
    uint64_t& packed = packed_[static_cast<size_t>(index)];
    packed = std::max(packed, bytes);
  }

  Graph result_;
  const config::AcceleratorConfig& accelerator_;
  const machine::ArrayParams& array_;
  std::vector<uint64_t> packed_;  ///< per tensor: bytes as packed weights; 0 = it is none
};

/// fp32 partial sums of the largest GEMM that needs them, and the results of all GEMMs but the last: what
/// operators need beside their operands.
uint64_t work_bytes(const Graph& graph, const Operator& op, const config::AcceleratorConfig& accelerator) {
  const machine::ArrayParams& array = accelerator.machine.array;
  uint64_t partial = 0;
  uint64_t between = 0;
  for (size_t i = 0; i < op.gemms.size(); ++i) {
    const graph::Gemm& gemm = op.gemms[i];
    const auto m = static_cast<uint64_t>(gemm.m), n = static_cast<uint64_t>(gemm.n);
    const formats::GroupFormat format = formats::group_format(gemm_format(graph, op, i, accelerator.formats));
    const bool split_k = k_chunk(format, gemm.k, accelerator.machine.array) < gemm.k;
    const uint64_t bytes = array::output_block_bytes(array, m, n, static_cast<uint64_t>(gemm.k), split_k);
    partial = std::max(partial, bytes - 2 * m * n);
    const bool scattered = op.kind == "ConvTranspose";  // its product is larger than its result
    if (i + 1 < op.gemms.size() || scattered) between += 2 * m * n * static_cast<uint64_t>(gemm.groups);
  }
  return partial + between;
}

}  // namespace

graph::Graph in_formats(const graph::Graph& graph, const config::AcceleratorConfig& accelerator) {
  if (formats::is_table(config::array_activations(accelerator))) {
    throw InputError(
        "EXE001",
        fmt::format("'{}' makes lookup tables by operators of their own, which a graph does not have",
                    accelerator.machine.name),
        {}, "let the array make them: --set lut.precompute=in_array");
  }
  return Formatter(graph, accelerator).run();
}

graph::Graph on_accelerator(const graph::Graph& graph, const config::AcceleratorConfig& accelerator) {
  Graph result = in_formats(graph, accelerator);
  const auto burst = static_cast<uint64_t>(accelerator.machine.dram.burst_bytes);
  for (size_t i = 0; i < result.operators.size(); ++i) {
    Operator& op = result.operators[i];
    const uint64_t bytes = work_bytes(result, op, accelerator);
    if (bytes == 0) continue;
    Tensor work;
    work.name = op.name + "/work";
    work.bytes = bytes;
    work.producer = static_cast<int>(i);
    op.outputs.push_back(static_cast<int>(result.tensors.size()));
    result.tensors.push_back(std::move(work));
  }
  for (Tensor& tensor : result.tensors) tensor.bytes = (tensor.bytes + burst - 1) / burst * burst;
  return result;
}

}  // namespace vernier::schedule
