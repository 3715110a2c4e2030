// SPDX-License-Identifier: Apache-2.0

#include "server/projection/projector.h"

#include "server/base/limits.h"
#include "tests/unit/server/log/log_testing.h"
#include "tests/unit/server/projection/office_log.h"

#include "jejak/v1/office.pb.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <optional>

namespace jejak::projection {
namespace {

class ProjectorTest : public testing::Test {
 protected:
  std::unique_ptr<view::ViewStore> OpenView(const std::string& name) {
    auto view =
        view::ViewStore::Open(folder_ / name, offices_.log->log_id(), offices_.log->DurableSize());
    EXPECT_TRUE(view.ok()) << view.status();
    return *std::move(view);
  }
  Projector::Options For(view::ViewStore& view) {
    return {.log = offices_.log.get(), .view = &view, .on_failure = [this](const absl::Status& s) {
              failures_.fetch_add(1);
              failure_.set_value(s);
            }};
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
    EXPECT_TRUE(view.ForEachRaw([&rows](absl::string_view key, absl::string_view value) {
                      rows.emplace(std::string(key), std::string(value));
                    })
                    .ok());
    return rows;
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
  const auto view = OpenView("view");
  offices_.Register("offices/18", "one");
  offices_.Register("offices/19", "other");
  Projector projector(For(*view));
  ASSERT_TRUE(Reach(projector, 2).ok());
  offices_.Rename("offices/18", "two");
  ASSERT_TRUE(Reach(projector, 3).ok());
  EXPECT_EQ(view->Size(), 3u);
  EXPECT_EQ(Title(*view, "offices/18", 3), "two");
  EXPECT_EQ(Title(*view, "offices/18", 2), "one");
  EXPECT_EQ(Title(*view, "offices/19", 3), "other");
  EXPECT_EQ(Title(*view, "offices/19", 1), "(none)");
  std::vector<std::uint64_t> positions;
  ASSERT_TRUE(view->Postings("office:offices/18", 0, 3, false,
                             [&](std::uint64_t position) {
                               positions.push_back(position);
                               return true;
                             })
                  .ok());
  EXPECT_EQ(positions, (std::vector<std::uint64_t>{0, 2}));
}

TEST_F(ProjectorTest, AViewBuiltInStepsEqualsOneBuiltAtOnce) {
  const auto steps = OpenView("steps");
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
  const auto at_once = OpenView("at_once");
  Projector projector(For(*at_once));
  ASSERT_TRUE(Reach(projector, offices_.log->DurableSize()).ok());
  const auto rows = Raw(*steps);
  EXPECT_GT(rows.size(), 2400u);
  EXPECT_TRUE(rows == Raw(*at_once));
}

TEST_F(ProjectorTest, AStateGoesOnFromItsRowAfterARestart) {
  offices_.Register("offices/18", "one", "18");
  {
    const auto view = OpenView("view");
    Projector projector(For(*view));
    ASSERT_TRUE(Reach(projector, 1).ok());
  }
  offices_.Rename("offices/18", "two");
  const auto view = OpenView("view");
  ASSERT_EQ(view->Size(), 1u);
  Projector projector(For(*view));
  ASSERT_TRUE(Reach(projector, 2).ok());
  const auto row = view->Get(TableOf(*domain::FindAggregate("offices/18")), "offices/18", 2);
  v1::Office state;
  ASSERT_TRUE(row.ok() && row->has_value() && state.ParseFromString(**row));
  EXPECT_EQ(state.title(), "two");
  EXPECT_EQ(state.region_code(), "18") << "what the first event said is lost";
  EXPECT_EQ(state.etag(), "2");
}

TEST_F(ProjectorTest, WhatIsReachedIsAnsweredAtOnceOnTheSameThread) {
  const auto view = OpenView("view");
  offices_.Register("offices/18", "one");
  Projector projector(For(*view));
  ASSERT_TRUE(Reach(projector, 1).ok());
  bool called = false;
  projector.WhenReached(1, absl::InfinitePast(), [&](const absl::Status& status) {
    called = true;
    EXPECT_TRUE(status.ok()) << status;
  });
  EXPECT_TRUE(called);
}

TEST_F(ProjectorTest, AWaiterIsCalledOnceItsSizeIsReachedAndNotBefore) {
  const auto view = OpenView("view");
  Projector projector(For(*view));
  std::atomic<std::uint64_t> seen{0};
  std::promise<void> done;
  projector.WhenReached(2, absl::InfiniteFuture(), [&](const absl::Status& status) {
    EXPECT_TRUE(status.ok()) << status;
    seen = view->Size();
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
  const auto view = OpenView("view");
  Projector projector(For(*view));
  // Twice: for the second the thread has gone to sleep without a waiter.
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Later(projector, 1, absl::InfinitePast()).get().code(),
              absl::StatusCode::kDeadlineExceeded);
  }
}

TEST_F(ProjectorTest, TheEndCancelsWhoWaits) {
  const auto view = OpenView("view");
  std::optional<Projector> projector(For(*view));
  std::future<absl::Status> waiting = Later(*projector, 1, absl::InfiniteFuture());
  projector.reset();
  EXPECT_EQ(waiting.get().code(), absl::StatusCode::kCancelled);
}

TEST_F(ProjectorTest, AServerThatStopsLetsNobodyWaitAndStillFollowsTheLog) {
  const auto view = OpenView("view");
  offices_.Register("offices/18", "one");
  Projector projector(For(*view));
  ASSERT_TRUE(Reach(projector, 1).ok());
  std::future<absl::Status> before = Later(projector, 2, absl::InfiniteFuture());
  projector.StopWaiting();
  EXPECT_EQ(before.get().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Later(projector, 2, absl::InfiniteFuture()).get().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(Later(projector, 1, absl::InfiniteFuture()).get().ok()) << "what is there is read";
}

TEST_F(ProjectorTest, OnlySoManyWait) {
  const auto view = OpenView("view");
  Projector projector(For(*view));
  for (std::size_t i = 0; i < limits::kViewWaitersMax; ++i) {
    projector.WhenReached(1, absl::InfiniteFuture(), [](const absl::Status&) {});
  }
  EXPECT_EQ(Later(projector, 1, absl::InfiniteFuture()).get().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(ProjectorTest, AnEventThatCannotBeReadStopsTheView) {
  const auto view = OpenView("view");
  offices_.Register("offices/18", "one");
  Projector projector(For(*view));
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
  EXPECT_EQ(view->Size(), 1u);
  EXPECT_EQ(failures_, 1);
}

TEST_F(ProjectorTest, AStreamOfNoKnownKindStopsTheView) {
  const auto view = OpenView("view");
  event::v1::Envelope envelope;
  envelope.mutable_office_event()->mutable_office_renamed();
  offices_.AppendPayload("teapots/1", envelope.SerializeAsString());
  Projector projector(For(*view));
  EXPECT_EQ(failure_.get_future().get().code(), absl::StatusCode::kDataLoss);
}

TEST_F(ProjectorTest, TheOwnerMayAskTheProjectorWhenItFails) {
  const auto view = OpenView("view");
  offices_.AppendPayload("offices/18", "\xff\xff");
  Projector* self = nullptr;
  std::promise<void> ready;
  std::promise<absl::Status> asked;
  Projector::Options options = For(*view);
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

TEST_F(ProjectorTest, TablesDiffer) {
  std::map<view::TableId, int> tables;
  for (const domain::Aggregate* aggregate : domain::AllAggregates()) ++tables[TableOf(*aggregate)];
  EXPECT_EQ(tables.size(), domain::AllAggregates().size());
}

}  // namespace
}  // namespace jejak::projection
