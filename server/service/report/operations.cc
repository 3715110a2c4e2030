// SPDX-License-Identifier: Apache-2.0

#include "server/service/report/operations.h"

#include "server/base/file.h"
#include "server/base/hash.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/command/status_proto.h"
#include "server/domain/messages.h"
#include "server/domain/refusal.h"
#include "server/query/page_token.h"
#include "server/query/reader.h"
#include "server/query/report/report_errors.h"
#include "server/service/report/operation_errors.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <spdlog/spdlog.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace jejak::service {
namespace {

// One after another: a report may look at millions of events, and there are other readers.
constexpr std::size_t kThreads = 1;

void SetTime(absl::Time time, google::protobuf::Timestamp& timestamp) {
  domain::SetMicros(absl::ToUnixMicros(time), timestamp);
}

// As ToGrpc has it: what went wrong inside is in the server's log only.
google::rpc::Status Shown(const absl::Status& status) {
  if (!domain::GetReason(status).empty()) return command::ToProto(status);
  const bool bug = absl::IsInternal(status) || absl::IsUnknown(status) || absl::IsDataLoss(status);
  if (bug) spdlog::error("a report failed: {}", status.ToString());
  return command::ToProto(domain::Refusal(
      status.code(), absl::StatusCodeToString(status.code()),
      bug ? "the server failed; its log says why" : absl::string_view(status.message())));
}

}  // namespace

Operations::Operations(std::string folder, Clock* clock)
    : folder_(std::move(folder)), clock_(clock), pool_(kThreads, limits::kOperationsMax) {}

absl::StatusOr<std::unique_ptr<Operations>> Operations::Open(std::string folder, Clock* clock) {
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot empty ", folder, ": ", error.message()));
  }
  JEJAK_RETURN_IF_ERROR(MakeFolder(folder));
  return std::unique_ptr<Operations>(new Operations(std::move(folder), clock));
}

Operations::~Operations() {
  MutexLock lock(mutex_);
  for (const auto& [number, held] : held_) held->cancelled = true;
}

absl::StatusOr<v1::Operation> Operations::Start(const std::string& actor, const std::string& report,
                                                Work work) {
  auto held = std::make_shared<Held>();
  held->actor = actor;
  held->operation.set_name(absl::StrCat("operations/", ToHex(RandomBytes(16))));
  held->operation.set_report(report);
  SetTime(clock_->Now(), *held->operation.mutable_start_time());
  const v1::Operation started = held->operation;
  MutexLock lock(mutex_);
  Expire();
  std::size_t of_actor = 0;
  for (const auto& [number, other] : held_) {
    if (other->actor == actor) ++of_actor;
  }
  if (of_actor >= limits::kOperationsPerActorMax && !MakePlace(actor)) return TooManyReports();
  if (held_.size() >= limits::kOperationsMax && !MakePlace("")) return TooManyReports();
  if (!pool_.TryPost([this, held, work = std::move(work)] { RunOne(held, work); })) {
    return TooManyReports();
  }
  held_[started_++] = std::move(held);
  return started;
}

void Operations::RunOne(const std::shared_ptr<Held>& held, const Work& work) {
  {
    MutexLock lock(mutex_);
    if (held->operation.done()) return;
    held->begun = true;
  }
  absl::StatusOr<std::unique_ptr<Spool>> spool = Spool::Open(folder_);
  absl::StatusOr<v1::ReportHeader> header = query::report::ReportCancelled();
  if (!spool.ok()) {
    header = spool.status();
  } else if (!held->cancelled) {
    header = work(**spool, [this, &held](const v1::OperationProgress& progress) {
      MutexLock lock(mutex_);
      *held->operation.mutable_progress() = progress;
      return !held->cancelled;
    });
    if (header.ok()) {
      if (absl::Status finished = (*spool)->Finish(); !finished.ok()) header = std::move(finished);
    }
  }
  MutexLock lock(mutex_);
  End(*held, std::move(header), spool.ok() ? *std::move(spool) : nullptr);
}

void Operations::End(Held& held, absl::StatusOr<v1::ReportHeader> header,
                     std::unique_ptr<Spool> spool) {
  const absl::Time now = clock_->Now();
  v1::Operation& operation = held.operation;
  operation.set_done(true);
  SetTime(now, *operation.mutable_end_time());
  held.expires = now + limits::kOperationHeld;
  SetTime(held.expires, *operation.mutable_expire_time());
  if (!header.ok()) {
    *operation.mutable_error() = Shown(header.status());
    return;
  }
  *operation.mutable_header() = *std::move(header);
  held.spool = std::move(spool);
  std::uint64_t bytes = 0;
  for (const auto& [number, other] : held_) {
    if (other->spool != nullptr) bytes += other->spool->bytes();
  }
  while (bytes > limits::kOperationsBytesMax) {
    // The oldest first; this one is the youngest that has rows.
    for (auto at = held_.begin(); at != held_.end(); ++at) {
      if (at->second->spool == nullptr) continue;
      bytes -= at->second->spool->bytes();
      held_.erase(at);
      break;
    }
  }
}

void Operations::Expire() {
  const absl::Time now = clock_->Now();
  for (auto at = held_.begin(); at != held_.end();) {
    at = at->second->expires <= now ? held_.erase(at) : std::next(at);
  }
}

bool Operations::MakePlace(absl::string_view actor) {
  for (auto at = held_.begin(); at != held_.end(); ++at) {
    const Held& held = *at->second;
    if (!held.operation.done() || (!actor.empty() && held.actor != actor)) continue;
    held_.erase(at);
    return true;
  }
  return false;
}

absl::StatusOr<std::shared_ptr<Operations::Held>> Operations::Find(absl::string_view actor,
                                                                   absl::string_view name) {
  Expire();
  for (const auto& [number, held] : held_) {
    if (held->operation.name() == name && held->actor == actor) return held;
  }
  return OperationUnknown(name);
}

absl::StatusOr<v1::Operation> Operations::Get(absl::string_view actor, absl::string_view name) {
  MutexLock lock(mutex_);
  JEJAK_ASSIGN_OR_RETURN(const std::shared_ptr<Held> held, Find(actor, name));
  return held->operation;
}

absl::StatusOr<v1::Operation> Operations::Cancel(absl::string_view actor, absl::string_view name) {
  MutexLock lock(mutex_);
  JEJAK_ASSIGN_OR_RETURN(const std::shared_ptr<Held> held, Find(actor, name));
  held->cancelled = true;
  if (!held->begun && !held->operation.done()) {
    End(*held, query::report::ReportCancelled(), nullptr);
  }
  return held->operation;
}

absl::StatusOr<v1::ListReportRowsResponse> Operations::Rows(
    absl::string_view actor, const v1::ListReportRowsRequest& request) {
  JEJAK_ASSIGN_OR_RETURN(const std::uint32_t page_size, query::PageSize(request.page_size()));
  const std::vector<absl::string_view> query = {"report-rows", request.name()};
  std::uint64_t from = 0;
  if (!request.page_token().empty()) {
    JEJAK_ASSIGN_OR_RETURN(const query::PageToken token,
                           query::DecodePageToken(request.page_token(), query));
    from = token.moment.size;
  }
  v1::ListReportRowsResponse response;
  std::shared_ptr<Held> held;
  {
    MutexLock lock(mutex_);
    JEJAK_ASSIGN_OR_RETURN(held, Find(actor, request.name()));
    if (!held->operation.done()) return OperationNotDone();
    if (held->operation.has_error()) return OperationFailed(held->operation.error().message());
    if (from == 0) *response.mutable_header() = held->operation.header();
  }
  // Nothing writes to a spool that has ended; `held` keeps it.
  std::size_t bytes = 0;
  bool more = false;
  JEJAK_RETURN_IF_ERROR(held->spool->Read(from, [&](const v1::ReportRow& row) {
    more = static_cast<std::uint32_t>(response.rows_size()) == page_size ||
           bytes >= limits::kPageBytesMax;
    if (more) return false;
    *response.add_rows() = row;
    bytes += row.ByteSizeLong();
    return true;
  }));
  if (more) {
    query::PageToken token;
    token.moment = from + static_cast<std::uint64_t>(response.rows_size());
    response.set_next_page_token(query::EncodePageToken(token, query));
  }
  return response;
}

}  // namespace jejak::service
