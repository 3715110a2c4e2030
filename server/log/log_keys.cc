// SPDX-License-Identifier: Apache-2.0

#include "server/log/log_keys.h"

#include "server/base/bytes.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include <algorithm>

namespace jejak::log {

std::string EncodeHead(const Head& head) {
  std::string out;
  AppendBigEndian(head.size, out);
  AppendBigEndian(static_cast<std::uint64_t>(head.last_commit_time_us), out);
  AppendBigEndian(head.records, out);
  AppendBigEndian(head.claim_rows, out);
  AppendBigEndian(head.request_rows, out);
  return out + head.range.Edge();
}

absl::StatusOr<Head> DecodeHead(absl::string_view bytes) {
  ByteReader reader(bytes);
  Head head;
  std::uint64_t time = 0;
  if (!reader.Read(head.size) || !reader.Read(time) || !reader.Read(head.records) ||
      !reader.Read(head.claim_rows) || !reader.Read(head.request_rows)) {
    return absl::DataLossError("the stored head is too short");
  }
  head.last_commit_time_us = static_cast<std::int64_t>(time);
  JEJAK_ASSIGN_OR_RETURN(head.range, CompactRange::Restore(head.size, reader.rest()));
  return head;
}

std::string EncodeFormat(std::uint32_t format) { return ToBigEndian(format); }

absl::StatusOr<std::uint32_t> DecodeFormat(absl::string_view bytes) {
  const auto format = FromBigEndian<std::uint32_t>(bytes);
  if (!format.has_value()) return absl::DataLossError("the stored format version is damaged");
  return *format;
}

std::string EncodePosition(std::uint64_t position) { return ToBigEndian(position); }

std::optional<std::uint64_t> DecodePosition(absl::string_view bytes) {
  return FromBigEndian<std::uint64_t>(bytes);
}

std::string TileKey(std::size_t level, std::uint64_t index) {
  std::string key(1, static_cast<char>(level));
  AppendBigEndian(index, key);
  return key;
}

std::string EncodeEntryRow(const Hash& leaf_hash, absl::string_view entry_bytes) {
  return absl::StrCat(AsBytes(leaf_hash), entry_bytes);
}

absl::StatusOr<EntryRow> DecodeEntryRow(absl::string_view bytes) {
  if (bytes.size() < sizeof(Hash)) return absl::DataLossError("the entry's row is too short");
  return EntryRow{HashFromBytes(bytes.substr(0, sizeof(Hash))), bytes.substr(sizeof(Hash))};
}

std::string EncodePayloadRow(const Salt& salt, absl::string_view payload) {
  std::string out(salt.begin(), salt.end());
  out.append(payload.data(), payload.size());
  return out;
}

absl::StatusOr<PayloadRow> DecodePayloadRow(absl::string_view bytes) {
  if (bytes.size() < sizeof(Salt)) return absl::DataLossError("the payload's row is too short");
  PayloadRow row{{}, bytes.substr(sizeof(Salt))};
  std::copy_n(bytes.begin(), sizeof(Salt), row.salt.begin());
  return row;
}

bool IsStreamName(absl::string_view stream) {
  return !stream.empty() && stream.size() <= limits::kResourceNameBytesMax &&
         std::none_of(stream.begin(), stream.end(),
                      [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

std::string StreamKey(absl::string_view stream, std::uint64_t revision) {
  std::string key(stream);
  key.push_back('\0');
  AppendBigEndian(revision, key);
  return key;
}

std::optional<std::uint64_t> RevisionInStreamKey(absl::string_view key, absl::string_view stream) {
  if (key.size() != stream.size() + 1 + sizeof(std::uint64_t) || !absl::StartsWith(key, stream) ||
      key[stream.size()] != '\0') {
    return std::nullopt;
  }
  return DecodePosition(key.substr(stream.size() + 1));
}

}  // namespace jejak::log
