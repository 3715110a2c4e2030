// SPDX-License-Identifier: Apache-2.0

#include "server/audit/policy.h"
#include "server/audit/proof.h"
#include "server/base/limits.h"
#include "tests/unit/server/audit/test_keys.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>

namespace jejak::audit {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::string Vkey(absl::string_view name, KeyType type = KeyType::kCosignature) {
  return FormatVerifierKey(Signer::Create(name, type)->key());
}

// Three witnesses X1 to X3, two Y1 and Y2, and a log.
class PolicyTest : public testing::Test {
 protected:
  PolicyTest() {
    for (const char* name : {"X1", "X2", "X3", "Y1", "Y2"}) {
      witnesses_.push_back(
          *Signer::Create(absl::StrCat("w.example/", name), KeyType::kCosignature));
      absl::StrAppend(&head_, "witness ", name, " ", FormatVerifierKey(witnesses_.back().key()),
                      "\n");
    }
    head_ = absl::StrCat("log ", kLogKey, "\n", head_);
  }

  // A checkpoint that these witnesses cosigned; by number.
  SignedCheckpoint By(const std::vector<std::size_t>& witnesses) const {
    SignedCheckpoint checkpoint = *ParseSignedCheckpoint(kCheckpoint1);
    for (std::size_t i : witnesses) {
      checkpoint.note.signatures.push_back(
          witnesses_[i].Cosign(checkpoint.note.text, 1700000000 + i));
    }
    return checkpoint;
  }

  std::vector<Signer> witnesses_;
  std::string head_;
};

TEST_F(PolicyTest, TheQuorumOfGroupsIsCounted) {
  const absl::StatusOr<Policy> policy = Policy::Parse(absl::StrCat(head_,
                                                                   "group X 2 X1 X2 X3\n"
                                                                   "group Y any Y1 Y2\n"
                                                                   "group both all X Y\n"
                                                                   "quorum both\n"));
  ASSERT_TRUE(policy.ok()) << policy.status();
  // Every set of witnesses.
  for (std::size_t set = 0; set < 32; ++set) {
    std::vector<std::size_t> members;
    for (std::size_t i = 0; i < 5; ++i) {
      if ((set >> i & 1) != 0) members.push_back(i);
    }
    const int x = std::popcount(set & 7);
    const int y = std::popcount(set >> 3);
    const absl::StatusOr<PolicyVerdict> verdict = policy->Evaluate(By(members));
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    EXPECT_EQ(verdict->quorum_met, x >= 2 && y >= 1) << set;
    EXPECT_EQ(verdict->quorum, "both");
    EXPECT_THAT(verdict->cosigned, SizeIs(members.size()));
    EXPECT_EQ(policy->Require(By(members)).ok(), verdict->quorum_met);
  }
  EXPECT_TRUE(absl::IsPermissionDenied(policy->Require(By({0, 1})).status()));
  EXPECT_THAT(policy->Require(By({0, 1})).status().message(), HasSubstr("\"both\" is not met"));
}

TEST_F(PolicyTest, AVerdictSaysWhoAndWhen) {
  const Policy policy = *Policy::Parse(absl::StrCat(head_, "quorum X2\n"));
  const PolicyVerdict verdict = *policy.Evaluate(By({3, 1}));
  EXPECT_EQ(verdict.log.key, *ParseVerifierKey(kLogKey));
  ASSERT_THAT(verdict.cosigned, SizeIs(2));
  EXPECT_EQ(verdict.cosigned[0].witness.name, "X2");
  EXPECT_EQ(verdict.cosigned[0].time_s, 1700000001u);
  EXPECT_EQ(verdict.cosigned[1].witness.name, "Y1");
  EXPECT_EQ(verdict.cosigned[1].time_s, 1700000003u);
  EXPECT_TRUE(verdict.quorum_met);
}

TEST_F(PolicyTest, OfSeveralCosignaturesOfAWitnessTheLatestCountsOnce) {
  const Policy policy = *Policy::Parse(absl::StrCat(head_, "group X 2 X1 X2 X3\nquorum X\n"));
  SignedCheckpoint checkpoint = By({0});
  checkpoint.note.signatures.push_back(witnesses_[0].Cosign(checkpoint.note.text, 1800000000));
  checkpoint.note.signatures.push_back(witnesses_[0].Cosign(checkpoint.note.text, 1600000000));
  const PolicyVerdict verdict = *policy.Evaluate(checkpoint);
  ASSERT_THAT(verdict.cosigned, SizeIs(1));
  EXPECT_EQ(verdict.cosigned[0].time_s, 1800000000u);
  EXPECT_FALSE(verdict.quorum_met);
}

TEST_F(PolicyTest, WithoutAQuorumTheLogIsEnough) {
  const Policy policy = *Policy::Parse(absl::StrCat("log ", kLogKey, "\nquorum none\n"));
  const PolicyVerdict verdict = *policy.Require(By({}));
  EXPECT_EQ(verdict.quorum, "none");
  EXPECT_TRUE(verdict.quorum_met);
}

TEST_F(PolicyTest, WithoutASignatureOfALogOfItsOriginNothingIsAccepted) {
  // The key is known, but is that of another origin.
  const Signer other = *Signer::Create("example.com/other", KeyType::kEd25519);
  const Policy policy =
      *Policy::Parse(absl::StrCat(head_, "log ", FormatVerifierKey(other.key()), "\nquorum X1\n"));
  SignedCheckpoint checkpoint = By({0});
  EXPECT_TRUE(policy.Require(checkpoint).ok());
  checkpoint.note.signatures[0] = other.Sign(checkpoint.note.text);
  EXPECT_TRUE(absl::IsPermissionDenied(policy.Evaluate(checkpoint).status()));
  checkpoint.note.signatures.erase(checkpoint.note.signatures.begin());
  EXPECT_TRUE(absl::IsPermissionDenied(policy.Evaluate(checkpoint).status()));
  // No log at all in the policy.
  EXPECT_TRUE(absl::IsPermissionDenied(Policy::Parse("quorum none\n")->Evaluate(By({})).status()));
}

TEST_F(PolicyTest, AFalseCosignatureOfAKnownWitnessRefusesAll) {
  const Policy policy = *Policy::Parse(absl::StrCat(head_, "quorum X1\n"));
  SignedCheckpoint checkpoint = By({0, 1});
  checkpoint.note.signatures[2].bytes[20] ^= 1;
  EXPECT_TRUE(absl::IsDataLoss(policy.Evaluate(checkpoint).status()));
}

TEST_F(PolicyTest, ATreeOfNothingHasOneRoot) {
  const Policy policy = *Policy::Parse(absl::StrCat("log ", kLogKey, "\nquorum none\n"));
  const Signer log = *Signer::Parse(kLogPrivateKey);
  const auto verdict = [&](const Hash& root) {
    return policy.Require(SignCheckpoint({.origin = log.key().name, .root = root}, log)).status();
  };
  EXPECT_TRUE(verdict(EmptyRoot()).ok());
  EXPECT_TRUE(absl::IsDataLoss(verdict(Hash{})));
}

TEST_F(PolicyTest, AWitnessIsKnownByBothFormsOfItsKey) {
  for (const char* key : {kWitnessKey, kWitnessKeyAsPublished}) {
    const Policy policy =
        *Policy::Parse(absl::StrCat("log ", kLogKey, "\nwitness W ", key, "\nquorum W\n"));
    const SignedCheckpoint checkpoint =
        *ParseSignedCheckpoint(absl::StrCat(kCheckpoint1, kCosignature1));
    EXPECT_TRUE(policy.Require(checkpoint).ok()) << key;
  }
}

TEST_F(PolicyTest, CommentsBlanksUrlsAndAMissingLastNewlineAreFine) {
  const absl::StatusOr<Policy> policy = Policy::Parse(absl::StrCat(
      "# A comment, \xE2\x80\x94 \xff\n\n \t \n\t # another\n  log\t", kLogKey,
      "  https://log.example/ \n witness  W  ", kWitnessKey, " https://w.example\nquorum W"));
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->logs().at(0).url, "https://log.example/");
  EXPECT_EQ(policy->witnesses().at(0).url, "https://w.example");
  EXPECT_EQ(policy->witnesses().at(0).name, "W");
}

TEST_F(PolicyTest, AWrongLineIsRefusedWithItsNumber) {
  const std::string log = absl::StrCat("log ", kLogKey, "\n");
  const std::string witness = absl::StrCat("witness W ", kWitnessKey, "\n");
  const std::string second = absl::StrCat("witness V ", kWitness2KeyAsPublished, "\n");
  const std::string both = witness + second;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "no quorum"},
      {log, "no quorum"},
      {"quorum none\nquorum none\n", "line 2: a second quorum"},
      {"quorum\n", "line 1: must be"},
      {"quorum W\n" + witness, "line 1: \"W\" is not"},
      {witness + "quorum W V\n", "line 2: must be"},
      {"quorum none # why\n", "line 1: must be"},
      {"logs x\n", "line 1: \"logs\" is none of"},
      {"Log x\n", "line 1: \"Log\" is none of"},
      {"log\n", "line 1: must be"},
      {"log x\n", "line 1: key"},
      {"\n\nlog x\n", "line 3: key"},
      {"log x y z\n", "line 1: must be"},
      {log + log, "line 2: another log has the same key"},
      {"witness W\n", "line 1: must be"},
      {"witness W x\n", "line 1: key"},
      {witness + witness, "line 2: \"W\" is defined already"},
      // The same public key in its other form.
      {witness + absl::StrCat("witness V ", kWitnessKeyAsPublished, "\n"),
       "line 2: another witness has the same key"},
      {absl::StrCat("witness none ", kWitnessKey, "\n"), "line 1: \"none\""},
      {both + "group G all\n", "line 3: must be"},
      {both + "group G\n", "line 3: must be"},
      {both + "group none all W\n", "line 3: \"none\""},
      {both + "group W all V\n", "line 3: \"W\" is defined already"},
      {both + "group G all none\n", "line 3: \"none\" is not"},
      {both + "group G all W X\n", "line 3: \"X\" is not"},
      {both + "group G all G\n", "line 3: \"G\" is not"},
      {both + "group G all W W\n", "line 3: \"W\" is a member already"},
      {both + "group G all W\ngroup H all W V\n", "line 4: \"W\" is a member already"},
      {both + "group G 0 W V\n", "line 3: \"0\" is none of"},
      {both + "group G 3 W V\n", "line 3: \"3\" is none of"},
      {both + "group G 01 W V\n", "line 3: \"01\" is none of"},
      {both + "group G ALL W V\n", "line 3: \"ALL\" is none of"},
      {"quorum none\r\n", "line 1: a control byte"},
      {"# \x7f\nquorum none\n", "line 1: a control byte"},
      {"\vquorum none\n", "line 1: a control byte"},
  };
  for (const auto& [text, message] : cases) {
    const absl::Status status = Policy::Parse(text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message)) << text;
  }
}

TEST_F(PolicyTest, APolicyIsBounded) {
  std::string text;
  for (std::size_t i = 0; i < limits::kPolicyItemsMax; ++i) {
    absl::StrAppend(&text, "witness w", i, " ", Vkey("w.example"), "\n");
  }
  EXPECT_TRUE(Policy::Parse(absl::StrCat(text, "quorum none\n")).ok());
  EXPECT_THAT(Policy::Parse(absl::StrCat(text, "witness more ", Vkey("w.example"), "\n"))
                  .status()
                  .message(),
              HasSubstr("more than"));
  EXPECT_TRUE(absl::IsInvalidArgument(
      Policy::Parse(absl::StrCat(std::string(limits::kPolicyBytesMax, '\n'), "quorum none\n"))
          .status()));
}

}  // namespace
}  // namespace jejak::audit
