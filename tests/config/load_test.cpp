// SPDX-License-Identifier: Apache-2.0
#include "sim/config/load.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "base/error.h"
#include "sim/config/keys.h"
#include "sim/config/part_file.h"
#include "tests/config/config_files.h"

namespace vernier::config {
namespace {

const std::vector<std::string> kPhases = {"", "prefill", "decode"};

// Every value differs from every other of its kind, so that no two fields can be confused.
constexpr const char* kDistinct = R"(name: distinct
clock: "1.25 GHz"
array: {pe: bitmod, rows: 3, cols: 5, lanes: 8, delivery: systolic}
weight_scratchpad: {capacity: "1 KiB", banks: 11, bank_width: "101 bit", read_latency: "2 cycle", ports: 1rw}
activation_scratchpad:
  {capacity: "2 KiB", banks: 16, bank_width: "102 bit", read_latency: "3 cycle", ports: 2rw, stripe_banks: 2}
output_scratchpad: {capacity: "4097 byte", banks: 13, bank_width: "130 bit", read_latency: "4 cycle"}
dram:
  kind: ideal
  latency: "77 cycle"
  width: "128 bit"
  burst: "32 byte"
  stall_seed: 9007199254740993
  stall_permille: 17
  stall_max: "19 cycle"
dma: {max_in_flight: 21}
vector: {lanes: 22, startup: "23 cycle"}
sequencer: {queue_depth: 24}
formats: {weight: bitmod3_g64, kv: int8_s8_g128, activation: fp16}
analytical: {weight_bits: 3.0625, kv_bits: 7.5, cycles_per_step: 6, attention: published}
)";

TEST(Load, EveryValueReachesItsField) {
  const AcceleratorConfig c = parse_accelerator(kDistinct, "distinct");
  const machine::Machine& m = c.machine;
  EXPECT_EQ(m.name, "distinct");
  EXPECT_EQ(m.clock_hz, 1250000000.0);
  EXPECT_EQ(m.array.pe, "bitmod");
  EXPECT_EQ(m.array.rows, 3);
  EXPECT_EQ(m.array.cols, 5);
  EXPECT_EQ(m.array.lanes, 8);
  EXPECT_EQ(m.array.delivery, machine::Delivery::systolic);
  EXPECT_EQ(m.weight_spad.capacity_bytes, 1024U);
  EXPECT_EQ(m.weight_spad.banks, 11);
  EXPECT_EQ(m.weight_spad.bank_width_bits, 101);
  EXPECT_EQ(m.weight_spad.read_latency_cycles, 2);
  EXPECT_EQ(m.activation_spad.capacity_bytes, 2048U);
  EXPECT_EQ(m.weight_spad.ports, machine::PortKind::rw1);
  EXPECT_EQ(m.weight_spad.stripe_banks, 0);
  EXPECT_EQ(m.activation_spad.ports, machine::PortKind::rw2);
  EXPECT_EQ(m.activation_spad.stripe_banks, 2);
  EXPECT_EQ(m.output_spad.ports, machine::PortKind::r1w1);
  EXPECT_EQ(m.activation_spad.banks, 16);
  EXPECT_EQ(m.activation_spad.bank_width_bits, 102);
  EXPECT_EQ(m.activation_spad.read_latency_cycles, 3);
  EXPECT_EQ(m.output_spad.capacity_bytes, 4097U);
  EXPECT_EQ(m.output_spad.banks, 13);
  EXPECT_EQ(m.output_spad.bank_width_bits, 130);
  EXPECT_EQ(m.output_spad.read_latency_cycles, 4);
  EXPECT_EQ(m.dram.latency_cycles, 77);
  EXPECT_EQ(m.dram.bits_per_cycle, 128);
  EXPECT_EQ(m.dram.burst_bytes, 32);
  EXPECT_EQ(m.dram.stall_seed, 9007199254740993U);  // 2^53 + 1: not by way of a double
  EXPECT_EQ(m.dram.stall_permille, 17);
  EXPECT_EQ(m.dram.stall_max_cycles, 19);
  EXPECT_EQ(m.dma_max_in_flight, 21);
  EXPECT_EQ(m.vector.lanes, 22);
  EXPECT_EQ(m.vector.startup_cycles, 23);
  EXPECT_EQ(m.sequencer.queue_depth, 24);
  EXPECT_EQ(c.formats.weight, "bitmod3_g64");
  EXPECT_EQ(c.formats.kv, "int8_s8_g128");
  EXPECT_EQ(c.formats.activation, formats::ActivationFormat::fp16);
  EXPECT_EQ(c.analytical.weight_bits, 3.0625);
  EXPECT_EQ(c.analytical.kv_bits, 7.5);
  EXPECT_EQ(c.analytical.cycles_per_step, 6);
  EXPECT_EQ(c.analytical.attention, AttentionAccounting::published);
}

/// Not written where it means nothing, so that its value does not come back.
bool means_something(const Key& key, const AcceleratorConfig& config) {
  return !key.applies || key.applies(config);
}

void expect_round_trip(const AcceleratorConfig& config) {
  const std::string text = write_resolved(config);
  for (const std::string& phase : kPhases) {
    const AcceleratorConfig again = parse_accelerator(text, "resolved", {phase, {}});
    for (const Key& key : keys()) EXPECT_EQ(key.get(again), key.get(config)) << key.path;
    EXPECT_EQ(write_resolved(again), text);
    EXPECT_EQ(digest(again), digest(config));
  }
}

TEST(Load, PartsTakeThePlaceOfIdealDram) {
  for (const ShippedPart& shipped : shipped_parts()) {
    SCOPED_TRACE(shipped.name);
    const std::vector<std::string> sets = {"dram.kind=" + shipped.name, "dram.channels=8",
                                           "decode.dram.channels=16"};
    const AcceleratorConfig config = parse_accelerator(kDistinct, "distinct", {"decode", sets});
    const machine::DramParams& dram = config.machine.dram;
    EXPECT_EQ(dram.kind, machine::DramKind::part);
    EXPECT_EQ(dram.memory.part.name, shipped.name);
    EXPECT_EQ(dram.channels(), 16);
    EXPECT_EQ(dram.burst_bytes, dram.memory.part.organisation.burst_bytes);
    EXPECT_EQ(dram.latency_cycles, 0) << "of ideal DRAM";
    EXPECT_NEAR(dram.bytes_per_cycle(config.machine.clock_hz) * config.machine.clock_hz,
                dram.memory.bytes_per_second(), 1);
    expect_round_trip(config);
    const std::string text = write_resolved(config);
    EXPECT_EQ(text.find("latency: \"77"), std::string::npos) << text;
    EXPECT_NE(text.find("\n  mapping: [row, bank, bank_group, rank, column]\n"), std::string::npos) << text;
  }
}

TEST(Load, KeysOverrideThePart) {
  const AcceleratorConfig config =
      parse_accelerator(kMinimal, "minimal",
                        {"",
                         {"dram.kind=configs/dram/LPDDR5-6400.yaml", "dram.ranks=2", "dram.refresh=per_bank",
                          "dram.row_policy=adaptive", "dram.interleave=512 byte",
                          "dram.mapping=column,row, rank,bank,bank_group"}});
  const dram::Part& part = config.machine.dram.memory.part;
  EXPECT_EQ(part.organisation.ranks, 2);
  EXPECT_EQ(part.controller.refresh, dram::Refresh::per_bank);
  EXPECT_EQ(part.controller.row_policy, dram::RowPolicy::adaptive);
  EXPECT_EQ(config.machine.dram.memory.interleave_bytes, 512U);
  using dram::Field;
  const std::array<Field, 5> mapping{Field::column, Field::row, Field::rank, Field::bank, Field::bank_group};
  EXPECT_EQ(part.controller.mapping, mapping);
  EXPECT_EQ(part.timing.CL, 17) << "the rest is the part's";
  expect_round_trip(config);
}

TEST(Load, ResolvedTextReadsBackToTheSameBytes) {
  expect_round_trip(parse_accelerator(kDistinct, "distinct"));
  for (const std::string& path : shipped_configs()) {
    for (const std::string& phase : kPhases) {
      SCOPED_TRACE(path + " " + phase);
      expect_round_trip(load_accelerator(source_path(path).string(), {phase, {}}));
    }
  }
}

TEST(Load, KeysAndValuesFollowTheCacheUnlessGiven) {
  const auto formats = [](const std::vector<std::string>& sets) {
    return parse_accelerator(kMinimal, "minimal", {"", sets}).formats;
  };
  const FormatChoice both = formats({"formats.kv=int8_g64"});
  EXPECT_EQ(both.key, "int8_g64");
  EXPECT_EQ(both.value, "int8_g64");
  const FormatChoice one = formats({"formats.kv=int8_g64", "formats.value=int4_g32"});
  EXPECT_EQ(one.key, "int8_g64");
  EXPECT_EQ(one.value, "int4_g32");
  EXPECT_EQ(one.key_axis, workloads::CacheAxis::token);
  EXPECT_EQ(one.value_axis, workloads::CacheAxis::channel);
}

TEST(Load, AwkwardValuesReadBack) {
  for (const char* set :
       {"name=null", "name=1", "name=0x10", "name=true", "name=1e5", "analytical.weight_bits=0.1",
        "analytical.weight_bits=-0", "analytical.kv_bits=1e-7", "clock=1234567891 Hz",
        "dram.stall_seed=9223372036854775807", "weight_scratchpad.capacity=1 byte"}) {
    SCOPED_TRACE(set);
    expect_round_trip(parse_accelerator(kMinimal, "minimal", {"", {set}}));
  }
}

TEST(Load, RandomValuesReadBack) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20; ++round) {
    AcceleratorConfig config = parse_accelerator(kMinimal, "minimal");
    for (const Key& key : keys()) {
      // These take part in rules across keys; the others are free.
      if (key.path == "array.lanes" || key.path == "dram.width" || key.path == "dram.burst") continue;
      if (key.path.find("bank") != std::string::npos || key.path == "dram.stall_permille") continue;
      if (!means_something(key, config)) continue;
      if (key.type == KeyType::number) {
        key.set(config, std::uniform_real_distribution<double>(0, 16)(random));
      } else if (key.type == KeyType::integer || key.type == KeyType::quantity) {
        key.set(config, std::uniform_int_distribution<int64_t>(key.lower, key.upper)(random));
      }
    }
    expect_round_trip(config);
  }
}

TEST(Load, DigestTellsConfigurationsApart) {
  const AcceleratorConfig config = parse_accelerator(kMinimal, "minimal");
  AcceleratorConfig other = config;
  other.machine.array.rows += 1;
  EXPECT_EQ(digest(config).size(), 16U);
  EXPECT_NE(digest(config), digest(other));
}

TEST(Load, DigestKnowsTheNumbersOfThePart) {
  const AcceleratorConfig config = parse_accelerator(kMinimal, "minimal", {"", {"dram.kind=DDR4-2400"}});
  AcceleratorConfig other = config;
  other.machine.dram.memory.part.timing.CL += 1;
  EXPECT_EQ(write_resolved(config), write_resolved(other));
  EXPECT_NE(digest(config), digest(other));
}

TEST(Load, PhaseMapsOverrideTheirPhaseOnly) {
  const std::string path = source_path("configs/accelerators/bitmod.yaml").string();
  // The arrays and formats of the BitMoD paper.
  for (const std::string phase : {"", "gemm", "prefill"}) {
    const AcceleratorConfig c = load_accelerator(path, {phase, {}});
    EXPECT_EQ(c.machine.array.rows, 32);
    EXPECT_EQ(c.machine.array.cols, 32);
    EXPECT_EQ(c.formats.weight, "bitmod4_g128");
  }
  const AcceleratorConfig c = load_accelerator(path, {"decode", {}});
  EXPECT_EQ(c.machine.array.rows, 64);
  EXPECT_EQ(c.machine.array.cols, 16);
  EXPECT_EQ(c.machine.array.lanes, 4);
  EXPECT_EQ(c.formats.weight, "bitmod3_g128");
  EXPECT_EQ(c.formats.kv, "int8_s8_g128");
}

TEST(Load, SetWinsOverTheFileAndTheLastSetWins) {
  const std::string text = std::string(kMinimal) + "decode: {array: {rows: 7}}\n";
  const auto rows = [&](const std::string& phase, const std::vector<std::string>& sets) {
    return parse_accelerator(text, "f", {phase, sets}).machine.array.rows;
  };
  EXPECT_EQ(rows("decode", {}), 7);
  EXPECT_EQ(rows("decode", {"array.rows=9"}), 9);
  EXPECT_EQ(rows("prefill", {"array.rows=9"}), 9);
  EXPECT_EQ(rows("prefill", {"decode.array.rows=9"}), 4);
  EXPECT_EQ(rows("decode", {"decode.array.rows=9", "array.rows=11"}), 11);
  EXPECT_EQ(rows("decode", {"array.rows=11", "decode.array.rows=9"}), 9);
}

TEST(Load, PhaseMapsOverrideWhereverTheyStand) {
  const std::string text = std::string("decode: {array: {rows: 7}}\n") + kMinimal;
  EXPECT_EQ(parse_accelerator(text, "f", {"decode", {}}).machine.array.rows, 7);
  EXPECT_EQ(parse_accelerator(text, "f", {"prefill", {}}).machine.array.rows, 4);
}

TEST(Load, PhaseMapAloneCanGiveARequiredKey) {
  std::string text = kMinimal;
  text.replace(text.find("rows: 4, "), 9, "");
  text += "decode: {array: {rows: 7}}\n";
  EXPECT_EQ(parse_accelerator(text, "f", {"decode", {}}).machine.array.rows, 7);
  EXPECT_THROW((void)parse_accelerator(text, "f", {"prefill", {}}), InputError);
}

TEST(Load, AllFindingsComeAtOnceInFileOrder_bad) {
  const std::string text =
      "name: example\nclock: 1\narray:\n  pe: fp16_mac\n  rows: 0\n  cols: 4\n  lnes: 1\n";
  try {
    (void)parse_accelerator(text, "f.yaml", {"", {"vector.lanes=0"}});
    FAIL() << "accepted";
  } catch (const InputError& error) {
    std::vector<std::string> seen;
    for (const Diagnostic& finding : error.diagnostics()) {
      seen.push_back(finding.code + " " + finding.location.text());
    }
    ASSERT_GE(seen.size(), 5U) << error.what();
    EXPECT_EQ(seen[0], "CFG008 f.yaml:2:8");
    EXPECT_EQ(seen[1], "CFG010 f.yaml:5:9");
    EXPECT_EQ(seen[2], "CFG004 f.yaml:7:3");
    EXPECT_NE(std::find(seen.begin(), seen.end(), "CFG010 --set"), seen.end());
    // array.lanes, nine keys of the scratchpads, dram.latency, dram.width, formats.weight
    EXPECT_EQ(std::count(seen.begin(), seen.end(), "CFG006 f.yaml"), 13);
    EXPECT_EQ(seen.size(), 3U + 1U + 13U);
  }
}

TEST(Load, UnreadableFiles_bad) {
  for (const char* path : {"no/such/file.yaml", "configs", "/dev/zero"}) {
    try {
      (void)load_accelerator(path);
      FAIL() << path << " was accepted";
    } catch (const InputError& error) {
      EXPECT_EQ(error.diagnostics().front().code, "CFG001") << error.what();
      EXPECT_EQ(error.diagnostics().front().location.file, path);
    }
  }
}

TEST(Load, OneDocumentOnly_bad) {
  const auto first_finding = [](const std::string& text) {
    try {
      (void)parse_accelerator(text, "f");
    } catch (const InputError& error) {
      const Diagnostic& finding = error.diagnostics().front();
      return finding.code + " " + finding.location.text();
    }
    return std::string("accepted");
  };
  EXPECT_EQ(first_finding(kMinimal), "accepted");
  EXPECT_EQ(first_finding("---\n" + std::string(kMinimal) + "...\n"), "accepted");
  EXPECT_EQ(first_finding("name: a\n---\nname: b\n").substr(0, 9), "CFG002 f:");
  EXPECT_EQ(first_finding(", name: a\n").substr(0, 9), "CFG002 f:");  // yaml-cpp reads documents without end
  for (const char* empty : {"", "\n", "# nothing\n", "---\n", "~\n"}) {
    EXPECT_EQ(first_finding(empty).substr(0, 6), "CFG003") << empty;
  }
}

// 50,000 open brackets must not overflow the stack of the YAML reader.
TEST(Load, DeepNesting_bad) {
  EXPECT_THROW((void)parse_accelerator(std::string(50000, '['), "deep"), InputError);
  EXPECT_THROW((void)parse_accelerator(std::string(50000, '{'), "deep"), InputError);
  EXPECT_THROW((void)parse_accelerator("a: &a {b: *a}\narray: &c {rows: *c}\n", "cycle"), InputError);
}

}  // namespace
}  // namespace vernier::config
