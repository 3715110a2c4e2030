// SPDX-License-Identifier: Apache-2.0
//
// File: size_waiters.h
//
// Callbacks that wait for a number to reach theirs, e.g. for events in a view: each with a
// deadline, none with a thread.

#ifndef JEJAK_SERVER_BASE_SIZE_WAITERS_H_
#define JEJAK_SERVER_BASE_SIZE_WAITERS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace jejak {

// Not thread-safe: the owner's mutex guards it, and is not held when a callback is called.
class SizeWaiters {
 public:
  using Callback = std::function<void(absl::Status)>;
  // The size that is waited for, and a number of its own.
  using Id = std::pair<std::uint64_t, std::uint64_t>;
  // Callbacks with what to call them with.
  using Calls = std::vector<std::pair<Callback, absl::Status>>;

  Id Add(std::uint64_t size, absl::Time deadline, Callback then) {
    const Id id{size, ++last_};
    waiters_.emplace(id, Waiter{deadline, std::move(then)});
    return id;
  }

  // Takes one out; empty if it is not there any more. To be destroyed without the mutex.
  Callback Forget(const Id& id) {
    Callback forgotten;
    if (const auto found = waiters_.find(id); found != waiters_.end()) {
      forgotten = std::move(found->second.then);
      waiters_.erase(found);
    }
    return forgotten;
  }

  // Takes out those that wait for at most `size` (OK), those whose deadline has passed
  // (DEADLINE_EXCEEDED with `late`), and all others if `stop` is an error (with that).
  Calls Take(std::uint64_t size, absl::Time now, const absl::Status& stop, const char* late) {
    Calls calls;
    for (auto it = waiters_.begin(); it != waiters_.end();) {
      absl::Status status;
      if (it->first.first > size) {
        if (!stop.ok()) {
          status = stop;
        } else if (it->second.deadline <= now) {
          status = absl::DeadlineExceededError(late);
        } else {
          ++it;
          continue;
        }
      }
      calls.emplace_back(std::move(it->second.then), std::move(status));
      it = waiters_.erase(it);
    }
    return calls;
  }

  std::size_t size() const { return waiters_.size(); }
  bool empty() const { return waiters_.empty(); }
  // The largest size that is waited for; 0 if none is.
  std::uint64_t largest() const { return empty() ? 0 : waiters_.rbegin()->first.first; }

 private:
  struct Waiter {
    absl::Time deadline;
    Callback then;
  };
  std::uint64_t last_ = 0;
  std::map<Id, Waiter> waiters_;
};

}  // namespace jejak

#endif  // JEJAK_SERVER_BASE_SIZE_WAITERS_H_
