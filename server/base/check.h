// SPDX-License-Identifier: Apache-2.0
//
// File: check.h
//
// JEJAK_CHECK(condition): what can only fail if we are wrong. It stops the process in every build,
// with the place and the condition on stderr; a corrupt program must not go on writing.

#ifndef JEJAK_SERVER_BASE_CHECK_H_
#define JEJAK_SERVER_BASE_CHECK_H_

namespace jejak::internal {
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);
}  // namespace jejak::internal

#define JEJAK_CHECK(condition)                         \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::jejak::internal::CheckFailed(__FILE__, __LINE__, #condition))

#endif  // JEJAK_SERVER_BASE_CHECK_H_
