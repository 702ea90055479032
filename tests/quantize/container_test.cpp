// SPDX-License-Identifier: Apache-2.0
// Files of quantized tensors: bytes counted by hand, round trips in every format, damage.
#include "sim/quantize/container.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "models/formats/weight_block.h"
#include "models/isa/program_binary.h"
#include "tests/formats/format_names.h"
#include "tests/quantize/real_tensor.h"
#include "tests/quantize/tensor_bytes.h"

namespace vernier::quantize {
namespace {

using workloads::from_hex;
using workloads::little_endian;

std::string with_header(const std::string& payload) {
  return "VERNIERQ" + little_endian(1, 4) + little_endian(payload.size(), 8) +
         little_endian(isa::checksum(payload), 4) + payload;
}

std::string text(const std::string& value) { return little_endian(value.size(), 4) + value; }

std::string start_of_payload(const std::string& format, uint64_t rows, uint64_t cols, int kind) {
  return text("w") + text(format) + little_endian(rows, 8) + little_endian(cols, 8) + little_endian(kind, 1);
}

std::string code_of_error(const std::string& bytes) {
  try {
    static_cast<void>(read_tensor(bytes, "t.vqt"));
  } catch (const InputError& error) {
    return error.diagnostics().front().code;
  }
  return "";
}

// Two rows of one group; scales 1 (3c00) and 2 (4000); codes 7 -2 0 3 and 7 0 -3 1. The block of 2 rows and 2
// lanes: both scales, then codes 7 -2 | 7 0 | 0 3 | -3 1, four bits each from the low end.
TEST(Container, GroupBytesByHand) {
  const workloads::RealTensor x = tensor_of(2, 4, {7, -2.25, 0.5, 3.5, 14, 1, -5, 3});
  const QuantizedTensor q = quantize_tensor(x, TensorFormat("int4_g4"));
  const std::string block = from_hex(
      "003c0040"
      "e7"
      "07"
      "30"
      "1d");
  EXPECT_EQ(write_tensor(q, {2, 2}), with_header(start_of_payload("int4_g4", 2, 4, 0) + little_endian(2, 4) +
                                                 little_endian(2, 4) + block));
  const auto* matrix = std::get_if<formats::QuantizedMatrix>(&q.matrix);
  ASSERT_NE(matrix, nullptr);
  const formats::QuantizedMatrix unpacked = formats::unpack_weight_block(
      matrix->format, reinterpret_cast<const uint8_t*>(block.data()), {2, 4, 2, 2, true});
  EXPECT_EQ(unpacked.codes, matrix->codes);
  EXPECT_EQ(unpacked.scales, matrix->scales);
}

// Scale 1; int3 codes 3, 7 (-1), 1 from the low end: 3 + 7 * 8 + 1 * 64 = 0x7b, and one more bit.
TEST(Container, ElementBytesByHand) {
  const QuantizedTensor q = quantize_tensor(tensor_of(1, 3, {3, -1, 1}), TensorFormat("int3"));
  const std::string bytes = with_header(start_of_payload("int3", 1, 3, 1) + from_hex("0000803f"
                                                                                     "7b00"));
  EXPECT_EQ(write_tensor(q, {}), bytes);
  const StoredTensor stored = read_tensor(bytes, "t.vqt");
  EXPECT_EQ(stored.tensor.name, "w");
  EXPECT_EQ(stored.tensor.value(0, 0), 3);
  EXPECT_EQ(stored.tensor.value(0, 1), -1);
  EXPECT_EQ(stored.tensor.value(0, 2), 1);
}

TEST(Container, RoundTripsInEveryFormat) {
  std::vector<std::string> names = formats::one_name_each();
  ASSERT_GE(names.size(), 12U);
  for (const formats::ElementSummary& summary : formats::list_element_formats()) {
    std::string name = summary.pattern;
    for (size_t at = name.find('#'); at != std::string::npos; at = name.find('#')) name.replace(at, 1, "3");
    if (name != "fp16") names.push_back(name);
  }
  for (const std::string& name : names) {
    for (const BlockLayout layout :
         {BlockLayout{1, 1}, BlockLayout{4, 4}, BlockLayout{16, 3}, BlockLayout{3, 2}}) {
      const workloads::RealTensor x = random_tensor(7, 31, 11);
      const QuantizedTensor q = quantize_tensor(x, TensorFormat(name));
      const std::string bytes = write_tensor(q, layout);
      const StoredTensor stored = read_tensor(bytes, "t.vqt");
      EXPECT_EQ(stored.tensor.format(), name);
      EXPECT_EQ(stored.tensor.rows(), 7);
      EXPECT_EQ(stored.tensor.cols(), 31);
      if (std::holds_alternative<formats::QuantizedMatrix>(q.matrix)) {
        EXPECT_EQ(stored.layout.rows, layout.rows);
        EXPECT_EQ(stored.layout.lanes, layout.lanes);
      }
      for (int64_t i = 0; i < 7 * 31; ++i) {
        ASSERT_EQ(stored.tensor.code(i / 31, i % 31), q.code(i / 31, i % 31)) << name << " " << i;
        ASSERT_EQ(stored.tensor.value(i / 31, i % 31), q.value(i / 31, i % 31)) << name << " " << i;
      }
      EXPECT_EQ(write_tensor(stored.tensor, layout), bytes) << name;
    }
  }
}

TEST(Container, Damage_bad) {
  const std::string good =
      write_tensor(quantize_tensor(random_tensor(3, 8, 2), TensorFormat("int4_g4")), {2, 2});
  ASSERT_EQ(code_of_error(good), "");
  EXPECT_EQ(code_of_error("VERNIERP" + good.substr(8)), "QNT020");
  EXPECT_EQ(code_of_error(""), "QNT020");
  std::string version = good;
  version[8] = 2;
  EXPECT_EQ(code_of_error(version), "QNT021");
  EXPECT_EQ(code_of_error(good + "x"), "QNT022");
  EXPECT_EQ(code_of_error(good.substr(0, good.size() - 1)), "QNT022");
  for (size_t i = 24; i < good.size(); ++i) {
    std::string flipped = good;
    flipped[i] = static_cast<char>(flipped[i] ^ 4);
    EXPECT_EQ(code_of_error(flipped), "QNT022") << "the checksum sees byte " << i;
  }
}

TEST(Container, AWrongFormatNamesTheFile_bad) {
  try {
    static_cast<void>(read_tensor(with_header(start_of_payload("nope", 1, 3, 0)), "t.vqt"));
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()).rfind("error[QNT010]: t.vqt: 'nope'", 0), 0U) << error.what();
  }
}

TEST(Container, ImpossibleContents_bad) {
  const std::string layout = little_endian(1, 4) + little_endian(1, 4);
  const std::string ok = with_header(start_of_payload("int4_g4", 1, 3, 0) + layout +
                                     from_hex("003c"
                                              "2101"));
  ASSERT_EQ(code_of_error(ok), "");
  const auto group = [](const std::string& format, uint64_t rows, uint64_t cols, int kind,
                        uint64_t block_rows, uint64_t lanes, const std::string& hex) {
    return code_of_error(with_header(start_of_payload(format, rows, cols, kind) +
                                     little_endian(block_rows, 4) + little_endian(lanes, 4) + from_hex(hex)));
  };
  EXPECT_EQ(group("int4_g4", 1, 3, 1, 1, 1, "003c2101"), "QNT023") << "kind";
  EXPECT_EQ(group("int4_g4", 1, 3, 0, 0, 1, "003c2101"), "QNT023") << "rows of a block";
  EXPECT_EQ(group("int4_g4", 1, 3, 0, 4097, 1, "003c2101"), "QNT023") << "rows of a block";
  EXPECT_EQ(group("int4_g4", 1, 3, 0, 0xffffffff, 1, "003c2101"), "QNT023") << "rows of a block";
  EXPECT_EQ(group("int4_g4", 1, 3, 0, 1, 3, "003c2101"), "QNT023") << "lanes";
  EXPECT_EQ(group("int4_g4", 1, 3, 0, 1, 0xffffffff, "003c2101"), "QNT023") << "lanes";
  EXPECT_EQ(group("int4_g4", 1, 3, 0, 1, 1, "003c21"), "QNT022") << "short";
  EXPECT_EQ(group("int4_g4", 1, 3, 0, 1, 1, "003c2111"), "QNT023") << "padding";
  EXPECT_EQ(group("int4_g4", 1, 3, 0, 1, 1, "007c2101"), "QNT023") << "an infinite scale";
  EXPECT_EQ(group("int4_g4", 0, 3, 0, 1, 1, "003c2101"), "QNT022") << "no rows";
  EXPECT_EQ(group("int4_g4", uint64_t{1} << 62, 8, 0, 1, 1, "003c2101"), "QNT022") << "more than there is";
  EXPECT_EQ(group("int4_g4", uint64_t{1} << 63, 2, 0, 1, 1, "003c2101"), "QNT022")
      << "a product past 64 bits";
  // 4 codes beside a scale of 1: 3 elements of 4 bits and their padding.
  EXPECT_EQ(group("olive4_g4", 1, 3, 0, 1, 1, "003c2801"), "") << "an outlier beside its victim";
  EXPECT_EQ(group("olive4_g4", 1, 3, 0, 1, 1, "003c0801"), "QNT023") << "a victim without an outlier";
  EXPECT_EQ(group("olive4_g4", 1, 3, 0, 1, 1, "003c2108"), "QNT023") << "a victim without a neighbour";
  EXPECT_EQ(group("int4_ch", 1, 3, 0, 1, 1, "003c2101"), "");
  EXPECT_EQ(group("int4_ch", 1, 3, 0, 1, 1, "007c2101"), "QNT023") << "an infinite scale";
  EXPECT_EQ(group("int4_dgq_g4", 1, 3, 0, 1, 1, "003c122101"), "");
  EXPECT_EQ(group("int4_dgq_g4", 1, 3, 0, 1, 1, "003c132101"), "QNT023") << "group scale 19";
  EXPECT_EQ(group("int4_dgq_g4", 1, 3, 0, 1, 1, "003c128101"), "QNT023") << "code -8";
  // 16 bits of scale, 2 of selector, then 2, 1, 0 of 4 bits: 18 + 12 bits.
  EXPECT_EQ(group("ant4_g4", 1, 3, 0, 1, 1, "003c4a00"), "") << "pot";
  EXPECT_EQ(group("ant4_g4", 1, 3, 0, 1, 1, "003c4b00"), "QNT023") << "no such type";
  EXPECT_EQ(group("lut4_g4", 1, 3, 0, 1, 1, "003c2101"), "");
  EXPECT_EQ(group("lut4_g4", 1, 3, 0, 1, 4, "003c2111"), "QNT023") << "padding";
  EXPECT_EQ(group("int9_ch", 1, 3, 0, 1, 1, "003c2101"), "FMT001");
  EXPECT_EQ(group("int4_g0", 1, 3, 0, 1, 1, "003c2101"), "FMT001");
  const auto element = [](const std::string& format, const std::string& hex) {
    return code_of_error(with_header(start_of_payload(format, 1, 3, 1) + from_hex(hex)));
  };
  EXPECT_EQ(element("int3", "0000803f7b00"), "");
  EXPECT_EQ(element("int3", "0000803f7b02"), "QNT023") << "padding";
  EXPECT_EQ(element("int3", "000000007b00"), "QNT023") << "scale 0";
  EXPECT_EQ(element("int3", "0000807f7b00"), "QNT023") << "scale infinite";
  EXPECT_EQ(element("int3", "0000803f7b0000"), "QNT022") << "long";
  EXPECT_EQ(element("ternary", "0000803f02"), "QNT023") << "code 2 is no value";
  EXPECT_EQ(element("fp8_e5m2", "0000803f7c0000"), "QNT023") << "infinity";
}

TEST(Container, Layout_bad) {
  const auto code = [](const std::string& format, int rows, int lanes) -> std::string {
    try {
      check_layout(TensorFormat(format), {rows, lanes});
    } catch (const InputError& error) {
      return error.diagnostics().front().code;
    }
    return "";
  };
  EXPECT_EQ(code("int4_g128", 4096, 64), "");
  EXPECT_EQ(code("fp16", 1, 3), "");
  EXPECT_EQ(code("int4_g128", 1, 3), "QNT013");
  EXPECT_EQ(code("int4_g128", 4097, 1), "QNT013");
  EXPECT_EQ(code("int4_g128", 0, 1), "QNT013");
  EXPECT_EQ(code("int4_g128", 1, 65), "QNT013");
  EXPECT_EQ(code("fp16", 1, 0), "QNT013");
}

}  // namespace
}  // namespace vernier::quantize
