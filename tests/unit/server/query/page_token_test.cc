// SPDX-License-Identifier: Apache-2.0

#include "server/query/page_token.h"

#include "server/base/limits.h"
#include "server/domain/refusal.h"

#include <gtest/gtest.h>

#include <string>

namespace jejak::query {
namespace {

using Query = std::vector<absl::string_view>;

std::string ReasonOf(absl::string_view text, const Query& query) {
  return domain::GetReason(DecodePageToken(text, query).status());
}

TEST(PageTokenTest, ATokenComesBack) {
  const Query query = {"list", "offices/", "a = 1"};
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{258}, ~std::uint64_t{0}}) {
    for (const std::string& after :
         {std::string(), std::string("offices/18"), std::string("\0", 1)}) {
      const Moment moment(size, static_cast<std::int64_t>(size % 1000) - 500);
      const auto token = DecodePageToken(EncodePageToken({moment, after}, query), query);
      ASSERT_TRUE(token.ok()) << token.status();
      EXPECT_EQ(token->moment.size, size);
      EXPECT_EQ(token->moment.valid_us, moment.valid_us);
      EXPECT_EQ(token->after, after);
    }
  }
}

TEST(PageTokenTest, ATokenIsGoodForAWord) {
  const std::string text = EncodePageToken({1, "a/b?c&d"}, {});
  EXPECT_EQ(
      text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
      std::string::npos)
      << text;
}

TEST(PageTokenTest, ATokenBelongsToItsQuery) {
  const std::string text = EncodePageToken({7, "offices/18"}, {"list", "offices/", "", "title"});
  EXPECT_EQ(ReasonOf(text, {"list", "offices/", "", ""}), "PAGE_TOKEN_MISMATCH");
  EXPECT_EQ(ReasonOf(text, {"list", "offices/", "title", ""}), "PAGE_TOKEN_MISMATCH");
  // The same bytes, cut in other parts.
  EXPECT_EQ(ReasonOf(text, {"list", "offices/", "titl", "e"}), "PAGE_TOKEN_MISMATCH");
  EXPECT_EQ(ReasonOf(text, {"list", "offices/", "title"}), "PAGE_TOKEN_MISMATCH");
}

TEST(PageTokenTest, WhatIsNoTokenIsRefused) {
  const Query query = {"list"};
  const std::string text = EncodePageToken({7, ""}, query);
  EXPECT_EQ(ReasonOf("", query), "PAGE_TOKEN_INVALID");
  EXPECT_EQ(ReasonOf("!", query), "PAGE_TOKEN_INVALID");
  EXPECT_EQ(ReasonOf("AAAA", query), "PAGE_TOKEN_INVALID");
  EXPECT_EQ(ReasonOf(text.substr(0, text.size() - 4), query), "PAGE_TOKEN_INVALID") << "cut";
  EXPECT_EQ(ReasonOf("B" + text.substr(1), query), "PAGE_TOKEN_INVALID") << "another version";
  EXPECT_EQ(ReasonOf(std::string(limits::kPageTokenBytesMax + 4, 'A'), query),
            "PAGE_TOKEN_INVALID");
}

}  // namespace
}  // namespace jejak::query
