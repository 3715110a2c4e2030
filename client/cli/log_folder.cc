// SPDX-License-Identifier: Apache-2.0

#include "client/cli/log_folder.h"

#include "client/cli/files.h"
#include "client/cpp/entry_chain.h"
#include "client/cpp/log_verifier.h"
#include "server/audit/tile.h"
#include "server/base/status_macros.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include <filesystem>
#include <ostream>
#include <system_error>
#include <vector>

namespace jejak::cli {
namespace {

std::string PathOf(const std::string& folder, absl::string_view file) {
  return absl::StrCat(folder, "/", file);
}

absl::Status Save(const std::string& path, absl::string_view bytes) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  return WriteFile(path, 0666, bytes);
}

absl::Status In(absl::string_view path, const absl::Status& status) {
  return absl::DataLossError(absl::StrCat(path, ": ", status.message()));
}

audit::TileId BundleId(std::uint64_t index, std::uint64_t size) {
  return {
      .level = audit::kEntriesLevel, .index = index, .width = audit::TileWidthIn(size, 0, index)};
}

absl::StatusOr<std::vector<std::string>> ReadBundle(const std::string& path, int width) {
  JEJAK_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  return audit::DecodeEntryBundle(bytes, width);
}

}  // namespace

absl::StatusOr<FolderSummary> ExportLog(client::Client* client,
                                        const audit::SignedCheckpoint& checkpoint,
                                        const std::string& folder, const LogProgress& progress) {
  FolderSummary summary;
  summary.checkpoint = checkpoint.checkpoint;
  const std::uint64_t size = summary.checkpoint.size;
  client::EntryChain chain([&folder](const audit::TileId& tile, absl::string_view bytes) {
    const std::string path = PathOf(folder, audit::TilePath(tile));
    if (const auto there = ReadFile(path); there.ok() && *there == bytes) return absl::OkStatus();
    return Save(path, bytes);
  });
  for (std::uint64_t i = 0; i < audit::TileCount(0, size); ++i) {
    const audit::TileId bundle = BundleId(i, size);
    // What cannot be read is fetched again.
    const auto kept = ReadBundle(PathOf(folder, audit::TilePath(bundle)), bundle.width);
    if (kept.ok() && bundle.width == audit::kTileWidth) {
      for (const std::string& entry : *kept) {
        if (const absl::Status added = chain.Add(entry); !added.ok()) {
          return In(audit::TilePath(bundle), added);
        }
      }
      ++summary.bundles_kept;
    } else {
      const std::uint64_t from = chain.size();
      JEJAK_RETURN_IF_ERROR(
          client::ReadEntries(client, from, from + static_cast<std::uint64_t>(bundle.width),
                              [&chain](absl::string_view entry) { return chain.Add(entry); }));
    }
    if (progress) progress(chain.size(), size);
  }
  if (const absl::Status whole = chain.Finish(summary.checkpoint); !whole.ok()) {
    if (!absl::IsDataLoss(whole) || summary.bundles_kept == 0) return whole;
    return absl::DataLossError(absl::StrCat(whole.message(), "; ", summary.bundles_kept,
                                            " bundles of them were in the folder before: export to "
                                            "an empty one to see whose fault it is"));
  }
  JEJAK_RETURN_IF_ERROR(Save(PathOf(folder, "checkpoint"), audit::FormatNote(checkpoint.note)));
  summary.streams = chain.streams();
  return summary;
}

absl::StatusOr<FolderSummary> VerifyLogFolder(const std::string& folder,
                                              const audit::Policy& policy,
                                              const LogProgress& progress) {
  JEJAK_ASSIGN_OR_RETURN(const std::string note, ReadFile(PathOf(folder, "checkpoint")));
  const auto checkpoint = audit::ParseSignedCheckpoint(note);
  if (!checkpoint.ok()) return In("checkpoint", checkpoint.status());
  FolderSummary summary;
  absl::StatusOr<audit::PolicyVerdict> verdict = policy.Require(*checkpoint);
  if (!verdict.ok()) return In("checkpoint", verdict.status());
  summary.verdict = *std::move(verdict);
  summary.checkpoint = checkpoint->checkpoint;
  const std::uint64_t size = summary.checkpoint.size;

  client::EntryChain chain([&folder](const audit::TileId& tile, absl::string_view bytes) {
    const std::string name = audit::TilePath(tile);
    const auto there = ReadFile(PathOf(folder, name));
    if (!there.ok()) return In(name, there.status());
    if (*there != bytes) {
      return absl::DataLossError(absl::StrCat(name, " is not made of the entries below it"));
    }
    return absl::OkStatus();
  });
  for (std::uint64_t i = 0; i < audit::TileCount(0, size); ++i) {
    const audit::TileId bundle = BundleId(i, size);
    const std::string name = audit::TilePath(bundle);
    const auto entries = ReadBundle(PathOf(folder, name), bundle.width);
    if (!entries.ok()) return In(name, entries.status());
    for (const std::string& entry : *entries) JEJAK_RETURN_IF_ERROR(chain.Add(entry));
    if (progress) progress(chain.size(), size);
  }
  JEJAK_RETURN_IF_ERROR(chain.Finish(summary.checkpoint));
  summary.streams = chain.streams();
  return summary;
}

}  // namespace jejak::cli
