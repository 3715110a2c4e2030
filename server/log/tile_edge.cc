// SPDX-License-Identifier: Apache-2.0

#include "server/log/tile_edge.h"

#include "server/base/status_macros.h"
#include "server/log/merkle.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include <utility>

namespace jejak::log {

absl::StatusOr<TileEdge> TileEdge::Restore(
    std::uint64_t size, absl::string_view leaves,
    absl::FunctionRef<absl::StatusOr<std::string>(std::size_t level, std::uint64_t index)> read) {
  TileEdge edge;
  edge.size_ = size;
  std::uint64_t hashes = size;
  for (std::size_t level = 0; hashes > 0; ++level, hashes /= kTileWidth) {
    const std::size_t bytes = (hashes % kTileWidth) * sizeof(Hash);
    std::string tile;
    if (level == 0) {
      tile = std::string(leaves);
    } else if (bytes > 0) {
      JEJAK_ASSIGN_OR_RETURN(tile, read(level, hashes / kTileWidth));
    }
    if (tile.size() != bytes) {
      return absl::DataLossError(absl::StrCat("the tile ", level, "/", hashes / kTileWidth, " has ",
                                              tile.size(), " bytes and not ", bytes));
    }
    edge.levels_.push_back(std::move(tile));
  }
  return edge;
}

void TileEdge::Append(
    const Hash& leaf_hash,
    absl::FunctionRef<void(std::size_t, std::uint64_t, absl::string_view)> changed) {
  ++size_;
  std::uint64_t hashes = size_;
  Hash hash = leaf_hash;
  for (std::size_t level = 0;; ++level, hashes /= kTileWidth) {
    if (level == levels_.size()) levels_.emplace_back();
    std::string& tile = levels_[level];
    absl::StrAppend(&tile, AsBytes(hash));
    const bool full = tile.size() == kTileBytes;
    if (level > 0 || full) changed(level, (hashes - 1) / kTileWidth, tile);
    if (!full) return;
    hash = RootOver(tile);
    tile.clear();
  }
}

std::uint64_t TileEdge::RowsOf(std::uint64_t size) {
  std::uint64_t rows = size / kTileWidth;
  for (std::uint64_t hashes = rows; hashes > 0; hashes /= kTileWidth) {
    rows += (hashes + kTileWidth - 1) / kTileWidth;
  }
  return rows;
}

}  // namespace jejak::log
