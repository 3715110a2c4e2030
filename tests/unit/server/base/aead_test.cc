// SPDX-License-Identifier: Apache-2.0

#include "server/base/aead.h"

#include "server/base/hash.h"

#include <gtest/gtest.h>

namespace jejak {
namespace {

std::string Unhex(absl::string_view hex) { return FromHex(hex).value(); }

// NIST GCM specification (McGrew, Viega), test case 16: AES-256 with associated data.
TEST(AeadTest, SealingGivesTheBytesOfTheSpecification) {
  const Key key(Unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"));
  const std::string nonce = Unhex("cafebabefacedbaddecaf888");
  const std::string associated_data = Unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const std::string plain = Unhex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  const std::string sealed = Unhex(
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
      "76fc6ece0f4e1768cddf8853bb2d551b");
  EXPECT_EQ(AeadSeal(key, nonce, associated_data, plain), sealed);
  EXPECT_EQ(AeadOpen(key, nonce, associated_data, sealed).value(), plain);
}

TEST(AeadTest, EveryFlippedBitIsFound) {
  const Key key(std::string(32, 'k'));
  const std::string nonce(kNonceBytes, 'n');
  const std::string sealed = AeadSeal(key, nonce, "context", "plain");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_TRUE(absl::IsDataLoss(AeadOpen(key, nonce, "context", changed).status())) << bit;
  }
}

TEST(AeadTest, AnotherKeyNonceOrContextDoesNotOpen) {
  const Key key(std::string(32, 'k'));
  const std::string nonce(kNonceBytes, 'n');
  const std::string sealed = AeadSeal(key, nonce, "context", "plain");
  EXPECT_TRUE(
      absl::IsDataLoss(AeadOpen(Key(std::string(32, 'x')), nonce, "context", sealed).status()));
  EXPECT_TRUE(
      absl::IsDataLoss(AeadOpen(key, std::string(kNonceBytes, 'x'), "context", sealed).status()));
  EXPECT_TRUE(absl::IsDataLoss(AeadOpen(key, nonce, "contexts", sealed).status()));
  EXPECT_TRUE(absl::IsDataLoss(AeadOpen(key, "short", "context", sealed).status()));
  EXPECT_TRUE(absl::IsDataLoss(AeadOpen(key, nonce, "context", "short").status()));
}

TEST(AeadTest, NothingCanBeSealedAndOpened) {
  const Key key(std::string(32, 'k'));
  const std::string nonce(kNonceBytes, 'n');
  EXPECT_EQ(AeadOpen(key, nonce, "", AeadSeal(key, nonce, "", "")).value(), "");
}

// HKDF-SHA-256 without salt, as HMAC by hand (RFC 5869, sections 2.2 and 2.3).
TEST(AeadTest, DerivingIsHkdf) {
  const Key key(std::string(32, 'k'));
  const Hash extracted = HmacSha256(std::string(32, '\0'), key.view());
  const Hash expanded = HmacSha256(AsBytes(extracted), absl::string_view("label\x01", 6));
  EXPECT_EQ(DeriveKey(key, "label").view(), AsBytes(expanded));
  EXPECT_NE(DeriveKey(key, "other").view(), AsBytes(expanded));
}

}  // namespace
}  // namespace jejak
