// SPDX-License-Identifier: Apache-2.0

#include "server/audit/note.h"

#include "server/audit/checkpoint.h"
#include "server/audit/encoding.h"
#include "server/base/bytes.h"
#include "server/base/check.h"
#include "server/base/hash.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/base/utf8.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace jejak::audit {
namespace {

// U+2014 and a space.
constexpr absl::string_view kLinePrefix = "\xE2\x80\x94 ";
constexpr absl::string_view kPrivatePrefix = "PRIVATE+KEY+";
constexpr std::size_t kSignatureBytes = 64;
constexpr std::uint64_t kTimeMax = std::numeric_limits<std::int64_t>::max();

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;
struct PkeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Pkey = std::unique_ptr<EVP_PKEY, PkeyDeleter>;

const std::uint8_t* Bytes(absl::string_view view) {
  return reinterpret_cast<const std::uint8_t*>(view.data());
}

absl::string_view View(const PublicKey& key) {
  return absl::string_view(reinterpret_cast<const char*>(key.data()), key.size());
}

bool VerifyEd25519(const PublicKey& key, absl::string_view message, absl::string_view signature) {
  if (signature.size() != kSignatureBytes) return false;
  // What fails here must not be taken for an error of TLS by whoever uses OpenSSL in this thread.
  ERR_set_mark();
  const Pkey pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  const Context context(EVP_MD_CTX_new());
  JEJAK_CHECK(context != nullptr);
  const bool valid =
      pkey != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message),
                       message.size()) == 1;
  ERR_pop_to_mark();
  return valid;
}

std::string CosignedMessage(absl::string_view text, std::uint64_t time_s) {
  return absl::StrCat("cosignature/v1\ntime ", time_s, "\n", text);
}

absl::Status NoteError(absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat("note: ", reason));
}

absl::StatusOr<NoteSignature> ParseSignatureLine(absl::string_view line) {
  const auto refused = [&] {
    return NoteError(absl::StrCat(Quoted(line), " is not a signature line"));
  };
  absl::string_view rest = line;
  if (!absl::ConsumePrefix(&rest, kLinePrefix)) return refused();
  const std::size_t space = rest.find(' ');
  if (space == absl::string_view::npos || !IsKeyName(rest.substr(0, space))) return refused();
  const std::optional<std::string> blob = ParseBase64(rest.substr(space + 1));
  NoteSignature signature;
  if (!blob.has_value()) return refused();
  ByteReader reader(*blob);
  if (!reader.Read(signature.key_id) || reader.rest().empty()) return refused();
  signature.name = std::string(rest.substr(0, space));
  signature.bytes = std::string(reader.rest());
  return signature;
}

// The time of a signature that verifies, 0 for kEd25519; nothing if it does not verify.
std::optional<std::uint64_t> VerifiedTime(const VerifierKey& key, absl::string_view text,
                                          absl::string_view bytes) {
  if (key.type == KeyType::kEd25519) {
    if (!VerifyEd25519(key.public_key, text, bytes)) return std::nullopt;
    return 0;
  }
  // A cosignature is a statement about a tree; over another text it would mean nothing.
  if (!ParseCheckpoint(text).ok()) return std::nullopt;
  ByteReader reader(bytes);
  std::uint64_t time_s = 0;
  if (!reader.Read(time_s) || time_s > kTimeMax) return std::nullopt;
  if (!VerifyEd25519(key.public_key, CosignedMessage(text, time_s), reader.rest())) {
    return std::nullopt;
  }
  return time_s;
}

absl::Status FalseSignature(const VerifierKey& key) {
  return absl::DataLossError(
      absl::StrCat("note: the signature of ", FormatVerifierKey(key), " is false"));
}

std::string KeyIdHex(const VerifierKey& key) { return ToHex(ToBigEndian(KeyId(key))); }

std::optional<KeyType> ToKeyType(char byte) {
  switch (static_cast<KeyType>(byte)) {
    case KeyType::kEd25519:
    case KeyType::kCosignature:
      return static_cast<KeyType>(byte);
  }
  return std::nullopt;
}

// The three parts of a key's text, and of the last the type and the 32 bytes after it.
struct KeyText {
  absl::string_view name;
  absl::string_view id_hex;
  KeyType type = KeyType::kEd25519;
  std::string bytes;
};

absl::StatusOr<KeyText> ParseKeyText(absl::string_view text) {
  const auto refused = [](absl::string_view reason) {
    return absl::InvalidArgumentError(absl::StrCat("key: ", reason));
  };
  const std::size_t name_end = text.find('+');
  if (name_end == absl::string_view::npos) return refused("not <name>+<id>+<base64>");
  const std::size_t id_end = text.find('+', name_end + 1);
  if (id_end == absl::string_view::npos) return refused("not <name>+<id>+<base64>");
  KeyText key;
  key.name = text.substr(0, name_end);
  if (!IsKeyName(key.name)) {
    return refused(absl::StrCat(Quoted(key.name), " cannot be a key name"));
  }
  key.id_hex = text.substr(name_end + 1, id_end - name_end - 1);
  std::optional<std::string> blob = ParseBase64(text.substr(id_end + 1));
  if (!blob.has_value() || blob->empty()) return refused("the last part is not base64");
  const std::optional<KeyType> type = ToKeyType(blob->front());
  const bool right_size = blob->size() == 1 + sizeof(PublicKey);
  if (type.has_value() && right_size) {
    key.type = *type;
    key.bytes = blob->substr(1);
  }
  Cleanse(*blob);
  if (!type.has_value()) return refused("its signature type is neither Ed25519 nor cosignature/v1");
  if (!right_size) return refused("it does not have 32 bytes");
  return key;
}

absl::Status WrongId(const VerifierKey& key) {
  return absl::InvalidArgumentError(
      absl::StrCat("key: the id of ", Quoted(key.name), " would be ", KeyIdHex(key)));
}

absl::Status CheckKeyName(absl::string_view name) {
  if (IsKeyName(name)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("key: ", Quoted(name), " cannot be a key name"));
}

}  // namespace

absl::Status CheckNoteText(absl::string_view text) {
  if (text.empty() || text.back() != '\n') return NoteError("the last line has no newline");
  const auto control = std::find_if(text.begin(), text.end(), [](char c) {
    return static_cast<std::uint8_t>(c) < 0x20 && c != '\n';
  });
  if (control != text.end()) {
    return NoteError(absl::StrCat("a control byte at byte ", control - text.begin()));
  }
  if (!IsUtf8(text)) return NoteError("not UTF-8");
  return absl::OkStatus();
}

absl::StatusOr<Note> ParseNote(absl::string_view bytes) {
  if (bytes.size() > limits::kNoteBytesMax) {
    return NoteError(absl::StrCat("longer than ", limits::kNoteBytesMax, " bytes"));
  }
  JEJAK_RETURN_IF_ERROR(CheckNoteText(bytes));
  const std::size_t split = bytes.rfind("\n\n");
  if (split == absl::string_view::npos) {
    return NoteError("no empty line between the text and the signatures");
  }
  Note note;
  note.text = std::string(bytes.substr(0, split + 1));
  JEJAK_ASSIGN_OR_RETURN(note.signatures, ParseSignatureLines(bytes.substr(split + 2)));
  return note;
}

std::string FormatNote(const Note& note) {
  std::string bytes = absl::StrCat(note.text, "\n");
  for (const NoteSignature& signature : note.signatures) bytes += FormatSignatureLine(signature);
  return bytes;
}

absl::StatusOr<std::vector<NoteSignature>> ParseSignatureLines(absl::string_view lines) {
  if (lines.size() > limits::kNoteBytesMax) {
    return NoteError(absl::StrCat("longer than ", limits::kNoteBytesMax, " bytes"));
  }
  std::vector<NoteSignature> signatures;
  while (!lines.empty()) {
    const std::optional<absl::string_view> line = TakeLine(lines);
    if (!line.has_value()) return NoteError("the last line has no newline");
    if (signatures.size() == limits::kNoteSignaturesMax) {
      return NoteError(absl::StrCat("more than ", limits::kNoteSignaturesMax, " signatures"));
    }
    JEJAK_ASSIGN_OR_RETURN(NoteSignature signature, ParseSignatureLine(*line));
    signatures.push_back(std::move(signature));
  }
  if (signatures.empty()) return NoteError("no signature line");
  return signatures;
}

std::string FormatSignatureLine(const NoteSignature& signature) {
  return absl::StrCat(kLinePrefix, signature.name, " ",
                      FormatBase64(ToBigEndian(signature.key_id) + signature.bytes), "\n");
}

std::uint32_t KeyId(const VerifierKey& key) {
  const char type = static_cast<char>(key.type);
  const Hash hash = Sha256({key.name, "\n", absl::string_view(&type, 1), View(key.public_key)});
  std::uint32_t id = 0;
  ByteReader reader(AsBytes(hash));
  JEJAK_CHECK(reader.Read(id));
  return id;
}

absl::StatusOr<VerifierKey> ParseVerifierKey(absl::string_view text) {
  JEJAK_ASSIGN_OR_RETURN(const KeyText parts, ParseKeyText(text));
  VerifierKey key;
  key.name = std::string(parts.name);
  key.type = parts.type;
  std::copy(parts.bytes.begin(), parts.bytes.end(), key.public_key.begin());
  if (parts.id_hex != KeyIdHex(key)) return WrongId(key);
  return key;
}

std::string FormatVerifierKey(const VerifierKey& key) {
  return absl::StrCat(key.name, "+", KeyIdHex(key), "+",
                      FormatBase64(absl::StrCat(std::string(1, static_cast<char>(key.type)),
                                                View(key.public_key))));
}

absl::StatusOr<VerifierKey> ParseWitnessKey(absl::string_view text) {
  JEJAK_ASSIGN_OR_RETURN(VerifierKey key, ParseVerifierKey(text));
  key.type = KeyType::kCosignature;
  return key;
}

absl::Status VerifySignature(const VerifierKey& key, absl::string_view text,
                             const NoteSignature& signature) {
  return VerifiedTime(key, text, signature.bytes).has_value() ? absl::OkStatus()
                                                              : FalseSignature(key);
}

absl::StatusOr<std::vector<VerifiedSignature>> VerifyNote(const Note& note,
                                                          std::span<const VerifierKey> known) {
  std::vector<std::uint32_t> ids;
  for (const VerifierKey& key : known) ids.push_back(KeyId(key));
  std::vector<VerifiedSignature> verified;
  for (std::size_t i = 0; i < note.signatures.size(); ++i) {
    const NoteSignature& signature = note.signatures[i];
    for (std::size_t k = 0; k < known.size(); ++k) {
      if (signature.key_id != ids[k] || signature.name != known[k].name) continue;
      const std::optional<std::uint64_t> time_s =
          VerifiedTime(known[k], note.text, signature.bytes);
      if (!time_s.has_value()) return FalseSignature(known[k]);
      verified.push_back({.key = k, .signature = i, .time_s = *time_s});
    }
  }
  if (verified.empty()) {
    return absl::PermissionDeniedError("note: none of its signatures is by a known key");
  }
  return verified;
}

Signer::Signer(VerifierKey key, const Key& seed, std::shared_ptr<evp_pkey_st> private_key)
    : key_(std::move(key)), seed_(seed), private_key_(std::move(private_key)) {}

absl::StatusOr<Signer> Signer::Create(absl::string_view name, KeyType type) {
  std::string random = RandomBytes(Key::kBytes);
  const Key seed(random);
  Cleanse(random);
  return FromSeed(name, type, seed);
}

absl::StatusOr<Signer> Signer::FromSeed(absl::string_view name, KeyType type, const Key& seed) {
  JEJAK_RETURN_IF_ERROR(CheckKeyName(name));
  std::shared_ptr<evp_pkey_st> private_key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(seed.view()), Key::kBytes),
      PkeyDeleter());
  JEJAK_CHECK(private_key != nullptr);
  VerifierKey key = {.name = std::string(name), .type = type};
  std::size_t size = key.public_key.size();
  JEJAK_CHECK(EVP_PKEY_get_raw_public_key(private_key.get(), key.public_key.data(), &size) == 1);
  return Signer(std::move(key), seed, std::move(private_key));
}

absl::StatusOr<Signer> Signer::Parse(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, kPrivatePrefix)) {
    return absl::InvalidArgumentError(absl::StrCat("key: it does not begin with ", kPrivatePrefix));
  }
  JEJAK_ASSIGN_OR_RETURN(KeyText parts, ParseKeyText(text));
  const Key seed(parts.bytes);
  Cleanse(parts.bytes);
  JEJAK_ASSIGN_OR_RETURN(Signer signer, FromSeed(parts.name, parts.type, seed));
  if (parts.id_hex != KeyIdHex(signer.key_)) return WrongId(signer.key_);
  return signer;
}

std::string Signer::PrivateText() const {
  std::string secret = absl::StrCat(std::string(1, static_cast<char>(key_.type)), seed_.view());
  std::string base64 = FormatBase64(secret);
  std::string text = absl::StrCat(kPrivatePrefix, key_.name, "+", KeyIdHex(key_), "+", base64);
  Cleanse(secret);
  Cleanse(base64);
  return text;
}

std::string Signer::SignBytes(absl::string_view message) const {
  const Context context(EVP_MD_CTX_new());
  JEJAK_CHECK(context != nullptr);
  JEJAK_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, private_key_.get()) ==
              1);
  std::array<std::uint8_t, kSignatureBytes> signature{};
  std::size_t size = signature.size();
  JEJAK_CHECK(
      EVP_DigestSign(context.get(), signature.data(), &size, Bytes(message), message.size()) == 1);
  JEJAK_CHECK(size == signature.size());
  return std::string(signature.begin(), signature.end());
}

NoteSignature Signer::Sign(absl::string_view text) const {
  JEJAK_CHECK(key_.type == KeyType::kEd25519 && CheckNoteText(text).ok());
  return {.name = key_.name, .key_id = KeyId(key_), .bytes = SignBytes(text)};
}

NoteSignature Signer::Cosign(absl::string_view text, std::uint64_t time_s) const {
  JEJAK_CHECK(key_.type == KeyType::kCosignature && CheckNoteText(text).ok());
  JEJAK_CHECK(time_s <= kTimeMax);
  return {.name = key_.name,
          .key_id = KeyId(key_),
          .bytes = ToBigEndian(time_s) + SignBytes(CosignedMessage(text, time_s))};
}

}  // namespace jejak::audit
