// SPDX-License-Identifier: Apache-2.0

#include "server/view/view_store.h"

#include "server/base/bytes.h"
#include "server/base/limits.h"
#include "server/base/rocksdb_text.h"
#include "server/base/status_macros.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <filesystem>
#include <fstream>
#include <utility>

namespace jejak::view {
namespace {

constexpr char kSizeKey[] = "msize";
constexpr char kLogKey[] = "mlog";
constexpr char kFormatKey[] = "mformat";

absl::Status ToStatus(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsCorruption()) return absl::DataLossError(status.ToString());
  return absl::UnavailableError(status.ToString());
}

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

std::string PostingPrefix(absl::string_view dimension) {
  std::string prefix = absl::StrCat("p", dimension);
  prefix.push_back('\0');
  return prefix;
}

// What comes before the position in a key: the versions of one resource, the events of one
// dimension.
class KeyPrefix final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "jejak.view.prefix"; }
  bool InDomain(const rocksdb::Slice& key) const override { return Length(key) > 0; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), Length(key)};
  }

 private:
  // Up to and with the 0x00 that ends the name. The ordinal of a table may be 0 too.
  static std::size_t Length(const rocksdb::Slice& key) {
    if (key.empty() || (key[0] != 'r' && key[0] != 'p')) return 0;
    return ToView(key).find('\0', key[0] == 'r' ? 2 : 1) + 1;
  }
};

// For reads of more than one prefix.
rocksdb::ReadOptions AllKeys() {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  return options;
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
  // A seek goes to each level. The events of a dimension were mostly recorded within a short time,
  // so most levels have none: the filter spares the read of the block where they would be, which
  // the bounds of the cursor cannot.
  // One for all stores, never destroyed: ThreadSanitizer does not see how RocksDB counts owners.
  static const auto* const prefix =
      new std::shared_ptr<const rocksdb::SliceTransform>(std::make_shared<KeyPrefix>());
  options.prefix_extractor = *prefix;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.whole_key_filtering = false;
  table.format_version = 5;
  // About the first page of a history.
  table.block_size = 16 << 10;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

absl::StatusOr<std::unique_ptr<rocksdb::DB>> OpenDb(const std::string& path) {
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(ViewOptions(), path, &db);
  if (!status.ok()) {
    if (IsOpenElsewhere(status)) {
      return absl::FailedPreconditionError(
          absl::StrCat("the view in ", path, " is open in another process"));
    }
    return ToStatus(status);
  }
  return std::unique_ptr<rocksdb::DB>(db);
}

absl::Status RemoveFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  return error ? absl::UnavailableError(absl::StrCat("cannot remove ", path, ": ", error.message()))
               : absl::OkStatus();
}

}  // namespace

ViewStore::ViewStore(std::unique_ptr<rocksdb::DB> db, std::string path)
    : db_(std::move(db)), path_(std::move(path)) {}
ViewStore::~ViewStore() {
  if (!remove_) {
    Flush().IgnoreError();  // What is lost is computed again.
    return;
  }
  db_.reset();
  RemoveFolder(path_).IgnoreError();  // The next start removes what is left.
}

absl::StatusOr<std::unique_ptr<ViewStore>> ViewStore::Open(const std::string& path,
                                                           absl::string_view log_id,
                                                           std::uint64_t log_size) {
  std::error_code ignored;
  if (std::filesystem::exists(RebuildMark(path), ignored)) {
    // The mark goes last: until the folder is gone it stays marked.
    JEJAK_RETURN_IF_ERROR(RemoveFolder(path));
    std::filesystem::remove(RebuildMark(path), ignored);
  }
  for (int attempt = 0;; ++attempt) {
    std::filesystem::create_directories(path, ignored);
    absl::StatusOr<std::unique_ptr<rocksdb::DB>> db = OpenDb(path);
    // Open elsewhere, or the disk failed: neither says anything about the view.
    if (!db.ok() && !absl::IsDataLoss(db.status())) return db.status();
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
      const std::uint64_t version = FromBigEndian<std::uint64_t>(format).value_or(0);
      if (found.ok() && version >= kOldestFormatVersion && version <= kFormatVersion &&
          (*db)->Get({}, kLogKey, &log).ok() && log == log_id &&
          (*db)->Get({}, kSizeKey, &size).ok() &&
          FromBigEndian<std::uint64_t>(size).value_or(~0ull) <= log_size) {
        std::unique_ptr<ViewStore> view(new ViewStore(*std::move(db), path));
        view->format_ = version;
        view->size_ = *FromBigEndian<std::uint64_t>(size);
        return view;
      }
    }
    if (attempt > 0) return db.ok() ? absl::InternalError("a new view is not empty") : db.status();
    if (db.ok()) db->reset();
    JEJAK_RETURN_IF_ERROR(RemoveFolder(path));
  }
}

absl::Status ViewStore::Checked(const rocksdb::Status& status) const {
  if (status.IsCorruption()) MarkForRebuild();
  return ToStatus(status);
}

absl::Status ViewStore::Apply(const std::vector<ViewChange>& changes, std::uint64_t new_size) {
  rocksdb::WriteBatch batch;
  for (const ViewChange& change : changes) {
    batch.Put(RowKey(change.table, change.name, change.position), change.state);
    for (const std::string& dimension : change.covering) {
      batch.Put(PostingPrefix(dimension) + ToBigEndian(change.position), change.row);
    }
    for (const std::string& dimension : change.bare) {
      batch.Put(PostingPrefix(dimension) + ToBigEndian(change.position), rocksdb::Slice());
    }
  }
  batch.Put(kSizeKey, ToBigEndian(new_size));
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  JEJAK_RETURN_IF_ERROR(Checked(db_->Write(options, &batch)));
  size_.store(new_size, std::memory_order_release);
  return absl::OkStatus();
}

void ViewStore::MarkForRebuild() const { std::ofstream(RebuildMark(path_)) << "damaged\n"; }

absl::Status ViewStore::Flush() { return ToStatus(db_->Flush(rocksdb::FlushOptions())); }

bool ViewStore::Merging() const {
  std::uint64_t pending = 0;
  std::uint64_t running = 0;
  db_->GetIntProperty(rocksdb::DB::Properties::kCompactionPending, &pending);
  db_->GetIntProperty(rocksdb::DB::Properties::kNumRunningCompactions, &running);
  return pending + running > 0;
}

absl::StatusOr<std::optional<std::string>> ViewStore::Get(TableId table, absl::string_view name,
                                                          std::uint64_t size) const {
  if (size == 0) return std::nullopt;
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
  std::string prefix = RowPrefix(table, name);
  prefix.push_back('\0');
  it->Seek(RowKey(table, name, size - 1));
  JEJAK_RETURN_IF_ERROR(Checked(it->status()));
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
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(AllKeys()));
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
  return Checked(it->status());
}

absl::Status ViewStore::Postings(absl::string_view dimension, std::uint64_t from, std::uint64_t to,
                                 bool descending,
                                 absl::FunctionRef<bool(std::uint64_t)> visit) const {
  if (from >= to) return absl::OkStatus();
  const auto cursor = NewPostingCursor(dimension, descending);
  for (cursor->Seek(descending ? to - 1 : from); cursor->Valid();) {
    const std::uint64_t position = cursor->position();
    if (position < from || position >= to || !visit(position)) return absl::OkStatus();
    if (descending && position == 0) return absl::OkStatus();
    cursor->Seek(descending ? position - 1 : position + 1);
  }
  return cursor->status();
}

std::unique_ptr<PostingCursor> ViewStore::NewPostingCursor(absl::string_view dimension,
                                                           bool descending) const {
  return std::unique_ptr<PostingCursor>(
      new PostingCursor(*this, PostingPrefix(dimension), descending));
}

absl::StatusOr<std::string> ViewStore::PostingRow(absl::string_view dimension,
                                                  std::uint64_t position) const {
  std::string row;
  const rocksdb::Status found =
      db_->Get({}, PostingPrefix(dimension) + ToBigEndian(position), &row);
  if (found.IsNotFound()) {
    MarkForRebuild();
    return absl::DataLossError(absl::StrCat("the view has no row of event ", position));
  }
  JEJAK_RETURN_IF_ERROR(Checked(found));
  return row;
}

struct PostingCursor::Bounds {
  // The prefix ends in 0x00: what comes after its keys begins with 0x01 there.
  explicit Bounds(const std::string& prefix)
      : begin(prefix), end(prefix.substr(0, prefix.size() - 1) + '\x01') {}
  const std::string begin;
  const std::string end;
  const rocksdb::Slice begin_slice = begin;
  const rocksdb::Slice end_slice = end;
};

PostingCursor::PostingCursor(const ViewStore& store, std::string prefix, bool descending)
    : store_(store),
      prefix_(std::move(prefix)),
      descending_(descending),
      bounds_(std::make_unique<Bounds>(prefix_)) {
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &bounds_->begin_slice;
  options.iterate_upper_bound = &bounds_->end_slice;
  it_.reset(store.db_->NewIterator(options));
}
PostingCursor::~PostingCursor() = default;

std::uint64_t PostingCursor::Seek(std::uint64_t position) {
  const auto before = [&] { return descending_ ? position_ > position : position_ < position; };
  if (begun_ && (!valid_ || !before())) return 0;
  if (begun_) {
    descending_ ? it_->Prev() : it_->Next();
    Read();
    if (!valid_ || !before()) return 0;
  }
  begun_ = true;
  const std::string key = prefix_ + ToBigEndian(position);
  descending_ ? it_->SeekForPrev(key) : it_->Seek(key);
  Read();
  return 1;
}

void PostingCursor::Read() {
  valid_ = it_->Valid() && absl::StartsWith(ToView(it_->key()), prefix_) &&
           it_->key().size() == prefix_.size() + 8;
  if (valid_) {
    position_ = *FromBigEndian<std::uint64_t>(ToView(it_->key()).substr(prefix_.size()));
  }
}

bool PostingCursor::Valid() const { return valid_; }

absl::string_view PostingCursor::row() const { return ToView(it_->value()); }

absl::Status PostingCursor::status() const { return store_.Checked(it_->status()); }

std::unique_ptr<RawCursor> ViewStore::NewRawCursor(std::optional<std::uint64_t> size) const {
  return std::unique_ptr<RawCursor>(new RawCursor(*this, size));
}

RawCursor::RawCursor(const ViewStore& store, std::optional<std::uint64_t> size)
    : store_(store), size_(size), it_(store.db_->NewIterator(AllKeys())) {
  it_->SeekToFirst();
  Skip();
}
RawCursor::~RawCursor() = default;

bool RawCursor::Valid() const { return it_->Valid(); }
void RawCursor::Next() {
  it_->Next();
  Skip();
}

void RawCursor::Skip() {
  if (!size_.has_value()) return;
  for (; it_->Valid(); it_->Next()) {
    const absl::string_view key = ToView(it_->key());
    if (key[0] == 'm' || key.size() < 9) continue;
    const std::uint64_t last = *FromBigEndian<std::uint64_t>(key.substr(key.size() - 8));
    if ((key[0] == 'r' ? ~last : last) < *size_) return;
  }
}

absl::string_view RawCursor::key() const { return ToView(it_->key()); }
absl::string_view RawCursor::value() const { return ToView(it_->value()); }
absl::Status RawCursor::status() const { return store_.Checked(it_->status()); }

}  // namespace jejak::view
