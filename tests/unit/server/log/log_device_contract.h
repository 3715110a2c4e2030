// SPDX-License-Identifier: Apache-2.0
//
// File: log_device_contract.h
//
// What every LogDevice must do (log_device.h). A test program instantiates LogDeviceContract with
// its stores.

#ifndef JEJAK_TESTS_UNIT_SERVER_LOG_LOG_DEVICE_CONTRACT_H_
#define JEJAK_TESTS_UNIT_SERVER_LOG_LOG_DEVICE_CONTRACT_H_

#include "server/log/log_device.h"
#include "tests/unit/server/log/log_testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace jejak::log {

class LogDeviceContract : public testing::TestWithParam<StoreKind> {
 protected:
  using Rows = std::vector<std::pair<std::string, std::string>>;

  static LogRecord Put(Table table, const std::string& key, const std::string& value) {
    return LogRecord{{{table, key, value}}};
  }
  static Rows Walk(Cursor& cursor) {
    Rows rows;
    for (cursor.Seek(""); cursor.Valid(); cursor.Next()) {
      rows.emplace_back(std::string(cursor.key()), std::string(cursor.value()));
    }
    EXPECT_TRUE(cursor.status().ok()) << cursor.status();
    return rows;
  }
  static Rows Walk(const LogDevice& device, Table table) { return Walk(*device.NewCursor(table)); }

  void Reopen() {
    device_.reset();
    device_ = store_->Open();
  }

  const std::unique_ptr<TestStore> store_ = GetParam().make();
  std::unique_ptr<LogDevice> device_ = store_->Open();
};

TEST_P(LogDeviceContract, ANewDeviceIsEmpty) {
  EXPECT_EQ(device_->Tail(), 0u);
  for (int table = 0; table < kTableCount; ++table) {
    EXPECT_TRUE(Walk(*device_, static_cast<Table>(table)).empty());
  }
  EXPECT_EQ(*device_->Get(Table::kMeta, "x"), std::nullopt);
}

TEST_P(LogDeviceContract, EveryTableKeepsItsOwnRows) {
  LogRecord record;
  for (int table = 0; table < kTableCount; ++table) {
    record.cells.push_back({static_cast<Table>(table), "k", std::to_string(table)});
  }
  ASSERT_TRUE(device_->AppendIf(0, record).ok());
  Reopen();
  for (int table = 0; table < kTableCount; ++table) {
    EXPECT_EQ(Walk(*device_, static_cast<Table>(table)), (Rows{{"k", std::to_string(table)}}));
  }
}

TEST_P(LogDeviceContract, ARecordIsVisibleOnceAppended) {
  ASSERT_TRUE(device_->AppendIf(0, Put(Table::kClaim, "k", "v")).ok());
  EXPECT_EQ(device_->Tail(), 1u);
  EXPECT_EQ(*device_->Get(Table::kClaim, "k"), "v");
  EXPECT_EQ(*device_->Get(Table::kRequest, "k"), std::nullopt);
}

TEST_P(LogDeviceContract, AnAppendAtAnotherTailIsAbortedAndWritesNothing) {
  ASSERT_TRUE(device_->AppendIf(0, Put(Table::kClaim, "k", "1")).ok());
  for (std::uint64_t tail : {0u, 2u}) {
    EXPECT_TRUE(absl::IsAborted(device_->AppendIf(tail, Put(Table::kClaim, "k", "2"))));
  }
  EXPECT_EQ(device_->Tail(), 1u);
  EXPECT_EQ(*device_->Get(Table::kClaim, "k"), "1");
  EXPECT_TRUE(device_->AppendIf(1, Put(Table::kClaim, "k", "3")).ok());
}

TEST_P(LogDeviceContract, TheCellsOfARecordApplyInOrder) {
  LogRecord record;
  record.cells = {{Table::kClaim, "a", "1"},
                  {Table::kClaim, "a", std::nullopt},
                  {Table::kClaim, "b", "1"},
                  {Table::kClaim, "b", "2"},
                  {Table::kEntry, "b", "other table"}};
  ASSERT_TRUE(device_->AppendIf(0, record).ok());
  EXPECT_EQ(Walk(*device_, Table::kClaim), (Rows{{"b", "2"}}));
  EXPECT_EQ(Walk(*device_, Table::kEntry), (Rows{{"b", "other table"}}));
}

TEST_P(LogDeviceContract, ARemovedKeyIsAbsent) {
  ASSERT_TRUE(device_->AppendIf(0, Put(Table::kClaim, "k", "v")).ok());
  ASSERT_TRUE(device_->AppendIf(1, LogRecord{{{Table::kClaim, "k", std::nullopt}}}).ok());
  EXPECT_EQ(*device_->Get(Table::kClaim, "k"), std::nullopt);
  EXPECT_TRUE(Walk(*device_, Table::kClaim).empty());
  ASSERT_TRUE(device_->AppendIf(2, Put(Table::kClaim, "k", "w")).ok());
  EXPECT_EQ(*device_->Get(Table::kClaim, "k"), "w");
}

TEST_P(LogDeviceContract, KeysAndValuesAreAnyBytesInUnsignedOrder) {
  const std::string zero("\0", 1);
  const std::string zeros("\0\0", 2);
  LogRecord record;
  record.cells = {{Table::kStream, "\xff", "high"},
                  {Table::kStream, "a", ""},
                  {Table::kStream, zeros, zeros},
                  {Table::kStream, zero, "z"}};
  ASSERT_TRUE(device_->AppendIf(0, record).ok());
  EXPECT_EQ(Walk(*device_, Table::kStream),
            (Rows{{zero, "z"}, {zeros, zeros}, {"a", ""}, {"\xff", "high"}}));
  EXPECT_EQ(*device_->Get(Table::kStream, "a"), "");
}

TEST_P(LogDeviceContract, ACursorSeeksBothWays) {
  LogRecord record;
  for (const char* key : {"b", "d", "f"}) record.cells.push_back({Table::kEntry, key, key});
  ASSERT_TRUE(device_->AppendIf(0, record).ok());
  const std::unique_ptr<Cursor> cursor = device_->NewCursor(Table::kEntry);
  cursor->Seek("c");
  ASSERT_TRUE(cursor->Valid());
  EXPECT_EQ(cursor->key(), "d");
  cursor->Seek("d");
  EXPECT_EQ(cursor->key(), "d");
  cursor->Prev();
  EXPECT_EQ(cursor->key(), "b");
  cursor->Prev();
  EXPECT_FALSE(cursor->Valid());
  cursor->SeekForPrev("e");
  ASSERT_TRUE(cursor->Valid());
  EXPECT_EQ(cursor->key(), "d");
  cursor->Next();
  EXPECT_EQ(cursor->key(), "f");
  cursor->Next();
  EXPECT_FALSE(cursor->Valid());
  cursor->SeekForPrev("f");
  EXPECT_EQ(cursor->key(), "f");
  cursor->SeekForPrev("a");
  EXPECT_FALSE(cursor->Valid());
  cursor->Seek("g");
  EXPECT_FALSE(cursor->Valid());
  EXPECT_TRUE(cursor->status().ok());
}

TEST_P(LogDeviceContract, ACursorSeesTheStateOfItsMaking) {
  ASSERT_TRUE(device_->AppendIf(0, Put(Table::kClaim, "b", "1")).ok());
  ASSERT_TRUE(device_->AppendIf(1, Put(Table::kClaim, "d", "1")).ok());
  const std::unique_ptr<Cursor> cursor = device_->NewCursor(Table::kClaim);
  LogRecord record;
  record.cells = {
      {Table::kClaim, "a", "2"}, {Table::kClaim, "b", "2"}, {Table::kClaim, "d", std::nullopt}};
  ASSERT_TRUE(device_->AppendIf(2, record).ok());
  EXPECT_EQ(Walk(*cursor), (Rows{{"b", "1"}, {"d", "1"}}));
  EXPECT_EQ(Walk(*device_, Table::kClaim), (Rows{{"a", "2"}, {"b", "2"}}));
}

TEST_P(LogDeviceContract, ReopeningKeepsEverything) {
  for (std::uint64_t i = 0; i < 50; ++i) {
    ASSERT_TRUE(
        device_->AppendIf(i, Put(Table::kEntry, std::to_string(i), std::string(i, 'x'))).ok());
  }
  const Rows before = Walk(*device_, Table::kEntry);
  Reopen();
  EXPECT_EQ(device_->Tail(), 50u);
  EXPECT_EQ(Walk(*device_, Table::kEntry), before);
  EXPECT_EQ(before.size(), 50u);
  EXPECT_TRUE(device_->AppendIf(50, Put(Table::kEntry, "more", "")).ok());
}

TEST_P(LogDeviceContract, ReadersOnOtherThreadsSeeWholeRecordsOnly) {
  constexpr std::uint64_t kRecords = 100;
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done.load()) {
      // Every record sets both rows to its number.
      const Rows rows = Walk(*device_, Table::kClaim);
      if (rows.size() == 2) {
        EXPECT_EQ(rows[0].second, rows[1].second);
      } else {
        EXPECT_TRUE(rows.empty());
      }
    }
  });
  for (std::uint64_t i = 0; i < kRecords; ++i) {
    LogRecord record;
    record.cells = {{Table::kClaim, "a", std::to_string(i)},
                    {Table::kClaim, "b", std::to_string(i)}};
    EXPECT_TRUE(device_->AppendIf(i, record).ok());
  }
  done.store(true);
  reader.join();
}

}  // namespace jejak::log

#endif  // JEJAK_TESTS_UNIT_SERVER_LOG_LOG_DEVICE_CONTRACT_H_
