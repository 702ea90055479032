// SPDX-License-Identifier: Apache-2.0
// Layers that are cut from tensors of files are windows of these tensors, and nothing else changes.
#include "sim/cosim/layer_tensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/error.h"
#include "models/array/pe_array_model.h"
#include "models/formats/ieee.h"
#include "sim/cosim/regression.h"
#include "tests/lockstep/faulty_array.h"

namespace vernier::cosim {
namespace {

const machine::ArrayParams kBitmod{"bitmod", 3, 5, 4, machine::Delivery::systolic};
const machine::ArrayParams kFp16Mac{"fp16_mac", 5, 7, 1, machine::Delivery::systolic};
constexpr int64_t kRows = 11, kCols = 70;

quantize::StoredTensor stored(const std::string& name, const std::string& format) {
  std::vector<float> values;
  for (int64_t i = 0; i < kRows * kCols; ++i)
    values.push_back(static_cast<float>(std::sin(0.37 * static_cast<double>(i * i))));
  quantize::StoredTensor tensor;
  tensor.tensor.name = name;
  tensor.tensor.matrix = formats::quantize(values.data(), kRows, kCols, formats::group_format(format));
  tensor.file = name + ".vqt";
  return tensor;
}

/// The two numbers of "... from row N, column K...".
std::pair<int64_t, int64_t> window_of(const std::string& kind) {
  const size_t row = kind.find("from row ");
  const size_t column = kind.find(", column ");
  EXPECT_NE(row, std::string::npos) << kind;
  return {std::stoll(kind.substr(row + 9)), std::stoll(kind.substr(column + 9))};
}

/// Every operand of the pass is that of the tensor at its place.
void expect_window(const machine::ArrayParams& array, const TestVector& vector,
                   const formats::QuantizedMatrix& matrix, std::set<int64_t>& starts) {
  SCOPED_TRACE(vector.kind);
  const Pass& pass = vector.pass;
  ASSERT_EQ(pass.format.name, matrix.format.name);
  const auto [n0, k0] = window_of(vector.kind);
  starts.insert(k0);
  const int64_t group = matrix.format.group_size;
  const int64_t groups = (kCols + group - 1) / group;
  ASSERT_EQ(k0 % group, 0);
  ASSERT_LE(n0 + pass.rows, kRows);
  int64_t k = k0;
  for (const Step& step : pass.steps) {
    for (int64_t r = 0; r < pass.rows; ++r) {
      for (int64_t lane = 0; lane < array.lanes; ++lane) {
        const auto at = static_cast<size_t>((n0 + r) * kCols + k + lane);
        ASSERT_EQ(step.weights[static_cast<size_t>(r * array.lanes + lane)],
                  k + lane < kCols ? matrix.codes[at] : 0);
      }
      const auto at = static_cast<size_t>((n0 + r) * groups + k / group);
      EXPECT_EQ(step.scales[static_cast<size_t>(r)], matrix.scales[at]);
      EXPECT_EQ(step.tags[static_cast<size_t>(r)], matrix.selectors[at]);
    }
    k += array.lanes;
    EXPECT_EQ(step.group_last, k % group == 0 || k >= kCols);
    EXPECT_EQ(step.pass_last, &step == &pass.steps.back());
  }
  EXPECT_TRUE(k % group == 0 || k >= kCols) << "ends within a group";
  for (int64_t r = 0; r < pass.rows; ++r) {
    EXPECT_EQ(pass.channel_scales[static_cast<size_t>(r)],
              matrix.channel_scales[static_cast<size_t>(n0 + r)]);
  }
}

TEST(LayerTensors, layers_are_windows_of_the_tensor) {
  const std::vector<quantize::StoredTensor> tensors = {stored("w", "bitmod4_g16")};
  const auto& matrix = std::get<formats::QuantizedMatrix>(tensors[0].tensor.matrix);
  std::set<int64_t> starts;
  for (uint64_t index = 2; index < 400; index += 4) {
    const TestVector vector = make_vector(kBitmod, 1, index, tensors);
    ASSERT_EQ(vector.kind.find("layer ('w' from row "), 0U) << vector.kind;
    expect_window(kBitmod, vector, matrix, starts);
    EXPECT_EQ(make_vector(kBitmod, 1, index, tensors).pass.expected, vector.pass.expected);
  }
  EXPECT_EQ(starts, (std::set<int64_t>{0, 16, 32, 48, 64}));
}

TEST(LayerTensors, every_tensor_that_the_array_takes_is_used) {
  const std::vector<quantize::StoredTensor> tensors = {stored("a", "bitmod4_g16"), stored("b", "int6_s8_g8"),
                                                       stored("half", "fp16"), stored("odd", "bitmod3_g2")};
  std::set<std::string> used;
  for (uint64_t index = 2; index < 200; index += 4) {
    const std::string kind = make_vector(kBitmod, 3, index, tensors).kind;
    used.insert(kind.substr(0, kind.find(" from")));
  }
  EXPECT_EQ(used, (std::set<std::string>{"layer ('a'", "layer ('b'"}));
}

TEST(LayerTensors, other_arrays_and_other_vectors_stay_as_they_are) {
  const std::vector<quantize::StoredTensor> tensors = {stored("w", "bitmod4_g16")};
  for (uint64_t index = 0; index < 64; ++index) {
    const TestVector without = make_vector(kFp16Mac, 1, index);
    const TestVector with = make_vector(kFp16Mac, 1, index, tensors);
    EXPECT_EQ(with.text(), without.text());
    EXPECT_EQ(with.pass.expected, without.pass.expected);
    if (index % 4 == 2) continue;
    EXPECT_EQ(make_vector(kBitmod, 1, index, tensors).text(), make_vector(kBitmod, 1, index).text());
    EXPECT_EQ(make_vector(kBitmod, 1, index, tensors).pass.expected,
              make_vector(kBitmod, 1, index).pass.expected);
  }
}

TEST(LayerTensors, tensors_with_fewer_rows_than_the_array) {
  quantize::StoredTensor one = stored("one", "fp16");
  const auto& all = std::get<formats::QuantizedMatrix>(one.tensor.matrix);
  formats::QuantizedMatrix row = all;
  row.rows = 1;
  row.codes.resize(kCols);
  one.tensor.matrix = row;
  for (uint64_t index = 2; index < 100; index += 4) {
    const Pass pass = make_vector(kFp16Mac, 1, index, {one}).pass;
    ASSERT_EQ(pass.rows, 1);
    EXPECT_EQ(pass.channel_scales[0], formats::kFp16One);
  }
}

TEST(LayerTensors, tensors_nobody_takes_bad) {
  check_taken({kFp16Mac, kBitmod}, {stored("w", "bitmod4_g16"), stored("half", "fp16")});
  try {
    check_taken({kFp16Mac}, {stored("half", "fp16"), stored("w", "bitmod4_g16")});
    FAIL() << "not refused";
  } catch (const InputError& error) {
    EXPECT_STREQ(
        error.what(),
        "error[COS010]: w.vqt: tensor 'w': found format bitmod4_g16, which no selected array takes in "
        "groups of whole steps\n  help: quantize it to a format of these PEs (`vernier list pe`)");
  }
}

// The command that repeats a mismatch names the files that the array takes, and no others: they would be
// refused.
TEST(LayerTensors, mismatch_in_a_layer_of_a_file_is_repeated_with_the_file_bad) {
  const auto model = [] {
    return std::make_unique<array::PeArrayModel>(
        kBitmod, std::vector<formats::GroupFormat>{formats::group_format("bitmod4_g128")});
  };
  const Block block{kBitmod, [&model] {
                      return std::make_unique<FaultyArray>(model(), kBitmod.rows,
                                                           [](auto& out, std::vector<uint32_t>& data, int) {
                                                             if (out.out_valid) data[0] ^= 1U;
                                                           });
                    }};
  Options options{1, 2, 1};
  options.weights = {stored("w", "bitmod4_g16"), stored("half", "fp16")};
  const BlockResult result = run_block(block, options);
  ASSERT_TRUE(result.mismatch);
  EXPECT_EQ(result.mismatch->vector_text.find("layer ('w' from row "), 0U) << result.mismatch->vector_text;
  EXPECT_EQ(result.mismatch->command,
            "vernier cosim bitmod_3x5x4_systolic --seed 1 --first 2 --vectors 1 --weights w.vqt");
}

}  // namespace
}  // namespace vernier::cosim
