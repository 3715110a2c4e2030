// SPDX-License-Identifier: Apache-2.0
//
// File: status_macros.h
//
// The two macros that Abseil has upstream and Debian 12's Abseil lacks, with upstream's names'
// meaning. To be deleted the day Debian catches up.
//
//   JEJAK_RETURN_IF_ERROR(Flush());
//   JEJAK_ASSIGN_OR_RETURN(std::string bytes, Read(path));

#ifndef JEJAK_SERVER_BASE_STATUS_MACROS_H_
#define JEJAK_SERVER_BASE_STATUS_MACROS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Evaluates an expression of type absl::Status, and returns it from the function if it is an error.
#define JEJAK_RETURN_IF_ERROR(expression)                                                     \
  do {                                                                                        \
    if (absl::Status jejak_status_ = (expression); !jejak_status_.ok()) return jejak_status_; \
  } while (false)

#define JEJAK_STATUS_CONCAT_INNER_(a, b) a##b
#define JEJAK_STATUS_CONCAT_(a, b) JEJAK_STATUS_CONCAT_INNER_(a, b)

// Evaluates an expression of type absl::StatusOr<T>; assigns the value to `lhs` (which may declare
// a variable), or returns the error from the function.
#define JEJAK_ASSIGN_OR_RETURN(lhs, expression) \
  JEJAK_ASSIGN_OR_RETURN_INNER_(JEJAK_STATUS_CONCAT_(jejak_status_or_, __LINE__), lhs, expression)
#define JEJAK_ASSIGN_OR_RETURN_INNER_(temporary, lhs, expression) \
  auto temporary = (expression);                                  \
  if (!temporary.ok()) return std::move(temporary).status();      \
  lhs = *std::move(temporary)

#endif  // JEJAK_SERVER_BASE_STATUS_MACROS_H_
