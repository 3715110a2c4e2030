// SPDX-License-Identifier: Apache-2.0

#include "server/query/search.h"

#include "server/base/limits.h"
#include "server/domain/aggregate.h"
#include "server/domain/messages.h"
#include "server/domain/refusal.h"
#include "server/projection/event_row.h"
#include "tests/unit/server/log/log_testing.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace jejak::query {
namespace {

using Positions = std::vector<std::uint64_t>;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::int64_t kStart = 1'622'505'600 * kSecond;  // 2021-06-01.

// A log of many events, made without deciders, and the view that goes with it.
class SearchTest : public testing::Test {
 protected:
  SearchTest() {
    log::EventLog::Options options;
    options.clock = &clock_;
    auto log = log::EventLog::Open(
        std::make_unique<log::MemoryLogDevice>(log::MemoryLogDevice::NewStore()), options);
    JEJAK_CHECK(log.ok());
    log_ = *std::move(log);
    auto view = view::ViewStore::Open(folder_ / "view", log_->log_id(), 0);
    JEJAK_CHECK(view.ok());
    view_ = *std::move(view);
  }

  struct Event {
    std::string stream;
    std::string actor = "officers/budi";
    std::string office = "offices/18.06";
    std::int64_t late_us = 0;
    std::string reason = {};
    bool correction = false;
  };
  void Add(const Event& made) {
    event::v1::Envelope envelope;
    envelope.set_office(made.office);
    envelope.set_role(made.actor == "officers/budi" ? v1::ROLE_OPERATOR : v1::ROLE_CHAIR);
    envelope.set_remark(made.reason);
    if (made.correction) {
      envelope.mutable_office_event()->mutable_fact_corrected()->set_reason("salah ketik");
    } else {
      envelope.mutable_office_event()->mutable_office_renamed()->set_title("t");
    }
    log::Commit commit;
    log::NewEvent& event = commit.events.emplace_back();
    event.stream = made.stream;
    event.event_type =
        made.correction ? "jejak.event.v1.FactCorrected" : "jejak.event.v1.OfficeRenamed";
    event.actor = made.actor;
    event.effective_time_us = absl::ToUnixMicros(clock_.Now()) - made.late_us;
    if (absl::StartsWith(made.stream, "programs/p/lokus/")) {
      event.tags.push_back(absl::StrCat("lokus:", domain::NamePrefix(made.stream, 4)));
    }
    event.tags.push_back(absl::StrCat("office:", made.office));
    event.payload = envelope.SerializeAsString();
    log::Batch batch = log_->NewBatch();
    const auto staged = log_->Stage(commit, batch);
    JEJAK_CHECK(staged.ok() && log_->Write(std::move(batch)).ok());
    std::vector<std::string> under = {made.office};
    if (made.office == "offices/18.06") under.push_back("offices/18");
    under.push_back("offices/ri");
    projection::EventIndex index = projection::IndexEvent(staged->entries[0], envelope, under);
    rows_.push_back(index.row);
    texts_.push_back(made.reason);
    view::ViewChange change;
    change.position = staged->entries[0].position;
    change.name = made.stream;
    change.row = index.row.SerializeAsString();
    change.covering = std::move(index.covering);
    change.bare = std::move(index.bare);
    changes_.push_back(std::move(change));
    clock_.Advance(absl::Seconds(1));
  }
  void Project() {
    JEJAK_CHECK(view_->Apply(changes_, log_->DurableSize()).ok());
    changes_.clear();
  }
  // Many events of every kind, always the same.
  void Fill(int count) {
    std::mt19937_64 random(1806);
    for (int i = 0; i < count; ++i) {
      Event event;
      const auto lokus = random() % 20;
      event.stream =
          random() % 3 == 0
              ? absl::StrCat("offices/18/documents/d", random() % 50)
              : absl::StrCat("programs/p/lokus/", lokus,
                             random() % 2 == 0 ? "" : absl::StrCat("/agen/", random() % 25));
      if (random() % 4 == 0) event.actor = "officers/siti";
      if (random() % 5 == 0) event.office = "offices/18";
      if (random() % 7 == 0) event.office = "offices/32";
      if (random() % 10 == 0) event.late_us = static_cast<std::int64_t>(random() % 90) * kDay;
      if (random() % 20 == 0) event.reason = "Terlambat, hujan lebat di Pugung";
      event.correction = random() % 25 == 0;
      Add(event);
    }
    Project();
  }

  absl::StatusOr<SearchPage> Page(const std::string& filter, std::uint32_t page_size = 500) {
    return Search(*log_, *view_, {.filter = filter, .page_size = page_size}, log_->DurableSize());
  }
  Positions All(const std::string& filter, bool descending = false, std::uint32_t page_size = 7) {
    Positions positions;
    SearchRequest request{.filter = filter, .page_size = page_size, .descending = descending};
    while (true) {
      const auto page = Search(*log_, *view_, request, log_->DurableSize());
      EXPECT_TRUE(page.ok()) << filter << ": " << page.status();
      if (!page.ok()) return positions;
      EXPECT_LE(page->rows.size(), page_size);
      for (const v1::EventRow& row : page->rows) positions.push_back(row.position());
      if (!page->more) return positions;
      request.has_after = true;
      request.after = page->last;
    }
  }
  Positions Expected(const std::function<bool(const v1::EventRow&)>& matches) {
    Positions positions;
    for (const v1::EventRow& row : rows_) {
      if (matches(row)) positions.push_back(row.position());
    }
    return positions;
  }

  log::TempFolder folder_;
  SimulatedClock clock_{absl::FromUnixMicros(kStart)};
  std::unique_ptr<log::EventLog> log_;
  std::unique_ptr<view::ViewStore> view_;
  std::vector<view::ViewChange> changes_;
  std::vector<v1::EventRow> rows_;
  std::vector<std::string> texts_;
};

bool IsWithin(const v1::EventRow& row, const std::string& name) {
  return row.stream() == name || absl::StartsWith(row.stream(), name + "/");
}

TEST_F(SearchTest, EachConditionAndAllTogetherEqualAScanOfEverything) {
  Fill(3000);
  using Row = v1::EventRow;
  const std::vector<std::pair<std::string, std::function<bool(const Row&)>>> conditions = {
      {"", [](const Row&) { return true; }},
      {"within = programs/p/lokus/7",
       [](const Row& row) { return IsWithin(row, "programs/p/lokus/7"); }},
      {"within = programs/p", [](const Row& row) { return IsWithin(row, "programs/p"); }},
      {"stream = programs/p/lokus/7",
       [](const Row& row) { return row.stream() == "programs/p/lokus/7"; }},
      {"lokus = programs/p/lokus/7",
       [](const Row& row) {
         return row.lokus_size() == 1 && row.lokus(0) == "programs/p/lokus/7";
       }},
      {"under = offices/18", [](const Row& row) { return row.office() != "offices/32"; }},
      {"office = offices/18", [](const Row& row) { return row.office() == "offices/18"; }},
      {"office != offices/18", [](const Row& row) { return row.office() != "offices/18"; }},
      {"actor = officers/siti", [](const Row& row) { return row.actor() == "officers/siti"; }},
      {"role = CHAIR", [](const Row& row) { return row.role() == v1::ROLE_CHAIR; }},
      {"type = FactCorrected", [](const Row& row) { return row.type() == "FactCorrected"; }},
      {"correction = true", [](const Row& row) { return row.correction(); }},
      {"correction = false", [](const Row& row) { return !row.correction(); }},
      {"late_days > 30", [](const Row& row) { return row.late_days() > 30; }},
      {"late_days >= 64", [](const Row& row) { return row.late_days() >= 64; }},
      {"late_days = 5", [](const Row& row) { return row.late_days() == 5; }},
      {"position >= 1000 AND position < 2000",
       [](const Row& row) { return row.position() >= 1000 && row.position() < 2000; }},
      {"commit_time >= \"2021-06-01T00:10:00Z\" AND commit_time < \"2021-06-01T00:20:00Z\"",
       [](const Row& row) {
         const std::int64_t at = domain::MicrosOf(row.commit_time()) - kStart;
         return at >= 600 * kSecond && at < 1200 * kSecond;
       }},
      {"occurred_time >= \"2021-04-15T00:00:00Z\" AND occurred_time <= \"2021-05-10T00:00:00Z\"",
       [](const Row& row) {
         const std::int64_t at = domain::MicrosOf(row.occurred_time());
         return at >= kStart - 47 * kDay && at <= kStart - 22 * kDay;
       }},
      {"occurred_time < \"2021-05-10T00:00:00Z\"",
       [](const Row& row) { return domain::MicrosOf(row.occurred_time()) < kStart - 22 * kDay; }},
      {"text:\"hujan TERLAMBAT\"",
       [this](const Row& row) { return !texts_[row.position()].empty(); }},
      {"text:ketik", [](const Row& row) { return row.correction(); }},
  };
  int matched = 0;
  for (const auto& [first, holds_first] : conditions) {
    for (const auto& [second, holds_second] : conditions) {
      const std::string both =
          first.empty() || second.empty() ? first + second : absl::StrCat(first, " AND ", second);
      Positions expected =
          Expected([&](const Row& row) { return holds_first(row) && holds_second(row); });
      matched += expected.empty() ? 0 : 1;
      EXPECT_EQ(All(both, false, 97), expected) << both;
      std::reverse(expected.begin(), expected.end());
      EXPECT_EQ(All(both, true, 101), expected) << both << ", descending";
    }
  }
  EXPECT_GT(matched, 200) << "or it compares nothing with nothing";
}

TEST_F(SearchTest, PagesTogetherAreOnePageWhateverTheirSize) {
  Fill(400);
  for (const std::string filter :
       {"", "actor = officers/siti", "late_days > 3 AND under = offices/18"}) {
    const Positions whole = All(filter, false, 500);
    for (const std::uint32_t size : {1u, 2u, 13u, 400u}) EXPECT_EQ(All(filter, false, size), whole);
  }
}

TEST_F(SearchTest, TheWorkFollowsTheRarestConditionAndNotTheLog) {
  // 20,000 events of one office and actor, and three that are about one lokus too.
  for (int i = 0; i < 20'000; ++i) {
    Event event;
    event.stream =
        i % 7000 == 6999 ? "programs/p/lokus/rare" : absl::StrCat("offices/18/documents/", i % 50);
    Add(event);
  }
  Project();
  const auto page =
      Page("office = offices/18.06 AND actor = officers/budi AND lokus = programs/p/lokus/rare");
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->rows.size(), 2u);
  // Three lists, and each place one of them stops at costs each a jump at most.
  EXPECT_LE(page->seeks, 3u * (2 + 1 + 1)) << "it scans";
  // A page of a dense answer goes from one to the next without jumping.
  const auto dense = Page("office = offices/18.06", 50);
  ASSERT_TRUE(dense.ok()) << dense.status();
  EXPECT_EQ(dense->rows.size(), 50u);
  EXPECT_LE(dense->seeks, 2u);
}

TEST_F(SearchTest, APageLooksAtSoManyAndSaysThatThereIsMore) {
  for (std::size_t i = 0; i < limits::kSearchedRowsMax + 10; ++i) Add({.stream = "offices/1"});
  Add({.stream = "offices/1", .actor = "officers/siti"});
  Project();
  // No list for what is asked.
  const auto page = Page("actor != officers/budi");
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_TRUE(page->rows.empty());
  EXPECT_TRUE(page->more);
  EXPECT_EQ(All("actor != officers/budi"), (Positions{limits::kSearchedRowsMax + 10}));
}

TEST_F(SearchTest, CountsByFacetEqualThoseOfAScanOfEverything) {
  Fill(3000);
  v1::CountEventsRequest request;
  using Values = std::function<std::vector<std::string>(const v1::EventRow&)>;
  const auto month = [](const google::protobuf::Timestamp& time) {
    return absl::FormatTime("%Y-%m", absl::FromUnixMicros(domain::MicrosOf(time)),
                            absl::UTCTimeZone());
  };
  using Row = v1::EventRow;
  using List = std::vector<std::string>;
  const std::vector<std::pair<v1::EventFacet, Values>> facets = {
      {v1::EVENT_FACET_OCCURRED_MONTH,
       [&](const Row& row) { return List{month(row.occurred_time())}; }},
      {v1::EVENT_FACET_TYPE, [](const Row& row) { return List{row.type()}; }},
      {v1::EVENT_FACET_OFFICE, [](const Row& row) { return List{row.office()}; }},
      {v1::EVENT_FACET_ACTOR, [](const Row& row) { return List{row.actor()}; }},
      {v1::EVENT_FACET_ROLE,
       [](const Row& row) {
         return List{row.actor() == "officers/budi" ? "ROLE_OPERATOR" : "ROLE_CHAIR"};
       }},
      {v1::EVENT_FACET_LOKUS,
       [](const Row& row) { return List(row.lokus().begin(), row.lokus().end()); }},
      {v1::EVENT_FACET_COMMIT_MONTH,
       [&](const Row& row) { return List{month(row.commit_time())}; }},
      {v1::EVENT_FACET_CORRECTION,
       [](const Row& row) { return List{row.correction() ? "true" : "false"}; }},
      {v1::EVENT_FACET_DEVIATION, [](const Row&) { return List{"false"}; }},
  };
  for (const auto& [facet, values] : facets) request.add_facets(facet);
  // Asked twice is answered once.
  request.add_facets(v1::EVENT_FACET_ACTOR);
  const std::vector<std::pair<std::string, std::function<bool(const Row&)>>> filters = {
      {"", [](const Row&) { return true; }},
      {"actor != officers/budi", [](const Row& row) { return row.actor() != "officers/budi"; }},
      {"within = programs/p AND correction = true",
       [](const Row& row) { return IsWithin(row, "programs/p") && row.correction(); }},
      {"actor = officers/nobody", [](const Row&) { return false; }},
  };
  for (const std::uint64_t size : {log_->DurableSize(), std::uint64_t{1000}}) {
    for (const auto& [filter, holds] : filters) {
      std::vector<std::string> expected;
      std::uint64_t total = 0;
      for (std::uint64_t i = 0; i < size; ++i) total += holds(rows_[i]) ? 1u : 0u;
      expected.push_back(absl::StrCat("EVENT_FACET_TOTAL  ", total));
      for (const auto& [facet, values] : facets) {
        std::map<std::string, std::uint64_t> counts;
        for (std::uint64_t i = 0; i < size; ++i) {
          if (!holds(rows_[i])) continue;
          for (const std::string& value : values(rows_[i])) ++counts[value];
        }
        // The largest first, those alike by value.
        std::set<std::pair<std::int64_t, std::string>> ordered;
        for (const auto& [value, count] : counts) {
          ordered.emplace(-static_cast<std::int64_t>(count), value);
        }
        for (const auto& [count, value] : ordered) {
          expected.push_back(absl::StrCat(v1::EventFacet_Name(facet), " ", value, " ", -count));
        }
      }
      request.set_filter(filter);
      const auto counted = Count(*log_, *view_, request, size);
      ASSERT_TRUE(counted.ok()) << counted.status();
      std::vector<std::string> got;
      for (const v1::EventCount& count : counted->counts()) {
        got.push_back(absl::StrCat(v1::EventFacet_Name(count.facet()), " ", count.value(), " ",
                                   count.count()));
      }
      EXPECT_EQ(got, expected) << filter << " of " << size;
      EXPECT_FALSE(counted->truncated());
      EXPECT_EQ(counted->next_position(), size);
      EXPECT_EQ(counted->log_size(), size);
      EXPECT_EQ(counted->shortened_facets_size(), 0);
    }
  }
}

TEST_F(SearchTest, ACountOfTooManySaysUpToWhereItIsExact) {
  Fill(3000);
  v1::CountEventsRequest request;
  request.set_filter("actor != officers/budi");
  request.add_facets(v1::EVENT_FACET_LOKUS);
  const auto counted = Count(*log_, *view_, request, log_->DurableSize(), 2500);
  ASSERT_TRUE(counted.ok()) << counted.status();
  EXPECT_TRUE(counted->truncated());
  EXPECT_EQ(counted->next_position(), 2500u);
  const auto exact = Count(*log_, *view_, request, counted->next_position());
  ASSERT_TRUE(exact.ok()) << exact.status();
  EXPECT_FALSE(exact->truncated());
  ASSERT_EQ(counted->counts_size(), exact->counts_size());
  for (int i = 0; i < exact->counts_size(); ++i) {
    EXPECT_EQ(counted->counts(i).DebugString(), exact->counts(i).DebugString());
  }
}

TEST_F(SearchTest, OfAFacetWithManyValuesTheLargestAreShown) {
  for (std::size_t i = 0; i < limits::kFacetValuesMax + 5; ++i) {
    Add({.stream = "offices/1", .actor = absl::StrCat("officers/", i)});
  }
  Add({.stream = "offices/1", .actor = "officers/99"});
  Project();
  v1::CountEventsRequest request;
  request.add_facets(v1::EVENT_FACET_TYPE);
  request.add_facets(v1::EVENT_FACET_ACTOR);
  const auto counted = Count(*log_, *view_, request, log_->DurableSize());
  ASSERT_TRUE(counted.ok()) << counted.status();
  ASSERT_EQ(counted->counts_size(), static_cast<int>(2 + limits::kFacetValuesMax));
  EXPECT_EQ(counted->counts(2).value(), "officers/99");
  EXPECT_EQ(counted->counts(2).count(), 2u);
  ASSERT_EQ(counted->shortened_facets_size(), 1);
  EXPECT_EQ(counted->shortened_facets(0), v1::EVENT_FACET_ACTOR);
  request.set_filter("teapot = 1");
  EXPECT_EQ(domain::GetReason(Count(*log_, *view_, request, 1).status()), "FILTER_INVALID");
}

TEST_F(SearchTest, AnEarlierSizeSeesWhatWasThereThen) {
  Fill(100);
  const auto then = Search(*log_, *view_, {.filter = "", .page_size = 500}, 40);
  ASSERT_TRUE(then.ok()) << then.status();
  EXPECT_EQ(then->rows.size(), 40u);
  EXPECT_FALSE(then->more);
}

TEST_F(SearchTest, WhatCannotBeAskedIsRefusedWithItsColumn) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"siti", "column 1"},
      {"teapot = 1", "column 1"},
      {"actor = officers/a within = offices/1", "column 20"},
      {"actor = officers/a AND within != offices/1", "column 24"},
      {"under > offices/1", "column 1"},
      {"text = hujan", "column 1"},
      {"text:\"-\"", "column 1"},
      {"commit_time > yesterday", "column 15"},
      {"role = KING", "column 8"},
  };
  for (const auto& [filter, column] : wrong) {
    const absl::Status status = Page(filter).status();
    EXPECT_EQ(domain::GetReason(status), "FILTER_INVALID") << filter;
    EXPECT_TRUE(absl::StrContains(status.message(), column)) << filter << ": " << status.message();
  }
  const auto normalized = NormalizedSearch("role=chair   AND  text:hujan");
  ASSERT_TRUE(normalized.ok()) << normalized.status();
  EXPECT_EQ(*normalized, "role = ROLE_CHAIR AND text:\"hujan\"");
}

TEST_F(SearchTest, ListsThatHaveLittleInCommonEndThePageAndNoMatchIsLost) {
  for (int i = 0; i < 3000; ++i) {
    const bool odd = i % 2 == 1;
    Event event;
    event.stream = odd ? "offices/1" : "offices/2";
    event.actor = odd || i == 1500 ? "officers/a" : "officers/b";
    Add(event);
  }
  Project();
  for (const bool descending : {false, true}) {
    SearchRequest request;
    request.filter = "actor = officers/a AND within = offices/2";
    request.page_size = 50;
    request.steps_max = 100;
    request.descending = descending;
    Positions found;
    int pages = 0;
    SearchPage page;
    do {
      const auto next = Search(*log_, *view_, request, 3000);
      ASSERT_TRUE(next.ok()) << next.status();
      page = *next;
      for (const v1::EventRow& row : page.rows) found.push_back(row.position());
      if (request.has_after && page.more) {
        EXPECT_TRUE(descending ? page.last < request.after : page.last > request.after);
      }
      request.has_after = true;
      request.after = page.last;
      ++pages;
    } while (page.more && pages < 10'000);
    EXPECT_EQ(found, Positions{1500});
    EXPECT_GT(pages, 10);
    EXPECT_FALSE(page.more);
  }
}

TEST(CheckedSearchTest, WhatNoEventCanHaveIsRefusedWithItsColumn) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"type = LokusDesignatd", "column 8:"},
      {"type = jejak.event.v1.LokusDesignated", "column 8:"},
      {"type != LokusEvent", "column 9:"},
      {"actor = siti", "column 9:"},
      {"actor = offices/18", "column 9:"},
      {"office = 18", "column 10:"},
      {"office = \"\"", "column 10:"},
      {"office = offices//", "column 10:"},
      {"under = offices/18/documents/d", "column 9:"},
      {"within = programs", "column 10:"},
      {"within = programs/p/lokus", "column 10:"},
      {"lokus = 18.06.11.2016", "column 9:"},
      {"lokus : 18.06.11.2016", "column 9:"},
      {"meeting = meetings/m", "column 11:"},
      {"document = d", "column 12:"},
      {"role = CHAIR AND agen = programs/p/lokus/1", "column 25:"},
  };
  for (const auto& [filter, column] : wrong) {
    const absl::Status status = CheckedSearch(filter).status();
    EXPECT_EQ(domain::GetReason(status), "FILTER_INVALID") << filter;
    EXPECT_TRUE(absl::StrContains(status.message(), column)) << filter << ": " << status.message();
    EXPECT_TRUE(NormalizedSearch(filter).ok()) << filter;
  }
  EXPECT_TRUE(absl::StrContains(domain::GetRefusal(CheckedSearch("type = X").status())->needed(),
                                ", LokusDesignated, "));
  EXPECT_EQ(domain::GetRefusal(CheckedSearch("office = 18").status())->needed(),
            "a name of the form offices/*");
}

TEST(CheckedSearchTest, WhatAnEventCanHaveIsTaken) {
  for (const std::string filter :
       {"type = LokusDesignated", "type : Lokus", "type:*", "actor = officers/siti", "actor : siti",
        "office != \"\"", "office = offices/18", "under = offices/18", "within = programs/p",
        "within = programs/p/lokus/1/agen/01", "lokus = programs/p/lokus/18.06.11.2016", "lokus:*",
        "agen : programs/p/lokus/1/agen/01", "meeting = programs/p/meetings/m",
        "document = offices/18/documents/d", "reason = x"}) {
    EXPECT_TRUE(CheckedSearch(filter).ok()) << filter << ": " << CheckedSearch(filter).status();
  }
}

}  // namespace
}  // namespace jejak::query
