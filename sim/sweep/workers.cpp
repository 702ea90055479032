// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/workers.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/error.h"

namespace vernier::sweep {
namespace {

/// Everything, whatever signals come; false if the other side is gone.
bool write_all(int file, const char* bytes, size_t count) {
  while (count > 0) {
    const ssize_t written = ::send(file, bytes, count, MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    count -= static_cast<size_t>(written);
  }
  return true;
}

bool read_request(int file, uint64_t& request) {
  auto* at = reinterpret_cast<char*>(&request);
  for (size_t got = 0; got < sizeof request;) {
    const ssize_t count = ::read(file, at + got, sizeof request - got);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    got += static_cast<size_t>(count);
  }
  return true;
}

[[noreturn]] void serve(int file, const Work& work) {
  uint64_t request = 0;
  while (read_request(file, request)) {
    const std::string answer = work(request) + "\n";
    if (!write_all(file, answer.data(), answer.size())) break;
  }
  ::_exit(0);
}

}  // namespace

Workers::Workers(size_t count, Work work) : work_(std::move(work)), workers_(count) {
  for (Worker& worker : workers_) spawn(worker);
}

Workers::~Workers() {
  for (Worker& worker : workers_) {
    if (worker.is_busy) ::kill(worker.process, SIGKILL);
    (void)bury(worker);
  }
}

void Workers::spawn(Worker& worker) {
  int ends[2] = {-1, -1};
  const pid_t parent = ::getpid();
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw InputError("SWP036", fmt::format("cannot start a worker: {}", std::strerror(errno)));
  }
  const pid_t process = ::fork();
  if (process < 0) {
    const int why = errno;
    ::close(ends[0]);
    ::close(ends[1]);
    throw InputError("SWP036", fmt::format("cannot start a worker: {}", std::strerror(why)), {},
                     "take fewer with --jobs");
  }
  if (process == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);  // it died before
    ::close(ends[0]);
    for (const Worker& other : workers_) {
      if (other.answers >= 0) ::close(other.answers);
    }
    serve(ends[1], work_);
  }
  ::close(ends[1]);
  worker = {};
  worker.process = process;
  worker.answers = ends[0];
}

std::string Workers::bury(Worker& worker) {
  ::close(worker.answers);
  worker.answers = -1;
  int status = 0;
  while (::waitpid(worker.process, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFSIGNALED(status)) return fmt::format("ended with status {}", WEXITSTATUS(status));
  return fmt::format("was ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
}

size_t Workers::idle() const {
  return static_cast<size_t>(
      std::count_if(workers_.begin(), workers_.end(), [](const Worker& worker) { return !worker.is_busy; }));
}

void Workers::start(uint64_t request) {
  for (Worker& worker : workers_) {
    if (worker.is_busy) continue;
    worker.is_busy = true;
    worker.request = request;
    // One that died idle is noticed by wait(), as its answers end.
    (void)write_all(worker.answers, reinterpret_cast<const char*>(&request), sizeof request);
    return;
  }
  fail_invariant(__FILE__, __LINE__, "a worker is idle", std::to_string(workers_.size()));
}

bool Workers::read_from(Worker& worker, Answer& answer) {
  char buffer[65536];
  const ssize_t count = ::read(worker.answers, buffer, sizeof buffer);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return false;
  answer.request = worker.request;
  if (count <= 0) {
    answer.death = bury(worker);
    spawn(worker);
    return true;
  }
  worker.received.append(buffer, static_cast<size_t>(count));
  if (worker.received.back() != '\n') return false;
  worker.received.pop_back();
  answer.text = std::move(worker.received);
  worker.received.clear();
  worker.is_busy = false;
  return true;
}

std::vector<Answer> Workers::wait(int milliseconds) {
  std::vector<pollfd> files;
  std::vector<Worker*> owners;
  for (Worker& worker : workers_) {
    if (!worker.is_busy) continue;
    files.push_back({worker.answers, POLLIN, 0});
    owners.push_back(&worker);
  }
  std::vector<Answer> answers;
  if (::poll(files.data(), files.size(), milliseconds) <= 0) return answers;
  for (size_t i = 0; i < files.size(); ++i) {
    Answer answer;
    if (files[i].revents != 0 && read_from(*owners[i], answer)) answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace vernier::sweep
