// SPDX-License-Identifier: Apache-2.0

#include "server/base/hash.h"

#include <gtest/gtest.h>

#include <string>

namespace jejak {
namespace {

TEST(HashTest, Sha256GivesTheKnownValues) {
  // FIPS 180-4, as in NIST's examples.
  EXPECT_EQ(ToHex(AsBytes(Sha256({}))),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(ToHex(AsBytes(Sha256({"abc"}))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(ToHex(AsBytes(Sha256({"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"}))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(HashTest, PartsAreHashedOneAfterTheOther) {
  EXPECT_EQ(Sha256({"ab", "", "c"}), Sha256({"abc"}));
  EXPECT_NE(Sha256({"ab", "c"}), Sha256({"c", "ab"}));
}

TEST(HashTest, AStreamGivesWhatOneCallGives) {
  Sha256Stream stream;
  stream.Add("a");
  stream.Add("");
  stream.Add("bc");
  EXPECT_EQ(stream.Finish(), Sha256({"abc"}));
}

TEST(HashTest, HmacGivesTheKnownValues) {
  // RFC 4231, test cases 1, 2 and 6.
  EXPECT_EQ(ToHex(AsBytes(HmacSha256(std::string(20, '\x0b'), "Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(ToHex(AsBytes(HmacSha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(ToHex(AsBytes(HmacSha256(std::string(131, '\xaa'),
                                     "Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HashTest, HexGoesThereAndBack) {
  const std::string bytes("\x00\x7f\x80\xff", 4);
  EXPECT_EQ(ToHex(bytes), "007f80ff");
  const absl::StatusOr<std::string> back = FromHex("007f80ff");
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, bytes);
  EXPECT_EQ(*FromHex(""), "");
}

TEST(HashTest, OnlyLowerCaseHexadecimalIsRead) {
  for (const char* text : {"0", "abc", "0A", "FF", "0g", "0x", " 0", "0 ", "-1", "\xc3\xa9"}) {
    EXPECT_EQ(FromHex(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(HashTest, BytesOfAHashMakeTheHash) {
  const Hash hash = Sha256({"abc"});
  EXPECT_EQ(HashFromBytes(AsBytes(hash)), hash);
  EXPECT_DEATH(HashFromBytes("short"), "check failed");
}

TEST(HashTest, RandomBytesDiffer) {
  EXPECT_EQ(RandomBytes(0), "");
  const std::string one = RandomBytes(32);
  EXPECT_EQ(one.size(), 32u);
  EXPECT_NE(one, RandomBytes(32));
}

}  // namespace
}  // namespace jejak
