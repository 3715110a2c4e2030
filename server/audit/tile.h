// SPDX-License-Identifier: Apache-2.0
//
// File: tile.h
//
// The tree cut into tiles, and its entries into bundles, as C2SP tlog-tiles publishes them. Bytes
// and paths are in server/doc/formats.md. Pure arithmetic; where tiles lie is the caller's matter.
//
// A tile of level L holds up to 256 hashes: the nodes of level 8 * L of the tree (proof.h), those
// from 256 * index on. Of each level all tiles are full but the last.

#ifndef JEJAK_SERVER_AUDIT_TILE_H_
#define JEJAK_SERVER_AUDIT_TILE_H_

#include "server/audit/proof.h"
#include "server/base/hash.h"
#include "server/log/tile_edge.h"

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace jejak::audit {

// Hashes in a full tile, entries in a full bundle.
inline constexpr int kTileWidth = static_cast<int>(log::kTileWidth);
// Levels of the tree in a tile.
inline constexpr int kTileHeight = 8;
// The level of a bundle of entries, which stands beside the tile of level 0 with its index.
inline constexpr int kEntriesLevel = -1;

struct TileId {
  // 0 to 63, or kEntriesLevel.
  int level = 0;
  std::uint64_t index = 0;
  // 1 to 256; below 256 the tile is partial.
  int width = kTileWidth;

  friend bool operator==(const TileId&, const TileId&) = default;
};

// "tile/<level>/<index>" or "tile/entries/<index>", with ".p/<width>" if it is partial:
// "tile/0/x001/x234/067", "tile/entries/000.p/17".
std::string TilePath(const TileId& tile);

// The reverse. INVALID_ARGUMENT unless `path` is exactly what TilePath gives for the result.
absl::StatusOr<TileId> ParseTilePath(absl::string_view path);

// How many tiles the tree of `size` leaves has at `level`, a partial one at the end included.
std::uint64_t TileCount(int level, std::uint64_t size);

// The width of a tile in the tree of `size` leaves; 0 if the tree does not have it.
int TileWidthIn(std::uint64_t size, int level, std::uint64_t index);

// Where a node of the tree is found: it is the root over the hashes [first, first + count) of the
// tile; count is a power of two up to 128.
struct NodePlace {
  int level = 0;
  std::uint64_t index = 0;
  int first = 0;
  int count = 1;

  friend bool operator==(const NodePlace&, const NodePlace&) = default;
};
// REQUIRES: 0 <= level < 64.
NodePlace PlaceOfNode(int level, std::uint64_t index);

// The tree of `size` leaves as its tiles: roots and proofs in O(log size) reads of tiles. Keeps the
// tiles it read, at most limits::kProofTilesCachedMax; so make one for each call. Not thread-safe.
//
// Every error of the reader is returned as it is. DATA_LOSS: it gave a tile of another length.
class TileTree {
 public:
  // Gives the 32 * tile.width bytes of a tile of the tree: `width` is that of a tree of `size`
  // leaves.
  using TileReader = std::function<absl::StatusOr<std::string>(const TileId& tile)>;

  TileTree(std::uint64_t size, TileReader read);

  std::uint64_t size() const { return size_; }

  // A node; OUT_OF_RANGE if its subtree is not full in this tree.
  absl::StatusOr<Hash> Node(int level, std::uint64_t index);

  // The root of the first `size` leaves. OUT_OF_RANGE: size > size().
  absl::StatusOr<Hash> RootAt(std::uint64_t size);
  // As the functions in proof.h. OUT_OF_RANGE: the tree is smaller.
  absl::StatusOr<Proof> ProveInclusion(std::uint64_t index, std::uint64_t size);
  absl::StatusOr<Proof> ProveConsistency(std::uint64_t old_size, std::uint64_t new_size);

 private:
  absl::StatusOr<absl::string_view> Tile(int level, std::uint64_t index);

  const std::uint64_t size_;
  const TileReader read_;
  absl::flat_hash_map<std::pair<int, std::uint64_t>, std::string> tiles_;
};

// Each entry after its length in two bytes. INVALID_ARGUMENT: no entry or more than 256, or one of
// more than 65,535 bytes.
absl::StatusOr<std::string> EncodeEntryBundle(std::span<const std::string> entries);

// The `width` entries of a bundle. INVALID_ARGUMENT unless it has exactly so many.
absl::StatusOr<std::vector<std::string>> DecodeEntryBundle(absl::string_view bytes, int width);

}  // namespace jejak::audit

#endif  // JEJAK_SERVER_AUDIT_TILE_H_
