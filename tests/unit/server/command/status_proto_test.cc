// SPDX-License-Identifier: Apache-2.0

#include "server/command/status_proto.h"

#include "server/base/limits.h"
#include "server/domain/refusal.h"

#include "google/rpc/error_details.pb.h"

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <string>

namespace jejak::command {
namespace {

TEST(StatusProtoTest, ARefusalComesBackWhole) {
  const absl::Status refusal =
      domain::Refusal(absl::StatusCode::kFailedPrecondition, "QUOTA_EXCEEDED", "too many")
          .Rule("R16")
          .Needed("a free place")
          .Meta("quota_max", "25");
  EXPECT_EQ(FromProto(ToProto(refusal)), refusal);
  EXPECT_EQ(domain::GetReason(FromProto(ToProto(refusal))), "QUOTA_EXCEEDED");
  EXPECT_TRUE(FromProto(ToProto(absl::OkStatus())).ok());
}

TEST(StatusProtoTest, DetailsAreInTheOrderOfTheirTypes) {
  absl::Status status = absl::AbortedError("x");
  for (const char* url : {"b", "d", "a", "c"}) status.SetPayload(url, absl::Cord(url));
  const google::rpc::Status proto = ToProto(status);
  ASSERT_EQ(proto.details_size(), 4);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(proto.details(i).type_url(), std::string(1, "abcd"[i]));
}

TEST(StatusProtoTest, AMessageIsCutAtItsBoundButNotInsideACharacter) {
  const std::size_t max = limits::kErrorMessageBytesMax;
  const auto cut = [](const std::string& message) {
    return ToProto(absl::AbortedError(message)).message();
  };
  EXPECT_EQ(cut(std::string(max, 'x')), std::string(max, 'x'));
  EXPECT_EQ(cut(std::string(max + 1, 'x')), std::string(max, 'x'));
  const std::string bullet = "\xE2\x80\xA2";
  // The bound falls after its first, its second, and its last byte.
  EXPECT_EQ(cut(absl::StrCat(std::string(max - 1, 'x'), bullet)), std::string(max - 1, 'x'));
  EXPECT_EQ(cut(absl::StrCat(std::string(max - 2, 'x'), bullet)), std::string(max - 2, 'x'));
  EXPECT_EQ(cut(absl::StrCat(std::string(max - 3, 'x'), bullet, "y")),
            absl::StrCat(std::string(max - 3, 'x'), bullet));
}

TEST(StatusProtoTest, TheLargestDetailsAreLeftOutFirst) {
  absl::Status status = absl::AbortedError("x");
  status.SetPayload("big", absl::Cord(std::string(limits::kErrorDetailBytesMax, 'x')));
  status.SetPayload("middle", absl::Cord(std::string(limits::kErrorDetailBytesMax - 1000, 'x')));
  status.SetPayload("small", absl::Cord(std::string(100, 'x')));
  const google::rpc::Status proto = ToProto(status);
  EXPECT_LE(proto.ByteSizeLong(), limits::kErrorDetailBytesMax);
  ASSERT_EQ(proto.details_size(), 2);
  EXPECT_EQ(proto.details(0).type_url(), "middle");
  EXPECT_EQ(proto.details(1).type_url(), "small");
}

TEST(StatusProtoTest, AnAddedDetailCanBeUnpacked) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(100);
  absl::Status status = absl::AbortedError("x");
  AddDetail(retry, status);
  const google::rpc::Status proto = ToProto(status);
  ASSERT_EQ(proto.details_size(), 1);
  google::rpc::RetryInfo unpacked;
  ASSERT_TRUE(proto.details(0).UnpackTo(&unpacked));
  EXPECT_EQ(unpacked.retry_delay().nanos(), 100);
}

}  // namespace
}  // namespace jejak::command
