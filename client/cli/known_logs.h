// SPDX-License-Identifier: Apache-2.0
//
// File: known_logs.h
//
// The logs that were verified before, one file each: the key, and the newest checkpoint. They are
// what a log that was exchanged, rewritten or cut off is noticed by, so they are kept for good.

#ifndef JEJAK_CLIENT_CLI_KNOWN_LOGS_H_
#define JEJAK_CLIENT_CLI_KNOWN_LOGS_H_

#include "client/cli/config.h"
#include "client/cpp/log_verifier.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <optional>
#include <string>

namespace jejak::cli {

// The file for a profile, which is a context or a server: below $XDG_STATE_HOME/jejak/logs, or
// ~/.local/state/jejak/logs. FAILED_PRECONDITION if neither XDG_STATE_HOME nor HOME is set.
absl::StatusOr<std::string> KnownLogPath(const Environment& environment, absl::string_view profile);

// Nothing if there is no file. DATA_LOSS, with the path, if the file is not one that SaveKnownLog
// wrote: then it is not known any more what to compare with.
absl::StatusOr<std::optional<client::KnownLog>> LoadKnownLog(const std::string& path);

// Writes the file with mode 0600, whole or not at all, making its folder.
absl::Status SaveKnownLog(const client::KnownLog& known, const std::string& path);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_KNOWN_LOGS_H_
