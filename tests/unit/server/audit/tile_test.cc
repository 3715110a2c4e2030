// SPDX-License-Identifier: Apache-2.0

#include "server/audit/tile.h"

#include "server/base/limits.h"
#include "server/log/entry.h"
#include "tests/unit/server/audit/test_tree.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace jejak::audit {
namespace {

// The tiles of a tree, straight from their definition: hash i of tile n of level l is the root of
// the 256^l leaves from (n * 256 + i) * 256^l on.
class Tiles {
 public:
  explicit Tiles(const TestTree& tree) : tree_(tree) {}

  absl::StatusOr<std::string> Read(const TileId& tile) {
    ++reads_;
    std::string bytes;
    for (int i = 0; i < tile.width; ++i) {
      const Hash hash = tree_.Node(8 * tile.level, tile.index * 256 + static_cast<unsigned>(i));
      bytes.append(hash.begin(), hash.end());
    }
    return bytes;
  }

  TileTree At(std::uint64_t size) {
    return TileTree(size, [this](const TileId& tile) { return Read(tile); });
  }
  int reads() const { return reads_; }

 private:
  const TestTree& tree_;
  int reads_ = 0;
};

TEST(TileTest, APathHasOneSpelling) {
  const std::vector<std::pair<TileId, std::string>> cases = {
      {{0, 0, 256}, "tile/0/000"},
      {{0, 7, 256}, "tile/0/007"},
      {{3, 999, 256}, "tile/3/999"},
      {{0, 1000, 256}, "tile/0/x001/000"},
      {{1, 1234067, 256}, "tile/1/x001/x234/067"},
      {{63, 0, 1}, "tile/63/000.p/1"},
      {{0, 273, 112}, "tile/0/273.p/112"},
      {{kEntriesLevel, 0, 256}, "tile/entries/000"},
      {{kEntriesLevel, 1000000, 255}, "tile/entries/x001/x000/000.p/255"},
      {{7, ~std::uint64_t{0}, 256}, "tile/7/x018/x446/x744/x073/x709/x551/615"},
  };
  for (const auto& [tile, path] : cases) {
    EXPECT_EQ(TilePath(tile), path);
    const absl::StatusOr<TileId> parsed = ParseTilePath(path);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, tile);
  }
}

TEST(TileTest, AnyOtherSpellingOfAPathIsRefused) {
  for (const char* path : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/0/0",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/0/x000/000",
                           "tile/0/001/000",
                           "tile/0/x001",
                           "tile/0/x001/",
                           "tile/0/x01/000",
                           "tile/0/X001/000",
                           "tile/0/x001/x000",
                           "tile/0/1000",
                           "tile/0/-01",
                           "tile/0/+01",
                           "tile/0/ 01",
                           "/tile/0/000",
                           "tile/0/000/",
                           "tile//000",
                           "tile/00/000",
                           "tile/64/000",
                           "tile/-1/000",
                           "tile/Entries/000",
                           "tile/0/000.p",
                           "tile/0/000.p/",
                           "tile/0/000.p/0",
                           "tile/0/000.p/01",
                           "tile/0/000.p/256",
                           "tile/0/000.p/-1",
                           "tile/0/000.p/1/",
                           "tile/0/000.p/1.p/1",
                           "tile/0/000\n",
                           "tile/0/0a0",
                           "tile/0/../000",
                           "tile/0/x018/x446/x744/x073/x709/x551/616",
                           "tile/0/x999/x999/x999/x999/x999/x999/999"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseTilePath(path).status())) << path;
  }
}

TEST(TileTest, TheTilesOfATreeAreThoseOfTheExamples) {
  EXPECT_EQ(TileCount(0, 0), 0u);
  EXPECT_EQ(TileCount(0, 256), 1u);
  EXPECT_EQ(TileWidthIn(256, 0, 0), 256);
  EXPECT_EQ(TileWidthIn(256, 0, 1), 0);
  EXPECT_EQ(TileWidthIn(256, 1, 0), 1);
  EXPECT_EQ(TileWidthIn(256, 2, 0), 0);

  EXPECT_EQ(TileCount(0, 70'000), 274u);
  EXPECT_EQ(TileWidthIn(70'000, 0, 272), 256);
  EXPECT_EQ(TileWidthIn(70'000, 0, 273), 112);
  EXPECT_EQ(TileWidthIn(70'000, 0, 274), 0);
  EXPECT_EQ(TileCount(1, 70'000), 2u);
  EXPECT_EQ(TileWidthIn(70'000, 1, 0), 256);
  EXPECT_EQ(TileWidthIn(70'000, 1, 1), 17);
  EXPECT_EQ(TileCount(2, 70'000), 1u);
  EXPECT_EQ(TileWidthIn(70'000, 2, 0), 1);
  EXPECT_EQ(TileCount(3, 70'000), 0u);

  EXPECT_EQ(TileCount(kEntriesLevel, 70'000), 274u);
  EXPECT_EQ(TileWidthIn(70'000, kEntriesLevel, 273), 112);
  EXPECT_EQ(TileCount(63, ~std::uint64_t{0}), 0u);
  EXPECT_EQ(TileWidthIn(~std::uint64_t{0}, 7, 0), 255);
}

TEST(TileTest, EveryNodeLiesInTheTileOfItsLevel) {
  EXPECT_EQ(PlaceOfNode(0, 0), (NodePlace{0, 0, 0, 1}));
  EXPECT_EQ(PlaceOfNode(0, 511), (NodePlace{0, 1, 255, 1}));
  EXPECT_EQ(PlaceOfNode(1, 128), (NodePlace{0, 1, 0, 2}));
  EXPECT_EQ(PlaceOfNode(7, 1), (NodePlace{0, 0, 128, 128}));
  EXPECT_EQ(PlaceOfNode(8, 257), (NodePlace{1, 1, 1, 1}));
  EXPECT_EQ(PlaceOfNode(62, 1), (NodePlace{7, 0, 64, 64}));
}

TEST(TileTest, ATreeOfTilesGivesTheNodesRootsAndProofsOfTheTree) {
  const TestTree tree(70'000);
  Tiles tiles(tree);
  for (std::uint64_t size :
       std::vector<std::uint64_t>{1, 2, 255, 256, 257, 511, 512, 65'535, 65'536, 65'537, 70'000}) {
    TileTree at = tiles.At(size);
    ASSERT_EQ(*at.RootAt(size), *TreeRoot(size, tree.nodes())) << size;
    for (int level = 0; size >> level != 0; ++level) {
      const std::uint64_t last = (size >> level) - 1;
      for (std::uint64_t index : {std::uint64_t{0}, last / 2, last}) {
        ASSERT_EQ(*at.Node(level, index), tree.Node(level, index)) << level << " " << index;
      }
      EXPECT_TRUE(absl::IsOutOfRange(at.Node(level, last + 1).status()));
    }
    for (std::uint64_t part : {std::uint64_t{1}, size / 3 + 1, size - size / 7, size}) {
      ASSERT_EQ(*at.RootAt(part), *TreeRoot(part, tree.nodes()));
      ASSERT_EQ(*at.ProveInclusion(part - 1, size), *InclusionProof(part - 1, size, tree.nodes()));
      ASSERT_EQ(*at.ProveInclusion(0, part), *InclusionProof(0, part, tree.nodes()));
      ASSERT_EQ(*at.ProveConsistency(part, size), *ConsistencyProof(part, size, tree.nodes()));
    }
    EXPECT_TRUE(absl::IsOutOfRange(at.RootAt(size + 1).status()));
    EXPECT_TRUE(absl::IsOutOfRange(at.ProveInclusion(0, size + 1).status()));
    EXPECT_TRUE(absl::IsOutOfRange(at.ProveConsistency(1, size + 1).status()));
    EXPECT_TRUE(absl::IsInvalidArgument(at.ProveInclusion(size, size).status()));
  }
}

TEST(TileTest, AProofReadsAtMostTwoTilesOfALevel) {
  const TestTree tree(70'000);
  for (std::uint64_t index :
       std::vector<std::uint64_t>{0, 255, 256, 34'567, 65'535, 65'536, 69'999}) {
    Tiles tiles(tree);
    TileTree at = tiles.At(70'000);
    ASSERT_TRUE(at.ProveInclusion(index, 70'000).ok());
    ASSERT_TRUE(at.ProveConsistency(index + 1, 70'000).ok());
    EXPECT_LE(tiles.reads(), 6) << index;
  }
}

TEST(TileTest, TheTilesKeptAreBounded) {
  const TestTree tree(20'000);
  Tiles tiles(tree);
  TileTree at = tiles.At(20'000);
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t index = 0; index < 20'000; index += 200) {
      ASSERT_EQ(*at.Node(0, index), tree.leaves()[index]);
    }
  }
  EXPECT_GT(tiles.reads(), 79);
}

TEST(TileTest, ATileOfAnotherLengthIsDataLossAndAnErrorIsHandedOn) {
  for (std::size_t size : std::vector<std::size_t>{0, 31, 32, 63, 65, 96}) {
    TileTree tree(2, [&](const TileId&) { return std::string(size, 'x'); });
    EXPECT_TRUE(absl::IsDataLoss(tree.RootAt(2).status())) << size;
  }
  TileTree tree(2, [](const TileId&) { return absl::UnavailableError("disk"); });
  EXPECT_TRUE(absl::IsUnavailable(tree.RootAt(2).status()));
}

TEST(TileTest, TheReaderIsAskedForTheWidthsOfTheTree) {
  const TestTree tree(600);
  std::set<std::string> paths;
  TileTree at(600, [&](const TileId& tile) {
    paths.insert(TilePath(tile));
    return Tiles(tree).Read(tile);
  });
  ASSERT_TRUE(at.RootAt(600).ok());
  EXPECT_EQ(paths, (std::set<std::string>{"tile/0/002.p/88", "tile/1/000.p/2"}));
}

TEST(EntryBundleTest, TheBytesAreLengthsAndEntries) {
  const std::vector<std::string> entries = {"ab", "", std::string(65'535, 'x')};
  const absl::StatusOr<std::string> bytes = EncodeEntryBundle(entries);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(bytes->substr(0, 8), std::string("\x00\x02"
                                             "ab\x00\x00\xff\xff",
                                             8));
  EXPECT_EQ(*DecodeEntryBundle(*bytes, 3), entries);
}

TEST(EntryBundleTest, AnotherNumberOfEntriesIsRefused) {
  const std::string bytes = *EncodeEntryBundle(std::vector<std::string>{"ab", "c"});
  EXPECT_TRUE(DecodeEntryBundle(bytes, 2).ok());
  for (int width : {-1, 0, 1, 3, 256, 257}) {
    EXPECT_TRUE(absl::IsInvalidArgument(DecodeEntryBundle(bytes, width).status())) << width;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(absl::IsInvalidArgument(DecodeEntryBundle(bytes.substr(0, size), 2).status()));
  }
  EXPECT_TRUE(absl::IsInvalidArgument(DecodeEntryBundle(bytes + '\0', 2).status()));
}

TEST(EntryBundleTest, ABundleHasAtMost256EntriesOf65535Bytes) {
  EXPECT_TRUE(EncodeEntryBundle(std::vector<std::string>(256)).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(EncodeEntryBundle(std::vector<std::string>(257)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(EncodeEntryBundle({}).status()));
  const std::vector<std::string> long_one = {std::string(65'536, 'x')};
  EXPECT_TRUE(absl::IsInvalidArgument(EncodeEntryBundle(long_one).status()));
}

}  // namespace
}  // namespace jejak::audit
