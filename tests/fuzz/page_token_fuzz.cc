// SPDX-License-Identifier: Apache-2.0
//
// Any text is a page token or refused; any key comes back from the token that is made of it.

#include "server/base/limits.h"
#include "server/query/page_token.h"
#include "tests/fuzz/fuzz.h"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jejak::query;
  const absl::string_view text = jejak::fuzz::AsText(data, size);
  const auto token = DecodePageToken(text, {"list"});
  JEJAK_CHECK(token.ok() || absl::IsInvalidArgument(token.status()));
  const std::string made = EncodePageToken({size, std::string(text)}, {"list"});
  const auto back = DecodePageToken(made, {"list"});
  JEJAK_CHECK(back.ok() == (made.size() <= jejak::limits::kPageTokenBytesMax));
  if (back.ok()) JEJAK_CHECK(back->moment.size == size && back->after == text);
  return 0;
}
