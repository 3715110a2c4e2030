// SPDX-License-Identifier: Apache-2.0

#include "server/domain/dates.h"

namespace jejak::domain {

std::optional<absl::CivilDay> ParseDate(absl::string_view text) {
  absl::CivilDay day;
  // Abseil is lenient about zeros and signs; the day written back is not.
  if (!absl::ParseCivilTime(text, &day) || FormatDate(day) != text || text.size() != 10) {
    return std::nullopt;
  }
  return day;
}

std::string FormatDate(absl::CivilDay day) { return absl::FormatCivilTime(day); }

std::string Today(absl::Time time) {
  return FormatDate(absl::ToCivilDay(time, absl::FixedTimeZone(7 * 60 * 60)));
}

bool IsInFuture(absl::string_view date, absl::Time now) {
  return date > Today(now + absl::Hours(24));
}

bool DatesInOrder(absl::string_view from, absl::string_view to) {
  return from.empty() || to.empty() || from <= to;
}

}  // namespace jejak::domain
