// SPDX-License-Identifier: Apache-2.0
//
// File: text.h
//
// The small pieces that the texts of this stage are made of. Each value has exactly one spelling:
// whatever parses is spelled the same again, so that what is signed or compared is one thing.

#ifndef JEJAK_SERVER_AUDIT_TEXT_H_
#define JEJAK_SERVER_AUDIT_TEXT_H_

#include "server/base/hash.h"

#include "absl/strings/string_view.h"

#include <cstdint>
#include <optional>
#include <string>

namespace jejak::audit {

// Digits without leading zeros, "0" for zero, at most 2^64 - 1; else nothing.
std::optional<std::uint64_t> ParseDecimal(absl::string_view text);

// RFC 4648 section 4, padded. Nothing if there is white space, another alphabet, missing padding,
// or a bit set that the bytes do not have.
std::optional<std::string> ParseBase64(absl::string_view text);
std::string FormatBase64(absl::string_view bytes);

// The base64 of exactly 32 bytes.
std::optional<Hash> ParseHash(absl::string_view text);
std::string FormatHash(const Hash& hash);

// Takes the first line, without its newline, off `text`. Nothing, and `text` unchanged, if no
// newline is left.
std::optional<absl::string_view> TakeLine(absl::string_view& text);

// True for well-formed UTF-8 without surrogates and overlong forms.
bool IsUtf8(absl::string_view text);

// Non-empty, at most limits::kKeyNameBytesMax bytes of UTF-8, without control bytes, Unicode spaces
// and '+'.
bool IsKeyName(absl::string_view name);

// `text` in quotes for an error message: at most 80 bytes of it, what cannot be shown escaped.
std::string Quoted(absl::string_view text);

}  // namespace jejak::audit

#endif  // JEJAK_SERVER_AUDIT_TEXT_H_
