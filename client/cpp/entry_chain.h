// SPDX-License-Identifier: Apache-2.0
//
// File: entry_chain.h
//
// All entries of a log, checked one after the other from the first on: that they stand at their
// positions, that times only go up, that the revisions of each stream are a chain without gaps, and
// at the end that they are what a checkpoint says. Makes the tiles (server/audit/tile.h) on the
// way. Pure arithmetic.

#ifndef JEJAK_CLIENT_CPP_ENTRY_CHAIN_H_
#define JEJAK_CLIENT_CPP_ENTRY_CHAIN_H_

#include "server/audit/checkpoint.h"
#include "server/audit/tile.h"
#include "server/base/hash.h"
#include "server/log/merkle.h"
#include "server/log/tile_edge.h"

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace jejak::client {

// Not thread-safe. After an error it must not be used any more. Keeps a revision and a position for
// each stream.
class EntryChain {
 public:
  // Takes a tile, or a bundle of entries.
  using TileSink = std::function<absl::Status(const audit::TileId& tile, absl::string_view bytes)>;

  // `on_tile` may be null. It is given each tile when it is full, a bundle before the tile of level
  // 0 beside it.
  explicit EntryChain(TileSink on_tile = nullptr) : on_tile_(std::move(on_tile)) {}

  // Adds the next entry. DATA_LOSS, with the position: it is not an entry, or not the next one of
  // the log or of its stream. The errors of the sink are returned as they are.
  absl::Status Add(absl::string_view entry);

  // To be called after the last entry. DATA_LOSS if the entries are not those of `checkpoint`. Then
  // gives the tiles that are not full.
  absl::Status Finish(const audit::Checkpoint& checkpoint);

  std::uint64_t size() const { return tree_.size(); }
  std::size_t streams() const { return streams_.size(); }

 private:
  struct StreamHead {
    std::uint64_t revision = 0;
    std::uint64_t position_plus_one = 0;
  };

  const TileSink on_tile_;
  log::CompactRange tree_;
  std::int64_t last_time_us_ = std::numeric_limits<std::int64_t>::min();
  absl::flat_hash_map<std::string, StreamHead> streams_;
  // What is not full yet.
  log::TileEdge tiles_;
  std::vector<std::string> bundle_;
};

}  // namespace jejak::client

#endif  // JEJAK_CLIENT_CPP_ENTRY_CHAIN_H_
