// SPDX-License-Identifier: Apache-2.0
//
// File: program_errors.h
//
// The refusals of the aggregate Program.

#ifndef JEJAK_SERVER_DOMAIN_PROGRAM_PROGRAM_ERRORS_H_
#define JEJAK_SERVER_DOMAIN_PROGRAM_PROGRAM_ERRORS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace jejak::domain {

// INVALID_ARGUMENT, POLICY_INVALID: `field` does not make sense; `needed` says what would.
absl::Status PolicyInvalid(absl::string_view field, absl::string_view needed);
// INVALID_ARGUMENT, RULE_NOT_DEVIABLE.
absl::Status RuleNotDeviable(absl::string_view rule);
// ALREADY_EXISTS, DEVIATION_EXISTS: another deviation has this id.
absl::Status DeviationExists(absl::string_view deviation_id);
// INVALID_ARGUMENT, DEVIATION_INVALID: `field` does not make sense; `needed` says what would.
absl::Status DeviationInvalid(absl::string_view field, absl::string_view needed);
// FAILED_PRECONDITION, APPROVER_IS_ACTOR (R43): who approved a deviation does not grant it too.
absl::Status ApproverIsActor();
// INVALID_ARGUMENT, TARGET_REASON_MISSING (R6): raising a target needs a reason.
absl::Status TargetReasonMissing(absl::string_view office);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_PROGRAM_PROGRAM_ERRORS_H_
