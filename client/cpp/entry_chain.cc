// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/entry_chain.h"

#include "server/audit/encoding.h"
#include "server/base/hash.h"
#include "server/base/status_macros.h"
#include "server/log/entry.h"

#include "absl/strings/str_cat.h"

#include <utility>

namespace jejak::client {
namespace {

absl::Status Broken(std::uint64_t position, absl::string_view why) {
  return absl::DataLossError(absl::StrCat("entry ", position, ": ", why));
}

}  // namespace

absl::Status EntryChain::Add(absl::string_view entry) {
  const std::uint64_t position = size();
  const absl::StatusOr<log::Entry> decoded = log::DecodeEntry(entry);
  if (!decoded.ok()) return Broken(position, decoded.status().message());
  if (decoded->position != position) {
    return Broken(position, absl::StrCat("it says that it is entry ", decoded->position));
  }
  if (decoded->commit_time_us <= last_time_us_) {
    return Broken(position, "its time of recording is not after that of the entry before");
  }
  last_time_us_ = decoded->commit_time_us;
  StreamHead& head = streams_[decoded->stream];
  if (decoded->revision != head.revision + 1 ||
      decoded->prev_position_plus_one != head.position_plus_one) {
    return Broken(position, absl::StrCat("the history of ", audit::Quoted(decoded->stream),
                                         " has a gap: revision ", decoded->revision,
                                         " comes after revision ", head.revision));
  }
  head = {decoded->revision, position + 1};

  const Hash leaf = log::LeafHash(entry);
  tree_.Append(leaf);
  if (on_tile_ == nullptr) return absl::OkStatus();
  bundle_.emplace_back(entry);
  if (bundle_.size() == audit::kTileWidth) {
    JEJAK_ASSIGN_OR_RETURN(const std::string bytes, audit::EncodeEntryBundle(bundle_));
    bundle_.clear();
    JEJAK_RETURN_IF_ERROR(
        on_tile_({.level = audit::kEntriesLevel, .index = position / audit::kTileWidth}, bytes));
  }
  absl::Status given;
  tiles_.Append(leaf, [&](std::size_t level, std::uint64_t index, absl::string_view hashes) {
    if (!given.ok() || hashes.size() < log::kTileBytes) return;
    given = on_tile_({.level = static_cast<int>(level), .index = index}, hashes);
  });
  return given;
}

absl::Status EntryChain::Finish(const audit::Checkpoint& checkpoint) {
  if (size() != checkpoint.size) {
    return absl::DataLossError(
        absl::StrCat("there are ", size(), " entries, and the checkpoint is of ", checkpoint.size));
  }
  if (tree_.Root() != checkpoint.root) {
    return absl::DataLossError(absl::StrCat(
        "the entries are not those of the checkpoint: their root is ",
        audit::FormatHash(tree_.Root()), ", the signed one ", audit::FormatHash(checkpoint.root)));
  }
  if (!bundle_.empty()) {
    JEJAK_ASSIGN_OR_RETURN(const std::string bytes, audit::EncodeEntryBundle(bundle_));
    JEJAK_RETURN_IF_ERROR(on_tile_({.level = audit::kEntriesLevel,
                                    .index = size() / audit::kTileWidth,
                                    .width = static_cast<int>(bundle_.size())},
                                   bytes));
  }
  std::uint64_t hashes = size();
  for (std::size_t level = 0; level < tiles_.levels().size(); ++level, hashes /= log::kTileWidth) {
    const std::string& tile = tiles_.levels()[level];
    if (tile.empty()) continue;
    JEJAK_RETURN_IF_ERROR(on_tile_({.level = static_cast<int>(level),
                                    .index = hashes / log::kTileWidth,
                                    .width = static_cast<int>(tile.size() / sizeof(Hash))},
                                   tile));
  }
  return absl::OkStatus();
}

}  // namespace jejak::client
