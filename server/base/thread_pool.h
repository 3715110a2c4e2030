// SPDX-License-Identifier: Apache-2.0
//
// File: thread_pool.h
//
// A few threads for blocking work (reads, files), with a bounded queue. gRPC's own threads must
// never wait: there are two of them on two cores.

#ifndef JEJAK_SERVER_BASE_THREAD_POOL_H_
#define JEJAK_SERVER_BASE_THREAD_POOL_H_

#include "server/base/mutex.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

namespace jejak {

class ThreadPool {
 public:
  // At least one thread; with a `queue_max` of 0 TryPost always refuses.
  ThreadPool(std::size_t threads, std::size_t queue_max);
  // Runs what is queued, and joins.
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Queues a job; false if the queue is full, and then the job was not taken. Thread-safe.
  [[nodiscard]] bool TryPost(std::function<void()> job);

 private:
  void Run() noexcept;

  const std::size_t queue_max_;
  Mutex mutex_;
  CondVar work_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace jejak

#endif  // JEJAK_SERVER_BASE_THREAD_POOL_H_
