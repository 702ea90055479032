// SPDX-License-Identifier: Apache-2.0
#include "sim/mapper/attention_plan.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

#include "base/error.h"
#include "models/array/gemm_block.h"
#include "models/array/gemm_timing.h"
#include "models/pe/registry.h"
#include "models/vector/online_softmax.h"
#include "models/vector/vector_unit.h"

namespace vernier::mapper {
namespace {

using formats::activation_bytes;

// Estimates this close to the best are as good; the one with the least traffic is taken.
constexpr double kTolerance = 0.005;
// The tiles that stay are written out one by one in the program.
constexpr int64_t kMaxTiles = 16;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
uint64_t words(uint64_t bytes) { return (bytes + 3) / 4 * 4; }

uint64_t weight_block(const formats::GroupFormat& format, int64_t n, int64_t k,
                      const machine::ArrayParams& array) {
  formats::WeightBlockShape shape;
  shape.n = n;
  shape.k = k;
  shape.rows = array.channel_tile();
  shape.lanes = array.lanes;
  shape.with_channel_scales = format.has_channel_scale();
  return formats::weight_block_bytes(format, shape);
}

// unit, 2 unit, 4 unit, ... and all.
void add_sizes(std::set<int64_t>& sizes, int64_t total, int64_t unit) {
  for (int64_t size = unit; size < total; size *= 2) sizes.insert(size);
  sizes.insert(total);
}

class Search {
 public:
  Search(const AttentionShape& shape, const machine::Machine& machine, const std::string& name)
      : shape_(shape),
        machine_(machine),
        name_(name),
        timing_(machine, {shape.key_format.name, shape.value_format.name}) {
    const bool stationary = machine.array.weight_stationary();
    int64_t unit = shape.value_format.group_size != 0 ? shape.value_format.group_size : machine.array.lanes;
    if (stationary) unit = machine.array.rows;
    if (formats::is_table(shape.probabilities)) unit = std::lcm(unit, int64_t{formats::kTableGroup});
    add_sizes(keys_, shape.keys, unit);
    add_sizes(keys_, shape.keys, std::lcm(unit, int64_t{machine.array.channel_tile()}));
    add_sizes(rows_, shape.tokens, stationary ? 1 : machine.array.cols);
  }

  AttentionBlocks run() {
    const pe::PeDescriptor& pe = pe::pe(machine_.array.pe);
    for (const int64_t keys : keys_) {
      if (pe.reject_length(shape_.value_format, keys)) break;
      for (const int64_t rows : rows_) {
        const int64_t all = ceil_div(shape_.tokens, rows);
        for (int64_t tiles = 1; tiles <= std::min(all, kMaxTiles); ++tiles) {
          const int64_t most_heads = tiles == all ? std::min(shape_.group, kMaxTiles / tiles) : 1;
          for (int64_t heads = 1; heads <= most_heads; ++heads) {
            if (shape_.group % heads == 0) consider({rows, tiles, heads, keys});
          }
        }
      }
    }
    if (candidates_.empty()) fail();
    double least = candidates_.front().cycles;
    for (const AttentionBlocks& blocks : candidates_) least = std::min(least, blocks.cycles);
    const AttentionBlocks* best = nullptr;
    const auto rank = [](const AttentionBlocks& b) {
      return std::make_tuple(b.traffic_bytes, b.heads * b.tiles, b.cycles);
    };
    for (const AttentionBlocks& blocks : candidates_) {
      if (blocks.cycles > least * (1 + kTolerance)) continue;
      if (best == nullptr || rank(blocks) < rank(*best)) best = &blocks;
    }
    return *best;
  }

 private:
  void consider(AttentionBlocks blocks) {
    const AttentionSlots slots = attention_slots(shape_, blocks, machine_);
    if (slots.weight_bytes() > machine_.weight_spad.capacity_bytes) return;
    if (slots.activation_bytes() > machine_.activation_spad.capacity_bytes) return;
    if (slots.output_bytes() > machine_.output_spad.capacity_bytes) return;
    estimate(blocks, slots);
    candidates_.push_back(blocks);
  }

  [[nodiscard]] double bursts(uint64_t bytes) const {
    const auto burst = static_cast<uint64_t>(machine_.dram.burst_bytes);
    const uint64_t whole = (bytes + burst - 1) / burst * burst;
    return static_cast<double>(whole);
  }

  // A tile is as long as the slower of array and vector unit, which work side by side; where the tiles that
  // stay change, the array waits for the last exponentials.
  void estimate(AttentionBlocks& blocks, const AttentionSlots& slots) {
    const auto heads = static_cast<double>(shape_.batch * shape_.group);
    const auto tokens = static_cast<double>(shape_.tokens);
    const auto turns = heads / static_cast<double>(blocks.heads) *
                       static_cast<double>(ceil_div(shape_.tokens, blocks.tiles * blocks.rows));
    const int64_t steps = ceil_div(shape_.keys, blocks.keys);
    const int64_t last = shape_.keys - (steps - 1) * blocks.keys;
    const double tiles = heads * static_cast<double>(ceil_div(shape_.tokens, blocks.rows));
    const double compute = tiles * (static_cast<double>(steps - 1) * tile_cycles(blocks.rows, blocks.keys) +
                                    tile_cycles(blocks.rows, last) +
                                    vector(isa::VectorOp::normalise, blocks.rows, shape_.value_dim)) +
                           turns * vector(isa::VectorOp::online_softmax, blocks.rows, last);
    const auto row =
        static_cast<double>(activation_bytes(shape_.queries, static_cast<uint64_t>(shape_.key_dim)));
    const double traffic =
        turns * static_cast<double>(steps) * (bursts(slots.key) + bursts(slots.value)) +
        heads * tokens *
            (bursts(static_cast<uint64_t>(row)) + bursts(static_cast<uint64_t>(shape_.value_dim) * 2));
    blocks.traffic_bytes = static_cast<uint64_t>(traffic);
    const double bytes_per_cycle = machine_.dram.bytes_per_cycle(machine_.clock_hz);
    const double first = bursts(slots.query) + bursts(slots.key);
    blocks.cycles = std::max(traffic / bytes_per_cycle, compute) + first / bytes_per_cycle;
  }

  [[nodiscard]] double tile_cycles(int64_t rows, int64_t keys) {
    const double array = gemm(rows, keys, shape_.key_dim, 0, shape_.queries) +
                         gemm(rows, shape_.value_dim, keys, 1, shape_.probabilities);
    return std::max(array, vector(isa::VectorOp::online_softmax, rows, keys) +
                               vector(isa::VectorOp::rescale_add, rows, shape_.value_dim));
  }

  [[nodiscard]] double gemm(int64_t m, int64_t n, int64_t k, uint8_t format,
                            formats::ActivationFormat activations) {
    isa::Instruction in;
    in.m = static_cast<uint32_t>(m);
    in.n = static_cast<uint32_t>(n);
    in.k = static_cast<uint32_t>(k);
    in.format = format;
    in.act_format = activations;
    return static_cast<double>(timing_.instruction(in).cycles);
  }

  [[nodiscard]] double vector(isa::VectorOp op, int64_t rows, int64_t cols) const {
    isa::Instruction in;
    in.vector_op = op;
    in.rows = static_cast<uint32_t>(rows);
    in.cols = static_cast<uint32_t>(cols);
    if (op == isa::VectorOp::online_softmax) in.result = shape_.probabilities;
    return static_cast<double>(vector::vector_cycles(machine_.vector, in));
  }

  [[noreturn]] void fail() const {
    const AttentionBlocks least{*rows_.begin(), 1, 1, *keys_.begin()};
    const AttentionSlots slots = attention_slots(shape_, least, machine_);
    std::vector<Diagnostic> findings;
    const auto need = [&](const char* spad, uint64_t bytes, uint64_t have) {
      if (bytes <= have) return;
      findings.push_back(
          {"MAP001",
           {},
           fmt::format("operator '{}': attention in one schedule, {} queries by {} keys of {} "
                       "elements at the least, needs {} bytes of the {} scratchpad, which has {}",
                       name_, least.rows, least.keys, shape_.key_dim, bytes, spad, have),
           fmt::format("enlarge {}_scratchpad.capacity or use mapping.attention: unfused", spad)});
    };
    need("weight", slots.weight_bytes(), machine_.weight_spad.capacity_bytes);
    need("activation", slots.activation_bytes(), machine_.activation_spad.capacity_bytes);
    need("output", slots.output_bytes(), machine_.output_spad.capacity_bytes);
    VERNIER_INVARIANT(!findings.empty(), "operator '{}': no blocks although the smallest fit", name_);
    throw InputError(std::move(findings));
  }

  const AttentionShape& shape_;
  const machine::Machine& machine_;
  const std::string& name_;
  array::GemmTimingModel timing_;
  std::set<int64_t> keys_, rows_;
  std::vector<AttentionBlocks> candidates_;
};

bool is_cache(const workloads::Network& network, int tensor) {
  return tensor >= 0 && network.tensors[static_cast<size_t>(tensor)].kind == workloads::TensorKind::kv_cache;
}

// Rows of the scores follow one another without a gap, so that a softmax of rows is one of any block of them.
bool dense(const workloads::View& view, const workloads::Op& gemm, int64_t cols) {
  return view.offset == 0 && view.col_stride == 1 && view.row_stride == cols &&
         view.outer_stride == gemm.m * cols && view.batch_stride == gemm.m_outer * gemm.m * cols;
}

// Operators that read or write the tensor.
size_t uses(const workloads::Network& network, int tensor) {
  size_t count = 0;
  for (const workloads::Segment& segment : network.segments) {
    for (const workloads::Op& op : segment.ops) {
      const bool gemm = op.kind == workloads::OpKind::gemm;
      const bool used = gemm
                            ? op.act.tensor == tensor || op.out.tensor == tensor
                            : op.src0.tensor == tensor || op.src1.tensor == tensor || op.dst.tensor == tensor;
      count += used ? 1 : 0;
    }
  }
  return count;
}

}  // namespace

AttentionSlots attention_slots(const AttentionShape& shape, const AttentionBlocks& blocks,
                               const machine::Machine& machine) {
  const machine::ArrayParams& array = machine.array;
  const auto rows = static_cast<uint64_t>(blocks.rows);
  const auto keys = static_cast<uint64_t>(blocks.keys);
  const auto key_dim = static_cast<uint64_t>(shape.key_dim);
  const auto value_dim = static_cast<uint64_t>(shape.value_dim);
  const auto resident = static_cast<uint64_t>(blocks.resident());
  AttentionSlots slots;
  slots.key = words(weight_block(shape.key_format, blocks.keys, shape.key_dim, array));
  slots.value = words(weight_block(shape.value_format, shape.value_dim, blocks.keys, array));
  slots.query = words(resident * activation_bytes(shape.queries, key_dim));
  slots.probability = words(rows * activation_bytes(shape.probabilities, keys));
  slots.score = words(array::output_block_bytes(array, rows, keys, key_dim, false));
  slots.product = words(array::output_block_bytes(array, rows, value_dim, keys, false));
  slots.result = words(rows * value_dim * 2);
  slots.statistics = resident * vector::kStatisticBytes;
  slots.factors = rows * vector::kFactorBytes;
  slots.accumulators = resident * value_dim * 4;
  return slots;
}

AttentionBlocks choose_attention(const AttentionShape& shape, const machine::Machine& machine,
                                 const std::string& name) {
  return Search(shape, machine, name).run();
}

bool is_attention(const workloads::Network& network, const workloads::Segment& segment, size_t at) {
  using workloads::OpKind;
  if (at + 3 > segment.ops.size()) return false;
  const workloads::Op& qk = segment.ops[at];
  const workloads::Op& softmax = segment.ops[at + 1];
  const workloads::Op& av = segment.ops[at + 2];
  if (qk.kind != OpKind::gemm || softmax.kind != OpKind::vector || av.kind != OpKind::gemm) return false;
  if (softmax.vector_kind != workloads::VectorKind::softmax || softmax.batch > 1) return false;
  if (qk.parts > 1 || av.parts > 1) return false;
  if (!is_cache(network, qk.weight) || !is_cache(network, av.weight)) return false;
  const int scores = qk.out.tensor;
  const int probabilities = av.act.tensor;
  if (softmax.src0.tensor != scores || softmax.dst.tensor != probabilities) return false;
  if (av.batch != qk.batch || av.m_outer != qk.m_outer || av.m != qk.m || av.k != qk.n) return false;
  if (!dense(qk.out, qk, qk.n) || !dense(av.act, qk, qk.n) || softmax.cols != qk.n) return false;
  if (softmax.m_outer * softmax.rows != qk.batch * qk.m_outer * qk.m) return false;
  for (const workloads::View* view : {&softmax.src0, &softmax.dst}) {
    const bool blocks_follow = softmax.m_outer == 1 || view->outer_stride == softmax.rows * qk.n;
    if (view->offset != 0 || view->row_stride != qk.n || !blocks_follow) return false;
  }
  return scores == probabilities ? uses(network, scores) == 3
                                 : uses(network, scores) == 2 && uses(network, probabilities) == 2;
}

}  // namespace vernier::mapper
