// SPDX-License-Identifier: Apache-2.0
//
// File: event_row.h
//
// What history is searched by: the row of an event, which shows it without its payload, and the
// dimensions it is found under. A dimension is "FIELD:VALUE" with a field of v1::EventRow; for each
// the view keeps the positions of the events that have it, in order (view_store.h, postings).

#ifndef JEJAK_SERVER_PROJECTION_EVENT_ROW_H_
#define JEJAK_SERVER_PROJECTION_EVENT_ROW_H_

#include "server/log/event_log.h"

#include "jejak/event/v1/envelope.pb.h"
#include "jejak/v1/history.pb.h"

#include "absl/strings/string_view.h"

#include <cstdint>
#include <string>
#include <vector>

namespace jejak::projection {

struct EventIndex {
  // Without the fields that only ask: within, under and text.
  v1::EventRow row;
  // Each with the row, so that a page of results is one short scan.
  std::vector<std::string> covering;
  // With the position only: the many and seldom asked ones.
  std::vector<std::string> bare;
};

// The dimension every event has.
inline constexpr char kAllEvents[] = "all:";

// The row and dimensions of an event. `under` are the office acted for and those above it at that
// moment, by name.
EventIndex IndexEvent(const log::Entry& entry, const event::v1::Envelope& envelope,
                      const std::vector<std::string>& under);

// The words of a text: runs of letters and digits of any script, in lower case, cut to
// limits::kWordBytesMax bytes; the first limits::kWordsPerTextMax of them, each once.
std::vector<std::string> WordsOf(absl::string_view text);

// The dimension for events recorded at least `days` after they happened (of those with at least
// one): the nearest that is not above, as days are kept by powers of two.
std::string LateDimension(std::int64_t days);

// The month in UTC a time lies in, "2021-06", and its dimension, "month:2021-06".
std::string MonthOf(std::int64_t time_us);
std::string MonthDimension(std::int64_t time_us);

}  // namespace jejak::projection

#endif  // JEJAK_SERVER_PROJECTION_EVENT_ROW_H_
