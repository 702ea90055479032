// SPDX-License-Identifier: Apache-2.0
// Databases of sweeps whose numbers are made up by formula: no point is run.
#pragma once

#include <filesystem>
#include <string>

#include "sim/report/energy_metrics.h"
#include "sim/sweep/database.h"
#include "sim/sweep/names.h"
#include "sim/sweep/sample.h"

namespace vernier::sweep::testing {

inline Space space_of(const std::string& text) {
  const auto shipped = [](const char* folder) {
    return [folder](const std::string& name) {
      return std::string(VERNIER_SOURCE_DIR) + "/" + folder + "/" + name + ".yaml";
    };
  };
  return Space(parse_sweep(text, "made_up.yaml"),
               {shipped("configs/accelerators"), shipped("workloads/llm")});
}

/// 10 * 10 * 4 * 5 * 5 = 10,000 points.
inline constexpr const char* kLargeSweep = R"(name: ten_thousand
accelerator: bitmod
workload: llama-2-7b
phase: decode
axes:
  array.rows: [4, 8, 12, 16, 24, 32, 48, 64, 96, 128]
  array.cols: [1, 2, 4, 6, 8, 12, 16, 24, 32, 64]
  array.lanes: [1, 2, 4, 8]
  weight_scratchpad.capacity: {from: 64 KiB, to: 1 MiB, factor: 2}
groups:
  weights:
    3 bit, coarse: {formats.weight: bitmod3_g256, context: 256}
    3 bit: {formats.weight: bitmod3_g128, context: 512}
    4 bit, coarse: {formats.weight: bitmod4_g256, context: 1024}
    4 bit: {formats.weight: bitmod4_g128, context: 2048}
    4 bit, fine: {formats.weight: bitmod4_g64, context: 4096}
constraints:
  - power_w < 40
objectives:
  - minimize: cycles
  - minimize: area_mm2
  - minimize: array.rows * array.cols * array.lanes
)";

inline constexpr const char* kHostileSweep = R"(name: hostile
accelerator: bitmod
workload: llama-2-7b
axes:
  array.rows: [4, 8]
groups:
  "<b>\"group\", of & names</b>":
    "</script><img src=x onerror=document.title='broken'>": {array.cols: 4}
    "'<!--<script>, {{data}}": {array.cols: 8}
objectives:
  - minimize: cycles
)";

/// Every number of a point, all different from point to point; parts of cycles and of energy sum to their
/// totals. Some of energy_fj are above 2^53.
inline std::vector<report::Value> made_up_values(uint64_t point, double size, double noise) {
  std::vector<report::Value> values;
  for (size_t i = 0; i < columns().size(); ++i) {
    const double value =
        (1 + static_cast<double>(i)) * (1000 + static_cast<double>(point)) * (1 + noise) / size;
    values.push_back(i % 2 == 0 ? report::Value(static_cast<uint64_t>(value * 1000) * 10007 + point)
                                : report::Value(value / 7));
  }
  const auto set = [&values](std::string_view name, report::Value value) {
    values[find_column(name)] = value;
  };
  uint64_t cycles = 0;
  for (const report::Metric* part : report::cycle_parts()) {
    const auto share = static_cast<uint64_t>((1 + noise) * 4e9 / size) + 1000 * cycles % 977 + point;
    set(part->name, share);
    cycles += share;
  }
  double picojoules = 0;
  for (const report::EnergyPart& part : report::energy_parts()) {
    const double share = (1 + noise) * 1e11 + picojoules / 3 + static_cast<double>(point);
    set(part.name, share);
    picojoules += share;
  }
  set("cycles", cycles);
  set("energy_fj", static_cast<uint64_t>(9.1e15 * (1 + noise)) + 2 * point + 1);
  for (const char* name : {"energy_pj", "total_energy_pj"}) set(name, picojoules);
  set("utilization", 0.95 / (1 + noise + size / 1e5));
  set("area_mm2", 0.3 + size / 4000 * (1 + noise / 5));
  set("dram_row_hit_rate", std::monostate());
  // On both sides of where numbers are written with an exponent, and whole ones that are no integers.
  set("energy_delay_js", (1 + noise) * (point % 2 == 0 ? 0.6e-4 : 3e-9));
  set("dram_bytes_per_second", (1 + noise) * (point % 2 == 0 ? 0.6e16 : 3e21));
  set("tops_per_mm2", static_cast<double>(point % 50));
  return values;
}

/// A row for every point. Every 97th failed, with the given error; every 89th broke the constraint.
inline void make_database(const std::filesystem::path& folder, const std::string& text,
                          const std::string& error) {
  std::filesystem::create_directories(folder);
  const Space space = space_of(text);
  const std::vector<uint64_t> points = sample(space);
  Database database((folder / kDatabaseFile).string(), space, points.size(), {"0.0.0", "0123456789abcdef"});
  database.begin();
  uint64_t state = 1;
  for (uint64_t point = 0; point < points.size(); ++point) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const double noise = static_cast<double>(state >> 40) / static_cast<double>(uint64_t{1} << 24);
    double size = 1;
    for (size_t axis = 0; axis < space.sweep().axes.size(); ++axis) {
      const std::string& name = space.sweep().axes[axis].name;
      if (name.rfind("array.", 0) == 0) size *= space.value(axis, points[point]).number.value_or(1);
    }
    Row row;
    row.point = point;
    row.wall_seconds = 0.001;
    if (point % 97 == 3) {
      row.status = Status::failed;
      row.error = error;
    } else {
      row.identity = {fmt::format("{:016x}", state), fmt::format("{:016x}", point)};
      row.values = made_up_values(point, size, noise);
      for (const Objective& objective : space.sweep().objectives)
        row.objectives.push_back(space.objective(objective, points[point], row.values));
      if (point % 89 == 5) {
        row.status = Status::excluded;
        row.error = "breaks power_w < 40";
      }
    }
    database.add(row, points[point]);
  }
  database.commit();
}

inline void make_databases(const std::filesystem::path& folder) {
  make_database(
      folder / "large", kLargeSweep,
      "error[CFG005]: weight_scratchpad.capacity: 3 banks do not divide it, \"whatever\" they hold");
  make_database(folder / "hostile_sweep", kHostileSweep,
                "</script><img src=x onerror=document.title='broken'>");
}

}  // namespace vernier::sweep::testing
