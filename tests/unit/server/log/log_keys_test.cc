// SPDX-License-Identifier: Apache-2.0

#include "server/log/log_keys.h"

#include "server/base/limits.h"

#include <gtest/gtest.h>

namespace jejak::log {
namespace {

TEST(LogKeysTest, PositionsSortAsNumbers) {
  EXPECT_EQ(ToHex(EncodePosition(258)), "0000000000000102");
  EXPECT_LT(EncodePosition(255), EncodePosition(256));
  EXPECT_LT(EncodePosition(0x7fffffff), EncodePosition(0x80000000));
  EXPECT_EQ(DecodePosition(EncodePosition(258)), 258u);
  EXPECT_EQ(DecodePosition("1234567"), std::nullopt);
  EXPECT_EQ(DecodePosition("123456789"), std::nullopt);
}

TEST(LogKeysTest, NoStreamSeesTheKeysOfAnother) {
  EXPECT_EQ(ToHex(StreamKey("ab", 1)), "6162000000000000000001");
  EXPECT_EQ(RevisionInStreamKey(StreamKey("ab", 7), "ab"), 7u);
  EXPECT_EQ(RevisionInStreamKey(StreamKey("ab", 7), "a"), std::nullopt);
  EXPECT_EQ(RevisionInStreamKey(StreamKey("a", 7), "ab"), std::nullopt);
  // All keys of "a" lie together, before those of "a/b".
  EXPECT_LT(StreamKey("a", ~std::uint64_t{0}), StreamKey("a/b", 1));
}

TEST(LogKeysTest, AStreamNameHasNoControlBytesAndIsBounded) {
  EXPECT_TRUE(IsStreamName("lokus/18.06.01-a b"));
  EXPECT_FALSE(IsStreamName(""));
  EXPECT_FALSE(IsStreamName(absl::string_view("a\0b", 3)));
  EXPECT_FALSE(IsStreamName("a\nb"));
  EXPECT_TRUE(IsStreamName(std::string(limits::kResourceNameBytesMax, 'a')));
  EXPECT_FALSE(IsStreamName(std::string(limits::kResourceNameBytesMax + 1, 'a')));
}

TEST(LogKeysTest, TheHeadSurvivesTheRoundTripAndNoOtherLengthIsTaken) {
  Head head;
  head.last_commit_time_us = -5;
  head.records = 9;
  head.claim_rows = 2;
  head.request_rows = 3;
  for (int i = 0; i < 5; ++i) head.range.Append(LeafHash("x"));
  head.size = 5;
  const std::string bytes = EncodeHead(head);
  EXPECT_EQ(ToHex(bytes.substr(0, 40)),
            "0000000000000005"
            "fffffffffffffffb"
            "0000000000000009"
            "0000000000000002"
            "0000000000000003");
  const absl::StatusOr<Head> decoded = DecodeHead(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, head);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeHead(bytes.substr(0, size)).status())) << size;
  }
  EXPECT_TRUE(absl::IsDataLoss(DecodeHead(bytes + "x").status()));
}

}  // namespace
}  // namespace jejak::log
