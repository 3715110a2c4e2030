// SPDX-License-Identifier: Apache-2.0
//
// File: page_token.h
//
// Tokens of pages: opaque to clients, and bound to their query. A token carries the moment all
// pages are of, a digest of the query it belongs to, and where to go on.

#ifndef JEJAK_SERVER_QUERY_PAGE_TOKEN_H_
#define JEJAK_SERVER_QUERY_PAGE_TOKEN_H_

#include "server/query/moment.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <string>
#include <vector>

namespace jejak::query {

struct PageToken {
  // The moment all pages are of.
  Moment moment;
  // After which key the next page begins.
  std::string after;
};

// `query` are the parts that two pages of one list share.
std::string EncodePageToken(const PageToken& token, const std::vector<absl::string_view>& query);

// INVALID_ARGUMENT: reason PAGE_TOKEN_INVALID if it is not a token, PAGE_TOKEN_MISMATCH if it
// belongs to another query.
absl::StatusOr<PageToken> DecodePageToken(absl::string_view text,
                                          const std::vector<absl::string_view>& query);

}  // namespace jejak::query

#endif  // JEJAK_SERVER_QUERY_PAGE_TOKEN_H_
