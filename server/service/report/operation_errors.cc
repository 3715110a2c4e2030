// SPDX-License-Identifier: Apache-2.0

#include "server/service/report/operation_errors.h"

#include "server/domain/refusal.h"

#include "absl/strings/str_cat.h"

namespace jejak::service {

using domain::Refusal;

absl::Status OperationUnknown(absl::string_view name) {
  return Refusal(absl::StatusCode::kNotFound, "OPERATION_UNKNOWN",
                 absl::StrCat("you have no operation \"", name, "\", or it has expired"))
      .Needed("run the report again");
}

absl::Status OperationNotDone() {
  return Refusal(absl::StatusCode::kFailedPrecondition, "OPERATION_NOT_DONE",
                 "the report is still running")
      .Needed("GetOperation says when it is done");
}

absl::Status OperationFailed(absl::string_view why) {
  return Refusal(absl::StatusCode::kFailedPrecondition, "OPERATION_FAILED",
                 absl::StrCat("the report has no rows: ", why))
      .Needed("GetOperation has the error");
}

absl::Status TooManyReports() {
  return Refusal(absl::StatusCode::kResourceExhausted, "TOO_MANY_REPORTS",
                 "too many reports are running")
      .Needed("cancel one, or try again later");
}

absl::Status PurposeMissing() {
  return Refusal(absl::StatusCode::kInvalidArgument, "REPORT_PURPOSE_MISSING",
                 "it is not said what the answer is for")
      .Needed("a purpose in a few words");
}

}  // namespace jejak::service
