// SPDX-License-Identifier: Apache-2.0
#include "sim/report/metrics.h"

#include <algorithm>

#include "base/error.h"

namespace vernier::report {
namespace {

Value ratio(double numerator, double denominator) {
  if (denominator == 0) return std::monostate{};
  return numerator / denominator;
}

Value ratio_if_both(const Value& numerator, const Value& denominator) {
  if (!present(numerator) || !present(denominator)) return std::monostate{};
  return ratio(as_double(numerator), as_double(denominator));
}
Value area(const RunResult& run) {
  if (!run.energy) return std::monostate{};
  const auto mm2 = area_mm2(*run.energy);
  return mm2 ? Value(*mm2) : Value();
}

Value dram_bytes(const LayerRow& row, const RunResult&) { return row.dram_bytes(); }
Value ideal_cycles(const LayerRow& row, const RunResult&) { return row.ideal_cycles; }
Value seconds(const LayerRow& row, const RunResult& run) {
  return ratio(static_cast<double>(row.cycles), run.clock_hz);
}
Value utilization(const LayerRow& row, const RunResult&) {
  return ratio(row.ideal_cycles, static_cast<double>(row.cycles));
}
Value dram_bandwidth(const LayerRow& row, const RunResult& run) {
  return ratio(static_cast<double>(row.dram_bytes()) * run.clock_hz, static_cast<double>(row.cycles));
}

// Williams, Waterman, Patterson: Roofline, CACM 52(4), 2009. A row without MACs has no place under the roofs.
Value intensity(const LayerRow& row, const RunResult&) {
  if (row.macs == 0) return std::monostate{};
  return ratio(static_cast<double>(row.macs), static_cast<double>(row.dram_bytes()));
}
Value attained(const LayerRow& row, const RunResult& run) {
  if (row.macs == 0) return std::monostate{};
  return ratio(static_cast<double>(row.macs) * run.clock_hz, static_cast<double>(row.cycles));
}
Value compute_roof(const LayerRow& row, const RunResult& run) {
  return ratio(static_cast<double>(row.macs) * run.clock_hz, row.ideal_cycles);
}
Value ceiling(const LayerRow& row, const RunResult& run) {
  const Value roof = compute_roof(row, run);
  const Value macs_per_byte = intensity(row, run);
  if (!present(macs_per_byte)) return roof;  // without a byte the DRAM bounds nothing
  return std::min(as_double(roof), as_double(macs_per_byte) * run.peak_dram_bytes_per_second);
}
Value ceiling_share(const LayerRow& row, const RunResult& run) {
  if (row.macs == 0) return std::monostate{};
  return ratio(as_double(attained(row, run)), as_double(ceiling(row, run)));
}
Value energy_in_fj(const LayerRow& row, const RunResult& run) {
  if (!run.energy) return std::monostate{};
  const auto sum = energy_fj(*run.energy, row.energy);
  return sum ? Value(*sum) : Value();
}
Value energy(const LayerRow& row, const RunResult& run) {
  const Value sum = energy_in_fj(row, run);
  return present(sum) ? Value(as_double(sum) / 1000) : Value();
}

std::vector<const Metric*> pick(std::initializer_list<std::string_view> names) {
  std::vector<const Metric*> picked;
  for (const std::string_view name : names) {
    const Metric* metric = find_metric(name);
    VERNIER_INVARIANT(metric != nullptr, "no metric '{}'", name);
    picked.push_back(metric);
  }
  return picked;
}

}  // namespace

std::string_view symbol(Unit unit) {
  switch (unit) {
    case Unit::cycles:
      return "cycles";
    case Unit::seconds:
      return "s";
    case Unit::macs:
      return "MACs";
    case Unit::bytes:
      return "B";
    case Unit::bytes_per_second:
      return "B/s";
    case Unit::macs_per_byte:
      return "MACs/B";
    case Unit::macs_per_second:
      return "MACs/s";
    case Unit::bits:
      return "bit";
    case Unit::femtojoules:
      return "fJ";
    case Unit::picojoules:
      return "pJ";
    case Unit::watts:
      return "W";
    case Unit::square_millimetres:
      return "mm2";
    case Unit::tops_per_watt:
      return "TOPS/W";
    case Unit::tops_per_square_millimetre:
      return "TOPS/mm2";
    case Unit::joule_seconds:
      return "J s";
    case Unit::ratio:
      return "1";
    case Unit::executions:
      return "executions";
    case Unit::instructions:
      return "instructions";
    case Unit::events:
      return "events";
  }
  fail_invariant(__FILE__, __LINE__, "unit is known", std::to_string(static_cast<int>(unit)));
}

bool present(const Value& value) { return !std::holds_alternative<std::monostate>(value); }

double as_double(const Value& value) {
  if (const auto* integer = std::get_if<uint64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return 0;
}

Metric::Metric(std::string_view name_, Unit unit_, std::string_view label_, std::string_view sentence_,
               std::string_view formula_, Counter counter)
    : name(name_), unit(unit_), label(label_), sentence(sentence_), formula(formula_), counter_(counter) {}

Metric::Metric(std::string_view name_, Unit unit_, std::string_view label_, std::string_view sentence_,
               std::string_view formula_, Derived compute)
    : name(name_), unit(unit_), label(label_), sentence(sentence_), formula(formula_), derived_(compute) {}

Metric::Metric(std::string_view name_, Unit unit_, std::string_view label_, std::string_view sentence_,
               std::string_view formula_)
    : name(name_), unit(unit_), label(label_), sentence(sentence_), formula(formula_) {}

Value Metric::value(const LayerRow& row, const RunResult& run) const {
  if (counter_ != nullptr) return row.*counter_;
  if (derived_ != nullptr) return derived_(row, run);
  const auto found = row.events.find(std::string(name));
  if (found == row.events.end()) return std::monostate{};
  return found->second;
}

const std::vector<Metric>& metrics() {
  static const std::vector<Metric> table = {
      {"count", Unit::executions, "executions", "How often the operator was executed.", "counted",
       &LayerRow::count},
      {"cycles", Unit::cycles, "cycles",
       "Accelerator clock cycles that belong to the operator; every cycle of the run belongs to exactly one "
       "operator.",
       "sum of the eight parts, compute_cycles to idle_cycles", &LayerRow::cycles},
      {"compute_cycles", Unit::cycles, "compute", "Cycles in which the PE array issues a term of a step.",
       "steps * T", &LayerRow::compute},
      {"fill_cycles", Unit::cycles, "fill",
       "Cycles from the start of an array pass to its first step: scratchpad latency and first operand "
       "fetch, and one cycle per instruction.",
       "Lr + f0 per pass, + 1 per instruction", &LayerRow::fill},
      {"drain_cycles", Unit::cycles, "drain",
       "Cycles from the last term of an array pass until its results are written to the output scratchpad.",
       "e - u per pass", &LayerRow::drain},
      {"operand_stall_cycles", Unit::cycles, "operand stall",
       "Cycles in which the array waits, between the first and the last term of a pass, for scratchpad "
       "operands or for group dequantization.",
       "u - a_1 - steps * T per pass", &LayerRow::operand_stall},
      {"load_stall_cycles", Unit::cycles, "load stall",
       "Cycles in which array and vector unit wait for data from DRAM.", "counted", &LayerRow::load_stall},
      {"store_stall_cycles", Unit::cycles, "store stall",
       "Cycles in which array and vector unit wait for a store to DRAM.", "counted", &LayerRow::store_stall},
      {"vector_cycles", Unit::cycles, "vector",
       "Cycles in which the vector unit works and the array does not.", "counted", &LayerRow::vector},
      {"idle_cycles", Unit::cycles, "idle",
       "Cycles that are none of the other parts, such as waiting for an instruction.",
       "cycles - the other seven parts", &LayerRow::idle},
      {"macs", Unit::macs, "MACs", "Useful multiply-accumulates: no padding, no idle lanes.",
       "sum of batch * m * n * k of the GEMMs", &LayerRow::macs},
      {"ideal_cycles", Unit::cycles, "ideal cycles",
       "Cycles the array would need for the useful MACs at its peak rate for the weight format in use.",
       "macs / peak; peak = rows * cols * lanes / T MACs per cycle", &ideal_cycles},
      {"utilization", Unit::ratio, "utilization",
       "Useful MACs as a share of what the array could do in the same cycles, at its peak rate for the "
       "weight format in use.",
       "macs / (cycles * peak) = ideal_cycles / cycles; peak = rows * cols * lanes / T MACs per cycle",
       &utilization},
      {"instructions", Unit::instructions, "instructions", "Instructions executed, loops unrolled.",
       "counted", &LayerRow::instructions},
      {"weight_bytes", Unit::bytes, "weights",
       "Bytes on the DRAM bus for the weights of matrix multiplications, including whole-burst padding.",
       "bursts * burst_bytes", &LayerRow::weight_bytes},
      {"kv_bytes", Unit::bytes, "KV cache",
       "Bytes on the DRAM bus for the key/value cache, read and written, including whole-burst padding.",
       "bursts * burst_bytes", &LayerRow::kv_bytes},
      {"activation_read_bytes", Unit::bytes, "activations read",
       "Bytes on the DRAM bus for reading activations and the parameters of norms and rotations, including "
       "whole-burst padding.",
       "bursts * burst_bytes", &LayerRow::activation_read_bytes},
      {"output_write_bytes", Unit::bytes, "outputs written",
       "Bytes on the DRAM bus for writing results, including whole-burst padding.", "bursts * burst_bytes",
       &LayerRow::output_write_bytes},
      {"dram_bytes", Unit::bytes, "DRAM", "All bytes on the DRAM bus.",
       "weight_bytes + kv_bytes + activation_read_bytes + output_write_bytes", &dram_bytes},
      {"seconds", Unit::seconds, "time", "Time at the clock of the configuration.", "cycles / clock_hz",
       &seconds},
      {"dram_bytes_per_second", Unit::bytes_per_second, "DRAM bandwidth", "Average rate on the DRAM bus.",
       "dram_bytes / seconds", &dram_bandwidth},
      {"operational_intensity", Unit::macs_per_byte, "intensity",
       "Useful MACs per byte on the DRAM bus; none without MACs.", "macs / dram_bytes", &intensity},
      {"macs_per_second", Unit::macs_per_second, "attained",
       "Useful MACs per second of the cycles that belong to the operator.", "macs / seconds", &attained},
      {"peak_macs_per_second", Unit::macs_per_second, "compute roof",
       "Peak rate of the array for the weight format in use; of operators with different formats, the rate "
       "of doing one after the other, each at its own peak.",
       "macs / (ideal_cycles / clock_hz)", &compute_roof},
      {"ceiling_macs_per_second", Unit::macs_per_second, "ceiling",
       "The lower of the two roofs at this intensity: peak of the array, peak bandwidth of the DRAM.",
       "min(peak_macs_per_second, operational_intensity * peak_dram_bytes_per_second)", &ceiling},
      {"ceiling_share", Unit::ratio, "of ceiling",
       "What was attained of the ceiling. The whole run cannot exceed 1; an operator can where its transfers "
       "ran in cycles that belong to others.",
       "macs_per_second / ceiling_macs_per_second", &ceiling_share},
      {"energy_fj", Unit::femtojoules, "energy, exact",
       "Energy in whole femtojoules, which sum exactly; given only where every part of it has a sourced "
       "number.",
       "sum over items of round(1000 * events * pJ per event)", &energy_in_fj},
      {"energy_pj", Unit::picojoules, "energy",
       "Energy; given only where every part of it has a sourced number.", "energy_fj / 1000", &energy},
  };
  return table;
}

const std::vector<const Metric*>& cycle_parts() {
  static const std::vector<const Metric*> parts =
      pick({"compute_cycles", "fill_cycles", "drain_cycles", "operand_stall_cycles", "load_stall_cycles",
            "store_stall_cycles", "vector_cycles", "idle_cycles"});
  return parts;
}

const std::vector<const Metric*>& byte_kinds() {
  static const std::vector<const Metric*> kinds =
      pick({"weight_bytes", "kv_bytes", "activation_read_bytes", "output_write_bytes"});
  return kinds;
}

const std::vector<const Metric*>& roofline_metrics() {
  static const std::vector<const Metric*> picked =
      pick({"operational_intensity", "macs_per_second", "peak_macs_per_second", "ceiling_macs_per_second",
            "ceiling_share"});
  return picked;
}

const std::vector<Metric>& event_metrics() {
  static const std::vector<Metric> table = {
      {"array_passes", Unit::events, "array passes",
       "Output tiles computed: one fill, steps and one drain each.", "counted"},
      {"pe_steps", Unit::events, "PE steps",
       "Steps of active PEs: each consumes one activation and one weight per lane.",
       "sum over passes of steps * n * m"},
      {"pe_terms", Unit::events, "PE terms", "Cycles of work of active PEs.", "pe_steps * T"},
      {"pe_group_dequantizations", Unit::events, "group dequantizations",
       "Group partial sums scaled into an output accumulator.", "sum over passes of groups * n * m"},
      {"pe_sum_row_cycles", Unit::events, "sum row terms",
       "Cycles of work of the row that sums the activations, for zero points.",
       "sum over passes of steps * T * m"},
      {"row_terms", Unit::events, "row edge terms",
       "Cycles in which the edge of an active row, its decoder, issues a term; the sum row is one of them.",
       "sum over passes of steps * T * n, and steps * T with zero points"},
      {"column_steps", Unit::events, "column edge steps", "Steps that the edges of active columns take.",
       "sum over passes of steps * m"},
      {"array_outputs", Unit::events, "array outputs",
       "Accumulators rounded and written to the output scratchpad.", "sum over passes of n * m"},
      {"weight_spad_read_bits", Unit::bits, "weight scratchpad reads",
       "Bits read from the weight scratchpad.", "counted"},
      {"weight_spad_write_bits", Unit::bits, "weight scratchpad writes",
       "Bits written to the weight scratchpad.", "counted"},
      {"activation_spad_read_bits", Unit::bits, "activation scratchpad reads",
       "Bits read from the activation scratchpad.", "counted"},
      {"activation_spad_write_bits", Unit::bits, "activation scratchpad writes",
       "Bits written to the activation scratchpad.", "counted"},
      {"output_spad_read_bits", Unit::bits, "output scratchpad reads",
       "Bits read from the output scratchpad, by array, vector unit and stores.", "counted"},
      {"output_spad_write_bits", Unit::bits, "output scratchpad writes",
       "Bits written to the output scratchpad, by array, vector unit and loads.", "counted"},
      {"vector_elements", Unit::events, "vector elements",
       "Elements processed by the vector unit, once per pass over them.", "sum of rows * cols * passes"},
      {"dram_read_bursts", Unit::events, "DRAM read bursts", "Bursts read from DRAM.", "counted"},
      {"dram_write_bursts", Unit::events, "DRAM write bursts", "Bursts written to DRAM.", "counted"},
  };
  return table;
}

const Metric* find_metric(std::string_view name) {
  for (const auto* table : {&metrics(), &event_metrics()}) {
    for (const Metric& metric : *table) {
      if (metric.name == name) return &metric;
    }
  }
  return nullptr;
}

Comparison compare(const RunResult& first, const RunResult& run) {
  const LayerRow& a = first.totals;
  const LayerRow& b = run.totals;
  Comparison result;
  result.speed_up = ratio(as_double(seconds(a, first)), as_double(seconds(b, run)));
  result.cycle_ratio = ratio(static_cast<double>(b.cycles), static_cast<double>(a.cycles));
  result.traffic_ratio = ratio(static_cast<double>(b.dram_bytes()), static_cast<double>(a.dram_bytes()));
  result.energy_ratio = ratio_if_both(energy(b, run), energy(a, first));
  result.area_ratio = ratio_if_both(area(run), area(first));
  return result;
}

const std::vector<ComparisonMetric>& comparison_metrics() {
  static const std::vector<ComparisonMetric> table = {
      {"speed_up", Unit::ratio, "speed-up", "How many times faster than the first run.",
       "seconds of the first / seconds", &Comparison::speed_up},
      {"cycle_ratio", Unit::ratio, "cycles, relative", "Cycles relative to the first run.",
       "cycles / cycles of the first", &Comparison::cycle_ratio},
      {"traffic_ratio", Unit::ratio, "DRAM traffic, relative",
       "Bytes on the DRAM bus relative to the first run.", "dram_bytes / dram_bytes of the first",
       &Comparison::traffic_ratio},
      {"energy_ratio", Unit::ratio, "energy, relative",
       "Energy relative to the first run; absent unless both have one.", "energy_pj / energy_pj of the first",
       &Comparison::energy_ratio},
      {"area_ratio", Unit::ratio, "area, relative",
       "Area relative to the first run; absent unless both have one.", "area_mm2 / area_mm2 of the first",
       &Comparison::area_ratio},
  };
  return table;
}

}  // namespace vernier::report
