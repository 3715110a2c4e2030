// SPDX-License-Identifier: Apache-2.0

#include "server/query/valid_time.h"

#include "server/base/limits.h"
#include "server/domain/refusal.h"
#include "server/projection/fold.h"
#include "server/projection/projector.h"
#include "server/query/reader.h"
#include "tests/unit/server/log/log_testing.h"
#include "tests/unit/server/projection/office_log.h"

#include "jejak/v1/office.pb.h"

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <vector>

namespace jejak::query {
namespace {

const domain::Aggregate& Offices() { return domain::AggregateFor(v1::Office::descriptor()); }

class ValidTimeTest : public testing::Test {
 protected:
  ValidTimeTest() {
    auto views = view::ViewFolder::Open(folder_ / "view", offices_.log->log_id(), 0);
    JEJAK_CHECK(views.ok());
    views_ = *std::move(views);
    projector_.emplace(
        projection::Projector::Options{.log = offices_.log.get(), .views = views_.get()});
    reader_.emplace(offices_.log.get(), views_->Current());
  }
  std::uint64_t Project() {
    const std::uint64_t size = offices_.log->DurableSize();
    std::promise<void> reached;
    projector_->Wake();
    projector_->WhenReached(size, absl::InfiniteFuture(),
                            [&reached](const absl::Status&) { reached.set_value(); });
    reached.get_future().wait();
    return size;
  }
  static absl::Time Day(int day) {
    return absl::FromUnixSeconds(1'622'505'600) + day * absl::Hours(24);
  }
  static Moment At(std::uint64_t size, absl::Time valid) {
    return Moment(size, absl::ToUnixMicros(valid));
  }
  std::string Title(const Moment& moment, const std::string& name = "offices/18") {
    const auto office = reader_->Get(Offices(), name, moment);
    return office.ok() ? dynamic_cast<const v1::Office&>(**office).title()
                       : domain::GetReason(office.status());
  }

  log::TempFolder folder_;
  OfficeLog offices_;
  std::unique_ptr<view::ViewFolder> views_;
  std::optional<projection::Projector> projector_;
  std::optional<Reader> reader_;
};

TEST_F(ValidTimeTest, ALateEntryCountsFromWhenItHappenedAndOnlyIfItIsKnown) {
  offices_.Register("offices/18", "first");
  offices_.clock.Advance(absl::Hours(24) * 10);
  offices_.Rename("offices/18", "late", Day(5));
  const std::uint64_t size = Project();
  EXPECT_EQ(Title(At(size, Day(4))), "first");
  EXPECT_EQ(Title(At(size, Day(5))), "late");
  EXPECT_EQ(Title(At(1, Day(5))), "first") << "what was known before the entry";
  EXPECT_EQ(Title(At(size, Day(-1))), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(Title(Moment(size)), "late");
}

TEST_F(ValidTimeTest, AnOfficeThatWasRegisteredLateIsThereFromWhenItWasFounded) {
  offices_.clock.Advance(absl::Hours(24) * 10);
  offices_.Register("offices/18", "founded", "", Day(2));
  offices_.Rename("offices/18", "renamed before", Day(1));
  const std::uint64_t size = Project();
  EXPECT_EQ(Title(At(size, Day(1))), "RESOURCE_NOT_FOUND")
      << "nothing of a resource counts without the event that made it";
  EXPECT_EQ(Title(At(size, Day(2))), "renamed before");
}

TEST_F(ValidTimeTest, ACorrectionCountsAsEarlyAsWhatItCorrects) {
  const std::uint64_t first = offices_.Register("offices/18", "wrong");
  offices_.clock.Advance(absl::Hours(24) * 20);
  const std::uint64_t correction = offices_.Correct("offices/18", first, "right");
  offices_.clock.Advance(absl::Hours(24) * 20);
  offices_.Correct("offices/18", correction, "right again");
  const std::uint64_t size = Project();
  EXPECT_EQ(Title(At(size, Day(1))), "right again");
  EXPECT_EQ(Title(At(2, Day(1))), "right");
  EXPECT_EQ(Title(At(1, Day(1))), "wrong");
}

TEST_F(ValidTimeTest, ADiffToTheSameDateShowsWhatWasLearnedSinceAndFromWhichEvents) {
  offices_.Register("offices/18", "one");
  offices_.Register("offices/19", "other");
  offices_.clock.Advance(absl::Hours(24) * 30);
  const std::uint64_t late = offices_.Rename("offices/18", "late", Day(3));
  offices_.Rename("offices/19", "later than the date", Day(25));
  offices_.Rename("offices/18", "now");
  const std::uint64_t size = Project();
  v1::DiffRequest request;
  request.set_name("offices/18");
  const auto diff = reader_->Diff(request, 2, At(size, Day(20)), [](auto&) {});
  ASSERT_TRUE(diff.ok()) << diff.status();
  ASSERT_EQ(diff->changes_size(), 1);
  EXPECT_EQ(diff->changes(0).before(), "one");
  EXPECT_EQ(diff->changes(0).after(), "late");
  EXPECT_EQ(diff->changes(0).event().position(), late);
  EXPECT_EQ(
      domain::GetReason(
          reader_->Diff(request, At(size, Day(20)), At(size, Day(10)), [](auto&) {}).status()),
      "MOMENTS_REVERSED");
  EXPECT_EQ(
      domain::GetReason(reader_->Diff(request, size, At(size, Day(10)), [](auto&) {}).status()),
      "MOMENTS_REVERSED")
      << "what is known now has more than what had happened by then";
}

TEST_F(ValidTimeTest, ADiffOfWhatNeverWasIsRefusedAndOneOfTooMuchToo) {
  offices_.Register("offices/18", "one");
  const std::uint64_t size = Project();
  const auto reason = [&](const std::string& name, bool under, std::uint64_t to) {
    v1::DiffRequest request;
    request.set_name(name);
    request.set_under(under);
    return domain::GetReason(reader_->Diff(request, 0, to, [](auto&) {}).status());
  };
  EXPECT_EQ(reason("offices/18", false, size), "");
  EXPECT_EQ(reason("offices/19", false, size), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(reason("offices/19", true, size), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(reason("teapots/1", false, size), "RESOURCE_NOT_FOUND");
  for (std::size_t i = 0; i <= limits::kDiffEventsMax; ++i) offices_.Rename("offices/18", "x");
  const std::uint64_t end = Project();
  EXPECT_EQ(reason("offices/18", false, end), "DIFF_TOO_LARGE");
  EXPECT_EQ(reason("offices/18", false, end - 2), "");
}

TEST_F(ValidTimeTest, EveryListGetAndDiffEqualsAFoldOfTheEventsThatCount) {
  std::mt19937_64 random(7);
  std::map<std::string, std::vector<std::uint64_t>> positions;
  for (int i = 0; i < 600; ++i) {
    const std::string name = absl::StrCat("offices/", random() % 12);
    const absl::Time now = offices_.clock.Now();
    const absl::Time occurred =
        random() % 3 == 0 ? now - absl::Hours(static_cast<int>(random() % 1500)) : now;
    std::vector<std::uint64_t>& stream = positions[name];
    if (stream.empty()) {
      stream.push_back(offices_.Register(name, absl::StrCat("t", i), "", occurred));
    } else if (random() % 5 == 0) {
      stream.push_back(
          offices_.Correct(name, stream[random() % stream.size()], absl::StrCat("c", i)));
    } else {
      stream.push_back(offices_.Rename(name, absl::StrCat("t", i), occurred));
    }
    offices_.clock.Advance(absl::Hours(static_cast<int>(random() % 10)));
  }
  const std::uint64_t end = Project();

  struct Event {
    log::Entry entry;
    event::v1::Envelope envelope;
  };
  std::vector<Event> events;
  ASSERT_TRUE(offices_.log
                  ->Scan(0, end,
                         [&](const log::RecordedEvent& event) {
                           events.push_back({event.entry, *projection::ParseEnvelope(event)});
                           return true;
                         })
                  .ok());
  const auto counts = [&](std::uint64_t position, const Moment& moment) {
    if (position >= moment.size) return false;
    if (events[position].entry.commit_time_us <= moment.valid_us) return true;
    while (events[position].envelope.office_event().has_fact_corrected()) {
      position = events[position].envelope.office_event().fact_corrected().corrected_position();
    }
    const log::Entry& entry = events[position].entry;
    return (entry.effective_time_us == log::kNoEffectiveTime
                ? entry.commit_time_us
                : entry.effective_time_us) <= moment.valid_us;
  };
  const auto fold = [&](const Moment& moment) {
    std::map<std::string, v1::Office> states;
    for (const Event& event : events) {
      if (!counts(event.entry.position, moment)) continue;
      if (event.entry.revision > 1 && !states.contains(event.entry.stream)) continue;
      Offices().EvolveState(projection::MetaOf(event.entry, event.envelope), event.envelope,
                            states[event.entry.stream]);
    }
    return states;
  };
  const auto some_moment = [&] {
    const absl::Time at = absl::FromUnixMicros(events[random() % end].entry.commit_time_us);
    return Moment(1 + random() % end,
                  absl::ToUnixMicros(at - absl::Minutes(static_cast<int>(random() % 600))));
  };
  std::size_t late = 0;
  for (int round = 0; round < 150; ++round) {
    const Moment moment = some_moment();
    const std::map<std::string, v1::Office> expected = fold(moment);
    const auto recorded = RecordedInTime(*offices_.log, moment);
    ASSERT_TRUE(recorded.ok());
    for (std::uint64_t p = *recorded; p < moment.size; ++p) late += counts(p, moment) ? 1u : 0u;

    ListRequest request;
    request.aggregate = &Offices();
    request.page_size = 5;
    std::vector<std::string> listed;
    Moment first = moment;
    do {
      const auto page = reader_->List(request, first);
      ASSERT_TRUE(page.ok()) << page.status();
      for (const auto& resource : page->resources) listed.push_back(resource->SerializeAsString());
      request.page_token = page->next_page_token;
      first = Moment(end);  // The token's moment holds.
    } while (!request.page_token.empty());
    ASSERT_EQ(listed.size(), expected.size()) << round;
    std::size_t i = 0;
    for (const auto& [name, office] : expected) {
      ASSERT_EQ(listed[i++], office.SerializeAsString()) << name << " in round " << round;
      ASSERT_EQ(Title(moment, name), office.title());
    }

    // Between two moments of which the later one has all that the earlier has.
    const Moment later(moment.size + random() % (end - moment.size + 1),
                       random() % 3 == 0 ? Moment::kAnyTime
                                         : moment.valid_us + static_cast<std::int64_t>(
                                                                 random() % 3'000'000'000'000));
    v1::DiffRequest diff_request;
    const std::string name = absl::StrCat("offices/", random() % 12);
    diff_request.set_name(name);
    const auto diff = reader_->Diff(diff_request, moment, later, [](auto&) {});
    ASSERT_TRUE(diff.ok()) << diff.status();
    const std::map<std::string, v1::Office> after = fold(later);
    const auto title = [&name](const std::map<std::string, v1::Office>& states) {
      const auto found = states.find(name);
      return found == states.end() ? "" : found->second.title();
    };
    std::string before_title = title(expected);
    std::string after_title = before_title;
    for (const v1::FieldChange& change : diff->changes()) {
      const std::uint64_t position = change.event().position();
      EXPECT_TRUE(counts(position, later) && !counts(position, moment)) << position;
      if (change.field() != "title") continue;
      EXPECT_EQ(change.before(), before_title);
      after_title = change.after();
    }
    EXPECT_EQ(after_title, title(after)) << name << " in round " << round;
  }
  EXPECT_GT(late, 100u) << "or nothing was tried";
}

}  // namespace
}  // namespace jejak::query
