// SPDX-License-Identifier: Apache-2.0

#include "server/vault/key_file.h"

#include "server/base/file.h"
#include "server/base/hash.h"
#include "server/base/status_macros.h"

#include "absl/strings/str_cat.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jejak::vault {
namespace {

absl::Status Refuse(const std::string& path, absl::string_view reason) {
  return absl::FailedPreconditionError(absl::StrCat("key file ", path, " ", reason));
}

absl::Status WriteKey(const std::string& path, absl::string_view key) {
  JEJAK_ASSIGN_OR_RETURN(const FileDescriptor file,
                         OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR));
  JEJAK_RETURN_IF_ERROR(WriteAll(file, key, path));
  return SyncFile(file, path);
}

}  // namespace

absl::StatusOr<Key> ReadKeyFile(const std::string& path) {
  // O_NONBLOCK: a FIFO of that name must not hang the start.
  absl::StatusOr<FileDescriptor> file = OpenFile(path, O_RDONLY | O_NONBLOCK);
  if (absl::IsNotFound(file.status())) return Refuse(path, "is missing");
  JEJAK_RETURN_IF_ERROR(file.status());
  struct stat info = {};
  if (fstat(file->get(), &info) != 0) return ErrnoStatus("cannot stat", path);
  if (!S_ISREG(info.st_mode)) return Refuse(path, "is not a regular file");
  if (info.st_uid != geteuid()) return Refuse(path, "is not owned by the server's user");
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Refuse(path, "is open to group or others; its mode must be 0400");
  }
  if (info.st_size != static_cast<off_t>(Key::kBytes)) return Refuse(path, "is not 32 bytes");
  Key key;
  if (read(file->get(), key.data(), Key::kBytes) != static_cast<ssize_t>(Key::kBytes)) {
    return ErrnoStatus("cannot read", path);
  }
  return key;
}

absl::Status CreateKeyFile(const std::string& path) {
  const std::string temp = absl::StrCat(path, ".", ToHex(RandomBytes(8)));
  std::string key = RandomBytes(Key::kBytes);
  absl::Status status = WriteKey(temp, key);
  Cleanse(key);
  // link, not rename: it never takes the place of a key that is there.
  if (status.ok() && link(temp.c_str(), path.c_str()) != 0) {
    status = ErrnoStatus("cannot make", path);
  }
  unlink(temp.c_str());
  JEJAK_RETURN_IF_ERROR(status);
  return SyncFolderOf(path);
}

}  // namespace jejak::vault
