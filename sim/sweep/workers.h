// SPDX-License-Identifier: Apache-2.0
// Processes that evaluate points, one at a time each. Processes and not threads, so that a point that crashes
// or runs out of memory costs that point only, and its memory can be measured. They end with the process that
// started them, however that ends.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vernier::sweep {

/// What a worker does with a request; its result is the answer. Without line breaks.
using Work = std::function<std::string(uint64_t request)>;

struct Answer {
  uint64_t request = 0;
  std::optional<std::string> text;  ///< nothing if the worker died
  std::string death;                ///< then: how, in words
};

class Workers {
 public:
  /// Starts `count` processes. To be called before this process has threads.
  Workers(size_t count, Work work);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  [[nodiscard]] size_t idle() const;
  [[nodiscard]] size_t busy() const { return workers_.size() - idle(); }
  /// Gives a request to an idle worker.
  void start(uint64_t request);
  /// Waits until at least one busy worker has answered or died, at most `milliseconds`. The dead are
  /// replaced.
  [[nodiscard]] std::vector<Answer> wait(int milliseconds);

 private:
  struct Worker {
    pid_t process = -1;
    int answers = -1;  ///< socket, requests go the other way
    bool is_busy = false;
    uint64_t request = 0;
    std::string received;
  };

  void spawn(Worker& worker);
  /// Waits for its end; says how it ended.
  static std::string bury(Worker& worker);
  bool read_from(Worker& worker, Answer& answer);

  Work work_;
  std::vector<Worker> workers_;
};

}  // namespace vernier::sweep
