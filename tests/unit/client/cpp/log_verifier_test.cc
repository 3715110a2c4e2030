// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/log_verifier.h"

#include "client/cpp/entry_chain.h"
#include "tests/unit/client/cpp/fake_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jejak::client {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class LogVerifierTest : public testing::Test {
 protected:
  absl::StatusOr<KnownLog> Verify(FakeLog* log, const std::optional<KnownLog>& known = {},
                                  const std::optional<audit::VerifierKey>& key = {}) {
    Client client({.retry = {.max_attempts = 1}}, std::make_unique<FakeLogConnection>(log));
    return VerifyNewest(&client, known, key);
  }
  static absl::Status ReadAll(FakeLog* log, const audit::Checkpoint& checkpoint) {
    Client client({.retry = {.max_attempts = 1}}, std::make_unique<FakeLogConnection>(log));
    EntryChain chain;
    const absl::Status read =
        ReadEntries(&client, 0, checkpoint.size,
                    [&chain](absl::string_view entry) { return chain.Add(entry); });
    return read.ok() ? chain.Finish(checkpoint) : read;
  }
  static audit::Policy PolicyOf(const FakeLog& log) { return *PolicyOfKey(log.signer.key()); }
};

TEST_F(LogVerifierTest, ALogThatGrowsIsVerifiedAgainAndAgain) {
  FakeLog log;
  std::optional<KnownLog> known;
  for (int round = 0; round < 20; ++round) {
    log.AddMany(1 + round * 3 % 7);
    const absl::StatusOr<KnownLog> verified = Verify(&log, known);
    ASSERT_TRUE(verified.ok()) << verified.status();
    EXPECT_EQ(verified->checkpoint.checkpoint.size, log.entries.size());
    EXPECT_EQ(verified->key, log.signer.key());
    known = *verified;
    EXPECT_TRUE(Verify(&log, known).ok()) << "nothing new";
    EXPECT_TRUE(ReadAll(&log, known->checkpoint.checkpoint).ok());
  }
}

TEST_F(LogVerifierTest, ASmallerLogIsRefused) {
  FakeLog log;
  log.AddMany(9);
  const KnownLog known = *Verify(&log);
  log.entries.resize(8);
  const absl::Status status = Verify(&log, known).status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(status.message(), AllOf(HasSubstr("smaller"), HasSubstr("9"), HasSubstr("8")));
}

TEST_F(LogVerifierTest, ARewrittenLogIsRefusedWhicheverEventWasChanged) {
  for (int changed = 0; changed < 9; ++changed) {
    for (const int more : {0, 1, 8}) {
      FakeLog honest;
      honest.AddMany(9);
      const KnownLog known = *Verify(&honest);
      FakeLog rewritten;
      for (int i = 0; i < 9 + more; ++i) {
        rewritten.Add(absl::StrCat("s/", i % 3), i == changed ? "officers/evil" : "officers/siti");
      }
      const absl::Status status = Verify(&rewritten, known).status();
      EXPECT_TRUE(absl::IsDataLoss(status)) << changed << " " << more;
      EXPECT_THAT(status.message(), HasSubstr("rewritten"));
    }
  }
}

TEST_F(LogVerifierTest, AProofThatIsNotOfHashesIsRefused) {
  FakeLog log;
  log.AddMany(9);
  const KnownLog known = *Verify(&log);
  log.AddMany(2);
  for (const char* hash : {"", "short"}) {
    log.hash = hash;
    EXPECT_TRUE(absl::IsDataLoss(Verify(&log, known).status())) << hash;
  }
}

TEST_F(LogVerifierTest, ALogThatSignsNoMoreIsComparedByWhatItHasSigned) {
  FakeLog log;
  log.AddMany(9);
  const KnownLog known = *Verify(&log);
  FakeLog older;
  older.AddMany(4);
  older.note = audit::FormatNote(older.Signed().note);
  older.AddMany(20);
  older.signs = false;
  EXPECT_THAT(Verify(&older, known).status().message(), HasSubstr("smaller"));
  log.note = audit::FormatNote(log.Signed().note);
  log.AddMany(1);
  log.signs = false;
  EXPECT_TRUE(Verify(&log, known).ok());
}

TEST_F(LogVerifierTest, AnotherKeyOrLogIsRefusedAndBothAreNamed) {
  FakeLog log;
  log.AddMany(3);
  const KnownLog known = *Verify(&log);
  FakeLog other_key(2);
  FakeLog other_origin(1, "other.example");
  for (FakeLog* other : {&other_key, &other_origin}) {
    other->AddMany(4);
    for (const auto& status :
         {Verify(other, known).status(), Verify(other, std::nullopt, known.key).status()}) {
      EXPECT_TRUE(absl::IsDataLoss(status));
      EXPECT_THAT(status.message(),
                  AllOf(HasSubstr(audit::FormatVerifierKey(known.key)),
                        HasSubstr(audit::FormatVerifierKey(other->signer.key()))));
    }
  }
  const absl::Status given = Verify(&log, known, other_key.signer.key()).status();
  EXPECT_TRUE(absl::IsDataLoss(given));
  EXPECT_THAT(given.message(), HasSubstr(audit::FormatVerifierKey(known.key)));
}

TEST_F(LogVerifierTest, ACheckpointWithAnyByteChangedIsRefused) {
  FakeLog log;
  log.AddMany(5);
  const KnownLog known = *Verify(&log);
  const std::string note = audit::FormatNote(log.Signed().note);
  log.AddMany(1);
  for (std::size_t i = 0; i < note.size(); ++i) {
    log.note = note;
    log.note[i] = static_cast<char>(log.note[i] ^ 1);
    EXPECT_TRUE(absl::IsDataLoss(Verify(&log, known).status())) << i;
  }
}

TEST_F(LogVerifierTest, AnEntryThatIsNotTheSignedOneIsNamed) {
  FakeLog log;
  log.AddMany(7);
  const audit::Checkpoint checkpoint = log.Signed().checkpoint;
  FakeLog lie;
  lie.AddMany(4);
  lie.Add("s/1", "officers/evil");
  log.shown[4] = lie.entries[4];
  EXPECT_THAT(ReadAll(&log, checkpoint).message(), HasSubstr("not those of the checkpoint"));
  log.shown[4] = log.entries[5];
  EXPECT_THAT(ReadAll(&log, checkpoint).message(),
              HasSubstr("entry 4: it says that it is entry 5"));
  log.shown[4] = log.entries[4] + "x";
  EXPECT_THAT(ReadAll(&log, checkpoint).message(), HasSubstr("entry 4"));
  log.shown.clear();
  log.entries.pop_back();
  EXPECT_THAT(ReadAll(&log, checkpoint).message(), HasSubstr("no entry 6"));
}

TEST_F(LogVerifierTest, AGapInAStreamIsFoundThoughItWasSigned) {
  FakeLog log;
  log.AddMany(4);
  log.streams["s/1"].pop_back();
  log.Add("s/1");
  const absl::Status status = ReadAll(&log, log.Signed().checkpoint);
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(status.message(), HasSubstr("entry 4: the history of \"s/1\" has a gap"));
}

TEST_F(LogVerifierTest, AReceiptShowsTheEntryAndItsPayload) {
  FakeLog log;
  log.AddMany(11);
  const absl::StatusOr<VerifiedReceipt> receipt = VerifyReceipt(log.Receipt(6), PolicyOf(log));
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_EQ(receipt->entry.position, 6u);
  EXPECT_EQ(receipt->entry.stream, "s/0");
  EXPECT_EQ(receipt->checkpoint.size, 11u);
  const std::string salt(log.salt.begin(), log.salt.end());
  EXPECT_EQ(*VerifyPayload(receipt->entry, salt + FakeLog::Payload(6)), FakeLog::Payload(6));
  EXPECT_TRUE(absl::IsDataLoss(VerifyPayload(receipt->entry, salt + FakeLog::Payload(7)).status()));
  EXPECT_TRUE(absl::IsDataLoss(VerifyPayload(receipt->entry, "short").status()));
}

TEST_F(LogVerifierTest, AReceiptWithAnyBitChangedIsRefused) {
  FakeLog log;
  log.AddMany(11);
  const std::string receipt = log.Receipt(6);
  const audit::Policy policy = PolicyOf(log);
  for (std::size_t i = 0; i < receipt.size() * 8; ++i) {
    std::string changed = receipt;
    changed[i / 8] = static_cast<char>(static_cast<unsigned char>(changed[i / 8]) ^ (1u << i % 8));
    EXPECT_TRUE(absl::IsDataLoss(VerifyReceipt(changed, policy).status())) << i;
  }
  EXPECT_TRUE(absl::IsDataLoss(VerifyReceipt(receipt, PolicyOf(FakeLog(2))).status()));
}

// The entry of one place, with the proof of another, in a log that its keeper made so.
TEST_F(LogVerifierTest, AReceiptOfAnEntryAtAnotherPositionIsRefused) {
  FakeLog log;
  log.AddMany(5);
  std::swap(log.entries[1], log.entries[3]);
  const absl::Status status = VerifyReceipt(log.Receipt(1), PolicyOf(log)).status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(status.message(), HasSubstr("says that it is entry 3"));
}

}  // namespace
}  // namespace jejak::client
