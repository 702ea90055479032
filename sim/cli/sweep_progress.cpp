// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/sweep_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace vernier::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kOnTerminal(200), kInLog(10000);
constexpr int kBar = 30;  // characters

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<uint64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

SweepProgress::SweepProgress(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {}

SweepProgress::~SweepProgress() {
  if (shown_ && terminal_) std::fputs("\r\033[K", stderr);
}

void SweepProgress::show(const sweep::Tally& tally) {
  const auto now = std::chrono::steady_clock::now();
  if (quiet_ || now < next_) return;
  next_ = now + (terminal_ ? kOnTerminal : kInLog);
  const uint64_t finished = tally.finished();
  const uint64_t since = finished - tally.before;
  std::string pace;
  if (since > 0 && tally.seconds > 0) {
    const double rate = static_cast<double>(since) / tally.seconds;
    pace = fmt::format(", {:.0f} per minute, {} left", 60 * rate,
                       duration_text(static_cast<double>(tally.points - finished) / rate));
  }
  const std::string failed = tally.failed > 0 ? fmt::format(", {} failed", tally.failed) : std::string();
  const std::string text = fmt::format("{} of {} points{}{}", finished, tally.points, failed, pace);
  if (!terminal_) {
    if (shown_ || since > 0) fmt::print(stderr, "{}\n", text);
    shown_ = true;
    return;
  }
  const auto full = tally.points == 0 ? kBar : static_cast<int>(finished * kBar / tally.points);
  fmt::print(stderr, "\r\033[K[{:{}}] {}", std::string(static_cast<size_t>(full), '#'), kBar, text);
  shown_ = true;
}

}  // namespace vernier::cli
