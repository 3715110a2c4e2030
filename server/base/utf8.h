// SPDX-License-Identifier: Apache-2.0
//
// File: utf8.h
//
// What is text.

#ifndef JEJAK_SERVER_BASE_UTF8_H_
#define JEJAK_SERVER_BASE_UTF8_H_

#include "absl/strings/string_view.h"

namespace jejak {

// True for well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool IsUtf8(absl::string_view text);

}  // namespace jejak

#endif  // JEJAK_SERVER_BASE_UTF8_H_
