// SPDX-License-Identifier: Apache-2.0
//
// File: event_log.h
//
// The event log of one partition: dense positions, one order, streams with revisions, claims, and
// the outcome of every request id, over a LogDevice.
//
// Writing has two steps, so that the next batch can be decided while the last is being synced:
//
//   sequencer thread   Stage(commit, &batch)   assigns positions, revisions and the commit time,
//                                              encodes, and remembers what is not durable yet
//   committer thread   Write(std::move(batch)) one AppendIf; durable when it returns OK
//
// What is staged is seen by the staged lookups (FindOutcome, FindClaim, StreamHead) and by nobody
// else: ReadX and DurableSize speak only of what is durable. After a failed Write the log takes no
// more: a process that cannot trust its disk stops (reliability.md, finding 4).
//
// The head anchor. RocksDB opens with status OK and fewer events when its WAL is damaged. So the
// size, the root and the record count are also kept in a file of their own (anchor.h), and Open
// refuses to serve with DATA_LOSS if less is recovered than it says.

#ifndef JEJAK_SERVER_LOG_EVENT_LOG_H_
#define JEJAK_SERVER_LOG_EVENT_LOG_H_

#include "server/base/clock.h"
#include "server/base/hash.h"
#include "server/log/entry.h"
#include "server/log/log_device.h"
#include "server/log/log_keys.h"

#include "jejak/event/v1/outcome.pb.h"

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jejak::log {

// An event to be recorded. The log sets what depends on the position.
struct NewEvent {
  EntryKind kind = EntryKind::kEvent;
  std::string stream;
  EventId event_id{};
  std::string event_type;
  std::string content_type = "application/x-protobuf";
  std::string actor;
  std::int64_t effective_time_us = kNoEffectiveTime;
  std::string correlation_id;
  std::string causation_id;
  std::vector<std::string> tags;  // Any order; sorted and made distinct by the log.
  std::string payload;
};

// A key taken for a holder, or released.
struct ClaimChange {
  std::string key;
  std::optional<std::string> holder;  // Absent: released.
};

// What one command adds: all or nothing.
struct Commit {
  std::vector<NewEvent> events;
  std::vector<ClaimChange> claims;
  // Under which the outcome is stored; empty: no outcome is stored. At most
  // limits::kRequestKeyBytesMax bytes.
  std::string request_key;
  // request_digest, refusal, notices and the streams in `shown` are the caller's; the log sets
  // first_position, event_count, commit_time_us and the revisions in `shown`.
  event::v1::Outcome outcome;
};

// Where a staged commit will be.
struct Staged {
  std::uint64_t first_position = 0;
  std::uint32_t event_count = 0;
  std::int64_t commit_time_us = 0;
  event::v1::Outcome outcome;
  // The entries as encoded, for followers that need not read them back.
  std::vector<Entry> entries;
};

// Commits that go into one record. Made by EventLog::NewBatch, filled by Stage, consumed by Write.
class Batch {
 public:
  std::size_t bytes() const { return bytes_; }
  bool empty() const { return record_.cells.empty(); }

 private:
  friend class EventLog;
  LogRecord record_;
  std::size_t bytes_ = 0;
  std::uint64_t number_ = 0;
  // The head after the commits staged so far.
  Head head_;
};

// A recorded event, checked: the leaf hash equals the stored one, and the payload its commitment
// unless it was erased.
struct RecordedEvent {
  Entry entry;
  Hash leaf_hash;
  Salt salt{};
  std::string payload;
  // Salt and payload are gone for good; there is nothing to compare with the commitment.
  bool payload_erased = false;
};

struct StreamHead {
  std::uint64_t revision = 0;       // 0: the stream does not exist.
  std::uint64_t last_position = 0;  // Meaningless if revision is 0.
};

class EventLog {
 public:
  struct Options {
    // Not owned; must outlive the log.
    Clock* clock = Clock::Real();
    // The anchor's file; empty: no anchor (for the memory device).
    std::string anchor_path;
    // True: the anchor is synced with every record before Write returns. False: it is written with
    // every record and synced in the background, at most every 100 ms; a power cut within that
    // window followed by damage to the last WAL blocks would not be noticed by the anchor
    // (server/doc/adr/).
    bool anchor_strict = false;
    // True: Open counts the rows of every table against the head. Finds lost files at once.
    bool count_on_open = true;
  };

  // Opens the log, or makes one if the device is empty. DATA_LOSS: less was recovered than the
  // anchor or the head says, or the anchor belongs to another log; nothing is changed then.
  // FAILED_PRECONDITION: the stored format is newer than this program; nothing is changed.
  static absl::StatusOr<std::unique_ptr<EventLog>> Open(std::unique_ptr<LogDevice> device,
                                                        Options options);
  // The checks of Open, with its errors, without changing anything. OK for an empty device without
  // an anchor.
  static absl::Status Verify(const LogDevice& device, const Options& options);
  ~EventLog();

  // --- The sequencer thread.
  // Closes the batch before: nothing more may be staged in it. A batch that something was staged in
  // must be written, and before any later one.
  Batch NewBatch();
  // Adds `commit` to the batch, which must be the newest. A commit has events, or a request key
  // (for the outcome of a refusal, or of a command that changes nothing), or both; claims need
  // events. Every commit gets a time greater than all before, and so does every event in it.
  // INVALID_ARGUMENT if it is over a limit or an entry cannot be encoded; FAILED_PRECONDITION if a
  // claim to be taken has another holder or the request key has an outcome (the caller checks
  // first; this is the last line), or a Write failed. In all cases nothing was staged.
  absl::StatusOr<Staged> Stage(const Commit& commit, Batch& batch);
  // Adds the signed note of a checkpoint of the first `size` events, which are durable, to the
  // batch. FAILED_PRECONDITION if a Write failed.
  absl::Status StageCheckpoint(std::uint64_t size, absl::string_view note, Batch& batch);
  // Lookups that include what is staged and not yet durable.
  absl::StatusOr<std::optional<event::v1::Outcome>> FindOutcome(absl::string_view request_key);
  absl::StatusOr<std::optional<std::string>> FindClaim(absl::string_view key);
  absl::StatusOr<StreamHead> FindStreamHead(absl::string_view stream);
  // The size including what is staged.
  std::uint64_t StagedSize() const { return staged_size_; }

  // --- The committer thread.
  // Makes the batch durable; an empty one is OK at once. After an error every later Write fails
  // too, and it is not known whether the batch will be there after a restart.
  absl::Status Write(Batch batch);

  // --- Any thread.
  // Number of durable events, which is the next position nobody has seen.
  std::uint64_t DurableSize() const { return durable_size_.load(std::memory_order_acquire); }
  // RFC 6962 root of the durable events.
  Hash DurableRoot() const;
  // NOT_FOUND at or past DurableSize(); DATA_LOSS if anything about the event is damaged or
  // missing.
  absl::StatusOr<RecordedEvent> Read(std::uint64_t position) const;
  // Calls `visit` for each event from `from` up to `to` (not included; capped at DurableSize()),
  // in order, until it returns false. DATA_LOSS if one is damaged or missing.
  absl::Status Scan(std::uint64_t from, std::uint64_t to,
                    absl::FunctionRef<bool(const RecordedEvent&)> visit) const;
  // The same for one stream, from a revision (1 is the first) up to and including another.
  // Ends early, with OK, at the last durable revision. DATA_LOSS if a revision between is missing
  // or the chain of previous positions is broken.
  absl::Status ScanStream(absl::string_view stream, std::uint64_t from_revision,
                          std::uint64_t to_revision,
                          absl::FunctionRef<bool(const RecordedEvent&)> visit) const;
  // Like FindOutcome, for durable outcomes only.
  absl::StatusOr<std::optional<event::v1::Outcome>> ReadOutcome(
      absl::string_view request_key) const;
  // The number of events committed at or before `time`: the log's size as of then. Reads O(log n).
  absl::StatusOr<std::uint64_t> SizeAt(absl::Time time) const;
  // Makes `time` a moment of the past: while the log is open no commit gets a time at or before it
  // any more, even if the clock goes back. Returns the
  // size that includes all that were given one, staged ones too; once that is durable, SizeAt(time)
  // never changes. OUT_OF_RANGE if `time` is later than now and than every commit so far.
  absl::StatusOr<std::uint64_t> Settle(absl::Time time) const;

  // `width` hashes of 32 bytes, the first of tile `index` at `level` of the tree of the durable
  // events (tile_edge.h). NOT_FOUND if it has not so many; DATA_LOSS if one is missing.
  absl::StatusOr<std::string> ReadTile(std::size_t level, std::uint64_t index,
                                       std::uint64_t width) const;
  // Like Scan, for the entries as they were encoded, whose leaf hashes are checked; their payloads
  // are not read.
  absl::Status ScanEntries(
      std::uint64_t from, std::uint64_t to,
      absl::FunctionRef<bool(std::uint64_t position, absl::string_view bytes)> visit) const;
  // The stored checkpoint with the smallest size from `size` on; nothing if there is none.
  // UNAVAILABLE or DATA_LOSS if it cannot be read.
  struct StoredCheckpoint {
    std::uint64_t size = 0;
    std::string note;
  };
  absl::StatusOr<std::optional<StoredCheckpoint>> FindCheckpoint(std::uint64_t size) const;
  // The one with the largest size.
  absl::StatusOr<std::optional<StoredCheckpoint>> LastCheckpoint() const;

  // 32 hex digits that name this log, made when it was created.
  const std::string& log_id() const { return log_id_; }
  // Format 2: tiles. Open brings a log of format 1 to it.
  static constexpr std::uint32_t kFormatVersion = 2;
  static constexpr std::uint32_t kOldestFormatVersion = 1;

 private:
  struct Impl;
  EventLog();
  std::unique_ptr<Impl> impl_;
  std::string log_id_;
  std::uint64_t staged_size_ = 0;
  std::atomic<std::uint64_t> durable_size_{0};
};

}  // namespace jejak::log

#endif  // JEJAK_SERVER_LOG_EVENT_LOG_H_
