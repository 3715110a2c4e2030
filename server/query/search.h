// SPDX-License-Identifier: Apache-2.0
//
// File: search.h
//
// The search over all events. The problem: an auditor's question has several conditions (this
// office, that month, corrections only), each true of many events and all together of few, in a log
// of millions. Each condition that names a dimension (projection/event_row.h) has a list of
// positions in order; the lists are walked together, each jumping by a seek to where another one is
// (leapfrog). So the work follows the rarest condition and the size of the page, never the size of
// the log.
//
// The filter is that of filter.h over the fields of v1::EventRow:
//
//   within = programs/dp3-2021/lokus/18.06.11.2016 AND under = offices/18 AND late_days > 30
//
// Conditions on time become bounds: on commit_time of the positions, on occurred_time of the months
// that are looked at. What no list can say (stream, revision, !=, parts of texts) is asked of the
// row of each event the lists agree on.

#ifndef JEJAK_SERVER_QUERY_SEARCH_H_
#define JEJAK_SERVER_QUERY_SEARCH_H_

#include "server/base/limits.h"
#include "server/log/event_log.h"
#include "server/view/view_store.h"

#include "jejak/v1/history.pb.h"
#include "jejak/v1/history_service.pb.h"

#include "absl/status/statusor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace jejak::query {

struct SearchRequest {
  std::string filter;
  // At least 1.
  std::uint32_t page_size = 0;
  // Most events that the lists agree on to look at.
  std::size_t looked_at_max = limits::kSearchedRowsMax;
  // Ends the page, short or empty, after so many steps in lists.
  std::size_t steps_max = limits::kSearchStepsMax;
  // The last position of the page before, if there was one.
  bool has_after = false;
  std::uint64_t after = 0;
  bool descending = false;
};

struct SearchPage {
  std::vector<v1::EventRow> rows;
  // True if there may be more after `last`.
  bool more = false;
  // The last position that was looked at.
  std::uint64_t last = 0;
  // How many events the lists agreed on.
  std::size_t looked_at = 0;
  // Jumps in lists that it took.
  std::uint64_t seeks = 0;
};

// One page of the events among the first `size` that the filter matches. It may be short, or empty,
// and not the last: looked_at_max, steps_max, limits::kPageBytesMax. FILTER_INVALID; DATA_LOSS,
// UNAVAILABLE from the view and the log.
absl::StatusOr<SearchPage> Search(const log::EventLog& log, const view::ViewStore& view,
                                  const SearchRequest& request, std::uint64_t size);

// Counts the events among the first `size` that request.filter matches, by request.facets. Looks at
// no more than about `looked_at_max` events that the lists agree on. Errors as for Search.
absl::StatusOr<v1::CountEventsResponse> Count(
    const log::EventLog& log, const view::ViewStore& view, const v1::CountEventsRequest& request,
    std::uint64_t size, std::size_t looked_at_max = limits::kCountedEventsMax);

// The filter with one space between parts and full enum names. FILTER_INVALID.
absl::StatusOr<std::string> NormalizedSearch(const std::string& filter);

// The same of a filter that a person wrote: FILTER_INVALID also for a type of event that there is
// not, and for what is not a name of the kind of resource that is asked for, of which no event can
// be found.
absl::StatusOr<std::string> CheckedSearch(const std::string& filter);

}  // namespace jejak::query

#endif  // JEJAK_SERVER_QUERY_SEARCH_H_
