// SPDX-License-Identifier: Apache-2.0
// What is known of a block in the end, and the files it is kept in (docs/ppa.md, section "The table").
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sim/ppa/liberty.h"
#include "sim/ppa/tools.h"

namespace vernier::ppa {

struct BlockResult {
  std::string name;
  std::string module;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string source_digest;
  bool unswept = false;  ///< mapped without the search for equal nets
  std::string stimulus_kind, stimulus_format, stimulus_activations, stimulus_digest;
  uint64_t seed = 0;
  uint64_t cycles = 0;  ///< compared with the RTL
  double area_um2 = 0;
  double nand2_equivalents = 0;
  double sequential_share = 0;
  double longest_path_ns = 0;
  double max_clock_mhz = 0;  ///< 0: there is no path
  double slack_ns = 0;
  double internal_pj = 0, switching_pj = 0;  ///< per cycle in which it works
  double idle_pj = 0;                        ///< per cycle
  double macs_per_cycle = 0;                 ///< 0: none are counted
  double leakage_uw = 0;

  [[nodiscard]] double active_pj() const { return internal_pj + switching_pj; }
  [[nodiscard]] bool meets_clock() const { return slack_ns >= 0; }
};

/// What holds for all blocks of a table.
struct TableHead {
  std::string library, library_digest;
  double voltage_v = 0, temperature_c = 0;
  Tools tools;
  double clock_ns = 0;
};

/// The YAML file: a head, then the blocks.
[[nodiscard]] std::string to_yaml(const TableHead& head, const std::vector<BlockResult>& blocks);
[[nodiscard]] std::string block_yaml(const BlockResult& block);
/// Inverse of block_yaml(), for results that are kept. Throws std::exception if it is none.
[[nodiscard]] BlockResult parse_block(const std::string& yaml);

[[nodiscard]] nlohmann::ordered_json to_json(const TableHead& head, const std::vector<BlockResult>& blocks);
/// For people.
[[nodiscard]] std::string to_text(const std::vector<BlockResult>& blocks);

}  // namespace vernier::ppa
