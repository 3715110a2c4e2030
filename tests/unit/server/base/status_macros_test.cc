// SPDX-License-Identifier: Apache-2.0

#include "server/base/status_macros.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace jejak {
namespace {

absl::Status Return(const absl::Status& status, bool& went_on) {
  JEJAK_RETURN_IF_ERROR(status);
  went_on = true;
  return absl::OkStatus();
}

TEST(StatusMacrosTest, AnErrorIsReturnedAndOkGoesOn) {
  bool went_on = false;
  EXPECT_EQ(Return(absl::AbortedError("x"), went_on), absl::AbortedError("x"));
  EXPECT_FALSE(went_on);
  EXPECT_TRUE(Return(absl::OkStatus(), went_on).ok());
  EXPECT_TRUE(went_on);
}

absl::StatusOr<int> Sum(absl::StatusOr<std::unique_ptr<int>> a, const absl::StatusOr<int>& b) {
  // A value that can only be moved, one that is declared, and one that is not.
  JEJAK_ASSIGN_OR_RETURN(const std::unique_ptr<int> first, std::move(a));
  int second = 0;
  JEJAK_ASSIGN_OR_RETURN(second, b);
  return *first + second;
}

TEST(StatusMacrosTest, AValueIsAssignedAndAnErrorReturned) {
  EXPECT_EQ(*Sum(std::make_unique<int>(1), 2), 3);
  EXPECT_EQ(Sum(absl::AbortedError("a"), 2).status(), absl::AbortedError("a"));
  EXPECT_EQ(Sum(std::make_unique<int>(1), absl::AbortedError("b")).status(),
            absl::AbortedError("b"));
}

TEST(StatusMacrosTest, AnExpressionIsEvaluatedOnce) {
  int calls = 0;
  const auto call = [&calls]() -> absl::StatusOr<int> { return ++calls; };
  const auto function = [&]() -> absl::Status {
    JEJAK_ASSIGN_OR_RETURN(const int value, call());
    JEJAK_RETURN_IF_ERROR(call().status());
    return value == 1 ? absl::OkStatus() : absl::InternalError("not the first");
  };
  EXPECT_TRUE(function().ok());
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace jejak
