// SPDX-License-Identifier: Apache-2.0
//
// Rows are changed behind the log's back, through the device. Nothing changed is ever served, and
// the error names the position.

#include "server/log/event_log.h"
#include "tests/unit/server/log/log_testing.h"

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <limits>

namespace jejak::log {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

class EventLogDamageTest : public testing::Test {
 protected:
  EventLogDamageTest() {
    auto device = std::make_unique<MemoryLogDevice>(store_);
    device_ = device.get();
    log_ = *EventLog::Open(std::move(device), {});
    for (int i = 0; i < 6; ++i) {
      Commit commit =
          MakeCommit(absl::StrCat("r", i), {MakeEvent(i % 2 == 0 ? "a" : "b", absl::StrCat(i))});
      commit.claims = {{absl::StrCat("k", i), "h"}};
      EXPECT_TRUE(Append(*log_, commit).ok());
    }
  }

  std::string Get(Table table, const std::string& key) { return **device_->Get(table, key); }
  void Set(Table table, const std::string& key, std::optional<std::string> value) {
    ASSERT_TRUE(
        device_->AppendIf(device_->Tail(), LogRecord{{{table, key, std::move(value)}}}).ok());
  }
  // Makes the head say that the damaging appends were ordinary records.
  void HideTail() {
    Head head = *DecodeHead(Get(Table::kMeta, kHeadKey));
    head.records = device_->Tail() + 1;
    Set(Table::kMeta, kHeadKey, EncodeHead(head));
  }
  absl::Status Reopen(bool count) {
    EventLog::Options options;
    options.count_on_open = count;
    return EventLog::Open(std::make_unique<MemoryLogDevice>(store_), options).status();
  }
  absl::Status Scan() {
    return log_->Scan(0, kMax, [](const RecordedEvent&) { return true; });
  }
  absl::Status ScanStream(const std::string& stream) {
    return log_->ScanStream(stream, 1, kMax, [](const RecordedEvent&) { return true; });
  }
  static void ExpectLossAt(int position, const absl::Status& status) {
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_NE(status.message().find(absl::StrCat("position ", position)), absl::string_view::npos)
        << status;
  }
  void ExpectEventIsLost() {
    ExpectLossAt(2, log_->Read(2).status());
    ExpectLossAt(2, Scan());
    ExpectLossAt(2, ScanStream("a"));
    EXPECT_TRUE(log_->Read(1).ok());
    EXPECT_TRUE(ScanStream("b").ok());
  }

  std::shared_ptr<MemoryLogDevice::Store> store_ = MemoryLogDevice::NewStore();
  MemoryLogDevice* device_ = nullptr;
  std::unique_ptr<EventLog> log_;
};

TEST_F(EventLogDamageTest, AChangedMissingOrAdditionalTileIsNoticedWhenTheLogIsOpened) {
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(Append(*log_, MakeCommit("", {MakeEvent("a", "x")})).ok());
  }
  ASSERT_TRUE(Reopen(true).ok());
  for (const std::string& key : {TileKey(0, 0), TileKey(1, 0)}) {
    const std::string tile = Get(Table::kTile, key);
    std::string changed = tile;
    changed[7] = static_cast<char>(changed[7] ^ 1);
    for (const std::optional<std::string>& damaged :
         {std::optional<std::string>(changed), std::optional<std::string>(),
          std::optional<std::string>(tile.substr(1))}) {
      Set(Table::kTile, key, damaged);
      HideTail();
      EXPECT_TRUE(absl::IsDataLoss(Reopen(true)));
    }
    Set(Table::kTile, key, tile);
    HideTail();
    EXPECT_TRUE(Reopen(true).ok());
  }
  Set(Table::kTile, TileKey(0, 1), "more");
  HideTail();
  EXPECT_TRUE(absl::IsDataLoss(Reopen(true)));
}

TEST_F(EventLogDamageTest, AnUndamagedLogOpensAndReads) {
  EXPECT_TRUE(Scan().ok());
  EXPECT_TRUE(ScanStream("a").ok());
  EXPECT_TRUE(Reopen(true).ok());
}

TEST_F(EventLogDamageTest, EveryChangedByteOfAnEntryIsNoticed) {
  const std::string key = EncodePosition(2);
  const std::string row = Get(Table::kEntry, key);
  for (std::size_t i = 0; i < row.size(); ++i) {
    std::string damaged = row;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    Set(Table::kEntry, key, damaged);
    ExpectLossAt(2, log_->Read(2).status());
  }
  ExpectEventIsLost();
}

TEST_F(EventLogDamageTest, EveryChangedByteOfAPayloadIsNoticed) {
  const std::string key = EncodePosition(2);
  const std::string row = Get(Table::kPayload, key);
  for (std::size_t i = 0; i < row.size(); ++i) {
    std::string damaged = row;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    Set(Table::kPayload, key, damaged);
    ExpectLossAt(2, log_->Read(2).status());
  }
  ExpectEventIsLost();
  // Without any byte the payload is erased, not damaged (event_log_contract.h).
  for (const std::string& other : {row + "x", row.substr(0, row.size() - 1), row.substr(0, 1)}) {
    Set(Table::kPayload, key, other);
    ExpectEventIsLost();
  }
}

TEST_F(EventLogDamageTest, ARemovedRowIsNoticed) {
  Set(Table::kEntry, EncodePosition(2), std::nullopt);
  ExpectEventIsLost();
}

TEST_F(EventLogDamageTest, ARemovedPayloadIsNoticed) {
  Set(Table::kPayload, EncodePosition(2), std::nullopt);
  ExpectEventIsLost();
}

TEST_F(EventLogDamageTest, AnEntryInAnothersPlaceIsNoticed) {
  Set(Table::kEntry, EncodePosition(2), Get(Table::kEntry, EncodePosition(4)));
  ExpectEventIsLost();
}

TEST_F(EventLogDamageTest, AGapInAStreamIsNoticed) {
  Set(Table::kStream, StreamKey("a", 2), std::nullopt);
  EXPECT_TRUE(absl::IsDataLoss(ScanStream("a")));
  EXPECT_TRUE(ScanStream("b").ok());
}

TEST_F(EventLogDamageTest, AStreamThatPointsAtAnothersEventIsNoticed) {
  Set(Table::kStream, StreamKey("a", 3), EncodePosition(3));
  ExpectLossAt(3, ScanStream("a"));
  // The sequencer has the head of "a" in memory; a new one reads it.
  HideTail();
  auto log = EventLog::Open(std::make_unique<MemoryLogDevice>(store_), {});
  ASSERT_TRUE(log.ok()) << log.status();
  ExpectLossAt(3, (*log)->FindStreamHead("a").status());
}

TEST_F(EventLogDamageTest, AnOutcomeThatCannotBeParsedIsNoticed) {
  Set(Table::kRequest, "r1", "\xff");
  EXPECT_TRUE(absl::IsDataLoss(log_->ReadOutcome("r1").status()));
}

TEST_F(EventLogDamageTest, AnothersRecordStopsTheLog) {
  Set(Table::kClaim, "other", "writer");
  EXPECT_TRUE(absl::IsAborted(Append(*log_, MakeCommit("r9", {})).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(Append(*log_, MakeCommit("r10", {})).status()));
  EXPECT_TRUE(absl::IsDataLoss(Reopen(false)));
}

TEST_F(EventLogDamageTest, OpenCountsEveryTable) {
  const std::vector<Cell> cells = {{Table::kEntry, EncodePosition(2), std::nullopt},
                                   {Table::kEntry, EncodePosition(5), std::nullopt},
                                   {Table::kEntry, EncodePosition(6), std::string(32, 'x')},
                                   {Table::kPayload, EncodePosition(2), std::nullopt},
                                   {Table::kPayload, EncodePosition(6), "x"},
                                   {Table::kStream, StreamKey("b", 3), std::nullopt},
                                   {Table::kClaim, "k3", std::nullopt},
                                   {Table::kClaim, "k9", "h"},
                                   {Table::kRequest, "r3", std::nullopt},
                                   {Table::kRequest, "r9", ""}};
  for (const Cell& cell : cells) {
    const std::optional<std::string> before = *device_->Get(cell.table, cell.key);
    Set(cell.table, cell.key, cell.value);
    HideTail();
    EXPECT_TRUE(absl::IsDataLoss(Reopen(true))) << static_cast<int>(cell.table) << " " << cell.key;
    // The leaf hashes of the tile that is not full are needed without counting.
    const bool needed = cell.table == Table::kEntry && !cell.value.has_value();
    EXPECT_EQ(Reopen(false).ok(), !needed);
    Set(cell.table, cell.key, before);
    HideTail();
    ASSERT_TRUE(Reopen(true).ok());
  }
}

TEST_F(EventLogDamageTest, OpenRecomputesTheRootFromTheLeaves) {
  std::string row = Get(Table::kEntry, EncodePosition(2));
  row[0] = static_cast<char>(row[0] ^ 1);
  Set(Table::kEntry, EncodePosition(2), row);
  HideTail();
  EXPECT_TRUE(absl::IsDataLoss(Reopen(true)));
}

TEST_F(EventLogDamageTest, MissingMetaRowsAreNotTakenForANewLog) {
  for (const char* key : {kFormatKey, kLogIdKey, kHeadKey}) {
    const std::string before = Get(Table::kMeta, key);
    Set(Table::kMeta, key, std::nullopt);
    EXPECT_TRUE(absl::IsDataLoss(Reopen(true))) << key;
    Set(Table::kMeta, key, before);
  }
}

}  // namespace
}  // namespace jejak::log
