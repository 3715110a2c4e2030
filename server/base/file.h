// SPDX-License-Identifier: Apache-2.0
//
// File: file.h
//
// Files that must be there, whole, after a power cut: an owned descriptor, and the calls of POSIX
// with their errors as a Status. All of them block.

#ifndef JEJAK_SERVER_BASE_FILE_H_
#define JEJAK_SERVER_BASE_FILE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <utility>

namespace jejak {

// Owns a file descriptor, or none.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() { Close(); }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void Close();

 private:
  int fd_ = -1;
};

// The error of the system call that just failed, from errno: NOT_FOUND (ENOENT), ALREADY_EXISTS
// (EEXIST), else UNAVAILABLE. The message is "what path: reason".
absl::Status ErrnoStatus(absl::string_view what, absl::string_view path);

// open(2); O_CLOEXEC is added.
absl::StatusOr<FileDescriptor> OpenFile(const std::string& path, int flags, mode_t mode = 0);

// Writes all bytes. `path` is for the message only.
absl::Status WriteAll(const FileDescriptor& file, absl::string_view bytes, absl::string_view path);
// The same from `offset` on, without moving the file's own.
absl::Status WriteAllAt(const FileDescriptor& file, std::uint64_t offset, absl::string_view bytes,
                        absl::string_view path);

// `size` bytes from `offset` on; fewer only at the end of the file. `path` is for the message only.
absl::StatusOr<std::string> ReadAt(const FileDescriptor& file, std::uint64_t offset,
                                   std::size_t size, absl::string_view path);

// The whole file. NOT_FOUND if there is none; RESOURCE_EXHAUSTED if it has more than `bytes_max`.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path, std::size_t bytes_max);
// Makes the file, or puts another in its place: after a power cut it is the old one or the new one.
// It may be read and written by the owner only.
absl::Status ReplaceFile(const std::string& path, absl::string_view bytes);

// fsync(2). After a failure nothing is known of what is on disk: do not try again.
absl::Status SyncFile(const FileDescriptor& file, absl::string_view path);
// fdatasync(2): the same without the times of the file, for one whose size stays.
absl::Status SyncFileData(const FileDescriptor& file, absl::string_view path);

// fsync(2) of a folder: makes the names in it durable.
absl::Status SyncFolder(const std::string& path);
// The same for the folder that `path` is in: after a new file, folder or rename.
absl::Status SyncFolderOf(const std::string& path);

// Makes the folder, mode 0700, and those above it that are missing. OK also if it is there: in both
// cases its name is durable when this returns.
absl::Status MakeFolder(std::string path);

// FAILED_PRECONDITION if the folder's group or others may write to it: what lies in it could be
// exchanged.
absl::Status CheckFolderIsOwn(const std::string& path);

}  // namespace jejak

#endif  // JEJAK_SERVER_BASE_FILE_H_
