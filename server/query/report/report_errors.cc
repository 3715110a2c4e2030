// SPDX-License-Identifier: Apache-2.0

#include "server/query/report/report_errors.h"

#include "server/domain/refusal.h"

#include "absl/strings/str_cat.h"

namespace jejak::query::report {

using domain::Refusal;

absl::Status ReportUnknown(absl::string_view name) {
  return Refusal(absl::StatusCode::kNotFound, "REPORT_UNKNOWN",
                 absl::StrCat("there is no report \"", name, "\""))
      .Needed("the name of a report as ListReports gives it, e.g. reports/late-entries");
}

absl::Status ArgumentUnknown(absl::string_view name) {
  return Refusal(absl::StatusCode::kInvalidArgument, "REPORT_ARGUMENT_UNKNOWN",
                 absl::StrCat("the report has no parameter \"", name, "\", or it is given twice"))
      .Needed("the parameters that GetReport shows, each once")
      .Meta("parameter", name);
}

absl::Status ArgumentMissing(absl::string_view name, absl::string_view kind) {
  return Refusal(absl::StatusCode::kInvalidArgument, "REPORT_ARGUMENT_MISSING",
                 absl::StrCat("the parameter \"", name, "\" is missing"))
      .Needed(kind)
      .Meta("parameter", name);
}

absl::Status ArgumentInvalid(absl::string_view name, absl::string_view kind) {
  return Refusal(absl::StatusCode::kInvalidArgument, "REPORT_ARGUMENT_INVALID",
                 absl::StrCat("the value of the parameter \"", name, "\" is not of its kind"))
      .Needed(kind)
      .Meta("parameter", name);
}

absl::Status MomentInFuture(absl::string_view moment) {
  return Refusal(absl::StatusCode::kInvalidArgument, "REPORT_MOMENT_IN_FUTURE",
                 absl::StrCat("the moment ", moment, " is later than the one the report is as of"))
      .Needed("an earlier moment, or a later as_of");
}

absl::Status ReportTooComplex(absl::string_view section) {
  return Refusal(absl::StatusCode::kResourceExhausted, "REPORT_TOO_COMPLEX",
                 absl::StrCat("a row of the section ", section, " takes too much to work out"))
      .Needed("narrower parameters");
}

absl::Status ReportCancelled() {
  return Refusal(absl::StatusCode::kCancelled, "REPORT_CANCELLED", "the report was cancelled")
      .Needed("run it again");
}

}  // namespace jejak::query::report
