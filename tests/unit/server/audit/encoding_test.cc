// SPDX-License-Identifier: Apache-2.0

#include "server/audit/encoding.h"

#include "server/base/limits.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jejak::audit {
namespace {

TEST(EncodingTest, ADecimalHasOneSpelling) {
  EXPECT_EQ(ParseDecimal("0"), 0u);
  EXPECT_EQ(ParseDecimal("20852163"), 20852163u);
  EXPECT_EQ(ParseDecimal("18446744073709551615"), ~std::uint64_t{0});
  for (const char* text : {"", "00", "01", "+1", "-1", " 1", "1 ", "1\n", "0x1", "1e3", "1_0",
                           "18446744073709551616", "99999999999999999999999999"}) {
    EXPECT_EQ(ParseDecimal(text), std::nullopt) << text;
  }
}

TEST(EncodingTest, Base64HasOneSpelling) {
  // RFC 4648 section 10.
  EXPECT_EQ(ParseBase64(""), "");
  EXPECT_EQ(ParseBase64("Zg=="), "f");
  EXPECT_EQ(ParseBase64("Zm8="), "fo");
  EXPECT_EQ(ParseBase64("Zm9vYmFy"), "foobar");
  EXPECT_EQ(ParseBase64("+/+/"), "\xfb\xff\xbf");
  for (const char* text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8=\n", " Zm8=", "Zm 8=", "Zm8.",
                           "-_-_", "Zg==Zg==", "=", "====", "Zm9vYmF"}) {
    EXPECT_EQ(ParseBase64(text), std::nullopt) << text;
  }
}

TEST(EncodingTest, AHashHasExactly32Bytes) {
  const Hash hash = Sha256({"x"});
  EXPECT_EQ(ParseHash(FormatHash(hash)), hash);
  EXPECT_EQ(FormatHash(hash).size(), 44u);
  EXPECT_EQ(ParseHash(FormatBase64(std::string(31, 'x'))), std::nullopt);
  EXPECT_EQ(ParseHash(FormatBase64(std::string(33, 'x'))), std::nullopt);
}

TEST(EncodingTest, HashLinesEndWithAnEmptyLine) {
  const std::vector<Hash> hashes = {Sha256({"a"}), Sha256({"b"})};
  const std::string lines = FormatHashLines(hashes) + "rest";
  absl::string_view text = lines;
  EXPECT_EQ(*TakeHashLines(text), hashes);
  EXPECT_EQ(text, "rest");

  text = "\n";
  EXPECT_EQ(TakeHashLines(text)->size(), 0u);
  const std::string line = FormatHash(hashes[0]);
  for (const std::string& wrong :
       {std::string(), line, absl::StrCat(line, "\n"), absl::StrCat(line, "\r\n\n"),
        absl::StrCat(line, "\nx\n\n"), absl::StrCat(" ", line, "\n\n")}) {
    text = wrong;
    EXPECT_TRUE(absl::IsInvalidArgument(TakeHashLines(text).status())) << wrong;
  }
}

TEST(EncodingTest, AProofHasAtMost63Hashes) {
  const std::string most = FormatHashLines(std::vector<Hash>(limits::kProofHashesMax));
  absl::string_view text = most;
  EXPECT_EQ(TakeHashLines(text)->size(), 63u);
  const std::string more = FormatHashLines(std::vector<Hash>(limits::kProofHashesMax + 1));
  text = more;
  EXPECT_THAT(TakeHashLines(text).status().message(), testing::HasSubstr("more than 63"));
}

TEST(EncodingTest, AKeyNameHasNoSpaceOfUnicodeAndNoPlus) {
  for (const char* name : {"a", "example.com/log", "h\xC3\xA9", "\xE2\x80\x94", "a-b_c:8080"}) {
    EXPECT_TRUE(IsKeyName(name)) << name;
  }
  for (const char* name : {"", "a b", "a+b", "a\tb", "a\n", "\xC2\xA0", "a\xC2\x85", "\xE1\x9A\x80",
                           "\xE2\x80\x80", "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xAF",
                           "\xE2\x81\x9F", "\xE3\x80\x80", "\xFF", "a\x01"}) {
    EXPECT_FALSE(IsKeyName(name)) << Quoted(name);
  }
}

TEST(EncodingTest, AQuotedTextIsCutAndEscaped) {
  EXPECT_EQ(Quoted("a\nb"), "\"a\\nb\"");
  EXPECT_EQ(Quoted(std::string(81, 'x')), absl::StrCat("\"", std::string(80, 'x'), "...\""));
}

}  // namespace
}  // namespace jejak::audit
