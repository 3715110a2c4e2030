// SPDX-License-Identifier: Apache-2.0
//
// File: text.h
//
// UTF-8 text on its way to a terminal.

#ifndef JEJAK_CLIENT_CLI_TEXT_H_
#define JEJAK_CLIENT_CLI_TEXT_H_

#include "absl/strings/string_view.h"

#include <cstddef>
#include <functional>
#include <string>

namespace jejak::cli {

// Stands for a byte that is part of no character.
inline constexpr char32_t kNoCharacter = 0xffffffff;

// Calls `visit` with each character and its bytes.
void ForEachCharacter(absl::string_view text,
                      const std::function<void(char32_t, absl::string_view)>& visit);

// Controls, and what turns the direction of writing (UAX 9) or breaks a line.
bool IsDangerous(char32_t character);

// `text` with everything that could move the cursor, change the terminal, or turn the direction of
// writing replaced by \xNN or \u{NNNN}.
std::string Printable(absl::string_view text);

// The same, but ASCII controls stay as they are: for a file, which is not a terminal.
std::string PrintableInFile(absl::string_view text);

// The number of columns that text takes on a terminal.
std::size_t DisplayWidth(absl::string_view text);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_TEXT_H_
