// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/entry_chain.h"

#include "server/audit/tile.h"
#include "tests/unit/client/cpp/fake_log.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace jejak::client {
namespace {

TEST(EntryChainTest, MakesTheTilesThatProofsAreMadeFrom) {
  for (const int count : {1, 255, 256, 257, 700}) {
    FakeLog log;
    log.AddMany(count);
    std::map<std::string, std::string> files;
    EntryChain chain([&files](const audit::TileId& tile, absl::string_view bytes) {
      EXPECT_TRUE(files.emplace(audit::TilePath(tile), bytes).second);
      return absl::OkStatus();
    });
    for (const std::string& entry : log.entries) ASSERT_TRUE(chain.Add(entry).ok());
    const audit::Checkpoint checkpoint = log.Signed().checkpoint;
    ASSERT_TRUE(chain.Finish(checkpoint).ok());
    EXPECT_EQ(chain.streams(), static_cast<std::size_t>(std::min(count, 3)));

    std::size_t expected = 0;
    for (int level = 0; audit::TileCount(level, checkpoint.size) > 0; ++level) {
      expected += audit::TileCount(level, checkpoint.size) * (level == 0 ? 2 : 1);
    }
    EXPECT_EQ(files.size(), expected) << count;
    audit::TileTree tree(checkpoint.size,
                         [&files](const audit::TileId& tile) -> absl::StatusOr<std::string> {
                           return files.at(audit::TilePath(tile));
                         });
    EXPECT_EQ(*tree.RootAt(checkpoint.size), checkpoint.root) << count;
    std::uint64_t position = 0;
    for (std::uint64_t i = 0; i < audit::TileCount(0, checkpoint.size); ++i) {
      const int width = audit::TileWidthIn(checkpoint.size, 0, i);
      const auto bundle = audit::DecodeEntryBundle(
          files.at(audit::TilePath({audit::kEntriesLevel, i, width})), width);
      ASSERT_TRUE(bundle.ok());
      for (const std::string& entry : *bundle) EXPECT_EQ(entry, log.entries[position++]);
    }
    EXPECT_EQ(position, checkpoint.size);
  }
}

TEST(EntryChainTest, TheErrorsOfTheSinkEndIt) {
  FakeLog log;
  log.AddMany(1);
  EntryChain chain(
      [](const audit::TileId&, absl::string_view) { return absl::InternalError("full"); });
  ASSERT_TRUE(chain.Add(log.entries[0]).ok());
  EXPECT_TRUE(absl::IsInternal(chain.Finish(log.Signed().checkpoint)));
}

TEST(EntryChainTest, TimeThatStandsStillIsRefused) {
  FakeLog log;
  log.AddMany(2);
  log::Entry entry = *log::DecodeEntry(log.entries[1]);
  entry.commit_time_us = log::DecodeEntry(log.entries[0])->commit_time_us;
  EntryChain chain;
  ASSERT_TRUE(chain.Add(log.entries[0]).ok());
  EXPECT_TRUE(absl::IsDataLoss(chain.Add(*log::EncodeEntry(entry))));
}

}  // namespace
}  // namespace jejak::client
