// SPDX-License-Identifier: Apache-2.0
#include "sim/report/energy_metrics.h"

#include "base/error.h"

namespace vernier::report {
namespace {

constexpr double kJoulesPerPj = 1e-12;

double seconds(const RunResult& run) { return static_cast<double>(run.totals.cycles) / run.clock_hz; }

Value divided(const Value& numerator, double denominator) {
  if (!present(numerator) || denominator == 0) return std::monostate{};
  return as_double(numerator) / denominator;
}

Value area(const RunResult& run, bool as_sourced) {
  if (!run.energy) return std::monostate{};
  const auto mm2 = area_mm2(*run.energy, as_sourced);
  return mm2 ? Value(*mm2) : Value();
}

Value total(const RunResult& run) { return energy_pj(run); }
Value total_as_sourced(const RunResult& run) { return energy_pj(run, true); }
Value per_token(const RunResult& run) {
  return divided(total(run), run.energy ? static_cast<double>(run.energy->tokens) : 0);
}
Value power(const RunResult& run) {
  const Value pj = total(run);
  return present(pj) ? divided(as_double(pj) * kJoulesPerPj, seconds(run)) : Value();
}
Value delay_product(const RunResult& run) {
  const Value pj = total(run);
  return present(pj) ? Value(as_double(pj) * kJoulesPerPj * seconds(run)) : Value();
}
// Two operations a MAC; 1 operation per pJ is 1 TOPS/W.
double operations(const RunResult& run) { return 2 * static_cast<double>(run.totals.macs); }
Value tops_per_watt(const RunResult& run) {
  const Value pj = total(run);
  return present(pj) && run.totals.macs > 0 ? divided(operations(run), as_double(pj)) : Value();
}
Value tops_per_mm2(const RunResult& run) {
  const Value mm2 = area(run, false);
  if (!present(mm2) || run.totals.macs == 0) return std::monostate{};
  return divided(operations(run) / seconds(run) / 1e12, as_double(mm2));
}
Value area_at_node(const RunResult& run) { return area(run, false); }
Value area_as_sourced(const RunResult& run) { return area(run, true); }

}  // namespace

Value energy_pj(const RunResult& run, bool as_sourced) {
  if (!run.energy) return std::monostate{};
  const auto fj = energy_fj(*run.energy, run.totals.energy, "", as_sourced);
  return fj ? Value(static_cast<double>(*fj) / 1000) : Value();
}

const std::vector<EnergyMetric>& energy_metrics() {
  static const std::vector<EnergyMetric> table = {
      {"total_energy_pj", Unit::picojoules, "energy", "Energy of the run, at the node of the report.",
       "sum over rows and items of energy_fj / 1000", &total},
      {"energy_as_sourced_pj", Unit::picojoules, "energy, unscaled",
       "The same with every number as its origin gives it: a sum over different nodes.",
       "sum over rows and items of round(1000 * events * pJ per event of the origin) / 1000",
       &total_as_sourced},
      {"energy_per_token_pj", Unit::picojoules, "energy per token",
       "Energy by the tokens that were processed, of all sequences.", "energy_pj / tokens", &per_token},
      {"power_w", Unit::watts, "power", "Average power of the run, DRAM included.", "energy / seconds",
       &power},
      {"tops_per_watt", Unit::tops_per_watt, "TOPS/W",
       "Useful operations by energy, DRAM included; a MAC is two operations.", "2 * macs / energy_pj",
       &tops_per_watt},
      {"tops_per_mm2", Unit::tops_per_square_millimetre, "TOPS/mm2", "Useful operations per second and area.",
       "2 * macs / seconds / area_mm2 / 10^12", &tops_per_mm2},
      {"energy_delay_js", Unit::joule_seconds, "energy-delay product", "Energy of the run times its time.",
       "energy * seconds", &delay_product},
      {"area_mm2", Unit::square_millimetres, "area",
       "Cell and macro area of the components with an area, at the node of the report; wiring, DMA and "
       "sequencer are "
       "not in it.",
       "sum of count * area", &area_at_node},
      {"area_as_sourced_mm2", Unit::square_millimetres, "area, unscaled",
       "The same with every number as its origin gives it: a sum over different nodes.",
       "sum of count * area of the origin", &area_as_sourced},
  };
  return table;
}

Value EnergyPart::value(const RunResult& run) const {
  if (!run.energy) return std::monostate{};
  const auto fj = energy_fj(*run.energy, run.totals.energy, std::string(part));
  return fj ? Value(static_cast<double>(*fj) / 1000) : Value();
}

const std::vector<EnergyPart>& energy_parts() {
  static const std::vector<EnergyPart> table = {
      {"PE array", "pe_array_energy_pj", "Energy of the PEs, working and idle, and of the pass control."},
      {"decoders", "decoder_energy_pj", "Energy of the row decoders and column edges."},
      {"accumulators", "accumulator_energy_pj",
       "Energy of group dequantizers, accumulators and output units."},
      {"scratchpads", "scratchpad_energy_pj", "Energy of the bits read from and written to the scratchpads."},
      {"vector unit", "vector_energy_pj", "Energy of the elements of the vector unit."},
      {"DMA", "dma_energy_pj", "Energy of the wires between DRAM interface and scratchpads."},
      {"DRAM", "dram_energy_pj", "Energy of the DRAM: commands and background, or bits on the bus."},
      {"leakage", "leakage_energy_pj", "Energy that blocks and scratchpads leak."},
  };
  return table;
}

const EnergyMetric& energy_metric(std::string_view name) {
  for (const EnergyMetric& metric : energy_metrics()) {
    if (metric.name == name) return metric;
  }
  fail_invariant(__FILE__, __LINE__, "energy metric is known", std::string(name));
}

}  // namespace vernier::report
