// SPDX-License-Identifier: Apache-2.0
//
// File: dates.h
//
// Dates in commands and events are ISO strings, YYYY-MM-DD: comparing the strings compares the
// dates. These helpers are for what needs more than that.

#ifndef JEJAK_SERVER_DOMAIN_DATES_H_
#define JEJAK_SERVER_DOMAIN_DATES_H_

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

#include <optional>
#include <string>

namespace jejak::domain {

// The day of an ISO date; nothing unless the text is one, of ten characters and a day of the
// calendar.
std::optional<absl::CivilDay> ParseDate(absl::string_view text);

// The day as YYYY-MM-DD.
std::string FormatDate(absl::CivilDay day);

// The day at `time` on the clock of Jakarta (UTC+7, no daylight saving), as YYYY-MM-DD. This is the
// day that deadlines and deviations are compared with.
std::string Today(absl::Time time);

// True if the date lies more than a day after Today(now). The day more is for clocks and zones that
// are ahead.
bool IsInFuture(absl::string_view date, absl::Time now);

// True unless both dates are given and `to` lies before `from`.
bool DatesInOrder(absl::string_view from, absl::string_view to);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_DATES_H_
