// SPDX-License-Identifier: Apache-2.0
// Damaged files of every kind: each is read or refused with an InputError, never anything else. Built with
// the sanitizers this also shows that nothing is read past the end: the bytes lie in a block of exactly their
// size.
#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "models/isa/program_binary.h"
#include "sim/quantize/container.h"
#include "sim/quantize/report.h"
#include "tests/quantize/numpy_files.h"
#include "tests/quantize/real_tensor.h"
#include "tests/quantize/tensor_bytes.h"

namespace vernier::quantize {
namespace {

constexpr int kFlips = 4000;
constexpr size_t kContainerHeader = 24;

struct Outcomes {
  int read = 0;
  int refused = 0;
};

/// Hands the bytes to `use` without a byte of room behind them.
template <typename Use>
void attempt(const std::string& bytes, Use use, Outcomes& outcomes, const std::string& label) {
  const std::unique_ptr<char[]> exact(new char[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), exact.get());
  try {
    use(std::string_view(exact.get(), bytes.size()));
    ++outcomes.read;
  } catch (const InputError& error) {
    ++outcomes.refused;
    EXPECT_FALSE(error.diagnostics().front().code.empty());
  } catch (const std::exception& error) {
    ADD_FAILURE() << label << ": " << error.what();
  }
}

void use_tensors(std::string_view bytes) {
  const auto file = workloads::open_tensors(workloads::view_bytes(bytes, "t.npy"));
  for (const workloads::TensorInfo& info : file->tensors()) {
    const workloads::RealTensor tensor = file->read(info.name);
    static_cast<void>(evaluate(tensor, quantize_tensor(tensor, TensorFormat("int4_g2")), 3));
  }
}

void use_container(std::string_view bytes) {
  const StoredTensor stored = read_tensor(bytes, "t.vqt");
  double sum = 0;
  for (int64_t row = 0; row < stored.tensor.rows(); ++row) {
    for (int64_t col = 0; col < stored.tensor.cols(); ++col) sum += stored.tensor.value(row, col);
  }
  EXPECT_EQ(write_tensor(stored.tensor, stored.layout), bytes) << "one file for one tensor";
  static_cast<void>(sum);
}

/// One to three bytes become others.
std::string damaged(std::string bytes, std::mt19937& random) {
  for (auto n = random() % 3 + 1; n > 0; --n) {
    // Half of the damage in the first part, where sizes and names are.
    const size_t within = random() % 2 == 0 ? std::min<size_t>(bytes.size(), 80) : bytes.size();
    char& byte = bytes[random() % within];
    byte = random() % 2 == 0 ? static_cast<char>(byte ^ (1 << random() % 8)) : static_cast<char>(random());
  }
  return bytes;
}

template <typename Use, typename Repair>
void fuzz(const std::string& name, const std::string& bytes, Use use, Repair repair) {
  Outcomes whole;
  attempt(bytes, use, whole, name);
  EXPECT_EQ(whole.read, 1) << name;
  Outcomes cut;
  for (size_t size = 0; size < bytes.size(); ++size) {
    attempt(bytes.substr(0, size), use, cut, name + ", cut to " + std::to_string(size));
    attempt(repair(bytes.substr(0, size)), use, cut,
            name + ", cut to " + std::to_string(size) + " and repaired");
  }
  EXPECT_EQ(cut.read, 0) << name << ": a part is not a file";
  const uint32_t seed = 20240607;
  std::mt19937 random(seed);
  Outcomes flipped;
  for (int i = 0; i < kFlips; ++i) {
    attempt(repair(damaged(bytes, random)), use, flipped, fmt::format("{}, seed {}, flip {}", name, seed, i));
  }
  EXPECT_GT(flipped.read, 0) << name;
  EXPECT_GT(flipped.refused, kFlips / 20) << name;
}

std::string as_is(std::string bytes) { return bytes; }

/// Size and checksum made right again, so that the damage behind them is met.
std::string with_right_checksum(std::string bytes) {
  if (bytes.size() < kContainerHeader) return bytes;
  const std::string payload = bytes.substr(kContainerHeader);
  return bytes.substr(0, 12) + workloads::little_endian(payload.size(), 8) +
         workloads::little_endian(isa::checksum(payload), 4) + payload;
}

TEST(Fuzz, Npy) {
  for (const char* hex : {workloads::numpy_files::kC4v1, workloads::numpy_files::kF8v2,
                          workloads::numpy_files::kF2v3, workloads::numpy_files::kCube}) {
    fuzz(std::string(hex).substr(0, 20), workloads::from_hex(hex), use_tensors, as_is);
  }
}

TEST(Fuzz, Safetensors) {
  const std::string header =
      "{\"__metadata__\":{\"a\":\"b\"},\"x\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
      "\"y\":{\"dtype\":\"BF16\",\"shape\":[1,3],\"data_offsets\":[16,22]}}";
  fuzz("safetensors",
       workloads::safetensors(header, workloads::fp32_bytes({1, 2, 3, 4}) + "\x01\x3f\x02\x3e\x03\x3d"),
       use_tensors, as_is);
}

TEST(Fuzz, Container) {
  for (const char* format :
       {"int4_g4", "int5_asym_g6", "int3_s8_g2", "bitmod3_g8", "bitmod4_g4", "fp16", "int4_ch", "int4_dgq_g4",
        "ant4_g4", "olive4_g4", "lut3_g4", "lut2_asym_g4", "int3", "fp8_e4m3", "ternary", "fp32"}) {
    const QuantizedTensor q = quantize_tensor(random_tensor(3, 7, 9), TensorFormat(format));
    fuzz(format, write_tensor(q, {2, 2}), use_container, with_right_checksum);
  }
}

}  // namespace
}  // namespace vernier::quantize
