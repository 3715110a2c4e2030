// SPDX-License-Identifier: Apache-2.0
//
// File: report_errors.h
//
// Refusals of reports.

#ifndef JEJAK_SERVER_QUERY_REPORT_REPORT_ERRORS_H_
#define JEJAK_SERVER_QUERY_REPORT_REPORT_ERRORS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace jejak::query::report {

// NOT_FOUND, reason REPORT_UNKNOWN.
absl::Status ReportUnknown(absl::string_view name);
// INVALID_ARGUMENT, reason REPORT_ARGUMENT_UNKNOWN: the report has no such parameter, or it was
// given twice.
absl::Status ArgumentUnknown(absl::string_view name);
// INVALID_ARGUMENT, reason REPORT_ARGUMENT_MISSING.
absl::Status ArgumentMissing(absl::string_view name, absl::string_view kind);
// INVALID_ARGUMENT, reason REPORT_ARGUMENT_INVALID.
absl::Status ArgumentInvalid(absl::string_view name, absl::string_view kind);
// INVALID_ARGUMENT, reason REPORT_MOMENT_IN_FUTURE: a moment the report looks at is later than the
// one it is as of.
absl::Status MomentInFuture(absl::string_view moment);
// RESOURCE_EXHAUSTED, reason REPORT_TOO_COMPLEX: a cell took more than limits::kReportStepsMax.
absl::Status ReportTooComplex(absl::string_view section);
// CANCELLED, reason REPORT_CANCELLED.
absl::Status ReportCancelled();

}  // namespace jejak::query::report

#endif  // JEJAK_SERVER_QUERY_REPORT_REPORT_ERRORS_H_
