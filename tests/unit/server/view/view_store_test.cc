// SPDX-License-Identifier: Apache-2.0

#include "server/view/view_store.h"

#include "server/base/hash.h"
#include "server/base/limits.h"

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace jejak::view {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<std::pair<std::string, std::string>>;
using Positions = std::vector<std::uint64_t>;

class ViewStoreTest : public testing::Test {
 protected:
  ViewStoreTest() : path_(testing::TempDir() + "/view_" + ToHex(RandomBytes(8))) {}
  ~ViewStoreTest() override {
    view_.reset();
    fs::remove_all(path_);
  }
  void Open(absl::string_view log_id = "log-a", std::uint64_t log_size = 1000) {
    view_.reset();
    auto view = ViewStore::Open(path_, log_id, log_size);
    ASSERT_TRUE(view.ok()) << view.status();
    view_ = *std::move(view);
  }
  void Put(TableId table, const std::string& name, std::uint64_t position, const std::string& state,
           std::vector<std::string> dimensions = {}) {
    const std::vector<ViewChange> changes = {
        {position, table, name, state, "", {}, std::move(dimensions)}};
    ASSERT_TRUE(view_->Apply(changes, position + 1).ok());
  }
  std::string Get(TableId table, const std::string& name, std::uint64_t size) {
    const auto row = view_->Get(table, name, size);
    EXPECT_TRUE(row.ok()) << row.status();
    return row->value_or("(none)");
  }
  Rows List(TableId table, const std::string& prefix, std::uint64_t size,
            const std::string& after = "", std::size_t max = 1000) {
    Rows rows;
    const absl::Status status =
        view_->List(table, prefix, after, size, [&](absl::string_view name, absl::string_view row) {
          rows.emplace_back(std::string(name), std::string(row));
          return rows.size() < max;
        });
    EXPECT_TRUE(status.ok()) << status;
    return rows;
  }
  Positions Postings(const std::string& dimension, std::uint64_t from, std::uint64_t to,
                     bool descending, std::size_t max = 1000) {
    Positions positions;
    const absl::Status status =
        view_->Postings(dimension, from, to, descending, [&](std::uint64_t position) {
          positions.push_back(position);
          return positions.size() < max;
        });
    EXPECT_TRUE(status.ok()) << status;
    return positions;
  }

  std::string path_;
  std::unique_ptr<ViewStore> view_;
};

TEST_F(ViewStoreTest, AResourceIsReadAsOfASize) {
  Open();
  Put(1, "offices/18", 3, "v3");
  Put(1, "offices/18", 7, "v7");
  Put(1, "offices/18", 300, "v300");
  EXPECT_EQ(Get(1, "offices/18", 0), "(none)");
  EXPECT_EQ(Get(1, "offices/18", 3), "(none)");
  EXPECT_EQ(Get(1, "offices/18", 4), "v3");
  EXPECT_EQ(Get(1, "offices/18", 7), "v3");
  EXPECT_EQ(Get(1, "offices/18", 8), "v7");
  EXPECT_EQ(Get(1, "offices/18", 300), "v7");
  EXPECT_EQ(Get(1, "offices/18", 301), "v300");
  EXPECT_EQ(Get(1, "offices/18", ~std::uint64_t{0}), "v300");
  EXPECT_EQ(Get(2, "offices/18", 301), "(none)") << "another table";
}

TEST_F(ViewStoreTest, ANameThatBeginsWithAnotherIsAnother) {
  Open();
  Put(3, "programs/p/lokus/18.06.11", 0, "long");
  Put(3, "programs/p/lokus/18.06.1", 1, "short");
  EXPECT_EQ(Get(3, "programs/p/lokus/18.06.1", 1), "(none)");
  EXPECT_EQ(Get(3, "programs/p/lokus/18.06.1", 2), "short");
  EXPECT_EQ(Get(3, "programs/p/lokus/18.06.11", 2), "long");
  EXPECT_EQ(Get(3, "programs/p/lokus/18.06", 2), "(none)");
  EXPECT_EQ(Get(3, "programs/p/lokus/18.06.111", 2), "(none)");
  EXPECT_EQ(List(3, "programs/p/lokus/", 2),
            (Rows{{"programs/p/lokus/18.06.1", "short"}, {"programs/p/lokus/18.06.11", "long"}}));
  EXPECT_EQ(List(3, "programs/p/lokus/", 2, "programs/p/lokus/18.06.1"),
            (Rows{{"programs/p/lokus/18.06.11", "long"}}));
}

TEST_F(ViewStoreTest, AListHasOneVersionOfEachResource) {
  Open();
  // Names nest, and those of another program or table stand around them.
  Put(3, "programs/a/lokus/1", 0, "a");
  Put(3, "programs/b/lokus/1", 1, "b1-old");
  Put(3, "programs/b/lokus/2", 2, "b2");
  Put(4, "programs/b/lokus/1/agen/1", 3, "agen");
  Put(3, "programs/b/lokus/1", 4, "b1-new");
  Put(3, "programs/b/lokus/3", 5, "b3");
  Put(3, "programs/c/lokus/1", 6, "c");
  const std::string prefix = "programs/b/lokus/";
  EXPECT_EQ(List(3, prefix, 7), (Rows{{"programs/b/lokus/1", "b1-new"},
                                      {"programs/b/lokus/2", "b2"},
                                      {"programs/b/lokus/3", "b3"}}));
  EXPECT_EQ(List(3, prefix, 4),
            (Rows{{"programs/b/lokus/1", "b1-old"}, {"programs/b/lokus/2", "b2"}}));
  EXPECT_EQ(List(3, prefix, 1), Rows{});
  EXPECT_EQ(List(3, prefix, 0), Rows{});
  EXPECT_EQ(List(3, prefix, 7, "programs/b/lokus/1", 1), (Rows{{"programs/b/lokus/2", "b2"}}));
  EXPECT_EQ(List(3, prefix, 7, "programs/b/lokus/3"), Rows{});
  EXPECT_EQ(List(4, "programs/b/lokus/1/agen/", 7), (Rows{{"programs/b/lokus/1/agen/1", "agen"}}));
}

TEST_F(ViewStoreTest, AListSkipsAResourceThatIsTooYoungWhateverComesNext) {
  Open();
  Put(1, "offices/a", 0, "a");
  Put(1, "offices/c", 1, "c");
  Put(1, "offices/b", 2, "b");
  EXPECT_EQ(List(1, "offices/", 2), (Rows{{"offices/a", "a"}, {"offices/c", "c"}}));
  EXPECT_EQ(List(1, "offices/", 1), (Rows{{"offices/a", "a"}}));
}

TEST_F(ViewStoreTest, PostingsAreReadBothWaysWithinBounds) {
  Open();
  for (std::uint64_t position : {2u, 5u, 255u, 256u, 70000u}) {
    Put(1, "offices/x", position, "s", {"office:offices/18", "office:offices/1"});
  }
  Put(1, "offices/y", 70001, "s", {"office:offices/180"});
  const std::string dimension = "office:offices/18";
  const std::uint64_t all = 80000;
  EXPECT_EQ(Postings(dimension, 0, all, false), (Positions{2, 5, 255, 256, 70000}));
  EXPECT_EQ(Postings(dimension, 0, all, true), (Positions{70000, 256, 255, 5, 2}));
  EXPECT_EQ(Postings(dimension, 5, 256, false), (Positions{5, 255}));
  EXPECT_EQ(Postings(dimension, 5, 256, true), (Positions{255, 5}));
  EXPECT_EQ(Postings(dimension, 6, 6, false), Positions{});
  EXPECT_EQ(Postings(dimension, 7, 6, true), Positions{});
  EXPECT_EQ(Postings(dimension, 0, all, true, 2), (Positions{70000, 256}));
  EXPECT_EQ(Postings("office:offices/180", 0, all, true), (Positions{70001}));
  EXPECT_EQ(Postings("office:offices", 0, all, false), Positions{});
  EXPECT_EQ(Postings("", 0, all, true), Positions{});
}

// Most files lack most resources and dimensions, and a filter says which: a wrong one would hide
// them.
TEST_F(ViewStoreTest, EveryReadFindsWhatLiesInWhicheverFile) {
  Open();
  std::mt19937_64 random(1806);
  std::map<std::pair<TableId, std::string>, std::map<std::uint64_t, std::string>> rows;
  std::map<std::string, Positions> lists;
  for (std::uint64_t position = 0; position < 400; ++position) {
    // Now and then names and dimensions that no file had before.
    const auto table = static_cast<TableId>(random() % 2);
    const std::string name = absl::StrCat("r/", random() % (position / 20 + 1));
    const std::string state = absl::StrCat("state ", position);
    const std::string dimension = absl::StrCat("d:", random() % (position / 20 + 1));
    Put(table, name, position, state, {dimension, "all"});
    rows[{table, name}][position] = state;
    lists[dimension].push_back(position);
    lists["all"].push_back(position);
    if (position % 10 == 9) {
      ASSERT_TRUE(view_->Flush().ok());
    }
  }
  for (const auto& [resource, versions] : rows) {
    for (const auto& [position, state] : versions) {
      EXPECT_EQ(Get(resource.first, resource.second, position + 1), state);
      const auto before = view_->Get(resource.first, resource.second, position);
      ASSERT_TRUE(before.ok());
      EXPECT_EQ(before->has_value(), position != versions.begin()->first);
    }
  }
  for (TableId table = 0; table < 2; ++table) {
    for (const std::uint64_t size : {1u, 57u, 200u, 400u}) {
      Rows expected;
      for (const auto& [resource, versions] : rows) {
        const auto next = versions.lower_bound(size);
        if (resource.first != table || next == versions.begin()) continue;
        expected.emplace_back(resource.second, std::prev(next)->second);
      }
      EXPECT_EQ(List(table, "r/", size), expected);
    }
  }
  for (const auto& [dimension, positions] : lists) {
    EXPECT_EQ(Postings(dimension, 0, 400, false), positions);
    EXPECT_EQ(Postings(dimension, 0, 400, true), Positions(positions.rbegin(), positions.rend()));
    // From the middle on, where the list may have nothing.
    const auto middle = std::lower_bound(positions.begin(), positions.end(), 200u);
    EXPECT_EQ(Postings(dimension, 200, 400, false), Positions(middle, positions.end()));
    EXPECT_EQ(Postings(dimension, 0, 200, true),
              Positions(std::make_reverse_iterator(middle), positions.rend()));
  }
  EXPECT_EQ(Postings("d:none", 0, 400, false), Positions{});
}

TEST_F(ViewStoreTest, WhatWasAppliedIsThereAgain) {
  Open();
  EXPECT_EQ(view_->Size(), 0u);
  Put(1, "offices/18", 41, "state", {"office:offices/18"});
  EXPECT_EQ(view_->Size(), 42u);
  Open();
  EXPECT_EQ(view_->Size(), 42u);
  EXPECT_EQ(Get(1, "offices/18", 42), "state");
  EXPECT_EQ(Postings("office:offices/18", 0, 42, false), (Positions{41}));
}

TEST_F(ViewStoreTest, TheViewOfAnotherLogIsMadeAnew) {
  Open("log-a");
  Put(1, "offices/18", 0, "state");
  Open("log-b");
  EXPECT_EQ(view_->Size(), 0u);
  EXPECT_EQ(Get(1, "offices/18", 1), "(none)");
  Open("log-b");
  EXPECT_EQ(view_->Size(), 0u);
}

TEST_F(ViewStoreTest, AViewAheadOfItsLogIsMadeAnew) {
  Open("log-a", 10);
  Put(1, "offices/18", 9, "state");
  Open("log-a", 10);
  EXPECT_EQ(view_->Size(), 10u) << "as far as the log is not ahead of it";
  Open("log-a", 9);
  EXPECT_EQ(view_->Size(), 0u);
  EXPECT_EQ(Get(1, "offices/18", 10), "(none)");
}

TEST_F(ViewStoreTest, ADamagedViewIsMadeAnew) {
  for (const std::string damaged : {"MANIFEST-", "CURRENT", ".sst"}) {
    Open();
    for (std::uint64_t i = 0; i < 100; ++i) Put(1, absl::StrCat("offices/", i), i, "state");
    view_.reset();
    int files = 0;
    for (const auto& file : fs::directory_iterator(path_)) {
      if (file.path().filename().string().find(damaged) == std::string::npos) continue;
      ++files;
      const auto size = fs::file_size(file.path());
      std::ofstream(file.path(), std::ios::binary | std::ios::trunc) << std::string(size, '\x5A');
    }
    ASSERT_GT(files, 0) << damaged;
    Open();
    ASSERT_NE(view_, nullptr) << damaged;
    EXPECT_EQ(view_->Size(), 0u) << damaged;
    EXPECT_EQ(Get(1, "offices/1", 100), "(none)") << damaged;
  }
}

TEST_F(ViewStoreTest, DamageThatAReaderMeetsMakesTheViewAnewAtTheNextStart) {
  Open();
  for (std::uint64_t i = 0; i < 100; ++i) {
    Put(1, absl::StrCat("offices/", i), i, ToHex(RandomBytes(1000)));
  }
  Open();
  int files = 0;
  for (const auto& file : fs::directory_iterator(path_)) {
    if (file.path().extension() != ".sst") continue;
    ++files;
    // In the middle are blocks of rows; the first was read when the view was opened, and the last
    // say where the others are.
    std::fstream bytes(file.path(), std::ios::binary | std::ios::in | std::ios::out);
    bytes.seekp(static_cast<std::streamoff>(fs::file_size(file.path()) / 2));
    bytes << "damaged";
  }
  ASSERT_GT(files, 0);
  int lost = 0;
  for (int i = 0; i < 100; ++i) {
    const auto row = view_->Get(1, absl::StrCat("offices/", i), 100);
    if (absl::IsDataLoss(row.status())) ++lost;
  }
  EXPECT_GT(lost, 0);
  EXPECT_EQ(view_->Size(), 100u);
  Open();
  EXPECT_EQ(view_->Size(), 0u);
}

TEST_F(ViewStoreTest, AViewThatLostAFileIsMadeAnew) {
  Open();
  Put(1, "offices/18", 0, "state");
  view_.reset();
  for (const auto& file : fs::directory_iterator(path_)) {
    if (file.path().extension() == ".sst") fs::remove(file.path());
  }
  Open();
  EXPECT_EQ(view_->Size(), 0u);
}

TEST_F(ViewStoreTest, AViewMarkedForRebuildIsMadeAnewOnce) {
  Open();
  Put(1, "offices/18", 0, "state");
  view_->MarkForRebuild();
  EXPECT_EQ(Get(1, "offices/18", 1), "state") << "an open one goes on";
  Open();
  EXPECT_EQ(view_->Size(), 0u);
  EXPECT_EQ(Get(1, "offices/18", 1), "(none)");
  Put(1, "offices/18", 0, "again");
  ASSERT_TRUE(view_->Flush().ok());
  Open();
  EXPECT_EQ(Get(1, "offices/18", 1), "again") << "the mark is gone";
}

TEST_F(ViewStoreTest, AnOpenViewIsNotOpenedTwice) {
  Open();
  Put(1, "offices/18", 0, "state");
  EXPECT_EQ(ViewStore::Open(path_, "log-a", 1000).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ViewStore::Open(path_, "log-b", 1000).status().code(),
            absl::StatusCode::kFailedPrecondition)
      << "and not removed either";
  EXPECT_EQ(Get(1, "offices/18", 1), "state");
}

TEST_F(ViewStoreTest, AListThatLooksAtTooManyIsRefused) {
  Open();
  std::vector<ViewChange> changes;
  for (std::size_t i = 0; i <= limits::kScannedRowsMax; ++i) {
    changes.push_back({i, 1, absl::StrCat("offices/", i), "", "", {}, {}});
  }
  ASSERT_TRUE(view_->Apply(changes, changes.size()).ok());
  EXPECT_EQ(view_
                ->List(1, "offices/", "", changes.size(),
                       [](absl::string_view, absl::string_view) { return true; })
                .code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(List(1, "offices/", changes.size(), "offices/1", 1).size(), 1u);
}

}  // namespace
}  // namespace jejak::view
