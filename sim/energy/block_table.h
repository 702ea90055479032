// SPDX-License-Identifier: Apache-2.0
// Energy and area of RTL blocks, as `vernier ppa` writes them (configs/energy/<library>.yaml): synthesized to
// a cell library, driven gate by gate.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace vernier::energy {

struct Block {
  std::string name;  ///< "bitmod.pe", "common.group_dequantizer"
  std::map<std::string, std::string> parameters;
  std::string stimulus;  ///< number format it was driven with
  double area_um2 = 0;
  double active_pj_per_cycle = 0;  ///< internal and switching
  double idle_pj_per_cycle = 0;    ///< clocked, inputs at rest
  double leakage_uw = 0;
  double pj_per_mac = 0;  ///< 0: the block does none
  bool meets_clock = false;
};

struct BlockTable {
  std::string library;
  int process_nm = 0;
  double voltage_v = 0;
  double clock_ns = 0;
  std::vector<Block> blocks;

  /// The block with these parameters where it states them, driven with `format` if there is one that was;
  /// nullptr if there is none.
  [[nodiscard]] const Block* find(const std::string& name,
                                  const std::map<std::string, std::string>& parameters,
                                  const std::string& format = "") const;
};

/// A block with a parameter COLS, for any number of columns, from two or more that were measured: on the
/// straight line through the two that surround it, or are nearest.
[[nodiscard]] Block of_columns(std::vector<Block> measured, int columns);

/// Throws InputError ENE001, ENE002. Keys beside those needed here are left to `vernier ppa`.
[[nodiscard]] BlockTable load_block_table(const std::string& path);
[[nodiscard]] BlockTable parse_block_table(const std::string& text, const std::string& file);

}  // namespace vernier::energy
