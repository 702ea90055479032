// SPDX-License-Identifier: Apache-2.0
// Program files that are damaged, or that the accelerator cannot run.
#include "models/isa/program_binary.h"
#include "models/isa/program_text.h"
#include "tests/cli/program.h"

namespace vernier::cli::testing {
namespace {

// Loads a weight block and activations, multiplies and stores: by hand, for the tiny accelerator.
const char* const kProgram = R"(vernier-program 1
name "by hand"
format "bitmod4_g128"
op "first" "linear"
dram_bytes 4096
load op=0 scratchpad=weight spad=0 dram=0 rows=1 row_bytes=269 dram_stride=269 post=1:1
load op=0 scratchpad=activation spad=0 dram=1024 rows=4 row_bytes=256 dram_stride=256 post=3:1
gemm op=0 m=4 n=4 k=128 weight=0 activation=0 out=0 format=0 accumulate=0 final=1 wait=1:1,3:1 post=5:1
store op=0 scratchpad=output spad=0 dram=2048 rows=1 row_bytes=32 dram_stride=32 wait=5:1
)";

class BadProgram : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    write_file(folder_ / "good.txt", kProgram);
  }

  /// Writes bad.txt: the program with one text in place of another.
  void change(const std::string& from, const std::string& to) const {
    std::string text = kProgram;
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_file(folder_ / "bad.txt", text.replace(at, from.size(), to));
  }

  [[nodiscard]] static std::string binary() {
    return isa::write_binary(isa::parse_text(kProgram, "good.txt"));
  }

  void expect_bad(const std::string& message, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"run", "tiny.yaml", "bad.txt", "--out", "results"});
    expect_refused(more, message);
  }
};

TEST_F(BadProgram, the_good_one_runs) {
  const Outcome text = expect_done({"run", "tiny.yaml", "good.txt"});
  write_file(folder_ / "good.vprog", binary());
  EXPECT_EQ(expect_done({"run", "tiny.yaml", "good.vprog"}).out, text.out);
  write_file(folder_ / "no_ending", binary());
  EXPECT_EQ(expect_done({"run", "tiny.yaml", "no_ending"}).out, text.out);
  EXPECT_NE(text.out.find("by hand, program, on tiny (fast)"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("note: program file: no network"), std::string::npos) << text.out;
}

// A file cut anywhere, or with any byte changed, is refused: at points spread over the file.
TEST_F(BadProgram, truncated_or_corrupt_binary_bad) {
  const std::string whole = binary();
  const std::vector<std::string> run = {"run", "tiny.yaml", "bad.vprog", "--out", "results"};
  for (size_t size = 0; size < whole.size(); size += 1 + whole.size() / 8) {
    write_file(folder_ / "bad.vprog", whole.substr(0, size));
    const Outcome outcome = call(run);
    EXPECT_EQ(outcome.status, 2) << size;
    EXPECT_EQ(outcome.err.rfind("error[PRG0", 0), 0U) << outcome.err;
    EXPECT_NE(outcome.err.find("bad.vprog"), std::string::npos) << outcome.err;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "results"));
  }
  for (size_t at = 0; at < whole.size(); at += 1 + whole.size() / 8) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write_file(folder_ / "bad.vprog", damaged);
    const Outcome outcome = call(run);
    EXPECT_EQ(outcome.status, 2) << at;
    EXPECT_EQ(outcome.err.rfind("error[PRG0", 0), 0U) << outcome.err;
  }
  write_file(folder_ / "bad.vprog", whole.substr(0, whole.size() - 5));
  expect_refused(run,
                 "error[PRG032]: bad.vprog: program file, offset 12: the header announces 1253 bytes of "
                 "payload, the file has 1248\n");
  std::string damaged = whole;
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  write_file(folder_ / "bad.vprog", damaged);
  expect_refused(
      run,
      "error[PRG033]: bad.vprog: program file, offset 20: checksum f149b85f, the payload has 864e88c9\n");
}

TEST_F(BadProgram, text_bad) {
  change("row_bytes=269", "row_byte=269");
  expect_bad("error[PRG020]: bad.txt:6:1: load without row_bytes=\n");
  change("vernier-program 1", "vernier-program 2");
  expect_bad("error[PRG020]: bad.txt:1:1: a program begins with 'vernier-program 1'\n");
  change("gemm op=0", "gem op=0");
  expect_bad(
      "error[PRG021]: bad.txt:8:1: unknown line 'gem'\n"
      "  help: did you mean 'gemm'?\n");
  write_file(folder_ / "bad.txt", "");
  expect_bad("error[PRG020]: bad.txt: empty file; a program begins with 'vernier-program 1'\n");
}

TEST_F(BadProgram, invalid_bad) {
  change("dram=2048", "dram=4090");
  expect_bad(
      "error[PRG007]: bad.txt: program node 3: the store reaches outside the DRAM image of 4096 bytes\n");
  change("gemm op=0 m=4", "gemm op=1 m=0");
  expect_bad(
      "error[PRG004]: bad.txt: program node 2: operator 1 of 1\n"
      "error[PRG006]: bad.txt: program node 2: gemm of m=0 n=4 k=128; all must be at least 1\n");
  change("wait=5:1", "wait=1:1");
  expect_bad(
      "error[PRG010]: bad.txt: program node 3: the store queue waits on semaphore 1, on which the compute "
      "queue waits already\n");
}

TEST_F(BadProgram, outside_the_scratchpad_bad) {
  change("spad=0 dram=0", "spad=65280 dram=0");
  expect_bad(
      "error[PRG052]: bad.txt: program node 0: the transfer of the load leaves the weight scratchpad of "
      "65536 bytes\n"
      "  help: run it on the accelerator it was written for (accelerator.yaml beside it)\n");
  change("activation=0", "activation=65024");
  expect_bad(
      "error[PRG052]: bad.txt: program node 2: the activation block of the gemm leaves the activation "
      "scratchpad of 65536 bytes\n"
      "  help: run it on the accelerator it was written for (accelerator.yaml beside it)\n");
  change("out=0 ", "out=65508 ");
  expect_bad(
      "error[PRG052]: bad.txt: program node 2: the result block of the gemm leaves the output scratchpad of "
      "65536 bytes\n"
      "  help: run it on the accelerator it was written for (accelerator.yaml beside it)\n");
  change("m=4 n=4 k=128", "m=4000000000 n=4000000000 k=4000000000");
  expect_bad(
      "error[PRG052]: bad.txt: program node 2: the weight block of the gemm leaves the weight scratchpad of "
      "65536 bytes\n"
      "  help: run it on the accelerator it was written for (accelerator.yaml beside it)\n"
      "error[PRG052]: bad.txt: program node 2: the activation block of the gemm leaves the activation "
      "scratchpad of 65536 bytes\n"
      "  help: run it on the accelerator it was written for (accelerator.yaml beside it)\n");
}

// The last byte of the scratchpad may be used, the one behind it may not, at the last index of a loop.
TEST_F(BadProgram, outside_the_scratchpad_in_a_loop_bad) {
  const std::string load = "load op=0 scratchpad=weight spad=";
  const std::string rest = " dram=0 rows=1 row_bytes=256 dram_stride=256\nend\n";
  const std::string head = "vernier-program 1\nname \"loop\"\nop \"first\" \"linear\"\ndram_bytes 4096\n";
  const auto runs = [&](const std::string& loop, const std::string& address) {
    write_file(folder_ / "loop.txt", head + "loop " + loop + "\n" + load + address + rest);
    const Outcome outcome = call({"run", "tiny.yaml", "loop.txt"});
    EXPECT_TRUE(outcome.status == 0 || outcome.err.rfind("error[PRG052]", 0) == 0) << outcome.err;
    return outcome.status == 0;
  };
  EXPECT_TRUE(runs("4", "0+64512:256"));  // 64512 + 3 * 256 + 256 = 65536 = 64 KiB
  EXPECT_FALSE(runs("4", "1+64512:256"));
  EXPECT_FALSE(runs("5", "0+64512:256"));
  EXPECT_TRUE(runs("999", "0+0%65536:256"));  // a ring of 256 slots
  EXPECT_FALSE(runs("999", "1+0%65536:256"));
  EXPECT_TRUE(runs("3", "64000+0%4096:600"));  // does not come round: 64000 + 2 * 600 + 256 = 65456
  EXPECT_FALSE(runs("3", "64000+0%4096:-600"));
  EXPECT_FALSE(runs("2", "0+0:-256"));
}

TEST_F(BadProgram, wrong_accelerator_bad) {
  change("bitmod4_g128", "fp16");
  expect_bad(
      "error[PRG053]: bad.txt: array.pe bitmod does not compute with the program's format fp16\n"
      "  help: bitmod has no decoder for fp16 weights (int8, int6, int5, int4, bitmod4, bitmod3)\n");
  change("bitmod4_g128", "bitmod4_g6");
  expect_bad(
      "error[PRG053]: bad.txt: groups of 6 elements (bitmod4_g6) are not a multiple of array.lanes, 4\n");
  change("bitmod4_g128", "bitmod9_g128");
  expect_bad(
      "error[FMT001]: bad.txt: 'bitmod9_g128' is not a weight format\n"
      "  help: did you mean 'bitmod3_g128'? Allowed: fp16, intN_ch, intN_gG, "
      "intN_asym_gG, intN_s8_gG (N = 2..8), lutN_gG, lutN_asym_gG (N = 1..8), int4_dgq_gG, bitmod3_gG, "
      "bitmod4_gG, ant4_gG, olive4_gG (G = 1..65536)\n");
}

TEST_F(BadProgram, operators_bad) {
  change("op \"first\" \"linear\"", "op \"first\" \"linear\"\nop \"first\" \"linear\"");
  expect_bad("error[PRG054]: bad.txt: two operators are named 'first'\n");
  write_file(folder_ / "bad.txt", "vernier-program 1\nname \"idle\"\nsync op=0 queue=load\n");
  expect_bad("error[PRG054]: bad.txt: the program names no operator, so there is nothing to run\n");
}

TEST_F(BadProgram, deadlock_and_race_bad) {
  change("post=5:1", "post=6:1");
  expect_bad(
      "error[PRG051]: bad.txt: program 'by hand' deadlocks in cycle 228: store queue: store of 'first' waits "
      "for semaphore 5 >= 1 (it is 0);\n"
      "  help: every wait must be matched by a post of an instruction that can run before it\n");
  change(" wait=1:1,3:1", "");
  expect_bad(
      "error[PRG050]: bad.txt: in cycle 3 gemm number 2 reads bytes [0, 269) of weight while load number 0 "
      "writes [0, 269)\n"
      "  help: order them with a semaphore: the result would depend on timing\n");
}

TEST_F(BadProgram, what_a_program_cannot_do_bad) {
  change("by hand", "same");
  expect_bad(
      "error[RUN005]: bad.txt: the analytical fidelity evaluates networks, not programs\n"
      "  help: use --fidelity fast, systemc or rtl\n",
      {"--fidelity", "analytical"});
  expect_bad(
      "error[RUN006]: bad.txt: values need a network, which says what lies where; a program does not\n"
      "  help: give the workload instead of the program\n",
      {"--fidelity", "systemc", "--values"});
  expect_bad(
      "error[CLI008]: --set: hidden_size: a program file has no keys\n"
      "  help: override keys of a workload, or of the accelerator\n",
      {"--set", "hidden_size=64"});
}

TEST_F(BadProgram, phase_not_said_bad) {
  const std::string bitmod = source("configs/accelerators/bitmod.yaml");
  const Outcome outcome = call({"run", bitmod, "good.txt"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err,
            "error[CLI009]: " + bitmod +
                ": 'bitmod' differs between phases, and a program was mapped for one of them\n"
                "  help: add --phase prefill or decode, or give the accelerator.yaml written beside "
                "the program\n");
}

}  // namespace
}  // namespace vernier::cli::testing
