// SPDX-License-Identifier: Apache-2.0

#include "client/cli/text.h"

#include "gtest/gtest.h"

namespace jejak::cli {
namespace {

TEST(TextTest, WhatCouldSteerATerminalIsEscaped) {
  EXPECT_EQ(Printable("a\x1b[31mb\nc"), "a\\x1b[31mb\\x0ac");
  EXPECT_EQ(Printable("\u202etxt"), "\\u{202e}txt");
  EXPECT_EQ(Printable("\u0085"), "\\x85");
  EXPECT_EQ(Printable("\xff ok"), "\\xff ok");
  EXPECT_EQ(Printable("Pekon Gunung Kasih – é"), "Pekon Gunung Kasih – é");
}

TEST(TextTest, WidthCountsWideAndCombiningCharacters) {
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("村"), 2);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
}

TEST(TextTest, InAFileAsciiControlsStayAndTheDirectionOfWritingDoesNotTurn) {
  EXPECT_EQ(PrintableInFile("a\nb\tc\x1b"), "a\nb\tc\x1b");
  EXPECT_EQ(PrintableInFile("\u202etxt\u0085"), "\\u{202e}txt\\x85");
}

}  // namespace
}  // namespace jejak::cli
