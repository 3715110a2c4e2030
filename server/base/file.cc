// SPDX-License-Identifier: Apache-2.0

#include "server/base/file.h"

#include "server/base/status_macros.h"

#include "absl/strings/str_cat.h"

#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace jejak {

void FileDescriptor::Close() {
  if (is_open()) close(std::exchange(fd_, -1));
}

absl::Status ErrnoStatus(absl::string_view what, absl::string_view path) {
  const int error = errno;
  const std::string message =
      absl::StrCat(what, " ", path, ": ", std::generic_category().message(error));
  switch (error) {
    case ENOENT:
      return absl::NotFoundError(message);
    case EEXIST:
      return absl::AlreadyExistsError(message);
    default:
      return absl::UnavailableError(message);
  }
}

absl::StatusOr<FileDescriptor> OpenFile(const std::string& path, int flags, mode_t mode) {
  FileDescriptor file(open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!file.is_open()) return ErrnoStatus("cannot open", path);
  return file;
}

absl::Status WriteAll(const FileDescriptor& file, absl::string_view bytes, absl::string_view path) {
  while (!bytes.empty()) {
    const ssize_t written = write(file.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return ErrnoStatus("cannot write", path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status SyncFile(const FileDescriptor& file, absl::string_view path) {
  if (fsync(file.get()) != 0) return ErrnoStatus("cannot sync", path);
  return absl::OkStatus();
}

absl::Status SyncFolder(const std::string& path) {
  JEJAK_ASSIGN_OR_RETURN(const FileDescriptor folder, OpenFile(path, O_RDONLY | O_DIRECTORY));
  return SyncFile(folder, path);
}

absl::Status MakeFolder(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  std::string parent = std::filesystem::path(path).parent_path().string();
  if (parent.empty()) parent = ".";
  int result = mkdir(path.c_str(), S_IRWXU);
  if (result != 0 && errno == ENOENT && parent != path) {
    JEJAK_RETURN_IF_ERROR(MakeFolder(parent));
    result = mkdir(path.c_str(), S_IRWXU);
  }
  if (result != 0 && errno != EEXIST) return ErrnoStatus("cannot make", path);
  return SyncFolder(parent);
}

}  // namespace jejak
