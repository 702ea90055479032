// SPDX-License-Identifier: Apache-2.0
// Memory traces, line by line from a file of any length: `0x<hex address> R|W [arrival clock]`, `#` comments.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vernier::dram {

struct TraceRequest {
  uint64_t address = 0;
  bool write = false;
  uint64_t arrival = 0;  ///< DRAM clock; 0 if the trace has none
};

class TraceReader {
 public:
  /// `path` may be "-": standard input. Addresses must be below `capacity_bytes`. Throws InputError DRM001.
  TraceReader(const std::string& path, uint64_t capacity_bytes);
  ~TraceReader();
  TraceReader(const TraceReader&) = delete;
  TraceReader& operator=(const TraceReader&) = delete;

  /// The next request; none at the end. Throws InputError with file, line and column: DRM002 a line that is
  /// none, DRM003 an arrival before that of the line above, DRM004 an address beyond the capacity.
  std::optional<TraceRequest> next();
  /// Whether the requests have arrival clocks; known after the first.
  [[nodiscard]] bool has_arrivals() const { return arrivals_ == Arrivals::all; }

 private:
  enum class Arrivals : uint8_t { unknown, none, all };

  bool next_line(std::string_view& line);
  bool refill();
  TraceRequest parse(std::string_view line);
  [[noreturn]] void fail(const char* code, size_t at, const std::string& message,
                         const std::string& help = {});

  std::string path_;
  uint64_t capacity_;
  std::FILE* file_ = nullptr;
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0;  // what is left of it
  int line_ = 0;
  Arrivals arrivals_ = Arrivals::unknown;
  uint64_t last_arrival_ = 0;
};

}  // namespace vernier::dram
