// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/runner.h"

#include <algorithm>
#include <chrono>

#include "sim/sweep/workers.h"

namespace vernier::sweep {
namespace {

constexpr int kProgressMs = 200;
constexpr int kMostDeaths = 2;  // of workers with the same point

class Runner {
 public:
  Runner(const Space& space, const std::vector<uint64_t>& points, Store& store, const RunnerOptions& options)
      : space_(space),
        points_(points),
        store_(store),
        options_(options),
        present_(store.present()),
        finished_(store.identities()),
        workers_(std::max<size_t>(1, options.jobs), [&space, &points](uint64_t point) {
          return to_line(evaluate(space, point, points[point]));
        }) {}

  Tally run() {
    const uint64_t count = options_.which ? options_.which->size() : points_.size();
    const auto at = [this](uint64_t i) { return options_.which ? (*options_.which)[i] : i; };
    tally_.points = count;
    for (uint64_t i = 0; i < count; ++i) tally_.before += present_[at(i)] ? 1 : 0;
    report();
    for (uint64_t next = 0; workers_.busy() > 0 || next < count;) {
      while (workers_.idle() > 0 && next < count) begin(at(next++));
      if (workers_.busy() == 0) continue;
      for (const Answer& answer : workers_.wait(kProgressMs)) take(answer);
      report();
    }
    report();
    return tally_;
  }

 private:
  /// Gives the point to a worker, unless it has a result, cannot be built, or is the same run as another.
  void begin(uint64_t point) {
    if (present_[point]) return;
    Row row;
    row.point = point;
    try {
      row.identity = space_.identity(points_[point]);
    } catch (const std::exception& error) {
      row.status = Status::failed;
      row.error = error.what();
      ++tally_.run;
      return keep(row);
    }
    const auto done = finished_.find(row.identity);
    if (done != finished_.end()) return keep_same(store_.row(done->second), point);
    const auto [running, fresh] = running_.emplace(row.identity, std::vector<uint64_t>{});
    if (!fresh) return running->second.push_back(point);
    workers_.start(point);
  }

  void take(const Answer& answer) {
    Row row;
    if (answer.text) {
      const std::optional<Row> read = from_line(*answer.text);
      VERNIER_INVARIANT(read && read->point == answer.request, "a worker answered '{}'", *answer.text);
      row = *read;
    } else {
      // Memory may have run out because of another process: the point gets a second chance.
      if (++deaths_[answer.request] < kMostDeaths) return workers_.start(answer.request);
      row.point = answer.request;
      row.identity = space_.identity(points_[answer.request]);
      row.status = Status::failed;
      row.error = fmt::format("the process that ran the point {}", answer.death);
    }
    ++tally_.run;
    tally_.peak_bytes = std::max(tally_.peak_bytes, row.peak_bytes);
    keep(row);
    finished_.emplace(row.identity, row.point);
    const std::vector<uint64_t> waiting = std::move(running_[row.identity]);
    running_.erase(row.identity);
    for (const uint64_t point : waiting) keep_same(row, point);
  }

  void keep_same(const Row& of, uint64_t point) {
    ++tally_.same;
    keep(same_run(space_, of, point, points_[point]));
  }

  void keep(const Row& row) {
    store_.add(row, points_[row.point]);
    present_[row.point] = true;
    tally_.failed += row.status == Status::failed ? 1 : 0;
  }

  void report() {
    tally_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    if (options_.progress) options_.progress(tally_);
  }

  const Space& space_;
  const std::vector<uint64_t>& points_;
  Store& store_;
  const RunnerOptions& options_;
  std::vector<bool> present_;
  std::map<Identity, uint64_t> finished_;
  std::map<Identity, std::vector<uint64_t>> running_;  ///< with the points that wait for the same run
  std::map<uint64_t, int> deaths_;
  Tally tally_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Workers workers_;
};

}  // namespace

Tally run_points(const Space& space, const std::vector<uint64_t>& points, Store& store,
                 const RunnerOptions& options) {
  return Runner(space, points, store, options).run();
}

}  // namespace vernier::sweep
