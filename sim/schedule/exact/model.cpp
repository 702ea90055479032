// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/exact/model.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace vernier::schedule::exact {
namespace {

/// Tables of sums with more entries are not made: the method is exact without them.
constexpr uint64_t kLargestTable = 1 << 18;

std::vector<uint64_t> sizes_of(const graph::Graph& graph) {
  std::vector<uint64_t> sizes;
  for (const graph::Tensor& tensor : graph.tensors) sizes.push_back(tensor.bytes);
  return sizes;
}

uint64_t unit_of(const graph::Graph& graph) {
  uint64_t unit = 0;
  for (const graph::Tensor& tensor : graph.tensors) unit = std::gcd(unit, tensor.bytes);
  return std::max<uint64_t>(unit, 1);
}

/// Which multiples of unit are sums of sizes, each as often as need be.
std::vector<char> sums_of(std::vector<uint64_t> sizes, uint64_t unit, uint64_t entries) {
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  std::vector<char> reached(entries, 0);
  reached[0] = 1;
  for (const uint64_t size : sizes) {
    for (uint64_t i = size / unit; i < entries; ++i) {
      if (reached[i - size / unit] != 0) reached[i] = 1;
    }
  }
  return reached;
}

/// Any stack of tensors, and any set of evicted ones, is a sum of their sizes (one tensor may lie in a stack
/// twice, in different residencies): what no sum reaches of the capacity is of no use.
void round_sizes(const graph::Graph& graph, Model& model) {
  const uint64_t unit = unit_of(graph);
  model.unit = unit;
  const uint64_t entries = model.capacity / unit + 1;
  model.capacity = (entries - 1) * unit;
  if (entries > kLargestTable) return;
  const std::vector<char> stacks = sums_of(sizes_of(graph), unit, entries);
  uint64_t top = entries - 1;
  while (stacks[top] == 0) --top;
  model.capacity = top * unit;

  const std::vector<char> evicted = sums_of(model.bytes, unit, entries);
  model.round_up.assign(entries, 0);
  uint64_t next = entries * unit;  // beyond the table nothing is known but the size itself
  for (uint64_t i = entries; i-- > 0;) {
    if (evicted[i] != 0) next = i * unit;
    model.round_up[i] = next;
  }
}

}  // namespace

std::vector<uint64_t> possible_addresses(const graph::Graph& graph, uint64_t capacity) {
  const uint64_t unit = unit_of(graph), entries = capacity / unit + 1;
  std::vector<uint64_t> addresses;
  if (entries > kLargestTable) return addresses;
  const std::vector<char> stacks = sums_of(sizes_of(graph), unit, entries);
  for (uint64_t i = 0; i < entries; ++i) {
    if (stacks[i] != 0) addresses.push_back(i * unit);
  }
  return addresses;
}

uint64_t Model::needed(int op) const {
  uint64_t total = folded_bytes[op];
  for (const int k : inputs[op]) total += bytes[k];
  for (const int k : outputs[op]) total += bytes[k];
  return total;
}

Model make_model(const graph::Graph& graph, uint64_t capacity) {
  Model model;
  model.operators = static_cast<int>(graph.operators.size());
  model.capacity = capacity;
  model.inputs.resize(graph.operators.size());
  model.outputs.resize(graph.operators.size());
  model.folded.resize(graph.operators.size());
  model.folded_bytes.resize(graph.operators.size());
  for (size_t t = 0; t < graph.tensors.size(); ++t) {
    const graph::Tensor& tensor = graph.tensors[t];
    const bool in_dram = tensor.producer < 0;
    if (in_dram && tensor.consumers.empty()) continue;
    if (tensor.consumers.empty() || (in_dram && tensor.consumers.size() == 1)) {
      const int op = in_dram ? tensor.consumers.front() : tensor.producer;
      model.folded[op].push_back(static_cast<int>(t));
      model.folded_bytes[op] += tensor.bytes;
      continue;
    }
    const int k = model.tensors();
    model.original.push_back(static_cast<int>(t));
    model.bytes.push_back(tensor.bytes);
    model.producer.push_back(tensor.producer);
    model.clean.push_back(static_cast<char>(in_dram || tensor.output));
    model.consumers.push_back(tensor.consumers);
    if (!in_dram) model.outputs[tensor.producer].push_back(k);
    for (const int op : tensor.consumers) model.inputs[op].push_back(k);
  }
  round_sizes(graph, model);
  return model;
}

std::string too_large(const graph::Graph& graph, const Model& model, uint64_t capacity) {
  int largest = 0;
  for (int o = 1; o < model.operators; ++o) {
    if (model.needed(o) > model.needed(largest)) largest = o;
  }
  if (model.operators == 0 || model.needed(largest) <= capacity) return {};
  return fmt::format("operator '{}' needs {} bytes, the scratchpad has {}", graph.operators[largest].name,
                     model.needed(largest), capacity);
}

Plan keep_nothing(const Model& model) {
  Plan plan;
  std::vector<size_t> uses(model.tensors(), 0);
  std::vector<int> held;
  for (int o = 0; o < model.operators; ++o) {
    plan.push_back({o, held});
    held = model.outputs[o];
    for (const int k : model.inputs[o]) {
      if (++uses[k] < model.consumers[k].size()) held.push_back(k);
    }
  }
  return plan;
}

uint64_t replay(const Model& model, const Plan& plan) {
  const uint64_t given = model.capacity;
  std::vector<char> done(model.operators, 0), resident(model.tensors(), 0), clean = model.clean;
  std::vector<size_t> uses(model.tensors(), 0);
  uint64_t cost = 0;
  for (const Move& move : plan) {
    for (const int k : move.victims) {
      VERNIER_INVARIANT(resident[k] != 0, "tensor {} leaves before operator {}", k, move.op);
      resident[k] = 0;
      cost += clean[k] != 0 ? model.bytes[k] : 2 * model.bytes[k];
      clean[k] = 1;
    }
    VERNIER_INVARIANT(done[move.op] == 0, "operator {} runs twice", move.op);
    done[move.op] = 1;
    for (const int k : model.inputs[move.op]) {
      VERNIER_INVARIANT(model.producer[k] < 0 || done[model.producer[k]] != 0, "operator {} runs too early",
                        move.op);
      resident[k] = 1;
      ++uses[k];
    }
    for (const int k : model.outputs[move.op]) resident[k] = 1;
    uint64_t used = model.folded_bytes[move.op];
    for (int k = 0; k < model.tensors(); ++k) used += resident[k] != 0 ? model.bytes[k] : 0;
    VERNIER_INVARIANT(used <= given, "{} > {} bytes at operator {}", used, given, move.op);
    for (const int k : model.inputs[move.op]) {
      if (uses[k] == model.consumers[k].size()) resident[k] = 0;
    }
  }
  VERNIER_INVARIANT(plan.size() == static_cast<size_t>(model.operators), "{} operators of {}", plan.size(),
                    model.operators);
  return cost;
}

Schedule to_schedule(const Model& model, const Plan& plan) {
  Schedule schedule;
  std::vector<int> open(model.tensors(), -1);  // the residency that a tensor is in
  const auto use = [&](int k, int step) {
    if (open[k] < 0) {
      open[k] = static_cast<int>(schedule.residencies.size());
      schedule.residencies.push_back({model.original[k], step, step, 0});
    }
    schedule.residencies[open[k]].to = step;
  };
  for (size_t t = 0; t < plan.size(); ++t) {
    const Move& move = plan[t];
    const int step = static_cast<int>(t);
    schedule.order.push_back(move.op);
    for (const int k : move.victims) open[k] = -1;
    for (const int k : model.inputs[move.op]) use(k, step);
    for (const int k : model.outputs[move.op]) use(k, step);
    for (const int k : model.folded[move.op]) schedule.residencies.push_back({k, step, step, 0});
  }
  std::sort(schedule.residencies.begin(), schedule.residencies.end(),
            [](const Residency& a, const Residency& b) {
              return a.from != b.from ? a.from < b.from : a.tensor < b.tensor;
            });
  return schedule;
}

}  // namespace vernier::schedule::exact
