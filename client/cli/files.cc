// SPDX-License-Identifier: Apache-2.0

#include "client/cli/files.h"

#include "client/cpp/read_stream.h"
#include "server/base/file.h"
#include "server/base/status_macros.h"

#include "absl/strings/str_cat.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <unistd.h>

namespace jejak::cli {
namespace {

absl::Status CannotWrite(const std::string& path, absl::string_view reason) {
  return absl::FailedPreconditionError(absl::StrCat(path, " cannot be written: ", reason));
}

// Opens `path`, which is there, and has it written.
absl::Status WriteThrough(const std::string& path,
                          const std::function<absl::Status(std::ostream&)>& write) {
  std::ofstream file(path, std::ios::binary);
  if (!file) return CannotWrite(path, std::strerror(errno));
  JEJAK_RETURN_IF_ERROR(write(file));
  return file.flush() ? absl::OkStatus() : CannotWrite(path, std::strerror(errno));
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": ", std::strerror(errno)));
  absl::StatusOr<std::string> bytes = client::ReadStream(file);
  if (bytes.ok()) return bytes;
  return absl::Status(bytes.status().code(), absl::StrCat(path, ": ", bytes.status().message()));
}

absl::Status WriteFile(const std::string& path, mode_t mode,
                       const std::function<absl::Status(std::ostream&)>& write) {
  std::error_code error;
  const std::filesystem::file_status before = std::filesystem::status(path, error);
  std::string target = path;
  if (std::filesystem::exists(before)) {
    if (!std::filesystem::is_regular_file(before)) return WriteThrough(path, write);
    target = std::filesystem::canonical(path, error).string();
    if (error) return CannotWrite(path, error.message());
    mode &= static_cast<mode_t>(before.permissions());
  }
  const std::string temporary = absl::StrCat(target, ".", ::getpid(), ".part");
  const absl::StatusOr<FileDescriptor> file =
      OpenFile(temporary, O_CREAT | O_EXCL | O_WRONLY, mode | S_IWUSR);
  if (!file.ok()) return CannotWrite(path, file.status().message());
  absl::Status status = WriteThrough(temporary, write);
  if (status.ok()) {
    const absl::Status synced = SyncFile(*file, path);
    if (!synced.ok()) status = CannotWrite(path, synced.message());
  }
  if (status.ok() && std::rename(temporary.c_str(), target.c_str()) != 0) {
    status = CannotWrite(path, std::strerror(errno));
  }
  if (!status.ok()) ::unlink(temporary.c_str());
  return status;
}

absl::Status WriteFile(const std::string& path, mode_t mode, absl::string_view bytes) {
  return WriteFile(path, mode, [bytes](std::ostream& file) {
    file << bytes;
    return absl::OkStatus();
  });
}

}  // namespace jejak::cli
