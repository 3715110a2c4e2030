// SPDX-License-Identifier: Apache-2.0
//
// File: failure.h
//
// How the program fails: exit codes and messages.

#ifndef JEJAK_CLIENT_CLI_FAILURE_H_
#define JEJAK_CLIENT_CLI_FAILURE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include <ostream>
#include <string>

namespace jejak::cli {

// Part of the interface: scripts rely on them.
enum ExitCode {
  kOk = 0,
  kFailure = 1,
  kUsage = 2,
  kNotFound = 3,
  kDenied = 4,
  kConflict = 5,
  kIntegrity = 6,
  kUnavailable = 7,
  kRowsRejected = 8,
  kInterrupted = 130,
};

// The text of `jejak help exit-codes`.
extern const char kExitCodesHelp[];

// A mistake in what was typed, found before anything was sent.
absl::Status UsageError(absl::string_view message);

ExitCode ExitCodeOf(const absl::Status& status);

// Writes message, reason, rule and way out, and which flags the fields of the API that it names
// are. `json`: as {"error":{...}}, on one line, without the flags. REQUIRES: !status.ok().
void PrintError(const absl::Status& status, bool json, std::ostream& err);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_FAILURE_H_
