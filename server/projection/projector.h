// SPDX-License-Identifier: Apache-2.0
//
// File: projector.h
//
// Follows the log in order and keeps the view: one thread, from the view's own position on. Rows
// and position are written in one batch (etcd's v3.5 data inconsistency came from writing them
// apart). The same Evolve that decides also makes the row. The projector's state between batches is
// only a cache of rows.
//
// Readers wait for a position without holding a thread: WhenReached.

#ifndef JEJAK_SERVER_PROJECTION_PROJECTOR_H_
#define JEJAK_SERVER_PROJECTION_PROJECTOR_H_

#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/domain/aggregate.h"
#include "server/log/event_log.h"
#include "server/view/view_store.h"

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

namespace jejak::projection {

// What one event changes in the view. DATA_LOSS if the payload is no envelope. `load` gives the
// serialized state of a resource before the event, or nothing.
absl::StatusOr<view::ViewChange> Project(
    const log::RecordedEvent& event,
    const std::function<absl::StatusOr<google::protobuf::Message*>(const domain::Aggregate&,
                                                                   const std::string& name)>& load);

// The table of an aggregate's rows.
view::TableId TableOf(const domain::Aggregate& aggregate);

class Projector {
 public:
  struct Options {
    // Not owned; must outlive the projector.
    const log::EventLog* log = nullptr;
    view::ViewStore* view = nullptr;
    // Called once, on the projector's thread, if it cannot go on (damaged log or failing disk).
    std::function<void(const absl::Status&)> on_failure;
  };

  // Starts the thread.
  explicit Projector(Options options);
  // Joins it; waiters that are left are called with CANCELLED.
  ~Projector();
  Projector(const Projector&) = delete;
  Projector& operator=(const Projector&) = delete;

  // Tells that the log has grown. Thread-safe; does not block.
  void Wake();

  // Calls every waiter, now and from now on, with CANCELLED: the server is stopping, and calls that
  // wait would hold it up until their deadlines. Thread-safe.
  void StopWaiting();

  // Calls `then(OK)` as soon as the view includes the first `size` events: at once on this thread
  // if it does already, else on the projector's thread. DEADLINE_EXCEEDED after `deadline`,
  // UNAVAILABLE after a failure, CANCELLED at shutdown, RESOURCE_EXHAUSTED at once if
  // limits::kViewWaitersMax wait. `then` must not block. Thread-safe.
  void WhenReached(std::uint64_t size, absl::Time deadline, std::function<void(absl::Status)> then);

 private:
  struct Waiter {
    absl::Time deadline;
    std::function<void(absl::Status)> then;
  };
  void Run() noexcept;
  absl::Status CatchUp();
  absl::StatusOr<google::protobuf::Message*> Load(const domain::Aggregate& aggregate,
                                                  const std::string& name);
  void CallWaiters();

  const Options options_;
  absl::flat_hash_map<std::string, std::unique_ptr<google::protobuf::Message>> cache_;

  Mutex mutex_;
  CondVar wake_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool no_waiting_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::multimap<std::uint64_t, Waiter> waiters_ ABSL_GUARDED_BY(mutex_);

  std::thread thread_;
};

}  // namespace jejak::projection

#endif  // JEJAK_SERVER_PROJECTION_PROJECTOR_H_
