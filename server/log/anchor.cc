// SPDX-License-Identifier: Apache-2.0

#include "server/log/anchor.h"

#include "server/base/check.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/log/bytes.h"
#include "server/log/files.h"
#include "server/log/log_keys.h"

#include "absl/strings/str_cat.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace jejak::log {
namespace {

constexpr absl::string_view kMagic = "JEJAKANC";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kSlotBytes = 4096;
constexpr std::size_t kDigestedBytes = kSlotBytes - sizeof(Hash);

struct Slot {
  std::uint32_t version = 0;
  std::uint64_t sequence = 0;
  AnchorValue value;
};

std::string EncodeSlot(std::uint64_t sequence, const AnchorValue& value) {
  JEJAK_CHECK(value.log_id.size() == kLogIdBytes);
  std::string out(kMagic);
  AppendBigEndian(kVersion, out);
  AppendBigEndian(sequence, out);
  out += value.log_id;
  AppendBigEndian(value.size, out);
  AppendBigEndian(value.records, out);
  out.append(value.root.begin(), value.root.end());
  out.resize(kDigestedBytes, '\0');
  const Hash digest = Sha256({out});
  out.append(digest.begin(), digest.end());
  return out;
}

// Nothing if the slot is damaged or was never written.
std::optional<Slot> DecodeSlot(absl::string_view bytes) {
  if (bytes.size() != kSlotBytes ||
      AsBytes(Sha256({bytes.substr(0, kDigestedBytes)})) != bytes.substr(kDigestedBytes)) {
    return std::nullopt;
  }
  ByteReader reader(bytes);
  Slot slot;
  absl::string_view magic;
  absl::string_view log_id;
  absl::string_view root;
  if (!reader.ReadBytes(kMagic.size(), magic) || magic != kMagic || !reader.Read(slot.version) ||
      !reader.Read(slot.sequence) || !reader.ReadBytes(kLogIdBytes, log_id) ||
      !reader.Read(slot.value.size) || !reader.Read(slot.value.records) ||
      !reader.ReadBytes(sizeof(Hash), root)) {
    return std::nullopt;
  }
  slot.value.log_id = std::string(log_id);
  slot.value.root = HashFromBytes(root);
  return slot;
}

off_t SlotOffset(int slot) { return static_cast<off_t>(kSlotBytes) * slot; }

absl::Status WriteAll(int fd, absl::string_view bytes, off_t offset, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return FileError("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += written;
  }
  return absl::OkStatus();
}

// The slot's bytes; fewer than kSlotBytes at the end of the file.
absl::StatusOr<std::string> ReadSlot(int fd, int slot, const std::string& path) {
  std::string bytes(kSlotBytes, '\0');
  std::size_t size = 0;
  while (size < kSlotBytes) {
    const ssize_t got = ::pread(fd, bytes.data() + size, kSlotBytes - size,
                                SlotOffset(slot) + static_cast<off_t>(size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError("read", path);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  bytes.resize(size);
  return bytes;
}

struct Newest {
  int number = 0;
  Slot slot;
};

absl::StatusOr<Newest> ReadNewest(int fd, const std::string& path) {
  std::optional<Newest> newest;
  for (int number = 0; number < 2; ++number) {
    JEJAK_ASSIGN_OR_RETURN(const std::string bytes, ReadSlot(fd, number, path));
    std::optional<Slot> slot = DecodeSlot(bytes);
    if (slot.has_value() && (!newest.has_value() || slot->sequence > newest->slot.sequence)) {
      newest = Newest{number, *std::move(slot)};
    }
  }
  if (!newest.has_value()) {
    return absl::DataLossError(absl::StrCat("both slots of the anchor ", path,
                                            " are damaged; restore a backup of the log together "
                                            "with its anchor (server/doc/formats.md)"));
  }
  if (newest->slot.version != kVersion) {
    return absl::FailedPreconditionError(absl::StrCat("the anchor ", path, " has version ",
                                                      newest->slot.version, ", this program knows ",
                                                      kVersion));
  }
  return *std::move(newest);
}

// Makes the file whole or not at all.
absl::Status Create(const std::string& path, const AnchorValue& value) {
  const std::string temporary = path + ".new";
  const int fd = ::open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return FileError("make", temporary);
  absl::Status status =
      WriteAll(fd, EncodeSlot(1, value) + std::string(kSlotBytes, '\0'), SlotOffset(0), temporary);
  if (status.ok() && ::fsync(fd) != 0) status = FileError("fsync", temporary);
  ::close(fd);
  JEJAK_RETURN_IF_ERROR(status);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return FileError("rename", temporary);
  return SyncFolderOf(path);
}

}  // namespace

absl::StatusOr<std::optional<AnchorValue>> Anchor::Read(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return std::optional<AnchorValue>();
  if (fd < 0) return FileError("open", path);
  absl::StatusOr<Newest> newest = ReadNewest(fd, path);
  ::close(fd);
  JEJAK_RETURN_IF_ERROR(newest.status());
  return std::optional<AnchorValue>(std::move(newest->slot.value));
}

absl::StatusOr<std::unique_ptr<Anchor>> Anchor::Open(const std::string& path, bool strict,
                                                     const AnchorValue& value) {
  if (::access(path.c_str(), F_OK) != 0) JEJAK_RETURN_IF_ERROR(Create(path, value));
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return FileError("open", path);
  const absl::StatusOr<Newest> newest = ReadNewest(fd, path);
  // What was read may be in the page cache only.
  if (!newest.ok() || ::fdatasync(fd) != 0) {
    const absl::Status status = newest.ok() ? FileError("fdatasync", path) : newest.status();
    ::close(fd);
    return status;
  }
  std::unique_ptr<Anchor> anchor(
      new Anchor(path, fd, strict, newest->slot.sequence, newest->number));
  {
    MutexLock lock(anchor->mutex_);
    JEJAK_RETURN_IF_ERROR(anchor->WriteLocked(value));
    anchor->SyncLocked();
    JEJAK_RETURN_IF_ERROR(anchor->failure_);
  }
  if (!strict) anchor->syncer_ = std::thread([a = anchor.get()] { a->SyncInBackground(); });
  return anchor;
}

Anchor::Anchor(std::string path, int fd, bool strict, std::uint64_t sequence, int synced_slot)
    : path_(std::move(path)),
      fd_(fd),
      strict_(strict),
      sequence_(sequence),
      synced_slot_(synced_slot) {}

Anchor::~Anchor() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
  }
  changed_.NotifyAll();
  if (syncer_.joinable()) syncer_.join();
  {
    MutexLock lock(mutex_);
    if (dirty_) SyncLocked();
  }
  ::close(fd_);
}

absl::Status Anchor::Write(const AnchorValue& value) {
  bool wake = false;
  {
    MutexLock lock(mutex_);
    wake = !dirty_;
    JEJAK_RETURN_IF_ERROR(WriteLocked(value));
    if (strict_) {
      SyncLocked();
      return failure_;
    }
  }
  if (wake) changed_.NotifyAll();
  return absl::OkStatus();
}

absl::Status Anchor::WriteLocked(const AnchorValue& value) {
  if (failure_.ok()) {
    failure_ = WriteAll(fd_, EncodeSlot(++sequence_, value), SlotOffset(1 - synced_slot_), path_);
    dirty_ = true;
  }
  return failure_;
}

// Under the lock: a write during the sync could be torn in the slot that now counts as synced.
void Anchor::SyncLocked() {
  if (!failure_.ok()) return;
  if (::fdatasync(fd_) != 0) {
    failure_ = FileError("fdatasync", path_);
    return;
  }
  synced_slot_ = 1 - synced_slot_;
  dirty_ = false;
}

void Anchor::SyncInBackground() {
  MutexLock lock(mutex_);
  while (!stop_) {
    if (!dirty_ || !failure_.ok()) {
      changed_.Wait(mutex_);
      continue;
    }
    // Lets the writes of the interval share one sync.
    changed_.WaitFor(
        mutex_, std::chrono::nanoseconds(absl::ToInt64Nanoseconds(limits::kAnchorSyncInterval)));
    SyncLocked();
  }
}

}  // namespace jejak::log
