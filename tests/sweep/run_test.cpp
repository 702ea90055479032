// SPDX-License-Identifier: Apache-2.0
// Rows of a sweep against `vernier run` of the same points, and what is refused.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "sim/report/energy_metrics.h"
#include "tests/sweep/sweep_program.h"

namespace vernier::sweep::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class SweepRun : public SweepProgram {};

std::vector<Json> lines_of(const std::string& text) {
  std::vector<Json> rows;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) rows.push_back(Json::parse(line));
  return rows;
}

TEST_F(SweepRun, rows_are_the_runs) {
  write_sweep(
      "set:\n  energy.dram_pj_per_bit: 5\n"
      "axes:\n  array.rows: [4, 8]\n  array.cols: [3, 4]\n  fidelity: [fast, analytical]\n"
      "constraints: [array.rows + array.cols > 7]\n"
      "objectives:\n  - minimize: cycles\n  - maximize: array.rows * utilization\n");
  expect_done({"sweep", "sweep.yaml", "--out", "results", "--quiet"});
  const std::vector<Json> rows = lines_of(exported("results", "--jsonl"));
  ASSERT_EQ(rows.size(), 6U);
  for (const Json& row : rows) {
    const std::string array_rows = row.at("array.rows"), cols = row.at("array.cols"),
                      fidelity = row.at("fidelity");
    const Json run = Json::parse(expect_done({"run", "tiny.yaml", "gemm.yaml", "--json", "--fidelity",
                                              fidelity, "--set", "array.rows=" + array_rows, "--set",
                                              "array.cols=" + cols, "--set", "energy.dram_pj_per_bit=5"})
                                     .out);
    EXPECT_EQ(row.at("status"), "done");
    EXPECT_EQ(row.at("configuration_digest"), run.at("configuration_digest"));
    size_t compared = 0;
    for (const auto& [name, value] : run.at("totals").items()) {
      if (!value.is_number() && !value.is_null()) continue;  // counts of events, and the items of energy
      EXPECT_EQ(row.at(name), value) << name;
      ++compared;
    }
    for (const auto& [name, value] : run.at("totals").at("events").items())
      EXPECT_EQ(row.at(name), value) << name;
    for (const auto& [name, value] : run.at("memory").items()) EXPECT_EQ(row.at(name), value) << name;
    for (const char* name : {"area_mm2", "total_energy_pj", "energy_delay_js"})
      EXPECT_EQ(row.at(name), run.at("energy").is_null() ? Json() : run.at("energy").at(name)) << name;
    EXPECT_GT(compared, 20U);
    // The parts of the energy, summed here from the items, are all of it.
    std::map<std::string, uint64_t> parts;
    for (const Json& item : run.at("energy").is_null() ? Json::array() : run.at("energy").at("items"))
      parts[item.at("part")] += item.at("energy_fj").get<uint64_t>();
    double picojoules = 0;
    for (const report::EnergyPart& part : report::energy_parts()) {
      const Json& stored = row.at(std::string(part.name));
      EXPECT_EQ(stored.is_null(), parts.empty());
      if (stored.is_null()) continue;
      EXPECT_EQ(stored.get<double>(), static_cast<double>(parts[std::string(part.part)]) / 1000) << part.name;
      picojoules += stored.get<double>();
    }
    EXPECT_EQ(parts.empty(), fidelity == "analytical");
    if (!parts.empty()) {
      EXPECT_NEAR(picojoules, row.at("total_energy_pj").get<double>(), 1e-3);
    }
    EXPECT_EQ(row.at("objective_1"), run.at("totals").at("cycles"));
    EXPECT_EQ(row.at("objective_2").get<double>(),
              std::stod(array_rows) * run.at("totals").at("utilization").get<double>());
  }
  const auto fronts = query(database("results"), "SELECT expression, unit, direction FROM objectives");
  EXPECT_EQ(fronts, (std::vector<std::vector<std::string>>{{"cycles", "cycles", "minimize"},
                                                           {"array.rows * utilization", "", "maximize"}}));
}

/// Keys of a resolved accelerator as `vernier run --out` writes it: "array.rows" -> "4".
std::map<std::string, std::string> keys_of(const std::string& yaml) {
  std::map<std::string, std::string> keys;
  std::istringstream in(yaml);
  std::string section;
  for (std::string line; std::getline(in, line);) {
    const size_t colon = line.find(':');
    const bool inside = line[0] == ' ';
    if (!inside) section.clear();
    if (colon + 1 == line.size()) {
      section = line.substr(0, colon) + ".";
      continue;
    }
    std::string value = line.substr(colon + 2);
    if (value[0] == '"') value = value.substr(1, value.size() - 2);
    keys[section + line.substr(inside ? 2 : 0, colon - (inside ? 2 : 0))] = value;
  }
  return keys;
}

TEST_F(SweepRun, resolved_accelerators) {
  std::string memory = read_file(folder_ / "tiny.yaml");
  memory.replace(memory.find("dram: {"), std::string::npos,
                 "dram: {kind: LPDDR4-3200}\nformats: {weight: bitmod4_g128, kv: int8_s8_g128}\n");
  write_file(folder_ / "other.yaml", memory);
  write_file(folder_ / "sweep.yaml",
             "name: test\nworkload: gemm.yaml\naxes:\n  array.rows: [4, 8, 3000]\n  accelerator: [tiny.yaml, "
             "other.yaml]\n");
  (void)call({"sweep", "sweep.yaml", "--out", "results", "--quiet", "--jobs", "1"});
  std::map<std::string, std::map<std::string, std::string>> stored;
  std::map<std::string, std::string> first;
  for (const auto& row :
       query(database("results"), "SELECT digest, keys FROM configurations ORDER BY position")) {
    std::map<std::string, std::string> keys = first;
    const Json different = Json::parse(row[1]);
    for (const auto& [key, text] : different.items()) {
      if (text.is_null()) {
        EXPECT_EQ(keys.erase(key), 1U) << key;
      } else {
        keys[key] = text;
      }
    }
    if (first.empty()) first = keys;
    EXPECT_TRUE(stored.emplace(row[0], keys).second);
  }
  size_t compared = 0;
  for (const Json& row : lines_of(exported("results", "--jsonl"))) {
    if (row.at("status") == "failed") continue;
    const std::string array_rows = row.at("array.rows"), accelerator = row.at("accelerator");
    const std::string out = "run" + std::to_string(compared);
    expect_done({"run", accelerator, "gemm.yaml", "--out", out, "--set", "array.rows=" + array_rows});
    EXPECT_EQ(stored.at(row.at("configuration_digest")),
              keys_of(read_file(folder_ / out / "accelerator.yaml")));
    ++compared;
  }
  EXPECT_GE(compared, 4U);
  EXPECT_EQ(stored.size(), compared);
}

TEST_F(SweepRun, same_bytes_whatever_the_processes) {
  write_sweep(kManyPoints);
  for (const std::string jobs : {"1", "5"})
    EXPECT_EQ(call({"sweep", "sweep.yaml", "--out", jobs, "--quiet", "--jobs", jobs}).status, 0);
  EXPECT_EQ(exported("1"), exported("5"));
  EXPECT_EQ(exported("1", "--jsonl"), exported("5", "--jsonl"));
  const auto counts = query(database("1"), "SELECT status, count(*) FROM points GROUP BY status");
  EXPECT_EQ(counts, (std::vector<std::vector<std::string>>{{"done", "800"}, {"failed", "200"}}));
  // Each run once: the other phase is a copy, which took no time.
  EXPECT_EQ(query(database("1"), "SELECT count(*) FROM points WHERE wall_seconds > 0"),
            (std::vector<std::vector<std::string>>{{"400"}}));
  EXPECT_EQ(query(database("1"), "SELECT count(DISTINCT configuration_digest || work_digest) FROM points"),
            (std::vector<std::vector<std::string>>{{"400"}}));
  const auto error = query(database("1"), "SELECT error FROM points WHERE \"array.lanes\" = '3' LIMIT 1");
  EXPECT_NE(error.at(0).at(0).find(
                "error[CFG024]: tiny.yaml:8:19: formats.weight: groups of 128 elements (bitmod4_g128)"),
            std::string::npos)
      << error.at(0).at(0);
}

TEST_F(SweepRun, finished_points_do_not_run_again) {
  write_sweep("axes:\n  array.rows: [4, 8, 16]\n");
  expect_done({"sweep", "sweep.yaml", "--out", "results", "--quiet"});
  const auto before = query(database("results"), "SELECT point, session, wall_seconds FROM points");
  expect_done({"sweep", "sweep.yaml", "--out", "results", "--quiet"});
  EXPECT_EQ(query(database("results"), "SELECT point, session, wall_seconds FROM points"), before);
  EXPECT_EQ(query(database("results"), "SELECT count(*) FROM sessions"),
            (std::vector<std::vector<std::string>>{{"2"}}));
}

TEST_F(SweepRun, constraints_on_metrics_exclude) {
  write_sweep(
      "axes:\n  array.rows: [1, 2, 16]\nconstraints: [cycles < 1000]\nobjectives: [minimize: array.rows]\n");
  const std::string out = expect_done({"sweep", "sweep.yaml", "--out", "results", "--quiet"}).out;
  for (const Json& row : lines_of(exported("results", "--jsonl"))) {
    EXPECT_EQ(row.at("status"), row.at("cycles").get<int>() < 1000 ? "done" : "excluded") << row;
    EXPECT_EQ(row.at("error").is_null(), row.at("status") == "done");
  }
  const auto counts = query(database("results"), "SELECT DISTINCT status FROM points ORDER BY 1");
  EXPECT_EQ(counts, (std::vector<std::vector<std::string>>{{"done"}, {"excluded"}})) << out;
}

TEST_F(SweepRun, every_point_failed_bad) {
  write_sweep("axes:\n  array.lanes: [3, 5]\n");
  const Outcome outcome = call({"sweep", "sweep.yaml", "--out", "results", "--quiet"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "failed: every point failed; `vernier sweep export` has the errors\n");
}

TEST_F(SweepRun, another_sweep_or_version_bad) {
  write_sweep("axes:\n  array.rows: [4, 8]\n");
  expect_done({"sweep", "sweep.yaml", "--out", "results", "--quiet"});
  const std::string mine = exported("results");
  write_sweep("axes:\n  array.rows: [4, 9]\n");
  const Outcome other = call({"sweep", "sweep.yaml", "--out", "results", "--quiet"});
  EXPECT_EQ(other.status, 2);
  EXPECT_EQ(
      other.err.rfind("error[SWP034]: 'results/results.sqlite' holds results of another sweep: 'test'", 0),
      0U)
      << other.err;
  EXPECT_EQ(exported("results"), mine);
  write_sweep("axes:\n  array.rows: [4, 8]\n");
  (void)query(database("results"), "UPDATE meta SET value = 'ffff' WHERE key = 'build'");
  const Outcome build = call({"sweep", "sweep.yaml", "--out", "results", "--quiet"});
  EXPECT_EQ(build.status, 2);
  EXPECT_EQ(
      build.err.rfind("error[SWP035]: 'results/results.sqlite' was begun by another build of Vernier", 0), 0U)
      << build.err;
  (void)query(database("results"), "PRAGMA user_version=99");
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"sweep", "export", "results", "--csv"},
        std::vector<std::string>{"report", "results"},
        std::vector<std::string>{"sweep", "sweep.yaml", "--out", "results", "--quiet"}}) {
    const Outcome schema = call(command);
    EXPECT_EQ(schema.status, 2);
    EXPECT_EQ(schema.err.rfind(
                  "error[SWP035]: 'results/results.sqlite' has schema 99; this program reads schema 2", 0),
              0U)
        << schema.err;
  }
  // Not ours at all.
  (void)query(database("results"), "PRAGMA application_id=1");
  write_file(
      folder_ / "text.sqlite",
      "name: this is no database, but longer than a header of one would be\n" + std::string(2000, 'x'));
  for (const std::string file : {"results", "text.sqlite"}) {
    const Outcome foreign = call({"sweep", "export", file, "--csv"});
    EXPECT_EQ(foreign.status, 2);
    EXPECT_EQ(foreign.err.rfind("error[SWP031]: '" + file, 0), 0U) << foreign.err;
  }
  expect_refused({"sweep", "export", "nowhere", "--csv"},
                 "error[SWP030]: there is no 'nowhere'\n"
                 "  help: give the folder, or the results.sqlite, that `vernier sweep --out` wrote\n");
}

TEST_F(SweepRun, page_of_a_sweep_bad) {
  write_sweep("axes:\n  array.rows: [4, 8]\n");
  expect_done({"sweep", "sweep.yaml", "--out", "results", "--quiet"});
  expect_refused({"report", "results", "results/results.sqlite"},
                 "error[RPT021]: 'results/results.sqlite' is a sweep, which has a page of its own\n"
                 "  help: give it alone; `vernier diff` compares two sweeps\n");
  (void)query(database("results"), "UPDATE points SET \"array.rows\" = '5' WHERE point = 1");
  expect_refused({"report", "results"},
                 "error[SWP031]: the results are damaged: point 1: array.rows has no value '5'\n");
  (void)query(database("results"), "DELETE FROM points");
  expect_refused({"report", "results"},
                 "error[SWP031]: the sweep 'test' has no results yet\n"
                 "  help: run `vernier sweep` first\n");
  (void)query(database("results"), "PRAGMA application_id=1");
  const Outcome foreign = call({"report", "results"});
  EXPECT_EQ(foreign.status, 2);
  EXPECT_EQ(foreign.err.rfind("error[SWP031]: 'results/results.sqlite' holds no results of a sweep", 0), 0U);
  EXPECT_FALSE(fs::exists(folder_ / "report.html"));
}

TEST_F(SweepRun, two_runners_bad) {
  write_sweep("axes:\n  gemms.0.n: {from: 1000, to: 400000, step: 1000}\n");
  const pid_t first = start({"sweep", "sweep.yaml", "--out", "results", "--jobs", "1"});
  const auto has_rows = [this] {
    return fs::exists(database("results")) &&
           !query(database("results"), "SELECT 1 FROM sqlite_master WHERE name = 'points'").empty() &&
           query(database("results"), "SELECT count(*) FROM points").at(0).at(0) != "0";
  };
  for (int i = 0; i < 1000 && !has_rows(); ++i) ::usleep(10000);
  const Outcome second = call({"sweep", "sweep.yaml", "--out", "results", "--quiet"});
  EXPECT_EQ(second.status, 2);
  EXPECT_EQ(
      second.err.rfind(fmt::format("error[SWP032]: results/results.sqlite.lock: another `vernier sweep` is "
                                   "writing here: process {} on ",
                                   first),
                       0),
      0U)
      << second.err;
  // Reading goes on meanwhile.
  const Outcome reader = call({"sweep", "export", "results", "--csv"});
  EXPECT_EQ(reader.status, 0) << reader.err;
  ::kill(first, SIGKILL);
  ::waitpid(first, nullptr, 0);
}

TEST_F(SweepRun, full_disk_bad) {
  write_sweep(kManyPoints);
  ASSERT_EQ(call({"sweep", "sweep.yaml", "--out", "whole", "--quiet"}).status, 0);
  for (const unsigned long limit : {20000UL, 60000UL, 200000UL}) {
    CallOptions options;
    options.largest_file = limit;
    const Outcome outcome = call({"sweep", "sweep.yaml", "--out", "results", "--quiet"}, options);
    EXPECT_EQ(outcome.status, 2) << limit;
    EXPECT_EQ(outcome.err.rfind("error[SWP033]: 'results/results.sqlite' cannot be written: ", 0), 0U)
        << outcome.err;
  }
  const auto kept = query(database("results"), "SELECT point, session, wall_seconds FROM points");
  EXPECT_GT(kept.size(), 10U);
  EXPECT_LT(kept.size(), 1000U);
  EXPECT_EQ(query(database("results"), "PRAGMA integrity_check"),
            (std::vector<std::vector<std::string>>{{"ok"}}));
  ASSERT_EQ(call({"sweep", "sweep.yaml", "--out", "results", "--quiet"}).status, 0);
  EXPECT_EQ(exported("results"), exported("whole"));
  const auto now = query(database("results"), "SELECT point, session, wall_seconds FROM points");
  const std::set<std::vector<std::string>> all(now.begin(), now.end());
  for (const auto& row : kept) EXPECT_EQ(all.count(row), 1U);
}

TEST_F(SweepRun, options_bad) {
  write_sweep("axes:\n  array.rows: [4, 8]\n");
  expect_refused({"sweep"},
                 "error[CLI021]: sweep: a sweep file is due\n  help: `vernier sweep --help` has examples\n");
  expect_refused({"sweep", "sweep.yaml"},
                 "error[CLI021]: sweep: --out DIR is due, the folder that keeps the results\n"
                 "  help: `vernier sweep plan FILE` looks at a sweep without running it\n");
  expect_refused({"sweep", "sweep.yaml", "--out", "x", "--jobs", "0"},
                 "error[CLI022]: --jobs: 0 is not in 1..1024\n");
  expect_refused({"sweep", "nowhere", "--out", "x"},
                 "error[CLI006]: 'nowhere' is neither a file nor the name of a shipped sweep\n"
                 "  help: allowed: bitmod_lanes, lut_tile, pe_decode, pe_prefill, scratchpad_traffic\n");
  expect_refused({"sweep", "export", "."},
                 "error[CLI021]: sweep export: either --csv or --jsonl is due\n"
                 "  help: `vernier sweep --help` has examples\n");
}

TEST_F(SweepRun, plan) {
  write_sweep(
      "axes:\n  array.rows: {from: 1, to: 20, step: 1}\n  array.lanes: [1, 2]\nconstraints:\n  - array.rows "
      "> "
      "3\n  - cycles < 10\n");
  EXPECT_EQ(expect_done({"sweep", "plan", "sweep.yaml", "--quiet"}).out,
            "test: 34 points of a grid of 40\n"
            "  array.rows: 20 values: 1, 2, 3, 4, 5, 6, 7, 8, ... 20\n"
            "  array.lanes: 2 values: 1, 2\n"
            "  constraint: array.rows > 3\n"
            "  after the run: cycles < 10\n"
            "the first points:\n"
            "  0: array.rows = 4, array.lanes = 1\n"
            "  1: array.rows = 4, array.lanes = 2\n"
            "  2: array.rows = 5, array.lanes = 1\n"
            "  3: array.rows = 5, array.lanes = 2\n"
            "  4: array.rows = 6, array.lanes = 1\n");
  const Outcome timed = call({"sweep", "plan", "sweep.yaml", "--jobs", "3"});
  EXPECT_EQ(timed.status, 0);
  EXPECT_EQ(timed.err.rfind("about 0 s with --jobs 3, as 16 points took ", 0), 0U) << timed.err;
}

}  // namespace
}  // namespace vernier::sweep::testing
