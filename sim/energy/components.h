// SPDX-License-Identifier: Apache-2.0
// The components that energy and area are made of: each adds its items, with how to count them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sim/config/accelerator_config.h"
#include "sim/report/run_result.h"

namespace vernier::energy {

/// One item, and its events in a row of the run (of that index).
struct CountedItem {
  report::EnergyItem item;
  std::function<uint64_t(const report::LayerRow& row, size_t index)> events;
};

struct Components {
  int node_nm = 0;
  double cycle_ns = 0;
  std::vector<CountedItem> items;
  std::vector<report::AreaItem> areas;

  /// An item with the number of a source; scaled to the node from `from_nm`, 0: not scaled.
  void add(report::EnergyItem item, double pj, int from_nm,
           std::function<uint64_t(const report::LayerRow&, size_t)> events);
  /// An item or area without a number: the origin says why.
  void add_without(report::EnergyItem item, std::function<uint64_t(const report::LayerRow&, size_t)> events);
  void add_area(report::AreaItem item, double um2, int from_nm);
};

/// A count of a row by the name of its metric, 0 if it has none.
[[nodiscard]] uint64_t count_of(const report::LayerRow& row, const char* event);

/// configs/energy/<energy.table>.yaml: what `vernier ppa` wrote, or reference tables; empty if there is none.
[[nodiscard]] std::filesystem::path table_file(const config::AcceleratorConfig& accelerator);

/// PEs, decoders, column edges, output units and group dequantizers, with their leakage.
void add_array(const config::AcceleratorConfig& accelerator, Components& components);
/// Reads, writes and leakage of the three scratchpads.
void add_scratchpads(const config::AcceleratorConfig& accelerator, Components& components);
void add_vector_unit(const config::AcceleratorConfig& accelerator, Components& components);
/// After all areas are known.
void add_dma(const config::AcceleratorConfig& accelerator, Components& components);
/// Commands or bits. `run` has its rows.
void add_dram(const config::AcceleratorConfig& accelerator, const report::RunResult& run,
              Components& components);

}  // namespace vernier::energy
