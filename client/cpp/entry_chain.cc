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
  return AddHash(0, leaf);
}

absl::Status EntryChain::AddHash(std::size_t level, const Hash& hash) {
  if (level == levels_.size()) {
    levels_.emplace_back();
    indexes_.push_back(0);
  }
  levels_[level].append(AsBytes(hash).data(), hash.size());
  if (levels_[level].size() < audit::kTileWidth * hash.size()) return absl::OkStatus();
  const std::string full = std::exchange(levels_[level], "");
  JEJAK_RETURN_IF_ERROR(
      on_tile_({.level = static_cast<int>(level), .index = indexes_[level]++}, full));
  return AddHash(level + 1, audit::SubtreeRoot(full));
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
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    if (levels_[level].empty()) continue;
    JEJAK_RETURN_IF_ERROR(
        on_tile_({.level = static_cast<int>(level),
                  .index = indexes_[level],
                  .width = static_cast<int>(levels_[level].size() / sizeof(Hash))},
                 levels_[level]));
  }
  return absl::OkStatus();
}

}  // namespace jejak::client
