// SPDX-License-Identifier: Apache-2.0

#include "server/view/view_folder.h"

#include "tests/support/temp_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace jejak::view {
namespace {

class ViewFolderTest : public testing::Test {
 protected:
  std::unique_ptr<ViewFolder> Open(std::uint64_t log_size = 100) {
    auto folder = ViewFolder::Open(path(), "log-a", log_size);
    EXPECT_TRUE(folder.ok()) << folder.status();
    return *std::move(folder);
  }
  std::string path() const { return folder_ / "view"; }
  std::set<std::string> Files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path())) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }
  static std::string StateOf(const ViewStore& view) {
    const auto state = view.Get(0, "a", view.Size());
    return state.ok() && state->has_value() ? **state : "(none)";
  }
  static void Put(ViewStore& view, const std::string& state) {
    ViewChange change;
    change.name = "a";
    change.state = state;
    ASSERT_TRUE(view.Apply({change}, 1).ok());
  }

  test::TempFolder folder_;
};

TEST_F(ViewFolderTest, TheNewViewTakesThePlaceAndReadersOfTheOldOneEndWithIt) {
  const auto folder = Open();
  std::shared_ptr<ViewStore> reader = folder->Current();
  Put(*reader, "old");
  {
    auto next = folder->Begin();
    ASSERT_TRUE(next.ok()) << next.status();
    EXPECT_EQ((*next)->Size(), 0u);
    Put(**next, "new");
    EXPECT_EQ(StateOf(*folder->Current()), "old");
    ASSERT_TRUE(folder->Replace(*next).ok());
  }
  EXPECT_EQ(StateOf(*folder->Current()), "new");
  EXPECT_EQ(StateOf(*reader), "old");
  EXPECT_EQ(Files(), (std::set<std::string>{"1", "2", "generation"}));
  reader.reset();
  EXPECT_EQ(Files(), (std::set<std::string>{"2", "generation"}));
}

TEST_F(ViewFolderTest, WhatTookThePlaceIsThereAfterARestart) {
  {
    const auto folder = Open();
    Put(*folder->Current(), "old");
    auto next = folder->Begin();
    ASSERT_TRUE(next.ok()) << next.status();
    Put(**next, "new");
    ASSERT_TRUE(folder->Replace(*next).ok());
  }
  EXPECT_EQ(StateOf(*Open()->Current()), "new");
  EXPECT_EQ(Files(), (std::set<std::string>{"2", "generation"}));
}

TEST_F(ViewFolderTest, AViewThatWasNotFinishedIsGone) {
  {
    const auto folder = Open();
    Put(*folder->Current(), "old");
    ASSERT_TRUE(folder->Begin().ok());
    EXPECT_EQ(Files(), (std::set<std::string>{"1", "generation"}));
  }
  // What a crash leaves behind.
  std::filesystem::create_directories(path() + "/2");
  std::filesystem::create_directories(path() + "/11");
  std::ofstream(path() + "/generation.next") << "2";
  const auto folder = Open();
  EXPECT_EQ(StateOf(*folder->Current()), "old");
  EXPECT_EQ(Files(), (std::set<std::string>{"1", "generation"}));
}

TEST_F(ViewFolderTest, WhatCannotBeReadIsMadeAnew) {
  for (const std::string text : {"", "x", "-1", "99999999999999999999999", "0", "2\n7"}) {
    { Put(*Open()->Current(), "old"); }
    std::ofstream(path() + "/generation") << text;
    const auto folder = Open();
    // The number of the first view may have been guessed right; nothing else is taken for it.
    EXPECT_TRUE(StateOf(*folder->Current()) == "old" || folder->Current()->Size() == 0) << text;
    EXPECT_EQ(Files().size(), 2u) << text;
  }
}

TEST_F(ViewFolderTest, AViewAheadOfTheLogIsMadeAnew) {
  { Put(*Open()->Current(), "old"); }
  EXPECT_EQ(Open(0)->Current()->Size(), 0u);
}

}  // namespace
}  // namespace jejak::view
