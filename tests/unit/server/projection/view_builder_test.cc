// SPDX-License-Identifier: Apache-2.0

#include "server/projection/view_builder.h"

#include "tests/unit/server/log/log_testing.h"
#include "tests/unit/server/projection/office_log.h"

#include "jejak/v1/office.pb.h"

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

namespace jejak::projection {
namespace {

class ViewBuilderTest : public testing::Test {
 protected:
  ViewBuilderTest() {
    auto view = view::ViewStore::Open(folder_ / "view", offices_.log->log_id(), 0);
    JEJAK_CHECK(view.ok());
    view_ = *std::move(view);
  }
  std::string Title(std::uint64_t size) {
    const auto row = view_->Get(TableOf(*domain::FindAggregate("offices/18")), "offices/18", size);
    v1::Office office;
    return row.ok() && row->has_value() && office.ParseFromString(**row) ? office.title()
                                                                         : "(none)";
  }

  log::TempFolder folder_;
  OfficeLog offices_;
  std::shared_ptr<view::ViewStore> view_;
};

TEST_F(ViewBuilderTest, AStepEndsWhereItIsToldTo) {
  for (int i = 0; i < 5; ++i) offices_.Register(absl::StrCat("offices/1", i), "x");
  ViewBuilder builder(offices_.log.get(), view_);
  EXPECT_TRUE(builder.Step(3, 100).ok());
  EXPECT_EQ(view_->Size(), 3u);
  EXPECT_TRUE(builder.Step(3, 100).ok());
  EXPECT_TRUE(builder.Step(1, 100).ok()) << "never back";
  EXPECT_EQ(view_->Size(), 3u);
  EXPECT_TRUE(builder.Step(5, 100).ok());
  EXPECT_EQ(view_->Size(), 5u);
}

TEST_F(ViewBuilderTest, ManyEventsTakeSeveralStepsAndNoneIsLeftOut) {
  offices_.Register("offices/18", "title 0");
  for (int i = 1; i < 2000; ++i) offices_.Rename("offices/18", absl::StrCat("title ", i));
  ViewBuilder builder(offices_.log.get(), view_);
  int steps = 0;
  for (; view_->Size() < 2000; ++steps) ASSERT_TRUE(builder.Step(2000, 300).ok());
  EXPECT_EQ(steps, 7) << "of at most 300";
  for (const std::uint64_t size : {1u, 300u, 301u, 1999u, 2000u}) {
    EXPECT_EQ(Title(size), absl::StrCat("title ", size - 1));
  }
}

TEST_F(ViewBuilderTest, AnEventThatCannotBeProjectedIsAFailureOfTheViewAndChangesNothing) {
  offices_.Register("offices/18", "one");
  offices_.AppendPayload("offices/18", "\xff\xff");
  ViewBuilder builder(offices_.log.get(), view_);
  const ViewBuilder::Result result = builder.Step(2, 100);
  EXPECT_TRUE(result.log.ok()) << result.log;
  EXPECT_EQ(result.view.code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(result.view.message().find("event 1:"), std::string::npos) << result.view;
  EXPECT_EQ(view_->Size(), 0u);
  EXPECT_TRUE(builder.Step(1, 100).ok());
  EXPECT_EQ(Title(1), "one");
}

}  // namespace
}  // namespace jejak::projection
