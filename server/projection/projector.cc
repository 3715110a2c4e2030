// SPDX-License-Identifier: Apache-2.0

#include "server/projection/projector.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/domain/messages.h"
#include "server/projection/event_row.h"
#include "server/projection/fold.h"

#include "jejak/v1/office.pb.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace jejak::projection {
namespace {

using google::protobuf::Message;

// Enough for one write to be worth it, and little enough that readers do not wait long.
constexpr std::uint64_t kEventsPerBatch = 512;

// The office, and those above it as they are known so far.
absl::StatusOr<std::vector<std::string>> OfficesAbove(
    std::string office,
    const std::function<absl::StatusOr<Message*>(const domain::Aggregate&, const std::string&)>&
        load) {
  static const domain::Aggregate& aggregate = domain::AggregateFor(v1::Office::descriptor());
  std::vector<std::string> offices;
  while (domain::NameMatches(office, aggregate.pattern()) &&
         offices.size() < limits::kOfficeLevelsMax) {
    JEJAK_ASSIGN_OR_RETURN(const Message* state, load(aggregate, office));
    offices.push_back(office);
    office = static_cast<const v1::Office*>(state)->parent();
  }
  return offices;
}

}  // namespace

view::TableId TableOf(const domain::Aggregate& aggregate) {
  const auto& all = domain::AllAggregates();
  return static_cast<view::TableId>(std::find(all.begin(), all.end(), &aggregate) - all.begin());
}

absl::StatusOr<view::ViewChange> Project(
    const log::RecordedEvent& event,
    const std::function<absl::StatusOr<Message*>(const domain::Aggregate&, const std::string&)>&
        load) {
  JEJAK_ASSIGN_OR_RETURN(const event::v1::Envelope envelope, ParseEnvelope(event));
  const domain::Aggregate* aggregate = domain::FindAggregate(event.entry.stream);
  if (aggregate == nullptr) {
    return absl::DataLossError(absl::StrCat("no aggregate goes by ", event.entry.stream));
  }
  JEJAK_ASSIGN_OR_RETURN(Message * state, load(*aggregate, event.entry.stream));
  aggregate->EvolveState(MetaOf(event.entry, envelope), envelope, *state);
  JEJAK_ASSIGN_OR_RETURN(const std::vector<std::string> under,
                         OfficesAbove(envelope.office(), load));
  EventIndex index = IndexEvent(event.entry, envelope, under);
  view::ViewChange change;
  change.position = event.entry.position;
  change.table = TableOf(*aggregate);
  change.name = event.entry.stream;
  change.state = domain::SerializeDeterministically(*state);
  change.row = domain::SerializeDeterministically(index.row);
  change.covering = std::move(index.covering);
  change.bare = std::move(index.bare);
  return change;
}

Projector::Projector(Options options) : options_(std::move(options)), thread_([this] { Run(); }) {}

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

void Projector::WhenReached(std::uint64_t size, absl::Time deadline,
                            std::function<void(absl::Status)> then) {
  absl::Status status;
  {
    MutexLock lock(mutex_);
    if (options_.view->Size() < size) {
      if (!failure_.ok()) {
        status = absl::UnavailableError("the view cannot follow the log");
      } else if (stopping_ || no_waiting_) {
        status = absl::CancelledError("the server is stopping");
      } else {
        if (waiters_.size() < limits::kViewWaitersMax) {
          waiters_.emplace(size, Waiter{deadline, std::move(then)});
          // The thread may be waiting without end: from now on there is a deadline to look at.
          wake_.NotifyAll();
          return;
        }
        status = absl::ResourceExhaustedError("too many wait for the view");
      }
    }
  }
  then(std::move(status));
}

void Projector::Run() noexcept {
  while (true) {
    const absl::Status status = CatchUp();
    bool failed_now = false;
    {
      MutexLock lock(mutex_);
      failed_now = !status.ok() && failure_.ok();
      if (failed_now) failure_ = status;
    }
    if (failed_now && options_.on_failure) options_.on_failure(status);
    CallWaiters();
    {
      MutexLock lock(mutex_);
      if (!woken_ && !stopping_) {
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

absl::Status Projector::CatchUp() {
  {
    MutexLock lock(mutex_);
    if (!failure_.ok()) return failure_;
  }
  while (options_.view->Size() < options_.log->DurableSize()) {
    {
      MutexLock lock(mutex_);
      if (stopping_) return absl::OkStatus();
    }
    const std::uint64_t from = options_.view->Size();
    const std::uint64_t to = std::min(from + kEventsPerBatch, options_.log->DurableSize());
    std::vector<view::ViewChange> changes;
    absl::Status projected;
    JEJAK_RETURN_IF_ERROR(options_.log->Scan(from, to, [&](const log::RecordedEvent& event) {
      absl::StatusOr<view::ViewChange> change =
          Project(event, [this](const domain::Aggregate& aggregate, const std::string& name) {
            return Load(aggregate, name);
          });
      if (!change.ok()) {
        projected = change.status();
        return false;
      }
      changes.push_back(*std::move(change));
      return true;
    }));
    JEJAK_RETURN_IF_ERROR(projected);
    JEJAK_RETURN_IF_ERROR(options_.view->Apply(changes, to));
    if (cache_.size() > limits::kStateCacheStreamsMax) cache_.clear();
    CallWaiters();
  }
  return absl::OkStatus();
}

absl::StatusOr<Message*> Projector::Load(const domain::Aggregate& aggregate,
                                         const std::string& name) {
  std::unique_ptr<Message>& state = cache_[name];
  if (state == nullptr) {
    state = aggregate.NewState();
    JEJAK_ASSIGN_OR_RETURN(std::optional<std::string> bytes,
                           options_.view->Get(TableOf(aggregate), name, options_.view->Size()));
    if (bytes.has_value() && !state->ParseFromString(*bytes)) {
      return absl::DataLossError(absl::StrCat("the row of ", name, " cannot be read"));
    }
  }
  return state.get();
}

void Projector::CallWaiters() {
  std::vector<std::pair<std::function<void(absl::Status)>, absl::Status>> calls;
  {
    MutexLock lock(mutex_);
    const std::uint64_t size = options_.view->Size();
    const absl::Time now = Clock::Real()->Now();
    for (auto it = waiters_.begin(); it != waiters_.end();) {
      absl::Status status;
      if (it->first > size) {
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
