// SPDX-License-Identifier: Apache-2.0

#include "server/vault/masking.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace jejak::vault {
namespace {

constexpr absl::string_view kHidden = "•••";
constexpr absl::string_view kHiddenDigits = "••••••••••";

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The first character, however many bytes it has; empty if the text starts inside of one.
absl::string_view FirstCharacter(absl::string_view text) {
  if (IsContinuation(text.front())) return {};
  std::size_t size = 1;
  while (size < text.size() && IsContinuation(text[size])) ++size;
  return text.substr(0, size);
}

std::string MaskName(absl::string_view name) {
  std::vector<std::string> words;
  for (absl::string_view word :
       absl::StrSplit(name, absl::ByAnyChar(" \t\n\r"), absl::SkipEmpty())) {
    words.push_back(absl::StrCat(FirstCharacter(word), kHidden));
  }
  return absl::StrJoin(words, " ");
}

std::string MaskNationalId(absl::string_view id) {
  if (id.empty()) return "";
  const bool shaped = id.size() == 16 && std::all_of(id.begin(), id.end(), [](char c) {
                        return absl::ascii_isdigit(static_cast<unsigned char>(c));
                      });
  if (!shaped) return std::string(kHiddenDigits);
  return absl::StrCat(id.substr(0, 2), kHiddenDigits, id.substr(12));
}

std::string Hide(absl::string_view value) {
  return value.empty() ? std::string() : std::string(kHidden);
}

}  // namespace

void MaskPerson(const v1::Person& plain, v1::Person* masked) {
  v1::Person result;
  result.set_subject(plain.subject());
  result.set_name(MaskName(plain.name()));
  result.set_national_id(MaskNationalId(plain.national_id()));
  result.set_birth_date(Hide(plain.birth_date()));
  result.set_address(Hide(plain.address()));
  result.set_phone(Hide(plain.phone()));
  result.set_masked(true);
  *masked = std::move(result);
}

}  // namespace jejak::vault
