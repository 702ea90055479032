// SPDX-License-Identifier: Apache-2.0
#include "sim/report/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/energy_metrics.h"
#include "sim/report/energy_text.h"
#include "sim/report/format.h"
#include "sim/report/json.h"
#include "sim/report/run_text.h"

namespace vernier::report {
namespace {

std::string percent(int permille) { return fmt::format("{}.{}", permille / 10, permille % 10); }

const Metric& metric(std::string_view name) { return *find_metric(name); }

std::string title(const RunResult& run) {
  std::string work = run.phase == "gemm" ? "" : ", " + run.phase;
  if (run.tokens > 1) work += fmt::format(" of {} tokens", run.tokens);
  return fmt::format("{}{}, on {} ({})\n", run.network, work, run.configuration, run.fidelity);
}

std::string headline(const RunResult& run) {
  const auto shown = [&](std::string_view name) {
    return quantity(metric(name).value(run.totals, run), metric(name).unit);
  };
  std::string out = fmt::format("{} = {} at {:.6g} GHz; utilization {} %; DRAM {}", shown("cycles"),
                                shown("seconds"), run.clock_hz / 1e9,
                                in_scale(100 * as_double(metric("utilization").value(run.totals, run)), {}),
                                shown("dram_bytes"));
  if (present(energy_pj(run))) out += "; energy " + shown("energy_pj");
  return out + "\n";
}

/// How attention went through DRAM, beside what it had to move at the least.
std::string attention_line(const RunResult& run) {
  if (!run.attention) return "";
  const AttentionTraffic& attention = *run.attention;
  const auto bytes = [](const Value& value) { return quantity(value, Unit::bytes); };
  return fmt::format(
      "Attention ({}): DRAM {}; queries, keys, values and results once {}; I/O bound N^2 d^2 / S {}\n",
      attention.schedule, bytes(attention.dram_bytes), bytes(attention.once_bytes),
      bytes(attention.io_bound_bytes));
}

/// What holds for every run is said once.
std::string notes(const std::vector<RunResult>& runs) {
  const auto is_common = [&runs](const std::string& note) {
    return std::all_of(runs.begin(), runs.end(), [&note](const RunResult& run) {
      return std::find(run.notes.begin(), run.notes.end(), note) != run.notes.end();
    });
  };
  std::string common;
  std::string out;
  for (const RunResult& run : runs) {
    for (const std::string& note : run.notes) {
      if (!is_common(note)) {
        out += fmt::format("note ({}): {}\n", run.configuration, note);
      } else if (&run == &runs.front()) {
        common += fmt::format("note: {}\n", note);
      }
    }
  }
  out += common;
  return out.empty() ? out : "\n" + out;
}

std::vector<std::string> cycle_row(const LayerRow& row) {
  std::vector<uint64_t> parts;
  for (const Metric* part : cycle_parts()) parts.push_back(row.*part->counter());
  std::vector<std::string> cells = {row.name, thousands(row.count), thousands(row.cycles)};
  for (const int share : permille_shares(parts, row.cycles)) cells.push_back(percent(share));
  return cells;
}

std::string cycle_table(const std::vector<LayerRow>& classes, const LayerRow& totals) {
  std::vector<std::string> titles = {"layer class", "executions", "cycles"};
  for (const Metric* part : cycle_parts()) titles.emplace_back(part->label);
  TextTable table(titles);
  for (const LayerRow& row : classes) table.add(cycle_row(row));
  table.add_rule();
  table.add(cycle_row(totals));
  return table.text();
}

// Work and traffic: the columns share one scale each, set by the total.
std::string work_table(const RunResult& run, const std::vector<LayerRow>& classes) {
  std::vector<const Metric*> columns = {&metric("macs"), &metric("instructions")};
  columns.insert(columns.end(), byte_kinds().begin(), byte_kinds().end());
  columns.push_back(&metric("dram_bytes"));
  if (present(energy_pj(run))) columns.push_back(&metric("energy_pj"));
  std::vector<std::string> titles = {"layer class", "utilization [%]"};
  std::vector<Scale> scales;
  const Scale bytes = scale_for(Unit::bytes, static_cast<double>(run.totals.dram_bytes()));
  for (const Metric* column : columns) {
    scales.push_back(column->unit == Unit::bytes
                         ? bytes
                         : scale_for(column->unit, as_double(column->value(run.totals, run))));
    titles.push_back(heading(column->label, column->unit, scales.back()));
  }
  TextTable table(titles);
  const auto add = [&](const LayerRow& row) {
    std::vector<std::string> cells = {
        row.name, row.macs == 0 ? "-" : in_scale(100 * as_double(metric("utilization").value(row, run)), {})};
    for (size_t i = 0; i < columns.size(); ++i) {
      cells.push_back(in_scale(columns[i]->value(row, run), scales[i]));
    }
    table.add(cells);
  };
  for (const LayerRow& row : classes) add(row);
  table.add_rule();
  add(run.totals);
  return table.text();
}

// Layer classes with MACs under their roofs. Rates share one scale, set by the highest roof.
std::string roofline_table(const RunResult& run, const std::vector<LayerRow>& classes) {
  double highest = 0;
  for (const LayerRow& row : classes)
    highest = std::max(highest, as_double(metric("peak_macs_per_second").value(row, run)));
  const Scale rates = scale_for(Unit::macs_per_second, highest);
  std::vector<std::string> titles = {"layer class"};
  for (const Metric* column : roofline_metrics()) {
    const Scale scale = column->unit == Unit::macs_per_second ? rates : scale_for(column->unit, 0);
    titles.push_back(column->unit == Unit::ratio ? fmt::format("{} [%]", column->label)
                                                 : heading(column->label, column->unit, scale));
  }
  titles.emplace_back("limit");
  TextTable table(titles);
  bool above = false;
  const auto add = [&](const LayerRow& row) {
    std::vector<std::string> cells = {row.name};
    for (const Metric* column : roofline_metrics()) {
      const Value value = column->value(row, run);
      if (column->unit == Unit::ratio) {
        cells.push_back(in_scale(100 * as_double(value), {}));
      } else {
        cells.push_back(column->unit == Unit::macs_per_second ? in_scale(value, rates)
                                                              : in_scale(value, {}, 2));
      }
    }
    above = above || as_double(metric("ceiling_share").value(row, run)) > 1;
    const bool dram = as_double(metric("ceiling_macs_per_second").value(row, run)) <
                      as_double(metric("peak_macs_per_second").value(row, run));
    cells.emplace_back(dram ? "DRAM" : "array");
    table.add(cells);
  };
  for (const LayerRow& row : classes) {
    if (row.macs > 0) add(row);
  }
  table.add_rule();
  add(run.totals);
  return table.text() +
         (above ? "above 100 %: a part of the transfers ran in cycles of other classes\n" : "");
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string csv_cell(const Value& value) {
  if (const auto* integer = std::get_if<uint64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
  return "";
}

}  // namespace

std::string run_table(const RunResult& run) {
  check_invariants(run);
  const std::vector<LayerRow> classes = by_layer_class(run.layers);
  std::string out = title(run) + headline(run);
  out +=
      "\nWhere the cycles go, in % of each row (what runs behind a busy array takes no cycles of its own)\n" +
      cycle_table(classes, run.totals);
  out += "\nWork and DRAM traffic: utilization = MACs / (cycles * peak MACs per cycle)\n" +
         work_table(run, classes);
  if (run.totals.macs > 0) {
    out += fmt::format("\nRoofline: ceiling = the lower of the compute roof and intensity * {} of the DRAM\n",
                       quantity(run.peak_dram_bytes_per_second, Unit::bytes_per_second)) +
           roofline_table(run, classes);
  }
  out += attention_line(run) + "\nMemory\n" + memory_table(run);
  if (run.gap) {
    out +=
        "\nFrom the analytical model, max(compute, DRAM) per operator, to this run: what each mechanism "
        "adds\n" +
        gap_table(run);
  }
  return out + energy_text(run) + notes({run});
}

std::string comparison_table(const std::vector<RunResult>& runs) {
  check_comparable(runs);
  std::vector<std::string> titles = {fmt::format("{}, {}", runs.front().network, runs.front().phase)};
  for (const RunResult& run : runs) {
    check_invariants(run);
    titles.push_back(run.configuration);
  }
  TextTable table(titles);
  std::vector<std::string> fidelities = {"fidelity"};
  for (const RunResult& run : runs) fidelities.push_back(run.fidelity);
  table.add(fidelities);

  const auto add = [&](std::string_view name) {
    const Metric& row = metric(name);
    // All kinds of bytes share the scale of their sum, so that they can be compared down the column.
    const Metric& scaled = row.unit == Unit::bytes ? metric("dram_bytes") : row;
    double largest = 0;
    bool any = false;
    for (const RunResult& run : runs) {
      largest = std::max(largest, as_double(scaled.value(run.totals, run)));
      any = any || present(row.value(run.totals, run));
    }
    if (!any) return;
    const Scale scale = scale_for(row.unit, largest);
    std::vector<std::string> cells = {heading(row.label, row.unit, scale)};
    for (const RunResult& run : runs) cells.push_back(in_scale(row.value(run.totals, run), scale, 2));
    table.add(cells);
  };
  for (const char* name : {"cycles", "seconds", "dram_bytes", "energy_pj"}) add(name);
  std::vector<std::string> utilizations = {"utilization [%]"};
  for (const RunResult& run : runs) {
    utilizations.push_back(in_scale(100 * as_double(metric("utilization").value(run.totals, run)), {}));
  }
  table.add(utilizations);
  std::vector<std::string> shares = {"of ceiling [%]"};
  for (const RunResult& run : runs)
    shares.push_back(in_scale(100 * as_double(metric("ceiling_share").value(run.totals, run)), {}));
  table.add(shares);

  table.add_rule();
  for (const ComparisonMetric& row : comparison_metrics()) {
    std::vector<std::string> cells = {fmt::format("{} [x]", row.label)};
    bool any = false;
    for (const RunResult& run : runs) {
      const Value value = compare(runs.front(), run).*row.member;
      any = any || present(value);
      cells.push_back(in_scale(value, {}, 3));
    }
    if (any) table.add(cells);
  }
  table.add_rule();
  for (const Metric* part : cycle_parts()) add(part->name);
  table.add_rule();
  for (const Metric* kind : byte_kinds()) add(kind->name);
  table.add_rule();
  add_comparison_rows(table, runs);
  return table.text() + energy_comparison(runs) + notes(runs);
}

std::string to_csv(const std::vector<RunResult>& runs) {
  std::string out = "configuration,network,phase,fidelity,layer,layer_class,weight_format";
  for (const auto* columns : {&metrics(), &event_metrics()}) {
    for (const Metric& column : *columns) out += fmt::format(",{}", column.name);
  }
  out += "\n";
  const auto add = [&](const RunResult& run, const LayerRow& row) {
    for (const std::string* text :
         {&run.configuration, &run.network, &run.phase, &run.fidelity, &row.name, &row.layer_class}) {
      out += csv_cell(*text) + ",";
    }
    out += csv_cell(row.weight_format);
    for (const auto* columns : {&metrics(), &event_metrics()}) {
      for (const Metric& column : *columns) out += "," + csv_cell(column.value(row, run));
    }
    out += "\n";
  };
  for (const RunResult& run : runs) {
    check_invariants(run);
    for (const LayerRow& row : run.layers) add(run, row);
    add(run, run.totals);
  }
  return out;
}

}  // namespace vernier::report
