// SPDX-License-Identifier: Apache-2.0

#include "server/query/page_token.h"

#include "server/base/bytes.h"
#include "server/base/hash.h"
#include "server/base/limits.h"
#include "server/domain/refusal.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace jejak::query {
namespace {

constexpr char kVersion = 2;
constexpr std::size_t kDigestBytes = 16;
constexpr std::size_t kMomentBegins = 1 + kDigestBytes;
constexpr std::size_t kAfterBegins = kMomentBegins + 16;

std::string DigestOf(const std::vector<absl::string_view>& query) {
  Sha256Stream hash;
  for (absl::string_view part : query) {
    hash.Add(absl::StrCat(part.size(), ":"));
    hash.Add(part);
  }
  return std::string(AsBytes(hash.Finish()).substr(0, kDigestBytes));
}

absl::Status PageTokenInvalid() {
  return domain::Refusal(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID",
                         "this is not a page token of this server")
      .Needed("the next_page_token of the page before, or none");
}

absl::Status PageTokenMismatch() {
  return domain::Refusal(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_MISMATCH",
                         "the page token belongs to another query")
      .Needed("the same parent, filter, order and direction as for the first page");
}

}  // namespace

std::string EncodePageToken(const PageToken& token, const std::vector<absl::string_view>& query) {
  std::string bytes(1, kVersion);
  absl::StrAppend(&bytes, DigestOf(query));
  absl::StrAppend(&bytes, ToBigEndian(token.moment.size),
                  ToBigEndian(static_cast<std::uint64_t>(token.moment.valid_us)), token.after);
  return absl::WebSafeBase64Escape(bytes);
}

absl::StatusOr<PageToken> DecodePageToken(absl::string_view text,
                                          const std::vector<absl::string_view>& query) {
  std::string bytes;
  if (text.size() > limits::kPageTokenBytesMax || !absl::WebSafeBase64Unescape(text, &bytes) ||
      bytes.size() < kAfterBegins || bytes[0] != kVersion) {
    return PageTokenInvalid();
  }
  if (bytes.substr(1, kDigestBytes) != DigestOf(query)) return PageTokenMismatch();
  PageToken token;
  token.moment.size = FromBigEndian<std::uint64_t>(bytes.substr(kMomentBegins, 8)).value_or(0);
  token.moment.valid_us = static_cast<std::int64_t>(
      FromBigEndian<std::uint64_t>(bytes.substr(kMomentBegins + 8, 8)).value_or(0));
  token.after = bytes.substr(kAfterBegins);
  return token;
}

}  // namespace jejak::query
