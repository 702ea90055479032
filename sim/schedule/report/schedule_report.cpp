// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/report/schedule_report.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/printable.h"
#include "sim/report/format.h"
#include "sim/schedule/baseline/baseline.h"
#include "workloads/graph/check.h"

namespace vernier::schedule {
namespace {

using report::thousands;

std::string percent(const Json& fraction) {
  return fraction.is_null() ? "-" : fmt::format("{:.1f} %", 100 * fraction.get<double>());
}

/// As JSON, which YAML reads too.
std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
}

void add_schedule(Json& out, const Schedule& schedule) {
  out["order"] = schedule.order;
  out["residencies"] = Json::array();
  for (const Residency& residency : schedule.residencies) {
    out["residencies"].push_back({{"tensor", residency.tensor},
                                  {"from", residency.from},
                                  {"to", residency.to},
                                  {"address", residency.address}});
  }
}

std::string graph_line(const ScheduleReport& report) {
  const int largest = graph::largest_operator(report.graph);
  return fmt::format("{}: {} operators, {} tensors; the largest, '{}', needs {} bytes\n",
                     printable(report.graph.name), thousands(report.graph.operators.size()),
                     thousands(report.graph.tensors.size()),
                     printable(report.graph.operators[static_cast<size_t>(largest)].name),
                     thousands(graph::need_of(report.graph, largest)));
}

std::string one_size(const ScheduleReport& report) {
  const SizeResult& size = report.sizes.front();
  const Outcome& outcome = size.solved.outcome;
  const Traffic& traffic = size.solved.traffic;
  std::string out;
  const auto line = [&out](const char* label, const std::string& value, const std::string& more = {}) {
    out += fmt::format("{:28}{:>20}{}{}\n", label, value, more.empty() ? "" : "  ", more);
  };
  line("scratchpad [byte]", thousands(size.scratchpad_bytes),
       report.addresses ? "" : "capacity only: no addresses");
  line("solver", outcome.solver);
  line("time [s]", fmt::format("{:.2f}", outcome.seconds));
  line("status", name_of(outcome.status), outcome.status == Status::optimal ? "proved" : outcome.reason);
  if (!outcome.schedule) return out;
  line("non-compulsory [byte]", thousands(outcome.noncompulsory_bytes),
       fmt::format("reads {}, writes {}", thousands(traffic.noncompulsory_read_bytes),
                   thousands(traffic.noncompulsory_write_bytes)));
  line("  lower bound", thousands(outcome.lower_bound_bytes),
       fmt::format("gap {}", percent(gap_of(outcome))));
  line("compulsory [byte]", thousands(traffic.compulsory_bytes()),
       fmt::format("reads {}, writes {}", thousands(traffic.compulsory_read_bytes),
                   thousands(traffic.compulsory_write_bytes)));
  line("most resident [byte]", thousands(traffic.peak_bytes));
  report::TextTable table({"baseline", "non-compulsory [byte]", "reduction"});
  for (const SizeResult::BaselineCost& baseline : size.baselines) {
    table.add({baseline.name, thousands(baseline.noncompulsory_bytes),
               percent(reduction(outcome.noncompulsory_bytes, baseline.noncompulsory_bytes))});
  }
  return out + "\n" + table.text();
}

std::string all_sizes(const ScheduleReport& report) {
  std::vector<std::string> heading = {"scratchpad [byte]", "status", "non-compulsory [byte]", "lower bound",
                                      "gap"};
  for (const Baseline& baseline : baselines()) heading.push_back(baseline.name);
  report::TextTable table(heading);
  for (const SizeResult& size : report.sizes) {
    const Outcome& outcome = size.solved.outcome;
    std::vector<std::string> row = {thousands(size.scratchpad_bytes), name_of(outcome.status)};
    if (outcome.schedule) {
      row.push_back(thousands(outcome.noncompulsory_bytes));
      row.push_back(thousands(outcome.lower_bound_bytes));
      row.push_back(percent(gap_of(outcome)));
      for (const SizeResult::BaselineCost& baseline : size.baselines)
        row.push_back(thousands(baseline.noncompulsory_bytes));
    }
    row.resize(heading.size(), "-");
    table.add(std::move(row));
  }
  return table.text();
}

}  // namespace

SizeResult solve_size(const graph::Graph& graph, uint64_t capacity, const std::string& solver,
                      const Limits& limits) {
  SizeResult result;
  result.scratchpad_bytes = capacity;
  result.solved = solve(solver, graph, capacity, limits);
  if (result.solved.outcome.status == Status::infeasible) return result;
  for (const Baseline& baseline : baselines()) {
    const bool addresses = baseline.placement != Placement::none;
    const Outcome outcome = run_baseline(baseline, graph, capacity);
    (void)check_outcome(graph, outcome, capacity, addresses);
    result.baselines.push_back({baseline.name, addresses, outcome.noncompulsory_bytes});
  }
  return result;
}

Json reduction(uint64_t cost, uint64_t baseline) {
  if (baseline == 0) return nullptr;
  return (static_cast<double>(baseline) - static_cast<double>(cost)) / static_cast<double>(baseline);
}

double gap_of(const Outcome& outcome) {
  if (outcome.noncompulsory_bytes == 0) return 0;
  return static_cast<double>(outcome.noncompulsory_bytes - outcome.lower_bound_bytes) /
         static_cast<double>(outcome.noncompulsory_bytes);
}

Json size_to_json(const SizeResult& size, bool schedule) {
  const Outcome& outcome = size.solved.outcome;
  const Traffic& traffic = size.solved.traffic;
  const bool found = outcome.schedule.has_value();
  const auto if_found = [found](auto value) { return found ? Json(value) : Json(nullptr); };
  Json out;
  out["scratchpad_bytes"] = size.scratchpad_bytes;
  out["status"] = name_of(outcome.status);
  out["noncompulsory_bytes"] = if_found(outcome.noncompulsory_bytes);
  out["lower_bound_bytes"] = if_found(outcome.lower_bound_bytes);
  out["gap"] = if_found(gap_of(outcome));
  out["compulsory_bytes"] = if_found(traffic.compulsory_bytes());
  out["compulsory_read_bytes"] = if_found(traffic.compulsory_read_bytes);
  out["compulsory_write_bytes"] = if_found(traffic.compulsory_write_bytes);
  out["noncompulsory_read_bytes"] = if_found(traffic.noncompulsory_read_bytes);
  out["noncompulsory_write_bytes"] = if_found(traffic.noncompulsory_write_bytes);
  out["peak_bytes"] = if_found(traffic.peak_bytes);
  out["solver"] = outcome.solver;
  out["seconds"] = outcome.seconds;
  out["reason"] = outcome.reason;
  out["baselines"] = Json::array();
  for (const SizeResult::BaselineCost& baseline : size.baselines) {
    out["baselines"].push_back(
        {{"name", baseline.name},
         {"addresses", baseline.addresses},
         {"noncompulsory_bytes", baseline.noncompulsory_bytes},
         {"reduction",
          found ? reduction(outcome.noncompulsory_bytes, baseline.noncompulsory_bytes) : Json(nullptr)}});
  }
  if (schedule && found) add_schedule(out, *outcome.schedule);
  return out;
}

std::string to_text(const ScheduleReport& report) {
  return graph_line(report) + (report.sweep ? all_sizes(report) : one_size(report));
}

Json to_json(const ScheduleReport& report) {
  Json out{{"schema", 1}, {"command", report.command}, {"version", report.version}};
  out["graph"] = report.graph.name;
  out["operators"] = report.graph.operators.size();
  out["tensors"] = report.graph.tensors.size();
  out["addresses"] = report.addresses;
  if (report.sweep) {
    out["sizes"] = Json::array();
    for (const SizeResult& size : report.sizes) out["sizes"].push_back(size_to_json(size, false));
    return out;
  }
  out.update(size_to_json(report.sizes.front(), true));
  return out;
}

std::string to_yaml(const ScheduleReport& report) {
  const SizeResult& size = report.sizes.front();
  const Outcome& outcome = size.solved.outcome;
  VERNIER_INVARIANT(!report.sweep && outcome.schedule, "there is one schedule");
  const graph::Graph& graph = report.graph;
  std::string out = fmt::format(
      "schema: 1\ngraph: {}\nscratchpad_bytes: {}\naddresses: {}\nstatus: {}\nnoncompulsory_bytes: {}\n"
      "lower_bound_bytes: {}\ncompulsory_bytes: {}\nsteps:\n",
      quoted(graph.name), size.scratchpad_bytes, report.addresses, name_of(outcome.status),
      outcome.noncompulsory_bytes, outcome.lower_bound_bytes, size.solved.traffic.compulsory_bytes());
  for (const int op : outcome.schedule->order)
    out += fmt::format("  - {}\n", quoted(graph.operators[static_cast<size_t>(op)].name));
  out += "residencies:\n";
  for (const Residency& residency : outcome.schedule->residencies) {
    const graph::Tensor& tensor = graph.tensors[static_cast<size_t>(residency.tensor)];
    out += fmt::format("  - {{tensor: {}, id: {}, bytes: {}, from: {}, to: {}", quoted(tensor.name),
                       residency.tensor, tensor.bytes, residency.from, residency.to);
    out += report.addresses ? fmt::format(", address: {}}}\n", residency.address) : "}\n";
  }
  return out;
}

}  // namespace vernier::schedule
