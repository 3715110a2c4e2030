// SPDX-License-Identifier: Apache-2.0

#include "server/service/history/subscription.h"

#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "server/command/errors.h"
#include "server/query/search.h"
#include "server/service/caller.h"
#include "server/service/history/history_errors.h"
#include "server/service/validator.h"

#include <grpcpp/alarm.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace jejak::service {

// A turn hands over to the next, or to a write, or to waiting, only when it has ended, so one thing
// happens at a time. The mutex is for what comes from outside of that: OnCancel, and the alarm of a
// write that takes too long.
class Subscriptions::Subscription final : public grpc::ServerWriteReactor<v1::SubscribeResponse> {
 public:
  Subscription(Subscriptions& all, grpc::CallbackServerContext& context,
               const v1::SubscribeRequest& request)
      : all_(all),
        runner_(all.runner_),
        rows_only_(request.rows_only()),
        filter_(request.filter()),
        next_(request.from_position()),
        self_(std::make_shared<Self>()) {
    {
      MutexLock lock(self_->mutex);
      self_->subscription = this;
      self_->context = &context;
    }
    const bool too_many = ++all_.open_ > limits::kSubscriptionsMax;
    absl::Status status = GetCaller(context).status();
    if (status.ok()) status = Validate(request);
    if (status.ok()) status = Begin();
    if (status.ok() && too_many) status = TooManySubscriptions();
    if (status.ok()) {
      WriteOrGoOn();
    } else {
      FinishOnce(status);
    }
  }

  void OnWriteDone(bool ok) override {
    {
      MutexLock lock(self_->mutex);
      self_->writing = false;
      // Cut off: whoever did it finishes it.
      if (self_->finished) return;
    }
    if (!ok) {
      FinishOnce(absl::CancelledError("the client is gone"));
      return;
    }
    outgoing_.pop_front();
    WriteOrGoOn();
  }

  // A subscription that waits has no turn in which it would notice.
  void OnCancel() override {
    bool waiting = false;
    std::optional<projection::Projector::WaiterId> waiter;
    {
      MutexLock lock(self_->mutex);
      self_->cancelled = true;
      // Taken, so that a callback that comes now finds nothing to wake.
      waiting = std::exchange(self_->waiting, false);
      waiter = std::exchange(self_->waiter, std::nullopt);
    }
    if (waiter.has_value()) runner_.options().projector->Forget(*waiter);
    if (waiting) FinishOnce(Cancelled());
  }

  void OnDone() override {
    {
      MutexLock lock(self_->mutex);
      self_->subscription = nullptr;
      self_->context = nullptr;
      // An alarm that is not due any more lets go of what is shared.
      self_->alarm.reset();
    }
    --all_.open_;
    delete this;
  }

 private:
  // Outlives the subscription for the sake of callbacks that come late.
  struct Self {
    Mutex mutex;
    Subscription* subscription ABSL_GUARDED_BY(mutex) = nullptr;
    grpc::CallbackServerContext* context ABSL_GUARDED_BY(mutex) = nullptr;
    bool waiting ABSL_GUARDED_BY(mutex) = false;
    // How often it has waited, and what the projector knows the present time by.
    std::uint64_t waits ABSL_GUARDED_BY(mutex) = 0;
    std::optional<projection::Projector::WaiterId> waiter ABSL_GUARDED_BY(mutex);
    bool cancelled ABSL_GUARDED_BY(mutex) = false;
    bool finished ABSL_GUARDED_BY(mutex) = false;
    // The write under way: since when, and where its message leads.
    bool writing ABSL_GUARDED_BY(mutex) = false;
    absl::Time write_began ABSL_GUARDED_BY(mutex);
    std::uint64_t next_position ABSL_GUARDED_BY(mutex) = 0;
    // Set with a write, and left to fire when that is done: most writes need no alarm of their own.
    bool alarm_set ABSL_GUARDED_BY(mutex) = false;
    bool cut_off ABSL_GUARDED_BY(mutex) = false;
    std::unique_ptr<grpc::Alarm> alarm ABSL_GUARDED_BY(mutex);
  };

  static absl::Status Cancelled() { return absl::CancelledError("the subscription was cancelled"); }

  absl::Status Begin() {
    const std::uint64_t size = runner_.options().log->DurableSize();
    if (next_ > size) return PositionInFuture(size);
    JEJAK_ASSIGN_OR_RETURN(const std::string normalized, query::CheckedSearch(filter_));
    AddProgress().set_filter(normalized);
    return absl::OkStatus();
  }

  void FinishOnce(const absl::Status& status) {
    {
      MutexLock lock(self_->mutex);
      if (self_->finished) return;
      self_->finished = true;
      self_->waiting = false;
    }
    Finish(ToGrpc(status));
  }

  bool IsCancelled() const {
    MutexLock lock(self_->mutex);
    return self_->cancelled;
  }

  void PostTurn() {
    // Its queue has room for every subscription, and none has two turns in it.
    if (!runner_.options().subscription_pool->TryPost([this] { Turn(); })) {
      FinishOnce(command::QueueFull());
    }
  }

  void Turn() {
    if (IsCancelled()) {
      FinishOnce(Cancelled());
      return;
    }
    // What is sent is in the view already, so that a reader who follows up finds it there.
    const query::Reader reader = runner_.reader();
    const std::uint64_t size = reader.view().Size();
    if (caught_up_ && size > next_ && size - next_ > all_.options_.fell_behind_events) {
      caught_up_ = false;
      AddProgress().set_fell_behind(size - next_);
    }
    if (const absl::Status status = AddEvents(reader, size); !status.ok()) {
      FinishOnce(status);
      return;
    }
    if (next_ == size && !caught_up_) {
      caught_up_ = true;
      AddProgress().set_caught_up(true);
    } else if (outgoing_.empty() && (next_ - told_ >= all_.options_.silent_positions ||
                                     Now() >= told_at_ + all_.options_.silent_time)) {
      AddProgress();
    }
    WriteOrGoOn();
  }

  // Goes on to the next events that match, at most up to `size`.
  absl::Status AddEvents(const query::Reader& reader, std::uint64_t size) {
    // The view may not have reached the position that was asked for.
    if (next_ >= size) return absl::OkStatus();
    query::SearchRequest search;
    search.filter = filter_;
    search.page_size = limits::kSubscriptionTurnEvents;
    search.looked_at_max = limits::kSubscriptionTurnLookedAt;
    search.steps_max = limits::kSubscriptionTurnSteps;
    search.has_after = next_ > 0;
    search.after = next_ > 0 ? next_ - 1 : 0;
    JEJAK_ASSIGN_OR_RETURN(query::SearchPage page,
                           query::Search(reader.log(), reader.view(), search, size));
    const query::Present masked = runner_.Masked();
    std::size_t bytes = 0;
    for (v1::EventRow& row : page.rows) {
      // The rest is found again in the next turn.
      if (bytes >= limits::kSubscriptionBytesMax) return absl::OkStatus();
      const std::uint64_t position = row.position();
      v1::SubscribeResponse message;
      if (rows_only_) {
        *message.mutable_row() = std::move(row);
      } else {
        JEJAK_ASSIGN_OR_RETURN(const log::RecordedEvent event, reader.log().Read(position));
        JEJAK_ASSIGN_OR_RETURN(*message.mutable_event(), query::ToApi(event, masked));
      }
      next_ = position + 1;
      bytes += message.ByteSizeLong();
      Add(std::move(message));
    }
    next_ = page.more ? page.last + 1 : size;
    return absl::OkStatus();
  }

  v1::SubscribeResponse& Add(v1::SubscribeResponse message) {
    message.set_next_position(next_);
    told_ = next_;
    told_at_ = Now();
    return outgoing_.emplace_back(std::move(message));
  }

  v1::SubscribeResponse& AddProgress() {
    v1::SubscribeResponse& message = Add({});
    message.mutable_time()->set_seconds(absl::ToUnixSeconds(told_at_));
    return message;
  }

  absl::Time Now() const { return runner_.options().clock->Now(); }

  void WriteOrGoOn() {
    if (!outgoing_.empty()) {
      Write();
    } else if (next_ < runner_.reader().view().Size()) {
      PostTurn();
    } else {
      Wait();
    }
  }

  void Write() {
    const std::shared_ptr<Self> self = self_;
    const absl::Duration slow_time = all_.options_.slow_time;
    MutexLock lock(self->mutex);
    self->writing = true;
    self->write_began = Now();
    self->next_position = outgoing_.front().next_position();
    if (!self->alarm_set) SetAlarm(self, self->write_began + slow_time);
    // Within the lock, so that the alarm does not end the call between; the callback comes on
    // another thread, and may end it as soon as the lock is free.
    StartWrite(&outgoing_.front());
  }

  static void SetAlarm(const std::shared_ptr<Self>& self, absl::Time time)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex) {
    self->alarm_set = true;
    self->alarm = std::make_unique<grpc::Alarm>();
    self->alarm->Set(absl::ToChronoTime(time), [self](bool fired) {
      if (fired) OnAlarm(self);
    });
  }

  // Ends a subscription whose write takes too long. What the subscriber has not taken stands before
  // the end in its stream, so the end is followed by a cancellation.
  static void OnAlarm(const std::shared_ptr<Self>& self) {
    Subscription* slow = nullptr;
    std::uint64_t next_position = 0;
    {
      MutexLock lock(self->mutex);
      self->alarm_set = false;
      if (self->subscription == nullptr) return;
      if (self->cut_off) {
        self->context->TryCancel();
        return;
      }
      if (!self->writing || self->finished) return;
      const Options& options = self->subscription->all_.options_;
      const absl::Time now = self->subscription->Now();
      if (now < self->write_began + options.slow_time) {
        SetAlarm(self, self->write_began + options.slow_time);
        return;
      }
      self->cut_off = true;
      self->finished = true;
      SetAlarm(self, now + options.cancel_time);
      slow = self->subscription;
      next_position = self->next_position;
      ++slow->all_.cut_off_;
    }
    slow->Finish(ToGrpc(FellBehind(next_position)));
  }

  void Wait() {
    // Once it waits, a cancellation on another thread may end the subscription: nothing of it is
    // touched from then on.
    projection::Projector& projector = *runner_.options().projector;
    const std::uint64_t size = caught_up_ ? next_ + 1 : next_;
    const absl::Time until = told_at_ + all_.options_.silent_time;
    const std::shared_ptr<Self> shared = self_;
    bool cancelled = false;
    std::uint64_t waits = 0;
    {
      MutexLock lock(shared->mutex);
      cancelled = shared->cancelled;
      shared->waiting = !cancelled;
      waits = ++shared->waits;
    }
    if (cancelled) {
      FinishOnce(Cancelled());
      return;
    }
    const auto waiter =
        projector.WhenReached(size, until, [self = shared](const absl::Status& reached) {
          Subscription* waiting = nullptr;
          {
            MutexLock lock(self->mutex);
            // Cancelled meanwhile: the subscription may be gone.
            if (!self->waiting || self->finished) return;
            self->waiting = false;
            self->waiter.reset();
            waiting = self->subscription;
          }
          if (reached.ok() || absl::IsDeadlineExceeded(reached)) {
            waiting->PostTurn();
          } else {
            waiting->FinishOnce(Runner::NotReached(reached));
          }
        });
    {
      MutexLock lock(shared->mutex);
      // It may have been called already, and wait again; or be cancelled.
      if (shared->waiting && shared->waits == waits) {
        shared->waiter = waiter;
        return;
      }
    }
    projector.Forget(waiter);
  }

  Subscriptions& all_;
  Runner& runner_;
  const bool rows_only_;
  const std::string filter_;
  // All before it has been looked at.
  std::uint64_t next_;
  bool caught_up_ = false;
  // What the last message said, and when.
  std::uint64_t told_ = 0;
  absl::Time told_at_;
  std::deque<v1::SubscribeResponse> outgoing_;
  const std::shared_ptr<Self> self_;
};

grpc::ServerWriteReactor<v1::SubscribeResponse>* Subscriptions::Open(
    grpc::CallbackServerContext& context, const v1::SubscribeRequest& request) {
  return new Subscription(*this, context, request);
}

}  // namespace jejak::service
