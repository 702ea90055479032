// SPDX-License-Identifier: Apache-2.0
// The PE array and what is at its edges, from the table of synthesized blocks.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "models/pe/registry.h"
#include "sim/config/network_formats.h"
#include "sim/energy/block_table.h"
#include "sim/energy/components.h"
#include "sim/energy/energy_model.h"
#include "sim/energy/reference_tables.h"

namespace vernier::energy {
namespace {

using report::LayerRow;
using Count = std::function<uint64_t(const LayerRow&)>;

/// Instances of one block: how many there are, and in how many of their cycles they work.
struct Instances {
  std::string part;
  std::string component;
  std::string block;
  uint64_t count = 0;
  std::string event;  ///< formula of the working cycles
  Count working;
};

class ArrayComponents {
 public:
  ArrayComponents(const config::AcceleratorConfig& accelerator, Components& components)
      : accelerator_(accelerator), components_(components) {
    const std::filesystem::path path = table_file(accelerator);
    if (path.empty()) return;
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    imported_ = has_reference_tables(text.str(), path.string());
    if (!imported_) table_ = parse_block_table(text.str(), path.string());
  }

  void add(const Instances& instances) {
    const std::optional<Block> block = block_of(instances);
    const uint64_t count = instances.count;
    const auto working = [instances](const LayerRow& row, size_t) { return instances.working(row); };
    const auto idle = [instances, count](const LayerRow& row, size_t) {
      const uint64_t active = instances.working(row);
      return count * row.cycles > active ? count * row.cycles - active : 0;
    };
    const report::Origin origin = origin_of(instances, block ? &*block : nullptr);
    const report::EnergyItem active = {
        instances.part, instances.component, "working cycle", instances.event, {}, {}, origin};
    const report::EnergyItem resting = {instances.part,
                                        instances.component,
                                        "idle cycle",
                                        fmt::format("{} * cycles - ({})", count, instances.event),
                                        {},
                                        {},
                                        origin};
    const report::AreaItem area = {instances.part, instances.component, count, {}, {}, origin};
    if (!block) {
      components_.add_without(active, working);
      if (imported_) {
        components_.add_without(resting, idle);
        components_.add_without({"leakage", instances.component, "cycle", "cycles", {}, {}, origin},
                                [](const LayerRow& row, size_t) { return row.cycles; });
      }
      components_.areas.push_back(area);
      return;
    }
    components_.add(active, block->active_pj_per_cycle, table_->process_nm, working);
    components_.add(resting, block->idle_pj_per_cycle, table_->process_nm, idle);
    components_.add_area(area, block->area_um2, table_->process_nm);
    report::EnergyItem leakage = {"leakage", instances.component, "cycle", "cycles", {}, {}, origin};
    leakage.origin.text += "; leakage has no published scaling factor";
    // uW * ns = fJ
    components_.add(leakage, static_cast<double>(count) * block->leakage_uw * components_.cycle_ns / 1000, 0,
                    [](const LayerRow& row, size_t) { return row.cycles; });
  }

  /// Of PE types without channel scales it is another.
  [[nodiscard]] std::string output_unit(const std::string& pe) const {
    return table_ && find(pe + ".output_unit") != nullptr ? pe + ".output_unit" : "common.output_unit";
  }

 private:
  [[nodiscard]] const Block* find(const std::string& name) const {
    return table_->find(name, {{"LANES", std::to_string(accelerator_.machine.array.lanes)}},
                        accelerator_.formats.weight);
  }

  /// Driven with the activations of the accelerator if there is one that was; of tables of int8, which have
  /// half the bits, others are nearer to fp16.
  [[nodiscard]] std::optional<Block> block_of(const Instances& instances) const {
    if (!table_) return std::nullopt;
    const formats::ActivationFormat activations = config::array_activations(accelerator_);
    const Block* block = find(instances.block + "_" + formats::name_of(activations));
    if (block == nullptr && activations != formats::ActivationFormat::table_int8) {
      block = find(instances.block + "_fp16");
    }
    if (block == nullptr) block = find(instances.block);
    if (block == nullptr) return std::nullopt;
    std::vector<Block> measured = {*block};
    for (const char* columns : {"_2_columns", "_32_columns"}) {
      const Block* other = find(instances.block + columns);
      if (other != nullptr) measured.push_back(*other);
    }
    return measured.size() == 1 ? *block : of_columns(measured, accelerator_.machine.array.cols);
  }

  report::Origin origin_of(const Instances& instances, const Block* block) const {
    if (imported_) {
      return {"", fmt::format("not in the tables of configs/energy/{}.yaml", accelerator_.energy.table), ""};
    }
    if (!table_) {
      return {"", fmt::format("there is no configs/energy/{}.yaml", accelerator_.energy.table), ""};
    }
    if (block == nullptr) {
      return {"",
              fmt::format("configs/energy/{}.yaml has no {} with {} lanes", accelerator_.energy.table,
                          instances.block, accelerator_.machine.array.lanes),
              ""};
    }
    return {
        "synthesized",
        fmt::format(
            "{} on {}{}, driven with {}; configs/energy/{}.yaml{}", block->name, table_->library,
            table_->process_nm == 0 ? ""
                                    : fmt::format(" ({} nm, {} V)", table_->process_nm, table_->voltage_v),
            block->stimulus.empty() ? "its stimulus" : block->stimulus, accelerator_.energy.table,
            block->meets_clock ? "" : fmt::format("; it misses the clock of {} ns", table_->clock_ns)),
        ""};
  }

  const config::AcceleratorConfig& accelerator_;
  Components& components_;
  std::optional<BlockTable> table_;
  bool imported_ = false;
};

uint64_t pass_cycles(const LayerRow& row) { return row.fill + row.compute + row.operand_stall + row.drain; }

Count event(const char* name) {
  return [name](const LayerRow& row) { return count_of(row, name); };
}

/// Registers in units of 16 bits, as many as rtl/array/weight_stationary has; what moves in them as if passes
/// used all columns (docs/energy.md).
void add_weight_stationary(const std::string& pe, uint64_t rows, uint64_t cols, ArrayComponents& parts) {
  const char* const registers = "common.ws_register";
  parts.add({"PE array", "weight-stationary PE", pe + ".ws_pe", rows * cols, "pe_terms", event("pe_terms")});
  parts.add({"PE array", "activation register", registers, rows * cols + rows * (rows - 1) / 2,
             fmt::format("pe_terms + pe_terms * {} / {}", rows - 1, 2 * cols),
             [rows, cols](const LayerRow& row) {
               const uint64_t terms = count_of(row, "pe_terms");
               return terms + terms * (rows - 1) / (2 * cols);
             }});
  const auto slot_bits = static_cast<uint64_t>(pe::pe(pe).weight_slot_bits);
  parts.add({"PE array", "weight register", registers, (rows * cols * slot_bits + 15) / 16,
             fmt::format("weight_spad_read_bits / 16 * {}", rows),
             [rows](const LayerRow& row) { return count_of(row, "weight_spad_read_bits") / 16 * rows; }});
  parts.add({"PE array", "sum register", registers, cols * (cols + 1),
             fmt::format("array_outputs * {}", cols + 1),
             [cols](const LayerRow& row) { return count_of(row, "array_outputs") * (cols + 1); }});
  constexpr uint64_t kSequencerBits = 141;
  const uint64_t sequencer = (kSequencerBits + 2 * (rows + cols + 1) + 15) / 16;
  parts.add({"PE array", "sequencer register", registers, sequencer,
             fmt::format("{} * cycles of passes", sequencer),
             [sequencer](const LayerRow& row) { return sequencer * pass_cycles(row); }});
  parts.add(
      {"accumulators", "accumulator to fp32", pe + ".output", cols, "array_outputs", event("array_outputs")});
  parts.add(
      {"accumulators", "output unit", parts.output_unit(pe), cols, "array_outputs", event("array_outputs")});
}

}  // namespace

void add_array(const config::AcceleratorConfig& accelerator, Components& components) {
  const machine::ArrayParams& array = accelerator.machine.array;
  ArrayComponents parts(accelerator, components);
  const auto rows = static_cast<uint64_t>(array.rows);
  const auto cols = static_cast<uint64_t>(array.cols);
  if (array.weight_stationary()) return add_weight_stationary(array.pe, rows, cols, parts);
  const pe::PeDescriptor& pe = pe::pe(array.pe);
  const uint64_t edge_rows = pe.zero_point == nullptr ? rows : rows + 1;  // the sum row
  parts.add(
      {"PE array", "PE", array.pe + ".pe", edge_rows * cols, "pe_terms + pe_sum_row_cycles",
       [](const LayerRow& row) { return count_of(row, "pe_terms") + count_of(row, "pe_sum_row_cycles"); }});
  parts.add({"decoders", "row decoder", array.pe + ".decoder", edge_rows, "row_terms", event("row_terms")});
  parts.add({"decoders", "column edge", array.pe + ".column", cols, "column_steps", event("column_steps")});
  // Sums leave through to_fp32: at a group's end with dequantizers at the edge, of the sum row, too; else at
  // the end of a pass.
  if (pe.edge_dequantizer) {
    parts.add({"accumulators", "group sum to fp32", array.pe + ".output", edge_rows,
               "pe_group_dequantizations", event("pe_group_dequantizations")});
    parts.add({"accumulators", "group dequantizer",
               pe.zero_point == nullptr ? "common.group_dequantizer" : "common.group_dequantizer_zero_point",
               rows, "pe_group_dequantizations", event("pe_group_dequantizations")});
  } else {
    parts.add({"accumulators", "accumulator to fp32", array.pe + ".output", rows, "array_outputs",
               event("array_outputs")});
  }
  parts.add({"accumulators", "output unit", parts.output_unit(array.pe), rows, "array_outputs",
             event("array_outputs")});
  parts.add({"PE array", "pass control", "common.pass_control", 1, "cycles of passes", &pass_cycles});
}

}  // namespace vernier::energy
