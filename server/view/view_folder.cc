// SPDX-License-Identifier: Apache-2.0

#include "server/view/view_folder.h"

#include "server/base/file.h"
#include "server/base/status_macros.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include <fcntl.h>
#include <filesystem>
#include <utility>

namespace jejak::view {
namespace {

constexpr std::size_t kGenerationBytesMax = 20;

std::string GenerationPath(const std::string& path) { return path + "/generation"; }

// 0 if there is none.
std::uint64_t ReadGeneration(const std::string& path) {
  const auto file = OpenFile(GenerationPath(path), O_RDONLY);
  if (!file.ok()) return 0;
  const auto text = ReadAt(*file, 0, kGenerationBytesMax, path);
  std::uint64_t generation = 0;
  return text.ok() && absl::SimpleAtoi(*text, &generation) ? generation : 0;
}

}  // namespace

std::string ViewFolder::PathOf(std::uint64_t generation) const {
  return absl::StrCat(path_, "/", generation);
}

absl::Status ViewFolder::WriteGeneration(std::uint64_t generation) const {
  return ReplaceFile(GenerationPath(path_), absl::StrCat(generation));
}

absl::StatusOr<std::unique_ptr<ViewFolder>> ViewFolder::Open(const std::string& path,
                                                             absl::string_view log_id,
                                                             std::uint64_t log_size) {
  JEJAK_RETURN_IF_ERROR(MakeFolder(path));
  std::unique_ptr<ViewFolder> folder(new ViewFolder(path, std::string(log_id)));
  const std::uint64_t found = ReadGeneration(path);
  folder->generation_ = found == 0 ? 1 : found;
  const std::string current = folder->PathOf(folder->generation_);
  // First, so that a folder that is open elsewhere is left alone.
  JEJAK_ASSIGN_OR_RETURN(folder->current_, ViewStore::Open(current, log_id, log_size));
  if (found == 0) JEJAK_RETURN_IF_ERROR(folder->WriteGeneration(folder->generation_));
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    const std::string name = entry.path().string();
    if (name == GenerationPath(path) || name == current ||
        name == ViewStore::RebuildMark(current)) {
      continue;
    }
    std::error_code ignored;
    std::filesystem::remove_all(entry.path(), ignored);
  }
  if (error) return absl::UnavailableError(absl::StrCat("cannot read ", path, error.message()));
  return folder;
}

std::shared_ptr<ViewStore> ViewFolder::Current() const {
  MutexLock lock(mutex_);
  return current_;
}

absl::StatusOr<std::shared_ptr<ViewStore>> ViewFolder::Begin() {
  ++generation_;
  // As of a log without events: what an earlier run left there is of no use.
  JEJAK_ASSIGN_OR_RETURN(std::shared_ptr<ViewStore> view,
                         ViewStore::Open(PathOf(generation_), log_id_, 0));
  view->RemoveWhenClosed(true);
  return view;
}

absl::Status ViewFolder::Replace(std::shared_ptr<ViewStore> view) {
  // What the number names has to be on disk before the number is.
  JEJAK_RETURN_IF_ERROR(view->Flush());
  JEJAK_RETURN_IF_ERROR(WriteGeneration(generation_));
  view->RemoveWhenClosed(false);
  {
    MutexLock lock(mutex_);
    std::swap(current_, view);
  }
  view->RemoveWhenClosed(true);
  return absl::OkStatus();
}

}  // namespace jejak::view
