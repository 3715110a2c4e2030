// SPDX-License-Identifier: Apache-2.0
//
// File: encoding.h
//
// The small pieces that the texts of this stage are made of. Each value has exactly one spelling:
// whatever parses is spelled the same again, so that what is signed or compared is one thing.

#ifndef JEJAK_SERVER_AUDIT_ENCODING_H_
#define JEJAK_SERVER_AUDIT_ENCODING_H_

#include "server/base/hash.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

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

// One hash a line, with the empty line that ends them. INVALID_ARGUMENT: a line is no hash, there
// are more than limits::kProofHashesMax, or the empty line is missing.
absl::StatusOr<std::vector<Hash>> TakeHashLines(absl::string_view& text);
std::string FormatHashLines(std::span<const Hash> hashes);

// Takes the first line, without its newline, off `text`. Nothing, and `text` unchanged, if no
// newline is left.
std::optional<absl::string_view> TakeLine(absl::string_view& text);

// Non-empty UTF-8 without control bytes, Unicode spaces and '+'.
bool IsKeyName(absl::string_view name);

// `text` in quotes for an error message: at most 80 bytes of it, what cannot be shown escaped.
std::string Quoted(absl::string_view text);

}  // namespace jejak::audit

#endif  // JEJAK_SERVER_AUDIT_ENCODING_H_
