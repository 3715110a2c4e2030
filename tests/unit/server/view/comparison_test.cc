// SPDX-License-Identifier: Apache-2.0

#include "server/view/comparison.h"

#include "tests/support/temp_folder.h"

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

namespace jejak::view {
namespace {

class ComparisonTest : public testing::Test {
 protected:
  std::unique_ptr<ViewStore> Open(const std::string& name) {
    auto view = ViewStore::Open(folder_ / name, "log-a", 0);
    EXPECT_TRUE(view.ok()) << view.status();
    return *std::move(view);
  }
  static void Put(ViewStore& view, std::uint64_t position, const std::string& state) {
    ViewChange change;
    change.position = position;
    change.name = absl::StrCat("a", position);
    change.state = state;
    ASSERT_TRUE(view.Apply({change}, 10).ok());
  }
  // Compares in steps of three keys.
  static std::unique_ptr<Comparison> Compare(const ViewStore& one, const ViewStore& other) {
    auto comparison = std::make_unique<Comparison>(one.NewRawCursor(), other.NewRawCursor());
    absl::StatusOr<bool> done = false;
    while (done.ok() && !*done) done = comparison->Step(3);
    EXPECT_TRUE(done.ok()) << done.status();
    return comparison;
  }

  test::TempFolder folder_;
};

TEST_F(ComparisonTest, EqualViewsHaveEqualDigests) {
  const auto one = Open("one");
  const auto other = Open("other");
  for (std::uint64_t i = 0; i < 10; ++i) {
    Put(*one, i, "x");
    Put(*other, 9 - i, "x");
  }
  const auto comparison = Compare(*one, *other);
  EXPECT_EQ(comparison->differing(), 0u) << comparison->first_difference();
  EXPECT_EQ(comparison->keys(), 13u);
  EXPECT_EQ(comparison->FinishDigestOfOne(), comparison->FinishDigestOfOther());
}

TEST_F(ComparisonTest, EveryKeyThatIsMissingOrDiffersIsCounted) {
  const auto one = Open("one");
  const auto other = Open("other");
  for (std::uint64_t i = 0; i < 10; ++i) {
    if (i != 3 && i != 9) Put(*one, i, "x");
    if (i != 5) Put(*other, i, i == 7 ? "y" : "x");
  }
  const auto comparison = Compare(*one, *other);
  EXPECT_EQ(comparison->differing(), 4u);
  EXPECT_NE(comparison->first_difference().find("a3"), std::string::npos)
      << comparison->first_difference();
  EXPECT_NE(comparison->FinishDigestOfOne(), comparison->FinishDigestOfOther());
}

TEST_F(ComparisonTest, ACursorSeesWhatWasThereWhenItWasMade) {
  const auto one = Open("one");
  Put(*one, 1, "x");
  const auto cursor = one->NewRawCursor();
  Put(*one, 2, "x");
  std::size_t keys = 0;
  for (; cursor->Valid(); cursor->Next()) ++keys;
  EXPECT_EQ(keys, 4u);
}

TEST_F(ComparisonTest, WhatTheFirstEventsMadeDoesNotDependOnWhatCameLater) {
  const auto one = Open("one");
  const auto other = Open("other");
  for (std::uint64_t i = 0; i < 9; ++i) {
    Put(*one, i, "x");
    if (i < 5) Put(*other, i, "x");
  }
  const auto digests = [&](std::uint64_t size) {
    Comparison comparison(one->NewRawCursor(size), other->NewRawCursor(size));
    EXPECT_TRUE(comparison.Step(1000).value_or(false));
    return std::make_pair(comparison.FinishDigestOfOne(), comparison.FinishDigestOfOther());
  };
  EXPECT_EQ(digests(5).first, digests(5).second);
  EXPECT_NE(digests(6).first, digests(6).second);
  EXPECT_NE(digests(4).first, digests(5).first);
}

}  // namespace
}  // namespace jejak::view
