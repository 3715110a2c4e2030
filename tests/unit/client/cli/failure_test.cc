// SPDX-License-Identifier: Apache-2.0

#include "client/cli/failure.h"

#include "jejak/v1/common.pb.h"

#include "absl/strings/cord.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include <sstream>

namespace jejak::cli {
namespace {

absl::Status QuotaExceeded() {
  v1::Refusal refusal;
  refusal.set_reason("QUOTA_EXCEEDED");
  refusal.set_rule("R16");
  refusal.set_needed("a deviation");
  absl::Status status = absl::FailedPreconditionError("25 are active");
  status.SetPayload("type.googleapis.com/jejak.v1.Refusal",
                    absl::Cord(refusal.SerializeAsString()));
  return status;
}

TEST(FailureTest, ExitCodesAreThoseOfTheInterface) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeOf(QuotaExceeded()), 1);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("from the server")), 1);
  EXPECT_EQ(ExitCodeOf(UsageError("typed wrongly")), 2);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), 3);
  EXPECT_EQ(ExitCodeOf(absl::PermissionDeniedError("")), 4);
  EXPECT_EQ(ExitCodeOf(absl::UnauthenticatedError("")), 4);
  EXPECT_EQ(ExitCodeOf(absl::AbortedError("")), 5);
  EXPECT_EQ(ExitCodeOf(absl::DataLossError("")), 6);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), 7);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("")), 7);
}

TEST(FailureTest, ARefusalIsPrintedWithItsRuleAndWayOut) {
  std::ostringstream err;
  PrintError(QuotaExceeded(), false, err);
  EXPECT_EQ(err.str(),
            "jejak: 25 are active\n  reason: QUOTA_EXCEEDED\n  rule: R16\n  needed: a deviation\n");
}

TEST(FailureTest, JsonHasTheSame) {
  std::ostringstream err;
  PrintError(QuotaExceeded(), true, err);
  const auto error = nlohmann::json::parse(err.str())["error"];
  EXPECT_EQ(error["code"], "FAILED_PRECONDITION");
  EXPECT_EQ(error["reason"], "QUOTA_EXCEEDED");
  EXPECT_EQ(error["message"], "25 are active");
  EXPECT_EQ(error["details"]["rule"], "R16");
}

TEST(FailureTest, AMessageCannotSteerTheTerminal) {
  std::ostringstream err;
  PrintError(absl::InternalError("\x1b[2J"), false, err);
  EXPECT_EQ(err.str(), "jejak: \\x1b[2J\n");
}

TEST(FailureTest, FieldsOfTheApiAreSaidAsFlags) {
  v1::Refusal refusal;
  refusal.set_reason("X");
  refusal.set_needed("the next_page_token of the page before, or no valid_time");
  absl::Status status = absl::InvalidArgumentError("a smaller page_size");
  status.SetPayload("type.googleapis.com/jejak.v1.Refusal",
                    absl::Cord(refusal.SerializeAsString()));
  std::ostringstream err;
  PrintError(status, false, err);
  EXPECT_EQ(err.str(),
            "jejak: a smaller page_size\n  reason: X\n"
            "  needed: the next_page_token of the page before, or no valid_time\n"
            "  flag: next_page_token is --page-token, page_size is --page-size, "
            "valid_time is --valid\n");
  err.str("");
  PrintError(absl::InvalidArgumentError("an invalid_time"), false, err);
  EXPECT_EQ(err.str(), "jejak: an invalid_time\n");
}

TEST(FailureTest, TheHelpSaysWhichMistakesAreTheServers) {
  const std::string help = kExitCodesHelp;
  EXPECT_NE(help.find("1    failure: what the server refuses, a filter"), std::string::npos);
  EXPECT_NE(help.find("2    wrong usage, found before anything was sent"), std::string::npos);
}

}  // namespace
}  // namespace jejak::cli
