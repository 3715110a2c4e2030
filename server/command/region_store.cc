// SPDX-License-Identifier: Apache-2.0

#include "server/command/region_store.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/domain/refusal.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <utility>

namespace jejak::command {
namespace {

absl::Status CatalogFileUnknown(const v1::RegionFile& file) {
  return domain::Refusal(absl::StatusCode::kNotFound, "CATALOG_FILE_UNKNOWN",
                         absl::StrCat("there is no content with the hash ", file.sha256()))
      .Needed("upload the file with UploadContent first")
      .Meta("sha256", file.sha256());
}

absl::Status CatalogInvalid(absl::string_view what) {
  return domain::Refusal(absl::StatusCode::kInvalidArgument, "CATALOG_INVALID", what)
      .Needed("files in which every code is well formed, unique, and has its parent");
}

}  // namespace

absl::StatusOr<std::shared_ptr<const domain::RegionTable>> RegionStore::Load(
    const v1::RegionCatalogVersion& version) {
  std::array<const v1::RegionFile*, 4> files{};
  for (const v1::RegionFile& file : version.files()) {
    const int level = static_cast<int>(file.level()) - 1;
    if (level < 0 || level > 3 || files[static_cast<std::size_t>(level)] != nullptr) {
      return CatalogInvalid("a catalog has exactly one file for each level of regions");
    }
    files[static_cast<std::size_t>(level)] = &file;
  }
  // The version is in the table, so it is in the key.
  std::string key = version.version();
  for (const v1::RegionFile* file : files) {
    if (file == nullptr) {
      return CatalogInvalid("a catalog has exactly one file for each level of regions");
    }
    absl::StrAppend(&key, "/", file->sha256());
  }
  // Held while parsing, so that two callers do not parse the same files at once.
  MutexLock lock(mutex_);
  const auto found = std::find_if(tables_.begin(), tables_.end(),
                                  [&key](const Cached& cached) { return cached.key == key; });
  if (found != tables_.end()) {
    tables_.splice(tables_.begin(), tables_, found);
    return found->table;
  }
  std::array<std::string, 4> texts;
  for (std::size_t i = 0; i < files.size(); ++i) {
    absl::StatusOr<std::string> text =
        content_->ReadAll(files[i]->sha256(), limits::kRegionFileBytesMax);
    if (absl::IsNotFound(text.status())) return CatalogFileUnknown(*files[i]);
    if (absl::IsResourceExhausted(text.status())) return CatalogInvalid("a file is too large");
    JEJAK_RETURN_IF_ERROR(text.status());
    texts[i] = *std::move(text);
  }
  absl::StatusOr<std::unique_ptr<const domain::RegionTable>> table =
      domain::RegionTable::Parse(version.version(), {texts[0], texts[1], texts[2], texts[3]});
  if (!table.ok()) return CatalogInvalid(table.status().message());
  tables_.push_front(Cached{std::move(key), *std::move(table)});
  if (tables_.size() > limits::kRegionTablesCachedMax) tables_.pop_back();
  return tables_.front().table;
}

const v1::RegionCatalogVersion* ActiveVersion(const v1::RegionCatalog& catalog) {
  for (const v1::RegionCatalogVersion& version : catalog.versions()) {
    if (version.version() == catalog.active_version()) return &version;
  }
  return nullptr;
}

std::array<std::uint32_t, 4> CountFiles(const domain::RegionTable& table,
                                        const v1::RegionCatalogVersion& version) {
  std::array<std::uint32_t, 4> counts{};
  for (int i = 0; i < version.files_size() && i < 4; ++i) {
    counts[static_cast<std::size_t>(i)] =
        static_cast<std::uint32_t>(table.count(version.files(i).level()));
  }
  return counts;
}

}  // namespace jejak::command
