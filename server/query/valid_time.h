// SPDX-License-Identifier: Apache-2.0
//
// File: valid_time.h
//
// States at a moment of two times (moment.h). The row of the view as of the valid time holds all
// that was recorded by then; what came later and counts is folded on top, in the order of the log.
// So the work follows what was recorded of a resource since, not its history.

#ifndef JEJAK_SERVER_QUERY_VALID_TIME_H_
#define JEJAK_SERVER_QUERY_VALID_TIME_H_

#include "server/domain/aggregate.h"
#include "server/log/event_log.h"
#include "server/query/moment.h"
#include "server/view/view_store.h"

#include "google/protobuf/message.h"
#include "jejak/v1/history.pb.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <memory>

namespace jejak::query {

// How many events, from the first, count at a moment because of when they were recorded. Those
// after them, up to moment.size, count only if they happened in time.
absl::StatusOr<std::uint64_t> RecordedInTime(const log::EventLog& log, const Moment& moment);

// Whether an event counts at a moment; `recorded` is RecordedInTime of it.
absl::StatusOr<bool> Counts(const view::ViewStore& view, const v1::EventRow& row,
                            const Moment& moment, std::uint64_t recorded);

// The state of a resource; null if it did not exist: the event that made it does not count.
// `recorded` is RecordedInTime of the moment, or of one with more events.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> FindState(
    const log::EventLog& log, const view::ViewStore& view, const domain::Aggregate& aggregate,
    absl::string_view name, const Moment& moment, std::uint64_t recorded);

}  // namespace jejak::query

#endif  // JEJAK_SERVER_QUERY_VALID_TIME_H_
