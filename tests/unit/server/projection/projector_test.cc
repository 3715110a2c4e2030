// SPDX-License-Identifier: Apache-2.0

#include "server/projection/projector.h"

#include "server/base/bytes.h"
#include "server/base/limits.h"
#include "tests/unit/server/log/log_testing.h"
#include "tests/unit/server/projection/office_log.h"

#include "jejak/v1/office.pb.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <optional>

namespace jejak::projection {
namespace {

class ProjectorTest : public testing::Test {
 protected:
  std::unique_ptr<view::ViewFolder> OpenViews(const std::string& name) {
    auto views =
        view::ViewFolder::Open(folder_ / name, offices_.log->log_id(), offices_.log->DurableSize());
    EXPECT_TRUE(views.ok()) << views.status();
    return *std::move(views);
  }
  Projector::Options For(view::ViewFolder& views) {
    Projector::Options options;
    options.log = offices_.log.get();
    options.views = &views;
    options.on_failure = [this](const absl::Status& s) {
      failures_.fetch_add(1);
      failure_.set_value(s);
    };
    return options;
  }
  // Wakes the projector and waits until the view has everything.
  static absl::Status Reach(Projector& projector, std::uint64_t size) {
    projector.Wake();
    return Later(projector, size, absl::InfiniteFuture()).get();
  }
  static std::future<absl::Status> Later(Projector& projector, std::uint64_t size,
                                         absl::Time deadline) {
    auto result = std::make_shared<std::promise<absl::Status>>();
    projector.WhenReached(size, deadline, [result](absl::Status s) { result->set_value(s); });
    return result->get_future();
  }
  static std::map<std::string, std::string> Raw(const view::ViewStore& view) {
    std::map<std::string, std::string> rows;
    const auto cursor = view.NewRawCursor();
    for (; cursor->Valid(); cursor->Next()) {
      rows.emplace(std::string(cursor->key()), std::string(cursor->value()));
    }
    EXPECT_TRUE(cursor->status().ok());
    return rows;
  }
  // As if the view had been made by another version of the server.
  static void SetFormat(const std::string& path, std::uint32_t format) {
    rocksdb::DB* opened = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, path, &opened).ok());
    const std::unique_ptr<rocksdb::DB> db(opened);
    ASSERT_TRUE(db->Put({}, "mformat", ToBigEndian<std::uint64_t>(format)).ok());
    ASSERT_TRUE(db->Flush({}).ok());
  }
  std::string Title(const view::ViewStore& view, const std::string& office, std::uint64_t size) {
    const auto row = view.Get(TableOf(*domain::FindAggregate(office)), office, size);
    EXPECT_TRUE(row.ok()) << row.status();
    if (!row->has_value()) return "(none)";
    v1::Office state;
    EXPECT_TRUE(state.ParseFromString(**row));
    return state.title();
  }

  log::TempFolder folder_;
  OfficeLog offices_;
  std::atomic<int> failures_{0};
  std::promise<absl::Status> failure_;
};

TEST_F(ProjectorTest, RowsFollowTheLog) {
  const auto views = OpenViews("view");
  offices_.Register("offices/18", "one");
  offices_.Register("offices/19", "other");
  Projector projector(For(*views));
  ASSERT_TRUE(Reach(projector, 2).ok());
  offices_.Rename("offices/18", "two");
  ASSERT_TRUE(Reach(projector, 3).ok());
  EXPECT_EQ(views->Current()->Size(), 3u);
  EXPECT_EQ(Title(*views->Current(), "offices/18", 3), "two");
  EXPECT_EQ(Title(*views->Current(), "offices/18", 2), "one");
  EXPECT_EQ(Title(*views->Current(), "offices/19", 3), "other");
  EXPECT_EQ(Title(*views->Current(), "offices/19", 1), "(none)");
  std::vector<std::uint64_t> positions;
  ASSERT_TRUE(views->Current()
                  ->Postings("office:offices/18", 0, 3, false,
                             [&](std::uint64_t position) {
                               positions.push_back(position);
                               return true;
                             })
                  .ok());
  EXPECT_EQ(positions, (std::vector<std::uint64_t>{0, 2}));
}

TEST_F(ProjectorTest, AViewBuiltInStepsEqualsOneBuiltAtOnce) {
  const auto steps = OpenViews("steps");
  for (int round = 0; round < 4; ++round) {
    // More than one batch of the projector, in a new projector each time.
    for (int i = 0; i < 300; ++i) {
      const std::string office = absl::StrCat("offices/", i % 97);
      if (round == 0 && i < 97) {
        offices_.Register(office, "new");
      } else {
        offices_.Rename(office, absl::StrCat("title ", round, " ", i));
      }
    }
    Projector projector(For(*steps));
    ASSERT_TRUE(Reach(projector, offices_.log->DurableSize()).ok());
  }
  const auto at_once = OpenViews("at_once");
  Projector projector(For(*at_once));
  ASSERT_TRUE(Reach(projector, offices_.log->DurableSize()).ok());
  const auto rows = Raw(*steps->Current());
  EXPECT_GT(rows.size(), 2400u);
  EXPECT_TRUE(rows == Raw(*at_once->Current()));
}

TEST_F(ProjectorTest, AStateGoesOnFromItsRowAfterARestart) {
  offices_.Register("offices/18", "one", "18");
  {
    const auto views = OpenViews("view");
    Projector projector(For(*views));
    ASSERT_TRUE(Reach(projector, 1).ok());
  }
  offices_.Rename("offices/18", "two");
  const auto views = OpenViews("view");
  ASSERT_EQ(views->Current()->Size(), 1u);
  Projector projector(For(*views));
  ASSERT_TRUE(Reach(projector, 2).ok());
  const auto row =
      views->Current()->Get(TableOf(*domain::FindAggregate("offices/18")), "offices/18", 2);
  v1::Office state;
  ASSERT_TRUE(row.ok() && row->has_value() && state.ParseFromString(**row));
  EXPECT_EQ(state.title(), "two");
  EXPECT_EQ(state.region_code(), "18") << "what the first event said is lost";
  EXPECT_EQ(state.etag(), "2");
}

TEST_F(ProjectorTest, WhatIsReachedIsAnsweredAtOnceOnTheSameThread) {
  const auto views = OpenViews("view");
  offices_.Register("offices/18", "one");
  Projector projector(For(*views));
  ASSERT_TRUE(Reach(projector, 1).ok());
  bool called = false;
  projector.WhenReached(1, absl::InfinitePast(), [&](const absl::Status& status) {
    called = true;
    EXPECT_TRUE(status.ok()) << status;
  });
  EXPECT_TRUE(called);
}

TEST_F(ProjectorTest, AWaiterIsCalledOnceItsSizeIsReachedAndNotBefore) {
  const auto views = OpenViews("view");
  Projector projector(For(*views));
  std::atomic<std::uint64_t> seen{0};
  std::promise<void> done;
  projector.WhenReached(2, absl::InfiniteFuture(), [&](const absl::Status& status) {
    EXPECT_TRUE(status.ok()) << status;
    seen = views->Current()->Size();
    done.set_value();
  });
  offices_.Register("offices/18", "one");
  ASSERT_TRUE(Reach(projector, 1).ok());
  EXPECT_EQ(seen, 0u);
  offices_.Register("offices/19", "two");
  projector.Wake();
  done.get_future().wait();
  EXPECT_EQ(seen, 2u);
}

TEST_F(ProjectorTest, ADeadlineIsKeptThoughNothingHappens) {
  const auto views = OpenViews("view");
  Projector projector(For(*views));
  // Twice: for the second the thread has gone to sleep without a waiter.
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Later(projector, 1, absl::InfinitePast()).get().code(),
              absl::StatusCode::kDeadlineExceeded);
  }
}

TEST_F(ProjectorTest, TheEndCancelsWhoWaits) {
  const auto views = OpenViews("view");
  std::optional<Projector> projector(For(*views));
  std::future<absl::Status> waiting = Later(*projector, 1, absl::InfiniteFuture());
  projector.reset();
  EXPECT_EQ(waiting.get().code(), absl::StatusCode::kCancelled);
}

TEST_F(ProjectorTest, AServerThatStopsLetsNobodyWaitAndStillFollowsTheLog) {
  const auto views = OpenViews("view");
  offices_.Register("offices/18", "one");
  Projector projector(For(*views));
  ASSERT_TRUE(Reach(projector, 1).ok());
  std::future<absl::Status> before = Later(projector, 2, absl::InfiniteFuture());
  projector.StopWaiting();
  EXPECT_EQ(before.get().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Later(projector, 2, absl::InfiniteFuture()).get().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(Later(projector, 1, absl::InfiniteFuture()).get().ok()) << "what is there is read";
}

TEST_F(ProjectorTest, OnlySoManyWaitAndOneThatIsForgottenLeavesItsPlace) {
  const auto views = OpenViews("view");
  Projector projector(For(*views));
  Projector::WaiterId id;
  for (std::size_t i = 0; i < limits::kViewWaitersMax; ++i) {
    id = projector.WhenReached(1, absl::InfiniteFuture(), [](const absl::Status&) {});
  }
  EXPECT_EQ(Later(projector, 1, absl::InfiniteFuture()).get().code(),
            absl::StatusCode::kResourceExhausted);
  projector.Forget(id);
  projector.Forget(id);
  std::future<absl::Status> waits = Later(projector, 1, absl::InfiniteFuture());
  offices_.Register("offices/18", "one");
  projector.Wake();
  EXPECT_TRUE(waits.get().ok());
}

TEST_F(ProjectorTest, OneThatIsForgottenIsNotCalled) {
  const auto views = OpenViews("view");
  Projector projector(For(*views));
  bool called = false;
  projector.Forget(projector.WhenReached(1, absl::InfiniteFuture(),
                                         [&called](const absl::Status&) { called = true; }));
  offices_.Register("offices/18", "one");
  ASSERT_TRUE(Reach(projector, 1).ok());
  projector.StopWaiting();
  EXPECT_FALSE(called);
}

TEST_F(ProjectorTest, AnEventThatCannotBeReadStopsTheView) {
  const auto views = OpenViews("view");
  offices_.Register("offices/18", "one");
  Projector projector(For(*views));
  ASSERT_TRUE(Reach(projector, 1).ok());
  std::future<absl::Status> waiting = Later(projector, 2, absl::InfiniteFuture());
  offices_.AppendPayload("offices/18", "\xff\xff");
  projector.Wake();
  EXPECT_EQ(failure_.get_future().get().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(waiting.get().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Later(projector, 2, absl::InfiniteFuture()).get().code(),
            absl::StatusCode::kUnavailable);
  projector.Wake();
  EXPECT_TRUE(Later(projector, 1, absl::InfiniteFuture()).get().ok()) << "what is there is read";
  EXPECT_EQ(views->Current()->Size(), 1u);
  EXPECT_EQ(failures_, 1);
}

TEST_F(ProjectorTest, AStreamOfNoKnownKindStopsTheView) {
  const auto views = OpenViews("view");
  event::v1::Envelope envelope;
  envelope.mutable_office_event()->mutable_office_renamed();
  offices_.AppendPayload("teapots/1", envelope.SerializeAsString());
  Projector projector(For(*views));
  EXPECT_EQ(failure_.get_future().get().code(), absl::StatusCode::kDataLoss);
}

TEST_F(ProjectorTest, TheOwnerMayAskTheProjectorWhenItFails) {
  const auto views = OpenViews("view");
  offices_.AppendPayload("offices/18", "\xff\xff");
  Projector* self = nullptr;
  std::promise<void> ready;
  std::promise<absl::Status> asked;
  Projector::Options options = For(*views);
  options.on_failure = [&](const absl::Status&) {
    ready.get_future().wait();
    self->Wake();
    self->WhenReached(1, absl::InfiniteFuture(),
                      [&](absl::Status status) { asked.set_value(std::move(status)); });
  };
  Projector projector(options);
  self = &projector;
  ready.set_value();
  EXPECT_EQ(asked.get_future().get().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ProjectorTest, AViewIsBuiltAnewBesideTheOneThatAnswersAndTakesItsPlace) {
  const auto views = OpenViews("view");
  for (int i = 0; i < 2000; ++i) {
    if (i < 97) {
      offices_.Register(absl::StrCat("offices/", i), "new");
    } else {
      offices_.Rename(absl::StrCat("offices/", i % 97), absl::StrCat("title ", i));
    }
  }
  Projector projector(For(*views));
  ASSERT_TRUE(Reach(projector, 2000).ok());
  EXPECT_FALSE(projector.LastBuild().has_value());
  const std::shared_ptr<view::ViewStore> before = views->Current();
  const auto rows = Raw(*before);
  ASSERT_TRUE(projector.StartBuild(BuildKind::kRebuild).ok());
  // Until it is in its place each read has what is durable, from one view or the other.
  while (projector.LastBuild()->running) {
    offices_.Rename("offices/5", absl::StrCat("during ", offices_.log->DurableSize()));
    ASSERT_TRUE(Reach(projector, offices_.log->DurableSize()).ok());
    const std::uint64_t size = offices_.log->DurableSize();
    const std::shared_ptr<view::ViewStore> now = views->Current();
    ASSERT_GE(now->Size(), size);
    ASSERT_EQ(Title(*now, "offices/5", size), absl::StrCat("during ", size - 1));
  }
  const ViewBuild build = *projector.LastBuild();
  EXPECT_TRUE(build.status.ok()) << build.status;
  EXPECT_GE(build.size, 2000u);
  EXPECT_EQ(build.size, build.target);
  EXPECT_NE(views->Current(), before) << "a new one answers";
  const auto built = Raw(*views->Current());
  for (const auto& [key, value] : rows) {
    if (key == "msize") continue;
    ASSERT_EQ(built.at(key), value) << "what was known then is the same";
  }
  // Whoever still reads the old one can.
  EXPECT_EQ(Title(*before, "offices/6", 2000), Title(*views->Current(), "offices/6", 2000));
}

TEST_F(ProjectorTest, AViewOfAnOlderFormatAnswersUntilANewOneHasTakenItsPlace) {
  for (int i = 0; i < 300; ++i) offices_.Register(absl::StrCat("offices/", i), "one");
  std::string path;
  {
    const auto views = OpenViews("view");
    Projector projector(For(*views));
    ASSERT_TRUE(Reach(projector, 300).ok());
    path = folder_ / "view/1";
  }
  SetFormat(path, view::ViewStore::kOldestFormatVersion);
  const auto views = OpenViews("view");
  const std::shared_ptr<view::ViewStore> old = views->Current();
  EXPECT_TRUE(old->IsOutdated());
  EXPECT_EQ(old->Size(), 300u) << "it is read as it is";
  Projector projector(For(*views));
  ASSERT_TRUE(projector.LastBuild().has_value());
  while (projector.LastBuild()->running) {
    offices_.Rename("offices/5", "during");
    ASSERT_TRUE(Reach(projector, offices_.log->DurableSize()).ok());
  }
  EXPECT_TRUE(projector.LastBuild()->status.ok()) << projector.LastBuild()->status;
  EXPECT_NE(views->Current(), old);
  EXPECT_FALSE(views->Current()->IsOutdated());
  EXPECT_EQ(Title(*views->Current(), "offices/6", offices_.log->DurableSize()), "one");
}

TEST_F(ProjectorTest, AViewOfAFormatThatIsNotReadAnyMoreIsMadeAnew) {
  offices_.Register("offices/18", "one");
  for (const std::uint32_t format :
       {view::ViewStore::kOldestFormatVersion - 1, view::ViewStore::kFormatVersion + 1}) {
    {
      const auto views = OpenViews("view");
      Projector projector(For(*views));
      ASSERT_TRUE(Reach(projector, 1).ok());
    }
    SetFormat(folder_ / "view/1", format);
    const auto views = OpenViews("view");
    EXPECT_EQ(views->Current()->Size(), 0u);
    EXPECT_FALSE(views->Current()->IsOutdated());
  }
}

TEST_F(ProjectorTest, TheNewViewIsThereAfterARestartAndTheFilesOfTheOldOneAreGone) {
  std::string first;
  {
    const auto views = OpenViews("view");
    offices_.Register("offices/18", "one");
    Projector projector(For(*views));
    ASSERT_TRUE(Reach(projector, 1).ok());
    ASSERT_TRUE(projector.StartBuild(BuildKind::kRebuild).ok());
    while (projector.LastBuild()->running) ASSERT_TRUE(Reach(projector, 1).ok());
    EXPECT_EQ(projector.StartBuild(BuildKind::kRebuild).code(), absl::StatusCode::kOk);
    while (projector.LastBuild()->running) ASSERT_TRUE(Reach(projector, 1).ok());
  }
  // And what a build that was cut off leaves behind.
  std::filesystem::create_directories(folder_ / "view/17");
  const auto views = OpenViews("view");
  EXPECT_EQ(views->Current()->Size(), 1u);
  std::size_t folders = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "view")) {
    folders += entry.is_directory() ? 1u : 0u;
  }
  EXPECT_EQ(folders, 1u);
}

TEST_F(ProjectorTest, AComparisonFindsARowThatTheLogDoesNotSay) {
  const auto views = OpenViews("view");
  for (int i = 0; i < 300; ++i) offices_.Register(absl::StrCat("offices/", i), "new");
  Projector projector(For(*views));
  ASSERT_TRUE(Reach(projector, 300).ok());
  const auto compare = [&] {
    EXPECT_TRUE(projector.StartBuild(BuildKind::kCompare).ok());
    EXPECT_EQ(projector.StartBuild(BuildKind::kCompare).code(),
              absl::StatusCode::kFailedPrecondition)
        << "one at a time";
    while (projector.LastBuild()->running) EXPECT_TRUE(Reach(projector, 300).ok());
    return *projector.LastBuild();
  };
  const std::shared_ptr<view::ViewStore> before = views->Current();
  const ViewBuild equal = compare();
  EXPECT_TRUE(equal.status.ok()) << equal.status;
  EXPECT_EQ(equal.differing, 0u) << equal.first_difference;
  EXPECT_EQ(equal.keys, Raw(*before).size() - 3) << "what the store says of itself";
  EXPECT_EQ(equal.current_digest.size(), 64u);
  EXPECT_EQ(equal.current_digest, equal.built_digest);
  EXPECT_EQ(views->Current(), before) << "nothing takes its place";

  // As of the same event the digest stays, whatever comes later.
  offices_.Rename("offices/7", "later");
  ASSERT_TRUE(Reach(projector, 301).ok());
  ASSERT_TRUE(projector.StartBuild(BuildKind::kCompare, 300).ok());
  while (projector.LastBuild()->running) EXPECT_TRUE(Reach(projector, 301).ok());
  EXPECT_EQ(projector.LastBuild()->current_digest, equal.current_digest);
  EXPECT_EQ(projector.LastBuild()->built_digest, equal.current_digest);
  EXPECT_EQ(projector.LastBuild()->target, 300u);

  view::ViewChange change;
  change.position = 7;
  change.table = TableOf(*domain::FindAggregate("offices/7"));
  change.name = "offices/7";
  change.state = "wrong";
  ASSERT_TRUE(before->Apply({change}, 301).ok());
  const ViewBuild differs = compare();
  EXPECT_EQ(differs.differing, 1u);
  EXPECT_NE(differs.first_difference.find("offices/7"), std::string::npos);
  EXPECT_NE(differs.current_digest, differs.built_digest);

  // Building it anew mends it.
  ASSERT_TRUE(projector.StartBuild(BuildKind::kRebuild).ok());
  while (projector.LastBuild()->running) ASSERT_TRUE(Reach(projector, 301).ok());
  EXPECT_EQ(compare().differing, 0u);
}

TEST_F(ProjectorTest, ABuildThatMeetsAnEventThatCannotBeReadFailsAndTheViewGoesOnAnswering) {
  const auto views = OpenViews("view");
  offices_.Register("offices/18", "one");
  Projector projector(For(*views));
  ASSERT_TRUE(Reach(projector, 1).ok());
  offices_.AppendPayload("offices/18", "\xff\xff");
  projector.Wake();
  EXPECT_EQ(failure_.get_future().get().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(projector.Failure().code(), absl::StatusCode::kDataLoss);
  ASSERT_TRUE(projector.StartBuild(BuildKind::kRebuild).ok());
  while (projector.LastBuild()->running) EXPECT_TRUE(Reach(projector, 1).ok());
  EXPECT_EQ(projector.LastBuild()->status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Title(*views->Current(), "offices/18", 1), "one");
}

TEST_F(ProjectorTest, TablesDiffer) {
  std::map<view::TableId, int> tables;
  for (const domain::Aggregate* aggregate : domain::AllAggregates()) ++tables[TableOf(*aggregate)];
  EXPECT_EQ(tables.size(), domain::AllAggregates().size());
}

}  // namespace
}  // namespace jejak::projection
