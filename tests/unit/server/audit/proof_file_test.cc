// SPDX-License-Identifier: Apache-2.0

#include "server/audit/proof_file.h"

#include "server/audit/encoding.h"
#include "server/base/limits.h"
#include "tests/unit/server/audit/test_keys.h"
#include "tests/unit/server/audit/test_tree.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jejak::audit {
namespace {

class ProofFileTest : public testing::Test {
 protected:
  ProofFileTest() {
    const Signer log = *Signer::Parse(kLogPrivateKey);
    const Signer witness = *Signer::Parse(kWitnessPrivateKey);
    file_.extra = "an entry";
    file_.index = 5;
    file_.proof = *InclusionProof(5, 11, tree_.nodes());
    file_.checkpoint = SignCheckpoint(
        {.origin = log.key().name, .size = 11, .root = *TreeRoot(11, tree_.nodes())}, log);
    file_.checkpoint.note.signatures.push_back(
        witness.Cosign(file_.checkpoint.note.text, 1700000000));
  }

  absl::Status Verify(const ProofFile& file) const {
    return VerifyProofFile(file, tree_.leaves()[5], policy_).status();
  }

  const TestTree tree_{16};
  const Policy policy_ =
      *Policy::Parse(absl::StrCat("log ", kLogKey, "\nwitness W ", kWitnessKey, "\nquorum W\n"));
  ProofFile file_;
};

TEST_F(ProofFileTest, TheLinesAreThoseOfTheFormat) {
  std::string lines = "c2sp.org/tlog-proof@v1\nextra YW4gZW50cnk=\nindex 5\n";
  for (const Hash& hash : file_.proof) absl::StrAppend(&lines, FormatHash(hash), "\n");
  absl::StrAppend(&lines, "\n", FormatNote(file_.checkpoint.note));
  EXPECT_EQ(FormatProofFile(file_), lines);
  const absl::StatusOr<ProofFile> parsed = ParseProofFile(lines);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, file_);
  EXPECT_TRUE(Verify(*parsed).ok()) << Verify(*parsed);
}

TEST_F(ProofFileTest, ExtraAndProofMayBeMissing) {
  const Signer log = *Signer::Parse(kLogPrivateKey);
  const ProofFile file = {
      .extra = "",
      .index = 0,
      .proof = {},
      .checkpoint =
          SignCheckpoint({.origin = log.key().name, .size = 1, .root = tree_.leaves()[0]}, log)};
  const std::string bytes = FormatProofFile(file);
  EXPECT_TRUE(absl::StartsWith(bytes, "c2sp.org/tlog-proof@v1\nindex 0\n\nexample.com"));
  EXPECT_EQ(*ParseProofFile(bytes), file);
  const Policy policy = *Policy::Parse(absl::StrCat("log ", kLogKey, "\nquorum none\n"));
  EXPECT_TRUE(VerifyProofFile(file, tree_.leaves()[0], policy).ok());
  EXPECT_TRUE(absl::IsDataLoss(VerifyProofFile(file, tree_.leaves()[1], policy).status()));
}

TEST_F(ProofFileTest, AnotherFormIsRefused) {
  const std::string good = FormatProofFile(file_);
  const auto with = [&](absl::string_view from, absl::string_view to) {
    EXPECT_THAT(good, testing::HasSubstr(std::string(from)));
    return absl::StrReplaceAll(good, {{from, to}});
  };
  for (const std::string& bytes : {
           std::string(),
           std::string("c2sp.org/tlog-proof@v1\n"),
           " " + good,
           with("@v1", "@v2"),
           with("@v1\n", "@v1\r\n"),
           with("@v1\n", "@v1\n\n"),
           with("extra ", "extra"),
           with("extra ", "extra  "),
           with("extra ", "Extra "),
           with("extra YW4gZW50cnk=", "extra "),
           with("YW4gZW50cnk=", "YW4gZW50cnk"),
           with("index 5\n", ""),
           with("index 5", "index 05"),
           with("index 5", "index -5"),
           with("index 5", "index  5"),
           with("index 5", "index 5 "),
           with("index 5", "index"),
           with("index 5\n", "index 5\nindex 5\n"),
           with("index 5\n", "index 5\nextra AAAA\n"),
           with("index 5\n", "index 5\nAAAA\n"),
           with("=\n\nexample.com", "=\nexample.com"),
           with("=\n\nexample.com", "=\n\n\nexample.com"),
           good + "\n",
           good + "x",
           good.substr(0, good.size() - 1),
       }) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseProofFile(bytes).status())) << bytes;
  }
  ProofFile large = file_;
  large.extra = std::string(limits::kProofFileBytesMax, 'x');
  EXPECT_TRUE(absl::IsInvalidArgument(ParseProofFile(FormatProofFile(large)).status()));
}

TEST_F(ProofFileTest, WhatIsNotProvedIsRefused) {
  ProofFile file = file_;
  file.index = 4;
  EXPECT_TRUE(absl::IsDataLoss(Verify(file)));
  file.index = 11;
  EXPECT_TRUE(absl::IsInvalidArgument(Verify(file)));
  file = file_;
  file.proof[0][0] ^= 1;
  EXPECT_TRUE(absl::IsDataLoss(Verify(file)));
  file = file_;
  file.proof.pop_back();
  EXPECT_TRUE(absl::IsDataLoss(Verify(file)));
  EXPECT_TRUE(absl::IsDataLoss(VerifyProofFile(file_, tree_.leaves()[6], policy_).status()));
}

TEST_F(ProofFileTest, WhatNobodyTrustedVouchesForIsRefused) {
  ProofFile file = file_;
  file.checkpoint.note.signatures.pop_back();
  EXPECT_TRUE(absl::IsPermissionDenied(Verify(file)));
  file = file_;
  file.checkpoint.note.signatures.erase(file.checkpoint.note.signatures.begin());
  EXPECT_TRUE(absl::IsPermissionDenied(Verify(file)));
  file = file_;
  file.checkpoint.note.signatures[1].bytes[9] ^= 1;
  EXPECT_TRUE(absl::IsDataLoss(Verify(file)));
}

TEST_F(ProofFileTest, EveryBitCountsButThoseOfTheExtraData) {
  const std::string good = FormatProofFile(file_);
  const std::size_t extra = good.find("extra ");
  const std::size_t extra_end = good.find('\n', extra);
  int accepted = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bytes = good;
    bytes[i] = static_cast<char>(bytes[i] ^ (1 << (i % 8)));
    const absl::StatusOr<ProofFile> file = ParseProofFile(bytes);
    if (!file.ok() || !Verify(*file).ok()) continue;
    ++accepted;
    EXPECT_TRUE(i > extra && i < extra_end) << i;
  }
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace jejak::audit
