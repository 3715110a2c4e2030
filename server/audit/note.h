// SPDX-License-Identifier: Apache-2.0
//
// File: note.h
//
// Signed notes and their keys (C2SP signed-note), and the timestamped cosignatures of witnesses
// (C2SP tlog-cosignature), both Ed25519. Bytes are in server/doc/formats.md.
//
// Errors of this stage: INVALID_ARGUMENT, a text is not of its form; DATA_LOSS, a signature or a
// proof of someone known is false; PERMISSION_DENIED, nobody who is trusted vouches for it.

#ifndef JEJAK_SERVER_AUDIT_NOTE_H_
#define JEJAK_SERVER_AUDIT_NOTE_H_

#include "server/base/aead.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

// OpenSSL's EVP_PKEY.
struct evp_pkey_st;

namespace jejak::audit {

// --- Notes.

// A line below the text. Which kind of signature it is, only its key says.
struct NoteSignature {
  // Who, as the line has it.
  std::string name;
  std::uint32_t key_id = 0;
  // What follows the key id.
  std::string bytes;

  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

struct Note {
  // With its last newline; without the empty line that separates it from the signatures.
  std::string text;
  std::vector<NoteSignature> signatures = {};

  friend bool operator==(const Note&, const Note&) = default;
};

// INVALID_ARGUMENT unless FormatNote gives `bytes` for the result, with at least one signature, or
// if it is longer than limits::kNoteBytesMax or has more than limits::kNoteSignaturesMax
// signatures. Nothing in it is verified: see VerifyNote.
absl::StatusOr<Note> ParseNote(absl::string_view bytes);
std::string FormatNote(const Note& note);

// Signature lines alone, as a witness answers with them: one or more. INVALID_ARGUMENT as above.
absl::StatusOr<std::vector<NoteSignature>> ParseSignatureLines(absl::string_view lines);
// "— <name> <base64>\n".
std::string FormatSignatureLine(const NoteSignature& signature);

// OK if `text` can be that of a note: UTF-8, control bytes only newlines, one of them at the end.
absl::Status CheckNoteText(absl::string_view text);

// --- Keys.

// Signature types; part of keys and key ids.
enum class KeyType : std::uint8_t {
  // Signs the text.
  kEd25519 = 0x01,
  // cosignature/v1: signs a time and the text, which is that of a checkpoint.
  kCosignature = 0x04,
};

using PublicKey = std::array<std::uint8_t, 32>;

// A key that signatures are verified with.
struct VerifierKey {
  std::string name;
  KeyType type = KeyType::kEd25519;
  PublicKey public_key{};

  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};

// The first 4 bytes of SHA-256(name, newline, type, public key).
std::uint32_t KeyId(const VerifierKey& key);

// "<name>+<key id in hex>+<base64 of type and public key>". INVALID_ARGUMENT unless
// FormatVerifierKey gives `text` for the result; also for types that are not in KeyType.
absl::StatusOr<VerifierKey> ParseVerifierKey(absl::string_view text);
std::string FormatVerifierKey(const VerifierKey& key);

// The same for the key of a witness, of type kCosignature. Tools in use publish such keys with type
// 0x01, and cosign with the key id of type 0x04: both forms give the same key.
absl::StatusOr<VerifierKey> ParseWitnessKey(absl::string_view text);

// --- Verifying.

// OK if `signature` is one of `key` over `text`; DATA_LOSS if not, and if it is of type
// kCosignature and `text` not that of a checkpoint. Looks at the bytes only, not at the name and id
// of the line.
absl::Status VerifySignature(const VerifierKey& key, absl::string_view text,
                             const NoteSignature& signature);

// A signature that was verified.
struct VerifiedSignature {
  // Places in `known` and in `note.signatures`.
  std::size_t key = 0;
  std::size_t signature = 0;
  // When it was cosigned, as it says, in seconds since 1970 UTC; 0 for kEd25519.
  std::uint64_t time_s = 0;

  friend bool operator==(const VerifiedSignature&, const VerifiedSignature&) = default;
};

// The signatures by `known` keys, in the order of the note; of a key that signed more than once,
// all of them. Lines whose name and key id no known key has are ignored. DATA_LOSS: a line of a
// known key does not verify; then nothing of the note may be believed. PERMISSION_DENIED: no known
// key signed.
absl::StatusOr<std::vector<VerifiedSignature>> VerifyNote(const Note& note,
                                                          std::span<const VerifierKey> known);

// --- Signing.

// Holds a private key. May be copied; thread-safe.
class Signer {
 public:
  // A new key, of random bytes. INVALID_ARGUMENT: `name` cannot be that of a key.
  static absl::StatusOr<Signer> Create(absl::string_view name, KeyType type);
  // From the 32 bytes of an RFC 8032 private key. INVALID_ARGUMENT: the name.
  static absl::StatusOr<Signer> FromSeed(absl::string_view name, KeyType type, const Key& seed);
  // "PRIVATE+KEY+<name>+<key id in hex>+<base64 of type and seed>", as Go's sumdb/note has it.
  // INVALID_ARGUMENT unless PrivateText gives `text` for the result; the message has nothing of it.
  static absl::StatusOr<Signer> Parse(absl::string_view text);

  // The secret; the caller overwrites it (Cleanse in server/base/aead.h).
  std::string PrivateText() const;
  const VerifierKey& key() const { return key_; }

  // REQUIRES: key().type is kEd25519; CheckNoteText(text).
  NoteSignature Sign(absl::string_view text) const;
  // `time_s` is in seconds since 1970 UTC. REQUIRES: key().type is kCosignature; `text` is that of
  // a checkpoint; time_s < 2^63.
  NoteSignature Cosign(absl::string_view text, std::uint64_t time_s) const;

 private:
  Signer(VerifierKey key, const Key& seed, std::shared_ptr<evp_pkey_st> private_key);
  std::string SignBytes(absl::string_view message) const;

  VerifierKey key_;
  Key seed_;
  std::shared_ptr<evp_pkey_st> private_key_;
};

}  // namespace jejak::audit

#endif  // JEJAK_SERVER_AUDIT_NOTE_H_
