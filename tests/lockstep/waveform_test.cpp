// SPDX-License-Identifier: Apache-2.0
// The waveform of a mismatch, read back: both sides on one time axis, up to the cycle that differs.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "models/array/pe_array_model.h"
#include "models/pe/registry.h"
#include "sim/cosim/regression.h"
#include "tests/lockstep/faulty_array.h"
#include "tests/trace/vcd.h"

namespace vernier::cosim {
namespace {

namespace fs = std::filesystem;

const machine::ArrayParams kTraced{"bitmod", 2, 3, 2, machine::Delivery::systolic};

std::unique_ptr<array::IPeArray> traced_model() {
  std::vector<formats::GroupFormat> formats;
  for (const std::string& name : pe::pe(kTraced.pe).example_formats) {
    formats.push_back(formats::group_format(name));
  }
  return std::make_unique<array::PeArrayModel>(kTraced, formats);
}

/// Bit 4 of row 1 of column 2 is inverted.
void fault(array::ArrayOutputs& out, std::vector<uint32_t>& data, int) {
  if (out.out_valid && out.out_col == 2) data[1] ^= 0x10U;
}

/// A faulty array with an inside of one signal, which is the number of the cycle.
class WithInside : public FaultyArray {
 public:
  WithInside() : FaultyArray(traced_model(), kTraced.rows, fault) {}
  bool open_trace(const array::ArrayTrace& trace) override {
    trace_ = trace;
    file_.open(trace.path);
    file_ << "$version made here $end\n$timescale   1ps $end\n\n $scope module TOP $end\n"
          << "  $var wire  8 p0 counter [7:0] $end\n $upscope $end\n$enddefinitions $end\n\n\n";
    return true;
  }
  void tick(const array::ArrayInputs& inputs) override {
    if (file_.is_open()) show(trace_.cycle());
    FaultyArray::tick(inputs);
  }
  void close_trace() override { file_.close(); }

 private:
  void show(uint64_t cycle) {
    if (cycle < trace_.begin || cycle >= trace_.end) return;
    file_ << "#" << cycle * 1000 << "\nb";
    for (int bit = 7; bit >= 0; --bit) file_ << (cycle >> bit & 1U);
    file_ << " p0\n#" << cycle * 1000 + 500 << "\n";
  }
  array::ArrayTrace trace_;
  std::ofstream file_;
};

class MismatchWaveform : public ::testing::Test {
 protected:
  MismatchWaveform() { fs::create_directories(folder_); }
  ~MismatchWaveform() override { fs::remove_all(folder_); }

  template <class Dataflow>
  Mismatch mismatch(const ArrayBlock<Dataflow>& block) {
    const BlockResult result = run_block(block, {1, 0, 400, folder_.string()});
    EXPECT_TRUE(result.mismatch);
    return result.mismatch.value_or(Mismatch{});
  }
  /// The files that `--json` lists.
  static std::vector<std::string> files_in_json(const Mismatch& found) {
    return to_json({}, {BlockResult{"x", "y", {}, found, {}}, BlockResult{"z", "y", {}, {}, {}}})["files"];
  }
  Mismatch mismatch() {
    return mismatch(
        Block{kTraced, [] { return std::make_unique<FaultyArray>(traced_model(), kTraced.rows, fault); }});
  }
  trace::Vcd read(const std::string& file) {
    std::string vcd = file;
    if (fs::path(file).extension() == ".fst") {
      vcd = (folder_ / "back.vcd").string();
      EXPECT_EQ(std::system(fmt::format("fst2vcd -f '{}' -o '{}'", file, vcd).c_str()), 0);
    }
    return trace::read_vcd(vcd);
  }

  fs::path folder_ = fs::path(::testing::TempDir()) / fmt::format("vernier_waveform_{}", ::getpid());
};

TEST_F(MismatchWaveform, ShowsBothSidesUpToTheMismatch) {
  const bool fst = std::system("command -v vcd2fst fst2vcd >/dev/null") == 0;
  const Mismatch found = mismatch();
  EXPECT_EQ(found.waveform.text, (folder_ / fmt::format("bitmod_2x3x2_systolic_seed1_vector{}.{}",
                                                        found.vector, fst ? "fst" : "vcd"))
                                         .string() +
                                     (fst ? "" : " (no FST: vcd2fst is not in PATH)"));
  EXPECT_NE(found.text().find("  waveform   " + found.waveform.text + "\n"), std::string::npos);
  EXPECT_TRUE(fs::exists(found.waveform.file));
  EXPECT_EQ(files_in_json(found), std::vector<std::string>{found.waveform.file});
  const trace::Vcd vcd = read(found.waveform.file);
  // As long as the vector up to the mismatch, and a cycle to look at the last one.
  EXPECT_EQ(vcd.last / 1000, found.difference.cycle) << "last change";
  const uint64_t cycle = found.difference.cycle;
  for (const char* side : {"cosim.rtl.", "cosim.systemc."}) {
    EXPECT_EQ(vcd.at(side + std::string("out_valid"), cycle), 1U) << side;
    EXPECT_EQ(vcd.at(side + std::string("out_col"), cycle), 2U) << side;
  }
  const uint64_t rtl = vcd.at("cosim.rtl.out_data", cycle);
  const uint64_t systemc = vcd.at("cosim.systemc.out_data", cycle);
  EXPECT_EQ(rtl ^ systemc, uint64_t{0x10} << 32);
  EXPECT_EQ(fmt::format("{:08x}", rtl >> 32), found.difference.rtl);
  EXPECT_EQ(fmt::format("{:08x}", systemc >> 32), found.difference.systemc);

  // Everything before it: the same vector, run here, cycle by cycle.
  class Check : public IWatcher<OutputStationary> {
   public:
    explicit Check(const trace::Vcd& file) : vcd(file) {}
    void cycle(uint64_t now, const array::ArrayInputs& in, const array::ArrayOutputs& out,
               const array::ArrayOutputs&) override {
      if (now > last) return;
      ++seen;
      ASSERT_EQ(vcd.at("cosim.rtl.start", now), in.start ? 1U : 0U) << now;
      ASSERT_EQ(vcd.at("cosim.systemc.rows", now), static_cast<uint64_t>(in.rows)) << now;
      ASSERT_EQ(vcd.at("cosim.rtl.out_ready", now), in.out_ready ? 1U : 0U) << now;
      ASSERT_EQ(vcd.at("cosim.rtl.step_weights", now),
                in.weights[0] | in.weights[1] << 8 | in.weights[2] << 16 | uint64_t{in.weights[3]} << 24);
      ASSERT_EQ(vcd.at("cosim.rtl.step_ready", now), out.step_ready ? 1U : 0U) << now;
      ASSERT_EQ(vcd.at("cosim.systemc.busy", now), out.busy ? 1U : 0U) << now;
    }
    const trace::Vcd& vcd;
    uint64_t last = 0, seen = 0;
  };
  Check check(vcd);
  check.last = cycle;
  const auto a = traced_model();
  const auto b = traced_model();
  Lockstep lockstep(kTraced, *a, *b);
  lockstep.watch(check);
  ASSERT_FALSE(lockstep.run(make_vector(kTraced, 1, found.vector)));
  EXPECT_EQ(check.seen, cycle + 1);
}

TEST_F(MismatchWaveform, HoldsTheInsideOfTheRtl) {
  const Mismatch found = mismatch(Block{kTraced, [] { return std::make_unique<WithInside>(); }});
  const trace::Vcd vcd = read(found.waveform.file);
  ASSERT_GT(found.difference.cycle, 2U);
  for (uint64_t cycle = 0; cycle < found.difference.cycle; ++cycle) {
    ASSERT_EQ(vcd.at("cosim.rtl.inside.TOP.counter", cycle), cycle & 0xffU);
  }
  EXPECT_EQ(vcd.at("cosim.rtl.out_data", found.difference.cycle) ^
                vcd.at("cosim.systemc.out_data", found.difference.cycle),
            uint64_t{0x10} << 32);
  // Nothing else is left in the folder.
  fs::remove(folder_ / "back.vcd");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

// The same of a weight-stationary array: bit 4 of channel 1 of token 2 is inverted.
TEST_F(MismatchWaveform, ShowsBothSidesOfAWeightStationaryArray) {
  const machine::ArrayParams array{
      "fp16_mac", 3, 2, 1, machine::Delivery::systolic, machine::Dataflow::weight_stationary};
  const auto sound = [&array] { return std::make_unique<array::WsArrayModel>(array, ws_formats(array)); };
  const Mismatch found = mismatch(WsBlock{array, [&] {
                                            return std::make_unique<FaultyWsArray>(
                                                sound(), array.cols,
                                                [](array::WsOutputs& out, std::vector<uint32_t>& data, int) {
                                                  if (out.out_valid && out.out_token == 2) data[1] ^= 0x10U;
                                                });
                                          }});
  const std::string file = found.waveform.file;
  EXPECT_EQ(fs::path(file).stem(),
            fmt::format("fp16_mac_3x2_weight_stationary_seed1_vector{}", found.vector));
  const trace::Vcd vcd = read(file);
  const uint64_t cycle = found.difference.cycle;
  EXPECT_EQ(vcd.last / 1000, cycle) << "last change";
  for (const char* side : {"cosim.rtl.", "cosim.systemc."}) {
    EXPECT_EQ(vcd.at(side + std::string("out_valid"), cycle), 1U) << side;
    EXPECT_EQ(vcd.at(side + std::string("out_token"), cycle), 2U) << side;
  }
  const uint64_t rtl = vcd.at("cosim.rtl.out_data", cycle);
  const uint64_t systemc = vcd.at("cosim.systemc.out_data", cycle);
  EXPECT_EQ(rtl ^ systemc, uint64_t{0x10} << 32);
  EXPECT_EQ(fmt::format("{:08x}", rtl >> 32), found.difference.rtl);
  EXPECT_EQ(fmt::format("{:08x}", systemc >> 32), found.difference.systemc);

  class Check : public IWatcher<WeightStationary> {
   public:
    Check(const trace::Vcd& file, uint64_t end) : vcd(file), last(end) {}
    void cycle(uint64_t now, const array::WsInputs& in, const array::WsOutputs& out,
               const array::WsOutputs&) override {
      if (now > last) return;
      ++seen;
      const auto rtl = [&](const char* pin) { return vcd.at(std::string("cosim.rtl.") + pin, now); };
      ASSERT_EQ(rtl("start"), in.start ? 1U : 0U) << now;
      ASSERT_EQ(vcd.at("cosim.systemc.cols", now), static_cast<uint64_t>(in.cols)) << now;
      ASSERT_EQ(rtl("weight_valid"), in.weight_valid ? 1U : 0U) << now;
      ASSERT_EQ(rtl("weights"), in.weights[0] | uint64_t{in.weights[1]} << 16) << now;
      ASSERT_EQ(rtl("acts"), in.acts[0] | uint64_t{in.acts[1]} << 16 | uint64_t{in.acts[2]} << 32) << now;
      ASSERT_EQ(rtl("act_last"), in.act_last ? 1U : 0U) << now;
      ASSERT_EQ(rtl("partial"), in.partial[0] | uint64_t{in.partial[1]} << 32) << now;
      ASSERT_EQ(rtl("weight_ready"), out.weight_ready ? 1U : 0U) << now;
      ASSERT_EQ(vcd.at("cosim.systemc.act_ready", now), out.act_ready ? 1U : 0U) << now;
      ASSERT_EQ(vcd.at("cosim.systemc.busy", now), out.busy ? 1U : 0U) << now;
    }
    const trace::Vcd& vcd;
    uint64_t last, seen = 0;
  };
  Check check(vcd, cycle);
  const auto a = sound();
  const auto b = sound();
  WsLockstep lockstep(array, *a, *b);
  lockstep.watch(check);
  ASSERT_FALSE(lockstep.run(make_ws_vector(array, 1, found.vector)));
  EXPECT_EQ(check.seen, cycle + 1);
}

TEST_F(MismatchWaveform, WithoutConverterIsVcd) {
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", "", 1);
  const Mismatch found = mismatch();
  ::setenv("PATH", before.c_str(), 1);
  const std::string file = found.waveform.file;
  EXPECT_EQ(fs::path(file).extension(), ".vcd");
  EXPECT_EQ(found.waveform.text, file + " (no FST: vcd2fst is not in PATH)");
  EXPECT_EQ(read(file).at("cosim.rtl.out_col", found.difference.cycle), 2U);
}

// The report does not depend on the waveform.
TEST_F(MismatchWaveform, FolderThatIsNotThere_bad) {
  fs::remove_all(folder_);
  const Mismatch found = mismatch();
  EXPECT_EQ(found.difference.signal, "out_data[row 1] of column 2");
  EXPECT_EQ(found.waveform.text.find("none: cannot write the waveform"), 0U) << found.waveform.text;
  EXPECT_EQ(found.waveform.file, "");
  EXPECT_EQ(files_in_json(found), std::vector<std::string>{});
}

}  // namespace
}  // namespace vernier::cosim
