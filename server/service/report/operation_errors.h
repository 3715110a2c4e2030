// SPDX-License-Identifier: Apache-2.0
//
// File: operation_errors.h
//
// Refusals of operations.

#ifndef JEJAK_SERVER_SERVICE_REPORT_OPERATION_ERRORS_H_
#define JEJAK_SERVER_SERVICE_REPORT_OPERATION_ERRORS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace jejak::service {

// NOT_FOUND, reason OPERATION_UNKNOWN. The same for one of another actor, so that nobody can find
// out what others ask.
absl::Status OperationUnknown(absl::string_view name);
// FAILED_PRECONDITION, reason OPERATION_NOT_DONE.
absl::Status OperationNotDone();
// FAILED_PRECONDITION, reason OPERATION_FAILED.
absl::Status OperationFailed(absl::string_view why);
// RESOURCE_EXHAUSTED, reason TOO_MANY_REPORTS.
absl::Status TooManyReports();
// INVALID_ARGUMENT, reason REPORT_PURPOSE_MISSING.
absl::Status PurposeMissing();

}  // namespace jejak::service

#endif  // JEJAK_SERVER_SERVICE_REPORT_OPERATION_ERRORS_H_
