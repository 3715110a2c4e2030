// SPDX-License-Identifier: Apache-2.0
//
// File: aead.h
//
// AES-256-GCM (NIST SP 800-38D) and HKDF-SHA-256 (RFC 5869) by OpenSSL, and keys that do not stay
// in memory.

#ifndef JEJAK_SERVER_BASE_AEAD_H_
#define JEJAK_SERVER_BASE_AEAD_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace jejak {

inline constexpr std::size_t kNonceBytes = 12;
inline constexpr std::size_t kTagBytes = 16;

// 32 secret bytes, overwritten when the object ends. Copying is allowed; each copy cleans up.
class Key {
 public:
  static constexpr std::size_t kBytes = 32;

  Key() = default;
  // REQUIRES: bytes.size() == kBytes.
  explicit Key(absl::string_view bytes);
  Key(const Key&) = default;
  Key& operator=(const Key&) = default;
  ~Key();

  absl::string_view view() const {
    return absl::string_view(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
  }
  std::uint8_t* data() { return bytes_.data(); }

 private:
  std::array<std::uint8_t, kBytes> bytes_{};
};

// Overwrites the bytes of a string that held a secret.
void Cleanse(std::string& secret);

// The key for one purpose: HKDF-SHA-256 of `key` without salt, `label` as info. Different labels
// give keys that say nothing about each other.
Key DeriveKey(const Key& key, absl::string_view label);

// Ciphertext followed by the 16-byte tag. The nonce must never repeat under one key; random ones
// are good for 2^32 messages. REQUIRES: nonce.size() == kNonceBytes.
std::string AeadSeal(const Key& key, absl::string_view nonce, absl::string_view associated_data,
                     absl::string_view plain);

// The plain bytes. DATA_LOSS if the key, the nonce, the associated data or any byte is another.
absl::StatusOr<std::string> AeadOpen(const Key& key, absl::string_view nonce,
                                     absl::string_view associated_data,
                                     absl::string_view ciphertext);

}  // namespace jejak

#endif  // JEJAK_SERVER_BASE_AEAD_H_
