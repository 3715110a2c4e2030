// SPDX-License-Identifier: Apache-2.0

#include "server/log/event_log.h"

#include "server/base/check.h"
#include "server/base/limits.h"
#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "server/log/anchor.h"
#include "server/log/tile_edge.h"

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

namespace jejak::log {
namespace {

using event::v1::Outcome;

constexpr absl::string_view kAdvice =
    " Restore a backup of the log together with its anchor; see server/doc/formats.md.";

absl::Status LossAt(std::uint64_t position, absl::string_view what) {
  return absl::DataLossError(absl::StrCat("position ", position, ": ", what));
}

absl::Status At(std::uint64_t position, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("position ", position, ": ", status.message()));
}

AnchorValue ToAnchor(const std::string& log_id, const Head& head) {
  return AnchorValue{log_id, head.size, head.records, head.range.Root()};
}

// --- Opening.

struct Recovered {
  // The device is empty: there is no log yet.
  bool is_new = false;
  bool has_anchor = false;
  std::uint32_t format = EventLog::kFormatVersion;
  std::string log_id;
  Head head;
};

absl::StatusOr<std::string> ReadMeta(const LogDevice& device, absl::string_view key) {
  JEJAK_ASSIGN_OR_RETURN(std::optional<std::string> value, device.Get(Table::kMeta, key));
  if (!value.has_value()) {
    return absl::DataLossError(absl::StrCat("the log has no row '", key, "'.", kAdvice));
  }
  return *std::move(value);
}

absl::StatusOr<std::uint64_t> CountRows(const LogDevice& device, Table table) {
  const std::unique_ptr<Cursor> cursor = device.NewCursor(table);
  std::uint64_t rows = 0;
  for (cursor->Seek(""); cursor->Valid(); cursor->Next()) ++rows;
  JEJAK_RETURN_IF_ERROR(cursor->status());
  return rows;
}

absl::Status CheckCount(const LogDevice& device, Table table, absl::string_view name,
                        std::uint64_t expected) {
  JEJAK_ASSIGN_OR_RETURN(const std::uint64_t rows, CountRows(device, table));
  if (rows == expected) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the table '", name, "' has ", rows,
                                          " rows, the head says ", expected, ".", kAdvice));
}

// Writes the tiles that change into cells.
auto IntoCells(std::vector<Cell>& cells) {
  return [&cells](std::size_t level, std::uint64_t index, absl::string_view hashes) {
    cells.push_back({Table::kTile, TileKey(level, index), std::string(hashes)});
  };
}

absl::Status CheckTile(const LogDevice& device, const Cell& cell) {
  JEJAK_ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                         device.Get(Table::kTile, cell.key));
  if (stored == cell.value) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the tile ", static_cast<int>(cell.key[0]), "/",
                                          *DecodePosition(cell.key.substr(1)),
                                          " is not that of the entries.", kAdvice));
}

// Compares every tile with the leaf hashes it is made of.
class TileCheck {
 public:
  explicit TileCheck(const LogDevice& device) : device_(device) {}
  absl::Status Append(const Hash& leaf_hash) {
    std::vector<Cell> cells;
    edge_.Append(leaf_hash, IntoCells(cells));
    for (const Cell& cell : cells) {
      if (cell.value->size() < kTileBytes) continue;
      JEJAK_RETURN_IF_ERROR(CheckTile(device_, cell));
    }
    return absl::OkStatus();
  }
  // To be called at the end.
  absl::Status CheckEdge() const {
    std::uint64_t hashes = edge_.size() / kTileWidth;
    for (std::size_t level = 1; level < edge_.levels().size(); ++level, hashes /= kTileWidth) {
      const std::string& tile = edge_.levels()[level];
      if (tile.empty()) continue;
      JEJAK_RETURN_IF_ERROR(
          CheckTile(device_, {Table::kTile, TileKey(level, hashes / kTileWidth), tile}));
    }
    return CheckCount(device_, Table::kTile, "tile", TileEdge::RowsOf(edge_.size()));
  }

 private:
  const LogDevice& device_;
  TileEdge edge_;
};

// Counts every table, and recomputes the roots and tiles from the stored leaf hashes. An entry is
// compared with its leaf hash when it is read.
absl::Status CheckTables(const LogDevice& device, const Head& head, bool has_tiles,
                         const std::optional<AnchorValue>& anchor) {
  const std::unique_ptr<Cursor> cursor = device.NewCursor(Table::kEntry);
  CompactRange range;
  TileCheck tiles(device);
  for (cursor->Seek("");; cursor->Next()) {
    if (anchor.has_value() && range.size() == anchor->size && range.Root() != anchor->root) {
      return absl::DataLossError(absl::StrCat("the first ", anchor->size,
                                              " events are not those of the anchor.", kAdvice));
    }
    if (!cursor->Valid()) break;
    if (cursor->key() != EncodePosition(range.size())) {
      return absl::DataLossError(
          absl::StrCat("the entry at position ", range.size(), " is missing.", kAdvice));
    }
    JEJAK_ASSIGN_OR_RETURN(const EntryRow row, DecodeEntryRow(cursor->value()));
    range.Append(row.leaf_hash);
    if (has_tiles) JEJAK_RETURN_IF_ERROR(tiles.Append(row.leaf_hash));
  }
  JEJAK_RETURN_IF_ERROR(cursor->status());
  if (range != head.range) {
    return absl::DataLossError(absl::StrCat("the log holds ", range.size(), " events with root ",
                                            ToHex(AsBytes(range.Root())), ", its head says ",
                                            head.size, " with root ",
                                            ToHex(AsBytes(head.range.Root())), ".", kAdvice));
  }
  if (has_tiles) JEJAK_RETURN_IF_ERROR(tiles.CheckEdge());
  JEJAK_RETURN_IF_ERROR(CheckCount(device, Table::kPayload, "payload", head.size));
  JEJAK_RETURN_IF_ERROR(CheckCount(device, Table::kStream, "stream", head.size));
  JEJAK_RETURN_IF_ERROR(CheckCount(device, Table::kClaim, "claim", head.claim_rows));
  return CheckCount(device, Table::kRequest, "request", head.request_rows);
}

absl::Status CheckAnchor(const AnchorValue& anchor, const std::string& log_id, const Head& head,
                         const std::string& path) {
  if (anchor.log_id != log_id) {
    return absl::DataLossError(absl::StrCat("the anchor ", path, " is of log ",
                                            ToHex(anchor.log_id), ", this is log ", ToHex(log_id),
                                            ".", kAdvice));
  }
  if (anchor.size > head.size || anchor.records > head.records) {
    return absl::DataLossError(absl::StrCat("the log holds ", head.size, " events in ",
                                            head.records, " records, but its anchor ", path,
                                            " says ", anchor.size, " in ", anchor.records,
                                            ": what was acknowledged is missing.", kAdvice));
  }
  if (anchor.size == head.size && anchor.root != head.range.Root()) {
    return absl::DataLossError(absl::StrCat(
        "the log of ", head.size, " events has root ", ToHex(AsBytes(head.range.Root())),
        ", but its anchor ", path, " says ", ToHex(AsBytes(anchor.root)), ".", kAdvice));
  }
  return absl::OkStatus();
}

absl::Status CheckEmpty(const LogDevice& device, const std::string& anchor_path) {
  for (int i = 0; i < kTableCount; ++i) {
    const std::unique_ptr<Cursor> cursor = device.NewCursor(static_cast<Table>(i));
    cursor->Seek("");
    JEJAK_RETURN_IF_ERROR(cursor->status());
    if (cursor->Valid() || device.Tail() != 0) {
      return absl::DataLossError(absl::StrCat("the log has rows but no format version.", kAdvice));
    }
  }
  if (anchor_path.empty()) return absl::OkStatus();
  JEJAK_ASSIGN_OR_RETURN(const std::optional<AnchorValue> anchor, Anchor::Read(anchor_path));
  if (!anchor.has_value()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the log is empty, but its anchor ", anchor_path,
                                          " says ", anchor->size, " events in ", anchor->records,
                                          " records.", kAdvice));
}

absl::StatusOr<Recovered> Recover(const LogDevice& device, const EventLog::Options& options) {
  Recovered recovered;
  JEJAK_ASSIGN_OR_RETURN(const std::optional<std::string> format_row,
                         device.Get(Table::kMeta, kFormatKey));
  if (!format_row.has_value()) {
    JEJAK_RETURN_IF_ERROR(CheckEmpty(device, options.anchor_path));
    recovered.is_new = true;
    return recovered;
  }
  JEJAK_ASSIGN_OR_RETURN(const std::uint32_t format, DecodeFormat(*format_row));
  if (format > EventLog::kFormatVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("the log has format ", format, ", this program knows ",
                     EventLog::kFormatVersion, "; use the newer program. Nothing was changed."));
  }
  if (format < EventLog::kOldestFormatVersion) {
    return absl::DataLossError(absl::StrCat("the log says it has format ", format, ".", kAdvice));
  }
  recovered.format = format;
  JEJAK_ASSIGN_OR_RETURN(recovered.log_id, ReadMeta(device, kLogIdKey));
  if (recovered.log_id.size() != kLogIdBytes) {
    return absl::DataLossError(absl::StrCat("the id of the log is damaged.", kAdvice));
  }
  JEJAK_ASSIGN_OR_RETURN(const std::string head_row, ReadMeta(device, kHeadKey));
  JEJAK_ASSIGN_OR_RETURN(recovered.head, DecodeHead(head_row));
  const Head& head = recovered.head;
  if (head.records != device.Tail()) {
    return absl::DataLossError(absl::StrCat(
        "the store holds ", device.Tail(), " records, the head says ", head.records, ".", kAdvice));
  }
  std::optional<AnchorValue> anchor;
  if (!options.anchor_path.empty()) {
    JEJAK_ASSIGN_OR_RETURN(anchor, Anchor::Read(options.anchor_path));
    // The anchor is made after the first record, which nobody was told of.
    if (!anchor.has_value() && head.records > 1) {
      return absl::DataLossError(absl::StrCat("the log holds ", head.size, " events in ",
                                              head.records, " records, but its anchor ",
                                              options.anchor_path, " is missing.", kAdvice));
    }
  }
  recovered.has_anchor = anchor.has_value();
  if (anchor.has_value()) {
    JEJAK_RETURN_IF_ERROR(CheckAnchor(*anchor, recovered.log_id, head, options.anchor_path));
  }
  if (options.count_on_open) {
    const bool has_tiles = format == EventLog::kFormatVersion;
    JEJAK_RETURN_IF_ERROR(CheckTables(device, head, has_tiles, anchor));
  }
  return recovered;
}

// Calls `visit(position, row)` for the rows of the entries from one position up to another.
absl::Status ForEachEntryRow(
    const LogDevice& device, std::uint64_t from, std::uint64_t to,
    absl::FunctionRef<absl::StatusOr<bool>(std::uint64_t, const EntryRow&)> visit);

// Writes the tiles of a log of format 1. Cut off, it is begun again by the next Open: the format
// changes with the last record.
absl::Status Upgrade(LogDevice& device, Head& head) {
  LogRecord record;
  const auto write = [&] {
    ++head.records;
    record.cells.push_back({Table::kMeta, kHeadKey, EncodeHead(head)});
    const absl::Status written = device.AppendIf(head.records - 1, record);
    record.cells.clear();
    return written;
  };
  TileEdge edge;
  const absl::Status scanned = ForEachEntryRow(
      device, 0, head.size, [&](std::uint64_t, const EntryRow& row) -> absl::StatusOr<bool> {
        edge.Append(row.leaf_hash, IntoCells(record.cells));
        if (record.cells.size() >= limits::kUpgradeCellsPerRecord) JEJAK_RETURN_IF_ERROR(write());
        return true;
      });
  JEJAK_RETURN_IF_ERROR(scanned);
  record.cells.push_back({Table::kMeta, kFormatKey, EncodeFormat(EventLog::kFormatVersion)});
  return write();
}

absl::StatusOr<TileEdge> RestoreEdge(const LogDevice& device, std::uint64_t size) {
  std::string leaves;
  JEJAK_RETURN_IF_ERROR(
      ForEachEntryRow(device, size - size % kTileWidth, size,
                      [&](std::uint64_t, const EntryRow& row) -> absl::StatusOr<bool> {
                        absl::StrAppend(&leaves, AsBytes(row.leaf_hash));
                        return true;
                      }));
  return TileEdge::Restore(
      size, leaves,
      [&device](std::size_t level, std::uint64_t index) -> absl::StatusOr<std::string> {
        JEJAK_ASSIGN_OR_RETURN(std::optional<std::string> row,
                               device.Get(Table::kTile, TileKey(level, index)));
        return std::move(row).value_or("");
      });
}

// --- Reading.

struct CheckedEntry {
  Entry entry;
  Hash leaf_hash;
};

absl::StatusOr<CheckedEntry> CheckEntry(std::uint64_t position, absl::string_view bytes) {
  const absl::StatusOr<EntryRow> row = DecodeEntryRow(bytes);
  if (!row.ok()) return At(position, row.status());
  if (LeafHash(row->entry_bytes) != row->leaf_hash) {
    return LossAt(position, "the entry is not the one that was recorded (leaf hash)");
  }
  absl::StatusOr<Entry> entry = DecodeEntry(row->entry_bytes);
  if (!entry.ok()) return At(position, entry.status());
  if (entry->position != position) {
    return LossAt(position, absl::StrCat("the entry is that of position ", entry->position));
  }
  return CheckedEntry{*std::move(entry), row->leaf_hash};
}

absl::StatusOr<RecordedEvent> CheckEvent(CheckedEntry checked, absl::string_view payload_bytes) {
  if (payload_bytes.empty()) {
    return RecordedEvent{std::move(checked.entry), checked.leaf_hash, {}, {}, true};
  }
  const std::uint64_t position = checked.entry.position;
  const absl::StatusOr<PayloadRow> row = DecodePayloadRow(payload_bytes);
  if (!row.ok()) return At(position, row.status());
  if (row->payload.size() != checked.entry.payload_length ||
      PayloadCommitment(row->salt, row->payload) != checked.entry.payload_commitment) {
    return LossAt(position, "the payload is not the one that was recorded (commitment)");
  }
  return RecordedEvent{std::move(checked.entry), checked.leaf_hash, row->salt,
                       std::string(row->payload), false};
}

absl::StatusOr<std::string> GetRow(const LogDevice& device, Table table, absl::string_view name,
                                   std::uint64_t position) {
  absl::StatusOr<std::optional<std::string>> row = device.Get(table, EncodePosition(position));
  if (!row.ok()) return At(position, row.status());
  if (!row->has_value()) return LossAt(position, absl::StrCat("the ", name, " is missing"));
  return **std::move(row);
}

absl::StatusOr<CheckedEntry> ReadEntry(const LogDevice& device, std::uint64_t position) {
  JEJAK_ASSIGN_OR_RETURN(const std::string row, GetRow(device, Table::kEntry, "entry", position));
  return CheckEntry(position, row);
}

absl::StatusOr<RecordedEvent> ReadEvent(const LogDevice& device, std::uint64_t position) {
  JEJAK_ASSIGN_OR_RETURN(CheckedEntry checked, ReadEntry(device, position));
  JEJAK_ASSIGN_OR_RETURN(const std::string row,
                         GetRow(device, Table::kPayload, "payload", position));
  return CheckEvent(std::move(checked), row);
}

absl::Status CheckOn(const Cursor& cursor, std::uint64_t position, absl::string_view name) {
  if (!cursor.status().ok()) return At(position, cursor.status());
  if (!cursor.Valid() || cursor.key() != EncodePosition(position)) {
    return LossAt(position, absl::StrCat("the ", name, " is missing"));
  }
  return absl::OkStatus();
}

absl::Status ForEachEntryRow(
    const LogDevice& device, std::uint64_t from, std::uint64_t to,
    absl::FunctionRef<absl::StatusOr<bool>(std::uint64_t, const EntryRow&)> visit) {
  if (from >= to) return absl::OkStatus();
  const std::unique_ptr<Cursor> cursor = device.NewCursor(Table::kEntry);
  cursor->Seek(EncodePosition(from));
  for (std::uint64_t position = from;; cursor->Next()) {
    JEJAK_RETURN_IF_ERROR(CheckOn(*cursor, position, "entry"));
    const absl::StatusOr<EntryRow> row = DecodeEntryRow(cursor->value());
    if (!row.ok()) return At(position, row.status());
    JEJAK_ASSIGN_OR_RETURN(const bool go_on, visit(position, *row));
    if (!go_on || ++position == to) return absl::OkStatus();
  }
}

absl::StatusOr<std::optional<Outcome>> GetOutcome(const LogDevice& device,
                                                  absl::string_view request_key) {
  JEJAK_ASSIGN_OR_RETURN(const std::optional<std::string> row,
                         device.Get(Table::kRequest, request_key));
  if (!row.has_value()) return std::optional<Outcome>();
  Outcome outcome;
  if (!outcome.ParseFromString(*row)) {
    return absl::DataLossError("a stored outcome cannot be parsed");
  }
  return std::optional<Outcome>(std::move(outcome));
}

absl::StatusOr<StreamHead> GetStreamHead(const LogDevice& device, const std::string& stream) {
  if (!IsStreamName(stream)) return StreamHead{};
  const std::unique_ptr<Cursor> cursor = device.NewCursor(Table::kStream);
  cursor->SeekForPrev(StreamKey(stream, std::numeric_limits<std::uint64_t>::max()));
  JEJAK_RETURN_IF_ERROR(cursor->status());
  if (!cursor->Valid()) return StreamHead{};
  const std::optional<std::uint64_t> revision = RevisionInStreamKey(cursor->key(), stream);
  if (!revision.has_value()) return StreamHead{};
  const std::optional<std::uint64_t> position = DecodePosition(cursor->value());
  if (!position.has_value()) return absl::DataLossError("a row of the stream table is damaged");
  JEJAK_ASSIGN_OR_RETURN(const CheckedEntry checked, ReadEntry(device, *position));
  if (checked.entry.stream != stream || checked.entry.revision != *revision) {
    return LossAt(*position, "the entry is not the one that the stream table says");
  }
  return StreamHead{*revision, *position};
}

absl::StatusOr<std::optional<EventLog::StoredCheckpoint>> CheckpointOn(const Cursor& cursor) {
  JEJAK_RETURN_IF_ERROR(cursor.status());
  if (!cursor.Valid()) return std::optional<EventLog::StoredCheckpoint>();
  const std::optional<std::uint64_t> size = DecodePosition(cursor.key());
  if (!size.has_value()) return absl::DataLossError("a row of the checkpoint table is damaged");
  return EventLog::StoredCheckpoint{*size, std::string(cursor.value())};
}

// --- Staging.

absl::Status CheckLimits(const Commit& commit) {
  if (commit.events.empty() && commit.request_key.empty()) {
    return absl::InvalidArgumentError("the commit has no events and no outcome");
  }
  if (commit.events.empty() && !commit.claims.empty()) {
    return absl::InvalidArgumentError("the commit has claims but no events");
  }
  if (commit.events.size() > limits::kEventsPerCommandMax ||
      commit.claims.size() > limits::kClaimsPerCommandMax) {
    return absl::InvalidArgumentError("the commit has too many events or claims");
  }
  if (commit.request_key.size() > limits::kRequestKeyBytesMax) {
    return absl::InvalidArgumentError("the request key is too long");
  }
  for (const NewEvent& event : commit.events) {
    if (!IsStreamName(event.stream)) {
      return absl::InvalidArgumentError("an event has a malformed stream name");
    }
    if (event.payload.size() > limits::kPayloadBytesMax || event.tags.size() > limits::kTagsMax ||
        event.actor.size() > limits::kActorBytesMax) {
      return absl::InvalidArgumentError("the payload, tags or actor of an event are too long");
    }
  }
  for (const ClaimChange& change : commit.claims) {
    if (change.key.empty() || change.key.size() > limits::kClaimKeyBytesMax ||
        (change.holder.has_value() && change.holder->size() > limits::kClaimHolderBytesMax)) {
      return absl::InvalidArgumentError("a claim's key is empty, or it or the holder too long");
    }
  }
  return absl::OkStatus();
}

Salt NewSalt() {
  Salt salt;
  const std::string bytes = RandomBytes(salt.size());
  std::copy(bytes.begin(), bytes.end(), salt.begin());
  return salt;
}

Entry ToEntry(const NewEvent& event, const Salt& salt) {
  Entry entry;
  entry.kind = event.kind;
  entry.stream = event.stream;
  entry.event_id = event.event_id;
  entry.event_type = event.event_type;
  entry.content_type = event.content_type;
  entry.actor = event.actor;
  entry.effective_time_us = event.effective_time_us;
  entry.correlation_id = event.correlation_id;
  entry.causation_id = event.causation_id;
  entry.tags = event.tags;
  std::sort(entry.tags.begin(), entry.tags.end());
  entry.tags.erase(std::unique(entry.tags.begin(), entry.tags.end()), entry.tags.end());
  entry.payload_commitment = PayloadCommitment(salt, event.payload);
  entry.payload_length = static_cast<std::uint32_t>(event.payload.size());
  return entry;
}

std::size_t CellBytes(const Cell& cell) {
  return cell.key.size() + (cell.value.has_value() ? cell.value->size() : 0);
}

}  // namespace

struct EventLog::Impl {
  // What was staged in a batch; true until the device has it too.
  template <typename T>
  struct Pending {
    std::uint64_t batch = 0;
    T value;
  };
  template <typename T>
  using Overlay = absl::flat_hash_map<std::string, Pending<T>>;

  template <typename T>
  void Prune(Overlay<T>& overlay) const {
    const std::uint64_t durable = durable_batch.load(std::memory_order_acquire);
    absl::erase_if(overlay, [&](const auto& row) { return row.second.batch <= durable; });
  }

  std::unique_ptr<LogDevice> device;
  Options options;
  std::unique_ptr<Anchor> anchor;
  std::string log_id;  // The 16 bytes.

  // The sequencer thread's.
  Head staged;
  TileEdge tiles;
  std::uint64_t batch_number = 0;
  Overlay<std::optional<std::string>> claims;
  Overlay<Outcome> outcomes;
  // Also a cache: rows stay after they are durable, up to a bound.
  Overlay<StreamHead> heads;

  // From the committer to the sequencer.
  std::atomic<std::uint64_t> durable_batch{0};
  std::atomic<bool> failed{false};

  mutable Mutex mutex;
  Hash root ABSL_GUARDED_BY(mutex){};

  // Held by Stage from the choice of a time until what has it is staged, so that Settle is before
  // or after.
  Mutex time_mutex;
  std::int64_t last_commit_time_us ABSL_GUARDED_BY(time_mutex) = 0;
  std::int64_t settled_time_us ABSL_GUARDED_BY(time_mutex) = 0;
  std::uint64_t timed_size ABSL_GUARDED_BY(time_mutex) = 0;
};

EventLog::EventLog() : impl_(std::make_unique<Impl>()) {}

EventLog::~EventLog() = default;

absl::Status EventLog::Verify(const LogDevice& device, const Options& options) {
  return Recover(device, options).status();
}

absl::StatusOr<std::unique_ptr<EventLog>> EventLog::Open(std::unique_ptr<LogDevice> device,
                                                         Options options) {
  JEJAK_ASSIGN_OR_RETURN(Recovered recovered, Recover(*device, options));
  if (recovered.is_new) {
    recovered.log_id = RandomBytes(kLogIdBytes);
    recovered.head.records = 1;
    LogRecord record;
    record.cells = {{Table::kMeta, kFormatKey, EncodeFormat(kFormatVersion)},
                    {Table::kMeta, kLogIdKey, recovered.log_id},
                    {Table::kMeta, kHeadKey, EncodeHead(recovered.head)}};
    JEJAK_RETURN_IF_ERROR(device->AppendIf(0, record));
  } else if (recovered.format < kFormatVersion) {
    JEJAK_RETURN_IF_ERROR(Upgrade(*device, recovered.head));
  }
  JEJAK_ASSIGN_OR_RETURN(TileEdge tiles, RestoreEdge(*device, recovered.head.size));
  std::unique_ptr<EventLog> log(new EventLog);
  Impl& impl = *log->impl_;
  if (!options.anchor_path.empty()) {
    JEJAK_ASSIGN_OR_RETURN(impl.anchor, Anchor::Open(options.anchor_path, options.anchor_strict,
                                                     ToAnchor(recovered.log_id, recovered.head)));
  }
  impl.device = std::move(device);
  impl.options = std::move(options);
  impl.log_id = std::move(recovered.log_id);
  impl.staged = std::move(recovered.head);
  impl.tiles = std::move(tiles);
  {
    MutexLock lock(impl.mutex);
    impl.root = impl.staged.range.Root();
  }
  {
    MutexLock lock(impl.time_mutex);
    impl.last_commit_time_us = impl.staged.last_commit_time_us;
    impl.timed_size = impl.staged.size;
  }
  log->log_id_ = ToHex(impl.log_id);
  log->staged_size_ = impl.staged.size;
  log->durable_size_.store(impl.staged.size, std::memory_order_release);
  return log;
}

Batch EventLog::NewBatch() {
  impl_->Prune(impl_->claims);
  impl_->Prune(impl_->outcomes);
  if (impl_->heads.size() > limits::kStreamHeadsCachedMax) impl_->Prune(impl_->heads);
  Batch batch;
  batch.number_ = ++impl_->batch_number;
  return batch;
}

absl::StatusOr<Staged> EventLog::Stage(const Commit& commit, Batch& batch) {
  Impl& impl = *impl_;
  JEJAK_CHECK(batch.number_ == impl.batch_number);
  if (impl.failed.load(std::memory_order_acquire)) {
    return absl::FailedPreconditionError("the log takes no more since a write failed");
  }
  JEJAK_RETURN_IF_ERROR(CheckLimits(commit));
  Head head = impl.staged;
  if (batch.empty()) ++head.records;
  std::vector<Cell> cells;
  std::vector<Hash> leaf_hashes;

  std::map<absl::string_view, std::optional<std::string>> claims;
  for (const ClaimChange& change : commit.claims) {
    auto claim = claims.find(change.key);
    if (claim == claims.end()) {
      JEJAK_ASSIGN_OR_RETURN(std::optional<std::string> holder, FindClaim(change.key));
      claim = claims.emplace(change.key, std::move(holder)).first;
    }
    std::optional<std::string>& holder = claim->second;
    if (holder.has_value() && change.holder.has_value() && holder != change.holder) {
      return absl::FailedPreconditionError("a claim to be taken has another holder");
    }
    if (change.holder.has_value() && !holder.has_value()) ++head.claim_rows;
    if (holder.has_value() && !change.holder.has_value()) --head.claim_rows;
    holder = change.holder;
  }
  for (const auto& [key, holder] : claims) {
    cells.push_back({Table::kClaim, std::string(key), holder});
  }

  Staged staged;
  staged.first_position = head.size;
  staged.event_count = static_cast<std::uint32_t>(commit.events.size());
  staged.outcome = commit.outcome;
  // All that reads the device comes before the time is chosen: who settles a time waits from there
  // on.
  std::map<absl::string_view, StreamHead> streams;
  for (const NewEvent& event : commit.events) {
    if (streams.contains(event.stream)) continue;
    JEJAK_ASSIGN_OR_RETURN(streams[event.stream], FindStreamHead(event.stream));
  }
  for (event::v1::StreamRevision& shown : *staged.outcome.mutable_shown()) {
    if (streams.contains(shown.stream())) continue;
    JEJAK_ASSIGN_OR_RETURN(const StreamHead found, FindStreamHead(shown.stream()));
    shown.set_revision(found.revision);
  }
  if (!commit.request_key.empty()) {
    JEJAK_ASSIGN_OR_RETURN(const std::optional<Outcome> known, FindOutcome(commit.request_key));
    if (known.has_value()) {
      return absl::FailedPreconditionError("the request key has an outcome already");
    }
  }

  MutexLock time_lock(impl.time_mutex);
  const std::int64_t last = std::max(head.last_commit_time_us, impl.settled_time_us);
  if (last > std::numeric_limits<std::int64_t>::max() -
                 static_cast<std::int64_t>(limits::kEventsPerCommandMax)) {
    return absl::FailedPreconditionError("the log is at the end of time");
  }
  std::int64_t time = std::max(absl::ToUnixMicros(impl.options.clock->Now()), last + 1);

  for (const NewEvent& event : commit.events) {
    StreamHead& in_stream = streams[event.stream];
    const Salt salt = NewSalt();
    Entry entry = ToEntry(event, salt);
    entry.position = head.size;
    entry.commit_time_us = staged.entries.empty() ? time : ++time;
    entry.revision = in_stream.revision + 1;
    entry.prev_position_plus_one = in_stream.revision == 0 ? 0 : in_stream.last_position + 1;
    JEJAK_ASSIGN_OR_RETURN(const std::string bytes, EncodeEntry(entry));
    const Hash leaf_hash = LeafHash(bytes);
    const std::string key = EncodePosition(entry.position);
    cells.push_back({Table::kEntry, key, EncodeEntryRow(leaf_hash, bytes)});
    cells.push_back({Table::kPayload, key, EncodePayloadRow(salt, event.payload)});
    cells.push_back({Table::kStream, StreamKey(event.stream, entry.revision), key});
    in_stream = StreamHead{entry.revision, entry.position};
    head.range.Append(leaf_hash);
    leaf_hashes.push_back(leaf_hash);
    ++head.size;
    staged.entries.push_back(std::move(entry));
  }
  head.last_commit_time_us = time;
  staged.commit_time_us = time;

  staged.outcome.set_first_position(staged.first_position);
  staged.outcome.set_event_count(staged.event_count);
  staged.outcome.set_commit_time_us(time);
  for (event::v1::StreamRevision& shown : *staged.outcome.mutable_shown()) {
    if (const auto stream = streams.find(shown.stream()); stream != streams.end()) {
      shown.set_revision(stream->second.revision);
    }
  }
  if (!commit.request_key.empty()) {
    if (staged.outcome.ByteSizeLong() > limits::kOutcomeBytesMax) {
      return absl::InvalidArgumentError("the outcome is too long");
    }
    cells.push_back({Table::kRequest, commit.request_key, staged.outcome.SerializeAsString()});
    ++head.request_rows;
  }

  // Nothing fails from here on.
  for (const Hash& leaf_hash : leaf_hashes) impl.tiles.Append(leaf_hash, IntoCells(cells));
  for (Cell& cell : cells) {
    batch.bytes_ += CellBytes(cell);
    batch.record_.cells.push_back(std::move(cell));
  }
  for (auto& [key, holder] : claims) {
    impl.claims.insert_or_assign(std::string(key), {batch.number_, std::move(holder)});
  }
  for (const auto& [stream, stream_head] : streams) {
    impl.heads.insert_or_assign(std::string(stream), {batch.number_, stream_head});
  }
  if (!commit.request_key.empty()) {
    impl.outcomes.insert_or_assign(commit.request_key, {batch.number_, staged.outcome});
  }
  batch.head_ = head;
  impl.staged = std::move(head);
  impl.last_commit_time_us = time;
  impl.timed_size = impl.staged.size;
  staged_size_ = impl.staged.size;
  return staged;
}

absl::Status EventLog::StageCheckpoint(std::uint64_t size, absl::string_view note, Batch& batch) {
  Impl& impl = *impl_;
  JEJAK_CHECK(batch.number_ == impl.batch_number && size <= DurableSize());
  if (impl.failed.load(std::memory_order_acquire)) {
    return absl::FailedPreconditionError("the log takes no more since a write failed");
  }
  if (batch.empty()) ++impl.staged.records;
  Cell& cell = batch.record_.cells.emplace_back(
      Cell{Table::kCheckpoint, EncodePosition(size), std::string(note)});
  batch.bytes_ += CellBytes(cell);
  batch.head_ = impl.staged;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Outcome>> EventLog::FindOutcome(absl::string_view request_key) {
  auto found = impl_->outcomes.find(request_key);
  if (found != impl_->outcomes.end()) return std::optional<Outcome>(found->second.value);
  return GetOutcome(*impl_->device, request_key);
}

absl::StatusOr<std::optional<std::string>> EventLog::FindClaim(absl::string_view key) {
  auto found = impl_->claims.find(key);
  if (found != impl_->claims.end()) return found->second.value;
  return impl_->device->Get(Table::kClaim, key);
}

absl::StatusOr<StreamHead> EventLog::FindStreamHead(absl::string_view stream) {
  auto found = impl_->heads.find(stream);
  if (found != impl_->heads.end()) return found->second.value;
  JEJAK_ASSIGN_OR_RETURN(const StreamHead head, GetStreamHead(*impl_->device, std::string(stream)));
  // A stream that does not exist is not kept: names that are asked for are without number.
  if (head.revision != 0) impl_->heads.insert_or_assign(std::string(stream), {0, head});
  return head;
}

absl::Status EventLog::Write(Batch batch) {
  if (batch.empty()) return absl::OkStatus();
  Impl& impl = *impl_;
  if (impl.failed.load(std::memory_order_acquire)) {
    return absl::FailedPreconditionError("the log takes no more since a write failed");
  }
  batch.record_.cells.push_back({Table::kMeta, kHeadKey, EncodeHead(batch.head_)});
  absl::Status status = impl.device->AppendIf(batch.head_.records - 1, batch.record_);
  const AnchorValue anchor = ToAnchor(impl.log_id, batch.head_);
  if (status.ok() && impl.anchor != nullptr) status = impl.anchor->Write(anchor);
  if (!status.ok()) {
    impl.failed.store(true, std::memory_order_release);
    return status;
  }
  {
    MutexLock lock(impl.mutex);
    impl.root = anchor.root;
    durable_size_.store(batch.head_.size, std::memory_order_release);
  }
  impl.durable_batch.store(batch.number_, std::memory_order_release);
  return absl::OkStatus();
}

Hash EventLog::DurableRoot() const {
  MutexLock lock(impl_->mutex);
  return impl_->root;
}

absl::StatusOr<RecordedEvent> EventLog::Read(std::uint64_t position) const {
  if (position >= DurableSize()) {
    return absl::NotFoundError(absl::StrCat("no event at position ", position, " yet"));
  }
  return ReadEvent(*impl_->device, position);
}

absl::Status EventLog::Scan(std::uint64_t from, std::uint64_t to,
                            absl::FunctionRef<bool(const RecordedEvent&)> visit) const {
  // The size first: what the cursors see is then at least as new.
  to = std::min(to, DurableSize());
  if (from >= to) return absl::OkStatus();
  const std::unique_ptr<Cursor> entries = impl_->device->NewCursor(Table::kEntry);
  const std::unique_ptr<Cursor> payloads = impl_->device->NewCursor(Table::kPayload);
  entries->Seek(EncodePosition(from));
  payloads->Seek(EncodePosition(from));
  for (std::uint64_t position = from;;) {
    JEJAK_RETURN_IF_ERROR(CheckOn(*entries, position, "entry"));
    JEJAK_RETURN_IF_ERROR(CheckOn(*payloads, position, "payload"));
    JEJAK_ASSIGN_OR_RETURN(CheckedEntry checked, CheckEntry(position, entries->value()));
    JEJAK_ASSIGN_OR_RETURN(const RecordedEvent event,
                           CheckEvent(std::move(checked), payloads->value()));
    if (!visit(event) || ++position == to) return absl::OkStatus();
    entries->Next();
    payloads->Next();
  }
}

absl::Status EventLog::ScanStream(absl::string_view stream, std::uint64_t from_revision,
                                  std::uint64_t to_revision,
                                  absl::FunctionRef<bool(const RecordedEvent&)> visit) const {
  if (!IsStreamName(stream)) return absl::OkStatus();
  const std::uint64_t size = DurableSize();
  const std::uint64_t first = std::max<std::uint64_t>(from_revision, 1);
  // From the revision before, whose position is where the chain starts.
  std::uint64_t revision = std::max<std::uint64_t>(first - 1, 1);
  std::uint64_t prev_position_plus_one = 0;
  const std::unique_ptr<Cursor> cursor = impl_->device->NewCursor(Table::kStream);
  for (cursor->Seek(StreamKey(stream, revision)); cursor->Valid() && revision <= to_revision;
       cursor->Next(), ++revision) {
    const std::optional<std::uint64_t> found = RevisionInStreamKey(cursor->key(), stream);
    if (!found.has_value()) break;
    const std::optional<std::uint64_t> position = DecodePosition(cursor->value());
    if (!position.has_value()) return absl::DataLossError("a row of the stream table is damaged");
    if (*position >= size) break;
    if (*found != revision) {
      return LossAt(*position, absl::StrCat("revision ", *found, " of ", stream, " follows on ",
                                            revision - 1));
    }
    if (revision >= first) {
      JEJAK_ASSIGN_OR_RETURN(const RecordedEvent event, ReadEvent(*impl_->device, *position));
      if (event.entry.stream != stream || event.entry.revision != revision ||
          event.entry.prev_position_plus_one != prev_position_plus_one) {
        return LossAt(*position, absl::StrCat("the entry does not continue ", stream,
                                              " at revision ", revision));
      }
      if (!visit(event)) return absl::OkStatus();
    }
    prev_position_plus_one = *position + 1;
  }
  return cursor->status();
}

absl::StatusOr<std::string> EventLog::ReadTile(std::size_t level, std::uint64_t index,
                                               std::uint64_t width) const {
  const std::uint64_t size = DurableSize();
  std::uint64_t hashes = size;
  for (std::size_t below = 0; below < level; ++below) hashes /= kTileWidth;
  const std::string name = absl::StrCat("tile ", level, "/", index);
  // The first comparison keeps the product from overflowing.
  if (width == 0 || width > kTileWidth || index > hashes / kTileWidth ||
      index * kTileWidth + width > hashes) {
    return absl::NotFoundError(
        absl::StrCat("a log of ", size, " events has no ", width, " hashes in ", name));
  }
  std::string tile;
  if (level == 0 && index == hashes / kTileWidth) {
    JEJAK_RETURN_IF_ERROR(
        ForEachEntryRow(*impl_->device, index * kTileWidth, index * kTileWidth + width,
                        [&tile](std::uint64_t, const EntryRow& row) -> absl::StatusOr<bool> {
                          absl::StrAppend(&tile, AsBytes(row.leaf_hash));
                          return true;
                        }));
    return tile;
  }
  JEJAK_ASSIGN_OR_RETURN(std::optional<std::string> row,
                         impl_->device->Get(Table::kTile, TileKey(level, index)));
  tile = std::move(row).value_or("");
  if (tile.size() < width * sizeof(Hash)) {
    return absl::DataLossError(absl::StrCat("the ", name, " is missing or too short"));
  }
  tile.resize(width * sizeof(Hash));
  return tile;
}

absl::Status EventLog::ScanEntries(
    std::uint64_t from, std::uint64_t to,
    absl::FunctionRef<bool(std::uint64_t position, absl::string_view bytes)> visit) const {
  return ForEachEntryRow(
      *impl_->device, from, std::min(to, DurableSize()),
      [&visit](std::uint64_t position, const EntryRow& row) -> absl::StatusOr<bool> {
        if (LeafHash(row.entry_bytes) != row.leaf_hash) {
          return LossAt(position, "the entry is not the one that was recorded (leaf hash)");
        }
        return visit(position, row.entry_bytes);
      });
}

absl::StatusOr<std::optional<EventLog::StoredCheckpoint>> EventLog::FindCheckpoint(
    std::uint64_t size) const {
  const std::unique_ptr<Cursor> cursor = impl_->device->NewCursor(Table::kCheckpoint);
  cursor->Seek(EncodePosition(size));
  return CheckpointOn(*cursor);
}

absl::StatusOr<std::optional<EventLog::StoredCheckpoint>> EventLog::LastCheckpoint() const {
  const std::unique_ptr<Cursor> cursor = impl_->device->NewCursor(Table::kCheckpoint);
  cursor->SeekForPrev(EncodePosition(std::numeric_limits<std::uint64_t>::max()));
  return CheckpointOn(*cursor);
}

absl::StatusOr<std::optional<Outcome>> EventLog::ReadOutcome(absl::string_view request_key) const {
  return GetOutcome(*impl_->device, request_key);
}

absl::StatusOr<std::uint64_t> EventLog::SizeAt(absl::Time time) const {
  const std::int64_t time_us = absl::ToUnixMicros(time);
  std::uint64_t low = 0;
  std::uint64_t high = DurableSize();
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    JEJAK_ASSIGN_OR_RETURN(const CheckedEntry checked, ReadEntry(*impl_->device, middle));
    if (checked.entry.commit_time_us <= time_us) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

absl::StatusOr<std::uint64_t> EventLog::Settle(absl::Time time) const {
  Impl& impl = *impl_;
  const std::int64_t time_us = absl::ToUnixMicros(time);
  MutexLock lock(impl.time_mutex);
  if (time_us > impl.last_commit_time_us &&
      time_us > absl::ToUnixMicros(impl.options.clock->Now())) {
    return absl::OutOfRangeError("that time is not reached yet");
  }
  impl.settled_time_us = std::max(impl.settled_time_us, time_us);
  return impl.timed_size;
}

}  // namespace jejak::log
