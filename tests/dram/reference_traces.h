// SPDX-License-Identifier: Apache-2.0
// The traces of tests/dram/reference.yaml, 100,000 requests of 64 bytes each.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace vernier::dram {

/// One line per request, in the form of `vernier dram`.
inline std::string reference_trace(const std::string& name, int requests) {
  std::string text;
  uint64_t state = 12345;
  uint64_t a = 0, b = uint64_t{256} << 20, c = uint64_t{512} << 20;
  for (int i = 0; i < requests; ++i) {
    uint64_t address = static_cast<uint64_t>(i) * 64;
    bool write = false;
    if (name == "random") {
      state = state * 6364136223846793005U + 1442695040888963407U;
      address = (state >> 33) % (uint64_t{1} << 24) * 64;
    } else if (name != "sequential") {  // of ten, eight reads of two streams in turn, then two writes
      write = i % 10 >= 8;
      uint64_t& stream = write ? c : i % 2 == 0 ? a : b;
      address = stream;
      stream += 64;
    }
    text += fmt::format("{:#x} {}\n", address, write ? 'W' : 'R');
  }
  return text;
}

/// A file of a text, removed again.
class TraceFile {
 public:
  explicit TraceFile(const std::string& text)
      : path_((std::filesystem::temp_directory_path() / fmt::format("vernier-trace-{}", next_number()))
                  .string()) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TraceFile() { std::filesystem::remove(path_); }
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  static std::string next_number() {
    static int number = 0;
    return fmt::format("{}-{}", std::filesystem::hash_value(std::filesystem::canonical("/proc/self")),
                       number++);
  }
  std::string path_;
};

}  // namespace vernier::dram
