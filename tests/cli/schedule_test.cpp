// SPDX-License-Identifier: Apache-2.0
// `vernier schedule`: what it prints and writes, sweeps, and wrong input.
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace vernier::cli::testing {
namespace {

// a: x (40) -> y (20); b: y -> z (20); c: y, z -> r (10, output). Largest: a, 60 bytes.
const char* const kGraph = R"({"name": "three", "tensors": [
{"id": 0, "name": "x", "bytes": 40, "kind": "input"},
{"id": 1, "name": "y", "bytes": 20, "kind": "act"},
{"id": 2, "name": "z", "bytes": 20, "kind": "act"},
{"id": 3, "name": "r", "bytes": 10, "kind": "act", "output": true}],
"ops": [
{"id": 0, "name": "a", "inputs": [0], "output": 1},
{"id": 1, "name": "b", "inputs": [1], "output": 2},
{"id": 2, "name": "c", "inputs": [1, 2], "output": 3}]})";

class Schedule : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    write_file(folder_ / "g.json", kGraph);
    reference_ = source("tests/schedule/data/reference_cases.json");
  }
  std::string reference_;
};

TEST_F(Schedule, result_as_json) {
  const Outcome outcome = expect_done({"schedule", "g.json", "--scratchpad", "60B", "--json"});
  const auto result = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(result["schema"], 1);
  EXPECT_EQ(result["command"], "vernier schedule g.json --scratchpad 60B");
  EXPECT_EQ(result["graph"], "three");
  EXPECT_EQ(result["status"], "optimal");
  EXPECT_EQ(result["noncompulsory_bytes"], 0);
  EXPECT_EQ(result["lower_bound_bytes"], 0);
  EXPECT_EQ(result["compulsory_bytes"], 50);
  EXPECT_EQ(result["peak_bytes"], 60);
  EXPECT_EQ(result["order"], (std::vector<int>{0, 1, 2}));
  ASSERT_EQ(result["residencies"].size(), 4U);
  EXPECT_EQ(result["residencies"][1]["tensor"], 1);
  EXPECT_EQ(result["residencies"][1]["to"], 2);
  ASSERT_EQ(result["baselines"].size(), 5U);
  EXPECT_EQ(result["baselines"][0]["name"], "topo_belady_ff");
  EXPECT_TRUE(result["baselines"][0]["reduction"].is_null());
}

TEST_F(Schedule, every_solver_and_the_comparison) {
  for (const char* solver : {"auto", "exact", "ilp", "dnc", "topo_belady_ff"}) {
    const auto result = nlohmann::json::parse(
        expect_done({"schedule", "g.json", "--scratchpad", "0.0625KiB", "--solver", solver, "--json"}).out);
    EXPECT_EQ(result["scratchpad_bytes"], 64) << solver;
    EXPECT_EQ(result["status"], "optimal") << solver;
  }
  const std::string text = expect_done({"schedule", reference_ + "#darts3", "--scratchpad", "225792B"}).out;
  for (const char* part : {"darts3: 45 operators, 47 tensors; the largest, 'c0cat', needs 225,792 bytes\n",
                           "status                                   optimal  proved\n",
                           "non-compulsory [byte]                     56,448  reads 28,224, writes 28,224\n",
                           "topo_belady_cap                  451,584     87.5 %\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << text;
  }
}

TEST_F(Schedule, capacity_only) {
  const auto result = nlohmann::json::parse(
      expect_done({"schedule", reference_, "--graph", "enc_h4", "--scratchpad", "884736B", "--no-addresses",
                   "--solver", "topo_belady_cap", "--json"})
          .out);
  EXPECT_EQ(result["status"], "feasible");
  EXPECT_EQ(result["noncompulsory_bytes"], 1671168);
  EXPECT_EQ(result["addresses"], false);
  for (const auto& residency : result["residencies"]) EXPECT_EQ(residency["address"], 0);
}

TEST_F(Schedule, time_limit_is_no_failure) {
  const auto result =
      nlohmann::json::parse(expect_done({"schedule", reference_ + "#rn18s1_strip4", "--scratchpad", "312832B",
                                         "--solver", "ilp", "--time-limit", "300ms", "--json"})
                                .out);
  EXPECT_EQ(result["status"], "feasible");
  EXPECT_EQ(result["reason"], "the time limit of 0.3 s");
  EXPECT_LE(result["lower_bound_bytes"], 776192);
  EXPECT_GE(result["noncompulsory_bytes"], 776192);
  EXPECT_GT(result["gap"], 0);
}

TEST_F(Schedule, files) {
  expect_done({"schedule", "g.json", "--scratchpad", "60B", "--solver", "topo_belady_ff", "--out", "out",
               "--lp", "p.lp", "--mps", "p.mps", "--dot", "g.dot"});
  EXPECT_EQ(read_file(folder_ / "out/schedule.yaml"),
            "schema: 1\ngraph: \"three\"\nscratchpad_bytes: 60\naddresses: true\nstatus: optimal\n"
            "noncompulsory_bytes: 0\nlower_bound_bytes: 0\ncompulsory_bytes: 50\nsteps:\n"
            "  - \"a\"\n  - \"b\"\n  - \"c\"\nresidencies:\n"
            "  - {tensor: \"x\", id: 0, bytes: 40, from: 0, to: 0, address: 0}\n"
            "  - {tensor: \"y\", id: 1, bytes: 20, from: 0, to: 2, address: 40}\n"
            "  - {tensor: \"z\", id: 2, bytes: 20, from: 1, to: 2, address: 0}\n"
            "  - {tensor: \"r\", id: 3, bytes: 10, from: 2, to: 2, address: 20}\n");
  const auto result = nlohmann::json::parse(read_file(folder_ / "out/schedule.json"));
  EXPECT_EQ(result["status"], "optimal");
  // The graph that was written is the one that the numbers are of.
  expect_done({"schedule", "out/graph.json", "--scratchpad", "60B"});
  EXPECT_NE(read_file(folder_ / "p.lp").find("once_0: + x_0_0 = 1\n"), std::string::npos);
  EXPECT_NE(read_file(folder_ / "p.mps").find(" E once_0\n"), std::string::npos);
  EXPECT_NE(read_file(folder_ / "g.dot").find("t0 -> op0;"), std::string::npos);
}

TEST_F(Schedule, sweeps) {
  const auto sizes_of = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"schedule", "g.json", "--json", "--scratchpad"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto result = nlohmann::json::parse(expect_done(arguments).out);
    std::vector<std::pair<uint64_t, std::string>> sizes;
    for (const auto& size : result["sizes"]) sizes.emplace_back(size["scratchpad_bytes"], size["status"]);
    return sizes;
  };
  using Sizes = std::vector<std::pair<uint64_t, std::string>>;
  EXPECT_EQ(sizes_of({"30B:100B"}), (Sizes{{30, "infeasible"}, {60, "optimal"}, {100, "optimal"}}));
  EXPECT_EQ(sizes_of({"30B:240B"}),
            (Sizes{{30, "infeasible"}, {60, "optimal"}, {120, "optimal"}, {240, "optimal"}}));
  EXPECT_EQ(sizes_of({"60B:960B", "--points", "3"}),
            (Sizes{{60, "optimal"}, {240, "optimal"}, {960, "optimal"}}));
  const std::string text = expect_done({"schedule", "g.json", "--scratchpad", "30B:60B", "--out", "out"}).out;
  EXPECT_NE(text.find("30                 infeasible                      -"), std::string::npos) << text;
  EXPECT_NE(text.find("60                    optimal                      0"), std::string::npos) << text;
  EXPECT_EQ(nlohmann::json::parse(read_file(folder_ / "out/sweep.json"))["sizes"].size(), 2U);
}

TEST_F(Schedule, infeasible_bad) {
  const std::string message =
      "error[SCH001]: g.json: operator 'a' needs 60 bytes for its inputs and outputs, the scratchpad has 59\n"
      "  help: give it a larger --scratchpad, or split the operator\n";
  for (const char* solver : {"auto", "exact", "ilp", "dnc", "topo_lru_ff"})
    expect_refused({"schedule", "g.json", "--scratchpad", "59B", "--out", "out", "--solver", solver},
                   message);
  const Outcome json = call({"schedule", "g.json", "--scratchpad", "59B", "--json"});
  EXPECT_EQ(json.status, 2);
  EXPECT_EQ(json.err, message);
  const auto result = nlohmann::json::parse(json.out);
  EXPECT_EQ(result["status"], "infeasible");
  EXPECT_TRUE(result["noncompulsory_bytes"].is_null());
  EXPECT_NE(result["reason"].get<std::string>().find("operator 'a' needs 60 bytes"), std::string::npos);
}

TEST_F(Schedule, wrong_options_bad) {
  const auto refused = [&](const std::vector<std::string>& more, const std::string& message) {
    std::vector<std::string> arguments = {"schedule", "g.json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    expect_refused(arguments, message);
  };
  const std::string help = "  help: write for example 512KiB, 1.5MiB or 300000B, or a range 64KiB:4MiB\n";
  for (const char* size : {"", "60", "-60B", "0B", "60 s", "1.5B"})
    refused({"--scratchpad", size},
            std::string("error[SCH002]: --scratchpad: '") + size + "' is not a number of bytes\n" + help);
  refused(
      {"--scratchpad", "2KiB:2KiB"},
      "error[SCH002]: --scratchpad: '2KiB:2KiB' does not begin below its end\n  help: write the smaller size "
      "first\n");
  refused({"--scratchpad", "60B", "--points", "3"},
          "error[SCH002]: --points: there is one size only\n  help: give a range: --scratchpad 64KiB:4MiB\n");
  refused({"--scratchpad", "60B:80B", "--points", "1"}, "error[SCH002]: --points: 1 is not in 2..1000\n");
  refused({"--scratchpad", "60B:80B", "--lp", "p.lp"},
          "error[SCH002]: --lp, --mps: a program is that of one size\n  help: give one --scratchpad\n");
  for (const char* time : {"60", "0s", "-1s", "s", "1e9h", "nans"})
    refused({"--scratchpad", "60B", "--time-limit", time},
            std::string("error[SCH003]: --time-limit: '") + time +
                "' is not a time above 0\n  help: write for example 60s, 500ms, 5min or 2h\n");
  refused({"--scratchpad", "60B", "--solver", "exakt"},
          "error[CLI010]: --solver: 'exakt' is not one of auto, exact, ilp, dnc, topo_belady_ff, "
          "greedy_belady_bf, "
          "topo_lru_ff, topo_belady_cap, greedy_belady_cap\n  help: did you mean 'exact'?\n");
  refused({"--scratchpad", "60B", "--solver", "topo_belady_cap"},
          "error[CLI010]: --solver: topo_belady_cap gives tensors no addresses\n  help: only `vernier "
          "schedule` with --no-addresses takes it\n");
  refused({"--scratchpad", "60B", "--dot", "no/such/folder"},
          "error[OUT001]: 'no/such/folder' is not writable: cannot create a file in its folder: No such file "
          "or directory\n"
          "  help: choose a folder that exists and that you may write to, with free space\n");
  expect_refused(
      {"schedule", reference_, "--scratchpad", "1MiB"},
      "error[GRA002]: " + reference_ +
          ":2: the file has 15 graphs; say which one is meant\n  help: " + reference_ +
          "#NAME; names: ws20_p25, mb_strip4, darts1, densenet_b6, enc_h4, resnet18_w, llama_r1, darts3, "
          "resnet50_w, ws32_p25, mobilenetv2_a, rn18s1_strip4, ws12_p25, nasnet1, nasnet3\n");
  expect_refused({"schedule", "none.json", "--scratchpad", "1MiB"},
                 "error[GRA006]: none.json: no such graph file\n");
}

TEST_F(Schedule, program_too_large_for_a_file_bad) {
  std::string graph = R"({"name": "long", "tensors": [{"id": 0, "name": "t", "bytes": 1, "kind": "input"})";
  std::string ops;
  for (int i = 0; i < 2000; ++i) {
    graph += ",\n{\"id\": " + std::to_string(i + 1) + ", \"name\": \"t\", \"bytes\": 1, \"kind\": \"act\"}";
    ops += (i == 0 ? "\n" : ",\n") + std::string("{\"id\": ") + std::to_string(i) +
           ", \"name\": \"o\", \"inputs\": [" + std::to_string(i) +
           "], \"output\": " + std::to_string(i + 1) + "}";
  }
  write_file(folder_ / "long.json", graph + "], \"ops\": [" + ops + "]}");
  expect_refused(
      {"schedule", "long.json", "--scratchpad", "8B", "--lp", "p.lp"},
      "error[SCH004]: --lp, --mps: the integer program of this graph has more than 20 million terms\n"
      "  help: with --no-addresses it is smaller\n");
}

}  // namespace
}  // namespace vernier::cli::testing
