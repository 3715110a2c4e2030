// SPDX-License-Identifier: Apache-2.0

#include "server/audit/checkpoint.h"

#include "server/audit/encoding.h"
#include "server/audit/proof.h"
#include "server/log/entry.h"
#include "server/log/merkle.h"
#include "tests/unit/server/audit/test_keys.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jejak::audit {
namespace {

using testing::HasSubstr;

TEST(CheckpointTest, ThePublicCheckpointsAreThoseOfTheirLeaves) {
  log::CompactRange range;
  const std::vector<VerifierKey> known = {*ParseVerifierKey(kLogKey)};
  for (const char* leaf : {"one", "two", "three", "four", "five", "six", "seven", "eit", "nain",
                           "ten", "ileven", "twelf", "threeten", "fourten", "fivten"}) {
    range.Append(log::LeafHash(leaf));
    if (range.size() != 1 && range.size() != 15) continue;
    const absl::StatusOr<SignedCheckpoint> parsed =
        ParseSignedCheckpoint(range.size() == 1 ? kCheckpoint1 : kCheckpoint15);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->checkpoint.origin, "example.com/log/testdata");
    EXPECT_EQ(parsed->checkpoint.size, range.size());
    EXPECT_EQ(parsed->checkpoint.root, range.Root());
    EXPECT_TRUE(VerifyNote(parsed->note, known).ok());
    const Signer log = *Signer::Parse(kLogPrivateKey);
    EXPECT_EQ(SignCheckpoint(parsed->checkpoint, log), *parsed);
  }
}

TEST(CheckpointTest, TheTextHasOneSpelling) {
  const std::string root = FormatHash(EmptyRoot());
  for (const Checkpoint& checkpoint :
       {Checkpoint{"a", 0, EmptyRoot(), {}},
        Checkpoint{"any line, even + spaces \xE2\x80\x94", ~std::uint64_t{0}, Hash{}, {}},
        Checkpoint{"a", 7, Hash{}, {"one", " ", "three"}}}) {
    const absl::StatusOr<Checkpoint> parsed = ParseCheckpoint(FormatCheckpoint(checkpoint));
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, checkpoint);
  }
  for (const std::string& text : {
           std::string(),
           std::string("\n"),
           std::string("a\n"),
           std::string("a\n1\n"),
           absl::StrCat("\n1\n", root, "\n"),
           absl::StrCat("a\n\n", root, "\n"),
           absl::StrCat("a\n01\n", root, "\n"),
           absl::StrCat("a\n+1\n", root, "\n"),
           absl::StrCat("a\n1 \n", root, "\n"),
           absl::StrCat("a\n-1\n", root, "\n"),
           absl::StrCat("a\n18446744073709551616\n", root, "\n"),
           absl::StrCat("a\n1\n", root),
           absl::StrCat("a\n1\n", root, " \n"),
           absl::StrCat("a\n1\n", root.substr(0, 43), "\n"),
           absl::StrCat("a\n1\n", root.substr(0, 40), "\n"),
           absl::StrCat("a\n1\nAAAA", root, "\n"),
           absl::StrCat("a\n1\n", root, "\n\n"),
           absl::StrCat("a\n1\n", root, "\nx\n\ny\n"),
           absl::StrCat("a\n1\n", root, "\nx"),
           absl::StrCat("a\r\n1\n", root, "\n"),
           absl::StrCat("a\n1\n", root, "\n\xff\n"),
       }) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseCheckpoint(text).status())) << Quoted(text);
  }
}

TEST(CheckpointTest, AMessageSaysWhichLineIsWrong) {
  const std::string root = FormatHash(EmptyRoot());
  EXPECT_THAT(ParseCheckpoint("a\n01\n" + root + "\n").status().message(), HasSubstr("line 2"));
  EXPECT_THAT(ParseCheckpoint("a\n1\nx\n").status().message(), HasSubstr("line 3"));
  EXPECT_THAT(ParseCheckpoint("a\n1\n" + root + "\nx\n\n").status().message(), HasSubstr("line 5"));
}

}  // namespace
}  // namespace jejak::audit
