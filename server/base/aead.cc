// SPDX-License-Identifier: Apache-2.0

#include "server/base/aead.h"

#include "server/base/check.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <cstring>
#include <memory>

namespace jejak {
namespace {

struct CipherDeleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, CipherDeleter>;

struct KdfDeleter {
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};

const std::uint8_t* Bytes(absl::string_view view) {
  return reinterpret_cast<const std::uint8_t*>(view.data());
}
std::uint8_t* Bytes(std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); }

int Size(absl::string_view view) {
  JEJAK_CHECK(view.size() < (std::size_t{1} << 30));
  return static_cast<int>(view.size());
}

}  // namespace

Key::Key(absl::string_view bytes) {
  JEJAK_CHECK(bytes.size() == kBytes);
  std::memcpy(bytes_.data(), bytes.data(), kBytes);
}

Key::~Key() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

void Cleanse(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

Key DeriveKey(const Key& key, absl::string_view label) {
  const std::unique_ptr<EVP_KDF, KdfDeleter> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  JEJAK_CHECK(kdf != nullptr);
  const std::unique_ptr<EVP_KDF_CTX, KdfDeleter> context(EVP_KDF_CTX_new(kdf.get()));
  JEJAK_CHECK(context != nullptr);
  // OSSL_PARAM takes pointers to non-const; it does not write through these.
  Key input = key;
  std::string info(label);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, input.data(), Key::kBytes),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end(),
  };
  Key derived;
  JEJAK_CHECK(EVP_KDF_derive(context.get(), derived.data(), Key::kBytes, parameters) == 1);
  return derived;
}

std::string AeadSeal(const Key& key, absl::string_view nonce, absl::string_view associated_data,
                     absl::string_view plain) {
  JEJAK_CHECK(nonce.size() == kNonceBytes);
  const CipherContext context(EVP_CIPHER_CTX_new());
  JEJAK_CHECK(context != nullptr);
  JEJAK_CHECK(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key.view()),
                                 Bytes(nonce)) == 1);
  int size = 0;
  JEJAK_CHECK(EVP_EncryptUpdate(context.get(), nullptr, &size, Bytes(associated_data),
                                Size(associated_data)) == 1);
  std::string sealed(plain.size() + kTagBytes, '\0');
  JEJAK_CHECK(EVP_EncryptUpdate(context.get(), Bytes(sealed), &size, Bytes(plain), Size(plain)) ==
              1);
  JEJAK_CHECK(static_cast<std::size_t>(size) == plain.size());
  std::uint8_t* const tag = Bytes(sealed) + plain.size();
  JEJAK_CHECK(EVP_EncryptFinal_ex(context.get(), tag, &size) == 1);
  JEJAK_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag) == 1);
  return sealed;
}

absl::StatusOr<std::string> AeadOpen(const Key& key, absl::string_view nonce,
                                     absl::string_view associated_data,
                                     absl::string_view ciphertext) {
  if (nonce.size() != kNonceBytes || ciphertext.size() < kTagBytes) {
    return absl::DataLossError("sealed bytes are too short");
  }
  const absl::string_view body = ciphertext.substr(0, ciphertext.size() - kTagBytes);
  std::string tag(ciphertext.substr(body.size()));
  const CipherContext context(EVP_CIPHER_CTX_new());
  JEJAK_CHECK(context != nullptr);
  JEJAK_CHECK(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key.view()),
                                 Bytes(nonce)) == 1);
  int size = 0;
  JEJAK_CHECK(EVP_DecryptUpdate(context.get(), nullptr, &size, Bytes(associated_data),
                                Size(associated_data)) == 1);
  // One byte more, so that there is a place to point to when the body is empty.
  std::string plain(body.size() + 1, '\0');
  JEJAK_CHECK(EVP_DecryptUpdate(context.get(), Bytes(plain), &size, Bytes(body), Size(body)) == 1);
  JEJAK_CHECK(static_cast<std::size_t>(size) == body.size());
  JEJAK_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, Bytes(tag)) == 1);
  if (EVP_DecryptFinal_ex(context.get(), Bytes(plain) + body.size(), &size) != 1) {
    Cleanse(plain);
    return absl::DataLossError("sealed bytes do not authenticate");
  }
  plain.resize(body.size());
  return plain;
}

}  // namespace jejak
