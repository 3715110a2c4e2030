// SPDX-License-Identifier: Apache-2.0

#include "server/log/anchor.h"

#include "server/base/bytes.h"
#include "server/base/check.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/log/log_keys.h"

#include "absl/strings/str_cat.h"

#include <cstdio>
#include <fcntl.h>
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

std::uint64_t SlotOffset(int slot) { return kSlotBytes * static_cast<std::uint64_t>(slot); }

struct Newest {
  int number = 0;
  Slot slot;
};

absl::StatusOr<Newest> ReadNewest(const FileDescriptor& file, const std::string& path) {
  std::optional<Newest> newest;
  for (int number = 0; number < 2; ++number) {
    JEJAK_ASSIGN_OR_RETURN(const std::string bytes,
                           ReadAt(file, SlotOffset(number), kSlotBytes, path));
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
  return ReplaceFile(path, EncodeSlot(1, value) + std::string(kSlotBytes, '\0'));
}

}  // namespace

absl::StatusOr<std::optional<AnchorValue>> Anchor::Read(const std::string& path) {
  const absl::StatusOr<FileDescriptor> file = OpenFile(path, O_RDONLY);
  if (absl::IsNotFound(file.status())) return std::optional<AnchorValue>();
  JEJAK_RETURN_IF_ERROR(file.status());
  JEJAK_ASSIGN_OR_RETURN(Newest newest, ReadNewest(*file, path));
  return std::optional<AnchorValue>(std::move(newest.slot.value));
}

absl::StatusOr<std::unique_ptr<Anchor>> Anchor::Open(const std::string& path, bool strict,
                                                     const AnchorValue& value) {
  absl::StatusOr<FileDescriptor> file = OpenFile(path, O_RDWR);
  if (absl::IsNotFound(file.status())) {
    JEJAK_RETURN_IF_ERROR(Create(path, value));
    file = OpenFile(path, O_RDWR);
  }
  JEJAK_RETURN_IF_ERROR(file.status());
  JEJAK_ASSIGN_OR_RETURN(const Newest newest, ReadNewest(*file, path));
  // What was read may be in the page cache only.
  JEJAK_RETURN_IF_ERROR(SyncFileData(*file, path));
  std::unique_ptr<Anchor> anchor(
      new Anchor(path, *std::move(file), strict, newest.slot.sequence, newest.number));
  {
    MutexLock lock(anchor->mutex_);
    JEJAK_RETURN_IF_ERROR(anchor->WriteLocked(value));
    anchor->SyncLocked();
    JEJAK_RETURN_IF_ERROR(anchor->failure_);
  }
  if (!strict) anchor->syncer_ = std::thread([a = anchor.get()] { a->SyncInBackground(); });
  return anchor;
}

Anchor::Anchor(std::string path, FileDescriptor file, bool strict, std::uint64_t sequence,
               int synced_slot)
    : path_(std::move(path)),
      file_(std::move(file)),
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
  MutexLock lock(mutex_);
  if (dirty_) SyncLocked();
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
    failure_ =
        WriteAllAt(file_, SlotOffset(1 - synced_slot_), EncodeSlot(++sequence_, value), path_);
    dirty_ = true;
  }
  return failure_;
}

// Under the lock: a write during the sync could be torn in the slot that now counts as synced.
void Anchor::SyncLocked() {
  if (!failure_.ok()) return;
  failure_ = SyncFileData(file_, path_);
  if (!failure_.ok()) return;
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
