// SPDX-License-Identifier: Apache-2.0

#include "server/log/files.h"

#include "absl/strings/str_cat.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace jejak::log {

absl::Status FileError(absl::string_view doing, absl::string_view path) {
  const int error = errno;
  return absl::UnavailableError(
      absl::StrCat(doing, " ", path, ": ", std::generic_category().message(error)));
}

absl::Status SyncFolderOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const std::string folder = parent.empty() ? "." : parent;
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FileError("open", folder);
  const absl::Status status = ::fsync(fd) == 0 ? absl::OkStatus() : FileError("fsync", folder);
  ::close(fd);
  return status;
}

}  // namespace jejak::log
