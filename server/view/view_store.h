// SPDX-License-Identifier: Apache-2.0
//
// File: view_store.h
//
// Versioned rows and history postings, computed from the log and disposable: delete the folder
// while the server is down and it comes back equal. RocksDB without a WAL; the rows and the
// position they follow from are written in one atomic batch, so after a crash the view is an older
// one, never a torn one, and the projector goes on from its position.
//
// Keys (big-endian; ~p is the bitwise complement, so that the newest version comes first):
//   "r" table name 0x00 ~position      -> state of the resource after the event at that position
//   "p" dimension 0x00 position        -> the event's row, or empty (projection/event_row.h)
//   "m" "size"                         -> u64: events before this position are in the view
//   "m" "log"                          -> the log's id
//   "m" "format"                       -> u64: kFormatVersion
// `table` is one byte: the ordinal of the aggregate in domain::AllAggregates(), so that rows of one
// kind lie together although their names nest.

#ifndef JEJAK_SERVER_VIEW_VIEW_STORE_H_
#define JEJAK_SERVER_VIEW_VIEW_STORE_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rocksdb {
class DB;
class Iterator;
class Status;
class Snapshot;
}  // namespace rocksdb

namespace jejak::view {

using TableId = std::uint8_t;

// One event's effect on the view.
struct ViewChange {
  std::uint64_t position = 0;
  TableId table = 0;
  std::string name;
  // The serialized state after the event.
  std::string state;
  // The event as a search shows it, and the dimensions it is found under: with the row, and with
  // the position only.
  std::string row;
  std::vector<std::string> covering;
  std::vector<std::string> bare;
};

class ViewStore;

// The events of one dimension in the order of their positions, or the reverse. Not thread-safe; the
// store must outlive it. Events that are added while it is open are not seen.
class PostingCursor {
 public:
  ~PostingCursor();
  PostingCursor(const PostingCursor&) = delete;
  PostingCursor& operator=(const PostingCursor&) = delete;

  // Goes to the first event at or after `position`, in the cursor's order. Never goes back. Returns
  // the number of jumps it took: 0 if it is there already, or at the next event.
  std::uint64_t Seek(std::uint64_t position);
  // False before the first Seek, and at the end.
  bool Valid() const;
  std::uint64_t position() const { return position_; }
  // The event's row; empty if the dimension keeps none. Lives until the next Seek.
  absl::string_view row() const;
  // The errors of ViewStore.
  absl::Status status() const;

 private:
  friend class ViewStore;
  PostingCursor(const ViewStore& store, std::string prefix, bool descending);
  // Takes the position from the key under the iterator.
  void Read();

  const ViewStore& store_;
  const std::string prefix_;
  const bool descending_;
  // The bounds of the iterator, which it points to: the dimension's keys, and no others.
  struct Bounds;
  const std::unique_ptr<const Bounds> bounds_;
  std::unique_ptr<rocksdb::Iterator> it_;
  bool begun_ = false;
  bool valid_ = false;
  std::uint64_t position_ = 0;
};

// All keys and values as of the moment it was made, in order; or only those that the first events
// made. Not thread-safe; the store must outlive it.
class RawCursor {
 public:
  ~RawCursor();
  RawCursor(const RawCursor&) = delete;
  RawCursor& operator=(const RawCursor&) = delete;

  bool Valid() const;
  void Next();
  // Both live until Next.
  absl::string_view key() const;
  absl::string_view value() const;
  // The errors of ViewStore.
  absl::Status status() const;

 private:
  friend class ViewStore;
  RawCursor(const ViewStore& store, std::optional<std::uint64_t> size);
  // Goes on over what later events made, and what the store says of itself.
  void Skip();

  const ViewStore& store_;
  const std::optional<std::uint64_t> size_;
  std::unique_ptr<rocksdb::Iterator> it_;
};

// Thread-safe; Apply is called by one thread at a time.
class ViewStore {
 public:
  // Change it when a row or key changes its meaning, or the files their making: a view of an older
  // format is then built anew, beside the old one if that can be read and followed as it is
  // (IsOutdated), else in its place. Format 4: filters of the names and dimensions in a file.
  static constexpr std::uint32_t kFormatVersion = 4;
  static constexpr std::uint32_t kOldestFormatVersion = 3;

  // Opens the view of the log with this id. A folder that is damaged, of a format outside of these
  // two, of another log, or ahead of `log_size` is removed and made anew, because nothing is lost
  // with it. Errors of the methods below: UNAVAILABLE if the disk fails; DATA_LOSS if what is read
  // is damaged, and then the next Open makes the view anew. FAILED_PRECONDITION if another process
  // has it open; UNAVAILABLE if the disk fails.
  static absl::StatusOr<std::unique_ptr<ViewStore>> Open(const std::string& path,
                                                         absl::string_view log_id,
                                                         std::uint64_t log_size);
  ~ViewStore();

  // Whether it is of an older format, and a new one is to take its place.
  bool IsOutdated() const { return format_ != kFormatVersion; }

  // Number of events in the view.
  std::uint64_t Size() const { return size_.load(std::memory_order_acquire); }

  // Writes the changes and the new size, all or nothing.
  absl::Status Apply(const std::vector<ViewChange>& changes, std::uint64_t new_size);

  // To be called when the view turned out to be wrong: the next Open makes it anew.
  void MarkForRebuild() const;
  // The file that says so, beside the folder, so that RocksDB does not meet it.
  static std::string RebuildMark(const std::string& path) { return path + ".rebuild"; }

  // Writes what is in memory to disk.
  absl::Status Flush();

  // Whether files are being merged in the background, or are about to be, so that reads go to more
  // of them than they will.
  bool Merging() const;

  // The state of a resource after the first `size` events, or nothing if it did not exist then.
  absl::StatusOr<std::optional<std::string>> Get(TableId table, absl::string_view name,
                                                 std::uint64_t size) const;

  // Calls `visit(name, state)` for each resource of the table whose name begins with `prefix` and
  // comes after `after`, as of `size`, in the order of names, until it returns false.
  // RESOURCE_EXHAUSTED once limits::kScannedRowsMax resources were looked at.
  absl::Status List(
      TableId table, absl::string_view prefix, absl::string_view after, std::uint64_t size,
      absl::FunctionRef<bool(absl::string_view name, absl::string_view state)> visit) const;

  // Calls `visit(position)` for each event of a dimension with from <= position < to, ascending or
  // descending, until it returns false.
  absl::Status Postings(absl::string_view dimension, std::uint64_t from, std::uint64_t to,
                        bool descending,
                        absl::FunctionRef<bool(std::uint64_t position)> visit) const;

  // The events of a dimension.
  std::unique_ptr<PostingCursor> NewPostingCursor(absl::string_view dimension,
                                                  bool descending) const;
  // The row of one event of a dimension that keeps rows. DATA_LOSS if it is not there.
  absl::StatusOr<std::string> PostingRow(absl::string_view dimension, std::uint64_t position) const;

  // All keys and values; or, to compare two views, those that the first `size` events made, which
  // depend on nothing but these events.
  std::unique_ptr<RawCursor> NewRawCursor(std::optional<std::uint64_t> size = std::nullopt) const;

  // Whether the folder is to be removed when this is destroyed; not at first.
  void RemoveWhenClosed(bool remove) { remove_.store(remove); }

 private:
  friend class PostingCursor;
  friend class RawCursor;
  ViewStore(std::unique_ptr<rocksdb::DB> db, std::string path);
  // The status as an error of this class; marks the view if it is damaged.
  absl::Status Checked(const rocksdb::Status& status) const;
  std::unique_ptr<rocksdb::DB> db_;
  const std::string path_;
  std::uint64_t format_ = kFormatVersion;
  std::atomic<std::uint64_t> size_{0};
  std::atomic<bool> remove_{false};
};

}  // namespace jejak::view

#endif  // JEJAK_SERVER_VIEW_VIEW_STORE_H_
