// SPDX-License-Identifier: Apache-2.0

#include "server/log/rocksdb_log_device.h"

#include "server/log/rocksdb_options.h"
#include "tests/unit/server/log/log_testing.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <csignal>
#include <sys/resource.h>
#include <unistd.h>

namespace jejak::log {
namespace {

class RocksDbLogDeviceTest : public testing::Test {
 protected:
  static LogRecord Record(const std::string& value) {
    return LogRecord{{{Table::kEntry, "k", value}}};
  }
  std::unique_ptr<RocksDbLogDevice> Open() {
    auto device = RocksDbLogDevice::Open(path_);
    EXPECT_TRUE(device.ok()) << device.status();
    return *std::move(device);
  }

  TempFolder folder_;
  const std::string path_ = folder_ / "log";
};

TEST_F(RocksDbLogDeviceTest, ASecondOpenIsRefusedWithAClearMessage) {
  const std::unique_ptr<RocksDbLogDevice> device = Open();
  for (const absl::Status& status :
       {RocksDbLogDevice::Open(path_).status(), RocksDbLogDevice::OpenReadOnly(path_).status()}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_NE(status.message().find("is open in another process"), absl::string_view::npos)
        << status;
  }
  EXPECT_TRUE(device->AppendIf(0, Record("v")).ok());
}

TEST_F(RocksDbLogDeviceTest, OpenForReadingReadsAndTakesNothing) {
  EXPECT_TRUE(absl::IsNotFound(RocksDbLogDevice::OpenReadOnly(path_).status()));
  ASSERT_TRUE(Open()->AppendIf(0, Record("v")).ok());
  const auto device = RocksDbLogDevice::OpenReadOnly(path_);
  ASSERT_TRUE(device.ok()) << device.status();
  EXPECT_EQ((*device)->Tail(), 1u);
  EXPECT_EQ(*(*device)->Get(Table::kEntry, "k"), "v");
  EXPECT_TRUE(absl::IsFailedPrecondition((*device)->AppendIf(1, Record("w"))));
}

TEST_F(RocksDbLogDeviceTest, WithoutTheFileCurrentAStoreIsDamagedNotNew) {
  ASSERT_TRUE(Open()->AppendIf(0, Record("v")).ok());
  const std::string current = ReadFile(path_ + "/CURRENT");
  std::filesystem::remove(path_ + "/CURRENT");
  EXPECT_TRUE(absl::IsDataLoss(RocksDbLogDevice::Open(path_).status()));
  WriteFile(path_ + "/CURRENT", current);
  EXPECT_EQ(Open()->Tail(), 1u);
}

TEST_F(RocksDbLogDeviceTest, ATableOfANewerProgramIsRefused) {
  Open().reset();
  {
    rocksdb::DB* db = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    ASSERT_TRUE(
        rocksdb::DB::Open(LogDbOptions(), path_, LogColumnFamilies(1 << 20), &handles, &db).ok());
    rocksdb::ColumnFamilyHandle* newer = nullptr;
    ASSERT_TRUE(db->CreateColumnFamily(rocksdb::ColumnFamilyOptions(), "newer", &newer).ok());
    handles.push_back(newer);
    for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
    delete db;
  }
  const absl::Status status = RocksDbLogDevice::Open(path_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
}

TEST_F(RocksDbLogDeviceTest, FlushedRowsSurviveWithoutTheWal) {
  {
    const std::unique_ptr<RocksDbLogDevice> device = Open();
    ASSERT_TRUE(device->AppendIf(0, Record("v")).ok());
    ASSERT_TRUE(device->Flush().ok());
  }
  for (const auto& file : std::filesystem::directory_iterator(path_)) {
    if (file.path().extension() == ".log") std::filesystem::remove(file.path());
  }
  const std::unique_ptr<RocksDbLogDevice> device = Open();
  EXPECT_EQ(device->Tail(), 1u);
  EXPECT_EQ(*device->Get(Table::kEntry, "k"), "v");
}

// Appends to a disk that is full, and exits with the number of what went wrong.
[[noreturn]] void AppendBeyondTheFileSizeLimit(const std::string& path) {
  absl::StatusOr<std::unique_ptr<RocksDbLogDevice>> device = RocksDbLogDevice::Open(path);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1 << 16, 1 << 16};
  if (!device.ok() || ::setrlimit(RLIMIT_FSIZE, &small) != 0) ::_exit(1);
  const LogRecord large{{{Table::kEntry, "k", std::string(1 << 20, 'x')}}};
  if (!absl::IsUnavailable((*device)->AppendIf(0, large))) ::_exit(2);
  if (!absl::IsFailedPrecondition((*device)->AppendIf(0, LogRecord{}))) ::_exit(3);
  if ((*device)->Tail() != 0) ::_exit(4);
  ::_exit(0);
}

// In a process of its own, because the limit on file sizes is the process's.
TEST_F(RocksDbLogDeviceTest, AfterAFailedWriteNothingMoreIsTaken) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(AppendBeyondTheFileSizeLimit(path_), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace jejak::log
