// SPDX-License-Identifier: Apache-2.0

#include "server/base/file.h"

#include "server/base/status_macros.h"

#include "absl/strings/str_cat.h"

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace jejak {
namespace {

std::string ParentOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

}  // namespace

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

absl::Status WriteAllAt(const FileDescriptor& file, std::uint64_t offset, absl::string_view bytes,
                        absl::string_view path) {
  while (!bytes.empty()) {
    const ssize_t written =
        pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return ErrnoStatus("cannot write", path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadAt(const FileDescriptor& file, std::uint64_t offset,
                                   std::size_t size, absl::string_view path) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count =
        pread(file.get(), bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus("cannot read", path);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

absl::Status SyncFile(const FileDescriptor& file, absl::string_view path) {
  if (fsync(file.get()) != 0) return ErrnoStatus("cannot sync", path);
  return absl::OkStatus();
}

absl::Status SyncFileData(const FileDescriptor& file, absl::string_view path) {
  if (fdatasync(file.get()) != 0) return ErrnoStatus("cannot sync", path);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path, std::size_t bytes_max) {
  JEJAK_ASSIGN_OR_RETURN(const FileDescriptor file, OpenFile(path, O_RDONLY));
  JEJAK_ASSIGN_OR_RETURN(std::string bytes, ReadAt(file, 0, bytes_max + 1, path));
  if (bytes.size() > bytes_max) {
    return absl::ResourceExhaustedError(absl::StrCat(path, " has more than ", bytes_max, " bytes"));
  }
  return bytes;
}

absl::Status ReplaceFile(const std::string& path, absl::string_view bytes) {
  const std::string next = path + ".next";
  {
    JEJAK_ASSIGN_OR_RETURN(const FileDescriptor file,
                           OpenFile(next, O_WRONLY | O_CREAT | O_TRUNC, S_IRUSR | S_IWUSR));
    JEJAK_RETURN_IF_ERROR(WriteAll(file, bytes, next));
    JEJAK_RETURN_IF_ERROR(SyncFile(file, next));
  }
  if (std::rename(next.c_str(), path.c_str()) != 0) return ErrnoStatus("cannot replace", path);
  return SyncFolderOf(path);
}

absl::Status SyncFolder(const std::string& path) {
  JEJAK_ASSIGN_OR_RETURN(const FileDescriptor folder, OpenFile(path, O_RDONLY | O_DIRECTORY));
  return SyncFile(folder, path);
}

absl::Status SyncFolderOf(const std::string& path) { return SyncFolder(ParentOf(path)); }

absl::Status MakeFolder(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const std::string parent = ParentOf(path);
  int result = mkdir(path.c_str(), S_IRWXU);
  if (result != 0 && errno == ENOENT && parent != path) {
    JEJAK_RETURN_IF_ERROR(MakeFolder(parent));
    result = mkdir(path.c_str(), S_IRWXU);
  }
  if (result != 0 && errno != EEXIST) return ErrnoStatus("cannot make", path);
  return SyncFolder(parent);
}

absl::Status CheckFolderIsOwn(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return ErrnoStatus("cannot stat", path);
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(path, " may be written to by others: take that right away (chmod go-w)"));
}

}  // namespace jejak
