// SPDX-License-Identifier: Apache-2.0

#include "server/query/reader.h"

#include "server/base/limits.h"
#include "server/domain/refusal.h"
#include "server/projection/projector.h"
#include "server/query/page_token.h"
#include "tests/unit/server/log/log_testing.h"
#include "tests/unit/server/projection/office_log.h"

#include "jejak/v1/office.pb.h"

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <future>
#include <optional>

namespace jejak::query {
namespace {

using Names = std::vector<std::string>;

class ReaderTest : public testing::Test {
 protected:
  ReaderTest() {
    auto views = view::ViewFolder::Open(folder_ / "view", offices_.log->log_id(), 0);
    JEJAK_CHECK(views.ok());
    views_ = *std::move(views);
    view_ = views_->Current();
    projector_.emplace(
        projection::Projector::Options{.log = offices_.log.get(), .views = views_.get()});
    reader_.emplace(offices_.log.get(), view_);
  }
  // Waits until the view has everything, and returns the size.
  std::uint64_t Project() {
    const std::uint64_t size = offices_.log->DurableSize();
    std::promise<void> reached;
    projector_->Wake();
    projector_->WhenReached(size, absl::InfiniteFuture(),
                            [&reached](const absl::Status&) { reached.set_value(); });
    reached.get_future().wait();
    return size;
  }
  static const domain::Aggregate& Offices() {
    return domain::AggregateFor(v1::Office::descriptor());
  }
  static ListRequest Listing(std::uint32_t page_size = 0, const std::string& order_by = "",
                             const std::string& filter = "") {
    ListRequest request;
    request.aggregate = &Offices();
    request.page_size = page_size;
    request.order_by = order_by;
    request.filter = filter;
    return request;
  }
  // The last segments of all names, page by page; `between` runs after each page.
  Names ListAll(ListRequest request, std::uint64_t size,
                const std::function<void()>& between = nullptr) {
    Names names;
    do {
      const auto page = reader_->List(request, size);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      EXPECT_LE(page->resources.size(), request.page_size == 0 ? 50u : request.page_size);
      EXPECT_TRUE(page->next_page_token.empty() || !page->resources.empty());
      for (const auto& resource : page->resources) {
        names.push_back(dynamic_cast<const v1::Office&>(*resource).name().substr(8));
      }
      request.page_token = page->next_page_token;
      if (between) between();
      size = ~std::uint64_t{0};  // A token's own size is used.
    } while (!request.page_token.empty());
    return names;
  }
  std::string ListReason(const ListRequest& request, std::uint64_t size) {
    return domain::GetReason(reader_->List(request, size).status());
  }

  log::TempFolder folder_;
  OfficeLog offices_;
  std::unique_ptr<view::ViewFolder> views_;
  std::shared_ptr<view::ViewStore> view_;
  std::optional<projection::Projector> projector_;
  std::optional<Reader> reader_;
};

TEST_F(ReaderTest, AResourceIsReadAsOfASize) {
  offices_.Register("offices/18", "one");
  offices_.Rename("offices/18", "two");
  Project();
  const auto title = [this](std::uint64_t size) {
    const auto office = reader_->Get(Offices(), "offices/18", size);
    return office.ok() ? dynamic_cast<const v1::Office&>(**office).title()
                       : domain::GetReason(office.status());
  };
  EXPECT_EQ(title(0), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(title(1), "one");
  EXPECT_EQ(title(2), "two");
  EXPECT_EQ(domain::GetReason(reader_->Get(Offices(), "offices/19", 2).status()),
            "RESOURCE_NOT_FOUND");
  for (const char* name : {"", "offices", "offices/", "offices/1/2", "lokus/1"}) {
    EXPECT_EQ(domain::GetReason(reader_->Get(Offices(), name, 2).status()), "NAME_INVALID") << name;
  }
}

TEST_F(ReaderTest, TheMomentOfAReadIsCheckedAgainstTheLog) {
  for (int i = 0; i < 3; ++i) offices_.Register(absl::StrCat("offices/", i), "x");
  Project();
  v1::ReadOptions read;
  EXPECT_EQ(reader_->MomentFor(read)->size, 3u);
  EXPECT_EQ(*reader_->SizeToReach(read), 3u);
  read.set_as_of_position(0);
  EXPECT_EQ(reader_->MomentFor(read)->size, 1u);
  read.set_as_of_position(2);
  EXPECT_EQ(reader_->MomentFor(read)->size, 3u);
  read.set_as_of_position(0);
  EXPECT_EQ(*reader_->SizeToReach(read), 1u) << "what came later does not matter";
  for (const std::uint64_t position : {std::uint64_t{3}, ~std::uint64_t{0}}) {
    read.set_as_of_position(position);
    const absl::Status status = reader_->SizeToReach(read).status();
    EXPECT_EQ(domain::GetReason(status), "AS_OF_IN_FUTURE");
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  }
  // One event a second, from the first second on.
  read.mutable_as_of_time()->set_seconds(1'622'505'600 - 1);
  EXPECT_EQ(reader_->MomentFor(read)->size, 0u);
  read.mutable_as_of_time()->set_seconds(1'622'505'601);
  EXPECT_EQ(reader_->MomentFor(read)->size, 2u);
  read.mutable_as_of_time()->set_nanos(999'999'999);
  EXPECT_EQ(reader_->MomentFor(read)->size, 2u);
  read.mutable_as_of_time()->set_seconds(253'402'300'799);
  EXPECT_EQ(domain::GetReason(reader_->SizeToReach(read).status()), "AS_OF_IN_FUTURE");
}

TEST_F(ReaderTest, AnEventualReadWaitsForNothingButItsMoment) {
  for (int i = 0; i < 3; ++i) offices_.Register(absl::StrCat("offices/", i), "x");
  v1::ReadOptions read;
  read.set_consistency(v1::CONSISTENCY_EVENTUAL);
  EXPECT_EQ(*reader_->SizeToReach(read), 0u);
  read.set_min_log_size(2);
  EXPECT_EQ(*reader_->SizeToReach(read), 2u);
  read.set_as_of_position(2);
  EXPECT_EQ(*reader_->SizeToReach(read), 3u);
  read.set_min_log_size(5);
  read.set_as_of_position(4);
  EXPECT_EQ(*reader_->SizeToReach(read), 5u) << "of a log that is about to grow";
  read.mutable_as_of_time()->set_seconds(1'622'505'600);
  read.set_min_log_size(0);
  EXPECT_EQ(*reader_->SizeToReach(read), 3u);
}

TEST_F(ReaderTest, PagesTogetherAreTheListOfOneMoment) {
  Names expected;
  for (int i = 100; i < 125; ++i) {
    offices_.Register(absl::StrCat("offices/", i), "x");
    expected.push_back(absl::StrCat(i));
  }
  for (const std::uint32_t page_size : {0u, 1u, 7u, 24u, 25u, 500u}) {
    const std::uint64_t size = Project();
    int round = 0;
    // What is written between two pages is not on the next one.
    EXPECT_EQ(ListAll(Listing(page_size), 25,
                      [&] {
                        offices_.Register(absl::StrCat("offices/200-", page_size, "-", ++round),
                                          "new");
                        offices_.Rename("offices/110", "renamed");
                        Project();
                      }),
              expected)
        << page_size << " of " << size;
  }
}

TEST_F(ReaderTest, AnOrderHoldsAcrossPagesAndTiesGoByName) {
  // 30 offices with 3 titles.
  for (int i = 10; i < 40; ++i) {
    offices_.Register(absl::StrCat("offices/", i), absl::StrCat("t", i % 3));
  }
  const std::uint64_t size = Project();
  Names up;
  Names down;
  for (int title = 0; title < 3; ++title) {
    for (int i = 10; i < 40; ++i) {
      if (i % 3 == title) up.push_back(absl::StrCat(i));
      if (i % 3 == 2 - title) down.push_back(absl::StrCat(i));
    }
  }
  for (const std::uint32_t page_size : {1u, 7u, 30u, 100u}) {
    EXPECT_EQ(ListAll(Listing(page_size, "title"), size), up);
    EXPECT_EQ(ListAll(Listing(page_size, "title desc"), size,
                      [this] {
                        offices_.Rename("offices/12", "t9");
                        Project();
                      }),
              down);
  }
}

TEST_F(ReaderTest, AFilterGoesThroughAllPagesAndIsShownNormalized) {
  for (int i = 10; i < 40; ++i) {
    offices_.Register(absl::StrCat("offices/", i), i % 10 == 0 ? "round" : "x");
  }
  const std::uint64_t size = Project();
  EXPECT_EQ(ListAll(Listing(2, "", "title=round"), size), (Names{"10", "20", "30"}));
  EXPECT_EQ(ListAll(Listing(2, "name desc", "title=round"), size), (Names{"30", "20", "10"}));
  const auto page = reader_->List(Listing(3, "", "title=round"), size);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->filter, "title = \"round\"");
  EXPECT_EQ(page->size, size);
  EXPECT_EQ(page->next_page_token, "") << "there is nothing after the last match";
}

TEST_F(ReaderTest, ListsThatMakeNoSenseAreRefused) {
  for (int i = 0; i < 3; ++i) offices_.Register(absl::StrCat("offices/", i), "x");
  const std::uint64_t size = Project();
  EXPECT_EQ(ListReason(Listing(limits::kPageSizeMax + 1), size), "PAGE_SIZE_INVALID");
  EXPECT_EQ(ListReason(Listing(0, "nothing"), size), "ORDER_INVALID");
  EXPECT_EQ(ListReason(Listing(0, "", "nothing = 1"), size), "FILTER_INVALID");
  ListRequest request = Listing();
  request.parent = "programs/p";
  EXPECT_EQ(ListReason(request, size), "NAME_INVALID");
  request.aggregate = domain::FindAggregate("programs/p/lokus/l");
  for (const char* parent : {"", "programs", "programs/", "programs/p/", "programs/p/lokus/l"}) {
    request.parent = parent;
    EXPECT_EQ(ListReason(request, size), "NAME_INVALID") << parent;
  }
  request.parent = "programs/p";
  EXPECT_EQ(ListReason(request, size), "");

  request = Listing(1);
  request.page_token = "no token";
  EXPECT_EQ(ListReason(request, size), "PAGE_TOKEN_INVALID");
  request.page_token = reader_->List(Listing(1), size)->next_page_token;
  EXPECT_EQ(ListReason(request, size), "");
  request.page_size = 2;
  EXPECT_EQ(ListReason(request, size), "") << "the size of a page may change";
  request.order_by = "title";
  EXPECT_EQ(ListReason(request, size), "PAGE_TOKEN_MISMATCH");
  // A token that somebody made: it names a moment that has not come.
  request = Listing(1);
  request.page_token = EncodePageToken({size + 1, "offices/0"}, {"list", "offices/", "", ""});
  EXPECT_EQ(ListReason(request, size), "AS_OF_IN_FUTURE");
  // An eventual read may come before the view is where the first page was.
  offices_.Register("offices/new", "x");
  EXPECT_EQ(ListReason(request, size), "VIEW_BEHIND");
}

TEST_F(ReaderTest, AnOrderOverTooManyIsRefusedAndTheOrderOfNamesIsNot) {
  projector_.reset();
  std::vector<view::ViewChange> changes;
  v1::Office office;
  for (std::size_t i = 0; i <= limits::kSortedRowsMax; ++i) {
    office.set_name(absl::StrCat("offices/", i));
    changes.push_back(
        {i, projection::TableOf(Offices()), office.name(), office.SerializeAsString(), "", {}, {}});
  }
  ASSERT_TRUE(view_->Apply(changes, changes.size()).ok());
  EXPECT_EQ(ListReason(Listing(0, "title"), changes.size()), "LIST_TOO_LARGE");
  EXPECT_EQ(ListReason(Listing(0, "title"), changes.size() - 1), "");
  EXPECT_EQ(ListReason(Listing(0, "title", "name = \"offices/7\""), changes.size()), "");
  EXPECT_EQ(ListReason(Listing(), changes.size()), "");
}

TEST_F(ReaderTest, AHistoryIsReadBothWaysInPages) {
  offices_.Register("offices/18", "t0");
  std::vector<std::uint64_t> positions = {0};
  for (int i = 1; i < 9; ++i) {
    offices_.Register(absl::StrCat("offices/x", i), "other");
    positions.push_back(offices_.Rename("offices/18", absl::StrCat("t", i)));
  }
  const std::uint64_t size = Project();
  for (const bool descending : {false, true}) {
    for (const std::uint32_t page_size : {1u, 4u, 9u, 100u}) {
      HistoryRequest request{"office:offices/18", page_size, "", descending};
      std::vector<std::uint64_t> seen;
      std::uint64_t at = size;
      do {
        int presented = 0;
        const auto page = reader_->History(
            request, at, [&presented](google::protobuf::Message&) { ++presented; });
        ASSERT_TRUE(page.ok()) << page.status();
        EXPECT_EQ(page->size, size);
        EXPECT_EQ(presented, static_cast<int>(page->events.size()));
        for (const v1::RecordedEvent& event : page->events) seen.push_back(event.position());
        request.page_token = page->next_page_token;
        offices_.Rename("offices/18", "later");
        at = Project();
      } while (!request.page_token.empty());
      std::vector<std::uint64_t> expected = positions;
      if (descending) std::reverse(expected.begin(), expected.end());
      EXPECT_EQ(seen, expected) << page_size << (descending ? " desc" : "");
    }
  }
  HistoryRequest request{"office:offices/18", 1, "", false};
  const query::Present nothing = [](google::protobuf::Message&) {};
  request.page_token = reader_->History(request, size, nothing)->next_page_token;
  request.descending = true;
  EXPECT_EQ(domain::GetReason(reader_->History(request, size, nothing).status()),
            "PAGE_TOKEN_MISMATCH");
  EXPECT_TRUE(reader_->History({"office:offices/1", 0, "", false}, size, nothing)->events.empty());
}

TEST_F(ReaderTest, ARecordedEventIsShownWhole) {
  event::v1::Envelope envelope;
  envelope.set_office("offices/ri");
  envelope.set_role(v1::ROLE_CHAIR);
  envelope.set_remark("late");
  envelope.set_utc_offset_minutes(420);
  envelope.set_policy_version(2);
  envelope.set_request_id("r1");
  envelope.set_actor_unauthenticated(true);
  envelope.mutable_office_event()->mutable_office_renamed()->set_title("secret");
  offices_.Append("offices/18", envelope);
  const auto event = offices_.log->Read(0);
  ASSERT_TRUE(event.ok()) << event.status();
  const auto api = ToApi(*event, [](google::protobuf::Message& message) {
    dynamic_cast<event::v1::OfficeRenamed&>(message).set_title("shown");
  });
  ASSERT_TRUE(api.ok()) << api.status();
  EXPECT_EQ(api->stream(), "offices/18");
  EXPECT_EQ(api->revision(), 1u);
  EXPECT_EQ(api->commit_time().seconds(), 1'622'505'600);
  EXPECT_FALSE(api->has_occurred_time()) << "it was not said";
  EXPECT_EQ(api->actor(), "officers/tester");
  EXPECT_EQ(api->role(), v1::ROLE_CHAIR);
  EXPECT_EQ(api->remark(), "late");
  EXPECT_EQ(api->utc_offset_minutes(), 420);
  EXPECT_EQ(api->policy_version(), 2u);
  EXPECT_EQ(api->request_id(), "r1");
  EXPECT_TRUE(api->actor_unauthenticated());
  EXPECT_EQ(api->leaf_hash().size(), 64u);
  EXPECT_EQ(api->event_id().size(), 32u);
  event::v1::OfficeRenamed renamed;
  ASSERT_TRUE(api->event().UnpackTo(&renamed));
  EXPECT_EQ(renamed.title(), "shown");

  offices_.AppendPayload("offices/18", "\xff\xff");
  EXPECT_EQ(ToApi(*offices_.log->Read(1), [](google::protobuf::Message&) {}).status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace jejak::query
