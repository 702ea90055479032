// SPDX-License-Identifier: Apache-2.0
// The safetensors reader on files laid out by hand from the description of the format.
#include "tests/quantize/tensor_bytes.h"

namespace vernier::workloads {
namespace {

// 1, -2, 0.5, 3 in each type, bits written down from the definitions of the types.
const std::string kFp16 = from_hex("003c00c000380042");
const std::string kBf16 = from_hex("803f00c0003f4040");
const std::string kFp32 = from_hex("0000803f000000c00000003f00004040");
const std::string kFp64 = from_hex("000000000000f03f00000000000000c0000000000000e03f0000000000000840");

std::string one(const std::string& fields, const std::string& data) {
  return safetensors("{\"w\":{" + fields + "}}", data);
}

TEST(Safetensors, ReadsEveryRealType) {
  const std::string file = safetensors(
      "{\"__metadata__\":{\"format\":\"pt\"},"
      "\"d\":{\"dtype\":\"F64\",\"shape\":[4,1],\"data_offsets\":[40,72]},"
      "\"a\":{\"dtype\":\"F16\",\"shape\":[2,2],\"data_offsets\":[0,8]},"
      "\"mask\":{\"dtype\":\"BOOL\",\"shape\":[2,4],\"data_offsets\":[8,16]},"
      "\"b\":{\"dtype\":\"BF16\",\"shape\":[1,4],\"data_offsets\":[16,24]},"
      "\"c/\\u00e9\":{\"dtype\":\"F32\",\"shape\":[2,1,2],\"data_offsets\":[24,40]}}   ",
      kFp16 + std::string(8, '\1') + kBf16 + kFp32 + kFp64);
  const auto tensors = open_tensors(view_bytes(file, "m"))->tensors();
  std::vector<std::string> names;
  for (const TensorInfo& info : tensors) names.push_back(info.name);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "mask", "b", "c/\u00e9", "d"}))
      << "in the order of the data";
  EXPECT_FALSE(tensors[1].is_real);
  for (const TensorInfo& info : tensors) {
    if (!info.is_real) continue;
    const RealTensor tensor = read_bytes(file, info.name);
    EXPECT_EQ(tensor.values, (std::vector<float>{1, -2, 0.5, 3})) << info.name;
    EXPECT_EQ(tensor.rows, static_cast<int64_t>(info.shape[0]));
    EXPECT_EQ(tensor.rows * tensor.cols, 4);
  }
  expect_error("QNT004", "BOOL", file, "mask");
  expect_error("QNT005", "did you mean 'mask'", file, "msk");
}

TEST(Safetensors, DamagedFiles_bad) {
  const std::string shape = "\"dtype\":\"F32\",\"shape\":[2,2],";
  ASSERT_EQ(error_of(one(shape + "\"data_offsets\":[0,16]", kFp32)).first, "");
  const std::vector<std::pair<std::string, std::string>> fields = {
      {shape + "\"data_offsets\":[0,12]", "do not take the 12 bytes"},
      {shape + "\"data_offsets\":[0,20]", "20"},
      {shape + "\"data_offsets\":[16,0]", "not a begin and an end"},
      {shape + "\"data_offsets\":[0]", "not a begin and an end"},
      {shape + "\"data_offsets\":[-16,0]", "a whole number is missing"},
      {shape + "\"data_offsets\":[0,1e9]", "a whole number is missing"},
      {shape + "\"data_offsets\":[18446744073709551600,18446744073709551615]", "not a begin"},
      {shape, ""},
      {"\"shape\":[2,2],\"data_offsets\":[0,16]", "dtype is missing"},
      {"\"dtype\":7,\"shape\":[2,2],\"data_offsets\":[0,16]", "dtype is missing"},
      {"\"dtype\":\"F32\",\"shape\":4,\"data_offsets\":[0,16]", "shape: a list is missing"},
      {"\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,16]", "do not take"},
      {"\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,16]", "do not take"},
      {shape + "\"shape\":[4,1],\"data_offsets\":[0,16]", "'shape' twice"},
      {"\"dtype\":\"F32\",\"shape\":[[[2]]],\"data_offsets\":[0,16]", "nested"}};
  for (const auto& [text, part] : fields) expect_error("QNT003", part, one(text, kFp32));
  expect_error("QNT003", "belong to no tensor", one(shape + "\"data_offsets\":[0,16]", kFp32 + "x"));
  expect_error("QNT003", "belong to no tensor", safetensors("{}", "x"));
  expect_error("QNT003", "not JSON", safetensors("{\"w\":", kFp32));
  expect_error("QNT003", "not JSON", safetensors("{\"\xff\":{}}", ""));
  expect_error("QNT003", "only 2 are left", little_endian(3, 8) + "{}");
  expect_error("QNT003", "longer than 100000000", little_endian(uint64_t{1} << 63, 8) + "{}");
  expect_error("QNT003", "dtype is missing", safetensors("{\"w\":3}", ""));
}

TEST(Safetensors, HolesAndOverlaps_bad) {
  const auto two = [](const std::string& first, const std::string& second) {
    const std::string shape = "{\"dtype\":\"F16\",\"shape\":[1,4],\"data_offsets\":";
    return safetensors("{\"a\":" + shape + first + "},\"b\":" + shape + second + "}}", kFp16 + kFp16);
  };
  EXPECT_EQ(error_of(two("[8,16]", "[0,8]"), "a").first, "");
  expect_error("QNT003", "begins at byte 4", two("[0,8]", "[4,12]"));
  expect_error("QNT003", "begins at byte 0", two("[0,8]", "[0,8]"));
  expect_error("QNT003", "begins at byte 1", two("[1,9]", "[9,17]").substr(0) + "x");
}

TEST(Safetensors, DeepNestingIsRefusedEarly_bad) {
  const std::string file = safetensors("{\"w\":" + std::string(1000000, '[') + "}", "");
  expect_error("QNT003", "nested too deeply", file);
}

}  // namespace
}  // namespace vernier::workloads
