// SPDX-License-Identifier: Apache-2.0
#include "sim/dram/trace_reader.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/printable.h"

namespace vernier::dram {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 20;
constexpr size_t kLongestLine = 4096;
constexpr const char* kForm = "a line is `0x<hex address> R|W [arrival clock]`, comments start with #";

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

TraceReader::TraceReader(const std::string& path, uint64_t capacity_bytes)
    : path_(path == "-" ? "<stdin>" : path), capacity_(capacity_bytes), buffer_(kBufferBytes) {
  std::error_code ignored;
  if (path == "-") {
    file_ = stdin;
  } else if (std::filesystem::is_directory(path, ignored)) {
    throw InputError("DRM001", "is a folder, a memory trace is due", {path_, 0, 0});
  } else if (file_ = std::fopen(path.c_str(), "rb"); file_ == nullptr) {
    throw InputError("DRM001", fmt::format("cannot open memory trace: {}", std::strerror(errno)),
                     {path_, 0, 0});
  }
}

TraceReader::~TraceReader() {
  if (file_ != nullptr && file_ != stdin) std::fclose(file_);
}

bool TraceReader::refill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const size_t got = std::fread(buffer_.data() + end_, 1, buffer_.size() - end_, file_);
  if (got == 0 && std::ferror(file_) != 0) {
    throw InputError("DRM001", "cannot read memory trace", {path_, line_, 0});
  }
  end_ += got;
  return got > 0;
}

bool TraceReader::next_line(std::string_view& line) {
  while (true) {
    const auto* found = static_cast<const char*>(std::memchr(buffer_.data() + begin_, '\n', end_ - begin_));
    if (found != nullptr) {
      ++line_;
      line = {buffer_.data() + begin_, static_cast<size_t>(found - buffer_.data()) - begin_};
      begin_ += line.size() + 1;
      return true;
    }
    if (end_ - begin_ > kLongestLine) {
      ++line_;
      fail("DRM002", 0,
           fmt::format("a line of more than {} characters is none of a memory trace", kLongestLine), kForm);
    }
    if (refill()) continue;
    if (begin_ == end_) return false;
    ++line_;
    line = {buffer_.data() + begin_, end_ - begin_};
    begin_ = end_;
    return true;
  }
}

std::optional<TraceRequest> TraceReader::next() {
  std::string_view line;
  while (next_line(line)) {
    if (const size_t comment = line.find('#'); comment != std::string_view::npos)
      line = line.substr(0, comment);
    while (!line.empty() && blank(line.back())) line.remove_suffix(1);
    if (!line.empty()) return parse(line);
  }
  return std::nullopt;
}

TraceRequest TraceReader::parse(std::string_view line) {
  TraceRequest request;
  const char* at = line.data();
  const char* const end = at + line.size();
  const auto column = [&line, &at] { return static_cast<size_t>(at - line.data()); };
  const auto skip = [&at, end] {
    while (at != end && blank(*at)) ++at;
  };
  const auto word = [&at, end] {
    const char* stop = at;
    while (stop != end && !blank(*stop)) ++stop;
    return printable(std::string(at, stop));
  };
  const auto number = [&](uint64_t& value, int base, const char* what) {
    const auto [stop, error] = std::from_chars(at, end, value, base);
    if (error == std::errc::result_out_of_range)
      fail("DRM002", column(), fmt::format("{} '{}' needs more than 64 bits", what, word()));
    if (error != std::errc() || (stop != end && !blank(*stop))) {
      fail("DRM002", column(), fmt::format("found '{}', {} is due", word(), what), kForm);
    }
    at = stop;
  };
  skip();
  const size_t address_at = column();
  if (end - at < 2 || at[0] != '0' || (at[1] != 'x' && at[1] != 'X')) {
    fail("DRM002", column(), fmt::format("found '{}', an address 0x... is due", word()), kForm);
  }
  at += 2;
  number(request.address, 16, "a hexadecimal address");
  skip();
  if (at == end || (*at != 'R' && *at != 'W') || (at + 1 != end && !blank(at[1]))) {
    fail("DRM002", column(),
         at == end ? "the line ends, R or W is due" : fmt::format("found '{}', R or W is due", word()),
         kForm);
  }
  request.write = *at++ == 'W';
  skip();
  const Arrivals here = at == end ? Arrivals::none : Arrivals::all;
  const size_t arrival_at = column();
  if (here == Arrivals::all) number(request.arrival, 10, "an arrival clock");
  skip();
  if (at != end)
    fail("DRM002", column(), fmt::format("found '{}' after the end of the request", word()), kForm);
  if (arrivals_ != Arrivals::unknown && arrivals_ != here) {
    fail("DRM002", arrival_at,
         here == Arrivals::none ? "the arrival clock is missing, which earlier lines have"
                                : "found an arrival clock, which earlier lines do not have",
         "give all requests an arrival clock, or none");
  }
  arrivals_ = here;
  if (request.arrival < last_arrival_) {
    fail("DRM003", arrival_at,
         fmt::format("arrival {} is before that of the request above, {}", request.arrival, last_arrival_),
         "sort the trace by arrival");
  }
  last_arrival_ = request.arrival;
  if (request.address >= capacity_) {
    fail("DRM004", address_at,
         fmt::format("address {:#x} is beyond the capacity, {:#x}", request.address, capacity_),
         "give the memory more channels, or choose a larger part");
  }
  return request;
}

void TraceReader::fail(const char* code, size_t at, const std::string& message, const std::string& help) {
  throw InputError(code, message, {path_, line_, static_cast<int>(at) + 1}, help);
}

}  // namespace vernier::dram
