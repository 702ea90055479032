// SPDX-License-Identifier: Apache-2.0
// Small sweeps for tests, in a folder of their own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "sim/sweep/sample.h"
#include "sim/sweep/space.h"

namespace vernier::sweep::testing {

inline constexpr const char* kAccelerator = R"(name: tiny
clock: "1 GHz"
array: {pe: bitmod, rows: 4, cols: 4, lanes: 4}
weight_scratchpad: {capacity: "64 KiB", banks: 8, bank_width: "128 bit"}
activation_scratchpad: {capacity: "64 KiB", banks: 8, bank_width: "128 bit"}
output_scratchpad: {capacity: "64 KiB", banks: 8, bank_width: "128 bit"}
dram: {latency: "100 cycle", width: "256 bit"}
formats: {weight: bitmod4_g128, kv: int8_s8_g128}
decode: {array: {rows: 8}}
)";
inline constexpr const char* kGemms = "name: small\ngemms:\n  - {name: gemm, m: 6, n: 10, k: 256}\n";

/// What every sweep below begins with.
inline constexpr const char* kHead = "name: test\naccelerator: tiny.yaml\nworkload: gemm.yaml\n";

class SweepTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "vernier-sweep-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    write("tiny.yaml", kAccelerator);
    write("gemm.yaml", kGemms);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  /// The space of a text behind kHead; files are found beside it.
  [[nodiscard]] Space space(const std::string& rest, const std::string& head = kHead) const {
    const auto none = [](const std::string& name) -> std::string {
      throw InputError("CLI006", "no shipped file '" + name + "'");
    };
    return Space(parse_sweep(head + rest, (folder_ / "sweep.yaml").string()), {none, none});
  }

  /// Labels of the points, "4/bitmod/1", in their order.
  [[nodiscard]] static std::vector<std::string> labels(const Space& space) {
    std::vector<std::string> all;
    for (const uint64_t point : sample(space)) {
      std::string text;
      for (size_t axis = 0; axis < space.sweep().axes.size(); ++axis)
        text += (axis == 0 ? "" : "/") + space.value(axis, point).label;
      all.push_back(text);
    }
    return all;
  }

  std::filesystem::path folder_;
};

}  // namespace vernier::sweep::testing
