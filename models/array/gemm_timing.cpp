// SPDX-License-Identifier: Apache-2.0
#include "models/array/gemm_timing.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/error.h"
#include "models/array/group_dequantizer.h"
#include "models/array/weight_stationary/ws_timing.h"
#include "models/pe/registry.h"

namespace vernier::array {
namespace {

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

constexpr std::array kCounts{
    &EventCounts::pe_steps,          &EventCounts::pe_terms,         &EventCounts::group_ends,
    &EventCounts::outputs,           &EventCounts::weight_read_bits, &EventCounts::activation_read_bits,
    &EventCounts::output_write_bits, &EventCounts::output_read_bits, &EventCounts::sum_row_terms,
    &EventCounts::row_terms,         &EventCounts::column_steps};
static_assert(sizeof(EventCounts) == kCounts.size() * sizeof(uint64_t));

constexpr std::array kCycles{&GemmTiming::cycles,        &GemmTiming::fill,  &GemmTiming::compute,
                             &GemmTiming::operand_stall, &GemmTiming::drain, &GemmTiming::macs};

}  // namespace

EventCounts& EventCounts::operator+=(const EventCounts& other) {
  for (const auto field : kCounts) this->*field += other.*field;
  return *this;
}

EventCounts& EventCounts::operator*=(uint64_t factor) {
  for (const auto field : kCounts) this->*field *= factor;
  return *this;
}

bool EventCounts::operator==(const EventCounts& other) const {
  return std::all_of(kCounts.begin(), kCounts.end(),
                     [&](const auto field) { return this->*field == other.*field; });
}

GemmTiming& GemmTiming::operator+=(const GemmTiming& other) {
  for (const auto field : kCycles) this->*field += other.*field;
  counts += other.counts;
  return *this;
}

GemmTiming& GemmTiming::operator*=(uint64_t factor) {
  for (const auto field : kCycles) this->*field *= factor;
  counts *= factor;
  return *this;
}

std::vector<AcceptedGroup> accepted_groups(const machine::Machine& machine, const GemmTimingModel& model,
                                           int format_index, int64_t m, int64_t n, int64_t k,
                                           formats::ActivationFormat activations) {
  const formats::GroupFormat& format = model.format(format_index);
  const int64_t terms = model.cycles_per_step(format_index);
  const int64_t fetch = fetch_cycles(machine, format, activations, m, n, false);
  const int64_t fetch_first = fetch_cycles(machine, format, activations, m, n, true);
  const int64_t read_latency =
      std::max(machine.weight_spad.read_latency_cycles, machine.activation_spad.read_latency_cycles);
  const int64_t size = format.group_size == 0 ? k : format.group_size;
  const int64_t interval = group_interval(model.pe(), machine.array.delivery, static_cast<int>(m));
  std::vector<AcceptedGroup> groups(static_cast<size_t>(ceil_div(k, size)));
  int64_t accept = read_latency + fetch_first;  // of the group's last step, after the loop body
  int64_t issue = 0;
  for (size_t g = 0; g < groups.size(); ++g) {
    AcceptedGroup& group = groups[g];
    group.steps = ceil_div(std::min(size, k - static_cast<int64_t>(g) * size), machine.array.lanes);
    if (g > 0) accept = std::max(accept + fetch_first, issue);
    group.first_accept = accept;
    accept += (group.steps - 1) * std::max(fetch, terms);
    issue = g == 0 ? accept + terms : std::max(accept + terms, issue + interval);
    group.last_issue = issue;
  }
  return groups;
}

int64_t step_activation_bits(const machine::Machine& machine, formats::ActivationFormat activations) {
  return 8 * static_cast<int64_t>(activation_bytes(activations, static_cast<uint64_t>(machine.array.lanes)));
}

int64_t weight_fetch_cycles(const machine::Machine& machine, const formats::GroupFormat& format, int64_t n,
                            bool starts_group) {
  const int64_t lanes = machine.array.lanes;
  return ceil_div(n * (lanes * format.element_bits + (starts_group ? format.group_meta_bits() : 0)),
                  machine.weight_spad.port_bits());
}

int64_t activation_fetch_cycles(const machine::Machine& machine, formats::ActivationFormat activations,
                                int64_t m) {
  return ceil_div(m * step_activation_bits(machine, activations), machine.activation_spad.port_bits());
}

int64_t fetch_cycles(const machine::Machine& machine, const formats::GroupFormat& format,
                     formats::ActivationFormat activations, int64_t m, int64_t n, bool starts_group) {
  return std::max(weight_fetch_cycles(machine, format, n, starts_group),
                  activation_fetch_cycles(machine, activations, m));
}

int64_t column_write_cycles(const machine::Machine& machine, int64_t n, bool final, bool accumulate) {
  const int64_t write = ceil_div(n * (final ? 16 : 32), machine.output_spad.port_bits());
  if (!accumulate || machine.output_spad.ports != machine::PortKind::rw1) return write;
  return 2 * std::max(write, ceil_div(n * 32, machine.output_spad.port_bits()));
}

GemmTimingModel::GemmTimingModel(const machine::Machine& machine, const std::vector<std::string>& formats)
    : machine_(machine), pe_(pe::pe(machine.array.pe)) {
  for (const std::string& name : formats) {
    formats_.push_back(formats::group_format(name));
    cycles_per_step_.push_back(pe_.cycles_per_step(formats_.back()));
  }
}

GemmTiming GemmTimingModel::pass(int format_index, int64_t m, int64_t n, int64_t k, bool final,
                                 bool accumulate, formats::ActivationFormat activations) const {
  const formats::GroupFormat& format = this->format(format_index);
  const int64_t terms = cycles_per_step(format_index);
  const int64_t lanes = machine_.array.lanes;
  const int64_t interval = group_interval(pe_, machine_.array.delivery, static_cast<int>(m));
  const std::vector<AcceptedGroup> accepted =
      accepted_groups(machine_, *this, format_index, m, n, k, activations);
  const auto groups = static_cast<int64_t>(accepted.size());
  const int64_t first_accept = accepted.front().first_accept;
  const int64_t issue = accepted.back().last_issue;
  int64_t steps = 0;
  for (const AcceptedGroup& group : accepted) steps += group.steps;
  const int64_t skew = machine_.array.delivery == machine::Delivery::systolic ? (n - 1) + (m - 1) : 0;
  constexpr int64_t kOutputStages = 2;
  const int64_t drain = skew + tail_cycles(pe_, static_cast<int>(m)) + kOutputStages +
                        m * column_write_cycles(machine_, n, final, accumulate);

  GemmTiming timing;
  timing.fill = static_cast<uint64_t>(first_accept);
  timing.compute = static_cast<uint64_t>(steps * terms);
  timing.operand_stall = static_cast<uint64_t>(issue - first_accept - steps * terms);
  timing.drain = static_cast<uint64_t>(drain);
  timing.cycles = static_cast<uint64_t>(issue + drain);
  timing.macs = static_cast<uint64_t>(m * n * k);
  EventCounts& counts = timing.counts;
  counts.pe_steps = static_cast<uint64_t>(m * n * steps);
  counts.pe_terms = counts.pe_steps * static_cast<uint64_t>(terms);
  counts.group_ends = interval == 0 ? 0 : static_cast<uint64_t>(m * n * groups);
  counts.sum_row_terms = pe_.zero_point == nullptr ? 0 : static_cast<uint64_t>(m * steps * terms);
  counts.row_terms = static_cast<uint64_t>((n + (pe_.zero_point == nullptr ? 0 : 1)) * steps * terms);
  counts.column_steps = static_cast<uint64_t>(m * steps);
  counts.outputs = static_cast<uint64_t>(m * n);
  counts.weight_read_bits =
      static_cast<uint64_t>(n * (steps * lanes * format.element_bits + groups * format.group_meta_bits() +
                                 (final && format.has_channel_scale() ? 16 : 0)));
  counts.activation_read_bits =
      static_cast<uint64_t>(m * steps * step_activation_bits(machine_, activations));
  counts.output_write_bits = static_cast<uint64_t>(m * n * (final ? 16 : 32));
  counts.output_read_bits = accumulate ? static_cast<uint64_t>(m * n * 32) : 0;
  VERNIER_INVARIANT(timing.cycles == timing.fill + timing.compute + timing.operand_stall + timing.drain,
                    "pass of m={} n={} k={}", m, n, k);
  return timing;
}

const GemmTiming& GemmTimingModel::instruction(const isa::Instruction& gemm) {
  const Key key{gemm.m, gemm.n, gemm.k, gemm.format, gemm.act_format, gemm.final, gemm.accumulate};
  const auto [entry, is_new] = known_.try_emplace(key);
  GemmTiming& total = entry->second;
  if (!is_new) return total;
  const auto tile_sizes = [](int64_t extent, int64_t tile) {
    std::vector<std::pair<int64_t, uint64_t>> sizes;  // (size, how many)
    if (extent / tile > 0) sizes.emplace_back(tile, static_cast<uint64_t>(extent / tile));
    if (extent % tile > 0) sizes.emplace_back(extent % tile, 1);
    return sizes;
  };
  total.cycles = 1;  // the cycle in which the instruction is popped
  total.fill = 1;
  if (machine_.array.weight_stationary()) {
    total += ws_gemm(machine_, format(gemm.format), gemm);
    return total;
  }
  for (const auto& [n, n_count] : tile_sizes(gemm.n, machine_.array.rows)) {
    for (const auto& [m, m_count] : tile_sizes(gemm.m, machine_.array.cols)) {
      GemmTiming all = pass(gemm.format, m, n, gemm.k, gemm.final, gemm.accumulate, gemm.act_format);
      all *= n_count * m_count;
      total += all;
    }
  }
  return total;
}

bool GemmTimingModel::Key::operator==(const Key& other) const {
  return std::tie(m, n, k, format, activations, final, accumulate) ==
         std::tie(other.m, other.n, other.k, other.format, other.activations, other.final, other.accumulate);
}

size_t GemmTimingModel::KeyHash::operator()(const Key& key) const {
  uint64_t hash = key.m;
  for (const uint64_t part : {uint64_t{key.n}, uint64_t{key.k},
                              (uint64_t{key.format} << 8U | static_cast<uint64_t>(key.activations)) * 4 +
                                  (key.final ? 2U : 0U) + (key.accumulate ? 1U : 0U)}) {
    hash = (hash ^ part) * 0x9e3779b97f4a7c15ULL;
    hash ^= hash >> 29;
  }
  return hash;
}

}  // namespace vernier::array
