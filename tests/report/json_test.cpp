// SPDX-License-Identifier: Apache-2.0
// JSON: what is written is read back exactly; damaged and foreign files are refused with what was found.
#include "sim/report/json.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "sim/report/chrome_trace.h"
#include "tests/report/example_run.h"

namespace vernier::report {
namespace {

using testing::example_baseline;
using testing::example_run;

std::string refusal(const std::string& text) {
  try {
    static_cast<void>(runs_from_json(text, "run.json"));
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

void expect_refused(const Json& json, const std::string& message) {
  EXPECT_NE(refusal(json.dump()).find(message), std::string::npos) << refusal(json.dump());
}

TEST(ReportJson, HasTheDocumentedKeysInOrder) {
  const Json json = to_json(example_run());
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_EQ(keys,
            (std::vector<std::string>{"schema",   "command", "version",       "network",
                                      "phase",    "tokens",  "configuration", "configuration_digest",
                                      "fidelity", "seed",    "clock_hz",      "peak_dram_bytes_per_second",
                                      "totals",   "memory",  "gap",           "energy",
                                      "layers",   "units",   "notes",         "timeline"}));
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["totals"]["cycles"], 1500);
  EXPECT_EQ(json["totals"]["seconds"], 1.5e-6);
  EXPECT_EQ(json["totals"]["macs"], 275200);
  EXPECT_EQ(json["totals"]["dram_bytes"], 16000);
  EXPECT_TRUE(json["totals"]["energy_pj"].is_null());
  EXPECT_EQ(json["layers"][0]["load_stall_cycles"], 100);
  EXPECT_EQ(json["units"]["dram_bytes"], "B");
}

TEST(ReportJson, RoundTripIsExact) {
  RunResult run = example_run();
  run.command = "quotes \" and </script> and \xC3\xA9";
  run.clock_hz = 1e9 / 3;
  run.peak_dram_bytes_per_second = 17e9 / 3;
  run.timeline_dropped = 17;
  testing::add_example_energy(run);
  run.totals = sum_of(run.layers);
  const std::string text = to_json(run).dump(1);
  const RunResult read = run_from_json(text, "run.json");
  EXPECT_EQ(to_json(read).dump(1), text);
  EXPECT_EQ(read.command, run.command);
  EXPECT_EQ(read.clock_hz, run.clock_hz);
  EXPECT_EQ(read.peak_dram_bytes_per_second, run.peak_dram_bytes_per_second);
  EXPECT_EQ(read.seed, -3);
  EXPECT_EQ(read.energy->items[1].source_pj, 1.0 / 3);
  EXPECT_EQ(read.totals.energy[1].fj, run.totals.energy[1].fj);
  EXPECT_EQ(read.layers[1].weight_format, "int8_g128");
  ASSERT_EQ(read.timeline.size(), run.timeline.size());
  EXPECT_EQ(read.timeline[3].opcode, "rmsnorm");
  EXPECT_EQ(read.timeline[3].queue, isa::Queue::vector);
  EXPECT_EQ(read.timeline[4].end, 1000U);
}

TEST(ReportJson, AttentionIsThereIfTheRunHasIt) {
  RunResult run = example_run();
  EXPECT_FALSE(to_json(run).contains("attention"));
  run.attention = AttentionTraffic{"flash", 12000, 9000, 0.125, 655360};
  const Json json = to_json(run);
  EXPECT_EQ(json["attention"], (Json{{"schedule", "flash"},
                                     {"dram_bytes", 12000},
                                     {"once_bytes", 9000},
                                     {"io_bound_bytes", 0.125},
                                     {"spad_elements", 655360}}));
  EXPECT_EQ(to_json(run_from_json(json.dump(), "run.json")).dump(), json.dump());
  Json damaged = json;
  damaged["attention"]["once_bytes"] = 12001;  // more than was moved
  expect_refused(damaged, "attention moves 12000 bytes, less than the 12001");
  damaged = json;
  damaged["attention"]["dram_bytes"] = 16001;  // the run has 16000
  expect_refused(damaged, "attention moves 16001 bytes of 16000");
  damaged = json;
  damaged["attention"].erase("schedule");
  expect_refused(damaged, "attention.schedule: missing");
}

TEST(ReportJson, MemoryAndGap) {
  const Json ideal = to_json(example_run());
  EXPECT_TRUE(ideal["gap"].is_null());
  EXPECT_EQ(ideal["memory"]["dma_refused_cycles"], 1234);
  EXPECT_TRUE(ideal["memory"]["dram_reads"].is_null());  // absent, not zero
  EXPECT_TRUE(ideal["memory"]["dram_row_hit_rate"].is_null());
  EXPECT_EQ(ideal["memory"]["dram_peak_share"], 16000 / (1.5e-6 * 16e9));

  const Json json = to_json(testing::example_dram_run());
  EXPECT_EQ(json["memory"]["dram_row_hits"], 129);
  EXPECT_EQ(json["memory"]["dram_row_hit_rate"], 129.0 / 174);
  EXPECT_EQ(json["gap"]["gap_schedule_cycles"], -30);
  EXPECT_EQ(json["units"]["gap_schedule_cycles"], "cycles");
  EXPECT_EQ(json["units"]["dram_refreshes"], "events");
  const RunResult read = run_from_json(json.dump(), "run.json");
  EXPECT_EQ(to_json(read).dump(), json.dump());
  EXPECT_EQ(read.gap->schedule, -30);
  EXPECT_EQ(read.memory.dram_refreshes, 2U);

  const auto changed = [&json](const char* pointer, Json value) {
    Json damaged = json;
    damaged[Json::json_pointer(pointer)] = std::move(value);
    return damaged;
  };
  expect_refused(changed("/memory/dram_reads", 149), "error[RPT004]");
  expect_refused(changed("/memory/dram_refreshes", nullptr), "dram_refreshes is absent, unlike dram_reads");
  expect_refused(changed("/memory/dram_row_hits", 7), "memory.dram_row_hits: found 7, but");
  expect_refused(changed("/memory/dram_refreshes", -1), "memory.dram_refreshes: found -1");
  expect_refused(changed("/memory/dram_refresh", 1), "memory.dram_refresh: unknown key");
  expect_refused(changed("/gap/gap_port_conflicts_cycles", 6), "gap: sums to 1501, the run took 1500 cycles");
  expect_refused(changed("/gap/gap_port_conflicts_cycles", 5.5), "gap.gap_port_conflicts_cycles: found 5.5");
  expect_refused(changed("/gap/gap_refresh_cycles", nullptr), "error[RPT004]");
  expect_refused(changed("/gap/gap_port_width_cycles", nullptr), "gap_port_width_cycles is absent");
  expect_refused(changed("/gap/gap_fill_cycles", int64_t{1} << 62), "error[RPT004]");
  Json missing = json;
  missing["gap"].erase("gap_fill_cycles");
  expect_refused(missing, "gap.gap_fill_cycles: missing");
}

TEST(ReportJson, ComparisonIsNormalisedToTheFirst) {
  const Json json = comparison_to_json({example_baseline(), example_run()}, "vernier compare");
  EXPECT_EQ(json["comparison"][0]["speed_up"], 1.0);
  EXPECT_DOUBLE_EQ(json["comparison"][1]["speed_up"].get<double>(),
                   1.5);  // a third of the cycles, half the clock
  EXPECT_DOUBLE_EQ(json["comparison"][1]["cycle_ratio"].get<double>(), 1.0 / 3.0);
  EXPECT_EQ(json["comparison"][1]["traffic_ratio"], 0.5);
  EXPECT_TRUE(json["comparison"][1]["energy_ratio"].is_null());
  const std::vector<RunResult> runs = runs_from_json(json.dump(), "comparison.json");
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(comparison_to_json(runs, "vernier compare").dump(), json.dump());
  EXPECT_THROW(static_cast<void>(run_from_json(json.dump(), "comparison.json")), InputError);
}

TEST(ReportJson, DifferentWorkIsNotCompared) {
  RunResult other = example_run();
  other.phase = "decode";
  EXPECT_THROW(static_cast<void>(comparison_to_json({example_run(), other}, "")), InputError);
  other = example_run();
  other.layers.pop_back();  // the norm: no MACs, so the work of the array is the same
  other.totals = sum_of(other.layers);
  other.timeline.clear();
  EXPECT_NO_THROW(static_cast<void>(comparison_to_json({example_run(), other}, "")));
  other.layers.pop_back();
  other.totals = sum_of(other.layers);
  EXPECT_THROW(static_cast<void>(comparison_to_json({example_run(), other}, "")), InputError);
  EXPECT_THROW(check_comparable({}), InputError);
}

TEST(ReportJson, ForeignAndDamagedFilesAreRefused) {
  const Json good = to_json(example_run());
  EXPECT_NE(refusal("").find("error[RPT001]: run.json: not a JSON file"), std::string::npos);
  EXPECT_NE(refusal(good.dump().substr(0, 500)).find("RPT001"), std::string::npos);
  EXPECT_NE(refusal(R"({"schema": 1e999})").find("error[RPT001]: run.json: not a JSON file"),
            std::string::npos);
  expect_refused(Json::array(), "found [], where an object is due");
  expect_refused({{"answer", 42}}, "error[RPT002]: run.json: schema: missing");
  const auto changed = [&](const char* pointer, Json value) {
    Json json = good;
    json[Json::json_pointer(pointer)] = std::move(value);
    return json;
  };
  expect_refused(changed("/schema", 2), "error[RPT003]: run.json: schema: found 2, this version reads 1");
  expect_refused(changed("/layers/1/cycles", -5),
                 "layers[1].cycles: found -5, where a whole number >= 0 is due");
  expect_refused(changed("/layers/1/cycles", "many"), "layers[1].cycles: found \"many\"");
  expect_refused(changed("/layers/1/cycles", 1.5), "layers[1].cycles: found 1.5");
  expect_refused(changed("/layers/1/cycels", 1),
                 "layers[1].cycels: unknown key\n  help: did you mean 'cycles'?");
  expect_refused(changed("/layers/1/idle_cycles", 1), "error[RPT004]");
  expect_refused(changed("/layers/0/utilization", 0.75), "layers[0].utilization: found 0.75, but");
  expect_refused(changed("/totals/macs", 1), "error[RPT004]");
  expect_refused(changed("/layers/0/ceiling_share", 0.75), "layers[0].ceiling_share: found 0.75, but");
  expect_refused(changed("/peak_dram_bytes_per_second", 32e9), "totals.ceiling_macs_per_second: found");
  expect_refused(changed("/peak_dram_bytes_per_second", 0), "error[RPT004]");
  expect_refused(changed("/layers/0/events/pe_stepz", 1), "error[RPT004]");
  expect_refused(changed("/clock_hz", nullptr), "clock_hz: found null, where a number is due");
  expect_refused(changed("/clock_hz", 0), "error[RPT004]");
  expect_refused(changed("/timeline/events/0/0", "lode"), "timeline.events[0][0]: found \"lode\"");
  expect_refused(changed("/timeline/events/0/1", 4294967296), "timeline.events[0]");
  expect_refused(changed("/notes/0", 7), "notes: found 7");
  Json missing = good;
  missing["totals"].erase("kv_bytes");
  expect_refused(missing, "totals.kv_bytes: missing");
}

TEST(ChromeTrace, HasTheFourQueuesAsThreadsAndCyclesAsTime) {
  const Json trace = Json::parse(to_chrome_trace(example_run()));
  std::map<int, std::string> threads;
  std::map<int, uint64_t> free_from;
  int instructions = 0;
  for (const Json& event : trace["traceEvents"]) {
    if (event["name"] == "thread_name") threads[event["tid"]] = event["args"]["name"];
    if (event["ph"] != "X") continue;
    ++instructions;
    EXPECT_GE(event["ts"].get<uint64_t>(), free_from[event["tid"]]) << "crossing events on one thread";
    free_from[event["tid"]] = event["ts"].get<uint64_t>() + event["dur"].get<uint64_t>();
  }
  EXPECT_EQ(threads, (std::map<int, std::string>{
                         {1, "load"}, {2, "load 2"}, {1001, "compute"}, {2001, "vector"}, {3001, "store"}}));
  EXPECT_EQ(instructions, 6);
  const Json& last = trace["traceEvents"].back();
  EXPECT_EQ(last["name"], "gemm qk");
  EXPECT_EQ(last["ts"], 1200);
  EXPECT_EQ(last["dur"], 300);
  EXPECT_EQ(trace["otherData"]["time_unit"],
            "ts and dur are accelerator clock cycles, shown by viewers as us");
}

}  // namespace
}  // namespace vernier::report
