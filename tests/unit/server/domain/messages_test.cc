// SPDX-License-Identifier: Apache-2.0

#include "server/domain/messages.h"

#include "google/rpc/error_details.pb.h"

#include <gtest/gtest.h>

namespace jejak::domain {
namespace {

TEST(MessagesTest, MicrosecondsGoThroughATimestampUnchanged) {
  for (const std::int64_t micros :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{1623286800'000001}, std::int64_t{-1},
        std::int64_t{-1'000'000}, std::int64_t{-1'000'001}}) {
    google::protobuf::Timestamp timestamp;
    SetMicros(micros, timestamp);
    EXPECT_EQ(MicrosOf(timestamp), micros);
    EXPECT_GE(timestamp.nanos(), 0) << micros;
  }
}

TEST(MessagesTest, TheOrderOfInsertionDoesNotShowInTheBytes) {
  google::rpc::ErrorInfo ascending;
  google::rpc::ErrorInfo descending;
  for (int i = 0; i < 50; ++i) {
    (*ascending.mutable_metadata())[std::to_string(i)] = "x";
    (*descending.mutable_metadata())[std::to_string(49 - i)] = "x";
  }
  EXPECT_EQ(SerializeDeterministically(ascending), SerializeDeterministically(descending));
}

}  // namespace
}  // namespace jejak::domain
