// SPDX-License-Identifier: Apache-2.0
//
// File: tile_edge.h
//
// The tree in tiles of 256 hashes (c2sp.org/tlog-tiles), from which proofs are made by reading few
// of them. Hash i of tile n at level l is the root of the full subtree of 256^l leaves that begins
// at leaf (n * 256 + i) * 256^l; at level 0 these are the leaf hashes.
//
// A tile of level 0 is written when it is full: until then the entries have its hashes. One of a
// higher level is written with each hash that it gets, because what it is made of lies far apart.
// Pure arithmetic.

#ifndef JEJAK_SERVER_LOG_TILE_EDGE_H_
#define JEJAK_SERVER_LOG_TILE_EDGE_H_

#include "server/base/hash.h"

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace jejak::log {

inline constexpr std::uint64_t kTileWidth = 256;
inline constexpr std::size_t kTileBytes = kTileWidth * sizeof(Hash);

// The tiles that are not full yet. Not thread-safe.
class TileEdge {
 public:
  // Of the empty tree.
  TileEdge() = default;

  // The edge of a tree of `size` leaves. `leaves` are the hashes of the last size % 256; `read`
  // gives the stored row of a tile. DATA_LOSS if one is missing, or has not as many hashes as it
  // should.
  static absl::StatusOr<TileEdge> Restore(
      std::uint64_t size, absl::string_view leaves,
      absl::FunctionRef<absl::StatusOr<std::string>(std::size_t level, std::uint64_t index)> read);

  // Adds a leaf, and calls `changed` for the tiles that are to be written because of it, with all
  // the hashes that they have now.
  void Append(
      const Hash& leaf_hash,
      absl::FunctionRef<void(std::size_t level, std::uint64_t index, absl::string_view hashes)>
          changed);

  std::uint64_t size() const { return size_; }
  // The hashes of the tile of each level, none if the one before was filled just now.
  const std::vector<std::string>& levels() const { return levels_; }

  // The number of rows of the tiles of a tree of `size` leaves.
  static std::uint64_t RowsOf(std::uint64_t size);

  friend bool operator==(const TileEdge&, const TileEdge&) = default;

 private:
  std::uint64_t size_ = 0;
  std::vector<std::string> levels_;
};

}  // namespace jejak::log

#endif  // JEJAK_SERVER_LOG_TILE_EDGE_H_
