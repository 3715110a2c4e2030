// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/error.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

#include "gtest/gtest.h"

namespace jejak::client {
namespace {

TEST(ErrorTest, DetailsOfAStatusBecomeValues) {
  google::rpc::Status sent;
  google::rpc::ErrorInfo info;
  info.set_reason("QUOTA_EXCEEDED");
  (*info.mutable_metadata())["quota_max"] = "25";
  sent.add_details()->PackFrom(info);
  v1::Refusal refusal;
  refusal.set_reason("QUOTA_EXCEEDED");
  refusal.set_rule("R16");
  sent.add_details()->PackFrom(refusal);
  google::rpc::BadRequest bad;
  bad.add_field_violations()->set_field("agen[3]");
  sent.add_details()->PackFrom(bad);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(500'000'000);
  sent.add_details()->PackFrom(retry);
  v1::UnseenEvents unseen;
  unseen.set_etag("7");
  sent.add_details()->PackFrom(unseen);

  const absl::Status status = ToAbslStatus(
      grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "no", sent.SerializeAsString()));
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_EQ(status.message(), "no");
  const ErrorDetails details = GetDetails(status);
  EXPECT_EQ(details.reason, "QUOTA_EXCEEDED");
  EXPECT_EQ(details.metadata.at("quota_max"), "25");
  EXPECT_EQ(details.refusal->rule(), "R16");
  EXPECT_EQ(details.field_violations.at(0).field, "agen[3]");
  EXPECT_EQ(details.retry_after, absl::Milliseconds(500));
  EXPECT_EQ(details.unseen_events->etag(), "7");
}

TEST(ErrorTest, GarbageInTheDetailsLeavesCodeAndMessage) {
  const absl::Status status =
      ToAbslStatus(grpc::Status(grpc::StatusCode::ABORTED, "stale", "\xff\xff garbage"));
  EXPECT_TRUE(absl::IsAborted(status));
  EXPECT_EQ(status.message(), "stale");
  EXPECT_EQ(GetDetails(status).reason, "");

  google::rpc::Status sent;
  sent.add_details()->set_type_url("type.googleapis.com/jejak.v1.Refusal");
  sent.mutable_details(0)->set_value("\xff\xff");
  EXPECT_FALSE(GetDetails(ToAbslStatus(grpc::Status(grpc::StatusCode::ABORTED, "stale",
                                                    sent.SerializeAsString())))
                   .refusal.has_value());
}

TEST(ErrorTest, OkStaysOk) { EXPECT_TRUE(ToAbslStatus(grpc::Status::OK).ok()); }

}  // namespace
}  // namespace jejak::client
