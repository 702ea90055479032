// SPDX-License-Identifier: Apache-2.0
#include "models/array/gemm_ports.h"

#include <algorithm>

#include "base/error.h"
#include "models/array/group_dequantizer.h"
#include "models/array/weight_stationary/ws_timing.h"

namespace vernier::array {
namespace {

uint64_t ceil_div(int64_t a, int64_t b) { return static_cast<uint64_t>((a + b - 1) / b); }

/// Extents of the tiles along a dimension: full ones, then what is left.
std::vector<std::pair<int64_t, uint64_t>> tiles_of(int64_t extent, int64_t tile) {
  std::vector<std::pair<int64_t, uint64_t>> tiles;
  if (extent / tile > 0) tiles.emplace_back(tile, static_cast<uint64_t>(extent / tile));
  if (extent % tile > 0) tiles.emplace_back(extent % tile, 1);
  return tiles;
}

/// With one port for both, an access that reads and writes alternates: one access per cycle.
PortUse output_use(const machine::Machine& machine, bool accumulate) {
  return {accumulate && machine.output_spad.ports != machine::PortKind::rw1, true};
}

PassPorts output_stationary_pass(const machine::Machine& machine, const GemmTimingModel& model,
                                 const isa::Instruction& gemm, int64_t m, int64_t n) {
  const formats::GroupFormat& format = model.format(gemm.format);
  const GemmTiming timing =
      model.pass(gemm.format, m, n, gemm.k, gemm.final, gemm.accumulate, gemm.act_format);
  PassPorts pass;
  pass.cycles = timing.cycles;
  pass.output_begin =
      timing.cycles - static_cast<uint64_t>(m * column_write_cycles(machine, n, gemm.final, gemm.accumulate));
  pass.output = output_use(machine, gemm.accumulate);

  const int64_t lanes = machine.array.lanes;
  const auto weight_cycles = [&](bool starts_group) {
    return ceil_div(n * (lanes * format.element_bits + (starts_group ? format.group_meta_bits() : 0)),
                    machine.weight_spad.port_bits());
  };
  pass.weight.inner = weight_cycles(false);
  pass.weight.first = weight_cycles(true);
  pass.activation.inner = pass.activation.first =
      ceil_div(m * step_activation_bits(machine, gemm.act_format), machine.activation_spad.port_bits());
  for (FetchPattern* fetch : {&pass.weight, &pass.activation}) {
    fetch->end = fetch->first;
    fetch->stride = static_cast<uint64_t>(std::max<int64_t>(
        fetch_cycles(machine, format, gemm.act_format, m, n, false), model.cycles_per_step(gemm.format)));
    for (const AcceptedGroup& group :
         accepted_groups(machine, model, gemm.format, m, n, gemm.k, gemm.act_format)) {
      fetch->groups.push_back(
          {static_cast<uint64_t>(group.first_accept), static_cast<uint64_t>(group.steps)});
    }
  }
  return pass;
}

}  // namespace

UseUntil FetchPattern::at(uint64_t cycle) const {
  if (groups.empty() || cycle < groups.front().first_accept) {
    if (cycle < begin) return {{}, begin};
    if (cycle < end) return {{true, false}, end};
    return {{}, groups.empty() ? UINT64_MAX : groups.front().first_accept};
  }
  const auto after = std::upper_bound(groups.begin(), groups.end(), cycle,
                                      [](uint64_t c, const Group& group) { return c < group.first_accept; });
  const Group& group = *(after - 1);
  const uint64_t step = std::min((cycle - group.first_accept) / stride, group.steps - 1);
  const uint64_t accept = group.first_accept + step * stride;
  const bool last_of_group = step + 1 == group.steps;
  uint64_t window = inner;
  uint64_t next = accept + stride;
  if (last_of_group) {
    window = after == groups.end() ? 0 : first;
    next = after == groups.end() ? UINT64_MAX : after->first_accept;
  }
  if (cycle < accept + window) return {{true, false}, accept + window};
  return {{}, next};
}

UseUntil PassPorts::at(isa::Scratchpad scratchpad, uint64_t cycle) const {
  UseUntil result;
  switch (scratchpad) {
    case isa::Scratchpad::weight:
      result = weight.at(cycle);
      break;
    case isa::Scratchpad::activation:
      result = activation.at(cycle);
      break;
    case isa::Scratchpad::output:
      result = cycle < output_begin ? UseUntil{{}, output_begin} : UseUntil{output, cycles};
      break;
  }
  result.until = std::min(result.until, cycles);
  return result;
}

GemmPorts::GemmPorts(const machine::Machine& machine, const GemmTimingModel& timing,
                     const isa::Instruction& gemm) {
  if (machine.array.weight_stationary()) {
    add_weight_stationary(machine, timing, gemm);
  } else {
    add_output_stationary(machine, timing, gemm);
  }
}

void GemmPorts::add_row(Row row) {
  for (const Repeated& repeated : row.passes) row.cycles += repeated.count * repeated.pass.cycles;
  cycles_ += row.count * row.cycles;
  rows_.push_back(std::move(row));
}

void GemmPorts::add_output_stationary(const machine::Machine& machine, const GemmTimingModel& timing,
                                      const isa::Instruction& gemm) {
  for (const auto& [n, n_count] : tiles_of(gemm.n, machine.array.rows)) {
    Row row{n_count, 0, {}};
    for (const auto& [m, m_count] : tiles_of(gemm.m, machine.array.cols)) {
      row.passes.push_back({m_count, output_stationary_pass(machine, timing, gemm, m, n)});
    }
    add_row(std::move(row));
  }
}

void GemmPorts::add_weight_stationary(const machine::Machine& machine, const GemmTimingModel& timing,
                                      const isa::Instruction& gemm) {
  const formats::GroupFormat& format = timing.format(gemm.format);
  for (const auto& [n, n_count] : tiles_of(gemm.n, machine.array.cols)) {
    Row row{n_count, 0, {}};
    for (int64_t k0 = 0; k0 < gemm.k; k0 += machine.array.rows) {
      const int64_t k = std::min<int64_t>(gemm.k - k0, machine.array.rows);
      const bool accumulate = gemm.accumulate || k0 > 0;
      const WsPassShape shape{gemm.m, n, k, gemm.final && k0 + k == gemm.k, accumulate, gemm.act_format};
      const GemmTiming pass_timing = ws_pass(machine, format, shape);
      PassPorts pass;
      pass.cycles = pass_timing.cycles;
      const auto weights_end = static_cast<uint64_t>(machine.weight_spad.read_latency_cycles +
                                                     k * ws_ports(machine, format, shape).weight_row) +
                               1;
      pass.weight.end = weights_end;
      pass.activation.begin = weights_end;
      pass.activation.end = pass.cycles;
      pass.output_begin =
          pass_timing.fill + static_cast<uint64_t>(machine.array.rows + machine.array.cols) + 3;
      pass.output = output_use(machine, accumulate);
      row.passes.push_back({1, pass});
    }
    add_row(std::move(row));
  }
}

UseUntil GemmPorts::at(isa::Scratchpad scratchpad, uint64_t cycle) const {
  uint64_t begin = 0;
  for (const Row& row : rows_) {
    if (cycle - begin >= row.count * row.cycles) {
      begin += row.count * row.cycles;
      continue;
    }
    begin += (cycle - begin) / row.cycles * row.cycles;
    for (const Repeated& repeated : row.passes) {
      const uint64_t all = repeated.count * repeated.pass.cycles;
      if (cycle - begin >= all) {
        begin += all;
        continue;
      }
      begin += (cycle - begin) / repeated.pass.cycles * repeated.pass.cycles;
      UseUntil result = repeated.pass.at(scratchpad, cycle - begin);
      result.until += begin;
      return result;
    }
  }
  return {};
}

}  // namespace vernier::array
