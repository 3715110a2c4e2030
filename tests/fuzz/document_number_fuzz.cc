// SPDX-License-Identifier: Apache-2.0
//
// A number that is recognized has a month and the parts that are in it.

#include "server/domain/record/document_number.h"
#include "tests/fuzz/fuzz.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const absl::string_view text = jejak::fuzz::AsText(data, size);
  const auto number = jejak::domain::ParseDocumentNumber(text);
  if (!number.has_value()) return 0;
  JEJAK_CHECK(number->month() >= 1 && number->month() <= 12);
  JEJAK_CHECK(
      absl::StartsWith(text, absl::StrCat(number->running(), "/", number->classification(), "/")));
  JEJAK_CHECK(absl::StrContains(text, absl::StrCat("/", number->office(), "/")));
  JEJAK_CHECK(absl::EndsWith(text, absl::StrCat("/", number->year())));
  return 0;
}
