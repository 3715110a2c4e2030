// SPDX-License-Identifier: Apache-2.0

#include "server/audit/encoding.h"

#include "server/base/aead.h"
#include "server/base/limits.h"

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cstddef>

namespace jejak::audit {
namespace {

constexpr std::size_t kQuotedBytesMax = 80;

// Takes one code point off well-formed UTF-8 (Unicode 15, table 3-7).
std::optional<std::uint32_t> TakeCodePoint(absl::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint32_t lead = byte(0);
  std::size_t size = 1;
  std::uint32_t smallest = 0;
  std::uint32_t point = lead;
  if (lead >= 0x80) {
    if ((lead & 0xE0) == 0xC0) {
      size = 2, smallest = 0x80, point = lead & 0x1F;
    } else if ((lead & 0xF0) == 0xE0) {
      size = 3, smallest = 0x800, point = lead & 0x0F;
    } else if ((lead & 0xF8) == 0xF0) {
      size = 4, smallest = 0x10000, point = lead & 0x07;
    } else {
      return std::nullopt;
    }
  }
  if (text.size() < size) return std::nullopt;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return std::nullopt;
    point = point << 6 | (byte(i) & 0x3F);
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < smallest || point > 0x10FFFF || surrogate) return std::nullopt;
  text.remove_prefix(size);
  return point;
}

// White_Space of the Unicode Character Database.
bool IsSpace(std::uint32_t point) {
  return (point >= 0x09 && point <= 0x0D) || point == 0x20 || point == 0x85 || point == 0xA0 ||
         point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 ||
         point == 0x2029 || point == 0x202F || point == 0x205F || point == 0x3000;
}

}  // namespace

std::optional<std::uint64_t> ParseDecimal(absl::string_view text) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  if (!absl::SimpleAtoi(text, &value)) return std::nullopt;
  return value;
}

std::optional<std::string> ParseBase64(absl::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) return std::nullopt;
  // Abseil takes more spellings than one. Private keys pass here too.
  std::string spelling = FormatBase64(bytes);
  const bool canonical = spelling == text;
  Cleanse(spelling);
  if (!canonical) {
    Cleanse(bytes);
    return std::nullopt;
  }
  return bytes;
}

std::string FormatBase64(absl::string_view bytes) { return absl::Base64Escape(bytes); }

std::optional<Hash> ParseHash(absl::string_view text) {
  const std::optional<std::string> bytes = ParseBase64(text);
  if (!bytes.has_value() || bytes->size() != sizeof(Hash)) return std::nullopt;
  return HashFromBytes(*bytes);
}

std::string FormatHash(const Hash& hash) { return FormatBase64(AsBytes(hash)); }

absl::StatusOr<std::vector<Hash>> TakeHashLines(absl::string_view& text) {
  std::vector<Hash> hashes;
  while (true) {
    const std::optional<absl::string_view> line = TakeLine(text);
    if (!line.has_value()) {
      return absl::InvalidArgumentError("the empty line after the hashes is missing");
    }
    if (line->empty()) return hashes;
    if (hashes.size() == limits::kProofHashesMax) {
      return absl::InvalidArgumentError(
          absl::StrCat("more than ", limits::kProofHashesMax, " hashes"));
    }
    const std::optional<Hash> hash = ParseHash(*line);
    if (!hash.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "hash ", hashes.size() + 1, ": ", Quoted(*line), " is not the base64 of 32 bytes"));
    }
    hashes.push_back(*hash);
  }
}

std::string FormatHashLines(std::span<const Hash> hashes) {
  std::string lines;
  for (const Hash& hash : hashes) absl::StrAppend(&lines, FormatHash(hash), "\n");
  lines += '\n';
  return lines;
}

std::optional<absl::string_view> TakeLine(absl::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == absl::string_view::npos) return std::nullopt;
  const absl::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

bool IsKeyName(absl::string_view name) {
  if (name.empty()) return false;
  while (!name.empty()) {
    const std::optional<std::uint32_t> point = TakeCodePoint(name);
    if (!point.has_value() || *point < 0x20 || *point == '+' || IsSpace(*point)) return false;
  }
  return true;
}

std::string Quoted(absl::string_view text) {
  const bool cut = text.size() > kQuotedBytesMax;
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, kQuotedBytesMax)),
                      cut ? "...\"" : "\"");
}

}  // namespace jejak::audit
