// SPDX-License-Identifier: Apache-2.0

#include "server/query/search.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/domain/aggregate.h"
#include "server/domain/bounds.h"
#include "server/domain/lokus/agen.h"
#include "server/domain/lokus/lokus.h"
#include "server/domain/lokus/meeting.h"
#include "server/domain/messages.h"
#include "server/domain/office/office.h"
#include "server/domain/record/document.h"
#include "server/projection/event_row.h"
#include "server/query/filter.h"

#include "jejak/event/v1/envelope.pb.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace jejak::query {
namespace {

using Condition = Filter::Condition;
using Operator = Filter::Operator;

// One list, or several of which an event needs to be in any.
class List {
 public:
  List(const view::ViewStore& view, const std::vector<std::string>& dimensions, bool descending)
      : descending_(descending) {
    for (const std::string& dimension : dimensions) {
      cursors_.push_back(view.NewPostingCursor(dimension, descending));
    }
  }

  // Goes to the next position that is not before `position` in the order of the search. Returns how
  // many jumps it took.
  std::uint64_t Seek(std::uint64_t position) {
    std::uint64_t seeks = 0;
    at_ = nullptr;
    for (const auto& cursor : cursors_) {
      seeks += cursor->Seek(position);
      if (!cursor->Valid()) continue;
      if (at_ == nullptr || Before(cursor->position(), at_->position())) at_ = cursor.get();
    }
    return seeks;
  }
  bool Valid() const { return at_ != nullptr; }
  std::uint64_t position() const { return at_->position(); }
  // How many dimensions it has.
  std::size_t width() const { return cursors_.size(); }
  // Empty if the list keeps none.
  absl::string_view row() const { return at_->row(); }
  absl::Status status() const {
    for (const auto& cursor : cursors_) JEJAK_RETURN_IF_ERROR(cursor->status());
    return absl::OkStatus();
  }

 private:
  bool Before(std::uint64_t a, std::uint64_t b) const { return descending_ ? a > b : a < b; }

  const bool descending_;
  std::vector<std::unique_ptr<view::PostingCursor>> cursors_;
  const view::PostingCursor* at_ = nullptr;
};

// What a filter comes to.
struct Plan {
  Filter filter;
  // From each an event needs one.
  std::vector<std::vector<std::string>> lists;
  // Positions: [from, to).
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  // Asked of the row.
  std::vector<const Condition*> rest;
};

// The whole numbers a comparison leaves: [first, last].
struct Range {
  std::int64_t first = std::numeric_limits<std::int64_t>::min();
  std::int64_t last = std::numeric_limits<std::int64_t>::max();

  void Narrow(const Condition& condition) {
    const std::int64_t number = condition.number;
    switch (condition.op) {
      case Operator::kEqual:
        first = std::max(first, number);
        last = std::min(last, number);
        break;
      case Operator::kLess:
        last = number == std::numeric_limits<std::int64_t>::min() ? number
                                                                  : std::min(last, number - 1);
        break;
      case Operator::kLessEqual:
        last = std::min(last, number);
        break;
      case Operator::kGreater:
        first = number == std::numeric_limits<std::int64_t>::max() ? number
                                                                   : std::max(first, number + 1);
        break;
      case Operator::kGreaterEqual:
        first = std::max(first, number);
        break;
      case Operator::kNotEqual:
      case Operator::kHas:
        break;
    }
  }
};

absl::StatusOr<Filter> ParseSearch(const std::string& text) {
  JEJAK_ASSIGN_OR_RETURN(Filter filter, Filter::Parse(text, v1::EventRow::descriptor()));
  for (const Condition& condition : filter.conditions()) {
    const std::string& field = condition.path[0]->name();
    if ((field == "within" || field == "under") && condition.op != Operator::kEqual) {
      return FilterInvalid(condition.column, absl::StrCat("\"", field, "\" goes with = only"));
    }
    if (field == "text" &&
        (condition.op != Operator::kHas || projection::WordsOf(condition.text).empty())) {
      return FilterInvalid(condition.column, "\"text\" goes with : and a word");
    }
  }
  return filter;
}

const std::vector<std::string>& EventTypes() {
  static const auto* const types = [] {
    auto* names = new std::vector<std::string>;
    const auto* kinds = event::v1::Envelope::descriptor()->FindOneofByName("event");
    for (int k = 0; k < kinds->field_count(); ++k) {
      const auto* events = kinds->field(k)->message_type()->FindOneofByName("event");
      for (int e = 0; e < events->field_count(); ++e) {
        names->push_back(events->field(e)->message_type()->name());
      }
    }
    std::sort(names->begin(), names->end());
    return names;
  }();
  return *types;
}

// The names that a field can have, "" for those of all resources; nothing if it is no name.
std::optional<absl::string_view> PatternOf(const std::string& field) {
  static const std::pair<absl::string_view, absl::string_view> kPatterns[] = {
      {"within", ""},
      {"under", domain::OfficeDecider::kPattern},
      {"office", domain::OfficeDecider::kPattern},
      {"actor", "officers/*"},
      {"lokus", domain::LokusDecider::kPattern},
      {"document", domain::DocumentDecider::kPattern},
      {"meeting", domain::MeetingDecider::kPattern},
      {"agen", domain::AgenDecider::kPattern}};
  for (const auto& [name, pattern] : kPatterns) {
    if (field == name) return pattern;
  }
  return std::nullopt;
}

// Refuses a value that no event can have.
absl::Status CheckValue(const Condition& condition) {
  const bool whole = condition.op == Operator::kEqual || condition.op == Operator::kNotEqual ||
                     (condition.op == Operator::kHas && condition.path[0]->is_repeated());
  const std::string& text = condition.text;
  // office != "" asks for those that were done for any.
  if (!whole || condition.any || (condition.op == Operator::kNotEqual && text.empty())) {
    return absl::OkStatus();
  }
  const std::string& field = condition.path[0]->name();
  if (field == "type") {
    if (std::binary_search(EventTypes().begin(), EventTypes().end(), text)) return absl::OkStatus();
    return FilterInvalid(condition.literal_column,
                         absl::StrCat("there is no type of event \"", text, "\""),
                         OneOf(EventTypes()));
  }
  const std::optional<absl::string_view> pattern = PatternOf(field);
  if (!pattern.has_value()) return absl::OkStatus();
  const bool is_name = domain::HasFormat(text, v1::FORMAT_RESOURCE_NAME) &&
                       (pattern->empty() ? std::count(text.begin(), text.end(), '/') % 2 == 1
                                         : domain::NameMatches(text, *pattern));
  if (is_name) return absl::OkStatus();
  return FilterInvalid(
      condition.literal_column, absl::StrCat("\"", text, "\" is no name for \"", field, "\""),
      pattern->empty() ? "the name of a resource, e.g. programs/dp3-2021/lokus/18.06.11.2016"
                       : absl::StrCat("a name of the form ", *pattern));
}

// The months a range of times touches; none if there are too many for a list of each.
std::vector<std::string> MonthsOf(const Range& range) {
  if (range.first == std::numeric_limits<std::int64_t>::min() ||
      range.last == std::numeric_limits<std::int64_t>::max() || range.first > range.last) {
    return {};
  }
  const absl::TimeZone utc = absl::UTCTimeZone();
  absl::CivilMonth month = absl::ToCivilMonth(absl::FromUnixMicros(range.first), utc);
  const absl::CivilMonth last = absl::ToCivilMonth(absl::FromUnixMicros(range.last), utc);
  if (last - month >= limits::kSearchMonthsMax) return {};
  std::vector<std::string> months;
  for (; month <= last; ++month) {
    months.push_back(projection::MonthDimension(absl::ToUnixMicros(absl::FromCivil(month, utc))));
  }
  return months;
}

// Whether an equality with this field is a list of its own.
bool HasList(const std::string& field) {
  static const std::set<std::string> kFields = {"within", "under",   "actor",    "type", "office",
                                                "lokus",  "meeting", "document", "agen"};
  return kFields.contains(field);
}

absl::StatusOr<Plan> MakePlan(const log::EventLog& log, const std::string& text,
                              std::uint64_t size) {
  Plan plan;
  JEJAK_ASSIGN_OR_RETURN(plan.filter, ParseSearch(text));
  Range position;
  Range commit_time;
  Range occurred_time;
  Range late_days;
  for (const Condition& condition : plan.filter.conditions()) {
    const std::string& field = condition.path[0]->name();
    const bool equal =
        condition.op == Operator::kEqual ||
        (condition.op == Operator::kHas && !condition.any && condition.path[0]->is_repeated());
    bool decided = false;
    if (field == "text") {
      for (const std::string& word : projection::WordsOf(condition.text)) {
        plan.lists.push_back({absl::StrCat("text:", word)});
      }
      decided = true;
    } else if (equal && HasList(field)) {
      plan.lists.push_back({absl::StrCat(field, ":", condition.text)});
      decided = true;
    } else if (equal && field == "role") {
      plan.lists.push_back(
          {absl::StrCat("role:", v1::Role_Name(static_cast<v1::Role>(condition.number)))});
      decided = true;
    } else if (equal && condition.number == 1 && (field == "correction" || field == "deviation")) {
      plan.lists.push_back({absl::StrCat(field, ":true")});
      decided = true;
    } else if (equal && field == "stream") {
      plan.lists.push_back({absl::StrCat("within:", condition.text)});
    } else if (field == "position") {
      position.Narrow(condition);
    } else if (field == "commit_time") {
      commit_time.Narrow(condition);
    } else if (field == "occurred_time") {
      occurred_time.Narrow(condition);
    } else if (field == "late_days") {
      late_days.Narrow(condition);
    }
    if (!decided) plan.rest.push_back(&condition);
  }

  plan.to = size;
  if (position.first > 0) plan.from = static_cast<std::uint64_t>(position.first);
  if (position.last < 0) plan.to = 0;
  if (position.last >= 0) {
    plan.to = std::min(plan.to, static_cast<std::uint64_t>(position.last) + 1);
  }
  // What happened at a time was not recorded before it (R44).
  const std::int64_t earliest = std::max(commit_time.first, occurred_time.first);
  if (earliest > std::numeric_limits<std::int64_t>::min()) {
    JEJAK_ASSIGN_OR_RETURN(const std::uint64_t before,
                           log.SizeAt(absl::FromUnixMicros(earliest - 1)));
    plan.from = std::max(plan.from, before);
  }
  if (commit_time.last < std::numeric_limits<std::int64_t>::max()) {
    JEJAK_ASSIGN_OR_RETURN(const std::uint64_t up_to,
                           log.SizeAt(absl::FromUnixMicros(commit_time.last)));
    plan.to = std::min(plan.to, up_to);
  }
  if (std::vector<std::string> months = MonthsOf(occurred_time); !months.empty()) {
    plan.lists.push_back(std::move(months));
  }
  if (late_days.first >= 1) plan.lists.push_back({projection::LateDimension(late_days.first)});
  if (plan.lists.empty()) plan.lists.push_back({projection::kAllEvents});
  return plan;
}

// The values of a facet that an event has.
std::vector<std::string> ValuesOf(v1::EventFacet facet, const v1::EventRow& row) {
  switch (facet) {
    case v1::EVENT_FACET_TYPE:
      return {row.type()};
    case v1::EVENT_FACET_OFFICE:
      return {row.office()};
    case v1::EVENT_FACET_ACTOR:
      return {row.actor()};
    case v1::EVENT_FACET_ROLE:
      return {v1::Role_Name(row.role())};
    case v1::EVENT_FACET_LOKUS:
      return {row.lokus().begin(), row.lokus().end()};
    case v1::EVENT_FACET_COMMIT_MONTH:
      return {projection::MonthOf(domain::MicrosOf(row.commit_time()))};
    case v1::EVENT_FACET_OCCURRED_MONTH:
      return {projection::MonthOf(domain::MicrosOf(row.occurred_time()))};
    case v1::EVENT_FACET_CORRECTION:
      return {row.correction() ? "true" : "false"};
    case v1::EVENT_FACET_DEVIATION:
      return {row.deviation() ? "true" : "false"};
    default:
      return {};
  }
}

// The facets that are asked for, each once.
std::vector<v1::EventFacet> FacetsOf(const v1::CountEventsRequest& request) {
  std::vector<v1::EventFacet> facets;
  for (const int value : request.facets()) {
    const auto facet = static_cast<v1::EventFacet>(value);
    if (facet == v1::EVENT_FACET_UNSPECIFIED || facet == v1::EVENT_FACET_TOTAL) continue;
    if (std::find(facets.begin(), facets.end(), facet) == facets.end()) facets.push_back(facet);
  }
  return facets;
}

void AddCount(v1::EventFacet facet, const std::string& value, std::uint64_t count,
              v1::CountEventsResponse& response) {
  v1::EventCount& added = *response.add_counts();
  added.set_facet(facet);
  added.set_value(value);
  added.set_count(count);
}

}  // namespace

absl::StatusOr<std::string> NormalizedSearch(const std::string& filter) {
  JEJAK_ASSIGN_OR_RETURN(const Filter parsed, ParseSearch(filter));
  return parsed.normalized();
}

absl::StatusOr<std::string> CheckedSearch(const std::string& filter) {
  JEJAK_ASSIGN_OR_RETURN(const Filter parsed, ParseSearch(filter));
  for (const Condition& condition : parsed.conditions()) {
    JEJAK_RETURN_IF_ERROR(CheckValue(condition));
  }
  return parsed.normalized();
}

absl::StatusOr<SearchPage> Search(const log::EventLog& log, const view::ViewStore& view,
                                  const SearchRequest& request, std::uint64_t size) {
  JEJAK_ASSIGN_OR_RETURN(const Plan plan, MakePlan(log, request.filter, size));
  std::uint64_t from = plan.from;
  std::uint64_t to = plan.to;
  if (request.has_after) {
    if (request.descending) {
      to = std::min(to, request.after);
    } else {
      from = std::max(from, request.after + 1);
    }
  }
  SearchPage page;
  if (from >= to) return page;

  std::vector<List> lists;
  lists.reserve(plan.lists.size());
  for (const auto& dimensions : plan.lists)
    lists.emplace_back(view, dimensions, request.descending);
  std::size_t bytes = 0;
  const std::uint64_t begin = request.descending ? to - 1 : from;
  std::uint64_t target = begin;
  std::size_t steps = 0;
  while (true) {
    // Each list in turn goes to where the one that is furthest on is, until all are in one place.
    std::size_t agreed = 0;
    for (std::size_t i = 0; agreed < lists.size(); i = (i + 1) % lists.size()) {
      List& list = lists[i];
      if (steps >= request.steps_max && target != begin) {
        // Everything before has been looked at.
        page.more = true;
        page.last = request.descending ? target + 1 : target - 1;
        return page;
      }
      steps += list.width();
      page.seeks += list.Seek(target);
      JEJAK_RETURN_IF_ERROR(list.status());
      if (!list.Valid()) return page;
      agreed = list.position() == target ? agreed + 1 : 1;
      target = list.position();
    }
    if (request.descending ? target < from : target >= to) return page;
    if (page.rows.size() == request.page_size || page.looked_at == request.looked_at_max ||
        bytes >= limits::kPageBytesMax) {
      page.more = true;
      return page;
    }
    ++page.looked_at;
    page.last = target;
    absl::string_view bytes_of_row;
    for (const List& list : lists) {
      if (!list.row().empty()) bytes_of_row = list.row();
    }
    std::string found;
    if (bytes_of_row.empty()) {
      JEJAK_ASSIGN_OR_RETURN(found, view.PostingRow(projection::kAllEvents, target));
      bytes_of_row = found;
      ++page.seeks;
    }
    v1::EventRow row;
    if (!row.ParseFromArray(bytes_of_row.data(), static_cast<int>(bytes_of_row.size()))) {
      return absl::DataLossError(absl::StrCat("the row of event ", target, " cannot be read"));
    }
    if (std::all_of(plan.rest.begin(), plan.rest.end(), [&row](const Condition* condition) {
          return Filter::Holds(*condition, row);
        })) {
      bytes += bytes_of_row.size();
      page.rows.push_back(std::move(row));
    }
    if (target == (request.descending ? from : to - 1)) return page;
    request.descending ? --target : ++target;
  }
}

absl::StatusOr<v1::CountEventsResponse> Count(const log::EventLog& log, const view::ViewStore& view,
                                              const v1::CountEventsRequest& request,
                                              std::uint64_t size, std::size_t looked_at_max) {
  JEJAK_ASSIGN_OR_RETURN(const std::string normalized, CheckedSearch(request.filter()));
  const std::vector<v1::EventFacet> facets = FacetsOf(request);
  std::vector<std::map<std::string, std::uint64_t>> counts(facets.size());
  std::uint64_t total = 0;
  SearchRequest search;
  search.filter = request.filter();
  search.page_size = std::numeric_limits<std::uint32_t>::max();
  SearchPage page;
  std::size_t looked_at = 0;
  do {
    search.looked_at_max = std::min(limits::kSearchedRowsMax, looked_at_max - looked_at);
    JEJAK_ASSIGN_OR_RETURN(page, Search(log, view, search, size));
    total += page.rows.size();
    for (const v1::EventRow& row : page.rows) {
      for (std::size_t i = 0; i < facets.size(); ++i) {
        for (const std::string& value : ValuesOf(facets[i], row)) ++counts[i][value];
      }
    }
    looked_at += page.looked_at;
    search.has_after = true;
    search.after = page.last;
  } while (page.more && looked_at < looked_at_max);

  v1::CountEventsResponse response;
  AddCount(v1::EVENT_FACET_TOTAL, "", total, response);
  for (std::size_t i = 0; i < facets.size(); ++i) {
    std::vector<std::pair<std::string, std::uint64_t>> values(counts[i].begin(), counts[i].end());
    std::stable_sort(values.begin(), values.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    if (values.size() > limits::kFacetValuesMax) {
      values.resize(limits::kFacetValuesMax);
      response.add_shortened_facets(facets[i]);
    }
    for (const auto& [value, count] : values) AddCount(facets[i], value, count, response);
  }
  response.set_truncated(page.more);
  response.set_next_position(page.more ? page.last + 1 : size);
  response.set_log_size(size);
  response.set_filter(normalized);
  return response;
}

}  // namespace jejak::query
