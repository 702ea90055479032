// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/analytical/roofline.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "models/formats/activation_format.h"
#include "models/formats/group_format.h"
#include "models/pe/registry.h"

namespace vernier::analytical {
namespace {

using config::AttentionAccounting;
using workloads::Op;
using workloads::OpKind;
using workloads::Tensor;
using workloads::TensorKind;

constexpr double kMaxCount = 9e18;  // just below 2^63

// A matrix multiplication as the accounting sees it. Per batch entry: N x K weights, `tokens` results of N,
// inputs of input_rows rows of input_k elements.
struct Shape {
  int64_t batch = 1;
  int64_t n = 0;
  int64_t k = 0;
  int64_t tokens = 0;
  int64_t input_k = 0;
  double weight_bits = 0;  // in traffic
  double input_bits = 0;
  double step_bits = 0;  // what a bit-serial PE works through
  std::string step_format;
};

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// ceil(elements*bits/8), the bytes of one row.
double row_bytes(int64_t elements, double bits) {
  return std::ceil(static_cast<double>(elements) * bits / 8.0);
}

int64_t checked(double value, const std::string& name) {
  if (!(value < kMaxCount)) {
    throw InputError("ANA003",
                     fmt::format("{}: a count of {:.2g} does not fit a 63-bit counter", name, value));
  }
  return static_cast<int64_t>(value);
}

double bits_of(double declared, const std::string& format) {
  return declared > 0 ? declared : formats::group_format(format).published_bits_per_weight();
}

// Bits per activation: 32 and 18 in tables of fp16 and of int8 entries.
double bits_of(formats::ActivationFormat format) {
  return 8.0 * static_cast<double>(formats::activation_bytes(format, formats::kTableGroup)) /
         formats::kTableGroup;
}

Shape shape_of(const Op& op, const Tensor& weight, const Tensor& input, const Design& design) {
  const bool attention = weight.kind == TensorKind::kv_cache;
  Shape shape;
  shape.batch = op.batch;
  shape.n = op.n;
  shape.k = op.k;
  shape.tokens = op.m_outer * op.m;
  shape.input_k = op.k;
  shape.weight_bits =
      attention ? bits_of(design.kv_bits, weight.format) : bits_of(design.weight_bits, weight.format);
  if (weight.scales >= 0 && design.kv_bits <= 0) shape.weight_bits += 16.0 / static_cast<double>(weight.rows);
  shape.input_bits = bits_of(formats::activation_format(input.format));
  shape.step_bits = shape.weight_bits;
  shape.step_format = weight.format;
  return shape;
}

int64_t step_cycles(const Shape& shape, const Design& design, const std::string& name) {
  if (design.cycles_per_step > 0) return design.cycles_per_step;
  if (design.pe == nullptr) return ceil_div(static_cast<int64_t>(std::floor(shape.step_bits)), 2);
  const formats::GroupFormat format = formats::group_format(shape.step_format);
  if (const auto why = design.pe->reject(format)) {
    throw InputError("ANA001",
                     fmt::format("{}: the PE '{}' does not take weights in {}, so it has no cycles per step "
                                 "for them",
                                 name, design.pe->name, format.name),
                     {}, *why);
  }
  return design.pe->cycles_per_step(format);
}

// The weights of the linear layers, which published accounting uses for the steps of attention too.
struct LinearWeights {
  double bits = 0;
  std::string format;
};

// Those of a segment.
LinearWeights linear_weights(const workloads::Network& network, const workloads::Segment& segment,
                             const Design& design) {
  for (const Op& op : segment.ops) {
    if (op.kind != OpKind::gemm) continue;
    const Tensor& weight = network.tensors.at(static_cast<size_t>(op.weight));
    if (weight.kind == TensorKind::weight) return {bits_of(design.weight_bits, weight.format), weight.format};
  }
  return {design.weight_bits > 0 ? design.weight_bits : design.act_bits, "fp16"};
}

// QK: "weights" [tokens, hidden], "inputs" [context, head_dim*kv_heads], results [heads*tokens, context].
// AV: "weights" [heads*tokens, context], "inputs" as above, results [tokens, hidden]. The artifact takes the
// number of rows of inputs and results alike from the first dimension of the results, and the width of a
// result row from the first dimension of the weights.
Shape published_attention(const Op& op, bool is_qk, const LinearWeights& linear, const Design& design) {
  const int64_t kv_heads = op.batch / op.parts;
  const int64_t heads = kv_heads * op.m_outer;
  const int64_t head_dim = is_qk ? op.k : op.n * op.parts;
  Shape shape;
  shape.input_k = head_dim * kv_heads;
  shape.weight_bits = design.act_bits;
  shape.input_bits = design.act_bits;
  shape.step_bits = linear.bits;
  shape.step_format = linear.format;
  shape.n = is_qk ? op.m : heads * op.m;
  shape.k = is_qk ? heads * head_dim : op.k;
  shape.tokens = is_qk ? heads * op.m : op.m;
  return shape;
}

void fill(Row& row, const Shape& shape, const Design& design) {
  const auto total = [&](double per_entry) {
    return checked(per_entry * static_cast<double>(shape.batch), row.name);
  };
  const int64_t steps_per_tile = ceil_div(shape.k, design.lanes);
  const double tiles = static_cast<double>(steps_per_tile) *
                       static_cast<double>(ceil_div(shape.n, design.rows)) *
                       static_cast<double>(ceil_div(shape.tokens, design.cols));
  row.n = shape.n;
  row.k = shape.k;
  row.tokens = shape.tokens;
  row.input_k = shape.input_k;
  row.batch = shape.batch;
  row.step_cycles = step_cycles(shape, design, row.name);
  checked(tiles * static_cast<double>(shape.batch) * static_cast<double>(row.step_cycles), row.name);
  row.compute_cycles = steps_per_tile * ceil_div(shape.n, design.rows) * ceil_div(shape.tokens, design.cols) *
                       shape.batch * row.step_cycles;

  row.weight_bytes = total(row_bytes(shape.k, shape.weight_bits) * static_cast<double>(shape.n));
  row.input_bytes = total(row_bytes(shape.input_k, shape.input_bits) * static_cast<double>(shape.tokens));
  row.output_bytes = total(row_bytes(shape.n, design.act_bits) * static_cast<double>(shape.tokens));
  if (row.weight_bytes > design.weight_spad_bytes && row.input_bytes > design.activation_spad_bytes) {
    const int64_t weight_fills = ceil_div(row.weight_bytes, design.weight_spad_bytes);
    const int64_t input_fills = ceil_div(row.input_bytes, design.activation_spad_bytes);
    const auto w = static_cast<double>(row.weight_bytes);
    const auto i = static_cast<double>(row.input_bytes);
    checked(w * static_cast<double>(input_fills) + i * static_cast<double>(weight_fills), row.name);
    const bool refetch_weights =
        input_fills * row.weight_bytes + row.input_bytes < weight_fills * row.input_bytes + row.weight_bytes;
    (refetch_weights ? row.weight_fetches : row.input_fetches) = refetch_weights ? input_fills : weight_fills;
  }
  const double bytes = static_cast<double>(row.weight_bytes) * static_cast<double>(row.weight_fetches) +
                       static_cast<double>(row.input_bytes) * static_cast<double>(row.input_fetches) +
                       static_cast<double>(row.output_bytes);
  checked(8.0 * bytes * static_cast<double>(row.count), row.name);
  const int64_t bits =
      8 * (row.weight_bytes * row.weight_fetches + row.input_bytes * row.input_fetches + row.output_bytes);
  const auto width = static_cast<int64_t>(design.dram_bits_per_cycle);
  row.dram_cycles = static_cast<double>(width) == design.dram_bits_per_cycle
                        ? bits / width  // exact
                        : static_cast<int64_t>(static_cast<double>(bits) / design.dram_bits_per_cycle);
}

}  // namespace

Design design_of(const config::AcceleratorConfig& accelerator) {
  const machine::Machine& machine = accelerator.machine;
  if (machine.array.weight_stationary()) {
    throw InputError("ANA004", "array.dataflow: the analytical fidelity counts output-stationary passes only",
                     {}, "use another fidelity, or array.dataflow=output_stationary");
  }
  Design design;
  design.rows = machine.array.rows;
  design.cols = machine.array.cols;
  design.lanes = machine.array.lanes;
  design.weight_bits = accelerator.analytical.weight_bits;
  design.kv_bits = accelerator.analytical.kv_bits;
  design.weight_spad_bytes = static_cast<int64_t>(machine.weight_spad.capacity_bytes);
  design.activation_spad_bytes = static_cast<int64_t>(machine.activation_spad.capacity_bytes);
  design.dram_bits_per_cycle = 8 * machine.dram.bytes_per_cycle(machine.clock_hz);
  design.attention = accelerator.analytical.attention;
  design.cycles_per_step = accelerator.analytical.cycles_per_step;
  if (design.cycles_per_step > 0) return design;
  const std::string& pe = machine.array.pe;
  if (pe == config::kDeclaredPe) {
    throw InputError("ANA001", "analytical.cycles_per_step: a declared PE needs it in analytical fidelity",
                     {}, "give the cycles that a PE takes per step");
  }
  if (pe != "bitmod") design.pe = &pe::pe(pe);
  return design;
}

Result evaluate(const workloads::Network& network, const Design& design) {
  VERNIER_INVARIANT(design.rows > 0 && design.cols > 0 && design.lanes > 0 && design.cycles_per_step >= 0 &&
                        design.weight_spad_bytes > 0 && design.activation_spad_bytes > 0 &&
                        design.dram_bits_per_cycle > 0,
                    "a design parameter is not positive");
  Result result;
  double total = 0;
  for (const workloads::Segment& segment : network.segments) {
    for (const Op& op : segment.ops) {
      if (op.kind != OpKind::gemm) continue;
      const Tensor& weight = network.tensors.at(static_cast<size_t>(op.weight));
      Row row;
      row.name = op.name;
      row.layer_class = op.layer_class;
      row.weight_format = weight.format;
      row.attention = weight.kind == TensorKind::kv_cache;
      row.count = segment.repeat;
      row.macs = op.macs();
      const Tensor& input = network.tensors.at(static_cast<size_t>(op.act.tensor));
      Shape shape = shape_of(op, weight, input, design);
      if (row.attention && design.attention == AttentionAccounting::published) {
        if (network.sequences != 1) {
          throw InputError(
              "ANA002",
              fmt::format("analytical.attention: 'published' accounting is defined for one sequence, "
                          "found a batch of {}",
                          network.sequences),
              {}, "use --batch 1 or analytical.attention: per_head");
        }
        const bool is_qk = segment.plain(weight.name) == workloads::kKeyCache;
        shape = published_attention(op, is_qk, linear_weights(network, segment, design), design);
      }
      fill(row, shape, design);
      total += static_cast<double>(row.cycles()) * static_cast<double>(row.count);
      checked(total, network.name);
      result.compute_cycles += row.count * row.compute_cycles;
      result.dram_cycles += row.count * row.dram_cycles;
      result.cycles += row.count * row.cycles();
      result.rows.push_back(std::move(row));
    }
  }
  return result;
}

std::vector<report::LayerRow> layer_rows(const Result& result, const Design& design) {
  std::vector<report::LayerRow> rows;
  for (const Row& row : result.rows) {
    const auto times = [&](int64_t value) { return static_cast<uint64_t>(value * row.count); };
    report::LayerRow out;
    out.name = row.name;
    out.layer_class = row.layer_class;
    out.weight_format = row.weight_format;
    out.count = static_cast<uint64_t>(row.count);
    out.cycles = times(row.cycles());
    out.compute = times(row.compute_cycles);
    out.load_stall = out.cycles - out.compute;
    out.macs = times(row.macs);
    (row.attention ? out.kv_bytes : out.weight_bytes) = times(row.weight_bytes * row.weight_fetches);
    out.activation_read_bytes = times(row.input_bytes * row.input_fetches);
    out.output_write_bytes = times(row.output_bytes);
    out.ideal_cycles = static_cast<double>(out.macs) * static_cast<double>(row.step_cycles) /
                       static_cast<double>(design.rows * design.cols * design.lanes);
    rows.push_back(std::move(out));
  }
  return rows;
}

std::vector<std::string> notes(const Design& design) {
  std::vector<std::string> out = {
      "analytical: the larger of compute and DRAM cycles per operator; no fill, drain, latency or bursts",
      "analytical: element-wise operators (norm, softmax, rope, residual, cache append) cost nothing",
  };
  if (design.attention == AttentionAccounting::published) {
    out.emplace_back(
        "analytical.attention = published: QK^T is charged once too often per head, the product with the "
        "values in "
        "decode less than its work (utilization above 100 %), and keys and values as 16 bit, as in the "
        "published "
        "tables; macs are the useful ones");
  }
  return out;
}

}  // namespace vernier::analytical
