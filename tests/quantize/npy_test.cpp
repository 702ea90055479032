// SPDX-License-Identifier: Apache-2.0
// The .npy reader on files that NumPy wrote and on files made by hand.
#include <cmath>
#include <limits>

#include "tests/quantize/numpy_files.h"
#include "tests/quantize/tensor_bytes.h"

namespace vernier::workloads {
namespace {

const std::vector<float> kValues{1.5F, -2.25F, 0.0F, 4.0F, -0.125F, 7.0F};

std::string dictionary(const std::string& descr, const std::string& fortran, const std::string& shape) {
  return "{'descr': " + descr + ", 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

TEST(Npy, ReadsWhatNumpyWrote) {
  const std::vector<std::pair<const char*, const char*>> files = {
      {numpy_files::kC4v1, "fp32"}, {numpy_files::kF8v2, "fp64"}, {numpy_files::kF2v3, "fp16"}};
  for (const auto& [hex, type] : files) {
    const RealTensor tensor = read_bytes(from_hex(hex));
    EXPECT_EQ(tensor.info.name, "t");
    EXPECT_EQ(tensor.info.type, type);
    EXPECT_EQ(tensor.rows, 2);
    EXPECT_EQ(tensor.cols, 3);
    EXPECT_EQ(tensor.values, kValues) << type;
  }
}

TEST(Npy, MoreDimensionsBecomeColumnsInRowMajorOrder) {
  const RealTensor tensor = read_bytes(from_hex(numpy_files::kCube));
  EXPECT_EQ(tensor.info.shape, (std::vector<uint64_t>{2, 3, 2}));
  EXPECT_EQ(tensor.rows, 2);
  EXPECT_EQ(tensor.cols, 6);
  for (size_t i = 0; i < 12; ++i) EXPECT_EQ(tensor.values[i], static_cast<float>(i + 1)) << i;
}

TEST(Npy, DictionariesThatPythonMayWrite) {
  const std::string data = fp32_bytes(kValues);
  for (const char* text : {"{\"shape\":(2L,3L),\"fortran_order\":False,\"descr\":\"<f4\"}",
                           "{ 'descr' : '<f4', 'fortran_order':False , 'shape': ( 2 , 3 , ) } \n",
                           "{'descr':'<f4','fortran_order':False,'shape':(2,3,1)}"}) {
    EXPECT_EQ(read_bytes(npy(text, data)).values, kValues) << text;
  }
}

TEST(Npy, Fp64IsRoundedOnceAndMayNotOverflow_bad) {
  const auto one = [](double value) {
    uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return npy(dictionary("'<f8'", "False", "(1, 1)"), little_endian(bits, 8));
  };
  EXPECT_EQ(read_bytes(one(0.1)).values[0], 0.1F);
  EXPECT_EQ(read_bytes(one(1 + 0x1p-24)).values[0], 1.0F) << "a tie goes to even";
  EXPECT_EQ(read_bytes(one(1 + 3 * 0x1p-24)).values[0], 1 + 0x1p-22F) << "a tie goes to even";
  const double largest = std::numeric_limits<float>::max();
  EXPECT_EQ(read_bytes(one(largest + 0x1p102)).values[0], std::numeric_limits<float>::max());
  expect_error("QNT007", "[0][0]", one(largest + 0x1p103));
  EXPECT_TRUE(std::isinf(read_bytes(one(-INFINITY)).values[0]));
}

TEST(Npy, DamagedHeaders_bad) {
  const std::string data = fp32_bytes(kValues);
  const std::string good = dictionary("'<f4'", "False", "(2, 3)");
  ASSERT_EQ(error_of(npy(good, data)).first, "");
  expect_error("QNT003", "only 23 are left", npy(good, data.substr(1)).substr(0, 10 + 23));
  expect_error("QNT003", "take 24 bytes, but 23", npy(good, data.substr(1)));
  expect_error("QNT003", "take 24 bytes, but 25", npy(good, data + "x"));
  const std::vector<std::pair<std::string, std::string>> headers = {
      {dictionary("'<f4'", "False", "(4294967296, 4294967296, 4)"), "more than 2^64"},
      {dictionary("'<f4'", "False", "(4611686018427387904, 4)"), "more than 2^64"},
      {dictionary("'<f4'", "False", "(18446744073709551616, 1)"), "64 bits"},
      {dictionary("'<f4'", "False", "(-2, 3)"), "a dimension is missing"},
      {dictionary("'<f4'", "False", "(6)"), "ends in a comma"},
      {dictionary("'<f4'", "false", "(2, 3)"), "True or False"},
      {dictionary("'<f4", "False", "(2, 3)"), "'}' is missing"},
      {"{'descr': '<f4', 'fortran_order': False}", "key 'shape' is missing"},
      {"{'descr': '<f4', 'descr': '<f4'}", "given twice"},
      {"{'descr': '<f4', 'order': 'C'}", "key 'order'"},
      {good + "{", "something follows"},
      {"", "'{' is missing"}};
  for (const auto& [text, part] : headers) expect_error("QNT003", part, npy(text, data));
}

TEST(Npy, WhatIsNotRead_bad) {
  const std::string data(48, '\0');
  for (const char* type : {"'<i4'", "'|b1'", "'<c8'", "'f4'", "'|f4'", "'<f16'", "'|O'", "'<U3'"}) {
    expect_error("QNT004", "not real numbers", npy(dictionary(type, "False", "(2, 3)"), data));
  }
  expect_error("QNT004", "records", npy(dictionary("[('x', '<f4')]", "False", "(2, 3)"), data));
  std::string version = npy(dictionary("'<f4'", "False", "(2, 3)"), data);
  version[6] = 4;
  expect_error("QNT004", "version 4.0", version);
  expect_error("QNT006", "a scalar", npy(dictionary("'<f4'", "False", "()"), data.substr(0, 4)));
  expect_error("QNT006", "of shape 3", npy(dictionary("'<f4'", "False", "(3,)"), data.substr(0, 12)));
  expect_error("QNT006", "0 x 3", npy(dictionary("'<f4'", "False", "(0, 3)"), ""));
  expect_error("QNT005", "no tensor 'x'", npy(dictionary("'<f4'", "False", "(3, 4)"), data), "x");
}

TEST(TensorFile, OtherKindsOfFile_bad) {
  expect_error("QNT002", "neither", "");
  expect_error("QNT002", "neither", "12345678[");
  expect_error("QNT002", "zip", std::string("PK\x03\x04", 4) + "w.npy");
  EXPECT_THROW(open_bytes(VERNIER_SOURCE_DIR "/no/such/file"), InputError);
  EXPECT_THROW(open_bytes(VERNIER_SOURCE_DIR), InputError);
}

}  // namespace
}  // namespace vernier::workloads
