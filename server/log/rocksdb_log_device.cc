// SPDX-License-Identifier: Apache-2.0

#include "server/log/rocksdb_log_device.h"

#include "server/base/file.h"
#include "server/base/rocksdb_text.h"
#include "server/base/status_macros.h"
#include "server/log/log_keys.h"
#include "server/log/rocksdb_options.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/iterator.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace jejak::log {
namespace {

// In the device's own column family.
constexpr char kTailKey[] = "tail";

class RocksDbCursor final : public Cursor {
 public:
  explicit RocksDbCursor(rocksdb::Iterator* iterator) : iterator_(iterator) {}
  void Seek(absl::string_view key) override { iterator_->Seek(ToSlice(key)); }
  void SeekForPrev(absl::string_view key) override { iterator_->SeekForPrev(ToSlice(key)); }
  void Next() override { iterator_->Next(); }
  void Prev() override { iterator_->Prev(); }
  bool Valid() const override { return iterator_->Valid(); }
  absl::string_view key() const override { return ToView(iterator_->key()); }
  absl::string_view value() const override { return ToView(iterator_->value()); }
  absl::Status status() const override { return FromRocksDb(iterator_->status(), "read the log"); }

 private:
  const std::unique_ptr<rocksdb::Iterator> iterator_;
};

enum class Folder { kNew, kStore };

// What lies in the folder. A store whose CURRENT file is gone is damaged, not new.
absl::StatusOr<Folder> Look(const std::string& path) {
  std::error_code error;
  std::filesystem::directory_iterator files(path, error);
  if (error == std::errc::no_such_file_or_directory) return Folder::kNew;
  if (error) return absl::UnavailableError(absl::StrCat("list ", path, ": ", error.message()));
  bool has_current = false;
  bool has_data = false;
  for (const std::filesystem::directory_entry& file : files) {
    has_current = has_current || file.path().filename() == "CURRENT";
    has_data = has_data || file.path().extension() == ".sst" || file.path().extension() == ".log";
  }
  if (has_current) return Folder::kStore;
  if (!has_data) return Folder::kNew;
  return absl::DataLossError(
      absl::StrCat("the store in ", path, " has data but its file CURRENT is missing"));
}

absl::StatusOr<rocksdb::FileLock*> Lock(const std::string& path) {
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::Status status = rocksdb::Env::Default()->LockFile(path + "/LOCK", &lock);
  if (status.ok()) return lock;
  if (IsOpenElsewhere(status)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the store in ", path, " is open in another process"));
  }
  return FromRocksDb(status, absl::StrCat("lock ", path));
}

// The column families of a store, all of them known. A newer program may have added tables;
// RocksDB's own message would not say so.
absl::StatusOr<std::vector<std::string>> ListFamilies(const std::string& path) {
  std::vector<std::string> found;
  JEJAK_RETURN_IF_ERROR(FromRocksDb(rocksdb::DB::ListColumnFamilies(LogDbOptions(), path, &found),
                                    absl::StrCat("open the store in ", path)));
  std::vector<std::string> known;
  for (const auto& family : LogColumnFamilies(0)) known.push_back(family.name);
  for (const std::string& name : found) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return absl::FailedPreconditionError(
          absl::StrCat("the store in ", path, " has a table '", name,
                       "' that this program does not know; a newer one made it"));
    }
  }
  return found;
}

// Of a store without all its tables. Every record has a row in the device's own column family,
// which is the first that RocksDB makes.
absl::Status WhyIncomplete(const std::string& path) {
  rocksdb::DB* opened = nullptr;
  JEJAK_RETURN_IF_ERROR(FromRocksDb(
      rocksdb::DB::OpenForReadOnly(rocksdb::Options(LogDbOptions(), rocksdb::ColumnFamilyOptions()),
                                   path, &opened),
      absl::StrCat("open the store in ", path)));
  const std::unique_ptr<rocksdb::DB> db(opened);
  const std::unique_ptr<rocksdb::Iterator> row(db->NewIterator(rocksdb::ReadOptions()));
  row->SeekToFirst();
  JEJAK_RETURN_IF_ERROR(FromRocksDb(row->status(), "read the log"));
  if (row->Valid())
    return absl::DataLossError(absl::StrCat("the store in ", path, " lacks tables"));
  return absl::NotFoundError(absl::StrCat("the making of the store in ", path, " was interrupted"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksDbLogDevice>> RocksDbLogDevice::Open(const std::string& path,
                                                                         const Options& options) {
  JEJAK_ASSIGN_OR_RETURN(const Folder folder, Look(path));
  rocksdb::DBOptions db_options = LogDbOptions();
  if (folder == Folder::kNew) {
    db_options.create_if_missing = true;
    JEJAK_RETURN_IF_ERROR(MakeFolder(path));
  }
  // RocksDB takes the lock again; this is for a clear answer before anything is touched.
  JEJAK_ASSIGN_OR_RETURN(rocksdb::FileLock * lock, Lock(path));
  rocksdb::Env::Default()->UnlockFile(lock);
  if (folder == Folder::kStore) JEJAK_RETURN_IF_ERROR(ListFamilies(path).status());
  auto device = std::unique_ptr<RocksDbLogDevice>(new RocksDbLogDevice);
  rocksdb::DB* db = nullptr;
  JEJAK_RETURN_IF_ERROR(
      FromRocksDb(rocksdb::DB::Open(db_options, path, LogColumnFamilies(options.write_buffer_bytes),
                                    &device->families_, &db),
                  absl::StrCat("open the store in ", path)));
  device->db_.reset(db);
  JEJAK_RETURN_IF_ERROR(device->ReadTail());
  return device;
}

absl::StatusOr<std::unique_ptr<RocksDbLogDevice>> RocksDbLogDevice::OpenReadOnly(
    const std::string& path) {
  JEJAK_ASSIGN_OR_RETURN(const Folder folder, Look(path));
  if (folder == Folder::kNew) return absl::NotFoundError(absl::StrCat("no store in ", path));
  auto device = std::unique_ptr<RocksDbLogDevice>(new RocksDbLogDevice);
  device->read_only_ = true;
  JEJAK_ASSIGN_OR_RETURN(device->lock_, Lock(path));
  JEJAK_ASSIGN_OR_RETURN(const std::vector<std::string> families, ListFamilies(path));
  if (families.size() != kTableCount + 1) return WhyIncomplete(path);
  rocksdb::DB* db = nullptr;
  JEJAK_RETURN_IF_ERROR(
      FromRocksDb(rocksdb::DB::OpenForReadOnly(LogDbOptions(), path,
                                               LogColumnFamilies(Options().write_buffer_bytes),
                                               &device->families_, &db),
                  absl::StrCat("open the store in ", path)));
  device->db_.reset(db);
  JEJAK_RETURN_IF_ERROR(device->ReadTail());
  return device;
}

RocksDbLogDevice::~RocksDbLogDevice() {
  if (db_ != nullptr) {
    for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
  }
  db_.reset();
  if (lock_ != nullptr) rocksdb::Env::Default()->UnlockFile(lock_);
}

absl::Status RocksDbLogDevice::ReadTail() {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), OwnFamily(), kTailKey, &value);
  if (status.IsNotFound()) return absl::OkStatus();
  JEJAK_RETURN_IF_ERROR(FromRocksDb(status, "read the tail"));
  const std::optional<std::uint64_t> tail = DecodePosition(value);
  if (!tail.has_value()) return absl::DataLossError("the stored tail is damaged");
  tail_.store(*tail, std::memory_order_release);
  return absl::OkStatus();
}

rocksdb::ColumnFamilyHandle* RocksDbLogDevice::Family(Table table) const {
  return families_[static_cast<std::size_t>(table)];
}

absl::Status RocksDbLogDevice::AppendIf(std::uint64_t expected_tail, const LogRecord& record) {
  if (read_only_) return absl::FailedPreconditionError("the store is open for reading");
  if (failed_.load()) {
    return absl::FailedPreconditionError("an append failed before; reopen the store");
  }
  const std::uint64_t tail = Tail();
  if (tail != expected_tail) {
    return absl::AbortedError(absl::StrCat("the tail is ", tail, ", not ", expected_tail));
  }
  rocksdb::WriteBatch batch;
  rocksdb::Status status;
  for (const Cell& cell : record.cells) {
    if (!status.ok()) break;
    status = cell.value.has_value() ? batch.Put(Family(cell.table), cell.key, *cell.value)
                                    : batch.Delete(Family(cell.table), cell.key);
  }
  if (status.ok()) status = batch.Put(OwnFamily(), kTailKey, EncodePosition(tail + 1));
  if (status.ok()) status = db_->Write(LogWriteOptions(), &batch);
  if (!status.ok()) {
    failed_.store(true);
    return absl::UnavailableError(absl::StrCat("append a record: ", status.ToString()));
  }
  tail_.store(tail + 1, std::memory_order_release);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> RocksDbLogDevice::Get(Table table,
                                                                 absl::string_view key) const {
  std::string value;
  const rocksdb::Status status =
      db_->Get(rocksdb::ReadOptions(), Family(table), ToSlice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  JEJAK_RETURN_IF_ERROR(FromRocksDb(status, "read the log"));
  return std::optional<std::string>(std::move(value));
}

std::unique_ptr<Cursor> RocksDbLogDevice::NewCursor(Table table) const {
  return std::make_unique<RocksDbCursor>(db_->NewIterator(rocksdb::ReadOptions(), Family(table)));
}

absl::Status RocksDbLogDevice::Flush() {
  if (read_only_) return absl::FailedPreconditionError("the store is open for reading");
  return FromRocksDb(db_->Flush(rocksdb::FlushOptions(), families_), "flush the store");
}

}  // namespace jejak::log
