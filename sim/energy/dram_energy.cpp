// SPDX-License-Identifier: Apache-2.0
#include "sim/energy/dram_energy.h"

#include <fstream>
#include <sstream>

#include "sim/energy/yaml_map.h"

namespace vernier::energy {

DramCurrents parse_dram_currents(const std::string& text, const std::string& file) {
  const YamlMap map(parse_yaml(text, file), file);
  map.only({"schema", "part", "kind", "origin", "devices", "channels_per_device", "supplies"});
  if (map.integer("schema") != 1) map.wrong("schema", "this version reads 1");
  DramCurrents currents;
  currents.part = map.text("part");
  currents.kind = map.text("kind");
  if (currents.kind != "published" && currents.kind != "model")
    map.wrong("kind", "published or model is due");
  currents.origin = map.text("origin");
  currents.devices = map.integer("devices", 1);
  currents.channels_per_device = map.integer("channels_per_device", 1);
  const YamlMap supplies = map.map("supplies");
  for (const std::string& name : supplies.keys()) {
    const YamlMap supply = supplies.map(name.c_str());
    supply.only({"volts", "idd0", "idd2n", "idd3n", "idd4r", "idd4w", "idd5"});
    currents.supplies.push_back({name, supply.number("volts"), supply.number("idd0"), supply.number("idd2n"),
                                 supply.number("idd3n"), supply.number("idd4r"), supply.number("idd4w"),
                                 supply.number("idd5")});
    const SupplyCurrents& read = currents.supplies.back();
    if (read.idd4r < read.idd3n || read.idd4w < read.idd3n || read.idd5 < read.idd3n) {
      supply.wrong("idd3n", "more than reading, writing or refreshing takes");
    }
  }
  return currents;
}

std::optional<DramCurrents> find_dram_currents(const std::string& part, const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / (part + ".yaml");
  std::ifstream in(path);
  if (part.empty() || !in) return std::nullopt;
  std::stringstream text;
  text << in.rdbuf();
  return parse_dram_currents(text.str(), path.string());
}

DramEnergies dram_energies(const DramCurrents& currents, const dram::Part& part) {
  const dram::Timing& t = part.timing;
  const double clock_ns = 1e9 / static_cast<double>(part.clock_hz);
  const double devices = static_cast<double>(currents.devices) / currents.channels_per_device;
  DramEnergies energies;
  for (const SupplyCurrents& s : currents.supplies) {
    const double pj_per_ma_clock = s.volts * clock_ns * devices;  // mA * V * ns = pJ
    energies.activate_precharge_pj +=
        pj_per_ma_clock * (s.idd0 * t.RC - s.idd3n * t.RAS - s.idd2n * (t.RC - t.RAS));
    energies.read_pj += pj_per_ma_clock * (s.idd4r - s.idd3n) * t.BL;
    energies.write_pj += pj_per_ma_clock * (s.idd4w - s.idd3n) * t.BL;
    energies.refresh_pj += pj_per_ma_clock * (s.idd5 - s.idd3n) * t.RFC;
    energies.background_mw += s.volts * s.idd3n * devices;
  }
  if (part.controller.refresh == dram::Refresh::per_bank) energies.refresh_pj /= part.organisation.banks();
  return energies;
}

}  // namespace vernier::energy
