// SPDX-License-Identifier: Apache-2.0
// Scratchpads, DMA and DRAM.
#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "sim/energy/components.h"
#include "sim/energy/dram_energy.h"
#include "sim/energy/energy_model.h"
#include "sim/energy/sram_table.h"

namespace vernier::energy {
namespace {

using report::LayerRow;

const char* text_of(machine::PortKind ports) {
  switch (ports) {
    case machine::PortKind::rw1:
      return "1rw";
    case machine::PortKind::r1w1:
      return "1r1w";
    case machine::PortKind::rw2:
      return "2rw";
  }
  return "";
}

auto bits_of(std::string event) {
  return [event = std::move(event)](const LayerRow& row, size_t) { return count_of(row, event.c_str()); };
}

/// What a scratchpad is built of.
struct Macro {
  uint64_t count = 0;
  int joined = 1;  ///< banks in one
  int64_t capacity_bytes = 0;
  int width_bits = 0;
  SramNumbers numbers;
};

/// A macro per bank; banks that are accessed together share one, as few as it takes, where a bank alone is
/// narrower or smaller than the points.
Macro macro_of(const SramTable& table, int node_nm, const machine::ScratchpadParams& pad, bool extrapolate) {
  const auto joined = [&](int banks) {
    Macro macro;
    macro.joined = banks;
    macro.count = static_cast<uint64_t>(pad.banks / banks);
    macro.capacity_bytes = static_cast<int64_t>(pad.capacity_bytes / macro.count);
    macro.width_bits = pad.bank_width_bits * banks;
    return macro;
  };
  for (int banks = 1; banks <= pad.line_banks(); ++banks) {
    if (pad.line_banks() % banks != 0) continue;
    Macro macro = joined(banks);
    try {
      macro.numbers = table.bank(node_nm, text_of(pad.ports), macro.capacity_bytes, macro.width_bits);
      return macro;
    } catch (const InputError&) {  // the next may be inside
    }
  }
  Macro macro = joined(1);
  macro.numbers = table.bank(node_nm, text_of(pad.ports), macro.capacity_bytes, macro.width_bits,
                             extrapolate ? Outside::extrapolate : Outside::error);
  return macro;
}

void add_scratchpad(const std::string& name, const machine::ScratchpadParams& pad, bool extrapolate,
                    Components& components) {
  static const SramTable table = SramTable::load(data_file("sram/cacti7.csv").string());
  const std::string component = name + " scratchpad";
  const std::string reads = name + "_spad_read_bits";
  const std::string writes = name + "_spad_write_bits";
  report::EnergyItem read = {"scratchpads", component, "bit read", reads, {}, {}, {}};
  report::EnergyItem write = {"scratchpads", component, "bit written", writes, {}, {}, {}};
  report::AreaItem area = {"scratchpads", component, static_cast<uint64_t>(pad.banks), {}, {}, {}};
  Macro macro;
  try {
    macro = macro_of(table, components.node_nm, pad, extrapolate);
  } catch (const InputError& error) {
    const Diagnostic& why = error.diagnostics().front();
    read.origin = write.origin = area.origin = {"", why.message + "; " + why.help, ""};
    components.add_without(read, bits_of(reads));
    components.add_without(write, bits_of(writes));
    components.areas.push_back(area);
    return;
  }
  area.count = macro.count;
  report::Origin origin = {"published", "", ""};
  origin.text =
      fmt::format("CACTI 7, {} nm, {} byte, {} bit, {}, {} between the points of configs/sram/cacti7.csv",
                  components.node_nm, macro.capacity_bytes, macro.width_bits, text_of(pad.ports),
                  extrapolate ? "interpolated or extrapolated" : "interpolated");
  if (macro.joined > 1) origin.text += fmt::format("; {} banks in one macro", macro.joined);
  read.origin = write.origin = area.origin = origin;
  components.add(read, macro.numbers.read_pj / macro.width_bits, 0, bits_of(reads));
  components.add(write, macro.numbers.write_pj / macro.width_bits, 0, bits_of(writes));
  components.add_area(area, macro.numbers.area_mm2 * 1e6, 0);
  report::EnergyItem leakage = {"leakage", component, "cycle", "cycles", {}, {}, origin};
  // mW * ns = pJ
  components.add(leakage, static_cast<double>(macro.count) * macro.numbers.leakage_mw * components.cycle_ns,
                 0, [](const LayerRow& row, size_t) { return row.cycles; });
}

/// Counts of the whole run, by row.
auto shares(uint64_t total, const report::RunResult& run, uint64_t (*weight)(const LayerRow&)) {
  std::vector<uint64_t> weights;
  for (const LayerRow& row : run.layers) weights.push_back(weight(row));
  return [parts = apportion(total, weights)](const LayerRow&, size_t index) { return parts[index]; };
}

uint64_t bursts(const LayerRow& row) {
  return count_of(row, "dram_read_bursts") + count_of(row, "dram_write_bursts");
}

void add_commands(const DramCurrents& currents, const machine::DramParams& dram, const report::RunResult& run,
                  Components& components) {
  const DramEnergies energies = dram_energies(currents, dram.memory.part);
  const report::Origin origin = {currents.kind, currents.origin + "; formulas of Micron TN-40-07", ""};
  const auto add = [&](const char* action, const char* events, double pj, auto count) {
    components.add({"DRAM", dram.memory.part.name, action, events, {}, {}, origin}, pj, 0, count);
  };
  const report::MemoryCounts& memory = run.memory;
  add("activate and precharge", "dram_activates, by bursts of the row", energies.activate_precharge_pj,
      shares(*memory.dram_activates, run, &bursts));
  add("read", "dram_reads, by bursts read", energies.read_pj,
      shares(*memory.dram_reads, run, [](const LayerRow& row) { return count_of(row, "dram_read_bursts"); }));
  add("write", "dram_write_bursts", energies.write_pj, bits_of("dram_write_bursts"));
  add("refresh", "dram_refreshes, by cycles of the row", energies.refresh_pj,
      shares(*memory.dram_refreshes, run, [](const LayerRow& row) { return row.cycles; }));
  const double background = energies.background_mw * dram.memory.part.organisation.ranks *
                            dram.memory.channels * components.cycle_ns;
  add("background cycle", "cycles", background, [](const LayerRow& row, size_t) { return row.cycles; });
}

}  // namespace

void add_scratchpads(const config::AcceleratorConfig& accelerator, Components& components) {
  const machine::Machine& machine = accelerator.machine;
  const bool extrapolate = accelerator.energy.sram == config::SramOutside::extrapolate;
  add_scratchpad("weight", machine.weight_spad, extrapolate, components);
  add_scratchpad("activation", machine.activation_spad, extrapolate, components);
  add_scratchpad("output", machine.output_spad, extrapolate, components);
}

void add_dma(const config::AcceleratorConfig& accelerator, Components& components) {
  // 0.2 pJ per bit and mm: energy budget of a 28 nm chip in M. Sandes et al., DNA sequences alignment in
  // multi-GPUs: acceleration and energy payoff, BMC Bioinformatics 19, 2018, table 7.
  constexpr double kPjPerBitMm = 0.2;
  const auto burst_bits = static_cast<uint64_t>(accelerator.machine.dram.burst_bytes) * 8;
  const auto bits = [burst_bits](const LayerRow& row, size_t) { return bursts(row) * burst_bits; };
  report::EnergyReport areas;
  areas.areas = components.areas;
  const auto mm2 = report::area_mm2(areas);
  report::EnergyItem item = {"DMA", "DMA wires", "bit moved", "bursts * bits of a burst", {}, {}, {}};
  if (!mm2) {
    item.origin = {"", "its wires are as long as the side of the chip, whose area is not known", ""};
    return components.add_without(item, bits);
  }
  item.origin = {
      "model",
      fmt::format(
          "a wire as long as the side of the area, sqrt({:.2f} mm2), at 0.2 pJ per bit and mm (28 nm; "
          "BMC Bioinformatics 19, 2018, table 7)",
          *mm2),
      ""};
  components.add(item, kPjPerBitMm * std::sqrt(*mm2), 0, bits);
}

void add_dram(const config::AcceleratorConfig& accelerator, const report::RunResult& run,
              Components& components) {
  using config::DramEnergy;
  const machine::DramParams& dram = accelerator.machine.dram;
  const DramEnergy mode = accelerator.energy.dram;
  const bool part = dram.kind == machine::DramKind::part;
  if (mode == DramEnergy::flat || (mode == DramEnergy::automatic && !part)) {
    const bool of_bitmod = accelerator.energy.dram_pj_per_bit == 18.75;
    const report::Origin origin = {of_bitmod ? "published" : "model",
                                   of_bitmod ? "18.75 pJ per bit: BitMoD (HPCA 2025), the authors' artifact"
                                             : "energy.dram_pj_per_bit of the configuration",
                                   ""};
    return components.add(
        {"DRAM", part ? dram.memory.part.name : "DRAM", "bit moved", "8 * dram_bytes", {}, {}, origin},
        accelerator.energy.dram_pj_per_bit, 0,
        [](const LayerRow& row, size_t) { return 8 * row.dram_bytes(); });
  }
  const std::filesystem::path file =
      part ? data_file("energy/dram/" + dram.memory.part.name + ".yaml") : std::filesystem::path();
  const auto currents =
      file.empty() ? std::nullopt : find_dram_currents(dram.memory.part.name, file.parent_path());
  if (currents) return add_commands(*currents, dram, run, components);
  const std::string why =
      part ? fmt::format("no currents of {} are public (configs/energy/dram)", dram.memory.part.name)
           : "dram.kind: ideal has no commands";
  if (mode == DramEnergy::command) {
    throw InputError("ENE005", fmt::format("energy.dram: command, but {}", why), {},
                     "use energy.dram: flat, or a part of configs/energy/dram");
  }
  components.add_without({"DRAM",
                          dram.memory.part.name,
                          "burst",
                          "bursts",
                          {},
                          {},
                          {"", why + "; energy.dram: flat counts bits", ""}},
                         [](const LayerRow& row, size_t) { return bursts(row); });
}

}  // namespace vernier::energy
