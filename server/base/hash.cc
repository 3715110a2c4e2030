// SPDX-License-Identifier: Apache-2.0

#include "server/base/hash.h"

#include "server/base/check.h"

#include "absl/strings/escaping.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstring>
#include <memory>

namespace jejak {
namespace {

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

}  // namespace

Hash HashFromBytes(absl::string_view bytes) {
  JEJAK_CHECK(bytes.size() == 32);
  Hash hash;
  std::memcpy(hash.data(), bytes.data(), hash.size());
  return hash;
}

Hash Sha256(std::initializer_list<absl::string_view> parts) {
  thread_local const Context context(EVP_MD_CTX_new());
  JEJAK_CHECK(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  for (absl::string_view part : parts) {
    JEJAK_CHECK(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  }
  Hash hash;
  JEJAK_CHECK(EVP_DigestFinal_ex(context.get(), hash.data(), nullptr) == 1);
  return hash;
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  JEJAK_CHECK(EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr) == 1);
}

Sha256Stream::~Sha256Stream() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

void Sha256Stream::Add(absl::string_view bytes) {
  JEJAK_CHECK(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size()) ==
              1);
}

Hash Sha256Stream::Finish() {
  Hash hash;
  JEJAK_CHECK(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), hash.data(), nullptr) == 1);
  return hash;
}

Hash HmacSha256(absl::string_view key, absl::string_view message) {
  Hash hash;
  unsigned int size = 0;
  JEJAK_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                   reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                   hash.data(), &size) != nullptr);
  JEJAK_CHECK(size == hash.size());
  return hash;
}

std::string RandomBytes(std::size_t size) {
  std::string bytes(size, '\0');
  JEJAK_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) ==
              1);
  return bytes;
}

std::string ToHex(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

absl::StatusOr<std::string> FromHex(absl::string_view text) {
  if (text.size() % 2 != 0) return absl::InvalidArgumentError("an odd number of hex digits");
  for (char c : text) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
      return absl::InvalidArgumentError("not lower-case hexadecimal");
    }
  }
  return absl::HexStringToBytes(text);
}

}  // namespace jejak
