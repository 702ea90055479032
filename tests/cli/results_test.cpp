// SPDX-License-Identifier: Apache-2.0
// What the program gives: one JSON object, results that repeat byte for byte, programs that run again.
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace vernier::cli::testing {
namespace {

using Json = nlohmann::json;

class Results : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    // One layer is enough; the shipped model has 32.
    const std::string model =
        "{\"model_type\": \"llama\", \"hidden_size\": 256, \"num_hidden_layers\": 2, "
        "\"num_attention_heads\": 2, \"num_key_value_heads\": 1, \"intermediate_size\": 384, "
        "\"vocab_size\": 300, \"hidden_act\": \"silu\"}";
    write_file(folder_ / "model.json", model);
    write_file(folder_ / "phases.yaml",
               std::string(kTinyAccelerator) + "decode: {array: {rows: 8, cols: 2}}\n");
  }

  [[nodiscard]] uint64_t cycles_of(const std::vector<std::string>& arguments) const {
    const Outcome outcome = call(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const Json json = Json::parse(outcome.out, nullptr, false);
    EXPECT_TRUE(json.is_object()) << outcome.out;
    return json.is_object() ? json["totals"]["cycles"].get<uint64_t>() : 0;
  }

  /// Files of a results folder; names only for a short message.
  [[nodiscard]] std::map<std::string, std::string> results(const std::string& name) const {
    std::map<std::string, std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / name)) {
      found[entry.path().filename().string()] = read_file(entry.path());
    }
    return found;
  }

  void expect_same_files(const std::string& a, const std::string& b) const {
    const auto first = results(a);
    const auto second = results(b);
    EXPECT_EQ(first.size(), second.size());
    for (const auto& [name, content] : first) {
      const auto other = second.find(name);
      EXPECT_TRUE(other != second.end() && other->second == content) << name << " differs";
    }
  }
};

TEST_F(Results, json_is_one_object_with_the_promised_keys) {
  const Outcome outcome = expect_done({"run", "tiny.yaml", "gemm.yaml", "--json"});
  const Json json = Json::parse(outcome.out);
  EXPECT_EQ(json.at("schema"), 1);
  EXPECT_EQ(json.at("command"), "vernier run tiny small --fidelity fast");
  EXPECT_TRUE(json.at("version").is_string());
  const Json& totals = json.at("totals");
  EXPECT_EQ(totals.at("macs"), 6 * 10 * 256);
  EXPECT_GT(totals.at("cycles"), 6 * 10 * 256 / (4 * 4 * 4));
  EXPECT_DOUBLE_EQ(totals.at("seconds").get<double>(), totals.at("cycles").get<double>() / 1e9);
  EXPECT_GE(totals.at("dram_bytes"), 6 * 256 * 2 + 10 * 256 / 2 + 6 * 10 * 2);
  EXPECT_GT(totals.at("energy_pj").get<double>(), 0);
  ASSERT_EQ(json.at("layers").size(), 1U);
  EXPECT_EQ(json.at("layers")[0].at("name"), "gemm");
}

TEST_F(Results, messages_go_to_standard_error_only) {
  const Outcome outcome = call({"compare", "tiny.yaml", "tiny.yaml", "--workload", "gemm.yaml", "--json"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "1 of 2: tiny.yaml\n2 of 2: tiny.yaml\n");
  EXPECT_EQ(Json::parse(outcome.out).at("runs").size(), 2U);
  EXPECT_EQ(
      expect_done({"compare", "tiny.yaml", "tiny.yaml", "--workload", "gemm.yaml", "--json", "--quiet"}).out,
      outcome.out);
}

// The same gap at two fidelities, in the text, in the JSON and on the page.
TEST_F(Results, explain_says_what_the_analytical_model_misses) {
  std::map<std::string, Json> gaps;
  for (const char* fidelity : {"fast", "systemc"}) {
    const Json json =
        Json::parse(expect_done({"run", "tiny.yaml", "gemm.yaml", "--set", "dram.kind=LPDDR5-6400",
                                 "--fidelity", fidelity, "--explain", "--json", "--out", fidelity})
                        .out);
    EXPECT_EQ(json.at("command"),
              std::string("vernier run tiny small --fidelity ") + fidelity + " --explain");
    int64_t sum = 0;
    for (const auto& [name, cycles] : json.at("gap").items()) {
      sum += cycles.get<int64_t>();
      EXPECT_EQ(json.at("units").at(name), "cycles");
    }
    EXPECT_EQ(sum, json.at("totals").at("cycles"));
    EXPECT_EQ(json.at("gap").size(), 13U);
    gaps[fidelity] = json.at("gap");
    EXPECT_NE(results(fidelity).at("report.html").find("gap_refresh_cycles"), std::string::npos);
  }
  EXPECT_EQ(gaps["fast"], gaps["systemc"]);
  const std::string text = expect_done({"run", "tiny.yaml", "gemm.yaml", "--explain"}).out;
  EXPECT_NE(text.find("From the analytical model, max(compute, DRAM) per operator, to this run"),
            std::string::npos);
  EXPECT_EQ(text.find("DRAM refresh"), std::string::npos);  // `ideal` has none
}

TEST_F(Results, the_resolved_configuration_repeats_every_file) {
  const std::vector<std::vector<std::string>> options = {
      {"gemm.yaml"},
      {"gemm.yaml", "--fidelity", "systemc", "--values", "--seed", "7"},
      {"model.json", "--phase", "decode", "--context", "40", "--explain"},
      {"model.json", "--phase", "prefill", "--tokens", "9", "--batch", "2", "--timeline", "5", "--no-skip"},
      {"model.json", "--fidelity", "analytical", "--set", "vocab_size=200"}};
  int index = 0;
  for (const std::vector<std::string>& option : options) {
    SCOPED_TRACE(::testing::PrintToString(option));
    const std::string first = "first" + std::to_string(index);
    const std::string again = "again" + std::to_string(index++);
    const auto run = [&](const std::string& config, const std::string& out, bool with_sets) {
      std::vector<std::string> arguments = {"run", config};
      arguments.insert(arguments.end(), option.begin(), option.end());
      if (with_sets) arguments.insert(arguments.end(), {"--set", "dram.latency=37 cycle"});
      arguments.insert(arguments.end(), {"--out", out});
      const Outcome outcome = expect_done(arguments);
      EXPECT_NE(outcome.out.find("results in " + out + "\n"), std::string::npos);
    };
    run("phases.yaml", first, true);
    run(first + "/accelerator.yaml", again, false);
    expect_same_files(first, again);
    const bool analytical = option.back() == "vocab_size=200";
    EXPECT_EQ(results(first).size(), analytical ? 5U : 9U);
    EXPECT_EQ(results(first).count("program.vprog"), analytical ? 0U : 1U);
  }
}

TEST_F(Results, json_on_standard_output_is_the_file) {
  const Outcome outcome = expect_done({"run", "tiny.yaml", "gemm.yaml", "--json", "--out", "results"});
  EXPECT_EQ(outcome.out, read_file(folder_ / "results/result.json"));
}

TEST_F(Results, a_written_program_takes_the_same_cycles) {
  for (const std::string phase : {"prefill", "decode"}) {
    const uint64_t cycles = cycles_of(
        {"run", "phases.yaml", "model.json", "--phase", phase, "--tokens", "9", "--json", "--out", phase});
    EXPECT_GT(cycles, 0U);
    const std::string resolved = phase + "/accelerator.yaml";
    for (const std::string form : {"/program.txt", "/program.vprog"}) {
      EXPECT_EQ(cycles_of({"run", resolved, phase + form, "--json"}), cycles);
      EXPECT_EQ(cycles_of({"run", "phases.yaml", phase + form, "--phase", phase, "--json"}), cycles);
    }
    // And again from what that run writes: the same program.
    EXPECT_EQ(cycles_of({"run", resolved, phase + "/program.txt", "--json", "--out", "again"}), cycles);
    for (const std::string name : {"program.txt", "program.vprog", "accelerator.yaml"}) {
      EXPECT_EQ(read_file(folder_ / "again" / name), read_file(folder_ / phase / name)) << name;
    }
  }
  EXPECT_EQ(cycles_of({"run", "decode/accelerator.yaml", "decode/program.vprog", "--json", "--fidelity",
                       "systemc"}),
            cycles_of({"run", "decode/accelerator.yaml", "decode/program.vprog", "--json"}));
}

TEST_F(Results, compare_uses_the_array_of_the_phase_and_normalises_to_the_first) {
  for (const std::string phase : {"prefill", "decode"}) {
    const Outcome outcome =
        expect_done({"compare", "tiny.yaml", "phases.yaml", "--workload", "model.json", "--phase", phase,
                     "--tokens", "9", "--json", "--quiet", "--out", phase});
    const Json json = Json::parse(outcome.out);
    const std::vector<std::string> common = {"--phase", phase, "--tokens", "9", "--json"};
    std::vector<double> cycles;
    for (const std::string config : {"tiny.yaml", "phases.yaml"}) {
      std::vector<std::string> arguments = {"run", config, "model.json"};
      arguments.insert(arguments.end(), common.begin(), common.end());
      cycles.push_back(static_cast<double>(cycles_of(arguments)));
      EXPECT_EQ(json.at("runs")[cycles.size() - 1].at("totals").at("cycles"), cycles.back());
    }
    EXPECT_EQ(cycles[0] == cycles[1], phase == "prefill");
    EXPECT_EQ(json.at("comparison")[0].at("speed_up"), 1.0);
    EXPECT_DOUBLE_EQ(json.at("comparison")[1].at("speed_up").get<double>(), cycles[0] / cycles[1]);
    EXPECT_EQ(results(phase).size(), 5U);  // result.json, layers.csv, report.html and two accelerators
    EXPECT_EQ(read_file(folder_ / phase / "result.json"), outcome.out);
  }
}

TEST_F(Results, report_makes_one_page_of_several) {
  expect_done({"run", "tiny.yaml", "gemm.yaml", "--out", "one"});
  expect_done({"compare", "tiny.yaml", "phases.yaml", "--workload", "model.json", "--quiet", "--out", "two"});
  EXPECT_EQ(expect_done({"report", "one", "two/result.json", "--out", "page.html"}).out, "page.html\n");
  const std::string page = read_file(folder_ / "page.html");
  EXPECT_EQ(page.rfind("<!DOCTYPE html>", 0), 0U) << page.substr(0, 80);
  EXPECT_NE(page.find("\"small\""), std::string::npos);
  EXPECT_NE(page.find("\"model\""), std::string::npos);
}

}  // namespace
}  // namespace vernier::cli::testing
