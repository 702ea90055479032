// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/row.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <new>
#include <nlohmann/json.hpp>

#include "sim/sweep/names.h"

namespace vernier::sweep {
namespace {

using Json = nlohmann::json;

constexpr std::array<const char*, 3> kStatus = {"done", "failed", "excluded"};

Json number(const report::Value& value) {
  if (const auto* whole = std::get_if<uint64_t>(&value)) return *whole;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return nullptr;
}

report::Value value(const Json& json) {
  if (json.is_null()) return std::monostate{};
  if (json.is_number_unsigned()) return json.get<uint64_t>();
  return json.get<double>();
}

/// The kernel forgets the peak of this process, so that the next reading is that of one point.
void reset_peak_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

uint64_t peak_memory_bytes() {
  std::ifstream in("/proc/self/status");
  std::string line;
  while (std::getline(in, line)) {
    uint64_t kib = 0;
    if (std::sscanf(line.c_str(), "VmHWM: %lu kB", &kib) == 1) return kib * 1024;
  }
  return 0;
}

void fail(Row& row, std::string why) {
  row.status = Status::failed;
  row.error = std::move(why);
}

/// What constraints and objectives say of a run.
void judge(const Space& space, uint64_t grid_point, Row& row) {
  for (const Objective& objective : space.sweep().objectives)
    row.objectives.push_back(space.objective(objective, grid_point, row.values));
  if (const Constraint* broken = space.broken_by_run(grid_point, row.values)) {
    row.status = Status::excluded;
    row.error = fmt::format("constraints: '{}' does not hold", broken->expression.text());
  }
}

void run_point(const Space& space, uint64_t grid_point, Row& row) {
  row.identity = space.identity(grid_point);
  const Prepared prepared = space.prepare(grid_point);
  run::SimulateOptions options;
  options.fidelity = prepared.fidelity;
  row.values = column_values(run::simulate(prepared.accelerator, prepared.network, options).result);
  judge(space, grid_point, row);
}

}  // namespace

const char* name_of(Status status) { return kStatus.at(static_cast<size_t>(status)); }

std::string to_line(const Row& row) {
  Json json;
  json["point"] = row.point;
  json["status"] = name_of(row.status);
  json["error"] = row.error;
  json["identity"] = {row.identity.configuration, row.identity.work};
  Json values = Json::array(), objectives = Json::array();
  for (const report::Value& one : row.values) values.push_back(number(one));
  for (const std::optional<double>& one : row.objectives) objectives.push_back(one ? Json(*one) : Json());
  json["values"] = std::move(values);
  json["objectives"] = std::move(objectives);
  json["wall_seconds"] = row.wall_seconds;
  json["peak_bytes"] = row.peak_bytes;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Row> from_line(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  try {
    Row row;
    row.point = json.at("point");
    const std::string status = json.at("status");
    for (size_t i = 0; i < kStatus.size(); ++i) {
      if (status == kStatus[i]) row.status = static_cast<Status>(i);
    }
    row.error = json.at("error");
    row.identity = {json.at("identity").at(0), json.at("identity").at(1)};
    for (const Json& one : json.at("values")) row.values.push_back(value(one));
    for (const Json& one : json.at("objectives")) {
      row.objectives.push_back(one.is_null() ? std::nullopt : std::optional<double>(one.get<double>()));
    }
    row.wall_seconds = json.at("wall_seconds");
    row.peak_bytes = json.at("peak_bytes");
    return row;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

Row evaluate(const Space& space, uint64_t point, uint64_t grid_point) {
  Row row;
  row.point = point;
  reset_peak_memory();
  const auto start = std::chrono::steady_clock::now();
  try {
    run_point(space, grid_point, row);
  } catch (const std::bad_alloc&) {
    fail(row, "error[MEM001]: out of memory");
  } catch (const std::exception& error) {
    fail(row, error.what());
  }
  row.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  row.peak_bytes = peak_memory_bytes();
  return row;
}

Row same_run(const Space& space, const Row& of, uint64_t point, uint64_t grid_point) {
  Row row;
  row.point = point;
  row.identity = of.identity;
  row.values = of.values;
  if (of.status == Status::failed) {
    row.status = of.status;
    row.error = of.error;
  } else {
    judge(space, grid_point, row);
  }
  return row;
}

}  // namespace vernier::sweep
