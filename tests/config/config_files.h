// SPDX-License-Identifier: Apache-2.0
// Files the configuration tests share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace vernier::config {

inline std::filesystem::path source_path(const std::string& relative) {
  return std::filesystem::path(VERNIER_SOURCE_DIR) / relative;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Compares with a golden file, or rewrites it if VERNIER_UPDATE_GOLDENS is 1.
inline void expect_golden(const std::string& relative, const std::string& text) {
  const char* update = std::getenv("VERNIER_UPDATE_GOLDENS");
  if (update != nullptr && std::string(update) == "1") {
    std::ofstream(source_path(relative), std::ios::binary) << text;
  }
  EXPECT_EQ(read_file(source_path(relative)), text)
      << relative << " differs; VERNIER_UPDATE_GOLDENS=1 rewrites it";
}

/// Every shipped accelerator configuration, relative to the repository, sorted.
inline std::vector<std::string> shipped_configs() {
  std::vector<std::string> paths;
  for (const char* folder : {"configs/accelerators", "configs/paper"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source_path(folder))) {
      if (entry.path().extension() == ".yaml") {
        paths.push_back(std::filesystem::relative(entry.path(), VERNIER_SOURCE_DIR).string());
      }
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// A valid configuration with only the required keys.
inline const char* const kMinimal = R"(name: minimal
clock: "1 GHz"
array: {pe: fp16_mac, rows: 4, cols: 4, lanes: 1}
weight_scratchpad: {capacity: "64 KiB", banks: 8, bank_width: "128 bit"}
activation_scratchpad: {capacity: "64 KiB", banks: 8, bank_width: "128 bit"}
output_scratchpad: {capacity: "64 KiB", banks: 8, bank_width: "128 bit"}
dram: {latency: "100 cycle", width: "256 bit"}
formats: {weight: fp16}
)";

}  // namespace vernier::config
