// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/run_units.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <future>
#include <thread>

#include "base/error.h"

namespace vernier::cli {

uint64_t at_least(int64_t low, const char* option, int64_t value) {
  if (value >= low) return static_cast<uint64_t>(value);
  throw InputError("COS002", fmt::format("{}: {} is less than {}", option, value, low));
}

std::vector<cosim::BlockResult> run_units(const std::vector<cosim::Unit>& units,
                                          const cosim::Options& options, uint64_t jobs,
                                          const std::function<void(const cosim::BlockResult&)>& done) {
  std::vector<std::future<cosim::BlockResult>> results(units.size());
  std::vector<std::promise<cosim::BlockResult>> promises(units.size());
  for (size_t i = 0; i < units.size(); ++i) results[i] = promises[i].get_future();
  std::atomic<size_t> next{0};
  std::atomic<uint64_t> vectors{0};
  const auto work = [&] {
    for (size_t i = next++; i < units.size(); i = next++) {
      try {
        promises[i].set_value(units[i].run(options, [&vectors](uint64_t) { ++vectors; }));
      } catch (...) {
        promises[i].set_exception(std::current_exception());
        next = units.size();
      }
    }
  };
  std::vector<std::thread> workers;
  for (uint64_t i = 0; i < std::min<uint64_t>(jobs, units.size()); ++i) workers.emplace_back(work);
  const auto join = [&workers] {
    for (std::thread& worker : workers) worker.join();
  };
  const bool terminal = isatty(STDERR_FILENO) != 0;
  std::vector<cosim::BlockResult> all;
  try {
    for (size_t i = 0; i < units.size(); ++i) {
      while (terminal && results[i].wait_for(std::chrono::milliseconds(200)) != std::future_status::ready) {
        fmt::print(stderr, "\r{} of {} blocks, {} vectors\x1b[K", i, units.size(), vectors.load());
      }
      all.push_back(results[i].get());
      if (terminal) fmt::print(stderr, "\r\x1b[K");
      done(all.back());
    }
  } catch (...) {
    next = units.size();
    join();
    throw;
  }
  join();
  return all;
}

}  // namespace vernier::cli
