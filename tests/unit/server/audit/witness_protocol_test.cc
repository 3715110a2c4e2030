// SPDX-License-Identifier: Apache-2.0

#include "server/audit/witness_protocol.h"

#include "server/audit/encoding.h"
#include "server/base/limits.h"
#include "tests/unit/server/audit/test_keys.h"
#include "tests/unit/server/audit/test_tree.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jejak::audit {
namespace {

class WitnessProtocolTest : public testing::Test {
 protected:
  Hash RootOf(std::uint64_t size) const { return *TreeRoot(size, tree_.nodes()); }
  TreeHead HeadOf(std::uint64_t size) const { return {size, RootOf(size)}; }

  AddCheckpointRequest Request(std::uint64_t old_size, std::uint64_t size) const {
    return Request(old_size, size, RootOf(size));
  }
  AddCheckpointRequest Request(std::uint64_t old_size, std::uint64_t size, const Hash& root) const {
    AddCheckpointRequest request;
    request.old_size = old_size;
    if (old_size <= size) request.proof = *ConsistencyProof(old_size, size, tree_.nodes());
    request.checkpoint =
        SignCheckpoint({.origin = log_.key().name, .size = size, .root = root}, log_);
    return request;
  }

  // The code of the reply, 200 if it is accepted.
  int Decide(const std::optional<TreeHead>& latest, const AddCheckpointRequest& request) const {
    const WitnessDecision decision = DecideAddCheckpoint(latest, trusted_, request);
    if (decision.refusal.has_value()) return decision.refusal->code;
    EXPECT_EQ(decision.next.size, request.checkpoint.checkpoint.size);
    EXPECT_EQ(decision.next.root, request.checkpoint.checkpoint.root);
    return 200;
  }

  const TestTree tree_{40};
  const Signer log_ = *Signer::Parse(kLogPrivateKey);
  const Signer witness_ = *Signer::Parse(kWitnessPrivateKey);
  const std::vector<VerifierKey> trusted_ = {log_.key()};
};

TEST_F(WitnessProtocolTest, TheBodyOfARequestHasOneSpelling) {
  for (const AddCheckpointRequest& request : {Request(0, 7), Request(5, 7), Request(7, 7)}) {
    const std::string body = FormatAddCheckpoint(request);
    const absl::StatusOr<AddCheckpointRequest> parsed = ParseAddCheckpoint(body);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, request);
  }
  const std::string good = FormatAddCheckpoint(Request(5, 7));
  EXPECT_TRUE(absl::StartsWith(good, "old 5\n"));
  for (const std::string& body :
       {std::string(), std::string("old 5\n"), " " + good, good + "\n", good.substr(1),
        absl::StrReplaceAll(good, {{"old 5", "old 05"}}),
        absl::StrReplaceAll(good, {{"old 5", "old  5"}}),
        absl::StrReplaceAll(good, {{"old 5", "old -5"}}),
        absl::StrReplaceAll(good, {{"old 5", "old"}}),
        absl::StrReplaceAll(good, {{"old 5\n", "old 5\r\n"}}),
        absl::StrReplaceAll(good, {{"old 5\n", ""}}),
        absl::StrReplaceAll(good, {{"old 5\n", "old 5\nAAAA\n"}}),
        absl::StrReplaceAll(good, {{"=\n\nexample.com", "=\nexample.com"}})}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseAddCheckpoint(body).status())) << body;
  }
  AddCheckpointRequest many = Request(5, 7);
  many.proof.resize(63);
  EXPECT_TRUE(ParseAddCheckpoint(FormatAddCheckpoint(many)).ok());
  many.proof.resize(64);
  EXPECT_TRUE(absl::IsInvalidArgument(ParseAddCheckpoint(FormatAddCheckpoint(many)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      ParseAddCheckpoint(std::string(limits::kAddCheckpointBytesMax + 1, 'x')).status()));
  EXPECT_EQ(MalformedReply(absl::InvalidArgumentError("why")),
            (WitnessReply{400, "text/plain; charset=utf-8", "why\n"}));
}

TEST_F(WitnessProtocolTest, EveryStepForwardFromTheLatestIsAccepted) {
  EXPECT_EQ(Decide(std::nullopt, Request(0, 0)), 200);
  EXPECT_EQ(Decide(HeadOf(0), Request(0, 0)), 200);
  for (std::uint64_t size = 1; size <= 40; ++size) {
    EXPECT_EQ(Decide(std::nullopt, Request(0, size)), 200);
    EXPECT_EQ(Decide(HeadOf(0), Request(0, size)), 200);
    for (std::uint64_t old_size = 1; old_size <= size; ++old_size) {
      EXPECT_EQ(Decide(HeadOf(old_size), Request(old_size, size)), 200) << old_size << " " << size;
    }
  }
}

TEST_F(WitnessProtocolTest, AnUnknownOriginIs404) {
  const WitnessDecision decision = DecideAddCheckpoint(std::nullopt, {}, Request(0, 5));
  ASSERT_TRUE(decision.refusal.has_value());
  EXPECT_EQ(decision.refusal->code, 404);
}

TEST_F(WitnessProtocolTest, WithoutATrustedSignatureItIs403) {
  AddCheckpointRequest request = Request(0, 5);
  request.checkpoint.note.signatures[0].key_id ^= 1;
  EXPECT_EQ(Decide(std::nullopt, request), 403);
  request = Request(0, 5);
  request.checkpoint.note.signatures[0].bytes[5] ^= 1;
  EXPECT_EQ(Decide(std::nullopt, request), 403);
  // Before anything is said about the state.
  request.old_size = 3;
  EXPECT_EQ(Decide(HeadOf(4), request), 403);
  // One that is unknown beside one that is trusted is fine.
  request = Request(0, 5);
  request.checkpoint.note.signatures.push_back(
      Signer::Create("other", KeyType::kEd25519)->Sign(request.checkpoint.note.text));
  EXPECT_EQ(Decide(std::nullopt, request), 200);
}

TEST_F(WitnessProtocolTest, AnOldSizeAboveTheNewOneIs400) {
  EXPECT_EQ(Decide(HeadOf(6), Request(6, 5)), 400);
  EXPECT_EQ(Decide(HeadOf(9), Request(6, 5)), 400);
}

TEST_F(WitnessProtocolTest, AnOldSizeOtherThanTheLatestIs409WithTheLatest) {
  for (const auto& [latest, old_size] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {8, 0}, {8, 5}, {8, 9}, {0, 5}, {20, 12}}) {
    const WitnessDecision decision =
        DecideAddCheckpoint(HeadOf(latest), trusted_, Request(old_size, 12));
    ASSERT_TRUE(decision.refusal.has_value());
    EXPECT_EQ(*decision.refusal,
              (WitnessReply{409, "text/x.tlog.size", absl::StrCat(latest, "\n")}));
    EXPECT_EQ(*ReadLatestSize(decision.refusal->body), latest);
  }
  // The log rolled back: it can say the truth about neither size.
  EXPECT_EQ(Decide(HeadOf(20), Request(12, 12)), 409);
  EXPECT_EQ(Decide(HeadOf(20), Request(20, 12)), 400);
  EXPECT_EQ(Decide(std::nullopt, Request(5, 12)), 409);
}

TEST_F(WitnessProtocolTest, ATreeThatDoesNotContinueTheLatestIs422) {
  // Another tree of the same size, and a larger one that was rewritten.
  EXPECT_EQ(Decide(HeadOf(8), Request(8, 8, RootOf(7))), 422);
  EXPECT_EQ(Decide(HeadOf(8), Request(8, 12, RootOf(11))), 422);
  EXPECT_EQ(Decide(TreeHead{8, RootOf(7)}, Request(8, 12)), 422);

  AddCheckpointRequest request = Request(8, 12);
  request.proof[0][0] ^= 1;
  EXPECT_EQ(Decide(HeadOf(8), request), 422);
  request = Request(8, 12);
  request.proof.pop_back();
  EXPECT_EQ(Decide(HeadOf(8), request), 422);
  request = Request(8, 8);
  request.proof.push_back(Hash{});
  EXPECT_EQ(Decide(HeadOf(8), request), 422);
  // From nothing there is no proof.
  request = Request(0, 8);
  request.proof.push_back(Hash{});
  EXPECT_EQ(Decide(std::nullopt, request), 422);
  EXPECT_EQ(Decide(HeadOf(0), request), 422);
  // The root of nothing is known.
  EXPECT_EQ(Decide(std::nullopt, Request(0, 0, Hash{})), 422);
  EXPECT_EQ(Decide(HeadOf(0), Request(0, 0, RootOf(1))), 422);
}

TEST_F(WitnessProtocolTest, TheCosignatureOfAReplyIsFoundByTheLog) {
  AddCheckpointRequest request;
  request.checkpoint = *ParseSignedCheckpoint(kCheckpoint1);
  const WitnessReply reply = CosignReply(request, witness_, 1700000000);
  EXPECT_EQ(reply.code, 200);
  EXPECT_EQ(reply.body, kCosignature1);

  const VerifierKey key = *ParseWitnessKey(kWitnessKeyAsPublished);
  const auto found = ReadCosignatures(kCheckpoint1Text, reply.body, key);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(FormatSignatureLine(found->front()), kCosignature1);

  const Signer other = *Signer::Create("other", KeyType::kCosignature);
  const std::string foreign = FormatSignatureLine(other.Cosign(kCheckpoint1Text, 5));
  EXPECT_EQ(*ReadCosignatures(kCheckpoint1Text, foreign + reply.body, key), *found);
  EXPECT_TRUE(absl::IsPermissionDenied(ReadCosignatures(kCheckpoint1Text, foreign, key).status()));
  EXPECT_TRUE(absl::IsDataLoss(ReadCosignatures("x\n", reply.body, key).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadCosignatures(kCheckpoint1Text, "", key).status()));
  EXPECT_TRUE(
      absl::IsInvalidArgument(ReadCosignatures(kCheckpoint1Text, "<html>\n", key).status()));
}

TEST_F(WitnessProtocolTest, ALatestSizeIsADecimalAndANewline) {
  EXPECT_EQ(*ReadLatestSize("0\n"), 0u);
  for (const char* body : {"", "\n", "7", "07\n", "7\n\n", "7\r\n", " 7\n", "-7\n"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReadLatestSize(body).status())) << Quoted(body);
  }
}

TEST_F(WitnessProtocolTest, TheMonitoringPathIsTheHashOfTheOrigin) {
  EXPECT_EQ(MonitoringPath(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855/checkpoint");
}

}  // namespace
}  // namespace jejak::audit
