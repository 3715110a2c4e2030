// SPDX-License-Identifier: Apache-2.0
//
// File: log_device.h
//
// All that the event log asks of a storage engine: "append this record if the tail is still N",
// and ordered reads of what was appended. A record is the unit of commit, all or nothing. It is a
// list of cells, each a write to one of a few ordered tables; a device does not know what a cell
// means. The RocksDB device writes the cells in one synced WriteBatch. A replicated device would
// append the serialized record to its engine, and apply the cells to a local store once the engine
// has said yes.
//
// The contract suite is tests/unit/server/log/log_device_contract.h; every device passes it.

#ifndef JEJAK_SERVER_LOG_LOG_DEVICE_H_
#define JEJAK_SERVER_LOG_LOG_DEVICE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jejak::log {

// The tables of the log (design.md section 4). The numbers are stored; never reuse one. The keys
// are in log_keys.h.
enum class Table : std::uint8_t {
  kMeta = 0,
  kEntry = 1,
  kPayload = 2,
  kStream = 3,
  kClaim = 4,
  kRequest = 5,
  kTile = 6,
  kCheckpoint = 7,
};
inline constexpr int kTableCount = 8;

// One write: the value for the key, or its removal.
struct Cell {
  Table table;
  std::string key;
  std::optional<std::string> value;
};

struct LogRecord {
  std::vector<Cell> cells;
};

// Walks a table in key order over one consistent state. Not thread-safe; the device must outlive
// it. After a failed read Valid() is false and status() says why: always look at both.
class Cursor {
 public:
  virtual ~Cursor() = default;
  // To the first key at or after `key`.
  virtual void Seek(absl::string_view key) = 0;
  // To the last key at or before `key`.
  virtual void SeekForPrev(absl::string_view key) = 0;
  virtual void Next() = 0;  // REQUIRES: Valid().
  virtual void Prev() = 0;  // REQUIRES: Valid().
  virtual bool Valid() const = 0;
  // Views into the cursor, good until it moves. REQUIRES: Valid().
  virtual absl::string_view key() const = 0;
  virtual absl::string_view value() const = 0;
  // OK, or DATA_LOSS / UNAVAILABLE if a read failed.
  virtual absl::Status status() const = 0;
};

// Thread-safe; AppendIf is called by one thread at a time.
class LogDevice {
 public:
  virtual ~LogDevice() = default;

  // The number of records appended so far.
  virtual std::uint64_t Tail() const = 0;

  // Appends `record` if Tail() == expected_tail. OK: it is durable, and visible to readers.
  // ABORTED: the tail is another; nothing was written. UNAVAILABLE: it is not known whether it was
  // written; the device refuses every later append with FAILED_PRECONDITION, because after a failed
  // fsync nothing is assumed. Nobody can read a record before it is durable.
  virtual absl::Status AppendIf(std::uint64_t expected_tail, const LogRecord& record) = 0;

  // The value, or nothing if the key is absent. DATA_LOSS if the bytes are damaged.
  virtual absl::StatusOr<std::optional<std::string>> Get(Table table,
                                                         absl::string_view key) const = 0;

  virtual std::unique_ptr<Cursor> NewCursor(Table table) const = 0;
};

}  // namespace jejak::log

#endif  // JEJAK_SERVER_LOG_LOG_DEVICE_H_
