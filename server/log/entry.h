// SPDX-License-Identifier: Apache-2.0
//
// File: entry.h
//
// The canonical entry of the log: what an outsider reads and checks without us, byte for byte as in
// server/doc/formats.md section 1. An entry is hashed as a leaf of an RFC 6962 tree. It does not
// contain the payload but a salted commitment to it, so that a payload can be erased and every
// proof stays valid. Never hash what was serialized again: hash what was stored.

#ifndef JEJAK_SERVER_LOG_ENTRY_H_
#define JEJAK_SERVER_LOG_ENTRY_H_

#include "server/base/hash.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace jejak::log {

// Kinds of entries; stored.
enum class EntryKind : std::uint8_t {
  kEvent = 1,
  kErasure = 2,
  kAccessBatch = 3,
  kProjectionDigest = 4,
  kAdministrative = 5,
};

using EventId = std::array<std::uint8_t, 16>;
using Salt = std::array<std::uint8_t, 32>;

inline constexpr std::int64_t kNoEffectiveTime = std::numeric_limits<std::int64_t>::min();

struct Entry {
  EntryKind kind = EntryKind::kEvent;
  // Equals the leaf index.
  std::uint64_t position = 0;
  // Microseconds since 1970 UTC; strictly greater than the entry's before.
  std::int64_t commit_time_us = 0;
  std::string stream;
  // 1, 2, 3, ... within the stream.
  std::uint64_t revision = 0;
  // The position before in the same stream plus one; 0 for the first of a stream. Makes the history
  // of a stream checkably complete.
  std::uint64_t prev_position_plus_one = 0;
  EventId event_id{};
  std::string event_type;
  std::string content_type;
  std::string actor;
  // When it happened, as claimed; kNoEffectiveTime if not said.
  std::int64_t effective_time_us = kNoEffectiveTime;
  std::string correlation_id;
  std::string causation_id;
  // Sorted, without repeats.
  std::vector<std::string> tags;
  Hash payload_commitment{};
  std::uint32_t payload_length = 0;

  friend bool operator==(const Entry&, const Entry&) = default;
};

// The canonical bytes. INVALID_ARGUMENT if a string is longer than 65,535 bytes or not UTF-8, the
// tags are not sorted and distinct, prev_position_plus_one is greater than the position, or the
// whole is longer than limits::kEntryBytesMax.
absl::StatusOr<std::string> EncodeEntry(const Entry& entry);

// The reverse. DATA_LOSS unless `bytes` is exactly what EncodeEntry gives for the result: unknown
// version or kind, a length past the end, bytes left over, unsorted tags, strings that are not
// UTF-8, a previous position that does not lie before are all refused.
absl::StatusOr<Entry> DecodeEntry(absl::string_view bytes);

// RFC 6962 section 2.1: SHA-256(0x00 || entry).
Hash LeafHash(absl::string_view entry_bytes);

// RFC 6962 section 2.1: SHA-256(0x01 || left || right).
Hash NodeHash(const Hash& left, const Hash& right);

// SHA-256(0x02 || salt || payload).
Hash PayloadCommitment(const Salt& salt, absl::string_view payload);

}  // namespace jejak::log

#endif  // JEJAK_SERVER_LOG_ENTRY_H_
