// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "sim/report/energy_metrics.h"
#include "sim/report/json.h"
#include "sim/report/metrics.h"
#include "sim/report/run_metrics.h"

namespace vernier::report {
namespace {

const char* kWhatIsRead = "give a result.json written by this version of vernier";

// One object of the file: every key must be taken exactly once, in any order.
class ObjectReader {
 public:
  ObjectReader(const Json& json, std::string path, const std::string& file)
      : json_(json), path_(std::move(path)), file_(file) {
    if (!json_.is_object()) wrong(path_, "an object", json_);
  }

  const Json& take(const std::string& key) {
    const auto found = json_.find(key);
    if (found == json_.end()) fail("RPT002", where(key) + ": missing");
    taken_.push_back(key);
    return *found;
  }
  std::string text(const std::string& key) {
    const Json& value = take(key);
    if (!value.is_string()) wrong(where(key), "a text", value);
    return value.get<std::string>();
  }
  uint64_t count(const std::string& key) { return count(take(key), where(key)); }
  uint64_t count(const Json& value, const std::string& place) const {
    if (!value.is_number_unsigned()) wrong(place, "a whole number >= 0", value);
    return value.get<uint64_t>();
  }
  double real(const std::string& key) {
    const Json& value = take(key);
    if (!value.is_number()) wrong(where(key), "a number", value);
    return value.get<double>();
  }
  const Json& array(const std::string& key) {
    const Json& value = take(key);
    if (!value.is_array()) wrong(where(key), "a list", value);
    return value;
  }
  ObjectReader object(const std::string& key) { return {take(key), where(key), file_}; }
  ObjectReader element(const Json& value, const std::string& place) const { return {value, place, file_}; }

  /// Call last: whatever was not taken is unknown.
  void finish() const {
    for (const auto& [key, value] : json_.items()) {
      if (std::find(taken_.begin(), taken_.end(), key) != taken_.end()) continue;
      fail("RPT002", where(key) + ": unknown key", suggestion(key, taken_));
    }
  }

  [[nodiscard]] const Json& json() const { return json_; }
  [[nodiscard]] std::string where(const std::string& key) const {
    return path_.empty() ? key : path_ + "." + key;
  }
  [[noreturn]] void wrong(const std::string& place, const char* wanted, const Json& found) const {
    std::string shown = json_text(found, -1);
    if (shown.size() > 40) shown = shown.substr(0, 40) + "...";
    fail("RPT002", fmt::format("{}: found {}, where {} is due", place, shown, wanted));
  }
  [[noreturn]] void fail(const char* code, std::string message, std::string help = kWhatIsRead) const {
    throw InputError(code, std::move(message), SourceLocation{file_}, std::move(help));
  }

 private:
  const Json& json_;
  std::string path_;
  const std::string& file_;
  std::vector<std::string> taken_;
};

/// A derived number; a file that says otherwise was damaged.
void check_derived(ObjectReader& in, std::string_view name, std::string_view formula, const Value& value) {
  const std::string key(name);
  const Json& found = in.take(key);
  const bool agrees =
      present(value) ? found.is_number() && found.get<double>() == as_double(value) : found.is_null();
  if (agrees) return;
  in.fail("RPT004", fmt::format("{}: found {}, but {} gives {}", in.where(key), json_text(found, -1), formula,
                                present(value) ? fmt::format("{}", as_double(value)) : "null"));
}

void read_numbers(ObjectReader& in, LayerRow& row, const RunResult& run) {
  for (const Metric& metric : metrics()) {
    const std::string name(metric.name);
    if (metric.counter() != nullptr) row.*metric.counter() = in.count(name);
  }
  row.ideal_cycles = in.real("ideal_cycles");
  if (run.energy) {
    size_t index = 0;
    for (const Json& item : in.array("energy_items")) {
      const std::string place = fmt::format("{}[{}]", in.where("energy_items"), index++);
      if (!item.is_array() || item.size() != 3) in.wrong(place, "a list of 3", item);
      row.energy.push_back({in.count(item[0], place), in.count(item[1], place), in.count(item[2], place)});
    }
    if (index != run.energy->items.size())
      in.wrong(in.where("energy_items"), "an entry per item", in.take("energy_items"));
  }
  ObjectReader events = in.object("events");
  for (const auto& [name, value] : events.json().items()) row.events[name] = events.count(name);
  for (const Metric& metric : metrics()) {
    const std::string name(metric.name);
    if (!metric.derived() || name == "ideal_cycles") continue;
    check_derived(in, metric.name, metric.formula, metric.value(row, run));
  }
}

void read_memory(ObjectReader in, RunResult& run) {
  for (const MemoryMetric& metric : memory_metrics()) {
    if (metric.member == nullptr) continue;
    const std::string name(metric.name);
    const Json& found = in.take(name);
    if (!found.is_null()) run.memory.*metric.member = in.count(found, in.where(name));
  }
  for (const MemoryMetric& metric : memory_metrics()) {
    if (metric.member == nullptr) check_derived(in, metric.name, metric.formula, metric.value(run));
  }
  in.finish();
}

void read_gap(ObjectReader in, RunResult& run) {
  run.gap.emplace();
  for (const GapMetric& metric : gap_metrics()) {
    const std::string name(metric.name);
    const Json& found = in.take(name);
    if (found.is_null()) continue;
    if (!found.is_number_integer()) in.wrong(in.where(name), "a whole number", found);
    *run.gap.*metric.member = found.get<int64_t>();
  }
  in.finish();
}

std::optional<double> real_or_null(ObjectReader& in, const std::string& key) {
  if (in.json().contains(key) && in.json()[key].is_null()) {
    in.take(key);
    return std::nullopt;
  }
  return in.real(key);
}

Origin read_origin(ObjectReader& in) { return {in.text("kind"), in.text("origin"), in.text("scaling")}; }

/// What the sums of the rows must equal is checked when they are there.
void read_energy(ObjectReader in, RunResult& run) {
  EnergyReport& energy = run.energy.emplace();
  energy.node_nm = static_cast<int>(in.count("node_nm"));
  energy.tokens = in.count("tokens");
  size_t index = 0;
  for (const Json& json : in.array("items")) {
    ObjectReader item = in.element(json, fmt::format("{}[{}]", in.where("items"), index++));
    EnergyItem& read = energy.items.emplace_back();
    read = {item.text("part"),
            item.text("component"),
            item.text("action"),
            item.text("events"),
            real_or_null(item, "source_pj_per_event"),
            real_or_null(item, "pj_per_event"),
            read_origin(item)};
    item.take("event_count");
    item.take("energy_fj");
    item.finish();
  }
  index = 0;
  for (const Json& json : in.array("areas")) {
    ObjectReader item = in.element(json, fmt::format("{}[{}]", in.where("areas"), index++));
    AreaItem& read = energy.areas.emplace_back();
    read = {item.text("part"),         item.text("component"),
            item.count("count"),       real_or_null(item, "source_um2"),
            real_or_null(item, "um2"), read_origin(item)};
    item.finish();
  }
  for (const EnergyMetric& metric : energy_metrics()) in.take(std::string(metric.name));
  in.finish();
}

/// Derived numbers of the energy, once the rows are read.
void check_energy_numbers(ObjectReader in, const RunResult& run) {
  for (const EnergyMetric& metric : energy_metrics())
    check_derived(in, metric.name, metric.formula, metric.value(run));
  size_t index = 0;
  for (const Json& json : in.array("items")) {
    ObjectReader item = in.element(json, fmt::format("{}[{}]", in.where("items"), index));
    const ItemEnergy& total = run.totals.energy[index];
    check_derived(item, "event_count", "the sum of the rows", total.events);
    check_derived(item, "energy_fj", "the sum of the rows",
                  run.energy->items[index].pj ? Value(total.fj) : Value());
    ++index;
  }
}

LayerRow read_layer(ObjectReader in, const RunResult& run) {
  LayerRow row;
  row.name = in.text("name");
  row.layer_class = in.text("layer_class");
  row.weight_format = in.text("weight_format");
  read_numbers(in, row, run);
  in.finish();
  return row;
}

isa::Queue read_queue(const ObjectReader& in, const Json& value, const std::string& place) {
  for (int i = 0; i < isa::kQueueCount; ++i) {
    const auto queue = static_cast<isa::Queue>(i);
    if (value.is_string() && value.get<std::string>() == isa::name_of(queue)) return queue;
  }
  in.wrong(place, "load, compute, vector or store", value);
}

void read_timeline(ObjectReader in, RunResult& run) {
  run.timeline_dropped = in.count("dropped");
  in.array("columns");
  size_t index = 0;
  for (const Json& event : in.array("events")) {
    const std::string place = fmt::format("{}[{}]", in.where("events"), index++);
    if (!event.is_array() || event.size() != 6) in.wrong(place, "a list of 6", event);
    const uint64_t op = in.count(event[1], place + "[1]");
    if (op >= run.layers.size() || !event[2].is_string())
      in.wrong(place, "a row of layers and an opcode", event);
    run.timeline.push_back({read_queue(in, event[0], place + "[0]"), static_cast<uint32_t>(op),
                            event[2].get<std::string>(), in.count(event[3], place + "[3]"),
                            in.count(event[4], place + "[4]"), in.count(event[5], place + "[5]")});
  }
  in.finish();
}

void read_schema(ObjectReader& in) {
  const uint64_t schema = in.count("schema");
  if (schema != kSchema) {
    in.fail("RPT003",
            fmt::format("{}: found {}, this version reads {}", in.where("schema"), schema, kSchema));
  }
}

/// What the text of a broken invariant says in its last parentheses: the numbers, without the source code.
std::string detail_of(const std::string& text) {
  int open = 0;
  for (size_t at = text.size(); at-- > 0;) {
    if (text[at] == ')') ++open;
    if (text[at] == '(' && --open == 0) return text.substr(at + 1, text.size() - at - 2);
  }
  return text;
}

RunResult read_run(ObjectReader in) {
  RunResult run;
  read_schema(in);
  run.command = in.text("command");
  run.version = in.text("version");
  run.network = in.text("network");
  run.phase = in.text("phase");
  const uint64_t tokens = in.count("tokens");
  if (tokens > std::numeric_limits<int>::max())
    in.fail("RPT002", fmt::format("tokens: {} is too large", tokens));
  run.tokens = static_cast<int>(tokens);
  run.configuration = in.text("configuration");
  run.configuration_digest = in.text("configuration_digest");
  run.fidelity = in.text("fidelity");
  const Json& seed = in.take("seed");
  if (!seed.is_number_integer()) in.wrong("seed", "a whole number", seed);
  run.seed = seed.get<int64_t>();
  run.clock_hz = in.real("clock_hz");
  run.peak_dram_bytes_per_second = in.real("peak_dram_bytes_per_second");
  const bool has_energy = !in.json().contains("energy") || !in.json()["energy"].is_null();
  if (has_energy) {
    read_energy(in.object("energy"), run);
  } else {
    in.take("energy");
  }
  ObjectReader totals = in.object("totals");
  run.totals.name = "total";
  read_numbers(totals, run.totals, run);
  totals.finish();
  read_memory(in.object("memory"), run);
  if (in.json().contains("gap") && in.json()["gap"].is_null()) {
    in.take("gap");
  } else {
    read_gap(in.object("gap"), run);
  }
  if (in.json().contains("attention")) {
    ObjectReader attention = in.object("attention");
    run.attention = AttentionTraffic{attention.text("schedule"), attention.count("dram_bytes"),
                                     attention.count("once_bytes"), attention.real("io_bound_bytes"),
                                     attention.count("spad_elements")};
    attention.finish();
  }
  size_t index = 0;
  for (const Json& row : in.array("layers")) {
    run.layers.push_back(read_layer(in.element(row, in.where(fmt::format("layers[{}]", index++))), run));
  }
  if (has_energy) check_energy_numbers(in.object("energy"), run);
  in.object("units");
  for (const Json& note : in.array("notes")) {
    if (!note.is_string()) in.wrong(in.where("notes"), "texts", note);
    run.notes.push_back(note.get<std::string>());
  }
  read_timeline(in.object("timeline"), run);
  in.finish();
  try {
    check_invariants(run);
  } catch (const InternalError& error) {
    in.fail("RPT004", fmt::format("the numbers contradict each other: {}", detail_of(error.what())));
  }
  return run;
}

}  // namespace

std::vector<RunResult> runs_from_json(std::string_view text, const std::string& file) {
  Json json;
  try {
    json = Json::parse(text.begin(), text.end());
  } catch (const Json::exception& error) {
    throw InputError("RPT001", fmt::format("not a JSON file: {}", error.what()), SourceLocation{file},
                     kWhatIsRead);
  }
  ObjectReader in(json, "", file);
  std::vector<RunResult> runs;
  if (!json.contains("runs")) {
    runs.push_back(read_run(in));
    return runs;
  }
  read_schema(in);
  in.text("command");
  in.text("version");
  in.object("units");
  in.array("comparison");
  size_t index = 0;
  for (const Json& run : in.array("runs")) {
    runs.push_back(read_run(in.element(run, fmt::format("runs[{}]", index++))));
  }
  in.finish();
  check_comparable(runs);
  return runs;
}

RunResult run_from_json(std::string_view text, const std::string& file) {
  std::vector<RunResult> runs = runs_from_json(text, file);
  if (runs.size() != 1) {
    throw InputError("RPT002",
                     fmt::format("found a comparison of {} runs, where one run is due", runs.size()),
                     SourceLocation{file}, kWhatIsRead);
  }
  return std::move(runs.front());
}

}  // namespace vernier::report
