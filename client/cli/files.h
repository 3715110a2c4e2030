// SPDX-License-Identifier: Apache-2.0
//
// File: files.h
//
// The user's files: read to their end, and written whole or not at all. Errors name the path.

#ifndef JEJAK_CLIENT_CLI_FILES_H_
#define JEJAK_CLIENT_CLI_FILES_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <functional>
#include <ostream>
#include <string>
#include <sys/types.h>

namespace jejak::cli {

// All bytes of a file. NOT_FOUND if it cannot be opened; FAILED_PRECONDITION if it cannot be read
// to its end.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// Gives `write` a stream for the file. Until that has returned OK and all of it is on the disk, the
// path is as it was before; an error of `write` is returned as it is. A link is followed; a device
// or a pipe is written to as it is. `mode` is for a new file, and takes rights from one that was
// there. FAILED_PRECONDITION if the file cannot be written.
absl::Status WriteFile(const std::string& path, mode_t mode,
                       const std::function<absl::Status(std::ostream&)>& write);
// The same for bytes that are at hand.
absl::Status WriteFile(const std::string& path, mode_t mode, absl::string_view bytes);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_FILES_H_
