// SPDX-License-Identifier: Apache-2.0
//
// File: reader.h
//
// Answers questions from the view and the log, as of a moment: resources, lists in pages, and
// histories. Blocking reads: never on a gRPC thread.

#ifndef JEJAK_SERVER_QUERY_READER_H_
#define JEJAK_SERVER_QUERY_READER_H_

#include "server/domain/aggregate.h"
#include "server/log/event_log.h"
#include "server/query/moment.h"
#include "server/query/page_token.h"
#include "server/view/view_store.h"

#include "google/protobuf/message.h"
#include "jejak/v1/common.pb.h"
#include "jejak/v1/history.pb.h"
#include "jejak/v1/history_service.pb.h"

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace jejak::query {

// Changes a message before it is shown: masks or redacts persons. Query does not know how.
using Present = std::function<void(google::protobuf::Message&)>;

struct ListRequest {
  // The collection's resources, e.g. all that match the aggregate's pattern below `parent`.
  const domain::Aggregate* aggregate = nullptr;
  // "programs/dp3-2021"; empty for a top collection.
  std::string parent;
  std::uint32_t page_size = 0;
  std::string page_token;
  std::string filter;
  std::string order_by;
};

struct ListPage {
  std::vector<std::unique_ptr<google::protobuf::Message>> resources;
  std::string next_page_token;
  std::uint64_t size = 0;
  std::string filter;
};

struct HistoryRequest {
  // "lokus:programs/dp3-2021/lokus/18.06.11.2016".
  std::string dimension;
  std::uint32_t page_size = 0;
  std::string page_token;
  bool descending = false;
};

struct HistoryPage {
  std::vector<v1::RecordedEvent> events;
  std::string next_page_token;
  std::uint64_t size = 0;
};

// Reads from one view, for as long as it lives: make one for each read. Thread-safe.
class Reader {
 public:
  // The log must outlive the reader.
  Reader(const log::EventLog* log, std::shared_ptr<const view::ViewStore> view)
      : log_(log), view_(std::move(view)) {}

  // The size the view has to reach before a read can be answered: what is durable now, or nothing
  // for an eventual read, and what its moment and min_log_size need. Does not block.
  // INVALID_ARGUMENT, reason AS_OF_IN_FUTURE, if its moment has not come.
  absl::StatusOr<std::uint64_t> SizeToReach(const v1::ReadOptions& read) const;
  // The moment the read is answered at, once the view has reached SizeToReach: its own, or the
  // view's size.
  absl::StatusOr<Moment> MomentFor(const v1::ReadOptions& read) const;

  // NAME_INVALID, RESOURCE_NOT_FOUND.
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Get(const domain::Aggregate& aggregate,
                                                                 absl::string_view name,
                                                                 const Moment& moment) const;

  // One page as of `moment`, or as of the first page's if there is a page token.
  // FILTER_INVALID, ORDER_INVALID, PAGE_TOKEN_INVALID, PAGE_TOKEN_MISMATCH, PAGE_SIZE_INVALID,
  // VIEW_BEHIND (the first page's size is not reached, which only an eventual read can meet),
  // LIST_TOO_LARGE (an order over more than limits::kSortedRowsMax resources).
  absl::StatusOr<ListPage> List(const ListRequest& request, const Moment& moment) const;

  // One page of the events about a dimension. Errors as for List.
  absl::StatusOr<HistoryPage> History(const HistoryRequest& request, std::uint64_t size,
                                      const Present& present) const;

  // One page of the events that request.filter matches, with the token of the next. Errors as for
  // List.
  absl::StatusOr<v1::SearchEventsResponse> SearchEvents(const v1::SearchEventsRequest& request,
                                                        std::uint64_t size) const;

  // One page of the revisions of a resource. Errors as for List; RESOURCE_NOT_FOUND.
  absl::StatusOr<v1::ListRevisionsResponse> ListRevisions(const v1::ListRevisionsRequest& request,
                                                          std::uint64_t size,
                                                          const Present& present) const;

  // What changed from one moment to the other. NOT_FOUND if request.name() does not exist at the
  // later one; INVALID_ARGUMENT, reason MOMENTS_REVERSED, if
  // something that counts at `from` does not at `to`; RESOURCE_EXHAUSTED, reason DIFF_TOO_LARGE,
  // over limits::kDiffEventsMax or limits::kDiffChangesMax.
  absl::StatusOr<v1::DiffResponse> Diff(const v1::DiffRequest& request, const Moment& from,
                                        const Moment& to, const Present& present) const;

  // Where a page of `query` begins: at `moment` without a token. PAGE_TOKEN_INVALID,
  // PAGE_TOKEN_MISMATCH, AS_OF_IN_FUTURE, VIEW_BEHIND.
  absl::StatusOr<PageToken> StartPage(absl::string_view page_token,
                                      const std::vector<absl::string_view>& query,
                                      const Moment& moment) const;

  const log::EventLog& log() const { return *log_; }
  const view::ViewStore& view() const { return *view_; }

 private:
  // Calls `visit` for each event from position `from` up to `to` (not included) that the filter
  // matches, in order; ends with the first error.
  absl::Status ForEachRow(const std::string& filter, std::uint64_t from, std::uint64_t to,
                          absl::FunctionRef<absl::Status(const v1::EventRow&)> visit) const;
  // The same for each event that counts at `to` and not at `from`.
  absl::Status ForEachRowBetween(const std::string& filter, const Moment& from, const Moment& to,
                                 absl::FunctionRef<absl::Status(const v1::EventRow&)> visit) const;
  // The state of a resource as it is shown; an empty one if it did not exist.
  struct Shown {
    std::unique_ptr<google::protobuf::Message> state;
    bool exists = false;
  };
  absl::StatusOr<Shown> StateAt(const domain::Aggregate& aggregate, absl::string_view name,
                                const Moment& moment, const Present& present) const;
  // Adds what changed in one resource, and its bytes to `bytes`.
  absl::Status DiffResource(const std::string& name, const Moment& from, const Moment& to,
                            const Present& present, std::size_t& bytes,
                            v1::DiffResponse& response) const;

  const log::EventLog* log_;
  std::shared_ptr<const view::ViewStore> view_;
};

// A recorded event as it is shown. DATA_LOSS if its payload is no envelope.
absl::StatusOr<v1::RecordedEvent> ToApi(const log::RecordedEvent& event, const Present& present);

// The page size to use: the default for 0. PAGE_SIZE_INVALID above limits::kPageSizeMax.
absl::StatusOr<std::uint32_t> PageSize(std::uint32_t asked);

}  // namespace jejak::query

#endif  // JEJAK_SERVER_QUERY_READER_H_
