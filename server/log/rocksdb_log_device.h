// SPDX-License-Identifier: Apache-2.0
//
// File: rocksdb_log_device.h
//
// The LogDevice of one machine: RocksDB, one column family per table, one synced WriteBatch per
// record. RocksDB's lock on the folder is the fence: one process writes.
//
// RocksDB may open a damaged store with status OK and fewer records; who opens it must compare with
// the head anchor (EventLog does).

#ifndef JEJAK_SERVER_LOG_ROCKSDB_LOG_DEVICE_H_
#define JEJAK_SERVER_LOG_ROCKSDB_LOG_DEVICE_H_

#include "server/log/log_device.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class FileLock;
}  // namespace rocksdb

namespace jejak::log {

class RocksDbLogDevice final : public LogDevice {
 public:
  struct Options {
    // Memory of a table before it is written to a file. Small values are for tests.
    std::size_t write_buffer_bytes = 64 << 20;
  };

  // Opens the store in the folder `path`, or makes one if there is none, with its folder and
  // those above. FAILED_PRECONDITION: another process has it open, or a newer program made it.
  // DATA_LOSS: it is damaged. UNAVAILABLE: the disk answered with an error.
  static absl::StatusOr<std::unique_ptr<RocksDbLogDevice>> Open(const std::string& path,
                                                                const Options& options);
  static absl::StatusOr<std::unique_ptr<RocksDbLogDevice>> Open(const std::string& path) {
    return Open(path, Options());
  }
  // Opens an existing store for reading, with the folder locked as by Open. Changes no byte of the
  // tables and the WAL. AppendIf and Flush answer FAILED_PRECONDITION. Errors as for Open, and
  // NOT_FOUND if there is no store, or one whose making was interrupted: tables are missing, and
  // nothing was ever appended.
  static absl::StatusOr<std::unique_ptr<RocksDbLogDevice>> OpenReadOnly(const std::string& path);

  ~RocksDbLogDevice() override;

  std::uint64_t Tail() const override { return tail_.load(std::memory_order_acquire); }
  absl::Status AppendIf(std::uint64_t expected_tail, const LogRecord& record) override;
  absl::StatusOr<std::optional<std::string>> Get(Table table, absl::string_view key) const override;
  std::unique_ptr<Cursor> NewCursor(Table table) const override;

  // Writes what is in memory to table files, and waits for it. Not needed for durability.
  absl::Status Flush();

 private:
  RocksDbLogDevice() = default;
  absl::Status ReadTail();
  rocksdb::ColumnFamilyHandle* Family(Table table) const;
  rocksdb::ColumnFamilyHandle* OwnFamily() const { return families_.back(); }

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  // Held when open for reading; RocksDB holds its own otherwise.
  rocksdb::FileLock* lock_ = nullptr;
  bool read_only_ = false;
  std::atomic<std::uint64_t> tail_{0};
  std::atomic<bool> failed_{false};
};

}  // namespace jejak::log

#endif  // JEJAK_SERVER_LOG_ROCKSDB_LOG_DEVICE_H_
