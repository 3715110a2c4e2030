// SPDX-License-Identifier: Apache-2.0
//
// File: files.h
//
// The few file operations that the log does itself, by POSIX calls.

#ifndef JEJAK_SERVER_LOG_FILES_H_
#define JEJAK_SERVER_LOG_FILES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include <string>

namespace jejak::log {

// UNAVAILABLE with what was done, to which file, and the text of the current errno.
absl::Status FileError(absl::string_view doing, absl::string_view path);

// Makes the entry of `path` in its folder durable: after a new file, folder or rename, the name is
// not on disk until its folder is synced.
absl::Status SyncFolderOf(const std::string& path);

}  // namespace jejak::log

#endif  // JEJAK_SERVER_LOG_FILES_H_
