// SPDX-License-Identifier: Apache-2.0

#include "server/service/caller.h"

#include "server/base/limits.h"
#include "server/command/status_proto.h"
#include "server/domain/refusal.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "jejak/v1/history.pb.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

namespace jejak::service {
namespace {

google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), static_cast<int>(status.error_code()));
  EXPECT_EQ(details.message(), status.error_message());
  return details;
}

google::rpc::ErrorInfo InfoOf(const grpc::Status& status) {
  google::rpc::ErrorInfo info;
  const google::rpc::Status details = DetailsOf(status);
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&info)) break;
  }
  return info;
}

TEST(CallerTest, OkIsOk) { EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok()); }

TEST(CallerTest, ARefusalKeepsItsTextAndReason) {
  const grpc::Status status =
      ToGrpc(domain::Refusal(absl::StatusCode::kFailedPrecondition, "QUOTA_EXCEEDED", "too many")
                 .Rule("R16")
                 .Meta("quota_max", "25"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), "too many");
  EXPECT_EQ(InfoOf(status).reason(), "QUOTA_EXCEEDED");
  EXPECT_EQ(InfoOf(status).domain(), "jejak");
  EXPECT_EQ(InfoOf(status).metadata().at("quota_max"), "25");
}

TEST(CallerTest, AStatusWithoutAReasonGetsTheNameOfItsCode) {
  const grpc::Status status = ToGrpc(absl::DeadlineExceededError("not in time"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(status.error_message(), "not in time");
  EXPECT_EQ(InfoOf(status).reason(), "DEADLINE_EXCEEDED");
}

TEST(CallerTest, TheTextOfABugStaysInside) {
  for (const absl::Status& bug :
       {absl::InternalError("at /secret/path"), absl::UnknownError("at /secret/path"),
        absl::DataLossError("at /secret/path")}) {
    const grpc::Status status = ToGrpc(bug);
    EXPECT_EQ(static_cast<int>(status.error_code()), static_cast<int>(bug.code()));
    EXPECT_FALSE(absl::StrContains(status.error_message(), "secret"));
    EXPECT_FALSE(absl::StrContains(status.error_details(), "secret"));
    EXPECT_EQ(InfoOf(status).reason(), absl::StatusCodeToString(bug.code()));
  }
}

TEST(CallerTest, WhatGoesOverTheWireIsWithinTheBound) {
  absl::Status status =
      domain::Refusal(absl::StatusCode::kAborted, "ETAG_MISMATCH", std::string(5000, 'x'));
  v1::UnseenEvents unseen;
  for (int i = 0; i < 100; ++i) unseen.add_events()->set_stream(std::string(100, 'y'));
  command::AddDetail(unseen, status);
  const grpc::Status sent = ToGrpc(status);
  EXPECT_LE(sent.error_details().size(), limits::kErrorDetailBytesMax);
  EXPECT_LE(sent.error_message().size(), limits::kErrorMessageBytesMax);
  EXPECT_EQ(InfoOf(sent).reason(), "ETAG_MISMATCH") << "the small details are kept";
}

}  // namespace
}  // namespace jejak::service
