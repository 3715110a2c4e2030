// SPDX-License-Identifier: Apache-2.0

#include "server/service/history/history_service.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/query/search.h"
#include "server/service/history/history_errors.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <utility>

namespace jejak::service {
namespace {

// True if `stream` is `prefix` or lies below it.
bool LiesBelow(absl::string_view stream, absl::string_view prefix) {
  return prefix.empty() || stream == prefix ||
         (absl::StartsWith(stream, prefix) && stream[prefix.size()] == '/');
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

grpc::ServerUnaryReactor* HistoryServiceImpl::CountEvents(grpc::CallbackServerContext* context,
                                                          const v1::CountEventsRequest* request,
                                                          v1::CountEventsResponse* response) {
  return runner_.Read(context, *request, request->read(),
                      [this, request, response](std::uint64_t size) {
                        const query::Reader reader = runner_.reader();
                        absl::StatusOr<v1::CountEventsResponse> counted =
                            query::Count(reader.log(), reader.view(), *request, size);
                        if (counted.ok()) *response = *std::move(counted);
                        return counted.status();
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
          // As of now is one moment, and the view may have gone on since `to` was taken.
          if (request->from().as_of_case() == v1::ReadOptions::AS_OF_NOT_SET) from.size = to.size;
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

grpc::ServerWriteReactor<v1::SubscribeResponse>* HistoryServiceImpl::Subscribe(
    grpc::CallbackServerContext* context, const v1::SubscribeRequest* request) {
  return subscriptions_.Open(*context, *request);
}

}  // namespace jejak::service
