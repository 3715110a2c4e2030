// SPDX-License-Identifier: Apache-2.0
//
// File: log_keys.h
//
// Every key and value of the log's tables (server/doc/formats.md, "The store"). Integers are
// big-endian, so that the order of the bytes is the order of the numbers.
//
//   entry    position u64             -> leaf hash [32] || canonical entry (entry.h)
//   payload  position u64             -> salt [32] || payload
//   stream   name || 0x00 || revision u64 -> position u64
//   claim    key                      -> holder
//   request  request key              -> serialized jejak.event.v1.Outcome
//   meta     "format"                 -> u32
//            "log_id"                 -> 16 random bytes, made when the log was created
//            "head"                   -> Head
//   tile     level u8, index u64      -> 1 to 256 hashes [32] (tile_edge.h)
//   checkpoint size u64               -> signed note
//
// An erased payload keeps its row, with an empty value: neither salt nor payload. The rows that the
// head counts stay as many as they were, and the entry with its commitment is untouched.
//
// A stream name has no control bytes, so the 0x00 ends it and no name is a prefix of another's key.

#ifndef JEJAK_SERVER_LOG_LOG_KEYS_H_
#define JEJAK_SERVER_LOG_LOG_KEYS_H_

#include "server/base/hash.h"
#include "server/log/entry.h"
#include "server/log/merkle.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <optional>
#include <string>

namespace jejak::log {

inline constexpr char kFormatKey[] = "format";
inline constexpr char kLogIdKey[] = "log_id";
inline constexpr char kHeadKey[] = "head";
inline constexpr std::size_t kLogIdBytes = 16;

// What the log is after its last record. Written with every record.
struct Head {
  // Number of events.
  std::uint64_t size = 0;
  // The last that was given out, to an event or a refusal.
  std::int64_t last_commit_time_us = 0;
  // Number of records, the one that created the log included; equals the device's tail.
  std::uint64_t records = 0;
  // Rows in the claim and the request table.
  std::uint64_t claim_rows = 0;
  std::uint64_t request_rows = 0;
  // Of `size` leaves.
  CompactRange range;

  friend bool operator==(const Head&, const Head&) = default;
};

// size u64, last commit time i64, records u64, claim rows u64, request rows u64, the range's edge.
std::string EncodeHead(const Head& head);
// DATA_LOSS unless `bytes` is exactly what EncodeHead gives for the result.
absl::StatusOr<Head> DecodeHead(absl::string_view bytes);

std::string EncodeFormat(std::uint32_t format);
absl::StatusOr<std::uint32_t> DecodeFormat(absl::string_view bytes);

// The key in `entry` and `payload`, and the value in `stream`.
std::string EncodePosition(std::uint64_t position);
// Nothing unless `bytes` is eight bytes.
std::optional<std::uint64_t> DecodePosition(absl::string_view bytes);

std::string TileKey(std::size_t level, std::uint64_t index);

std::string EncodeEntryRow(const Hash& leaf_hash, absl::string_view entry_bytes);
struct EntryRow {
  Hash leaf_hash;
  absl::string_view entry_bytes;  // Into the bytes given.
};
// DATA_LOSS if too short. Does not compare the hash with the bytes.
absl::StatusOr<EntryRow> DecodeEntryRow(absl::string_view bytes);

std::string EncodePayloadRow(const Salt& salt, absl::string_view payload);
struct PayloadRow {
  Salt salt;
  absl::string_view payload;  // Into the bytes given.
};
// DATA_LOSS if too short.
absl::StatusOr<PayloadRow> DecodePayloadRow(absl::string_view bytes);

// True if `stream` can be a stream's name: 1 to limits::kResourceNameBytesMax bytes, none of them a
// control byte.
bool IsStreamName(absl::string_view stream);
// REQUIRES: IsStreamName(stream).
std::string StreamKey(absl::string_view stream, std::uint64_t revision);
// The revision in `key`, or nothing if it is not a key of `stream`.
std::optional<std::uint64_t> RevisionInStreamKey(absl::string_view key, absl::string_view stream);

}  // namespace jejak::log

#endif  // JEJAK_SERVER_LOG_LOG_KEYS_H_
