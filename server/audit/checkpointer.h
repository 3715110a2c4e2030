// SPDX-License-Identifier: Apache-2.0
//
// File: checkpointer.h
//
// Signs the tree as it grows: at most once a second, or at once when somebody waits for it. One
// thread; writes do not wait for it unless they asked to.
//
// A log must never sign two trees of which one is not the beginning of the other (C2SP
// tlog-checkpoint). What it has signed is therefore kept in a file outside of the log and of its
// backups (DATA/signed): before each signature the size and root that are about to be signed are
// written there and synced. If a later start finds a log that does not begin with that tree, an old
// copy was restored, or the log was rewritten: nothing is signed any more, and the log takes no
// more events (Refusal).

#ifndef JEJAK_SERVER_AUDIT_CHECKPOINTER_H_
#define JEJAK_SERVER_AUDIT_CHECKPOINTER_H_

#include "server/audit/checkpoint.h"
#include "server/audit/note.h"
#include "server/audit/tile.h"
#include "server/base/clock.h"
#include "server/base/limits.h"
#include "server/base/mutex.h"
#include "server/base/size_waiters.h"
#include "server/log/event_log.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace jejak::audit {

// The tree of the first `size` durable events of a log; NOT_FOUND from its methods if it has fewer.
TileTree TreeOf(const log::EventLog& log, std::uint64_t size);

class Checkpointer {
 public:
  struct Options {
    // Not owned; must outlive the checkpointer.
    const log::EventLog* log = nullptr;
    std::optional<Signer> signer;
    // Of the file with the highest checkpoint.
    std::string signed_path;
    // Makes a signed note durable and calls `done`, on any thread.
    std::function<void(std::uint64_t size, std::string note,
                       std::function<void(const absl::Status&)> done)>
        store;
    // How long it waits after one checkpoint before the next, unless somebody waits for that.
    absl::Duration interval = limits::kCheckpointInterval;
    // Called on the checkpointer's thread, once, when it cannot sign any more.
    std::function<void(const absl::Status&)> on_failure;
    Clock* clock = Clock::Real();
  };

  // Compares the log with what was signed before, and finds the last stored checkpoint. That the
  // comparison fails is not an error of Open but in Refusal().
  // INVALID_ARGUMENT: the file or the stored note is not of this key; UNAVAILABLE or DATA_LOSS: a
  // file or the log cannot be read.
  static absl::StatusOr<std::unique_ptr<Checkpointer>> Open(Options options);
  ~Checkpointer() { Stop(); }
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // FAILED_PRECONDITION if the log is not the continuation of what was signed: it must not be
  // written to.
  const absl::Status& Refusal() const { return refusal_; }

  // Starts the thread, unless there is a Refusal().
  void Start();
  // Joins it; those that wait are called with CANCELLED. `store` is called no more.
  void Stop();

  // Tells that the log has grown. Thread-safe; does not block.
  void Wake();
  // Calls every waiter, now and from now on, with CANCELLED. Thread-safe.
  void StopWaiting();

  // Calls `then(OK)` as soon as a stored checkpoint has at least `size` events, and signs at once
  // for that if need be. `size` must be durable. DEADLINE_EXCEEDED after `deadline`, CANCELLED at
  // the end, UNAVAILABLE if nothing is signed any more, RESOURCE_EXHAUSTED if
  // limits::kCheckpointWaitersMax wait. `then` must not block. Thread-safe.
  void WhenSigned(std::uint64_t size, absl::Time deadline, SizeWaiters::Callback then);

  // The newest that is stored; nothing before the first. Thread-safe.
  std::optional<SignedCheckpoint> Latest() const;
  // Its size; 0 before the first. Thread-safe.
  std::uint64_t SignedSize() const;
  // Whose signatures they are.
  const VerifierKey& key() const { return options_.signer->key(); }
  // Why nothing is signed any more; OK while it is. Thread-safe.
  absl::Status Failure() const;

 private:
  explicit Checkpointer(Options options) : options_(std::move(options)) {}
  absl::Status Recover();
  void Run() noexcept;
  std::uint64_t SizeLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Why nobody may wait; OK if they may.
  absl::Status StoppedLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True if there is something to sign, and it is time or wanted; else waits for a while.
  bool WaitUntilDue();
  absl::Status SignAndStore();
  absl::Status Store(std::uint64_t size, const std::string& note);
  void CallWaiters();

  const Options options_;
  absl::Status refusal_;
  // On the thread.
  absl::Time next_ = absl::InfinitePast();

  mutable Mutex mutex_;
  CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool no_waiting_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::optional<SignedCheckpoint> latest_ ABSL_GUARDED_BY(mutex_);
  SizeWaiters waiters_ ABSL_GUARDED_BY(mutex_);

  std::thread thread_;
};

}  // namespace jejak::audit

#endif  // JEJAK_SERVER_AUDIT_CHECKPOINTER_H_
