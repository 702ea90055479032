// SPDX-License-Identifier: Apache-2.0
// Text and binary form: round trips, and every damaged input ends in success or in an InputError.
#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "models/isa/program_binary.h"
#include "models/isa/program_text.h"
#include "tests/isa/random_program.h"

namespace vernier::isa {
namespace {

void expect_equal(const Address& a, const Address& b) {
  ASSERT_EQ(a.base, b.base);
  ASSERT_EQ(a.offset, b.offset);
  ASSERT_EQ(a.wrap, b.wrap);
  ASSERT_EQ(a.stride, b.stride);
}

void expect_equal(const Instruction& a, const Instruction& b) {
  ASSERT_EQ(a.opcode, b.opcode);
  ASSERT_EQ(a.queue, b.queue);
  ASSERT_EQ(a.op, b.op);
  ASSERT_EQ(a.scratchpad, b.scratchpad);
  ASSERT_EQ(a.rows, b.rows);
  ASSERT_EQ(a.row_bytes, b.row_bytes);
  ASSERT_EQ(a.dram_stride, b.dram_stride);
  ASSERT_EQ(a.m, b.m);
  ASSERT_EQ(a.n, b.n);
  ASSERT_EQ(a.k, b.k);
  ASSERT_EQ(a.format, b.format);
  ASSERT_EQ(a.act_format, b.act_format);
  ASSERT_EQ(a.act_scale, b.act_scale);
  ASSERT_EQ(a.result, b.result);
  ASSERT_EQ(a.result_scale, b.result_scale);
  ASSERT_EQ(a.accumulate, b.accumulate);
  ASSERT_EQ(a.final, b.final);
  ASSERT_EQ(a.vector_op, b.vector_op);
  ASSERT_EQ(a.cols, b.cols);
  ASSERT_EQ(a.src1_shared, b.src1_shared);
  ASSERT_EQ(a.dst_scratchpad, b.dst_scratchpad);
  ASSERT_EQ(a.scalar, b.scalar);
  ASSERT_EQ(a.wait_count, b.wait_count);
  ASSERT_EQ(a.post_count, b.post_count);
  for (size_t i = 0; i < a.waits.size(); ++i) {
    ASSERT_EQ(a.waits[i].semaphore, b.waits[i].semaphore);
    ASSERT_EQ(a.waits[i].count, b.waits[i].count);
    ASSERT_EQ(a.posts[i].semaphore, b.posts[i].semaphore);
    ASSERT_EQ(a.posts[i].count, b.posts[i].count);
  }
  for (const auto field : {&Instruction::spad, &Instruction::dram, &Instruction::weight,
                           &Instruction::activation, &Instruction::out, &Instruction::src0,
                           &Instruction::src1, &Instruction::dst, &Instruction::factors}) {
    expect_equal(a.*field, b.*field);
  }
}

void expect_equal(const Program& a, const Program& b) {
  ASSERT_EQ(a.name, b.name);
  ASSERT_EQ(a.formats, b.formats);
  ASSERT_EQ(a.ops.size(), b.ops.size());
  for (size_t i = 0; i < a.ops.size(); ++i) {
    ASSERT_EQ(a.ops[i].name, b.ops[i].name);
    ASSERT_EQ(a.ops[i].layer_class, b.ops[i].layer_class);
  }
  ASSERT_EQ(a.semaphore_initial, b.semaphore_initial);
  ASSERT_EQ(a.dram_bytes, b.dram_bytes);
  ASSERT_EQ(a.nodes.size(), b.nodes.size());
  for (size_t i = 0; i < a.nodes.size(); ++i) {
    SCOPED_TRACE(fmt::format("node {}", i));
    ASSERT_EQ(a.nodes[i].kind, b.nodes[i].kind);
    ASSERT_EQ(a.nodes[i].trip_count, b.nodes[i].trip_count);
    ASSERT_NO_FATAL_FAILURE(expect_equal(a.nodes[i].instruction, b.nodes[i].instruction));
  }
}

TEST(ProgramForms, RoundTrips) {
  for (uint64_t seed = 0; seed < 200 && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Program program = testing::RandomProgram(seed).make();
    program.name += std::string("\n\x01\0z", 4);
    expect_equal(parse_binary(write_binary(program), "p"), program);
    const std::string text = write_text(program);
    const Program back = parse_text(text, "p");
    expect_equal(back, program);
    EXPECT_EQ(write_text(back), text);
  }
}

// The bytes of a one-sync program, written down by hand from docs/program.md.
TEST(ProgramForms, BinaryLayoutIsTheDocumentedOne) {
  Program program;
  program.name = "ab";
  program.ops = {{"o", "c"}};
  program.dram_bytes = 0x0102;
  program.semaphore_initial[1] = 7;
  program.nodes.resize(1);
  Instruction& in = program.nodes[0].instruction;
  in.queue = Queue::store;
  in.post_count = 1;
  in.posts[0] = {5, 0x0304};
  std::string payload(
      "\2\0\0\0ab"
      "\0\0\0\0"
      "\1\0\0\0"
      "\1\0\0\0o"
      "\1\0\0\0c",
      24);
  payload += std::string(4 + 4 + 8 + 4, '\0');  // reads, writes; the pool and its regions
  payload += std::string(4, '\0') + std::string("\7\0\0\0", 4) + std::string(62 * 4, '\0');
  payload += std::string("\2\1\0\0\0\0\0\0", 8) + std::string("\1\0\0\0", 4);
  payload += std::string(
      "\0\4"
      "\0\0\0\0"
      "\3"
      "\0"
      "\1\5\4\3",
      12);
  const std::string bytes = write_binary(program);
  EXPECT_EQ(bytes.substr(0, 12), std::string("VERNIERP\4\0\0\0", 12));
  EXPECT_EQ(bytes.substr(kBinaryHeaderBytes), payload);
  // The check value of CRC-32/ISO-HDLC.
  EXPECT_EQ(checksum("123456789"), 0xcbf43926U);
}

Instruction vector_op(VectorOp op, uint32_t cols, formats::ActivationFormat result) {
  Instruction in;
  in.opcode = Opcode::vector;
  in.queue = Queue::vector;
  in.vector_op = op;
  in.rows = 1;
  in.cols = cols;
  in.result = result;
  return in;
}

// Fields that say what they always said are not written, so older texts are read as before.
TEST(ProgramForms, TextLeavesOutUsualFormats) {
  Instruction in = vector_op(VectorOp::copy, 8, formats::ActivationFormat::fp16);
  const std::string usual =
      "vector op=0 vector_op=copy rows=1 cols=8 src0=0 src1=0 dst=0 src1_shared=0 scalar=0 format=0";
  EXPECT_EQ(instruction_text(in), usual);
  in.result = formats::ActivationFormat::int8;
  in.result_scale = 0x2c00;
  EXPECT_EQ(instruction_text(in), usual + " result=int8 result_scale=0.0625");
  Instruction gemm;
  gemm.opcode = Opcode::gemm;
  gemm.act_format = formats::ActivationFormat::table_int8;
  EXPECT_NE(instruction_text(gemm).find(" act_format=table_int8 accumulate=0"), std::string::npos);
}

std::string findings_of(const Instruction& in) {
  Program program;
  program.formats = {"fp16"};
  program.ops = {{"o", "c"}};
  program.nodes.resize(1);
  program.nodes[0].instruction = in;
  try {
    validate(program);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(ProgramForms, ActivationFormatsAreChecked_bad) {
  using Format = formats::ActivationFormat;
  EXPECT_EQ(findings_of(vector_op(VectorOp::rope, 8, Format::table_fp16)), "");
  EXPECT_EQ(findings_of(vector_op(VectorOp::rope, 7, Format::int8)),
            "error[PRG011]: program node 0: rope of 7 columns; an even number is due");
  EXPECT_EQ(findings_of(vector_op(VectorOp::add, 6, Format::int8)), "");
  EXPECT_EQ(findings_of(vector_op(VectorOp::add, 6, Format::table_int8)),
            "error[PRG011]: program node 0: a result of 6 columns in table_int8; a multiple of 4 is due");
  EXPECT_EQ(findings_of(vector_op(VectorOp::quantize, 8, Format::int8)),
            "error[PRG011]: program node 0: quantize writes weights; it cannot have a result in int8");
  Instruction in = vector_op(VectorOp::copy, 8, Format::int8);
  for (const int scale : {0x0000, 0x8000, 0xbc00, 0x7c00, 0x7e00}) {
    in.result_scale = static_cast<uint16_t>(scale);
    EXPECT_NE(findings_of(in).find("error[PRG006]: program node 0: the scale of int8"), std::string::npos)
        << scale;
  }
  in.result_scale = 1;  // the smallest positive number
  EXPECT_EQ(findings_of(in), "");
  in.result = Format::fp8_e4m3;
  EXPECT_NE(findings_of(in).find("error[PRG006]: program node 0: fp8_e4m3 activations have a scale"),
            std::string::npos);
  in.result = static_cast<Format>(5);
  EXPECT_EQ(findings_of(in), "error[PRG001]: program node 0: unknown activation format 5");
}

TEST(ProgramForms, DestinationsAndStatisticsAreChecked_bad) {
  using Format = formats::ActivationFormat;
  const std::string error = "error[PRG011]: program node 0: ";
  Instruction in = vector_op(VectorOp::online_softmax, 8, Format::int8);
  in.dst_scratchpad = Scratchpad::activation;
  in.accumulate = true;
  in.factors.base = 64;
  EXPECT_EQ(findings_of(in), "");
  in.src1_shared = true;
  EXPECT_EQ(findings_of(in), error + "online_softmax needs statistics of its own for every row");
  in = vector_op(VectorOp::rescale_add, 8, Format::fp16);
  in.factors.base = 64;
  EXPECT_EQ(findings_of(in), "");
  in.dst_scratchpad = Scratchpad::activation;
  EXPECT_EQ(findings_of(in), error + "rescale_add cannot write to the activation scratchpad");
  EXPECT_EQ(findings_of(vector_op(VectorOp::rescale_add, 8, Format::int8)),
            error + "rescale_add writes fp32; it cannot have a result in int8");
  in = vector_op(VectorOp::copy, 8, Format::fp16);
  in.dst_scratchpad = Scratchpad::activation;
  EXPECT_EQ(findings_of(in), "");
  in.dst_scratchpad = Scratchpad::weight;
  EXPECT_EQ(findings_of(in), error + "copy cannot write to the weight scratchpad");
  in = vector_op(VectorOp::quantize, 8, Format::fp16);
  in.dst_scratchpad = Scratchpad::activation;
  EXPECT_EQ(findings_of(in), error + "quantize cannot write to the activation scratchpad");
  in = vector_op(VectorOp::normalise, 8, Format::fp16);
  in.accumulate = true;
  EXPECT_EQ(findings_of(in), error + "accumulate is for online_softmax, not for normalise");
  in.accumulate = false;
  in.factors.base = 64;
  EXPECT_EQ(findings_of(in), error + "normalise has no factors");
}

template <typename Parse>
void expect_contained(const Parse& parse, const std::string& what) {
  try {
    parse();
  } catch (const InputError&) {
  } catch (const std::exception& error) {
    ADD_FAILURE() << what << ": " << error.what();
  }
}

std::string code_of(const std::string& bytes) {
  try {
    static_cast<void>(parse_binary(bytes, "p"));
  } catch (const InputError& error) {
    return error.diagnostics().front().code;
  }
  return "";
}

TEST(ProgramForms, EveryTruncationIsAnError_bad) {
  const std::string bytes = write_binary(testing::RandomProgram(7).make());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::string code = code_of(bytes.substr(0, size));
    ASSERT_EQ(code, size < kBinaryMagic.size() ? "PRG030" : "PRG032") << size;
  }
  EXPECT_EQ(code_of(bytes + '\0'), "PRG032");
}

TEST(ProgramForms, EveryFlippedByteIsNoticed_bad) {
  std::string bytes = write_binary(testing::RandomProgram(3).make());
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(bytes[i] ^ 0x10);
    const std::string code = code_of(bytes);
    ASSERT_EQ(code, i < 8 ? "PRG030" : i < 12 ? "PRG031" : i < 20 ? "PRG032" : "PRG033") << i;
    bytes[i] = static_cast<char>(bytes[i] ^ 0x10);
  }
}

// With the checksum put right, the decoder and the validator face the damage themselves.
TEST(ProgramForms, DamagedPayloadsEndInSuccessOrInputError_bad) {
  std::mt19937_64 random(1);
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::string bytes = write_binary(testing::RandomProgram(seed).make());
    for (int trial = 0; trial < 300; ++trial) {
      std::string damaged = bytes.substr(kBinaryHeaderBytes);
      if (trial % 3 == 0) damaged.resize(random() % damaged.size());
      for (uint64_t flips = 1 + random() % 3; flips > 0 && !damaged.empty(); --flips) {
        damaged[random() % damaged.size()] = static_cast<char>(random());
      }
      std::string file(kBinaryMagic);
      for (int i = 0; i < 4; ++i) file += static_cast<char>(i == 0 ? kBinaryVersion : 0);
      for (int i = 0; i < 8; ++i) file += static_cast<char>(static_cast<uint64_t>(damaged.size()) >> (8 * i));
      for (int i = 0; i < 4; ++i) file += static_cast<char>(checksum(damaged) >> (8 * i));
      file += damaged;
      expect_contained([&] { static_cast<void>(parse_binary(file, "p")); },
                       fmt::format("seed {} trial {}", seed, trial));
    }
  }
}

TEST(ProgramForms, DamagedTextsEndInSuccessOrInputError_bad) {
  std::mt19937_64 random(2);
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::string text = write_text(testing::RandomProgram(seed).make());
    for (int trial = 0; trial < 300; ++trial) {
      std::string damaged = text;
      if (trial % 3 == 0) damaged.resize(random() % damaged.size());
      for (uint64_t flips = 1 + random() % 3; flips > 0 && !damaged.empty(); --flips) {
        static constexpr std::string_view kLetters = " \n\"\\=+%:,-#x0123456789aez";
        const size_t at = random() % damaged.size();
        damaged[at] = kLetters[random() % kLetters.size()];
      }
      expect_contained([&] { static_cast<void>(parse_text(damaged, "p")); },
                       fmt::format("seed {} trial {}", seed, trial));
    }
  }
}

void expect_text_error(const std::string& body, const std::string& start) {
  try {
    static_cast<void>(parse_text("vernier-program 1\nop \"a\" \"b\"\n" + body, "f.vpt"));
    ADD_FAILURE() << "accepted: " << body;
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()).substr(0, start.size()), start);
  }
}

TEST(ProgramForms, TextErrorsNameLineAndColumn_bad) {
  expect_text_error("lod op=0", "error[PRG021]: f.vpt:3:1: unknown line 'lod'\n  help: did you mean 'load'?");
  expect_text_error("  loop x", "error[PRG020]: f.vpt:3:8: 'x' is not an integer in 0..");
  expect_text_error("loop", "error[PRG020]: f.vpt:3:1: 'loop' takes 1 operand(s), found 0");
  expect_text_error("name x", "error[PRG020]: f.vpt:3:6: 'x' is not a string in double quotes");
  expect_text_error("name \"x", "error[PRG020]: f.vpt:3:6: no closing quote");
  expect_text_error("sync op=0", "error[PRG020]: f.vpt:3:1: sync without queue=");
  expect_text_error("sync op=0 queue=lood",
                    "error[PRG021]: f.vpt:3:17: unknown name 'lood'\n  help: did you mean 'load'?");
  expect_text_error("sync op=0 queue=load wiat=1:1",
                    "error[PRG021]: f.vpt:3:22: sync has no field 'wiat'\n  help: did you "
                    "mean 'wait'?");
  expect_text_error("sync op=0 queue=load wait=1",
                    "error[PRG020]: f.vpt:3:28: a semaphore is written identifier:count");
  expect_text_error("sync op=0 op=0", "error[PRG020]: f.vpt:3:11: 'op' twice");
  expect_text_error("sync op=0 queue=load wait=64:1", "error[PRG009]: program node 0: waits on semaphore 64");
  expect_text_error("semaphore 64 1", "error[PRG020]: f.vpt:3:11: semaphore 64 is not in 0..63");
  const std::string copy =
      "vector op=0 vector_op=copy rows=1 cols=8 src0=0 src1=0 dst=0 src1_shared=0 scalar=0 format=0";
  expect_text_error(copy + " result=int9",
                    "error[PRG021]: f.vpt:3:101: unknown name 'int9'\n  help: did you mean 'int8'?");
  expect_text_error(copy + " result_scale=0.1", "error[PRG020]: f.vpt:3:107: '0.1' is not an fp16 number");
  expect_text_error(copy + " result_scale=0",
                    "error[PRG006]: program node 0: the scale of fp16 activations is 0");
  expect_text_error("end", "error[PRG002]: program node 0: loop_end without loop_begin");
}

}  // namespace
}  // namespace vernier::isa
