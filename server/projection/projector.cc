// SPDX-License-Identifier: Apache-2.0

#include "server/projection/projector.h"

#include "server/base/hash.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace jejak::projection {
namespace {

// Enough for one write to be worth it, and little enough that readers do not wait long.
constexpr std::uint64_t kEventsPerBatch = 512;
// What a turn of a build is: whoever waits for the current view waits for a turn first.
constexpr std::uint64_t kEventsPerTurn = 64;
constexpr std::size_t kKeysPerTurn = 1'000;

}  // namespace

Projector::Projector(Options options)
    : options_(std::move(options)), current_(options_.log, options_.views->Current()) {
  if (current_.view()->IsOutdated()) {
    StartBuild(BuildKind::kRebuild).IgnoreError();  // Nothing stands against it yet.
  }
  thread_ = std::thread([this] { Run(); });
}

Projector::~Projector() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  thread_.join();
}

void Projector::Wake() {
  MutexLock lock(mutex_);
  woken_ = true;
  wake_.NotifyAll();
}

void Projector::StopWaiting() {
  {
    MutexLock lock(mutex_);
    no_waiting_ = true;
  }
  CallWaiters();
}

Projector::WaiterId Projector::WhenReached(std::uint64_t size, absl::Time deadline,
                                           std::function<void(absl::Status)> then) {
  WaiterId id;
  absl::Status status;
  {
    MutexLock lock(mutex_);
    id = {size, ++last_waiter_};
    if (ViewSize() < size) {
      if (!failure_.ok()) {
        status = absl::UnavailableError("the view cannot follow the log");
      } else if (stopping_ || no_waiting_) {
        status = absl::CancelledError("the server is stopping");
      } else {
        if (waiters_.size() < limits::kViewWaitersMax) {
          waiters_.emplace(id, Waiter{deadline, std::move(then)});
          // The thread may be waiting without end: from now on there is a deadline to look at.
          wake_.NotifyAll();
          return id;
        }
        status = absl::ResourceExhaustedError("too many wait for the view");
      }
    }
  }
  then(std::move(status));
  return id;
}

void Projector::Forget(const WaiterId& id) {
  Waiter forgotten;  // What it holds goes without the lock.
  MutexLock lock(mutex_);
  if (const auto found = waiters_.find(id); found != waiters_.end()) {
    forgotten = std::move(found->second);
    waiters_.erase(found);
  }
}

absl::Status Projector::StartBuild(BuildKind kind, std::optional<std::uint64_t> size) {
  MutexLock lock(mutex_);
  if (asked_.has_value() || (last_build_.has_value() && last_build_->running)) {
    return absl::FailedPreconditionError("a view is being built");
  }
  if (log_failed_ || stopping_) {
    return absl::UnavailableError("the log cannot be read, or the server is stopping");
  }
  asked_ = Asked{kind, size};
  woken_ = true;
  wake_.NotifyAll();
  return absl::OkStatus();
}

std::optional<ViewBuild> Projector::LastBuild() const {
  MutexLock lock(mutex_);
  if (!asked_.has_value()) return last_build_;
  ViewBuild build;
  build.kind = asked_->kind;
  build.running = true;
  build.begun = options_.clock->Now();
  return build;
}

absl::Status Projector::Failure() const {
  MutexLock lock(mutex_);
  return failure_;
}

void Projector::Fail(const absl::Status& status, bool of_log) {
  {
    MutexLock lock(mutex_);
    failure_ = status;
    log_failed_ = log_failed_ || of_log;
  }
  const auto& told = of_log ? options_.on_log_failure : options_.on_failure;
  if (told) told(status);
}

void Projector::Run() noexcept {
  while (true) {
    CatchUp();
    CallWaiters();
    const bool building = BuildOn();
    {
      MutexLock lock(mutex_);
      if (!woken_ && !stopping_ && !building) {
        // Woken now and then, so that waiters whose deadline has passed are told.
        if (waiters_.empty()) {
          wake_.Wait(mutex_);
        } else {
          wake_.WaitFor(mutex_, std::chrono::milliseconds(50));
        }
      }
      woken_ = false;
      if (!stopping_) continue;
    }
    CallWaiters();
    return;
  }
}

void Projector::CatchUp() {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (stopping_ || !failure_.ok()) return;
    }
    const std::uint64_t to = options_.log->DurableSize();
    if (current_.view()->Size() >= to) return;
    if (const ViewBuilder::Result result = current_.Step(to, kEventsPerBatch); !result.ok()) {
      Fail(result.status(), !result.log.ok());
      return;
    }
    CallWaiters();
  }
}

bool Projector::BuildOn() {
  if (!build_.has_value()) {
    MutexLock lock(mutex_);
    if (!asked_.has_value()) return false;
    build_.emplace();
    build_->report.kind = asked_->kind;
    build_->size = asked_->size;
    build_->report.running = true;
    build_->report.begun = options_.clock->Now();
    asked_.reset();
    last_build_ = build_->report;
  }
  Build& build = *build_;
  const absl::StatusOr<bool> done = BuildTurn(build);
  if (done.ok() && !*done) {
    Report(build);
    return true;
  }
  build.report.status = done.status();
  build.report.running = false;
  build.report.ended = options_.clock->Now();
  Report(build);
  build_.reset();
  return false;
}

absl::Status Projector::BeginBuild(Build& build) {
  JEJAK_ASSIGN_OR_RETURN(std::shared_ptr<view::ViewStore> view, options_.views->Begin());
  build.builder.emplace(options_.log, std::move(view));
  if (build.report.kind == BuildKind::kCompare) {
    build.compared = current_.view();
    build.report.target = std::min(build.size.value_or(~std::uint64_t{0}), build.compared->Size());
    build.then = build.compared->NewRawCursor(build.report.target);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Projector::BuildTurn(Build& build) {
  if (!build.builder.has_value()) JEJAK_RETURN_IF_ERROR(BeginBuild(build));
  ViewBuild& report = build.report;
  const view::ViewStore& built = *build.builder->view();
  if (report.kind == BuildKind::kRebuild) {
    // What the current one has, at least: no reader goes back.
    report.target = std::max(options_.log->DurableSize(), current_.view()->Size());
  }
  if (built.Size() < report.target) {
    const ViewBuilder::Result result = build.builder->Step(report.target, kEventsPerTurn);
    report.size = built.Size();
    if (!result.log.ok()) Fail(result.log, true);
    if (!result.ok()) return result.status();
    return false;
  }
  if (report.kind == BuildKind::kRebuild) {
    JEJAK_RETURN_IF_ERROR(options_.views->Replace(build.builder->view()));
    current_ = *std::move(build.builder);
    MutexLock lock(mutex_);
    failure_ = absl::OkStatus();
    return true;
  }
  if (!build.comparison.has_value()) {
    build.comparison.emplace(std::move(build.then), built.NewRawCursor(report.target));
  }
  JEJAK_ASSIGN_OR_RETURN(const bool done, build.comparison->Step(kKeysPerTurn));
  report.keys = build.comparison->keys();
  report.differing = build.comparison->differing();
  report.first_difference = build.comparison->first_difference();
  if (done) {
    report.current_digest = ToHex(AsBytes(build.comparison->FinishDigestOfOne()));
    report.built_digest = ToHex(AsBytes(build.comparison->FinishDigestOfOther()));
  }
  return done;
}

void Projector::Report(const Build& build) {
  MutexLock lock(mutex_);
  last_build_ = build.report;
}

void Projector::CallWaiters() {
  std::vector<std::pair<std::function<void(absl::Status)>, absl::Status>> calls;
  {
    MutexLock lock(mutex_);
    const std::uint64_t size = ViewSize();
    const absl::Time now = options_.clock->Now();
    for (auto it = waiters_.begin(); it != waiters_.end();) {
      absl::Status status;
      if (it->first.first > size) {
        if (!failure_.ok()) {
          status = absl::UnavailableError("the view cannot follow the log");
        } else if (stopping_ || no_waiting_) {
          status = absl::CancelledError("the server is stopping");
        } else if (it->second.deadline <= now) {
          status = absl::DeadlineExceededError("the view did not reach the position in time");
        } else {
          ++it;
          continue;
        }
      }
      calls.emplace_back(std::move(it->second.then), std::move(status));
      it = waiters_.erase(it);
    }
  }
  for (auto& [then, status] : calls) then(std::move(status));
}

}  // namespace jejak::projection
