// SPDX-License-Identifier: Apache-2.0

#include "server/domain/program/program_errors.h"

#include "server/domain/refusal.h"

#include "absl/strings/str_cat.h"

namespace jejak::domain {
namespace {

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

}  // namespace

absl::Status PolicyInvalid(absl::string_view field, absl::string_view needed) {
  return Refusal(kInvalid, "POLICY_INVALID", absl::StrCat("policy.", field, " does not make sense"))
      .Needed(needed)
      .Meta("field", absl::StrCat("policy.", field));
}

absl::Status RuleNotDeviable(absl::string_view rule) {
  return Refusal(kInvalid, "RULE_NOT_DEVIABLE", absl::StrCat(rule, " holds for everyone"))
      .Rule(rule)
      .Needed("one of R3, R5, R6 and R16")
      .Meta("rule_id", rule);
}

absl::Status DeviationExists(absl::string_view deviation_id) {
  return Refusal(absl::StatusCode::kAlreadyExists, "DEVIATION_EXISTS",
                 absl::StrCat("another deviation has the id ", deviation_id))
      .Needed("another id")
      .Meta("deviation_id", deviation_id);
}

absl::Status DeviationInvalid(absl::string_view field, absl::string_view needed) {
  return Refusal(kInvalid, "DEVIATION_INVALID",
                 absl::StrCat("deviation.", field, " does not make sense"))
      .Needed(needed)
      .Meta("field", absl::StrCat("deviation.", field));
}

absl::Status ApproverIsActor() {
  return Refusal(absl::StatusCode::kFailedPrecondition, "APPROVER_IS_ACTOR",
                 "a deviation is approved by somebody else than who grants it")
      .Rule("R43")
      .Needed("the approval of another officer");
}

absl::Status TargetReasonMissing(absl::string_view office) {
  return Refusal(kInvalid, "TARGET_REASON_MISSING",
                 absl::StrCat("the target of ", office, " is raised without a reason"))
      .Rule("R6")
      .Needed("say in `reason` why it is raised")
      .Meta("office", office);
}

}  // namespace jejak::domain
