// SPDX-License-Identifier: Apache-2.0
//
// The log of a folder and its head anchor: what each refuses of the other.

#include "server/log/open_log.h"

#include "server/log/anchor.h"
#include "tests/unit/server/log/log_testing.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <map>

namespace jejak::log {
namespace {

namespace fs = std::filesystem;

class OpenLogTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<EventLog>> Open(bool count = true) {
    EventLog::Options options;
    options.anchor_path = anchor_;
    options.count_on_open = count;
    return OpenLog(path_, options);
  }
  void Fill(int first, int last) {
    auto log = Open();
    ASSERT_TRUE(log.ok()) << log.status();
    for (int i = first; i < last; ++i) {
      ASSERT_TRUE(Append(**log, MakeCommit(absl::StrCat("r", i), {MakeEvent("a", "")})).ok());
    }
  }
  void ExpectLoss(absl::string_view words) {
    for (bool count : {false, true}) {
      const absl::Status status = Open(count).status();
      EXPECT_TRUE(absl::IsDataLoss(status)) << status;
      EXPECT_NE(status.message().find(words), absl::string_view::npos) << status;
      EXPECT_NE(status.message().find("backup"), absl::string_view::npos) << status;
    }
  }
  AnchorValue Value() { return **Anchor::Read(anchor_); }
  // As if this had been anchored.
  void SetAnchor(const AnchorValue& value) {
    fs::remove(anchor_);
    ASSERT_TRUE(Anchor::Open(anchor_, true, value).ok());
  }
  // Every file of the store, without what RocksDB writes about its work.
  std::map<std::string, std::string> Files() {
    std::map<std::string, std::string> files;
    for (const auto& file : fs::directory_iterator(path_)) {
      const std::string name = file.path().filename().string();
      if (!absl::StartsWith(name, "LOG")) files[name] = ReadFile(file.path().string());
    }
    return files;
  }
  static void Copy(const std::string& from, const std::string& to) {
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
  }

  TempFolder folder_;
  const std::string path_ = folder_ / "log";
  const std::string anchor_ = folder_ / "anchor";
};

TEST_F(OpenLogTest, TheAnchorFollowsEveryRecord) {
  auto log = Open();
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(Value().size, 0u);
  EXPECT_EQ(Value().records, 1u);
  for (std::uint64_t i = 1; i < 5; ++i) {
    ASSERT_TRUE(Append(**log, MakeCommit("", {MakeEvent("a", "")})).ok());
    EXPECT_EQ(Value().size, i);
    EXPECT_EQ(Value().root, (*log)->DurableRoot());
  }
  ASSERT_TRUE(Append(**log, MakeCommit("refusal", {})).ok());
  EXPECT_EQ(Value().size, 4u);
  EXPECT_EQ(Value().records, 6u);
  EXPECT_EQ(ToHex(Value().log_id), (*log)->log_id());
}

TEST_F(OpenLogTest, AnAnchorBehindTheLogIsBroughtUpToDate) {
  Fill(0, 3);
  Copy(anchor_, folder_ / "old");
  Fill(3, 5);
  const AnchorValue newest = Value();
  Copy(folder_ / "old", anchor_);
  EXPECT_EQ(Value().size, 3u);
  EXPECT_TRUE(Open().ok());
  EXPECT_EQ(Value(), newest);
}

TEST_F(OpenLogTest, AnOlderLogThanTheAnchorIsRefused) {
  Fill(0, 3);
  Copy(path_, folder_ / "old");
  Fill(3, 5);
  Copy(path_, folder_ / "new");
  Copy(folder_ / "old", path_);
  ExpectLoss("holds 3 events in 4 records, but its anchor");
  // Refused again, for nothing was brought "up to date"; and the newer log is still welcome.
  ExpectLoss("says 5 in 6");
  Copy(folder_ / "new", path_);
  EXPECT_EQ((*Open())->DurableSize(), 5u);
}

TEST_F(OpenLogTest, AMissingRefusalIsNoticedByTheRecordCount) {
  Fill(0, 3);
  Copy(path_, folder_ / "old");
  ASSERT_TRUE(Append(**Open(), MakeCommit("refusal", {})).ok());
  Copy(folder_ / "old", path_);
  ExpectLoss("holds 3 events in 4 records, but its anchor");
}

TEST_F(OpenLogTest, AMissingAnchorIsRefused) {
  Fill(0, 3);
  fs::remove(anchor_);
  const auto before = Files();
  ExpectLoss("is missing");
  EXPECT_FALSE(fs::exists(anchor_));
  EXPECT_EQ(Files(), before) << "a log that is refused keeps its bytes";
}

TEST_F(OpenLogTest, AMissingLogIsRefused) {
  Fill(0, 3);
  fs::remove_all(path_);
  ExpectLoss("there is no log in");
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(OpenLogTest, AnEmptyStoreUnderAnAnchorIsRefused) {
  Fill(0, 3);
  fs::remove_all(path_);
  ASSERT_TRUE(RocksDbLogDevice::Open(path_).ok());
  ExpectLoss("the log is empty");
}

TEST_F(OpenLogTest, AnAnchorWithBothSlotsDamagedIsRefused) {
  Fill(0, 3);
  WriteFile(anchor_, std::string(8192, '\0'));
  ExpectLoss("both slots");
}

TEST_F(OpenLogTest, AnotherLogsAnchorIsRefused) {
  Fill(0, 3);
  AnchorValue value = Value();
  value.log_id[0] = static_cast<char>(value.log_id[0] ^ 1);
  SetAnchor(value);
  ExpectLoss("is of log");
}

TEST_F(OpenLogTest, AnotherRootAtTheSameSizeIsRefused) {
  Fill(0, 3);
  AnchorValue value = Value();
  value.root[0] ^= 1;
  SetAnchor(value);
  ExpectLoss("has root");
}

TEST_F(OpenLogTest, AnotherRootAtASmallerSizeIsRefusedWhenTheTablesAreChecked) {
  Fill(0, 3);
  AnchorValue value = Value();
  value.root[0] ^= 1;
  Fill(3, 5);
  SetAnchor(value);
  const absl::Status status = Open().status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
}

TEST_F(OpenLogTest, AFolderWhoseMakingWasInterruptedIsMadeAnew) {
  // Before the first record; before the anchor.
  ASSERT_TRUE(RocksDbLogDevice::Open(path_).ok());
  EXPECT_TRUE(Open().ok());
  fs::remove(anchor_);
  EXPECT_TRUE(Open().ok());
  EXPECT_EQ(Value().records, 1u);
}

// RocksDB makes one table after the other.
TEST_F(OpenLogTest, AStoreWhoseTablesWereNotAllMadeIsMadeAnewIfItIsEmpty) {
  rocksdb::Options options;
  options.create_if_missing = true;
  const auto make = [&](absl::string_view row) {
    rocksdb::DB* opened = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, path_, &opened).ok());
    const std::unique_ptr<rocksdb::DB> db(opened);
    rocksdb::ColumnFamilyHandle* meta = nullptr;
    ASSERT_TRUE(db->CreateColumnFamily(rocksdb::ColumnFamilyOptions(), "meta", &meta).ok());
    ASSERT_TRUE(row.empty() || db->Put({}, "tail", std::string(row)).ok());
    db->DestroyColumnFamilyHandle(meta);
  };
  make("");
  EXPECT_TRUE(Open().ok());
  fs::remove_all(path_);
  ExpectLoss("there is no log in");
  make("");
  ExpectLoss("there is no log in");
  fs::remove_all(path_);
  fs::remove(anchor_);
  make("12345678");
  const auto before = Files();
  const absl::Status status = Open().status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_NE(status.message().find("lacks tables"), absl::string_view::npos) << status;
  EXPECT_EQ(Files(), before);
}

// A strict anchor is only another time of syncing.
TEST_F(OpenLogTest, AStrictAnchorSaysTheSame) {
  EventLog::Options options;
  options.anchor_path = anchor_;
  options.anchor_strict = true;
  {
    auto log = OpenLog(path_, options);
    ASSERT_TRUE(log.ok()) << log.status();
    ASSERT_TRUE(Append(**log, MakeCommit("r", {MakeEvent("a", "")})).ok());
  }
  EXPECT_EQ(Value().size, 1u);
  EXPECT_EQ((*Open())->DurableSize(), 1u);
}

}  // namespace
}  // namespace jejak::log
