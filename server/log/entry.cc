// SPDX-License-Identifier: Apache-2.0

#include "server/log/entry.h"

#include "server/base/bytes.h"
#include "server/base/limits.h"
#include "server/base/utf8.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <functional>

namespace jejak::log {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kStringBytesMax = 65'535;

bool AppendString(absl::string_view text, std::string& out) {
  if (text.size() > kStringBytesMax) return false;
  AppendBigEndian(static_cast<std::uint16_t>(text.size()), out);
  out.append(text.data(), text.size());
  return true;
}

bool ReadString(ByteReader& reader, std::string& text) {
  std::uint16_t size = 0;
  absl::string_view bytes;
  if (!reader.Read(size) || !reader.ReadBytes(size, bytes)) return false;
  text.assign(bytes.data(), bytes.size());
  return true;
}

bool ReadTime(ByteReader& reader, std::int64_t& time) {
  std::uint64_t bits = 0;
  if (!reader.Read(bits)) return false;
  time = static_cast<std::int64_t>(bits);
  return true;
}

template <std::size_t kSize>
void AppendArray(const std::array<std::uint8_t, kSize>& array, std::string& out) {
  out.append(array.begin(), array.end());
}

template <std::size_t kSize>
bool ReadArray(ByteReader& reader, std::array<std::uint8_t, kSize>& array) {
  absl::string_view bytes;
  if (!reader.ReadBytes(kSize, bytes)) return false;
  std::copy(bytes.begin(), bytes.end(), array.begin());
  return true;
}

bool SortedAndDistinct(const std::vector<std::string>& tags) {
  return std::adjacent_find(tags.begin(), tags.end(), std::greater_equal<>()) == tags.end();
}

bool ReadTags(ByteReader& reader, std::vector<std::string>& tags) {
  std::uint16_t count = 0;
  if (!reader.Read(count)) return false;
  for (int i = 0; i < count; ++i) {
    if (!ReadString(reader, tags.emplace_back())) return false;
  }
  return true;
}

bool IsKind(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(EntryKind::kEvent) &&
         kind <= static_cast<std::uint8_t>(EntryKind::kAdministrative);
}

bool StringsAreUtf8(const Entry& entry) {
  return IsUtf8(entry.stream) && IsUtf8(entry.event_type) && IsUtf8(entry.content_type) &&
         IsUtf8(entry.actor) && IsUtf8(entry.correlation_id) && IsUtf8(entry.causation_id) &&
         std::all_of(entry.tags.begin(), entry.tags.end(), IsUtf8);
}

// Why there is no such entry; empty if nothing is wrong.
absl::string_view FaultIn(const Entry& entry) {
  if (!SortedAndDistinct(entry.tags)) return "the tags are not sorted and distinct";
  if (entry.prev_position_plus_one > entry.position) return "the previous position is not before";
  if (!StringsAreUtf8(entry)) return "a string is not UTF-8";
  return "";
}

absl::string_view View(const Salt& salt) {
  return absl::string_view(reinterpret_cast<const char*>(salt.data()), salt.size());
}

}  // namespace

absl::StatusOr<std::string> EncodeEntry(const Entry& entry) {
  if (!IsKind(static_cast<std::uint8_t>(entry.kind))) {
    return absl::InvalidArgumentError("entry: unknown kind");
  }
  if (const absl::string_view fault = FaultIn(entry); !fault.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("entry: ", fault));
  }
  if (entry.tags.size() > kStringBytesMax)
    return absl::InvalidArgumentError("entry: too many tags");
  std::string out;
  out.push_back(static_cast<char>(kVersion));
  out.push_back(static_cast<char>(entry.kind));
  AppendBigEndian(entry.position, out);
  AppendBigEndian(static_cast<std::uint64_t>(entry.commit_time_us), out);
  bool fits = AppendString(entry.stream, out);
  AppendBigEndian(entry.revision, out);
  AppendBigEndian(entry.prev_position_plus_one, out);
  AppendArray(entry.event_id, out);
  fits = fits && AppendString(entry.event_type, out);
  fits = fits && AppendString(entry.content_type, out);
  fits = fits && AppendString(entry.actor, out);
  AppendBigEndian(static_cast<std::uint64_t>(entry.effective_time_us), out);
  fits = fits && AppendString(entry.correlation_id, out);
  fits = fits && AppendString(entry.causation_id, out);
  AppendBigEndian(static_cast<std::uint16_t>(entry.tags.size()), out);
  for (const std::string& tag : entry.tags) fits = fits && AppendString(tag, out);
  AppendArray(entry.payload_commitment, out);
  AppendBigEndian(entry.payload_length, out);
  if (!fits || out.size() > limits::kEntryBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("entry: longer than ", limits::kEntryBytesMax, " bytes"));
  }
  return out;
}

absl::StatusOr<Entry> DecodeEntry(absl::string_view bytes) {
  if (bytes.size() > limits::kEntryBytesMax) return absl::DataLossError("entry: too long");
  ByteReader reader(bytes);
  std::uint8_t version = 0;
  std::uint8_t kind = 0;
  if (!reader.Read(version) || version != kVersion) {
    return absl::DataLossError("entry: unknown version");
  }
  if (!reader.Read(kind) || !IsKind(kind)) return absl::DataLossError("entry: unknown kind");
  Entry entry;
  entry.kind = static_cast<EntryKind>(kind);
  if (!reader.Read(entry.position) || !ReadTime(reader, entry.commit_time_us) ||
      !ReadString(reader, entry.stream) || !reader.Read(entry.revision) ||
      !reader.Read(entry.prev_position_plus_one) || !ReadArray(reader, entry.event_id) ||
      !ReadString(reader, entry.event_type) || !ReadString(reader, entry.content_type) ||
      !ReadString(reader, entry.actor) || !ReadTime(reader, entry.effective_time_us) ||
      !ReadString(reader, entry.correlation_id) || !ReadString(reader, entry.causation_id) ||
      !ReadTags(reader, entry.tags) || !ReadArray(reader, entry.payload_commitment) ||
      !reader.Read(entry.payload_length)) {
    return absl::DataLossError("entry: too short");
  }
  if (!reader.rest().empty()) return absl::DataLossError("entry: bytes left over");
  if (const absl::string_view fault = FaultIn(entry); !fault.empty()) {
    return absl::DataLossError(absl::StrCat("entry: ", fault));
  }
  return entry;
}

Hash LeafHash(absl::string_view entry_bytes) {
  return Sha256({absl::string_view("\x00", 1), entry_bytes});
}

Hash NodeHash(const Hash& left, const Hash& right) {
  return Sha256({absl::string_view("\x01", 1), AsBytes(left), AsBytes(right)});
}

Hash PayloadCommitment(const Salt& salt, absl::string_view payload) {
  return Sha256({absl::string_view("\x02", 1), View(salt), payload});
}

}  // namespace jejak::log
