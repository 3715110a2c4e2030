// SPDX-License-Identifier: Apache-2.0

#include "server/service/history/history_service.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/domain/refusal.h"
#include "server/service/caller.h"
#include "server/service/validator.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

namespace jejak::service {
namespace {

using domain::Refusal;

// A watch that has nothing to say says so at least this often.
constexpr absl::Duration kHeartbeat = absl::Seconds(20);
// Positions looked at in one turn on the pool.
constexpr std::uint64_t kPositionsPerTurn = 256;

// True if `stream` is `prefix` or lies below it.
bool LiesBelow(absl::string_view stream, absl::string_view prefix) {
  return prefix.empty() || stream == prefix ||
         (absl::StartsWith(stream, prefix) && stream[prefix.size()] == '/');
}

absl::Status TooManyWatchers() {
  return Refusal(absl::StatusCode::kResourceExhausted, "TOO_MANY_WATCHERS",
                 "too many watches are open")
      .Needed("close one, or try again later");
}

absl::Status PositionInFuture(std::uint64_t size) {
  return Refusal(absl::StatusCode::kInvalidArgument, "POSITION_IN_FUTURE",
                 absl::StrCat("the log has ", size, " events"))
      .Needed("a position that is at most the size of the log")
      .Meta("log_size", absl::StrCat(size));
}

}  // namespace

grpc::ServerUnaryReactor* HistoryServiceImpl::ListLokusHistory(
    grpc::CallbackServerContext* context, const v1::ListLokusHistoryRequest* request,
    v1::ListLokusHistoryResponse* response) {
  return runner_.Read(
      context, *request, request->read(),
      [this, request, response](std::uint64_t size) -> absl::Status {
        const query::Reader reader = runner_.reader();
        JEJAK_RETURN_IF_ERROR(
            reader.Get(domain::AggregateFor(v1::Lokus::descriptor()), request->name(), size)
                .status());
        query::HistoryRequest history;
        history.dimension = absl::StrCat("lokus:", request->name());
        history.page_size = request->page_size();
        history.page_token = request->page_token();
        history.descending = request->descending();
        JEJAK_ASSIGN_OR_RETURN(query::HistoryPage page,
                               reader.History(history, size, runner_.Masked()));
        for (v1::RecordedEvent& event : page.events) {
          *response->add_events() = std::move(event);
        }
        response->set_next_page_token(page.next_page_token);
        response->set_log_size(page.size);
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* HistoryServiceImpl::SearchEvents(grpc::CallbackServerContext* context,
                                                           const v1::SearchEventsRequest* request,
                                                           v1::SearchEventsResponse* response) {
  return runner_.Read(context, *request, request->read(),
                      [this, request, response](std::uint64_t size) {
                        absl::StatusOr<v1::SearchEventsResponse> found =
                            runner_.reader().SearchEvents(*request, size);
                        if (found.ok()) *response = *std::move(found);
                        return found.status();
                      });
}

grpc::ServerUnaryReactor* HistoryServiceImpl::ListRevisions(grpc::CallbackServerContext* context,
                                                            const v1::ListRevisionsRequest* request,
                                                            v1::ListRevisionsResponse* response) {
  return runner_.Read(context, *request, request->read(),
                      [this, request, response](std::uint64_t size) {
                        absl::StatusOr<v1::ListRevisionsResponse> found =
                            runner_.reader().ListRevisions(*request, size, runner_.Masked());
                        if (found.ok()) *response = *std::move(found);
                        return found.status();
                      });
}

grpc::ServerUnaryReactor* HistoryServiceImpl::Diff(grpc::CallbackServerContext* context,
                                                   const v1::DiffRequest* request,
                                                   v1::DiffResponse* response) {
  const bool has_from = request->from().as_of_case() != v1::ReadOptions::AS_OF_NOT_SET ||
                        request->from().has_valid_time();
  return runner_.ReadAt(
      context, *request, request->read(),
      [this, has_from, request, response](const query::Moment& to) -> absl::Status {
        const query::Reader reader = runner_.reader();
        query::Moment from;
        if (has_from) {
          JEJAK_ASSIGN_OR_RETURN(from, reader.MomentFor(request->from()));
        }
        absl::StatusOr<v1::DiffResponse> found = reader.Diff(*request, from, to, runner_.Masked());
        if (found.ok()) *response = *std::move(found);
        return found.status();
      },
      has_from ? &request->from() : nullptr);
}

grpc::ServerUnaryReactor* HistoryServiceImpl::ListEvents(grpc::CallbackServerContext* context,
                                                         const v1::ListEventsRequest* request,
                                                         v1::ListEventsResponse* response) {
  return runner_.Read(
      context, *request, v1::ReadOptions::default_instance(),
      [this, request, response](std::uint64_t size) -> absl::Status {
        JEJAK_ASSIGN_OR_RETURN(const std::uint32_t page_size,
                               query::PageSize(request->page_size()));
        const std::uint64_t from = request->from_position();
        const std::uint64_t to = std::min(size, from + limits::kScannedPositionsMax);
        const query::Present masked = runner_.Masked();
        response->set_log_size(size);
        response->set_next_position(std::max(from, to));
        if (from > size) return PositionInFuture(size);
        absl::Status shown;
        JEJAK_RETURN_IF_ERROR(
            runner_.options().log->Scan(from, to, [&](const log::RecordedEvent& event) {
              if (!LiesBelow(event.entry.stream, request->stream_prefix())) return true;
              if (static_cast<std::uint32_t>(response->events_size()) == page_size ||
                  response->ByteSizeLong() >= limits::kPageBytesMax) {
                response->set_next_position(event.entry.position);
                return false;
              }
              absl::StatusOr<v1::RecordedEvent> api = query::ToApi(event, masked);
              if (!api.ok()) {
                shown = api.status();
                return false;
              }
              *response->add_events() = *std::move(api);
              return true;
            }));
        return shown;
      });
}

namespace {

// One watch. Its turns: look at some positions on the pool, write what matched one message at a
// time, and at the end of the log wait for more without a thread. A turn hands over to the next
// only when it has ended, so one thing happens at a time; the mutex is for OnCancel, which comes
// from outside the turns.
class Watch final : public grpc::ServerWriteReactor<v1::WatchEventsResponse> {
 public:
  Watch(const grpc::CallbackServerContext& context, const v1::WatchEventsRequest& request,
        Runner& runner, std::atomic<std::size_t>& watchers)
      : runner_(runner),
        watchers_(watchers),
        request_(request),
        next_(request.from_position()),
        self_(std::make_shared<Self>()) {
    self_->watch = this;
    absl::Status status = GetCaller(context).status();
    if (status.ok()) status = Validate(request);
    const std::uint64_t size = runner_.options().log->DurableSize();
    if (status.ok() && next_ > size) status = PositionInFuture(size);
    if (++watchers_ > limits::kWatchersMax && status.ok()) status = TooManyWatchers();
    if (!status.ok()) {
      FinishOnce(status);
    } else {
      PostTurn();
    }
  }

  void OnWriteDone(bool ok) override {
    if (!ok) {
      FinishOnce(absl::CancelledError("the client is gone"));
      return;
    }
    outgoing_.pop_front();
    WriteOrGoOn();
  }

  // A watch that waits has no turn in which it would notice.
  void OnCancel() override {
    bool waiting = false;
    {
      MutexLock lock(self_->mutex);
      self_->cancelled = true;
      // Taken, so that a callback that comes now finds nothing to wake.
      waiting = std::exchange(self_->waiting, false);
    }
    if (waiting) FinishOnce(absl::CancelledError("the watch was cancelled"));
  }

  void OnDone() override {
    {
      MutexLock lock(self_->mutex);
      self_->watch = nullptr;
    }
    --watchers_;
    delete this;
  }

 private:
  // Outlives the watch for the sake of callbacks that come late.
  struct Self {
    Mutex mutex;
    Watch* watch ABSL_GUARDED_BY(mutex) = nullptr;
    bool waiting ABSL_GUARDED_BY(mutex) = false;
    bool cancelled ABSL_GUARDED_BY(mutex) = false;
    bool finished ABSL_GUARDED_BY(mutex) = false;
  };

  void FinishOnce(const absl::Status& status) {
    {
      MutexLock lock(self_->mutex);
      if (self_->finished) return;
      self_->finished = true;
      self_->waiting = false;
    }
    Finish(ToGrpc(status));
  }

  void PostTurn() {
    if (!runner_.options().pool->TryPost([this] { Turn(); })) {
      FinishOnce(Refusal(absl::StatusCode::kResourceExhausted, "FELL_BEHIND",
                         "the server is too busy for this watch")
                     .Needed("watch again from next_position")
                     .Meta("next_position", absl::StrCat(next_)));
    }
  }

  void Turn() {
    // What is shown is in the view already, so that a reader who follows up finds it there.
    const std::uint64_t size = runner_.reader().view().Size();
    const std::uint64_t to = std::min(size, next_ + kPositionsPerTurn);
    const query::Present masked = runner_.Masked();
    std::size_t bytes = 0;
    absl::Status shown;
    absl::Status status =
        runner_.options().log->Scan(next_, to, [&](const log::RecordedEvent& event) {
          if (bytes >= limits::kPageBytesMax) return false;
          if (Matches(event.entry)) {
            absl::StatusOr<v1::RecordedEvent> api = query::ToApi(event, masked);
            if (!api.ok()) {
              shown = api.status();
              return false;
            }
            v1::WatchEventsResponse& message = outgoing_.emplace_back();
            *message.mutable_event() = *std::move(api);
            message.set_next_position(event.entry.position + 1);
            bytes += message.ByteSizeLong();
          }
          next_ = event.entry.position + 1;
          return true;
        });
    if (status.ok()) status = shown;
    if (!status.ok()) {
      FinishOnce(status);
      return;
    }
    if (next_ == size && !caught_up_) {
      caught_up_ = true;
      AddProgress();
    }
    WriteOrGoOn();
  }

  void AddProgress() {
    v1::WatchEventsResponse& message = outgoing_.emplace_back();
    message.set_next_position(next_);
    message.set_caught_up(caught_up_);
    const absl::Time now = runner_.options().clock->Now();
    message.mutable_time()->set_seconds(absl::ToUnixSeconds(now));
  }

  bool Matches(const log::Entry& entry) const {
    if (!LiesBelow(entry.stream, request_.stream_prefix())) return false;
    return request_.lokus().empty() || std::binary_search(entry.tags.begin(), entry.tags.end(),
                                                          absl::StrCat("lokus:", request_.lokus()));
  }

  void WriteOrGoOn() {
    if (!outgoing_.empty()) {
      StartWrite(&outgoing_.front());
    } else if (next_ < runner_.reader().view().Size()) {
      PostTurn();
    } else {
      Wait();
    }
  }

  void Wait() {
    bool cancelled = false;
    // Once it waits, a cancellation on another thread may end the watch: nothing of it is touched
    // from then on.
    projection::Projector& projector = *runner_.options().projector;
    const std::uint64_t size = next_ + 1;
    const absl::Time until = runner_.options().clock->Now() + kHeartbeat;
    const std::shared_ptr<Self> shared = self_;
    {
      MutexLock lock(shared->mutex);
      if (shared->finished) return;
      cancelled = shared->cancelled;
      shared->waiting = !cancelled;
    }
    if (cancelled) {
      FinishOnce(absl::CancelledError("the watch was cancelled"));
      return;
    }
    projector.WhenReached(size, until, [self = shared](const absl::Status& reached) {
      Watch* watch = nullptr;
      {
        MutexLock lock(self->mutex);
        // Cancelled meanwhile: the watch may be gone.
        if (!self->waiting || self->finished) return;
        self->waiting = false;
        watch = self->watch;
      }
      watch->Waited(reached);
    });
  }

  void Waited(const absl::Status& reached) {
    if (reached.ok()) {
      PostTurn();
    } else if (absl::IsDeadlineExceeded(reached)) {
      AddProgress();
      WriteOrGoOn();
    } else {
      FinishOnce(Runner::NotReached(reached));
    }
  }

  Runner& runner_;
  std::atomic<std::size_t>& watchers_;
  const v1::WatchEventsRequest request_;
  std::uint64_t next_;
  bool caught_up_ = false;
  std::deque<v1::WatchEventsResponse> outgoing_;
  const std::shared_ptr<Self> self_;
};

}  // namespace

grpc::ServerWriteReactor<v1::WatchEventsResponse>* HistoryServiceImpl::WatchEvents(
    grpc::CallbackServerContext* context, const v1::WatchEventsRequest* request) {
  return new Watch(*context, *request, runner_, watchers_);
}

}  // namespace jejak::service
