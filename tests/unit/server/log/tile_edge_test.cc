// SPDX-License-Identifier: Apache-2.0

#include "server/log/tile_edge.h"

#include "server/log/entry.h"
#include "server/log/log_keys.h"
#include "server/log/merkle.h"

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace jejak::log {
namespace {

Hash Leaf(std::uint64_t index) { return LeafHash(absl::StrCat("leaf ", index)); }

// RFC 6962 section 2.1, word for word, over leaves [begin, end).
Hash NaiveRoot(std::uint64_t begin, std::uint64_t end) {
  if (end - begin == 1) return Leaf(begin);
  std::uint64_t k = 1;
  while (k * 2 < end - begin) k *= 2;
  return NodeHash(NaiveRoot(begin, begin + k), NaiveRoot(begin + k, end));
}

// Rows by their keys, as a store has them.
using Rows = std::map<std::string, std::string>;

void Add(std::uint64_t index, TileEdge& edge, Rows& rows) {
  edge.Append(Leaf(index),
              [&rows](std::size_t level, std::uint64_t tile, absl::string_view hashes) {
                rows[TileKey(level, tile)] = std::string(hashes);
              });
}

absl::StatusOr<TileEdge> Restored(std::uint64_t size, const Rows& rows) {
  std::string leaves;
  for (std::uint64_t i = size - size % kTileWidth; i < size; ++i) {
    absl::StrAppend(&leaves, AsBytes(Leaf(i)));
  }
  return TileEdge::Restore(
      size, leaves, [&rows](std::size_t level, std::uint64_t index) -> absl::StatusOr<std::string> {
        const auto row = rows.find(TileKey(level, index));
        return row == rows.end() ? "" : row->second;
      });
}

TEST(TileEdgeTest, ATileHasTheRootsOfTheFullSubtreesBelowIt) {
  constexpr std::uint64_t kSize = 66'000;
  TileEdge edge;
  Rows rows;
  for (std::uint64_t i = 0; i < kSize; ++i) {
    Add(i, edge, rows);
  }
  EXPECT_EQ(edge.size(), kSize);
  // 257 full tiles of leaves, one full and one partial tile of their roots, one root of these.
  ASSERT_EQ(rows.size(), 257u + 2u + 1u);
  EXPECT_EQ(TileEdge::RowsOf(kSize), rows.size());
  EXPECT_EQ(rows.at(TileKey(1, 0)).size(), kTileBytes);
  EXPECT_EQ(rows.at(TileKey(1, 1)).size(), sizeof(Hash));
  EXPECT_EQ(rows.at(TileKey(2, 0)).size(), sizeof(Hash));
  const auto hash = [&rows](std::size_t level, std::uint64_t index, std::size_t at) {
    return HashFromBytes(rows.at(TileKey(level, index)).substr(at * sizeof(Hash), sizeof(Hash)));
  };
  EXPECT_EQ(hash(0, 0, 0), Leaf(0));
  EXPECT_EQ(hash(0, 256, 255), Leaf(256 * 256 + 255));
  EXPECT_EQ(hash(1, 0, 0), NaiveRoot(0, 256));
  EXPECT_EQ(hash(1, 0, 255), NaiveRoot(255 * 256, 65'536));
  EXPECT_EQ(hash(1, 1, 0), NaiveRoot(65'536, 65'536 + 256));
  EXPECT_EQ(hash(2, 0, 0), NaiveRoot(0, 65'536));
}

TEST(TileEdgeTest, TheRowsOfATreeAreCountedAndItsEdgeIsRestored) {
  TileEdge edge;
  Rows rows;
  for (std::uint64_t size = 0; size <= 66'000; ++size) {
    if (size < 600 || size % 256 < 2 || size % 1000 == 0) {
      ASSERT_EQ(TileEdge::RowsOf(size), rows.size()) << size;
      const absl::StatusOr<TileEdge> restored = Restored(size, rows);
      ASSERT_TRUE(restored.ok()) << restored.status();
      ASSERT_EQ(*restored, edge) << size;
    }
    Add(size, edge, rows);
  }
}

TEST(TileEdgeTest, AMissingOrShortRowIsNoticed) {
  TileEdge edge;
  Rows rows;
  for (std::uint64_t i = 0; i < 600; ++i) {
    Add(i, edge, rows);
  }
  ASSERT_TRUE(Restored(600, rows).ok());
  Rows damaged = rows;
  damaged[TileKey(1, 0)].pop_back();
  EXPECT_TRUE(absl::IsDataLoss(Restored(600, damaged).status()));
  damaged.erase(TileKey(1, 0));
  EXPECT_TRUE(absl::IsDataLoss(Restored(600, damaged).status()));
  EXPECT_TRUE(absl::IsDataLoss(TileEdge::Restore(3, "", [](std::size_t, std::uint64_t) {
                                 return absl::StatusOr<std::string>("");
                               }).status()));
}

TEST(TileEdgeTest, TheRootOverHashesIsThatOfTheTree) {
  std::string tile;
  for (std::uint64_t i = 0; i < 256; ++i) {
    absl::StrAppend(&tile, AsBytes(Leaf(i)));
    if (i < 5 || i == 255) {
      EXPECT_EQ(RootOver(tile), NaiveRoot(0, i + 1));
    }
  }
}

}  // namespace
}  // namespace jejak::log
