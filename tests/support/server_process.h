// SPDX-License-Identifier: Apache-2.0
//
// File: server_process.h
//
// The program jejakd as a child process that can be stopped, killed, and asked for its log.

#ifndef JEJAK_TESTS_SUPPORT_SERVER_PROCESS_H_
#define JEJAK_TESTS_SUPPORT_SERVER_PROCESS_H_

#include "server/base/check.h"
#include "server/base/mutex.h"
#include "tests/support/temp_folder.h"

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <optional>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace jejak::test {

// A child process whose standard error is kept.
class ChildProcess {
 public:
  explicit ChildProcess(std::vector<std::string> arguments) {
    int ends[2];
    JEJAK_CHECK(::pipe2(ends, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const int spawned = ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    JEJAK_CHECK(spawned == 0);
    reader_ = std::thread([this, end = ends[0]] { Read(end); });
  }
  ~ChildProcess() { End(SIGKILL); }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Waits until the output has `text`, or the process has ended; returns the output so far.
  std::string WaitForOutput(absl::string_view text) {
    MutexLock lock(mutex_);
    while (!ended_ && output_.find(text.data(), 0, text.size()) == std::string::npos) {
      changed_.Wait(mutex_);
    }
    return output_;
  }

  // Waits until `lines` lines were written or the process has ended.
  void WaitForLines(std::size_t lines) {
    MutexLock lock(mutex_);
    while (!ended_ && lines_ < lines) changed_.Wait(mutex_);
  }

  // Sends the signal (0: none), and waits for the end. Returns the exit code, or minus the signal
  // that ended it. Later calls return the same.
  int End(int signal) {
    if (result_.has_value()) return *result_;
    if (signal != 0) ::kill(pid_, signal);
    reader_.join();
    int status = 0;
    JEJAK_CHECK(::waitpid(pid_, &status, 0) == pid_);
    result_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return *result_;
  }

  std::string output() {
    MutexLock lock(mutex_);
    return output_;
  }

 private:
  void Read(int end) {
    char buffer[4096];
    ssize_t size = 0;
    while ((size = ::read(end, buffer, sizeof buffer)) > 0) {
      MutexLock lock(mutex_);
      const absl::string_view read(buffer, static_cast<std::size_t>(size));
      output_.append(read.data(), read.size());
      for (const char c : read) lines_ += c == '\n' ? 1u : 0u;
      changed_.NotifyAll();
    }
    ::close(end);
    MutexLock lock(mutex_);
    ended_ = true;
    changed_.NotifyAll();
  }

  pid_t pid_ = 0;
  Mutex mutex_;
  CondVar changed_;
  std::string output_ ABSL_GUARDED_BY(mutex_);
  std::size_t lines_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<int> result_;
  std::thread reader_;
};

// jejakd --dev on a data folder and a free port of 127.0.0.1.
class ServerProcess {
 public:
  // Waits until it serves or has ended.
  explicit ServerProcess(const std::string& data, const std::vector<std::string>& flags = {})
      : process_(Arguments(data, flags)) {
    static constexpr absl::string_view kServing = "serving on ";
    for (const absl::string_view line : absl::StrSplit(process_.WaitForOutput(kServing), '\n')) {
      const std::size_t at = line.find(kServing);
      if (at != absl::string_view::npos) address_ = std::string(line.substr(at + kServing.size()));
    }
  }

  bool serving() const { return !address_.empty(); }
  const std::string& address() const { return address_; }
  // All that it wrote to standard error.
  std::string log() { return process_.output(); }

  // Each returns the exit code, or minus the signal that ended it.
  int Stop() { return process_.End(SIGTERM); }
  int Kill() { return process_.End(SIGKILL); }
  int Wait() { return process_.End(0); }

 private:
  static std::vector<std::string> Arguments(const std::string& data,
                                            const std::vector<std::string>& flags) {
    std::vector<std::string> arguments = {
        ProgramPath("jejakd"), "--dev", "--data", data, "--listen", "127.0.0.1:0"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return arguments;
  }

  ChildProcess process_;
  std::string address_;
};

}  // namespace jejak::test

#endif  // JEJAK_TESTS_SUPPORT_SERVER_PROCESS_H_
