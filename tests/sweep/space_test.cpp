// SPDX-License-Identifier: Apache-2.0
// Which points a sweep has, and what they run: against lists written by hand and loops in C++.
#include <map>
#include <set>

#include "sim/config/load.h"
#include "tests/sweep/sweep_files.h"

namespace vernier::sweep::testing {
namespace {

using Labels = std::vector<std::string>;

class SweepSpace : public SweepTest {};

TEST_F(SweepSpace, values_of_axes) {
  const std::vector<std::pair<std::string, Labels>> cases = {
      {"array.rows: [4, 16, 8]", {"4", "16", "8"}},
      {"array.rows: {from: 4, to: 11, step: 3}", {"4", "7", "10"}},
      {"array.rows: {from: 4, to: 10, step: 3}", {"4", "7", "10"}},
      {"array.rows: {from: 4, to: 64, factor: 2}", {"4", "8", "16", "32", "64"}},
      {"array.rows: {from: 16, to: 100, factor: 1.5}", {"16", "24", "36", "54", "81"}},
      {"array.rows: {from: 1, to: 4, factor: 1.3}",
       {"1", "2", "3", "4"}},  // 1 1.3 1.69 2.2 2.86 3.7 -> 1 1 2 2 3 4
      {"clock: {from: 1 GHz, to: 2 GHz, step: 500 MHz}", {"1 GHz", "1500 MHz", "2 GHz"}},
      {"weight_scratchpad.capacity: {from: 64 KiB, to: 1 MiB, factor: 4}", {"64 KiB", "256 KiB", "1 MiB"}},
      {"weight_scratchpad.capacity: [65536 byte, 128KiB]", {"64 KiB", "128 KiB"}},
      {"analytical.weight_bits: {from: 0.1, to: 0.3, step: 0.1}", {"0.1", "0.2", "0.3"}},
      {"gemms.0.m: {from: 1, to: 3, step: 1}", {"1", "2", "3"}},
      {"array.delivery: [systolic, broadcast]", {"systolic", "broadcast"}},
      {"fidelity: [fast, analytical]", {"fast", "analytical"}},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(labels(space("axes:\n  " + text)), expected) << text;
}

TEST_F(SweepSpace, last_axis_moves_fastest_and_groups_follow) {
  const Space it = space(
      "groups:\n  shape:\n    wide: {array.rows: 4, array.cols: 8}\n    tall: {array.rows: 16, array.cols: "
      "2}\n"
      "axes:\n  array.lanes: [1, 4]\n  clock: [1 GHz, 2 GHz]\n");
  EXPECT_EQ(labels(it), (Labels{"1/1 GHz/wide", "1/1 GHz/tall", "1/2 GHz/wide", "1/2 GHz/tall",
                                "4/1 GHz/wide", "4/1 GHz/tall", "4/2 GHz/wide", "4/2 GHz/tall"}));
  for (uint64_t point = 0; point < it.grid_size(); ++point) EXPECT_EQ(it.grid_point(it.choice(point)), point);
  const Prepared tall = it.prepare(5);
  EXPECT_EQ(tall.accelerator.machine.array.rows, 16);
  EXPECT_EQ(tall.accelerator.machine.array.cols, 2);
  EXPECT_EQ(tall.accelerator.machine.array.lanes, 4);
}

// A point is what the file resolves to with the same keys set on the command line.
TEST_F(SweepSpace, points_are_the_files_with_their_keys_set) {
  write("llm.yaml",
        "name: llm\nmodel_type: llama\nnum_hidden_layers: 2\nhidden_size: 64\nnum_attention_heads: 2\n"
        "num_key_value_heads: 2\nintermediate_size: 128\nvocab_size: 100\n");
  const std::string accelerator = (folder_ / "tiny.yaml").string();
  const Space it = space(
      "set: {array.lanes: 2}\naxes:\n  phase: [prefill, decode]\n  decode.array.cols: [2]\n"
      "  vector.lanes: [16, 64]\n  intermediate_size: [128, 256]\n  tokens: [3]\n",
      "name: test\naccelerator: tiny.yaml\nworkload: llm.yaml\n");
  ASSERT_EQ(it.grid_size(), 8U);
  for (uint64_t point = 0; point < 8; ++point) {
    const std::string phase = point < 4 ? "prefill" : "decode";
    const std::string lanes = point % 4 < 2 ? "16" : "64";
    const config::AcceleratorConfig expected = config::load_accelerator(
        accelerator, {phase, {"array.lanes=2", "decode.array.cols=2", "vector.lanes=" + lanes}});
    const Prepared prepared = it.prepare(point);
    EXPECT_EQ(config::write_resolved(prepared.accelerator), config::write_resolved(expected));
    EXPECT_EQ(prepared.accelerator.machine.array.rows, phase == "decode" ? 8 : 4);
    EXPECT_EQ(prepared.network.phase, phase);
    // MACs of the MLP: 2 layers, three matrices of 64 x the axis, 3 tokens or one; more with the axis.
    const int64_t tokens = phase == "prefill" ? 3 : 1;
    if (point % 2 == 1) {
      EXPECT_EQ(prepared.network.macs() - it.prepare(point - 1).network.macs(), 2 * 3 * 64 * 128 * tokens);
    }
  }
}

TEST_F(SweepSpace, identity_is_equal_where_the_run_is) {
  const Space it = space(
      "axes:\n  gemms.0.m: [6, 7]\n  tokens: [1, 2]\n  array.rows: [4, 5]\n  fidelity: [fast, analytical]\n");
  std::map<Identity, std::vector<uint64_t>> same;
  for (uint64_t point = 0; point < it.grid_size(); ++point) same[it.identity(point)].push_back(point);
  EXPECT_EQ(same.size(), 8U);  // a list of GEMMs has no tokens
  for (const auto& [identity, points] : same) {
    ASSERT_EQ(points.size(), 2U);
    EXPECT_EQ(points[0] + 4, points[1]);
  }
  // Spelled otherwise, or set to what the file says: the same.
  EXPECT_FALSE(it.identity(0) < space("set: {array.rows: 4}\naxes:\n  gemms.0.m: [6]\n").identity(0));
  EXPECT_FALSE(it.identity(0) < space("axes:\n  clock: [1000 MHz]\n").identity(0));
}

TEST_F(SweepSpace, constraints_over_keys) {
  const std::string axes = "axes:\n  array.rows: [4, 8, 16]\n  array.lanes: [1, 2, 4]\n";
  EXPECT_EQ(labels(space(axes + "constraints:\n  - array.rows * array.lanes <= 16\n  - array.lanes > 1\n")),
            (Labels{"4/2", "4/4", "8/2"}));
  // Of keys that no axis sets, with defaults and units; and of the phase map of the file.
  EXPECT_EQ(
      labels(space(axes + "constraints: [\"array.cols * array.rows == 32 and weight_scratchpad.capacity == "
                          "64 KiB and vector.lanes == 32\"]\n")),
      (Labels{"8/1", "8/2", "8/4"}));
  EXPECT_EQ(
      labels(space(
          "axes:\n  lut.table: [int8]\n  array.pe: [lut, bitmod]\nconstraints: [\"lut.table == 'int8'\"]\n")),
      (Labels{"int8/lut"}));
  // formats.key takes the value of formats.kv.
  EXPECT_EQ(
      labels(space("axes:\n  formats.kv: [fp16, int8_s8_g128]\nconstraints: [\"formats.key == 'fp16'\"]\n")),
      (Labels{"fp16"}));
  // A group that sets a key in some of its values only.
  EXPECT_EQ(
      labels(space(
          "groups:\n  g:\n    one: {array.rows: 16}\n    two: {array.cols: 2}\nconstraints:\n  - array.rows "
          "< 10\n")),
      (Labels{"two"}));
  EXPECT_EQ(labels(space(
                "groups:\n  g:\n    one: {array.rows: 16}\n    two: {array.cols: 2}\nconstraints:\n  - g != "
                "'two'\n")),
            (Labels{"one"}));
}

TEST_F(SweepSpace, phase_maps_and_phase_axes_in_constraints) {
  write("llm.yaml",
        "name: llm\nmodel_type: llama\nnum_hidden_layers: 2\nhidden_size: 64\nnum_attention_heads: 2\n"
        "num_key_value_heads: 2\nintermediate_size: 128\nvocab_size: 100\n");
  const std::string head = "name: test\naccelerator: tiny.yaml\nworkload: llm.yaml\n";
  EXPECT_EQ(labels(space("axes:\n  phase: [prefill, decode]\nconstraints: [array.rows == 8]\n", head)),
            (Labels{"decode"}));
  EXPECT_EQ(
      labels(space(
          "axes:\n  phase: [prefill, decode]\n  decode.array.rows: [2, 4]\nconstraints: [array.rows == 4]\n",
          head)),
      (Labels{"prefill/2", "prefill/4", "decode/4"}));
}

TEST_F(SweepSpace, random_points) {
  const std::string axes =
      "axes:\n  array.rows: {from: 1, to: 40, step: 1}\n  array.cols: {from: 1, to: 25, step: 1}\n";
  const auto points = [&](int count, int seed) {
    return sample(
        space(axes + fmt::format("sampling: {{method: random, points: {}, seed: {}}}\n", count, seed)));
  };
  const std::vector<uint64_t> one = points(100, 1);
  EXPECT_EQ(one.size(), 100U);
  EXPECT_EQ(std::set<uint64_t>(one.begin(), one.end()).size(), 100U);
  EXPECT_EQ(one, points(100, 1));
  EXPECT_NE(one, points(100, 2));
  EXPECT_EQ(points(5000, 1).size(), 1000U);
  // Each point comes with the same chance: 200 seeds of 100 of 1000, expected 20 with deviation 4.2.
  std::map<uint64_t, int> hits;
  for (int seed = 0; seed < 200; ++seed) {
    for (const uint64_t point : points(100, seed)) ++hits[point];
  }
  EXPECT_EQ(hits.size(), 1000U);
  for (const auto& [point, count] : hits) EXPECT_LT(count, 45) << point;
}

TEST_F(SweepSpace, random_points_of_a_grid_too_large_to_list) {
  std::string axes = "axes:\n";
  for (const char* key :
       {"array.rows", "array.cols", "vector.lanes", "sequencer.queue_depth", "dma.max_in_flight"})
    axes += fmt::format("  {}: {{from: 1, to: 1000, step: 1}}\n", key);
  const Space it = space(axes + "constraints: [array.rows < 500]\nsampling: {method: random, points: 50}\n");
  EXPECT_EQ(it.grid_size(), 1'000'000'000'000'000U);
  const std::vector<uint64_t> points = sample(it);
  EXPECT_EQ(points.size(), 50U);
  for (const uint64_t point : points) EXPECT_LT(it.choice(point)[0], 499U);
  EXPECT_THROW((void)sample(space(axes)), InputError);
}

TEST_F(SweepSpace, latin_hypercube_uses_every_value_equally_often) {
  const Space it = space(
      "axes:\n  array.rows: {from: 1, to: 60, step: 1}\n  array.cols: {from: 1, to: 7, step: 1}\n"
      "sampling: {method: latin_hypercube, points: 60, seed: 5}\n");
  std::map<size_t, int> rows, cols;
  const std::vector<uint64_t> points = sample(it);
  ASSERT_EQ(points.size(), 60U);
  for (const uint64_t point : points) {
    ++rows[it.choice(point)[0]];
    ++cols[it.choice(point)[1]];
  }
  EXPECT_EQ(rows.size(), 60U);
  ASSERT_EQ(cols.size(), 7U);
  for (const auto& [value, count] : cols) EXPECT_TRUE(count == 8 || count == 9) << value << " " << count;
}

TEST_F(SweepSpace, digest_follows_what_the_results_depend_on) {
  const std::string axes = "axes:\n  array.rows: [4, 8]\n";
  const std::string digest = space(axes).digest();
  EXPECT_EQ(space("# a comment\naxes: {array.rows: [\"4\", 8]}\n").digest(), digest);
  EXPECT_NE(space("axes:\n  array.rows: [4, 9]\n").digest(), digest);
  EXPECT_NE(space(axes + "set: {array.lanes: 4}\n").digest(), digest);
  EXPECT_NE(space(axes + "objectives: [minimize: cycles]\n").digest(), digest);
  write("gemm.yaml", std::string(kGemms) + "# longer\n");
  EXPECT_NE(space(axes).digest(), digest);
  write("gemm.yaml", kGemms);
  EXPECT_EQ(space(axes).digest(), digest);
  write("tiny.yaml", std::string(kAccelerator) + "vector: {lanes: 33}\n");
  EXPECT_NE(space(axes).digest(), digest);
}

// Tables of energies are found below the working folder first.
TEST_F(SweepSpace, digest_follows_the_tables_of_energies) {
  namespace fs = std::filesystem;
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  for (const char* name : {"energy/dram", "sram"}) fs::create_directories(fs::path("configs") / name);
  const std::string text = "axes:\n  dram.kind: [ideal, DDR4-2400]\n  energy.table: [osu018, other]\n";
  std::set<std::string> digests = {space(text).digest()};
  for (const char* name :
       {"energy/osu018.yaml", "energy/other.yaml", "energy/dram/DDR4-2400.yaml", "sram/cacti7.csv"}) {
    write((fs::path("configs") / name).string(), "one");
    EXPECT_TRUE(digests.insert(space(text).digest()).second) << name;
    write((fs::path("configs") / name).string(), "two");
    EXPECT_TRUE(digests.insert(space(text).digest()).second) << name;
    EXPECT_FALSE(digests.insert(space(text).digest()).second) << name;
  }
  fs::current_path(before);
}

}  // namespace
}  // namespace vernier::sweep::testing
