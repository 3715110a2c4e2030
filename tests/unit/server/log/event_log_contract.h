// SPDX-License-Identifier: Apache-2.0
//
// File: event_log_contract.h
//
// What the EventLog promises (event_log.h) over any device. A test program instantiates
// EventLogContract with its stores.

#ifndef JEJAK_TESTS_UNIT_SERVER_LOG_EVENT_LOG_CONTRACT_H_
#define JEJAK_TESTS_UNIT_SERVER_LOG_EVENT_LOG_CONTRACT_H_

#include "server/base/limits.h"
#include "server/log/event_log.h"
#include "server/log/tile_edge.h"
#include "tests/unit/server/log/log_testing.h"

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace jejak::log {

// Hands on to another device, and fails one append when told to.
class FailingDevice final : public LogDevice {
 public:
  explicit FailingDevice(std::unique_ptr<LogDevice> device) : device_(std::move(device)) {}
  void FailNext(absl::Status status) { next_ = std::move(status); }

  std::uint64_t Tail() const override { return device_->Tail(); }
  absl::Status AppendIf(std::uint64_t expected_tail, const LogRecord& record) override {
    ++appends;
    return next_.ok() ? device_->AppendIf(expected_tail, record)
                      : std::exchange(next_, absl::OkStatus());
  }
  absl::StatusOr<std::optional<std::string>> Get(Table table,
                                                 absl::string_view key) const override {
    return device_->Get(table, key);
  }
  std::unique_ptr<Cursor> NewCursor(Table table) const override {
    return device_->NewCursor(table);
  }

  int appends = 0;

 private:
  const std::unique_ptr<LogDevice> device_;
  absl::Status next_;
};

class EventLogContract : public testing::TestWithParam<StoreKind> {
 protected:
  EventLogContract() { Reopen(); }

  void Reopen() {
    log_.reset();
    auto device = std::make_unique<FailingDevice>(store_->Open());
    device_ = device.get();
    EventLog::Options options;
    options.clock = &clock_;
    auto log = EventLog::Open(std::move(device), options);
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }

  Staged MustAppend(const Commit& commit) {
    absl::StatusOr<Staged> staged = Append(*log_, commit);
    EXPECT_TRUE(staged.ok()) << staged.status();
    return staged.ok() ? *std::move(staged) : Staged{};
  }
  std::vector<RecordedEvent> Stream(const std::string& stream, std::uint64_t from = 1,
                                    std::uint64_t to = std::numeric_limits<std::uint64_t>::max()) {
    std::vector<RecordedEvent> events;
    const absl::Status status = log_->ScanStream(stream, from, to, [&](const RecordedEvent& event) {
      events.push_back(event);
      return true;
    });
    EXPECT_TRUE(status.ok()) << status;
    return events;
  }
  static Commit Claim(const std::string& key, std::optional<std::string> holder) {
    Commit commit = MakeCommit("", {MakeEvent("s", "")});
    commit.claims = {{key, std::move(holder)}};
    return commit;
  }

  SimulatedClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  const std::unique_ptr<TestStore> store_ = GetParam().make();
  std::unique_ptr<EventLog> log_;
  FailingDevice* device_ = nullptr;
};

// The cells as an erasure would write them.
TEST_P(EventLogContract, AnErasedPayloadIsSaidToBeErasedAndTheEntryStays) {
  MustAppend(MakeCommit("r1", {MakeEvent("a", "personal"), MakeEvent("a", "other")}));
  const RecordedEvent before = *log_->Read(0);
  EXPECT_FALSE(before.payload_erased);
  Head head = *DecodeHead(**device_->Get(Table::kMeta, kHeadKey));
  head.records = device_->Tail() + 1;
  ASSERT_TRUE(
      device_
          ->AppendIf(device_->Tail(), LogRecord{{{Table::kPayload, EncodePosition(0), ""},
                                                 {Table::kMeta, kHeadKey, EncodeHead(head)}}})
          .ok());
  Reopen();
  const absl::StatusOr<RecordedEvent> erased = log_->Read(0);
  ASSERT_TRUE(erased.ok()) << erased.status();
  EXPECT_TRUE(erased->payload_erased);
  EXPECT_EQ(erased->payload, "");
  EXPECT_EQ(erased->salt, Salt{});
  EXPECT_EQ(erased->entry, before.entry);
  EXPECT_EQ(erased->leaf_hash, before.leaf_hash);
  EXPECT_TRUE(ScanAll(*log_)[0].payload_erased);
  EXPECT_TRUE(Stream("a")[0].payload_erased);
  EXPECT_EQ(Stream("a")[1].payload, "other");
}

// 700 events, some of them in one commit, over the edge of tiles.
TEST_P(EventLogContract, TilesHaveTheLeafHashesAndTheRootsOfTheTilesBelow) {
  while (log_->DurableSize() < 700) {
    std::vector<NewEvent> events(1 + log_->DurableSize() % 7, MakeEvent("a", "x"));
    MustAppend(MakeCommit("", std::move(events)));
    if (log_->DurableSize() % 100 < 5) Reopen();
  }
  const std::uint64_t size = log_->DurableSize();
  std::string leaves;
  for (const RecordedEvent& event : ScanAll(*log_)) {
    absl::StrAppend(&leaves, AsBytes(event.leaf_hash));
  }
  std::string roots;
  for (std::uint64_t tile = 0; tile <= size / 256; ++tile) {
    const std::string expected = leaves.substr(tile * kTileBytes, kTileBytes);
    if (expected.size() == kTileBytes) absl::StrAppend(&roots, AsBytes(RootOver(expected)));
    const std::uint64_t width = expected.size() / sizeof(Hash);
    for (const std::uint64_t part : {std::uint64_t{1}, width / 2, width}) {
      const absl::StatusOr<std::string> read = log_->ReadTile(0, tile, part);
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_EQ(*read, expected.substr(0, part * sizeof(Hash)));
    }
  }
  EXPECT_EQ(*log_->ReadTile(1, 0, 2), roots);
  EXPECT_EQ(*log_->ReadTile(1, 0, 1), roots.substr(0, sizeof(Hash)));
  for (const auto& [level, index, width] :
       std::vector<std::tuple<std::size_t, std::uint64_t, std::uint64_t>>{
           {0, size / 256, size % 256 + 1},
           {0, size / 256 + 1, 1},
           {0, 0, 0},
           {0, 0, 257},
           {0, ~std::uint64_t{0}, 1},
           {1, 0, 3},
           {1, 1, 1},
           {2, 0, 1},
           {63, 0, 1}}) {
    EXPECT_TRUE(absl::IsNotFound(log_->ReadTile(level, index, width).status()))
        << level << "/" << index << "." << width;
  }
}

TEST_P(EventLogContract, EntriesAreScannedAsTheyWereEncoded) {
  MustAppend(MakeCommit("r1", {MakeEvent("a", "0"), MakeEvent("b", "1"), MakeEvent("a", "2")}));
  std::vector<std::string> scanned;
  ASSERT_TRUE(log_->ScanEntries(1, 99,
                                [&](std::uint64_t position, absl::string_view bytes) {
                                  EXPECT_EQ(position, 1 + scanned.size());
                                  scanned.emplace_back(bytes);
                                  return true;
                                })
                  .ok());
  ASSERT_EQ(scanned.size(), 2u);
  EXPECT_EQ(LeafHash(scanned[1]), log_->Read(2)->leaf_hash);
  EXPECT_EQ(scanned[1], *EncodeEntry(log_->Read(2)->entry));
}

TEST_P(EventLogContract, CheckpointsAreStoredWithEventsOrAlone) {
  EXPECT_FALSE(log_->LastCheckpoint()->has_value());
  MustAppend(MakeCommit("r1", {MakeEvent("a", "0"), MakeEvent("a", "1")}));
  Batch alone = log_->NewBatch();
  ASSERT_TRUE(log_->StageCheckpoint(1, "one", alone).ok());
  ASSERT_TRUE(log_->Write(std::move(alone)).ok());
  Batch both = log_->NewBatch();
  ASSERT_TRUE(log_->StageCheckpoint(2, "two", both).ok());
  ASSERT_TRUE(log_->Stage(MakeCommit("r2", {MakeEvent("a", "2")}), both).ok());
  ASSERT_TRUE(log_->Write(std::move(both)).ok());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(log_->DurableSize(), 3u);
    EXPECT_EQ((*log_->FindCheckpoint(0))->note, "one");
    EXPECT_EQ((*log_->FindCheckpoint(2))->note, "two");
    EXPECT_FALSE(log_->FindCheckpoint(3)->has_value());
    EXPECT_EQ((*log_->LastCheckpoint())->size, 2u);
    Reopen();
  }
}

// A log as it was before there were tiles.
TEST_P(EventLogContract, ALogOfFormat1GetsItsTilesWhenItIsOpened) {
  for (int i = 0; i < 300; ++i) MustAppend(MakeCommit("", {MakeEvent("a", absl::StrCat(i))}));
  const std::string tile = *log_->ReadTile(0, 0, 256);
  LogRecord before;
  for (const std::string& key : {TileKey(0, 0), TileKey(1, 0)}) {
    before.cells.push_back({Table::kTile, key, std::nullopt});
  }
  before.cells.push_back({Table::kMeta, kFormatKey, EncodeFormat(1)});
  Head head = *DecodeHead(**device_->Get(Table::kMeta, kHeadKey));
  head.records = device_->Tail() + 1;
  before.cells.push_back({Table::kMeta, kHeadKey, EncodeHead(head)});
  ASSERT_TRUE(device_->AppendIf(device_->Tail(), before).ok());
  Reopen();
  EXPECT_EQ(*log_->ReadTile(0, 0, 256), tile);
  EXPECT_EQ(*log_->ReadTile(1, 0, 1), std::string(AsBytes(RootOver(tile))));
  EXPECT_EQ(*device_->Get(Table::kMeta, kFormatKey), EncodeFormat(2));
  MustAppend(MakeCommit("", {MakeEvent("a", "more")}));
  Reopen();
  EXPECT_EQ(log_->DurableSize(), 301u);
}

TEST_P(EventLogContract, ANewLogIsEmptyAndHasAnId) {
  EXPECT_EQ(log_->DurableSize(), 0u);
  EXPECT_EQ(log_->StagedSize(), 0u);
  EXPECT_EQ(log_->DurableRoot(), Sha256({}));
  EXPECT_EQ(log_->log_id().size(), 32u);
  EXPECT_TRUE(absl::IsNotFound(log_->Read(0).status()));
  EXPECT_EQ(*log_->SizeAt(absl::InfiniteFuture()), 0u);
}

TEST_P(EventLogContract, PositionsRevisionsAndPreviousPositionsAreDense) {
  MustAppend(MakeCommit("r1", {MakeEvent("a", "0"), MakeEvent("b", "1"), MakeEvent("a", "2")}));
  const Staged staged = MustAppend(MakeCommit("r2", {MakeEvent("a", "3"), MakeEvent("ab", "4")}));
  EXPECT_EQ(staged.first_position, 3u);
  EXPECT_EQ(staged.event_count, 2u);
  const std::vector<RecordedEvent> events = ScanAll(*log_);
  ASSERT_EQ(events.size(), 5u);
  std::vector<std::string> found;
  for (const RecordedEvent& event : events) {
    found.push_back(absl::StrCat(event.entry.position, " ", event.entry.stream, " ",
                                 event.entry.revision, " ", event.entry.prev_position_plus_one, " ",
                                 event.payload));
  }
  EXPECT_THAT(found, testing::ElementsAre("0 a 1 0 0", "1 b 1 0 1", "2 a 2 1 2", "3 a 3 3 3",
                                          "4 ab 1 0 4"));
  EXPECT_EQ(staged.entries.size(), 2u);
  EXPECT_EQ(staged.entries[0], events[3].entry);
  EXPECT_EQ(staged.entries[1], events[4].entry);
}

TEST_P(EventLogContract, EveryFieldOfAnEventIsRecorded) {
  NewEvent event = MakeEvent("a", std::string("pay\0load", 8));
  event.kind = EntryKind::kAdministrative;
  event.event_id.fill(7);
  event.content_type = "application/json";
  event.effective_time_us = -1;
  event.correlation_id = "correlation";
  event.causation_id = "causation";
  event.tags = {"z", "a", "z"};
  MustAppend(MakeCommit("r", {event}));
  const absl::StatusOr<RecordedEvent> read = log_->Read(0);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->payload, event.payload);
  const Entry& entry = read->entry;
  EXPECT_EQ(entry.kind, EntryKind::kAdministrative);
  EXPECT_EQ(entry.event_id, event.event_id);
  EXPECT_EQ(entry.event_type, "jejak.event.v1.Tested");
  EXPECT_EQ(entry.content_type, "application/json");
  EXPECT_EQ(entry.actor, "officers/tester");
  EXPECT_EQ(entry.effective_time_us, -1);
  EXPECT_EQ(entry.correlation_id, "correlation");
  EXPECT_EQ(entry.causation_id, "causation");
  EXPECT_THAT(entry.tags, testing::ElementsAre("a", "z"));
  EXPECT_EQ(entry.payload_length, 8u);
  EXPECT_EQ(read->leaf_hash, LeafHash(*EncodeEntry(entry)));
}

TEST_P(EventLogContract, EqualPayloadsHaveDifferentCommitments) {
  MustAppend(MakeCommit("r", {MakeEvent("a", "same"), MakeEvent("a", "same")}));
  EXPECT_NE(log_->Read(0)->entry.payload_commitment, log_->Read(1)->entry.payload_commitment);
}

TEST_P(EventLogContract, TheRootIsThatOfTheRecordedLeaves) {
  CompactRange range;
  for (int i = 0; i < 20; ++i) {
    MustAppend(MakeCommit("", {MakeEvent("a", ""), MakeEvent(absl::StrCat("s", i), "")}));
  }
  for (const RecordedEvent& event : ScanAll(*log_)) range.Append(event.leaf_hash);
  EXPECT_EQ(log_->DurableRoot(), range.Root());
  Reopen();
  EXPECT_EQ(log_->DurableRoot(), range.Root());
}

TEST_P(EventLogContract, CommitTimesIncreaseWhateverTheClockDoes) {
  std::vector<absl::Duration> steps = {absl::ZeroDuration(), -absl::Hours(24), absl::Seconds(1),
                                       absl::Hours(48), -absl::Hours(1000)};
  std::vector<std::int64_t> outcome_times;
  for (const absl::Duration step : steps) {
    clock_.Advance(step);
    const Staged staged =
        MustAppend(MakeCommit("", {MakeEvent("a", ""), MakeEvent("b", ""), MakeEvent("a", "")}));
    EXPECT_EQ(staged.commit_time_us, staged.entries.back().commit_time_us);
    EXPECT_EQ(staged.outcome.commit_time_us(), staged.commit_time_us);
    Reopen();
  }
  std::int64_t last = 0;
  for (const RecordedEvent& event : ScanAll(*log_)) {
    EXPECT_GT(event.entry.commit_time_us, last);
    last = event.entry.commit_time_us;
  }
  EXPECT_EQ(log_->Read(0)->entry.commit_time_us, 1'700'000'000'000'000);
  EXPECT_EQ(log_->Read(3)->entry.commit_time_us, 1'700'000'000'000'003);
}

TEST_P(EventLogContract, ARefusalHasATimeOfItsOwnToo) {
  const std::int64_t first = MustAppend(MakeCommit("r1", {MakeEvent("a", "")})).commit_time_us;
  const std::int64_t refusal = MustAppend(MakeCommit("r2", {})).commit_time_us;
  Reopen();
  const std::int64_t second = MustAppend(MakeCommit("r3", {MakeEvent("a", "")})).commit_time_us;
  EXPECT_LT(first, refusal);
  EXPECT_LT(refusal, second);
}

TEST_P(EventLogContract, SizeAtCountsTheEventsUpToATime) {
  const absl::Time start = clock_.Now();
  for (int i = 0; i < 5; ++i) {
    MustAppend(MakeCommit("", {MakeEvent("a", ""), MakeEvent("a", "")}));
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_EQ(*log_->SizeAt(absl::InfinitePast()), 0u);
  EXPECT_EQ(*log_->SizeAt(start - absl::Nanoseconds(1)), 0u);
  EXPECT_EQ(*log_->SizeAt(start), 1u);
  EXPECT_EQ(*log_->SizeAt(start + absl::Microseconds(1)), 2u);
  EXPECT_EQ(*log_->SizeAt(start + absl::Seconds(2)), 5u);
  EXPECT_EQ(*log_->SizeAt(start + absl::Seconds(100)), 10u);
  EXPECT_EQ(*log_->SizeAt(absl::InfiniteFuture()), 10u);
}

TEST_P(EventLogContract, ASettledTimeGetsNoMoreEventsThoughTheClockGoesBack) {
  const absl::Time start = clock_.Now();
  Batch batch = log_->NewBatch();
  ASSERT_TRUE(log_->Stage(MakeCommit("", {MakeEvent("a", "")}), batch).ok());
  EXPECT_EQ(*log_->Settle(start - absl::Seconds(1)), 1u);
  EXPECT_EQ(*log_->Settle(start), 1u) << "what is staged counts";
  EXPECT_EQ(log_->Settle(start + absl::Microseconds(1)).status().code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_EQ(log_->Settle(absl::InfiniteFuture()).status().code(), absl::StatusCode::kOutOfRange);
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(*log_->Settle(start + absl::Seconds(10)), 1u);
  clock_.Set(start);
  ASSERT_TRUE(log_->Write(std::move(batch)).ok());
  MustAppend(MakeCommit("", {MakeEvent("a", ""), MakeEvent("a", "")}));
  EXPECT_EQ(*log_->SizeAt(start + absl::Seconds(10)), 1u);
  // The times that the log itself gave are of the past, though the clock is not there yet.
  EXPECT_EQ(*log_->Settle(start + absl::Seconds(10) + absl::Microseconds(2)), 3u);
}

TEST_P(EventLogContract, AClaimIsTakenReleasedAndTakenAgain) {
  EXPECT_EQ(*log_->FindClaim("k"), std::nullopt);
  MustAppend(Claim("k", "alice"));
  EXPECT_EQ(*log_->FindClaim("k"), "alice");
  MustAppend(Claim("k", "alice"));
  Reopen();
  EXPECT_EQ(*log_->FindClaim("k"), "alice");
  MustAppend(Claim("k", std::nullopt));
  EXPECT_EQ(*log_->FindClaim("k"), std::nullopt);
  MustAppend(Claim("k", std::nullopt));
  Reopen();
  EXPECT_EQ(*log_->FindClaim("k"), std::nullopt);
  MustAppend(Claim("k", "bob"));
  EXPECT_EQ(*log_->FindClaim("k"), "bob");
  Reopen();
}

TEST_P(EventLogContract, AClaimOfAnotherIsRefusedAndNothingIsStaged) {
  MustAppend(Claim("k", "alice"));
  Batch batch = log_->NewBatch();
  Commit commit = MakeCommit("r", {MakeEvent("b", "")});
  commit.claims = {{"free", "bob"}, {"k", "bob"}};
  EXPECT_TRUE(absl::IsFailedPrecondition(log_->Stage(commit, batch).status()));
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(*log_->FindClaim("free"), std::nullopt);
  EXPECT_EQ(*log_->FindClaim("k"), "alice");
  EXPECT_EQ(*log_->FindOutcome("r"), std::nullopt);
  EXPECT_EQ(log_->FindStreamHead("b")->revision, 0u);
  EXPECT_EQ(log_->StagedSize(), 1u);
  // The order within a commit counts: released first, it may be taken.
  commit.claims = {{"k", std::nullopt}, {"k", "bob"}};
  EXPECT_TRUE(log_->Stage(commit, batch).ok());
  ASSERT_TRUE(log_->Write(std::move(batch)).ok());
  EXPECT_EQ(*log_->FindClaim("k"), "bob");
  Reopen();
}

TEST_P(EventLogContract, AnOutcomeSaysWhatTheLogDecided) {
  MustAppend(MakeCommit("", {MakeEvent("a", ""), MakeEvent("c", "")}));
  Commit commit = MakeCommit("r", {MakeEvent("a", ""), MakeEvent("a", "")});
  commit.outcome.set_request_digest("digest");
  commit.outcome.add_notices("notice");
  for (const char* stream : {"a", "c", "none"}) commit.outcome.add_shown()->set_stream(stream);
  MustAppend(commit);
  Reopen();
  const auto outcome = log_->FindOutcome("r");
  ASSERT_TRUE(outcome.ok() && outcome->has_value());
  EXPECT_EQ((*outcome)->request_digest(), "digest");
  EXPECT_EQ((*outcome)->notices(0), "notice");
  EXPECT_EQ((*outcome)->first_position(), 2u);
  EXPECT_EQ((*outcome)->event_count(), 2u);
  EXPECT_EQ((*outcome)->commit_time_us(), log_->Read(3)->entry.commit_time_us);
  EXPECT_EQ((*outcome)->shown(0).revision(), 3u);
  EXPECT_EQ((*outcome)->shown(1).revision(), 1u);
  EXPECT_EQ((*outcome)->shown(2).revision(), 0u);
}

TEST_P(EventLogContract, ARefusalIsKeptWithoutEvents) {
  Commit commit = MakeCommit("r", {});
  commit.outcome.set_refusal("status");
  const Staged staged = MustAppend(commit);
  EXPECT_EQ(staged.event_count, 0u);
  EXPECT_EQ(log_->DurableSize(), 0u);
  Reopen();
  const auto outcome = log_->ReadOutcome("r");
  ASSERT_TRUE(outcome.ok() && outcome->has_value());
  EXPECT_EQ((*outcome)->refusal(), "status");
  EXPECT_EQ((*outcome)->event_count(), 0u);
}

TEST_P(EventLogContract, ARequestKeyHasOneOutcomeForEver) {
  MustAppend(MakeCommit("r", {MakeEvent("a", "")}));
  for (int opens = 0; opens < 2; ++opens) {
    Batch batch = log_->NewBatch();
    EXPECT_TRUE(absl::IsFailedPrecondition(
        log_->Stage(MakeCommit("r", {MakeEvent("a", "")}), batch).status()));
    EXPECT_TRUE(absl::IsFailedPrecondition(log_->Stage(MakeCommit("r", {}), batch).status()));
    Reopen();
  }
  EXPECT_EQ(log_->DurableSize(), 1u);
}

TEST_P(EventLogContract, WhatIsStagedIsSeenByTheSequencerOnly) {
  Batch batch = log_->NewBatch();
  Commit commit = MakeCommit("r", {MakeEvent("a", "")});
  commit.claims = {{"k", "alice"}};
  ASSERT_TRUE(log_->Stage(commit, batch).ok());

  EXPECT_EQ(log_->StagedSize(), 1u);
  EXPECT_EQ(log_->FindStreamHead("a")->revision, 1u);
  EXPECT_EQ(*log_->FindClaim("k"), "alice");
  EXPECT_TRUE(log_->FindOutcome("r")->has_value());

  EXPECT_EQ(log_->DurableSize(), 0u);
  EXPECT_EQ(log_->DurableRoot(), Sha256({}));
  EXPECT_TRUE(absl::IsNotFound(log_->Read(0).status()));
  EXPECT_FALSE(log_->ReadOutcome("r")->has_value());
  EXPECT_TRUE(ScanAll(*log_).empty());
  EXPECT_TRUE(Stream("a").empty());

  ASSERT_TRUE(log_->Write(std::move(batch)).ok());
  EXPECT_EQ(log_->DurableSize(), 1u);
  EXPECT_TRUE(log_->Read(0).ok());
  EXPECT_TRUE(log_->ReadOutcome("r")->has_value());
  EXPECT_EQ(Stream("a").size(), 1u);
}

TEST_P(EventLogContract, TwoStagedBatchesAreWrittenOneAfterTheOther) {
  Batch first = log_->NewBatch();
  Commit commit = MakeCommit("r1", {MakeEvent("a", "1")});
  commit.claims = {{"k", "alice"}};
  ASSERT_TRUE(log_->Stage(commit, first).ok());
  Batch second = log_->NewBatch();
  commit = MakeCommit("r2", {MakeEvent("a", "2")});
  commit.claims = {{"k", std::nullopt}};
  const absl::StatusOr<Staged> staged = log_->Stage(commit, second);
  ASSERT_TRUE(staged.ok());
  EXPECT_EQ(staged->entries[0].revision, 2u);
  EXPECT_EQ(staged->entries[0].prev_position_plus_one, 1u);
  EXPECT_TRUE(absl::IsFailedPrecondition(log_->Stage(MakeCommit("r1", {}), second).status()));

  ASSERT_TRUE(log_->Write(std::move(first)).ok());
  EXPECT_EQ(log_->DurableSize(), 1u);
  // Making the third forgets of the overlay only what is durable.
  Batch third = log_->NewBatch();
  EXPECT_EQ(*log_->FindClaim("k"), std::nullopt);
  EXPECT_TRUE(log_->FindOutcome("r1")->has_value());
  EXPECT_TRUE(log_->FindOutcome("r2")->has_value());
  EXPECT_FALSE(log_->ReadOutcome("r2")->has_value());
  ASSERT_TRUE(log_->Stage(Claim("k", "bob"), third).ok());
  ASSERT_TRUE(log_->Write(std::move(second)).ok());
  ASSERT_TRUE(log_->Write(std::move(third)).ok());
  EXPECT_EQ(log_->DurableSize(), 3u);
  EXPECT_EQ(*log_->FindClaim("k"), "bob");
  Reopen();
  EXPECT_EQ(*log_->FindClaim("k"), "bob");
  EXPECT_EQ(Stream("a").size(), 2u);
}

TEST_P(EventLogContract, ABatchOfManyCommitsIsOneRecord) {
  const int before = device_->appends;
  Batch batch = log_->NewBatch();
  for (int i = 0; i < 10; ++i) {
    const std::size_t bytes = batch.bytes();
    ASSERT_TRUE(
        log_->Stage(MakeCommit(absl::StrCat("r", i), {MakeEvent("a", "12345")}), batch).ok());
    EXPECT_GT(batch.bytes(), bytes + 5);
  }
  ASSERT_TRUE(log_->Write(std::move(batch)).ok());
  EXPECT_EQ(device_->appends, before + 1);
  EXPECT_EQ(log_->DurableSize(), 10u);
  // Nothing staged, nothing appended.
  ASSERT_TRUE(log_->Write(log_->NewBatch()).ok());
  EXPECT_EQ(device_->appends, before + 1);
}

TEST_P(EventLogContract, ABatchLeftOutStopsTheLog) {
  Batch dropped = log_->NewBatch();
  ASSERT_TRUE(log_->Stage(MakeCommit("r1", {}), dropped).ok());
  Batch batch = log_->NewBatch();
  ASSERT_TRUE(log_->Stage(MakeCommit("r2", {}), batch).ok());
  EXPECT_TRUE(absl::IsAborted(log_->Write(std::move(batch))));
  EXPECT_TRUE(absl::IsFailedPrecondition(log_->Write(std::move(dropped))));
}

TEST_P(EventLogContract, AfterAFailedWriteNothingIsTakenUntilReopened) {
  MustAppend(MakeCommit("r1", {MakeEvent("a", "")}));
  device_->FailNext(absl::UnavailableError("disk"));
  Batch first = log_->NewBatch();
  ASSERT_TRUE(log_->Stage(MakeCommit("r2", {MakeEvent("a", "")}), first).ok());
  Batch second = log_->NewBatch();
  ASSERT_TRUE(log_->Stage(MakeCommit("r3", {MakeEvent("a", "")}), second).ok());
  EXPECT_TRUE(absl::IsUnavailable(log_->Write(std::move(first))));
  EXPECT_TRUE(absl::IsFailedPrecondition(log_->Write(std::move(second))));
  Batch third = log_->NewBatch();
  EXPECT_TRUE(absl::IsFailedPrecondition(log_->Stage(MakeCommit("r4", {}), third).status()));
  EXPECT_EQ(log_->DurableSize(), 1u);
  EXPECT_TRUE(log_->Read(0).ok());
  Reopen();
  EXPECT_EQ(log_->DurableSize(), 1u);
  EXPECT_FALSE(log_->FindOutcome("r2")->has_value());
  EXPECT_EQ(MustAppend(MakeCommit("r2", {MakeEvent("a", "")})).first_position, 1u);
}

TEST_P(EventLogContract, AScanIsBoundedAndCanStop) {
  for (int i = 0; i < 10; ++i) MustAppend(MakeCommit("", {MakeEvent("a", "")}));
  const auto scan = [&](std::uint64_t from, std::uint64_t to, std::size_t most) {
    std::vector<std::uint64_t> positions;
    EXPECT_TRUE(log_->Scan(from, to,
                           [&](const RecordedEvent& event) {
                             positions.push_back(event.entry.position);
                             return positions.size() < most;
                           })
                    .ok());
    return positions;
  };
  EXPECT_THAT(scan(2, 5, 100), testing::ElementsAre(2, 3, 4));
  EXPECT_THAT(scan(8, 1000, 100), testing::ElementsAre(8, 9));
  EXPECT_THAT(scan(0, 10, 2), testing::ElementsAre(0, 1));
  EXPECT_TRUE(scan(5, 5, 100).empty());
  EXPECT_TRUE(scan(10, 20, 100).empty());
  EXPECT_TRUE(scan(7, 3, 100).empty());
}

TEST_P(EventLogContract, AStreamIsReadFromAndToARevision) {
  for (int i = 0; i < 6; ++i) {
    MustAppend(MakeCommit(
        "", {MakeEvent("a", absl::StrCat(i + 1)), MakeEvent("a/b", ""), MakeEvent("Z", "")}));
  }
  const auto payloads = [&](std::uint64_t from, std::uint64_t to) {
    std::string all;
    for (const RecordedEvent& event : Stream("a", from, to)) all += event.payload;
    return all;
  };
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(payloads(1, kMax), "123456");
  EXPECT_EQ(payloads(0, kMax), "123456");
  EXPECT_EQ(payloads(3, 4), "34");
  EXPECT_EQ(payloads(6, 6), "6");
  EXPECT_EQ(payloads(7, 9), "");
  EXPECT_EQ(payloads(4, 3), "");
  EXPECT_EQ(payloads(kMax, kMax), "");
  EXPECT_TRUE(Stream("none").empty());
  EXPECT_TRUE(Stream("").empty());
}

TEST_P(EventLogContract, ReopeningKeepsEverything) {
  for (int i = 0; i < 30; ++i) {
    Commit commit = MakeCommit(absl::StrCat("r", i), {});
    if (i % 3 != 0) commit.events.push_back(MakeEvent(absl::StrCat("s", i % 4), absl::StrCat(i)));
    if (i % 3 == 1) commit.claims.push_back({absl::StrCat("k", i), "alice"});
    MustAppend(commit);
  }
  const std::vector<RecordedEvent> before = ScanAll(*log_);
  const std::string id = log_->log_id();
  Reopen();
  EXPECT_EQ(log_->log_id(), id);
  EXPECT_EQ(log_->StagedSize(), 20u);
  const std::vector<RecordedEvent> after = ScanAll(*log_);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].entry, before[i].entry);
    EXPECT_EQ(after[i].payload, before[i].payload);
    EXPECT_EQ(after[i].salt, before[i].salt);
  }
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(log_->ReadOutcome(absl::StrCat("r", i))->has_value());
  EXPECT_EQ(*log_->FindClaim("k4"), "alice");
  const std::uint64_t revision = log_->FindStreamHead("s1")->revision;
  EXPECT_EQ(MustAppend(MakeCommit("", {MakeEvent("s1", "")})).entries[0].revision, revision + 1);
}

TEST_P(EventLogContract, ANewerFormatIsRefusedAndLeftUntouched) {
  MustAppend(MakeCommit("r", {MakeEvent("a", "")}));
  ASSERT_TRUE(
      device_
          ->AppendIf(device_->Tail(), LogRecord{{{Table::kMeta, kFormatKey,
                                                  EncodeFormat(EventLog::kFormatVersion + 1)}}})
          .ok());
  log_.reset();
  const auto dump = [&] {
    std::string all;
    const std::unique_ptr<LogDevice> device = store_->Open();
    for (int table = 0; table < kTableCount; ++table) {
      const std::unique_ptr<Cursor> cursor = device->NewCursor(static_cast<Table>(table));
      for (cursor->Seek(""); cursor->Valid(); cursor->Next()) {
        absl::StrAppend(&all, cursor->key(), "=", cursor->value(), ";");
      }
    }
    return all;
  };
  const std::string before = dump();
  const absl::Status status = EventLog::Open(store_->Open(), {}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(dump(), before);
}

TEST_P(EventLogContract, CommitsOverALimitAreRefused) {
  Batch batch = log_->NewBatch();
  const auto refused = [&](const Commit& commit) {
    return absl::IsInvalidArgument(log_->Stage(commit, batch).status());
  };
  EXPECT_TRUE(refused(MakeCommit("", {})));
  EXPECT_TRUE(refused(MakeCommit(std::string(limits::kRequestKeyBytesMax + 1, 'r'), {})));
  EXPECT_TRUE(refused(MakeCommit("r", {MakeEvent("", "")})));
  EXPECT_TRUE(refused(MakeCommit("r", {MakeEvent("a\n", "")})));
  EXPECT_TRUE(refused(
      MakeCommit("r", {MakeEvent(std::string(limits::kResourceNameBytesMax + 1, 'a'), "")})));
  EXPECT_TRUE(
      refused(MakeCommit("r", {MakeEvent("a", std::string(limits::kPayloadBytesMax + 1, 'p'))})));
  EXPECT_TRUE(refused(MakeCommit(
      "r", std::vector<NewEvent>(limits::kEventsPerCommandMax + 1, MakeEvent("a", "")))));
  NewEvent event = MakeEvent("a", "");
  event.actor.assign(limits::kActorBytesMax + 1, 'a');
  EXPECT_TRUE(refused(MakeCommit("r", {event})));
  event = MakeEvent("a", "");
  event.tags.assign(limits::kTagsMax + 1, "t");
  EXPECT_TRUE(refused(MakeCommit("r", {event})));
  event.tags = {std::string(limits::kEntryBytesMax, 't')};
  // The good event before it is not staged either.
  EXPECT_TRUE(refused(MakeCommit("r", {MakeEvent("a", ""), event})));
  Commit commit = MakeCommit("r", {MakeEvent("a", "")});
  commit.claims = {{"", "h"}};
  EXPECT_TRUE(refused(commit));
  commit.claims = {{std::string(limits::kClaimKeyBytesMax + 1, 'k'), "h"}};
  EXPECT_TRUE(refused(commit));
  commit.claims = {{"k", std::string(limits::kClaimHolderBytesMax + 1, 'h')}};
  EXPECT_TRUE(refused(commit));
  commit.claims = {{"k", "h"}};
  commit.events.clear();
  EXPECT_TRUE(refused(commit));
  commit = MakeCommit("r", {});
  commit.outcome.set_refusal(std::string(limits::kOutcomeBytesMax, 'x'));
  EXPECT_TRUE(refused(commit));
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(log_->StagedSize(), 0u);

  // At the limit it is taken.
  EXPECT_TRUE(log_->Stage(MakeCommit(std::string(limits::kRequestKeyBytesMax, 'r'),
                                     std::vector<NewEvent>(limits::kEventsPerCommandMax,
                                                           MakeEvent("a", ""))),
                          batch)
                  .ok());
  ASSERT_TRUE(log_->Write(std::move(batch)).ok());
  EXPECT_EQ(log_->DurableSize(), limits::kEventsPerCommandMax);
}

TEST_P(EventLogContract, ReadersSeeADensePrefixWhileBatchesAreStagedAndWritten) {
  constexpr int kBatches = 60;
  std::atomic<bool> done{false};
  std::thread reader([&] {
    std::uint64_t last = 0;
    while (!done.load()) {
      const std::uint64_t size = log_->DurableSize();
      EXPECT_GE(size, last);
      last = size;
      std::uint64_t next = size < 5 ? 0 : size - 5;
      EXPECT_TRUE(log_->Scan(next, size,
                             [&](const RecordedEvent& event) {
                               EXPECT_EQ(event.entry.position, next++);
                               return true;
                             })
                      .ok());
      EXPECT_EQ(next, size);
      log_->DurableRoot();
    }
  });
  // Staging runs one batch ahead of writing.
  std::thread committer;
  for (int i = 0; i < kBatches; ++i) {
    Batch batch = log_->NewBatch();
    for (int j = 0; j < 3; ++j) {
      Commit commit = MakeCommit(absl::StrCat(i, "/", j), {MakeEvent("a", absl::StrCat(i))});
      commit.claims = {{"k", i % 2 == 0 ? std::optional<std::string>("h") : std::nullopt}};
      EXPECT_TRUE(log_->Stage(commit, batch).ok());
    }
    if (committer.joinable()) committer.join();
    committer = std::thread([this, b = std::make_shared<Batch>(std::move(batch))] {
      EXPECT_TRUE(log_->Write(std::move(*b)).ok());
    });
  }
  committer.join();
  done.store(true);
  reader.join();
  EXPECT_EQ(Stream("a").size(), 3u * kBatches);
  Reopen();
}

}  // namespace jejak::log

#endif  // JEJAK_TESTS_UNIT_SERVER_LOG_EVENT_LOG_CONTRACT_H_
