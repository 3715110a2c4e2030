// SPDX-License-Identifier: Apache-2.0

#include "server/query/reader.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/domain/messages.h"
#include "server/domain/refusal.h"
#include "server/projection/fold.h"
#include "server/projection/projector.h"
#include "server/query/diff.h"
#include "server/query/filter.h"
#include "server/query/page_token.h"
#include "server/query/search.h"
#include "server/query/valid_time.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace jejak::query {
namespace {

using domain::Refusal;
using google::protobuf::Message;

absl::Status AsOfInFuture(std::uint64_t size) {
  return Refusal(absl::StatusCode::kInvalidArgument, "AS_OF_IN_FUTURE",
                 absl::StrCat("that moment has not come: the log has ", size, " events"))
      .Needed("a position or time that has passed")
      .Meta("log_size", absl::StrCat(size));
}

absl::Status ViewBehind(std::uint64_t size) {
  return Refusal(absl::StatusCode::kUnavailable, "VIEW_BEHIND",
                 absl::StrCat("the view has reached ", size, " events, and not yet this page's"))
      .Needed("the same request a little later, or one that is not eventual");
}

absl::Status MomentsReversed() {
  return Refusal(absl::StatusCode::kInvalidArgument, "MOMENTS_REVERSED",
                 "the moment to compare from is later than the other")
      .Needed("the earlier moment in from, the later in read");
}

absl::Status DiffTooLarge() {
  return Refusal(absl::StatusCode::kResourceExhausted, "DIFF_TOO_LARGE",
                 absl::StrCat("more than ", limits::kDiffEventsMax, " events or ",
                              limits::kDiffChangesMax, " changes lie between the moments"))
      .Needed("moments that are closer, or a resource further down");
}

void AddChange(const std::string& resource, const FieldDifference& difference, bool created,
               v1::FieldChange& change) {
  change.set_resource(resource);
  change.set_field(difference.field);
  change.set_before(difference.before);
  change.set_after(difference.after);
  change.set_created(created);
}

absl::Status ListTooLarge() {
  return Refusal(absl::StatusCode::kResourceExhausted, "LIST_TOO_LARGE",
                 "too many resources for an order other than by name")
      .Needed("a narrower parent or filter, or no order_by");
}

absl::Status ParentInvalid(absl::string_view parent, absl::string_view pattern) {
  return domain::NameInvalid(parent, pattern);
}

// "programs/*/lokus/*" with parent "programs/p" gives the prefix "programs/p/lokus/".
absl::StatusOr<std::string> CollectionPrefix(absl::string_view pattern, absl::string_view parent) {
  const std::vector<absl::string_view> parts = absl::StrSplit(pattern, '/');
  const auto segments = static_cast<int>(parts.size());
  const std::string parent_pattern = domain::NamePrefix(pattern, segments - 2);
  if (segments == 2) {
    if (!parent.empty()) return ParentInvalid(parent, "nothing");
    return absl::StrCat(parts[0], "/");
  }
  if (!domain::NameMatches(parent, parent_pattern)) return ParentInvalid(parent, parent_pattern);
  return absl::StrCat(parent, "/", parts[static_cast<std::size_t>(segments) - 2], "/");
}

}  // namespace

absl::StatusOr<std::uint32_t> PageSize(std::uint32_t asked) {
  if (asked == 0) return limits::kPageSizeDefault;
  if (asked > limits::kPageSizeMax) {
    return Refusal(absl::StatusCode::kInvalidArgument, "PAGE_SIZE_INVALID",
                   absl::StrCat("a page has at most ", limits::kPageSizeMax, " items"))
        .Needed("a smaller page_size, and the pages after it");
  }
  return asked;
}

absl::StatusOr<std::uint64_t> Reader::SizeToReach(const v1::ReadOptions& read) const {
  const std::uint64_t durable = log_->DurableSize();
  const std::uint64_t fresh =
      std::max(read.consistency() == v1::CONSISTENCY_EVENTUAL ? 0 : durable, read.min_log_size());
  switch (read.as_of_case()) {
    case v1::ReadOptions::kAsOfPosition:
      if (read.as_of_position() >= std::max(durable, read.min_log_size())) {
        return AsOfInFuture(durable);
      }
      // The answer is the same whatever came later.
      return std::max(read.min_log_size(), read.as_of_position() + 1);
    case v1::ReadOptions::kAsOfTime: {
      const absl::StatusOr<std::uint64_t> settled =
          log_->Settle(absl::FromUnixMicros(domain::MicrosOf(read.as_of_time())));
      if (!settled.ok()) return AsOfInFuture(durable);
      return std::max(read.min_log_size(), *settled);
    }
    case v1::ReadOptions::AS_OF_NOT_SET:
      break;
  }
  return fresh;
}

absl::StatusOr<Moment> Reader::MomentFor(const v1::ReadOptions& read) const {
  // Without a moment not the log's size, which may have grown past the view since it was waited
  // for.
  Moment moment(view_->Size());
  if (read.as_of_case() == v1::ReadOptions::kAsOfPosition) {
    moment.size = read.as_of_position() + 1;
  } else if (read.as_of_case() == v1::ReadOptions::kAsOfTime) {
    JEJAK_ASSIGN_OR_RETURN(moment.size,
                           log_->SizeAt(absl::FromUnixMicros(domain::MicrosOf(read.as_of_time()))));
  }
  if (read.has_valid_time()) moment.valid_us = domain::MicrosOf(read.valid_time());
  return moment;
}

absl::StatusOr<std::unique_ptr<Message>> Reader::Get(const domain::Aggregate& aggregate,
                                                     absl::string_view name,
                                                     const Moment& moment) const {
  if (!domain::NameMatches(name, aggregate.pattern())) {
    return domain::NameInvalid(name, aggregate.pattern());
  }
  JEJAK_ASSIGN_OR_RETURN(const std::uint64_t recorded, RecordedInTime(*log_, moment));
  JEJAK_ASSIGN_OR_RETURN(std::unique_ptr<Message> found,
                         FindState(*log_, *view_, aggregate, name, moment, recorded));
  if (found == nullptr) return domain::ResourceNotFound(name);
  return found;
}

absl::StatusOr<PageToken> Reader::StartPage(absl::string_view page_token,
                                            const std::vector<absl::string_view>& query,
                                            const Moment& moment) const {
  PageToken token;
  token.moment = moment;
  if (page_token.empty()) return token;
  JEJAK_ASSIGN_OR_RETURN(token, DecodePageToken(page_token, query));
  // Ours never is; whoever made this one would get pages that do not fit together.
  if (token.moment.size > log_->DurableSize()) return AsOfInFuture(log_->DurableSize());
  if (token.moment.size > view_->Size()) return ViewBehind(view_->Size());
  return token;
}

absl::StatusOr<ListPage> Reader::List(const ListRequest& request, const Moment& moment) const {
  const std::unique_ptr<Message> empty = request.aggregate->NewState();
  JEJAK_ASSIGN_OR_RETURN(const std::uint32_t page_size, PageSize(request.page_size));
  JEJAK_ASSIGN_OR_RETURN(const std::string prefix,
                         CollectionPrefix(request.aggregate->pattern(), request.parent));
  JEJAK_ASSIGN_OR_RETURN(const Filter filter,
                         Filter::Parse(request.filter, empty->GetDescriptor()));
  JEJAK_ASSIGN_OR_RETURN(const Order order, Order::Parse(request.order_by, empty->GetDescriptor()));
  const std::vector<absl::string_view> query = {"list", prefix, filter.normalized(),
                                                request.order_by};
  JEJAK_ASSIGN_OR_RETURN(const PageToken token, StartPage(request.page_token, query, moment));

  JEJAK_ASSIGN_OR_RETURN(const std::uint64_t recorded, RecordedInTime(*log_, token.moment));

  ListPage page;
  page.size = token.moment.size;
  page.filter = filter.normalized();
  std::string last;
  bool more = false;
  std::size_t bytes = 0;
  absl::Status row_status;
  JEJAK_RETURN_IF_ERROR(view_->List(
      projection::TableOf(*request.aggregate), prefix, order.by_name() ? token.after : "",
      token.moment.size, [&](absl::string_view name, absl::string_view state) {
        std::unique_ptr<Message> resource(empty->New());
        if (!resource->ParseFromArray(state.data(), static_cast<int>(state.size()))) {
          row_status = absl::DataLossError(absl::StrCat("the row of ", name, " cannot be read"));
          return false;
        }
        if (!token.moment.is_known()) {
          auto found = FindState(*log_, *view_, *request.aggregate, name, token.moment, recorded);
          row_status = found.status();
          if (!row_status.ok()) return false;
          if (*found == nullptr) return true;
          resource = *std::move(found);
        }
        if (!filter.Matches(*resource)) return true;
        if (order.by_name() &&
            (page.resources.size() == page_size || bytes >= limits::kPageBytesMax)) {
          more = true;
          return false;
        }
        if (page.resources.size() == limits::kSortedRowsMax) {
          row_status = ListTooLarge();
          return false;
        }
        bytes += state.size();
        page.resources.push_back(std::move(resource));
        last = std::string(name);
        return true;
      }));
  JEJAK_RETURN_IF_ERROR(row_status);
  if (!order.by_name()) {
    std::size_t bytes_kept = 0;
    // Sorted anew for each page; the token says how many rows the pages before have shown.
    std::sort(page.resources.begin(), page.resources.end(),
              [&order](const auto& a, const auto& b) { return order.Before(*a, *b); });
    std::uint64_t shown = 0;
    if (!token.after.empty() && !absl::SimpleAtoi(token.after, &shown)) shown = 0;
    shown = std::min<std::uint64_t>(shown, page.resources.size());
    page.resources.erase(page.resources.begin(),
                         page.resources.begin() + static_cast<std::ptrdiff_t>(shown));
    std::size_t kept = 0;
    while (kept < page.resources.size() && kept < page_size &&
           (kept == 0 || bytes_kept < limits::kPageBytesMax)) {
      bytes_kept += page.resources[kept++]->ByteSizeLong();
    }
    more = page.resources.size() > kept;
    page.resources.resize(kept);
    last = absl::StrCat(shown + page.resources.size());
  }
  if (more) page.next_page_token = EncodePageToken(PageToken{token.moment, last}, query);
  return page;
}

absl::StatusOr<HistoryPage> Reader::History(const HistoryRequest& request, std::uint64_t size,
                                            const Present& present) const {
  JEJAK_ASSIGN_OR_RETURN(const std::uint32_t page_size, PageSize(request.page_size));
  const std::vector<absl::string_view> query = {"history", request.dimension,
                                                request.descending ? "desc" : "asc"};
  JEJAK_ASSIGN_OR_RETURN(const PageToken token, StartPage(request.page_token, query, size));
  std::uint64_t from = 0;
  std::uint64_t to = token.moment.size;
  if (std::uint64_t after = 0; !token.after.empty() && absl::SimpleAtoi(token.after, &after)) {
    (request.descending ? to : from) = request.descending ? after : after + 1;
  }
  HistoryPage page;
  page.size = token.moment.size;
  std::vector<std::uint64_t> positions;
  JEJAK_RETURN_IF_ERROR(
      view_->Postings(request.dimension, from, to, request.descending, [&](std::uint64_t position) {
        positions.push_back(position);
        return positions.size() <= page_size;
      }));
  std::size_t bytes = 0;
  for (std::uint64_t position : positions) {
    if (page.events.size() == page_size || bytes >= limits::kPageBytesMax) {
      page.next_page_token = EncodePageToken(
          PageToken{token.moment, absl::StrCat(page.events.back().position())}, query);
      break;
    }
    JEJAK_ASSIGN_OR_RETURN(const log::RecordedEvent event, log_->Read(position));
    JEJAK_ASSIGN_OR_RETURN(page.events.emplace_back(), ToApi(event, present));
    bytes += page.events.back().ByteSizeLong();
  }
  return page;
}

absl::StatusOr<v1::RecordedEvent> ToApi(const log::RecordedEvent& event, const Present& present) {
  JEJAK_ASSIGN_OR_RETURN(event::v1::Envelope envelope, projection::ParseEnvelope(event));
  const log::Entry& entry = event.entry;
  v1::RecordedEvent api;
  api.set_position(entry.position);
  domain::SetMicros(entry.commit_time_us, *api.mutable_commit_time());
  if (entry.effective_time_us != log::kNoEffectiveTime) {
    domain::SetMicros(entry.effective_time_us, *api.mutable_occurred_time());
  }
  api.set_utc_offset_minutes(envelope.utc_offset_minutes());
  api.set_stream(entry.stream);
  api.set_revision(entry.revision);
  api.set_type(entry.event_type);
  api.set_actor(entry.actor);
  api.set_event_id(ToHex(absl::string_view(reinterpret_cast<const char*>(entry.event_id.data()),
                                           entry.event_id.size())));
  api.set_correlation_id(entry.correlation_id);
  for (const std::string& tag : entry.tags) api.add_tags(tag);
  api.set_leaf_hash(ToHex(AsBytes(event.leaf_hash)));
  api.set_office(envelope.office());
  api.set_role(envelope.role());
  api.set_on_behalf_of(envelope.on_behalf_of());
  api.set_authority(envelope.authority());
  api.set_remark(envelope.remark());
  api.set_policy_version(envelope.policy_version());
  api.set_region_catalog_version(envelope.region_catalog_version());
  api.set_request_id(envelope.request_id());
  api.set_actor_unauthenticated(envelope.actor_unauthenticated());
  if (const Message* inner = domain::InnerEvent(envelope); inner != nullptr) {
    std::unique_ptr<Message> shown(inner->New());
    shown->CopyFrom(*inner);
    present(*shown);
    api.mutable_event()->PackFrom(*shown);
  }
  return api;
}

absl::StatusOr<v1::SearchEventsResponse> Reader::SearchEvents(
    const v1::SearchEventsRequest& request, std::uint64_t size) const {
  SearchRequest search;
  JEJAK_ASSIGN_OR_RETURN(search.page_size, PageSize(request.page_size()));
  JEJAK_ASSIGN_OR_RETURN(const std::string filter, CheckedSearch(request.filter()));
  const std::vector<absl::string_view> query = {"search", filter,
                                                request.descending() ? "desc" : "asc"};
  JEJAK_ASSIGN_OR_RETURN(const PageToken token, StartPage(request.page_token(), query, size));
  search.filter = request.filter();
  search.descending = request.descending();
  search.has_after = absl::SimpleAtoi(token.after, &search.after);
  JEJAK_ASSIGN_OR_RETURN(SearchPage page, Search(*log_, *view_, search, token.moment.size));
  v1::SearchEventsResponse response;
  for (v1::EventRow& row : page.rows) *response.add_events() = std::move(row);
  if (page.more) {
    response.set_next_page_token(
        EncodePageToken(PageToken{token.moment, absl::StrCat(page.last)}, query));
  }
  response.set_log_size(token.moment.size);
  response.set_filter(filter);
  return response;
}

absl::StatusOr<Reader::Shown> Reader::StateAt(const domain::Aggregate& aggregate,
                                              absl::string_view name, const Moment& moment,
                                              const Present& present) const {
  JEJAK_ASSIGN_OR_RETURN(const std::uint64_t recorded, RecordedInTime(*log_, moment));
  JEJAK_ASSIGN_OR_RETURN(std::unique_ptr<Message> found,
                         FindState(*log_, *view_, aggregate, name, moment, recorded));
  if (found == nullptr) return Shown{aggregate.NewState()};
  present(*found);
  return Shown{std::move(found), true};
}

absl::Status Reader::ForEachRow(const std::string& filter, std::uint64_t from, std::uint64_t to,
                                absl::FunctionRef<absl::Status(const v1::EventRow&)> visit) const {
  SearchRequest search;
  search.filter = filter;
  search.page_size = limits::kPageSizeMax;
  search.has_after = from > 0;
  search.after = from > 0 ? from - 1 : 0;
  SearchPage page;
  do {
    JEJAK_ASSIGN_OR_RETURN(page, Search(*log_, *view_, search, to));
    for (const v1::EventRow& row : page.rows) JEJAK_RETURN_IF_ERROR(visit(row));
    search.has_after = true;
    search.after = page.last;
  } while (page.more);
  return absl::OkStatus();
}

absl::Status Reader::ForEachRowBetween(
    const std::string& filter, const Moment& from, const Moment& to,
    absl::FunctionRef<absl::Status(const v1::EventRow&)> visit) const {
  JEJAK_ASSIGN_OR_RETURN(const std::uint64_t from_recorded, RecordedInTime(*log_, from));
  JEJAK_ASSIGN_OR_RETURN(const std::uint64_t to_recorded, RecordedInTime(*log_, to));
  std::map<std::uint64_t, v1::EventRow> between;
  std::size_t looked_at = 0;
  const auto collect = [&](const std::string& conditions, std::uint64_t begin, std::uint64_t end) {
    return ForEachRow(conditions, begin, end, [&](const v1::EventRow& row) -> absl::Status {
      if (++looked_at > limits::kScannedRowsMax) return DiffTooLarge();
      JEJAK_ASSIGN_OR_RETURN(const bool counted, Counts(*view_, row, from, from_recorded));
      JEJAK_ASSIGN_OR_RETURN(const bool counts, Counts(*view_, row, to, to_recorded));
      if (counts && !counted) between[row.position()] = row;
      return between.size() > limits::kDiffEventsMax ? DiffTooLarge() : absl::OkStatus();
    });
  };
  JEJAK_RETURN_IF_ERROR(collect(filter, from_recorded, to_recorded));
  // What was recorded some days after the time counts only if it was late by as many days.
  std::uint64_t begin = to_recorded;
  for (std::int64_t days = 0; begin < to.size; days = std::max<std::int64_t>(1, 2 * days)) {
    const absl::Duration segment = absl::Hours(24) * std::max<std::int64_t>(1, 2 * days);
    JEJAK_ASSIGN_OR_RETURN(std::uint64_t end,
                           log_->SizeAt(absl::FromUnixMicros(to.valid_us) + segment));
    end = std::min(end, to.size);
    JEJAK_RETURN_IF_ERROR(
        collect(days == 0 ? filter : absl::StrCat(filter, " AND late_days >= ", days), begin, end));
    begin = end;
  }
  // A correction counts as early as what it corrects.
  JEJAK_RETURN_IF_ERROR(
      collect(absl::StrCat(filter, " AND correction = true"), to_recorded, to.size));
  for (const auto& [position, row] : between) JEJAK_RETURN_IF_ERROR(visit(row));
  return absl::OkStatus();
}

absl::StatusOr<v1::ListRevisionsResponse> Reader::ListRevisions(
    const v1::ListRevisionsRequest& request, std::uint64_t size, const Present& present) const {
  SearchRequest search;
  JEJAK_ASSIGN_OR_RETURN(search.page_size, PageSize(request.page_size()));
  const std::vector<absl::string_view> query = {"revisions", request.name(),
                                                request.descending() ? "desc" : "asc"};
  JEJAK_ASSIGN_OR_RETURN(const PageToken token, StartPage(request.page_token(), query, size));
  const domain::Aggregate* aggregate = domain::FindAggregate(request.name());
  if (aggregate == nullptr) return domain::ResourceNotFound(request.name());
  JEJAK_ASSIGN_OR_RETURN(const Shown now,
                         StateAt(*aggregate, request.name(), token.moment.size, present));
  if (!now.exists) return domain::ResourceNotFound(request.name());
  search.filter = absl::StrCat("stream = \"", request.name(), "\"");
  search.descending = request.descending();
  search.has_after = absl::SimpleAtoi(token.after, &search.after);
  JEJAK_ASSIGN_OR_RETURN(SearchPage page, Search(*log_, *view_, search, token.moment.size));
  v1::ListRevisionsResponse response;
  std::size_t bytes = 0;
  for (v1::EventRow& row : page.rows) {
    if (bytes > limits::kPageBytesMax) {
      page.more = true;
      break;
    }
    page.last = row.position();
    JEJAK_ASSIGN_OR_RETURN(const Shown before,
                           StateAt(*aggregate, request.name(), row.position(), present));
    JEJAK_ASSIGN_OR_RETURN(const Shown after,
                           StateAt(*aggregate, request.name(), row.position() + 1, present));
    v1::Revision& revision = *response.add_revisions();
    for (const FieldDifference& difference : Differences(*before.state, *after.state)) {
      AddChange(request.name(), difference, !before.exists, *revision.add_changes());
    }
    *revision.mutable_event() = std::move(row);
    bytes += revision.ByteSizeLong();
  }
  if (page.more) {
    response.set_next_page_token(
        EncodePageToken(PageToken{token.moment, absl::StrCat(page.last)}, query));
  }
  response.set_log_size(token.moment.size);
  return response;
}

absl::Status Reader::DiffResource(const std::string& name, const Moment& from, const Moment& to,
                                  const Present& present, std::size_t& bytes,
                                  v1::DiffResponse& response) const {
  const domain::Aggregate* aggregate = domain::FindAggregate(name);
  if (aggregate == nullptr) return absl::DataLossError(absl::StrCat("no aggregate goes by ", name));
  JEJAK_ASSIGN_OR_RETURN(const Shown before, StateAt(*aggregate, name, from, present));
  JEJAK_ASSIGN_OR_RETURN(const Shown after, StateAt(*aggregate, name, to, present));
  const std::vector<FieldDifference> differences = Differences(*before.state, *after.state);
  if (differences.empty()) return absl::OkStatus();

  // Which event touched which field last.
  std::map<std::string, v1::EventRow> last;
  v1::EventRow newest;
  Shown state{std::unique_ptr<Message>(before.state->New())};
  state.state->CopyFrom(*before.state);
  JEJAK_RETURN_IF_ERROR(ForEachRowBetween(
      absl::StrCat("stream = \"", name, "\""), from, to,
      [&](const v1::EventRow& row) -> absl::Status {
        JEJAK_ASSIGN_OR_RETURN(
            Shown next,
            StateAt(*aggregate, name, Moment(row.position() + 1, to.valid_us), present));
        for (const FieldDifference& difference : Differences(*state.state, *next.state)) {
          last[difference.field] = row;
        }
        newest = row;
        state = std::move(next);
        return absl::OkStatus();
      }));

  for (const FieldDifference& difference : differences) {
    if (static_cast<std::size_t>(response.changes_size()) >= limits::kDiffChangesMax) {
      return DiffTooLarge();
    }
    v1::FieldChange& change = *response.add_changes();
    AddChange(name, difference, !before.exists, change);
    const auto found = last.find(difference.field);
    *change.mutable_event() = found == last.end() ? newest : found->second;
    bytes += change.ByteSizeLong();
    if (bytes > limits::kPageBytesMax) return DiffTooLarge();
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::DiffResponse> Reader::Diff(const v1::DiffRequest& request, const Moment& from,
                                              const Moment& to, const Present& present) const {
  JEJAK_ASSIGN_OR_RETURN(const std::uint64_t from_recorded, RecordedInTime(*log_, from));
  JEJAK_ASSIGN_OR_RETURN(const std::uint64_t to_recorded, RecordedInTime(*log_, to));
  if (from.size > to.size || from_recorded > to_recorded ||
      (!from.is_known() && from.valid_us > to.valid_us)) {
    return MomentsReversed();
  }
  // An office or resource that never was has no differences, and is no answer either.
  const domain::Aggregate* aggregate = domain::FindAggregate(request.name());
  if (aggregate == nullptr) return domain::ResourceNotFound(request.name());
  JEJAK_RETURN_IF_ERROR(Get(*aggregate, request.name(), Moment(to.size)).status());
  std::set<std::string> resources;
  std::size_t bytes = 0;
  JEJAK_RETURN_IF_ERROR(ForEachRowBetween(
      absl::StrCat(request.under() ? "under" : "within", " = \"", request.name(), "\""), from, to,
      [&](const v1::EventRow& row) {
        resources.insert(row.stream());
        return absl::OkStatus();
      }));
  v1::DiffResponse response;
  for (const std::string& name : resources) {
    JEJAK_RETURN_IF_ERROR(DiffResource(name, from, to, present, bytes, response));
  }
  response.set_from_log_size(from.size);
  response.set_log_size(to.size);
  return response;
}

}  // namespace jejak::query
