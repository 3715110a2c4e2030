// SPDX-License-Identifier: Apache-2.0

#include "server/view/view_store.h"

#include "server/base/bytes.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <filesystem>
#include <fstream>
#include <utility>

namespace jejak::view {
namespace {

constexpr char kSizeKey[] = "msize";
constexpr char kLogKey[] = "mlog";
constexpr char kFormatKey[] = "mformat";

rocksdb::Slice ToSlice(absl::string_view text) { return rocksdb::Slice(text.data(), text.size()); }
absl::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

absl::Status ToStatus(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsCorruption()) return absl::DataLossError(status.ToString());
  return absl::UnavailableError(status.ToString());
}

// Beside the folder, so that RocksDB does not meet it.
std::string RebuildMark(const std::string& path) { return path + ".rebuild"; }

std::string RowPrefix(TableId table, absl::string_view name) {
  std::string key = "r";
  key.push_back(static_cast<char>(table));
  absl::StrAppend(&key, name);
  return key;
}

std::string RowKey(TableId table, absl::string_view name, std::uint64_t position) {
  std::string key = RowPrefix(table, name);
  key.push_back('\0');
  return key + ToBigEndian(~position);
}

rocksdb::Options ViewOptions() {
  rocksdb::Options options;
  options.create_if_missing = true;
  // Disposable: a failed check means building anew, so find damage early.
  options.paranoid_checks = true;
  options.write_buffer_size = 32 << 20;
  options.max_open_files = 512;
  options.keep_log_file_num = 2;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  // Rows of one resource share their name: a bloom filter spares the files without it.
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

absl::StatusOr<std::unique_ptr<rocksdb::DB>> OpenDb(const std::string& path) {
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(ViewOptions(), path, &db);
  if (!status.ok()) {
    // Not just "lock": the message about a damaged block has that too.
    const std::string message = status.ToString();
    if (absl::StrContains(message, "While lock file") ||
        absl::StrContains(message, "lock hold by current process")) {
      return absl::FailedPreconditionError(
          absl::StrCat("the view in ", path, " is open in another process"));
    }
    return ToStatus(status);
  }
  return std::unique_ptr<rocksdb::DB>(db);
}

}  // namespace

ViewStore::ViewStore(std::unique_ptr<rocksdb::DB> db, std::string path)
    : db_(std::move(db)), path_(std::move(path)) {}
ViewStore::~ViewStore() { Flush().IgnoreError(); }  // What is lost is computed again.

absl::StatusOr<std::unique_ptr<ViewStore>> ViewStore::Open(const std::string& path,
                                                           absl::string_view log_id,
                                                           std::uint64_t log_size) {
  std::error_code ignored;
  if (std::filesystem::remove(RebuildMark(path), ignored)) {
    std::filesystem::remove_all(path, ignored);
  }
  for (int attempt = 0;; ++attempt) {
    std::filesystem::create_directories(path, ignored);
    absl::StatusOr<std::unique_ptr<rocksdb::DB>> db = OpenDb(path);
    if (absl::IsFailedPrecondition(db.status())) return db.status();
    if (db.ok()) {
      std::string format;
      std::string log;
      std::string size;
      const rocksdb::Status found = (*db)->Get({}, kFormatKey, &format);
      if (found.IsNotFound()) {
        rocksdb::WriteBatch batch;
        batch.Put(kFormatKey, ToBigEndian<std::uint64_t>(kFormatVersion));
        batch.Put(kLogKey, ToSlice(log_id));
        batch.Put(kSizeKey, ToBigEndian<std::uint64_t>(0));
        rocksdb::WriteOptions options;
        options.disableWAL = true;
        JEJAK_RETURN_IF_ERROR(ToStatus((*db)->Write(options, &batch)));
        return std::unique_ptr<ViewStore>(new ViewStore(*std::move(db), path));
      }
      if (found.ok() && FromBigEndian<std::uint64_t>(format) == kFormatVersion &&
          (*db)->Get({}, kLogKey, &log).ok() && log == log_id &&
          (*db)->Get({}, kSizeKey, &size).ok() &&
          FromBigEndian<std::uint64_t>(size).value_or(~0ull) <= log_size) {
        std::unique_ptr<ViewStore> view(new ViewStore(*std::move(db), path));
        view->size_ = *FromBigEndian<std::uint64_t>(size);
        return view;
      }
    }
    if (attempt > 0) return db.ok() ? absl::InternalError("a new view is not empty") : db.status();
    if (db.ok()) db->reset();
    std::filesystem::remove_all(path, ignored);
  }
}

absl::Status ViewStore::Apply(const std::vector<ViewChange>& changes, std::uint64_t new_size) {
  rocksdb::WriteBatch batch;
  for (const ViewChange& change : changes) {
    batch.Put(RowKey(change.table, change.name, change.position), change.state);
    for (const std::string& dimension : change.dimensions) {
      std::string key = absl::StrCat("p", dimension);
      key.push_back('\0');
      batch.Put(key + ToBigEndian(change.position), rocksdb::Slice());
    }
  }
  batch.Put(kSizeKey, ToBigEndian(new_size));
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  JEJAK_RETURN_IF_ERROR(ToStatus(db_->Write(options, &batch)));
  size_.store(new_size, std::memory_order_release);
  return absl::OkStatus();
}

void ViewStore::MarkForRebuild() { std::ofstream(RebuildMark(path_)) << "damaged\n"; }

absl::Status ViewStore::Flush() { return ToStatus(db_->Flush(rocksdb::FlushOptions())); }

absl::StatusOr<std::optional<std::string>> ViewStore::Get(TableId table, absl::string_view name,
                                                          std::uint64_t size) const {
  if (size == 0) return std::nullopt;
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
  std::string prefix = RowPrefix(table, name);
  prefix.push_back('\0');
  it->Seek(RowKey(table, name, size - 1));
  JEJAK_RETURN_IF_ERROR(ToStatus(it->status()));
  if (!it->Valid() || !absl::StartsWith(ToView(it->key()), prefix) ||
      it->key().size() != prefix.size() + 8) {
    return std::nullopt;
  }
  return it->value().ToString();
}

absl::Status ViewStore::List(
    TableId table, absl::string_view prefix, absl::string_view after, std::uint64_t size,
    absl::FunctionRef<bool(absl::string_view, absl::string_view)> visit) const {
  if (size == 0) return absl::OkStatus();
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
  const std::string begin = RowPrefix(table, prefix);
  if (after.empty()) {
    it->Seek(begin);
  } else {
    // 0x01 sorts after the 0x00 that ends the name in each of its keys.
    it->Seek(RowPrefix(table, after) + '\x01');
  }
  std::size_t looked_at = 0;
  while (it->Valid() && absl::StartsWith(ToView(it->key()), begin)) {
    if (++looked_at > limits::kScannedRowsMax) {
      return absl::ResourceExhaustedError("too many resources for one list: narrow the parent");
    }
    const absl::string_view key = ToView(it->key());
    const std::string name(key.substr(2, key.size() - 2 - 9));
    const std::uint64_t newest = ~*FromBigEndian<std::uint64_t>(key.substr(key.size() - 8));
    if (newest >= size) it->Seek(RowKey(table, name, size - 1));
    std::string same = RowPrefix(table, name);
    same.push_back('\0');
    if (it->Valid() && absl::StartsWith(ToView(it->key()), same)) {
      if (!visit(name, ToView(it->value()))) return absl::OkStatus();
    }
    it->Seek(RowPrefix(table, name) + '\x01');
  }
  return ToStatus(it->status());
}

absl::Status ViewStore::Postings(absl::string_view dimension, std::uint64_t from, std::uint64_t to,
                                 bool descending,
                                 absl::FunctionRef<bool(std::uint64_t)> visit) const {
  if (from >= to) return absl::OkStatus();
  std::string prefix = absl::StrCat("p", dimension);
  prefix.push_back('\0');
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
  if (descending) {
    it->SeekForPrev(prefix + ToBigEndian(to - 1));
  } else {
    it->Seek(prefix + ToBigEndian(from));
  }
  while (it->Valid() && absl::StartsWith(ToView(it->key()), prefix) &&
         it->key().size() == prefix.size() + 8) {
    const std::uint64_t position =
        *FromBigEndian<std::uint64_t>(ToView(it->key()).substr(prefix.size()));
    if (position < from || position >= to || !visit(position)) break;
    if (descending) {
      it->Prev();
    } else {
      it->Next();
    }
  }
  return ToStatus(it->status());
}

absl::Status ViewStore::ForEachRaw(
    absl::FunctionRef<void(absl::string_view, absl::string_view)> visit) const {
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
  for (it->SeekToFirst(); it->Valid(); it->Next()) visit(ToView(it->key()), ToView(it->value()));
  return ToStatus(it->status());
}

}  // namespace jejak::view
