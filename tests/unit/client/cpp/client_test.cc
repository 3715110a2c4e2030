// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/client.h"

#include "client/cpp/error.h"
#include "server/base/hash.h"
#include "tests/unit/client/cpp/fake_connection.h"

#include "google/rpc/error_details.pb.h"
#include "jejak/v1/document_service.pb.h"
#include "jejak/v1/lokus_service.grpc.pb.h"

#include "absl/strings/cord.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <fstream>
#include <sstream>

namespace jejak::client {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1623296400);

absl::Status Busy(absl::Duration retry_after) {
  absl::Status status = absl::ResourceExhaustedError("the queue is full");
  google::rpc::RetryInfo info;
  info.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(retry_after));
  status.SetPayload("type.googleapis.com/google.rpc.RetryInfo",
                    absl::Cord(info.SerializeAsString()));
  return status;
}

class ClientTest : public testing::Test {
 protected:
  ClientTest()
      : client_({.identity = {"officers/siti", "offices/18", v1::ROLE_CHAIR}},
                std::make_unique<FakeConnection>(&script_), {&clock_, [this](absl::Duration wait) {
                                                               waits_.push_back(wait);
                                                               clock_.Advance(wait);
                                                             }}) {}

  absl::StatusOr<v1::DesignateLokusResponse> Designate() {
    v1::DesignateLokusRequest request;
    request.set_name("programs/p/lokus/18.06.11.2016");
    return client_.Call(&v1::LokusService::Stub::DesignateLokus, request);
  }

  v1::DesignateLokusRequest Sent(std::size_t attempt) const {
    v1::DesignateLokusRequest request;
    EXPECT_TRUE(request.ParseFromString(script_.asked[attempt].request));
    return request;
  }

  std::string Event(std::uint64_t position) {
    v1::SubscribeResponse message;
    message.mutable_event()->set_position(position);
    message.set_next_position(position + 1);
    return message.SerializeAsString();
  }

  FakeConnection::Script script_;
  SimulatedClock clock_{kNow};
  std::vector<absl::Duration> waits_;
  Client client_;
};

TEST_F(ClientTest, ACommandGetsIdentityAndRequestId) {
  script_.answers.emplace_back(absl::OkStatus(), "");
  ASSERT_TRUE(Designate().ok());
  EXPECT_EQ(script_.asked[0].method, "/jejak.v1.LokusService/DesignateLokus");
  EXPECT_EQ(script_.asked[0].context.metadata.at("x-jejak-actor"), "officers/siti");
  EXPECT_EQ(script_.asked[0].context.deadline, kNow + absl::Seconds(30));
  EXPECT_EQ(Sent(0).write().office(), "offices/18");
  EXPECT_EQ(Sent(0).write().role(), v1::ROLE_CHAIR);
  EXPECT_THAT(Sent(0).write().request_id(), SizeIs(36));
}

TEST_F(ClientTest, WhatTheCallerSetIsKept) {
  script_.answers.emplace_back(absl::OkStatus(), "");
  v1::DesignateLokusRequest request;
  request.mutable_write()->set_request_id("mine");
  request.mutable_write()->set_office("offices/ri");
  ASSERT_TRUE(
      client_.Call(&v1::LokusService::Stub::DesignateLokus, request, {"officers/budi"}).ok());
  EXPECT_EQ(Sent(0).write().request_id(), "mine");
  EXPECT_EQ(Sent(0).write().office(), "offices/ri");
  EXPECT_EQ(script_.asked[0].context.metadata.at("x-jejak-actor"), "officers/budi");
}

TEST_F(ClientTest, AnUnavailableServerIsAskedAgainWithTheSameRequestId) {
  script_.answers.emplace_back(absl::UnavailableError("connection refused"), "");
  script_.answers.emplace_back(absl::UnavailableError("connection refused"), "");
  script_.answers.emplace_back(absl::OkStatus(), "");
  ASSERT_TRUE(Designate().ok());
  ASSERT_THAT(script_.asked, SizeIs(3));
  EXPECT_EQ(Sent(0).write().request_id(), Sent(2).write().request_id());
  ASSERT_THAT(waits_, SizeIs(2));
  EXPECT_GE(waits_[0], absl::Milliseconds(100));
  EXPECT_LT(waits_[0], absl::Milliseconds(200));
  EXPECT_GE(waits_[1], absl::Milliseconds(200));
  EXPECT_LT(waits_[1], absl::Milliseconds(400));
}

TEST_F(ClientTest, AttemptsAreBounded) {
  for (int i = 0; i < 10; ++i) script_.answers.emplace_back(absl::UnavailableError("down"), "");
  EXPECT_TRUE(absl::IsUnavailable(Designate().status()));
  EXPECT_THAT(script_.asked, SizeIs(4));
}

TEST_F(ClientTest, AFullServerIsAskedAgainOnlyWhenItSaysWhen) {
  script_.answers.emplace_back(Busy(absl::Seconds(3)), "");
  script_.answers.emplace_back(absl::OkStatus(), "");
  EXPECT_TRUE(Designate().ok());
  EXPECT_THAT(waits_, ElementsAre(absl::Seconds(3)));

  script_.answers.emplace_back(absl::ResourceExhaustedError("too large"), "");
  EXPECT_TRUE(absl::IsResourceExhausted(Designate().status()));
  EXPECT_THAT(waits_, SizeIs(1));
}

TEST_F(ClientTest, TheDeadlineIsNotWaitedOver) {
  script_.answers.emplace_back(Busy(absl::Seconds(31)), "");
  EXPECT_TRUE(absl::IsResourceExhausted(Designate().status()));
  EXPECT_THAT(waits_, SizeIs(0));
}

TEST_F(ClientTest, ARefusalIsNotRepeated) {
  script_.answers.emplace_back(absl::FailedPreconditionError("no"), "");
  EXPECT_TRUE(absl::IsFailedPrecondition(Designate().status()));
  EXPECT_THAT(script_.asked, SizeIs(1));
}

TEST_F(ClientTest, ALostAnswerTellsTheRequestIdToAskAgainWith) {
  script_.answers.emplace_back(absl::DeadlineExceededError("late"), "");
  const absl::Status status = Designate().status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_EQ(GetDetails(status).request_id, Sent(0).write().request_id());
}

TEST_F(ClientTest, ASubscriptionResumesWhereItBrokeAndRepeatsNothing) {
  script_.streams.push_back({{Event(0), Event(1)}, absl::UnavailableError("gone")});
  script_.streams.push_back({{Event(1), Event(2)}, absl::OkStatus()});
  script_.streams.push_back({{Event(3)}, absl::OkStatus()});
  std::vector<std::uint64_t> seen;
  const absl::Status status = client_.Subscribe({}, [&](const v1::SubscribeResponse& message) {
    seen.push_back(message.event().position());
    return seen.size() < 4;
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(seen, ElementsAre(0, 1, 2, 3));
  v1::SubscribeRequest request;
  ASSERT_TRUE(request.ParseFromString(script_.written[1]));
  EXPECT_EQ(request.from_position(), 2);
}

TEST_F(ClientTest, ASubscriptionWaitsForAServerThatIsAwayAsLongAsItTakes) {
  for (int i = 0; i < 50; ++i) script_.streams.push_back({{}, absl::UnavailableError("gone")});
  script_.streams.push_back({{Event(0)}, absl::OkStatus()});
  int seen = 0;
  const absl::Status status = client_.Subscribe({}, [&](const auto&) { return ++seen < 1; });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(seen, 1);
  ASSERT_THAT(waits_, SizeIs(50));
  EXPECT_GT(waits_.back(), absl::Seconds(2));
  EXPECT_LE(waits_.back(), absl::Seconds(5));
}

TEST_F(ClientTest, ASubscriptionThatTheServerCancelsOrEndsIsResumed) {
  for (const absl::Status& end :
       {absl::CancelledError("stops"), absl::DeadlineExceededError("an hour"), absl::OkStatus()}) {
    script_.streams.push_back({{}, end});
  }
  script_.streams.push_back({{Event(0)}, absl::OkStatus()});
  EXPECT_TRUE(client_.Subscribe({}, [](const auto&) { return false; }).ok());
  EXPECT_THAT(script_.asked, SizeIs(4));
}

TEST_F(ClientTest, ASubscriptionThatWasCutOffGoesOnWhereItsReaderIs) {
  absl::Status slow = absl::ResourceExhaustedError("too slow");
  google::rpc::ErrorInfo info;
  info.set_reason("FELL_BEHIND");
  (*info.mutable_metadata())["next_position"] = "7";
  slow.SetPayload("type.googleapis.com/google.rpc.ErrorInfo", absl::Cord(info.SerializeAsString()));
  v1::SubscribeResponse row;
  row.mutable_row()->set_position(4);
  row.set_next_position(5);
  script_.streams.push_back({{row.SerializeAsString()}, slow});
  v1::SubscribeResponse next = row;
  next.mutable_row()->set_position(5);
  next.set_next_position(6);
  script_.streams.push_back({{row.SerializeAsString(), next.SerializeAsString()}, slow});
  std::vector<std::uint64_t> seen;
  const absl::Status status = client_.Subscribe({}, [&](const v1::SubscribeResponse& message) {
    seen.push_back(message.row().position());
    return seen.size() < 2;
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(seen, ElementsAre(4, 5));
  v1::SubscribeRequest request;
  ASSERT_TRUE(request.ParseFromString(script_.written[1]));
  EXPECT_EQ(request.from_position(), 5);
}

TEST_F(ClientTest, ASubscriptionToAServerThatIsAwayEndsWhenTheCallerWantsIt) {
  for (int i = 0; i < 9; ++i) script_.streams.push_back({{}, absl::UnavailableError("gone")});
  int told = 0;
  const absl::Status status = client_.Subscribe(
      {}, [](const auto&) { return true; }, absl::InfiniteFuture(),
      [&](const absl::Status& why) {
        EXPECT_TRUE(absl::IsUnavailable(why));
        return ++told < 3;
      });
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(script_.asked, SizeIs(3));
}

TEST_F(ClientTest, ASubscriptionToAServerThatIsAwayEndsInTime) {
  for (int i = 0; i < 99; ++i) script_.streams.push_back({{}, absl::UnavailableError("gone")});
  const absl::Time until = kNow + absl::Seconds(20);
  const absl::Status status = client_.Subscribe(
      {}, [](const auto&) { return true; }, until);
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_EQ(clock_.Now(), until);
}

TEST_F(ClientTest, ASubscriptionThatIsRefusedEnds) {
  script_.streams.push_back({{}, absl::OutOfRangeError("position in the future")});
  EXPECT_TRUE(absl::IsOutOfRange(client_.Subscribe({}, [](const auto&) { return true; })));
  EXPECT_THAT(waits_, SizeIs(0));
}

TEST_F(ClientTest, AnUploadIsCutIntoChunksAndChecked) {
  const std::string bytes(100'000, 'x');
  v1::UploadContentResponse response;
  response.set_sha256(ToHex(AsBytes(Sha256({bytes}))));
  script_.streams.push_back({{response.SerializeAsString()}, absl::OkStatus()});
  std::istringstream content(bytes);
  EXPECT_EQ(client_.UploadContent(content).value(), response.sha256());
  EXPECT_THAT(script_.written, SizeIs(2));

  response.set_sha256(std::string(64, '0'));
  script_.streams.push_back({{response.SerializeAsString()}, absl::OkStatus()});
  std::istringstream again(bytes);
  EXPECT_TRUE(absl::IsDataLoss(client_.UploadContent(again).status()));
}

TEST_F(ClientTest, AnUploadAnnouncesItsHashInTheFirstMessage) {
  for (const std::string& bytes : {std::string(), std::string(70'000, 'x')}) {
    SCOPED_TRACE(bytes.size());
    script_.written.clear();
    v1::UploadContentResponse response;
    response.set_sha256(ToHex(AsBytes(Sha256({bytes}))));
    script_.streams.push_back({{response.SerializeAsString()}, absl::OkStatus()});
    std::istringstream content(bytes);
    ASSERT_EQ(client_.UploadContent(content).value_or(""), response.sha256());
    std::string sent;
    for (std::size_t i = 0; i < script_.written.size(); ++i) {
      v1::UploadContentRequest request;
      ASSERT_TRUE(request.ParseFromString(script_.written[i]));
      EXPECT_EQ(request.sha256(), i == 0 ? response.sha256() : "");
      sent += request.chunk();
    }
    EXPECT_EQ(sent, bytes);
  }
}

TEST_F(ClientTest, WhatCannotBeReadIsNotUploaded) {
  std::ifstream folder(testing::TempDir());
  EXPECT_TRUE(absl::IsFailedPrecondition(client_.UploadContent(folder).status()));
  std::ifstream missing(testing::TempDir() + "jejak-there-is-no-such-file");
  EXPECT_TRUE(absl::IsFailedPrecondition(client_.UploadContent(missing).status()));
  EXPECT_THAT(script_.asked, SizeIs(0));
}

TEST_F(ClientTest, ADownloadWithAnotherHashIsDataLoss) {
  v1::DownloadContentResponse chunk;
  chunk.set_chunk("decree");
  const std::string hash = ToHex(AsBytes(Sha256({"decree"})));
  script_.streams.push_back({{chunk.SerializeAsString()}, absl::OkStatus()});
  script_.streams.push_back({{chunk.SerializeAsString()}, absl::OkStatus()});
  std::ostringstream content;
  EXPECT_TRUE(client_.DownloadContent(hash, content).ok());
  EXPECT_EQ(content.str(), "decree");
  EXPECT_TRUE(absl::IsDataLoss(client_.DownloadContent(std::string(64, '0'), content)));
}

}  // namespace
}  // namespace jejak::client
