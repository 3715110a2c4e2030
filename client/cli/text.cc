// SPDX-License-Identifier: Apache-2.0

#include "client/cli/text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "unicode/uchar.h"
#include "unicode/utf8.h"

#include <cstdint>

namespace jejak::cli {
namespace {

constexpr char32_t kNotAscii = 0x80;

// Replaces what is dangerous, from the character `first` on.
std::string Show(absl::string_view text, char32_t first) {
  std::string result;
  ForEachCharacter(text, [&](char32_t character, absl::string_view bytes) {
    if (character == kNoCharacter) {
      for (const char byte : bytes) {
        absl::StrAppendFormat(&result, "\\x%02x", static_cast<unsigned char>(byte));
      }
    } else if (!IsDangerous(character) || character < first) {
      absl::StrAppend(&result, bytes);
    } else if (character < 0x100) {
      absl::StrAppendFormat(&result, "\\x%02x", static_cast<unsigned>(character));
    } else {
      absl::StrAppendFormat(&result, "\\u{%x}", static_cast<unsigned>(character));
    }
  });
  return result;
}

}  // namespace

void ForEachCharacter(absl::string_view text,
                      const std::function<void(char32_t, absl::string_view)>& visit) {
  const auto length = static_cast<int32_t>(text.size());
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  for (int32_t i = 0; i < length;) {
    const int32_t start = i;
    UChar32 character = 0;
    // ICU's macro narrows on its own.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
    U8_NEXT(bytes, i, length, character);
#pragma GCC diagnostic pop
    visit(character < 0 ? kNoCharacter : static_cast<char32_t>(character),
          text.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(i - start)));
  }
}

bool IsDangerous(char32_t character) {
  return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
         (character >= 0x200e && character <= 0x200f) ||
         (character >= 0x2028 && character <= 0x202e) ||
         (character >= 0x2066 && character <= 0x2069) || character == 0x61c;
}

std::string Printable(absl::string_view text) { return Show(text, 0); }

std::string PrintableInFile(absl::string_view text) { return Show(text, kNotAscii); }

std::size_t DisplayWidth(absl::string_view text) {
  std::size_t width = 0;
  ForEachCharacter(text, [&width](char32_t character, absl::string_view) {
    const auto code = character == kNoCharacter ? 0xfffd : static_cast<UChar32>(character);
    const auto type = u_charType(code);
    if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return;
    const int form = u_getIntPropertyValue(code, UCHAR_EAST_ASIAN_WIDTH);
    width += form == U_EA_WIDE || form == U_EA_FULLWIDTH ? 2 : 1;
  });
  return width;
}

}  // namespace jejak::cli
