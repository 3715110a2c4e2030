// SPDX-License-Identifier: Apache-2.0

#include "server/base/bytes.h"

#include <gtest/gtest.h>

namespace jejak {
namespace {

TEST(BytesTest, TheMostSignificantByteComesFirst) {
  EXPECT_EQ(ToBigEndian<std::uint32_t>(0x01020304), "\x01\x02\x03\x04");
  EXPECT_EQ(ToBigEndian<std::uint16_t>(0xFF80), "\xff\x80");
  EXPECT_EQ(ToBigEndian<std::uint64_t>(1), std::string("\0\0\0\0\0\0\0\1", 8));
}

TEST(BytesTest, ANumberIsReadBackFromExactlyItsBytes) {
  for (std::uint64_t value : {0ull, 1ull, 0x80ull, ~0ull}) {
    EXPECT_EQ(FromBigEndian<std::uint64_t>(ToBigEndian(value)), value);
  }
  EXPECT_EQ(FromBigEndian<std::uint32_t>("abc"), std::nullopt);
  EXPECT_EQ(FromBigEndian<std::uint32_t>("abcde"), std::nullopt);
}

TEST(BytesTest, ReadingBeyondTheEndChangesNothing) {
  ByteReader reader("abc");
  std::uint16_t number = 0;
  EXPECT_TRUE(reader.Read(number));
  EXPECT_EQ(number, 0x6162);
  EXPECT_FALSE(reader.Read(number));
  EXPECT_EQ(number, 0x6162);
  EXPECT_EQ(reader.rest(), "c");
}

}  // namespace
}  // namespace jejak
