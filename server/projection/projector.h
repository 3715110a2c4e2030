// SPDX-License-Identifier: Apache-2.0
//
// File: projector.h
//
// Follows the log in order and keeps the current view: one thread, from the view's own position on.
//
// Readers wait for a position without holding a thread: WhenReached.
//
// The same thread builds a second view when asked to (StartBuild), in turns with the first, which
// goes first: to take its place (blue/green), or to be compared with it. As both are moved by one
// thread, the new one takes the place when neither is moving, with nothing to wait for. A view of
// an older format has one built beside it without being asked.
//
// A projection that fails stops alone: commands go on, reads of what the view has too, and a new
// view can be built. A log that cannot be read is another matter, and the server's to decide.

#ifndef JEJAK_SERVER_PROJECTION_PROJECTOR_H_
#define JEJAK_SERVER_PROJECTION_PROJECTOR_H_

#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/log/event_log.h"
#include "server/projection/view_builder.h"
#include "server/view/comparison.h"
#include "server/view/view_folder.h"

#include "absl/status/status.h"
#include "absl/time/time.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace jejak::projection {

// What a second view is built for.
enum class BuildKind {
  // To take the place of the current one.
  kRebuild,
  // To be compared with the current one.
  kCompare,
};

// How a build goes, or how the last one went.
struct ViewBuild {
  BuildKind kind = BuildKind::kRebuild;
  bool running = false;
  // Why it failed, or was given up.
  absl::Status status;
  // Events in the new view, and those it is to have.
  std::uint64_t size = 0;
  std::uint64_t target = 0;
  absl::Time begun;
  absl::Time ended = absl::InfiniteFuture();
  // Of a comparison: keys compared, and those that differ, of which the first.
  std::uint64_t keys = 0;
  std::uint64_t differing = 0;
  std::string first_difference;
  // Of a comparison, at its end: SHA-256 of either view as of `target` events, lower-case hex. The
  // same for every view of the same events, whatever came later and wherever it was built.
  std::string current_digest;
  std::string built_digest;
};

class Projector {
 public:
  struct Options {
    // Not owned; must outlive the projector.
    const log::EventLog* log = nullptr;
    view::ViewFolder* views = nullptr;
    // Called on the projector's thread when the current view cannot be brought on.
    std::function<void(const absl::Status&)> on_failure = nullptr;
    // Called on it, once, when the log cannot be read.
    std::function<void(const absl::Status&)> on_log_failure = nullptr;
    Clock* clock = Clock::Real();
  };

  // The size that is waited for, and a number of its own.
  using WaiterId = std::pair<std::uint64_t, std::uint64_t>;

  // Starts the thread, and a build if the current view is outdated.
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
  // limits::kViewWaitersMax wait. `then` must not block. Returns what Forget takes. Thread-safe.
  WaiterId WhenReached(std::uint64_t size, absl::Time deadline,
                       std::function<void(absl::Status)> then);
  // Drops a waiter, which is called no more unless it is being called already. Thread-safe.
  void Forget(const WaiterId& id);

  // Begins to build a second view. A comparison is of both views as of `size` events, or of all
  // that the current one has. FAILED_PRECONDITION while one is being built; UNAVAILABLE after the
  // log could not be read, and at the end. Thread-safe.
  absl::Status StartBuild(BuildKind kind, std::optional<std::uint64_t> size = std::nullopt);
  // The build that is running or about to, or the last one; nothing if there was none since the
  // start.
  // Thread-safe.
  std::optional<ViewBuild> LastBuild() const;

  // Why the current view is not brought on; OK while it is. Thread-safe.
  absl::Status Failure() const;

 private:
  struct Waiter {
    absl::Time deadline;
    std::function<void(absl::Status)> then;
  };
  struct Asked {
    BuildKind kind = BuildKind::kRebuild;
    std::optional<std::uint64_t> size;
  };
  // A build, on the projector's thread.
  struct Build {
    ViewBuild report;
    std::optional<std::uint64_t> size;
    std::optional<ViewBuilder> builder;
    // The current view as it was at the beginning, and its cursor.
    std::shared_ptr<view::ViewStore> compared;
    std::unique_ptr<view::RawCursor> then;
    std::optional<view::Comparison> comparison;
  };

  void Run() noexcept;
  // Brings the current view on to the end of the log, unless it has failed.
  void CatchUp();
  // Does one turn of a build. True if there is more to do.
  bool BuildOn();
  absl::Status BeginBuild(Build& build);
  // One turn; true when the build is at its end.
  absl::StatusOr<bool> BuildTurn(Build& build);
  void Report(const Build& build);
  void Fail(const absl::Status& status, bool of_log);
  void CallWaiters();
  std::uint64_t ViewSize() const { return options_.views->Current()->Size(); }

  const Options options_;
  // On the projector's thread.
  ViewBuilder current_;
  std::optional<Build> build_;

  mutable Mutex mutex_;
  CondVar wake_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool no_waiting_ ABSL_GUARDED_BY(mutex_) = false;
  bool log_failed_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::optional<Asked> asked_ ABSL_GUARDED_BY(mutex_);
  std::optional<ViewBuild> last_build_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t last_waiter_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<WaiterId, Waiter> waiters_ ABSL_GUARDED_BY(mutex_);

  std::thread thread_;
};

}  // namespace jejak::projection

#endif  // JEJAK_SERVER_PROJECTION_PROJECTOR_H_
