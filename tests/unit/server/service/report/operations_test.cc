// SPDX-License-Identifier: Apache-2.0

#include "server/service/report/operations.h"

#include "server/base/limits.h"
#include "server/domain/refusal.h"
#include "tests/support/temp_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace jejak::service {
namespace {

constexpr char kActor[] = "officers/a";

// Work that gives `rows` rows.
Operations::Work Rows(int rows) {
  return [rows](Spool& spool, Operations::Progress) -> absl::StatusOr<v1::ReportHeader> {
    v1::ReportRow row;
    row.set_section_id("s");
    row.add_cells("x");
    for (int i = 0; i < rows; ++i) EXPECT_TRUE(*spool.Add(row));
    v1::ReportHeader header;
    header.set_rows(static_cast<std::uint64_t>(rows));
    return header;
  };
}

class OperationsTest : public testing::Test {
 protected:
  OperationsTest() { Open(); }

  void Open() {
    auto operations = Operations::Open(folder_ / "spool", &clock_);
    JEJAK_CHECK(operations.ok());
    operations_ = *std::move(operations);
  }
  std::string Start(Operations::Work work, const std::string& actor = kActor) {
    const auto started = operations_->Start(actor, "reports/r", std::move(work));
    EXPECT_TRUE(started.ok()) << started.status();
    return started.ok() ? started->name() : "";
  }
  // Waits until all that was started has ended: one thread works on it in order.
  void Settle() {
    std::promise<void> ended;
    const std::string last = Start(
        [&ended](Spool&, Operations::Progress) -> absl::StatusOr<v1::ReportHeader> {
          ended.set_value();
          return v1::ReportHeader();
        },
        "officers/last");
    ended.get_future().wait();
    while (!operations_->Get("officers/last", last)->done()) std::this_thread::yield();
  }
  std::string GetReason(const std::string& name, const std::string& actor = kActor) {
    return domain::GetReason(operations_->Get(actor, name).status());
  }
  absl::StatusOr<v1::ListReportRowsResponse> ListRows(const std::string& name,
                                                      const std::string& token = "",
                                                      std::uint32_t page_size = 2) {
    v1::ListReportRowsRequest request;
    request.set_name(name);
    request.set_page_token(token);
    request.set_page_size(page_size);
    return operations_->Rows(kActor, request);
  }

  test::TempFolder folder_;
  SimulatedClock clock_{absl::FromUnixSeconds(1'622'505'600)};
  std::unique_ptr<Operations> operations_;
};

TEST_F(OperationsTest, ADoneOperationHasItsHeaderAndItsRowsByPages) {
  const std::string name = Start(Rows(5));
  Settle();
  const auto operation = operations_->Get(kActor, name);
  ASSERT_TRUE(operation.ok()) << operation.status();
  EXPECT_TRUE(operation->done());
  EXPECT_EQ(operation->report(), "reports/r");
  EXPECT_EQ(operation->header().rows(), 5u);
  EXPECT_EQ(operation->expire_time().seconds() - operation->end_time().seconds(),
            absl::ToInt64Seconds(limits::kOperationHeld));
  std::vector<int> pages;
  std::string token;
  do {
    const auto page = ListRows(name, token);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->has_header(), token.empty());
    pages.push_back(page->rows_size());
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_EQ(pages, (std::vector<int>{2, 2, 1}));
  EXPECT_EQ(domain::GetReason(ListRows(name, "x").status()), "PAGE_TOKEN_INVALID");
  const std::string other = Start(Rows(5));
  Settle();
  EXPECT_EQ(domain::GetReason(ListRows(other, ListRows(name)->next_page_token()).status()),
            "PAGE_TOKEN_MISMATCH");
  EXPECT_EQ(domain::GetReason(ListRows(name, "", 501).status()), "PAGE_SIZE_INVALID");
}

TEST_F(OperationsTest, AnOperationExpires) {
  const std::string name = Start(Rows(1));
  Settle();
  clock_.Advance(limits::kOperationHeld - absl::Seconds(1));
  EXPECT_EQ(GetReason(name), "");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(GetReason(name), "OPERATION_UNKNOWN");
  EXPECT_EQ(domain::GetReason(ListRows(name).status()), "OPERATION_UNKNOWN");
}

TEST_F(OperationsTest, AnotherActorSeesNothing) {
  const std::string name = Start(Rows(1));
  Settle();
  EXPECT_EQ(GetReason(name, "officers/b"), "OPERATION_UNKNOWN");
  EXPECT_EQ(domain::GetReason(operations_->Cancel("officers/b", name).status()),
            "OPERATION_UNKNOWN");
}

TEST_F(OperationsTest, WhatRunsHasNoRowsYetAndCanBeCancelled) {
  std::promise<void> running;
  std::promise<void> go_on;
  const std::string name =
      Start([&](Spool&, Operations::Progress progress) -> absl::StatusOr<v1::ReportHeader> {
        v1::OperationProgress half;
        half.set_rows(7);
        EXPECT_TRUE(progress(half));
        running.set_value();
        go_on.get_future().wait();
        EXPECT_FALSE(progress(half));
        return absl::CancelledError("stopped");
      });
  const std::string waiting = Start(Rows(1));
  running.get_future().wait();
  EXPECT_EQ(operations_->Get(kActor, name)->progress().rows(), 7u);
  EXPECT_FALSE(operations_->Get(kActor, name)->done());
  EXPECT_EQ(domain::GetReason(ListRows(name).status()), "OPERATION_NOT_DONE");
  EXPECT_TRUE(operations_->Cancel(kActor, name).ok());
  // One that has not begun ends at once.
  const auto cancelled = operations_->Cancel(kActor, waiting);
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_TRUE(cancelled->done());
  EXPECT_EQ(cancelled->error().code(), static_cast<int>(absl::StatusCode::kCancelled));
  EXPECT_FALSE(operations_->Get(kActor, name)->done());
  go_on.set_value();
  Settle();
  EXPECT_TRUE(operations_->Get(kActor, name)->done());
  EXPECT_EQ(operations_->Get(kActor, name)->error().message(), "stopped");
  EXPECT_EQ(domain::GetReason(ListRows(name).status()), "OPERATION_FAILED");
  // And it stays as it was.
  EXPECT_EQ(operations_->Get(kActor, waiting)->SerializeAsString(), cancelled->SerializeAsString());
}

TEST_F(OperationsTest, WhatWentWrongInsideIsNotShown) {
  const std::string name = Start([](Spool&, Operations::Progress) {
    return absl::StatusOr<v1::ReportHeader>(absl::DataLossError("row 7 of /secret"));
  });
  Settle();
  EXPECT_EQ(operations_->Get(kActor, name)->error().message(),
            "the server failed; its log says why");
}

TEST_F(OperationsTest, TheOldestOfAnActorMakesPlaceAndWhatRunsDoesNot) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < limits::kOperationsPerActorMax; ++i) names.push_back(Start(Rows(1)));
  Settle();
  names.push_back(Start(Rows(1)));
  EXPECT_EQ(GetReason(names[0]), "OPERATION_UNKNOWN");
  EXPECT_EQ(GetReason(names[1]), "");
  Settle();

  std::promise<void> go_on;
  std::shared_future<void> until = go_on.get_future().share();
  const auto wait = [until](Spool&, Operations::Progress) {
    until.wait();
    return absl::StatusOr<v1::ReportHeader>(v1::ReportHeader());
  };
  for (std::size_t i = 0; i < limits::kOperationsPerActorMax; ++i) Start(wait, "officers/busy");
  EXPECT_EQ(domain::GetReason(operations_->Start("officers/busy", "reports/r", Rows(1)).status()),
            "TOO_MANY_REPORTS");
  EXPECT_TRUE(operations_->Start("officers/b", "reports/r", Rows(1)).ok());
  go_on.set_value();
}

TEST_F(OperationsTest, WhatALastRunLeftIsRemoved) {
  operations_.reset();
  std::ofstream(folder_ / "spool/left") << "x";
  Open();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "spool/left"));
}

}  // namespace
}  // namespace jejak::service
