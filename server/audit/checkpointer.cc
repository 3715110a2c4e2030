// SPDX-License-Identifier: Apache-2.0

#include "server/audit/checkpointer.h"

#include "server/base/file.h"
#include "server/base/status_macros.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>
#include <vector>

namespace jejak::audit {
namespace {

absl::Status NotContinued(const std::string& path, const Checkpoint& before, std::uint64_t size) {
  const std::string what =
      size < before.size
          ? absl::StrCat("the log has ", size, " events, but ", before.size, " were signed")
          : absl::StrCat("the first ", before.size, " events are not those that were signed");
  return absl::FailedPreconditionError(absl::StrCat(
      what, " (", path, "): an old copy was restored, or the log was rewritten. It is ",
      "read-only; put the right log back."));
}

}  // namespace

TileTree TreeOf(const log::EventLog& log, std::uint64_t size) {
  return TileTree(size, [&log](const TileId& tile) {
    return log.ReadTile(static_cast<std::size_t>(tile.level), tile.index,
                        static_cast<std::uint64_t>(tile.width));
  });
}

absl::StatusOr<std::unique_ptr<Checkpointer>> Checkpointer::Open(Options options) {
  std::unique_ptr<Checkpointer> checkpointer(new Checkpointer(std::move(options)));
  const absl::Status recovered = checkpointer->Recover();
  if (absl::IsFailedPrecondition(recovered)) {
    checkpointer->refusal_ = recovered;
    MutexLock lock(checkpointer->mutex_);
    checkpointer->failure_ = absl::UnavailableError(recovered.message());
  } else if (!recovered.ok()) {
    return recovered;
  }
  return checkpointer;
}

void Checkpointer::Start() {
  if (refusal_.ok()) thread_ = std::thread([this] { Run(); });
}

void Checkpointer::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
  CallWaiters();
}

absl::Status Checkpointer::Recover() {
  const log::EventLog& log = *options_.log;
  JEJAK_ASSIGN_OR_RETURN(const auto stored, log.LastCheckpoint());
  if (stored.has_value()) {
    JEJAK_ASSIGN_OR_RETURN(SignedCheckpoint latest, ParseSignedCheckpoint(stored->note));
    if (latest.checkpoint.origin != key().name) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the log was signed as ", latest.checkpoint.origin, ", but the key is ", key().name));
    }
    // Of the same name, and another key: who trusts the one that signed so far would refuse it.
    const absl::Status is_ours = VerifyNote(latest.note, std::span(&key(), 1)).status();
    if (!is_ours.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the log was not signed with this key: ", is_ours.message()));
    }
    MutexLock lock(mutex_);
    latest_ = std::move(latest);
  }
  const absl::StatusOr<std::string> file =
      ReadWholeFile(options_.signed_path, limits::kNoteBytesMax);
  if (absl::IsNotFound(file.status())) return absl::OkStatus();
  JEJAK_RETURN_IF_ERROR(file.status());
  JEJAK_ASSIGN_OR_RETURN(const Checkpoint before, ParseCheckpoint(*file));
  if (before.origin != key().name) {
    return absl::InvalidArgumentError(absl::StrCat(options_.signed_path, " is of ", before.origin,
                                                   ", but the key is ", key().name));
  }
  const std::uint64_t size = log.DurableSize();
  if (size < before.size) return NotContinued(options_.signed_path, before, size);
  JEJAK_ASSIGN_OR_RETURN(const Hash root, TreeOf(log, size).RootAt(before.size));
  if (root != before.root) return NotContinued(options_.signed_path, before, size);
  return absl::OkStatus();
}

void Checkpointer::Wake() {
  MutexLock lock(mutex_);
  wake_.NotifyAll();
}

void Checkpointer::StopWaiting() {
  {
    MutexLock lock(mutex_);
    no_waiting_ = true;
  }
  CallWaiters();
}

absl::Status Checkpointer::StoppedLocked() const {
  if (!failure_.ok()) return failure_;
  if (stopping_ || no_waiting_) return absl::CancelledError("the server is stopping");
  return absl::OkStatus();
}

void Checkpointer::WhenSigned(std::uint64_t size, absl::Time deadline, SizeWaiters::Callback then) {
  absl::Status status;
  {
    MutexLock lock(mutex_);
    if (SizeLocked() < size) {
      status = StoppedLocked();
      if (status.ok() && waiters_.size() < limits::kCheckpointWaitersMax) {
        waiters_.Add(size, deadline, std::move(then));
        wake_.NotifyAll();
        return;
      }
      if (status.ok()) status = absl::ResourceExhaustedError("too many wait for a checkpoint");
    }
  }
  then(std::move(status));
}

std::optional<SignedCheckpoint> Checkpointer::Latest() const {
  MutexLock lock(mutex_);
  return latest_;
}

std::uint64_t Checkpointer::SignedSize() const {
  MutexLock lock(mutex_);
  return SizeLocked();
}

absl::Status Checkpointer::Failure() const {
  MutexLock lock(mutex_);
  return failure_;
}

std::uint64_t Checkpointer::SizeLocked() const {
  return latest_.has_value() ? latest_->checkpoint.size : 0;
}

bool Checkpointer::WaitUntilDue() {
  MutexLock lock(mutex_);
  if (stopping_) return false;
  const std::uint64_t have = SizeLocked();
  const absl::Duration early = next_ - options_.clock->Now();
  const bool grown = options_.log->DurableSize() > have;
  if (grown && (early <= absl::ZeroDuration() || waiters_.largest() > have)) return true;
  if (!grown && waiters_.empty()) {
    wake_.Wait(mutex_);
  } else {
    // Woken now and then, so that waiters whose deadline has passed are told.
    absl::Duration wait = limits::kWaitersLookedAtInterval;
    if (grown) wait = std::min(wait, early + absl::Milliseconds(1));
    wake_.WaitFor(mutex_, absl::ToChronoMilliseconds(wait));
  }
  return false;
}

void Checkpointer::Run() noexcept {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
    }
    if (WaitUntilDue()) {
      if (const absl::Status status = SignAndStore(); !status.ok()) {
        {
          MutexLock lock(mutex_);
          failure_ = status;
        }
        CallWaiters();
        if (options_.on_failure) options_.on_failure(status);
        return;
      }
      next_ = options_.clock->Now() + options_.interval;
    }
    CallWaiters();
  }
}

absl::Status Checkpointer::SignAndStore() {
  Checkpoint checkpoint;
  checkpoint.origin = key().name;
  checkpoint.size = options_.log->DurableSize();
  JEJAK_ASSIGN_OR_RETURN(checkpoint.root,
                         TreeOf(*options_.log, checkpoint.size).RootAt(checkpoint.size));
  JEJAK_RETURN_IF_ERROR(ReplaceFile(options_.signed_path, FormatCheckpoint(checkpoint)));
  SignedCheckpoint made = SignCheckpoint(checkpoint, *options_.signer);
  JEJAK_RETURN_IF_ERROR(Store(checkpoint.size, FormatNote(made.note)));
  MutexLock lock(mutex_);
  latest_ = std::move(made);
  return absl::OkStatus();
}

absl::Status Checkpointer::Store(std::uint64_t size, const std::string& note) {
  // Shared with a callback that may come when this thread has gone.
  struct Stored {
    Mutex mutex;
    CondVar changed;
    std::optional<absl::Status> status ABSL_GUARDED_BY(mutex);
  };
  const auto stored = std::make_shared<Stored>();
  options_.store(size, note, [stored](const absl::Status& status) {
    MutexLock lock(stored->mutex);
    stored->status = status;
    stored->changed.NotifyAll();
  });
  MutexLock lock(stored->mutex);
  while (!stored->status.has_value()) stored->changed.Wait(stored->mutex);
  return *stored->status;
}

void Checkpointer::CallWaiters() {
  SizeWaiters::Calls calls;
  {
    MutexLock lock(mutex_);
    calls = waiters_.Take(SizeLocked(), options_.clock->Now(), StoppedLocked(),
                          "no checkpoint was signed in time");
  }
  for (auto& [then, status] : calls) then(std::move(status));
}

}  // namespace jejak::audit
