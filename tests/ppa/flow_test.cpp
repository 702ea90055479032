// SPDX-License-Identifier: Apache-2.0
// The flow on a small block of the project, and the committed table.
#include "sim/ppa/flow.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "base/error.h"
#include "sim/ppa/energy.h"
#include "sim/ppa/replay.h"

namespace vernier::ppa {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLiberty = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";
const fs::path kRoot = VERNIER_SOURCE_DIR;

std::string committed() { return read_file((kRoot / "configs" / "energy" / "osu018.yaml").string()); }

BlockList blocks() {
  const std::string path = (kRoot / "rtl" / "ppa_blocks.txt").string();
  return read_block_list(read_file(path), path);
}

/// Tools, library and a folder; skips where they are not installed.
class FlowTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kLiberty)) GTEST_SKIP() << "the Debian package qflow-tech-osu018 is not installed";
    try {
      options_.tools = find_tools();
    } catch (const InputError& error) {
      GTEST_SKIP() << error.what();
    }
    library_ = read_library(kLiberty);
    options_.target = {kRoot / "rtl", &library_, YAML::Load(committed())["clock_ns"].as<double>()};
    options_.folder = fs::path(::testing::TempDir()) / ("vernier_ppa_test_" + std::to_string(::getpid()));
    list_ = blocks();
  }
  void TearDown() override {
    std::error_code ignored;
    if (!options_.folder.empty()) fs::remove_all(options_.folder, ignored);
  }

  FlowResult run(const std::vector<std::string>& names) {
    return measure(list_, select(list_, names), options_,
                   [this](const Progress& progress) { progress_.push_back(progress); });
  }

  Library library_;
  FlowOptions options_;
  BlockList list_;
  std::vector<Progress> progress_;
};

TEST_F(FlowTest, regenerates_a_block_of_the_table) {
  const Block& block = *select(list_, {"mixpe_a8.decoder"})[0];
  const FlowResult result = run({block.name});
  ASSERT_TRUE(result.failures.empty()) << result.failures[0];
  ASSERT_EQ(result.blocks.size(), 1U);
  const std::string text = block_yaml(result.blocks[0]);
  EXPECT_NE(committed().find(text), std::string::npos) << text;

  // Once more: kept, with the same result, however the key of it is reached.
  const FlowResult again = run({block.name});
  ASSERT_EQ(progress_.size(), 2U);
  EXPECT_FALSE(progress_[0].kept);
  EXPECT_TRUE(progress_[1].kept);
  EXPECT_EQ(block_yaml(again.blocks.at(0)), text);

  // No result is left of a netlist that is not the RTL. Constants in place of outputs that change are found
  // without exception; of gates exchanged for others with the same pins those that matter to this stimulus,
  // which has one of the weight formats.
  const Bench& bench = list_.benches[block.bench];
  const Stimulus stimulus = make_stimulus(bench, options_.stimulus);
  const fs::path work = options_.folder / "work";
  const Netlist netlist =
      read_netlist(nlohmann::ordered_json::parse(read_file((work / block.name / "netlist.json").string())),
                   block.module, library_);
  const auto ports = elaborate(options_.tools, options_.target, bench, {&block}, options_.folder);
  const Recording recording =
      read_recordings({{block.place, block.event, ports[0]}}, kResetCycles + stimulus.cycles.size(),
                      (work / ("bench_" + bench.name) / "rtl.bin").string())[0];
  const auto is_found = [&](const Netlist& corrupted) {
    try {
      (void)replay(corrupted, recording, stimulus.idle);
    } catch (const CheckFailed&) {
      return true;
    }
    return false;
  };
  ASSERT_FALSE(is_found(netlist));
  size_t at = 0, outputs = 0;
  for (size_t p = 0; p < recording.ports.size(); ++p) {
    for (size_t bit = 0; bit < recording.ports[p].bits; ++bit, ++at) {
      std::set<uint8_t> seen;
      for (size_t cycle = 0; cycle < recording.cycles.size(); ++cycle) {
        if (recording.event[cycle]) seen.insert(recording.cycles[cycle][at]);
      }
      if (recording.ports[p].input || seen.size() < 2) continue;
      for (const int constant : {kNetZero, kNetOne}) {
        Netlist corrupted = netlist;
        for (NetlistPort& port : corrupted.ports) {
          if (port.name == recording.ports[p].name) port.nets[bit] = constant;
        }
        EXPECT_TRUE(is_found(corrupted)) << recording.ports[p].name << "[" << bit << "]";
        ++outputs;
      }
    }
  }
  EXPECT_GE(outputs, 10U);
  const std::map<std::string, std::string> other = {
      {"NAND2X1", "NOR2X1"}, {"NOR2X1", "NAND2X1"},  {"INVX1", "BUFX2"},    {"AND2X2", "OR2X2"},
      {"OR2X2", "AND2X2"},   {"AOI21X1", "OAI21X1"}, {"OAI21X1", "AOI21X1"}};
  int tried = 0, found = 0;
  for (size_t i = 0; i < netlist.gates.size(); ++i) {
    const auto exchanged = other.find(netlist.gates[i].cell->name);
    if (exchanged == other.end()) continue;
    Netlist corrupted = netlist;
    corrupted.gates[i].cell = library_.find(exchanged->second);
    ++tried;
    found += is_found(corrupted) ? 1 : 0;
  }
  std::printf("%d of %d exchanged gates found\n", found, tried);
  EXPECT_GE(tried, 10);
  EXPECT_GE(found * 3, tried);
}

// A place that is not in the array fails its block, by name, and no other.
TEST_F(FlowTest, a_pin_that_does_not_exist_bad) {
  const std::string bench = "bench a mixpe_a8 1 1 1 int4_asym_g128 int8\n";
  const std::string good =
      "block mixpe_a8.decoder mixpe_a8_decoder a gen_row[0].u_decoder u_control.issue_o 0 LANES=1\n";
  list_ = read_block_list(
      bench + "bench b mixpe_a8 1 1 1 int4_asym_g128 int8\n" + good +
          "block mixpe_a8.nowhere mixpe_a8_decoder b gen_row[0].u_decoder u_control.nothing 0\n",
      "b.txt");
  const FlowResult result = run({});
  ASSERT_EQ(result.blocks.size(), 1U);
  EXPECT_EQ(result.blocks[0].name, "mixpe_a8.decoder");
  ASSERT_EQ(result.failures.size(), 1U);
  EXPECT_EQ(result.failures[0].rfind("mixpe_a8.nowhere: verilator ended with status", 0), 0U)
      << result.failures[0];
  EXPECT_NE(result.failures[0].find("nothing"), std::string::npos) << result.failures[0];
}

// OpenSTA sums switching energy and leakage on its own, for the same activity on every net that a gate
// drives.
TEST_F(FlowTest, switching_and_leakage_agree_with_opensta) {
  const Block& block = *select(list_, {"mixpe_a8.decoder"})[0];
  const Bench& bench = list_.benches[block.bench];
  const Netlist netlist = synthesize(options_.tools, options_.target, bench, block, options_.folder);
  const std::string verilog = (options_.folder / "power.v").string();
  write_file(verilog, write_verilog(netlist));
  write_file((options_.folder / "power.tcl").string(),
             "read_liberty " + std::string(kLiberty) + "\nread_verilog " + verilog + "\nlink_design " +
                 block.module +
                 "\ncreate_clock -name clk -period 10\nset_input_delay 0 -clock clk [all_inputs]\n"
                 "set_power_activity -global -activity 0.3\nreport_power -digits 8\nexit\n");
  const std::string log = (options_.folder / "power.log").string();
  run_tool({options_.tools.opensta.path, "-no_init", "-no_splash", "-exit",
            (options_.folder / "power.tcl").string()},
           log);
  std::istringstream lines(read_file(log));
  double switching_w = 0, leakage_w = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string group;
    double internal = 0;
    if (words >> group && group == "Total") words >> internal >> switching_w >> leakage_w;
  }
  Activity activity;
  activity.cycles = 1000;
  activity.toggles.assign(static_cast<size_t>(netlist.nets), 0);
  for (const Gate& gate : netlist.gates) {
    for (size_t pin = 0; pin < gate.nets.size(); ++pin) {
      if (!gate.cell->pins[pin].input) activity.toggles[static_cast<size_t>(gate.nets[pin])] = 300;
    }
  }
  const std::vector<double> slews(static_cast<size_t>(netlist.nets), library_.fastest_slew_ns);
  const double per_cycle_pj = energy_of(netlist, library_, slews, activity).switching_pj / 1000;
  EXPECT_NEAR(per_cycle_pj, switching_w * 10e-9 * 1e12, 1e-5 * per_cycle_pj);
  EXPECT_NEAR(netlist.leakage_uw(), leakage_w * 1e6, 1e-5 * netlist.leakage_uw());
}

TEST(Table, is_of_this_rtl) {
  const YAML::Node table = YAML::Load(committed());
  EXPECT_EQ(table["schema"].as<int>(), 1);
  const BlockList list = blocks();
  std::map<size_t, std::string> stimuli;  // digests, by bench
  for (size_t bench = 0; bench < list.benches.size(); ++bench) {
    stimuli[bench] = make_stimulus(list.benches[bench], {}).digest;
  }
  ASSERT_EQ(table["blocks"].size(), list.blocks.size());
  for (size_t i = 0; i < list.blocks.size(); ++i) {
    const YAML::Node row = table["blocks"][i];
    const Block& block = list.blocks[i];
    EXPECT_EQ(row["name"].as<std::string>(), block.name);
    EXPECT_EQ(row["mapping"].IsDefined(), block.unswept) << block.name;
    const std::vector<std::string> sources =
        sources_of(kRoot / "rtl", list.benches[block.bench].rtl, block.module);
    EXPECT_EQ(row["source_digest"].as<std::string>(), source_digest(kRoot / "rtl", sources))
        << block.name << ": its RTL has changed; docs/ppa.md says how the table is made again";
    EXPECT_EQ(row["stimulus"]["digest"].as<std::string>(), stimuli[block.bench]) << block.name;
  }
}

TEST(Table, every_pe_type_has_its_blocks) {
  const BlockList list = blocks();
  for (const std::string pe :
       {"ant", "bitmod", "fp16_mac", "int8_mac", "lut", "mixpe_a16", "mixpe_a8", "olive"}) {
    for (const char* part : {".pe", ".decoder", ".column", ".output", ".array_2x2"})
      EXPECT_EQ(select(list, {pe + part}).size(), 1U) << pe << part;
  }
}

TEST(BlockResult, is_kept_as_it_is) {
  BlockResult block;
  block.name = "x.pe";
  block.module = "x";
  block.parameters = {{"LANES", "4"}, {"Flag", "1'b1"}};
  block.source_digest = "0000000000000001";
  block.stimulus_kind = "random";
  block.stimulus_format = "int4_g128";
  block.stimulus_activations = "fp16";
  block.stimulus_digest = "123e456789012345";
  block.seed = 1;
  block.cycles = 2000;
  block.area_um2 = 12345;
  block.longest_path_ns = 20.5;
  block.slack_ns = -0.5;
  block.internal_pj = 0.125;
  block.macs_per_cycle = 2;
  const std::string text = block_yaml(block);
  EXPECT_EQ(block_yaml(parse_block(text)), text);
  EXPECT_NE(text.find("    meets_clock: false\n"), std::string::npos);
  EXPECT_NE(text.find("    pj_per_mac: 0.0625\n"), std::string::npos);
}

std::string list_refusal(const std::string& text) {
  try {
    (void)read_block_list(text, "b.txt");
  } catch (const InputError& error) {
    return std::string(error.what()).substr(0, std::string(error.what()).find('\n'));
  }
  return "nothing";
}

TEST(BlockListFile, errors_bad) {
  EXPECT_EQ(list_refusal("bench a ant 2 2 1 ant4_g128 int8\n"), "nothing");
  EXPECT_EQ(list_refusal("# x\nbenches\n"), "error[PPA008]: b.txt:2: found 'benches'");
  EXPECT_EQ(list_refusal("bench a ant 2 two 1 f int8\n"),
            "error[PPA008]: b.txt:1: found 'two', a whole number is needed");
  EXPECT_EQ(list_refusal("bench a lut 2 2 4 f table_int8 lut_unsymmetric\n"), "nothing");
  EXPECT_EQ(list_refusal("bench a lut 2 2 4 f table_int8 fp8_mac\n"),
            "error[PPA008]: b.txt:1: found 'bench a lut 2 2 4 f table_int8 fp8_mac'");
  EXPECT_EQ(list_refusal("block x.pe x a . e 0\n"), "error[PPA008]: b.txt:1: there is no bench 'a' above");
  EXPECT_EQ(list_refusal("bench a ant 2 2 1 f int8\nblock x.pe x a . e 0 L\n"),
            "error[PPA008]: b.txt:2: 'L' is neither PARAMETER=VALUE nor unswept");
}

}  // namespace
}  // namespace vernier::ppa
