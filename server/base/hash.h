// SPDX-License-Identifier: Apache-2.0
//
// File: hash.h
//
// SHA-256, HMAC and random bytes (OpenSSL), and hexadecimal text.

#ifndef JEJAK_SERVER_BASE_HASH_H_
#define JEJAK_SERVER_BASE_HASH_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace jejak {

using Hash = std::array<std::uint8_t, 32>;

// A view of the 32 bytes.
inline absl::string_view AsBytes(const Hash& hash) {
  return absl::string_view(reinterpret_cast<const char*>(hash.data()), hash.size());
}

// The hash that is in `bytes`. REQUIRES: bytes.size() == 32.
Hash HashFromBytes(absl::string_view bytes);

// SHA-256 of the parts one after the other. Thread-safe; keeps one context per thread, because
// making one anew costs more than hashing an entry.
Hash Sha256(std::initializer_list<absl::string_view> parts);

// SHA-256 in pieces. Not thread-safe.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void Add(absl::string_view bytes);
  // Ends the stream; nothing may be added after.
  Hash Finish();

 private:
  void* context_;
};

// HMAC-SHA-256.
Hash HmacSha256(absl::string_view key, absl::string_view message);

// `size` bytes from the system's random generator. Crashes if it fails: nothing may go on without.
std::string RandomBytes(std::size_t size);

// Lower-case hexadecimal.
std::string ToHex(absl::string_view bytes);
// INVALID_ARGUMENT unless `text` is an even number of lower-case hexadecimal digits.
absl::StatusOr<std::string> FromHex(absl::string_view text);

}  // namespace jejak

#endif  // JEJAK_SERVER_BASE_HASH_H_
