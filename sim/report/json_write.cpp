// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "sim/report/energy_metrics.h"
#include "sim/report/json.h"
#include "sim/report/metrics.h"
#include "sim/report/run_metrics.h"

namespace vernier::report {
namespace {

Json number(const Value& value) {
  if (const auto* integer = std::get_if<uint64_t>(&value)) return *integer;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return nullptr;
}

void write_numbers(Json& out, const LayerRow& row, const RunResult& run) {
  for (const Metric& metric : metrics()) out[std::string(metric.name)] = number(metric.value(row, run));
  Json events = Json::object();
  for (const auto& [name, count] : row.events) events[name] = count;
  out["events"] = std::move(events);
  if (!run.energy) return;
  Json energy = Json::array();
  for (const ItemEnergy& item : row.energy) energy.push_back({item.events, item.fj, item.source_fj});
  out["energy_items"] = std::move(energy);
}

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

void write_origin(Json& out, const Origin& origin) {
  out["kind"] = origin.kind;
  out["origin"] = origin.text;
  out["scaling"] = origin.scaling;
}

Json energy(const RunResult& run) {
  if (!run.energy) return nullptr;
  Json out;
  out["node_nm"] = run.energy->node_nm;
  out["tokens"] = run.energy->tokens;
  for (const EnergyMetric& metric : energy_metrics())
    out[std::string(metric.name)] = number(metric.value(run));
  out["items"] = Json::array();
  for (size_t i = 0; i < run.energy->items.size(); ++i) {
    const EnergyItem& item = run.energy->items[i];
    Json line = {
        {"part", item.part}, {"component", item.component}, {"action", item.action}, {"events", item.events}};
    line["event_count"] = run.totals.energy[i].events;
    line["pj_per_event"] = number(item.pj);
    line["source_pj_per_event"] = number(item.source_pj);
    line["energy_fj"] = item.pj ? Json(run.totals.energy[i].fj) : Json();
    write_origin(line, item.origin);
    out["items"].push_back(std::move(line));
  }
  out["areas"] = Json::array();
  for (const AreaItem& item : run.energy->areas) {
    Json line = {{"part", item.part}, {"component", item.component}, {"count", item.count}};
    line["um2"] = number(item.um2);
    line["source_um2"] = number(item.source_um2);
    write_origin(line, item.origin);
    out["areas"].push_back(std::move(line));
  }
  return out;
}

Json layer(const LayerRow& row, const RunResult& run) {
  Json out;
  out["name"] = row.name;
  out["layer_class"] = row.layer_class;
  out["weight_format"] = row.weight_format;
  write_numbers(out, row, run);
  return out;
}

Json memory(const RunResult& run) {
  Json out;
  for (const MemoryMetric& metric : memory_metrics())
    out[std::string(metric.name)] = number(metric.value(run));
  return out;
}

Json gap(const RunResult& run) {
  if (!run.gap) return nullptr;
  Json out;
  for (const GapMetric& metric : gap_metrics()) {
    const Gap::Cycles& cycles = *run.gap.*metric.member;
    out[std::string(metric.name)] = cycles ? Json(*cycles) : Json();
  }
  return out;
}

Json units() {
  Json out;
  for (const auto* table : {&metrics(), &event_metrics()}) {
    for (const Metric& metric : *table) out[std::string(metric.name)] = symbol(metric.unit);
  }
  for (const MemoryMetric& metric : memory_metrics()) out[std::string(metric.name)] = symbol(metric.unit);
  for (const GapMetric& metric : gap_metrics()) out[std::string(metric.name)] = symbol(Unit::cycles);
  for (const EnergyMetric& metric : energy_metrics()) out[std::string(metric.name)] = symbol(metric.unit);
  return out;
}

// Columns rather than objects: a timeline has many thousand events.
Json timeline(const RunResult& run) {
  Json out;
  out["dropped"] = run.timeline_dropped;
  out["columns"] = {"queue", "layer", "opcode", "start_cycle", "end_cycle", "sequence"};
  Json events = Json::array();
  for (const QueueEvent& event : run.timeline) {
    events.push_back(
        {isa::name_of(event.queue), event.op, event.opcode, event.start, event.end, event.sequence});
  }
  out["events"] = std::move(events);
  return out;
}

}  // namespace

Json to_json(const RunResult& run) {
  check_invariants(run);
  Json out;
  out["schema"] = run.schema;
  out["command"] = run.command;
  out["version"] = run.version;
  out["network"] = run.network;
  out["phase"] = run.phase;
  out["tokens"] = run.tokens;
  out["configuration"] = run.configuration;
  out["configuration_digest"] = run.configuration_digest;
  out["fidelity"] = run.fidelity;
  out["seed"] = run.seed;
  out["clock_hz"] = run.clock_hz;
  out["peak_dram_bytes_per_second"] = run.peak_dram_bytes_per_second;
  Json totals;
  write_numbers(totals, run.totals, run);
  out["totals"] = std::move(totals);
  out["memory"] = memory(run);
  out["gap"] = gap(run);
  out["energy"] = energy(run);
  if (run.attention) {
    out["attention"] = {{"schedule", run.attention->schedule},
                        {"dram_bytes", run.attention->dram_bytes},
                        {"once_bytes", run.attention->once_bytes},
                        {"io_bound_bytes", run.attention->io_bound_bytes},
                        {"spad_elements", run.attention->spad_elements}};
  }
  out["layers"] = Json::array();
  for (const LayerRow& row : run.layers) out["layers"].push_back(layer(row, run));
  out["units"] = units();
  out["notes"] = run.notes;
  out["timeline"] = timeline(run);
  return out;
}

std::string json_text(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

void check_comparable(const std::vector<RunResult>& runs) {
  if (runs.empty()) throw InputError("RPT010", "there is no run to report");
  const RunResult& first = runs.front();
  const auto work = [](const RunResult& run) {
    return fmt::format("{} {} of {} tokens, {} MACs", run.network, run.phase, run.tokens, run.totals.macs);
  };
  for (const RunResult& run : runs) {
    if (work(run) == work(first)) continue;
    throw InputError("RPT010",
                     fmt::format("'{}' ran {}, but '{}' ran {}", run.configuration, work(run),
                                 first.configuration, work(first)),
                     {}, "compare runs of the same network, phase and number of tokens");
  }
}

Json comparison_to_json(const std::vector<RunResult>& runs, const std::string& command) {
  check_comparable(runs);
  Json out;
  out["schema"] = kSchema;
  out["command"] = command;
  out["version"] = runs.front().version;
  Json units;
  for (const ComparisonMetric& metric : comparison_metrics())
    units[std::string(metric.name)] = symbol(metric.unit);
  out["units"] = std::move(units);
  out["comparison"] = Json::array();
  for (const RunResult& run : runs) {
    const Comparison values = compare(runs.front(), run);
    Json row;
    row["configuration"] = run.configuration;
    for (const ComparisonMetric& metric : comparison_metrics()) {
      row[std::string(metric.name)] = number(values.*metric.member);
    }
    out["comparison"].push_back(std::move(row));
  }
  out["runs"] = Json::array();
  for (const RunResult& run : runs) out["runs"].push_back(to_json(run));
  return out;
}

}  // namespace vernier::report
