// SPDX-License-Identifier: Apache-2.0
//
// File: rocksdb_text.h
//
// What the three RocksDB stores (log, view, vault) share. Header-only, so that nothing else links
// RocksDB for it.

#ifndef JEJAK_SERVER_BASE_ROCKSDB_TEXT_H_
#define JEJAK_SERVER_BASE_ROCKSDB_TEXT_H_

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include <rocksdb/slice.h>
#include <rocksdb/status.h>

#include <string>

namespace jejak {

// Neither copies: the bytes must outlive the result.
inline rocksdb::Slice ToSlice(absl::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline absl::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

// True if a store could not be opened because it is open already, here or in another process.
// RocksDB has no code for it. Not just "lock": the message about a damaged block has that too.
inline bool IsOpenElsewhere(const rocksdb::Status& status) {
  const std::string message = status.ToString();
  return absl::StrContains(message, "While lock file") ||
         absl::StrContains(message, "lock hold by current process");
}

}  // namespace jejak

#endif  // JEJAK_SERVER_BASE_ROCKSDB_TEXT_H_
