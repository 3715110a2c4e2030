// SPDX-License-Identifier: Apache-2.0
//
// File: anchor.h
//
// The head anchor: a second memory of how far the log got, in a file of its own, because RocksDB
// opens a store with a damaged WAL as if its last records had never been. The file's bytes are in
// server/doc/formats.md, the reasons in server/doc/adr/2026-11-22-head-anchor.md.
//
// Two slots of 4 KiB. The slot that was synced last is never written to, so that a power cut cannot
// take both.

#ifndef JEJAK_SERVER_LOG_ANCHOR_H_
#define JEJAK_SERVER_LOG_ANCHOR_H_

#include "server/base/file.h"
#include "server/base/hash.h"
#include "server/base/mutex.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace jejak::log {

// What the anchor says of the log.
struct AnchorValue {
  std::string log_id;  // 16 bytes.
  std::uint64_t size = 0;
  std::uint64_t records = 0;
  Hash root{};  // Of the first `size` events.

  friend bool operator==(const AnchorValue&, const AnchorValue&) = default;
};

// Thread-safe.
class Anchor {
 public:
  // The newest undamaged slot of the file; nothing if there is no file. DATA_LOSS: both slots are
  // damaged. FAILED_PRECONDITION: a newer program wrote it.
  static absl::StatusOr<std::optional<AnchorValue>> Read(const std::string& path);

  // Opens the file, or makes it, and writes and syncs `value`. If `strict`, every Write syncs
  // before it returns; otherwise a thread syncs at most limits::kAnchorSyncInterval after.
  // NOT_FOUND: the folder is missing. UNAVAILABLE: the disk answered with an error. Else as for
  // Read.
  static absl::StatusOr<std::unique_ptr<Anchor>> Open(const std::string& path, bool strict,
                                                      const AnchorValue& value);
  // Syncs what is written.
  ~Anchor();
  Anchor(const Anchor&) = delete;
  Anchor& operator=(const Anchor&) = delete;

  // Hands `value` to the operating system, so that it outlives the process. UNAVAILABLE if this or
  // a sync before failed; then every later Write fails too. Waits while a sync is under way.
  absl::Status Write(const AnchorValue& value);

 private:
  Anchor(std::string path, FileDescriptor file, bool strict, std::uint64_t sequence,
         int synced_slot);
  absl::Status WriteLocked(const AnchorValue& value) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SyncLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SyncInBackground();

  const std::string path_;
  const FileDescriptor file_;
  const bool strict_;
  Mutex mutex_;
  CondVar changed_;
  std::uint64_t sequence_ ABSL_GUARDED_BY(mutex_);
  int synced_slot_ ABSL_GUARDED_BY(mutex_);
  bool dirty_ ABSL_GUARDED_BY(mutex_) = false;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::thread syncer_;
};

}  // namespace jejak::log

#endif  // JEJAK_SERVER_LOG_ANCHOR_H_
