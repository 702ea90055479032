// SPDX-License-Identifier: Apache-2.0
// Energy of DRAM by command, from the supply currents of data sheets (configs/energy/dram/<part>.yaml).
//
// Formulas: Micron TN-40-07, Calculating Memory Power for DDR4 SDRAM. The background is active standby
// (IDD3N) at all times; every command is charged what it takes beyond that:
//   activate + precharge  V * (IDD0 * RC - IDD3N * RAS - IDD2N * (RC - RAS)) * tCK
//   read, write           V * (IDD4R - IDD3N) * BL * tCK, V * (IDD4W - IDD3N) * BL * tCK
//   refresh of a rank     V * (IDD5 - IDD3N) * RFC * tCK; of one bank: that by the number of banks
//   background            V * IDD3N
// summed over the supplies, times the devices of a rank. Driver and termination energy of the data pins is in
// it only where the currents have a supply of their own for them (VDDQ).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/dram/part.h"

namespace vernier::energy {

/// Currents of one device in mA, by what it does while they are measured.
struct SupplyCurrents {
  std::string name;
  double volts = 0;
  double idd0 = 0;              ///< activate and precharge, one after the other
  double idd2n = 0;             ///< precharge standby
  double idd3n = 0;             ///< active standby
  double idd4r = 0, idd4w = 0;  ///< bursts back to back
  double idd5 = 0;              ///< refreshes of all banks back to back
};

struct DramCurrents {
  std::string part;
  std::string kind;             ///< "published" or "model"
  std::string origin;           ///< one line
  int devices = 1;              ///< of a rank
  int channels_per_device = 1;  ///< that share the currents of one device
  std::vector<SupplyCurrents> supplies;
};

/// Of a channel.
struct DramEnergies {
  double activate_precharge_pj = 0;
  double read_pj = 0, write_pj = 0;  ///< per burst
  double refresh_pj = 0;             ///< of a rank, or of a bank if the part refreshes banks
  double background_mw = 0;          ///< of a rank
};

/// Throws InputError ENE002.
[[nodiscard]] DramCurrents parse_dram_currents(const std::string& text, const std::string& file);

/// Those that come with Vernier below `folder`, by the name of the part; nothing if there are none.
[[nodiscard]] std::optional<DramCurrents> find_dram_currents(const std::string& part,
                                                             const std::filesystem::path& folder);

[[nodiscard]] DramEnergies dram_energies(const DramCurrents& currents, const dram::Part& part);

}  // namespace vernier::energy
