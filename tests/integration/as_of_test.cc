// SPDX-License-Identifier: Apache-2.0
//
// Time travel on every read: on a history of 200,000 events, at 200 random positions and 200 random
// times, lists and gets equal a fold of the log up to there. The fold is made here, by walking the
// log once, and the filters are compared with predicates that are written here.
//
// What is looked at, so that it stays within minutes:
//   - at each of the 400 moments: the offices, catalogs and programs, and the lokus, meetings and
//     handovers of each program, all pages; the agen of 15 random lokus and the documents of 10
//     random offices, all pages; 100 random gets, of resources that exist then, do not yet, or
//     never will;
//   - at 3 of them, the last one included: every list of every parent, and every resource.

#include "server/domain/aggregate.h"
#include "server/domain/messages.h"
#include "server/domain/refusal.h"
#include "server/projection/fold.h"
#include "server/projection/projector.h"
#include "server/query/reader.h"
#include "server/view/view_folder.h"
#include "tests/benchmark/generator.h"
#include "tests/benchmark/schedule.h"
#include "tests/support/temp_folder.h"

#include "jejak/v1/agen.pb.h"
#include "jejak/v1/document.pb.h"
#include "jejak/v1/handover.pb.h"
#include "jejak/v1/lokus.pb.h"
#include "jejak/v1/meeting.pb.h"
#include "jejak/v1/office.pb.h"
#include "jejak/v1/program.pb.h"
#include "jejak/v1/region.pb.h"

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace jejak {
namespace {

using benchmark::Random;
using google::protobuf::Message;

constexpr std::uint64_t kEvents = 200'000;
constexpr std::size_t kMoments = 200;
constexpr std::size_t kLokusAtAMoment = 15;
constexpr std::size_t kOfficesAtAMoment = 10;
constexpr int kGetsAtAMoment = 100;
constexpr std::size_t kMomentsInFull = 3;

// At how many moments everything is compared: JEJAK_MOMENTS_IN_FULL=400 for all of them, which
// takes much longer.
std::size_t MomentsInFull() {
  const char* const text = std::getenv("JEJAK_MOMENTS_IN_FULL");
  std::size_t moments = 0;
  return text != nullptr && absl::SimpleAtoi(text, &moments) ? std::min(moments, 2 * kMoments)
                                                             : kMomentsInFull;
}

struct State {
  std::unique_ptr<Message> message;
  // The same, serialized: it is compared more often than it changes.
  std::string bytes;
};
using Resources = std::map<std::string, State>;

// The states after some number of events, by brute force.
class Fold {
 public:
  void Apply(const log::RecordedEvent& event) {
    const log::Entry& entry = event.entry;
    const domain::Aggregate* aggregate = domain::FindAggregate(entry.stream);
    ASSERT_NE(aggregate, nullptr) << entry.stream;
    event::v1::Envelope envelope;
    ASSERT_TRUE(envelope.ParseFromString(event.payload));
    domain::EventMeta meta;
    meta.stream = entry.stream;
    meta.position = entry.position;
    meta.revision = entry.revision;
    meta.commit_time = absl::FromUnixMicros(entry.commit_time_us);
    meta.actor = entry.actor;
    meta.office = envelope.office();
    meta.policy_version = envelope.policy_version();
    meta.region_catalog_version = envelope.region_catalog_version();
    State& state = states_[aggregate][entry.stream];
    if (state.message == nullptr) {
      state.message = aggregate->NewState();
      names_.push_back(entry.stream);
    }
    aggregate->EvolveState(meta, envelope, *state.message);
    state.bytes = state.message->SerializeAsString();
    ++size_;
  }

  // The number of events.
  std::uint64_t size() const { return size_; }
  // The names in the order of their first events.
  const std::vector<std::string>& names() const { return names_; }
  const Resources& Of(const domain::Aggregate& aggregate) const {
    static const Resources kNone;
    const auto found = states_.find(&aggregate);
    return found == states_.end() ? kNone : found->second;
  }
  template <typename R>
  const Resources& Of() const {
    return Of(domain::AggregateFor(R::descriptor()));
  }
  // Null if there is none.
  const State* Find(const std::string& name) const {
    const Resources& resources = Of(*domain::FindAggregate(name));
    const auto found = resources.find(name);
    return found == resources.end() ? nullptr : &found->second;
  }

 private:
  std::map<const domain::Aggregate*, Resources> states_;
  std::vector<std::string> names_;
  std::uint64_t size_ = 0;
};

// What a list may be asked, and who is in it.
struct Question {
  std::string filter;
  std::function<bool(const Message&)> holds;
  std::string order_by;
  // True if a comes before b, ties aside.
  std::function<bool(const Message&, const Message&)> before;
};

template <typename R, typename Predicate>
Question Where(const std::string& filter, Predicate predicate) {
  return {.filter = filter,
          .holds = [predicate](const Message& m) { return predicate(static_cast<const R&>(m)); },
          .order_by = "",
          .before = nullptr};
}
template <typename R, typename Before>
Question OrderedBy(const std::string& order_by, Before before) {
  return {.filter = "",
          .holds = nullptr,
          .order_by = order_by,
          .before = [before](const Message& a, const Message& b) {
            return before(static_cast<const R&>(a), static_cast<const R&>(b));
          }};
}

// For each kind of resource: first all of them, then others.
std::map<const domain::Aggregate*, std::vector<Question>> Questions() {
  std::map<const domain::Aggregate*, std::vector<Question>> questions;
  const auto of = [&](const google::protobuf::Descriptor* kind) -> std::vector<Question>& {
    std::vector<Question>& list = questions[&domain::AggregateFor(kind)];
    list.push_back(Question{});
    return list;
  };
  of(v1::RegionCatalog::descriptor())
      .push_back(Where<v1::RegionCatalog>(
          "active_version = \"2.0\"",
          [](const v1::RegionCatalog& r) { return r.active_version() == "2.0"; }));
  auto& offices = of(v1::Office::descriptor());
  offices.push_back(
      Where<v1::Office>("level = OFFICE_LEVEL_REGENCY AND state = OPEN", [](const v1::Office& r) {
        return r.level() == v1::OFFICE_LEVEL_REGENCY && r.state() == v1::OFFICE_STATE_OPEN;
      }));
  offices.push_back(Where<v1::Office>(
      "parent = offices/11", [](const v1::Office& r) { return r.parent() == "offices/11"; }));
  offices.push_back(Where<v1::Office>(
      "title:2022", [](const v1::Office& r) { return absl::StrContains(r.title(), "2022"); }));
  offices.push_back(OrderedBy<v1::Office>(
      "title desc",
      [](const v1::Office& a, const v1::Office& b) { return a.title() > b.title(); }));
  of(v1::Program::descriptor())
      .push_back(Where<v1::Program>("year > 2022 AND state = PROGRAM_STATE_OPEN",
                                    [](const v1::Program& r) {
                                      return r.year() > 2022 && r.state() == v1::PROGRAM_STATE_OPEN;
                                    }));
  auto& lokus = of(v1::Lokus::descriptor());
  lokus.push_back(Where<v1::Lokus>("state = LOKUS_STATE_REJECTED", [](const v1::Lokus& r) {
    return r.state() == v1::LOKUS_STATE_REJECTED;
  }));
  lokus.push_back(Where<v1::Lokus>(
      "active_agen >= 24 AND agen_quota.max = 25",
      [](const v1::Lokus& r) { return r.active_agen() >= 24 && r.agen_quota().max() == 25; }));
  lokus.push_back(
      Where<v1::Lokus>("categories:LOKUS_CATEGORY_HIGH_VIOLATION_RISK", [](const v1::Lokus& r) {
        return absl::c_linear_search(r.categories(), v1::LOKUS_CATEGORY_HIGH_VIOLATION_RISK);
      }));
  lokus.push_back(
      OrderedBy<v1::Lokus>("designated_on desc,office", [](const v1::Lokus& a, const v1::Lokus& b) {
        return a.designated_on() != b.designated_on() ? a.designated_on() > b.designated_on()
                                                      : a.office() < b.office();
      }));
  auto& agen = of(v1::Agen::descriptor());
  agen.push_back(Where<v1::Agen>("state = AGEN_STATE_INAUGURATED AND bases:VOTER_BASE_WOMEN",
                                 [](const v1::Agen& r) {
                                   return r.state() == v1::AGEN_STATE_INAUGURATED &&
                                          absl::c_linear_search(r.bases(), v1::VOTER_BASE_WOMEN);
                                 }));
  agen.push_back(
      Where<v1::Agen>("ended_on:*", [](const v1::Agen& r) { return !r.ended_on().empty(); }));
  agen.push_back(OrderedBy<v1::Agen>(
      "rank desc", [](const v1::Agen& a, const v1::Agen& b) { return a.rank() > b.rank(); }));
  auto& meetings = of(v1::Meeting::descriptor());
  meetings.push_back(Where<v1::Meeting>("kind = MEETING_KIND_PLENARY", [](const v1::Meeting& r) {
    return r.kind() == v1::MEETING_KIND_PLENARY;
  }));
  meetings.push_back(Where<v1::Meeting>(
      "held_from >= \"2023-05-01\" AND state != MEETING_STATE_CANCELLED", [](const v1::Meeting& r) {
        return r.held_from() >= "2023-05-01" && r.state() != v1::MEETING_STATE_CANCELLED;
      }));
  meetings.push_back(
      OrderedBy<v1::Meeting>("planned_from", [](const v1::Meeting& a, const v1::Meeting& b) {
        return a.planned_from() < b.planned_from();
      }));
  auto& documents = of(v1::Document::descriptor());
  documents.push_back(Where<v1::Document>(
      "type = DOCUMENT_TYPE_DECREE AND issued_on >= \"2022-01-01\"", [](const v1::Document& r) {
        return r.type() == v1::DOCUMENT_TYPE_DECREE && r.issued_on() >= "2022-01-01";
      }));
  documents.push_back(Where<v1::Document>(
      "superseded_by:* AND contains_personal_data = true", [](const v1::Document& r) {
        return !r.superseded_by().empty() && r.contains_personal_data();
      }));
  documents.push_back(OrderedBy<v1::Document>(
      "title,issued_on desc", [](const v1::Document& a, const v1::Document& b) {
        return a.title() != b.title() ? a.title() < b.title() : a.issued_on() > b.issued_on();
      }));
  auto& handovers = of(v1::Handover::descriptor());
  handovers.push_back(Where<v1::Handover>(
      "state = HANDOVER_STATE_HANDED_OVER AND receipt_due_on < \"2023-08-01\"",
      [](const v1::Handover& r) {
        return r.state() == v1::HANDOVER_STATE_HANDED_OVER && r.receipt_due_on() < "2023-08-01";
      }));
  handovers.push_back(
      Where<v1::Handover>("personal_data_disclosed = false",
                          [](const v1::Handover& r) { return !r.personal_data_disclosed(); }));
  return questions;
}

// A list, as the service asks for it.
struct ListOf {
  const domain::Aggregate* aggregate;
  std::string parent;
};

std::vector<std::string> Parents(const Resources& resources) {
  std::vector<std::string> names;
  for (const auto& [name, state] : resources) names.push_back(name);
  return names;
}

class AsOfTest : public ::testing::Test {
 protected:
  void Open(const benchmark::GeneratorOptions& options) {
    auto generator = benchmark::Generator::Open(folder_.path(), options);
    ASSERT_TRUE(generator.ok()) << generator.status();
    generator_ = *std::move(generator);
    auto views = view::ViewFolder::Open(folder_ / "view", log().log_id(), 0);
    ASSERT_TRUE(views.ok()) << views.status();
    views_ = *std::move(views);
    view_ = views_->Current();
    projector_ = std::make_unique<projection::Projector>(projection::Projector::Options{
        .log = &log(), .views = views_.get(), .on_failure = [](const absl::Status& status) {
          ADD_FAILURE() << status;
        }});
    reader_ = std::make_unique<query::Reader>(&log(), view_);
  }
  void TearDown() override {
    projector_.reset();
    reader_.reset();
    view_.reset();
    views_.reset();
  }
  log::EventLog& log() { return generator_->log(); }

  // Makes the log have so many events, or all there are to be. The view follows beside it.
  void Grow(std::uint64_t events) {
    while (log().DurableSize() < events && !generator_->done()) {
      const absl::Status grown =
          generator_->RunUntil(std::min(events, log().DurableSize() + 2'000));
      ASSERT_TRUE(grown.ok()) << grown;
      projector_->Wake();
    }
  }
  void WaitForView() {
    projector_->Wake();
    std::promise<absl::Status> reached;
    projector_->WhenReached(log().DurableSize(), absl::InfiniteFuture(),
                            [&](const absl::Status& status) { reached.set_value(status); });
    ASSERT_TRUE(reached.get_future().get().ok());
  }

  // What the list has to show.
  static std::vector<const State*> Expected(const Fold& fold, const ListOf& list,
                                            const Question& question) {
    std::vector<const State*> expected;
    const Resources& resources = fold.Of(*list.aggregate);
    const std::string prefix = list.parent.empty() ? "" : absl::StrCat(list.parent, "/");
    for (auto at = resources.lower_bound(prefix);
         at != resources.end() && absl::StartsWith(at->first, prefix); ++at) {
      if (question.holds == nullptr || question.holds(*at->second.message)) {
        expected.push_back(&at->second);
      }
    }
    if (question.before != nullptr) {
      std::stable_sort(expected.begin(), expected.end(), [&](const State* a, const State* b) {
        return question.before(*a->message, *b->message);
      });
    }
    return expected;
  }

  // Reads the pages that follow on `page` and compares all of them.
  void ComparePages(const std::vector<const State*>& expected, query::ListRequest request,
                    query::ListPage page, std::uint64_t size) {
    std::size_t shown = 0;
    while (true) {
      ASSERT_EQ(page.size, size);
      for (const std::unique_ptr<Message>& resource : page.resources) {
        ASSERT_LT(shown, expected.size());
        ASSERT_EQ(resource->SerializeAsString(), expected[shown]->bytes)
            << expected[shown]->message->ShortDebugString();
        ++shown;
        ++rows_;
      }
      if (page.next_page_token.empty()) break;
      request.page_token = page.next_page_token;
      // The size says nothing from the second page on: the token has it.
      auto next = reader_->List(request, view_->Size());
      ASSERT_TRUE(next.ok()) << next.status();
      page = *std::move(next);
    }
    ASSERT_EQ(shown, expected.size());
  }

  query::ListRequest RequestFor(const ListOf& list, const Question& question, Random& random) {
    query::ListRequest request;
    request.aggregate = list.aggregate;
    request.parent = list.parent;
    request.filter = question.filter;
    request.order_by = question.order_by;
    // Each page of another order sorts all anew.
    constexpr std::uint32_t kSizes[] = {0, 17, 50, 199, 500};
    request.page_size = question.before == nullptr ? random.Of(kSizes) : 500;
    return request;
  }

  void CheckList(const Fold& fold, const ListOf& list, const Question& question, Random& random) {
    SCOPED_TRACE(absl::StrCat(list.aggregate->pattern(), " below '", list.parent, "' where ",
                              question.filter, " by ", question.order_by, " at ", fold.size()));
    const query::ListRequest request = RequestFor(list, question, random);
    auto page = reader_->List(request, fold.size());
    ASSERT_TRUE(page.ok()) << page.status();
    ComparePages(Expected(fold, list, question), request, *std::move(page), fold.size());
    ++lists_;
  }

  void CheckGet(const Fold& fold, const std::string& name) {
    const auto got = reader_->Get(*domain::FindAggregate(name), name, fold.size());
    const State* expected = fold.Find(name);
    ++gets_;
    if (expected == nullptr) {
      ASSERT_EQ(domain::GetReason(got.status()), "RESOURCE_NOT_FOUND") << name;
      return;
    }
    ASSERT_TRUE(got.ok()) << name << " at " << fold.size() << ": " << got.status();
    ASSERT_EQ((*got)->SerializeAsString(), expected->bytes) << name << " at " << fold.size();
  }

  // Those with few parents.
  static std::vector<ListOf> WideLists(const Fold& fold) {
    std::vector<ListOf> lists;
    for (const auto* kind :
         {v1::Office::descriptor(), v1::RegionCatalog::descriptor(), v1::Program::descriptor()}) {
      lists.push_back({&domain::AggregateFor(kind), ""});
    }
    for (const std::string& program : Parents(fold.Of<v1::Program>())) {
      for (const auto* kind :
           {v1::Lokus::descriptor(), v1::Meeting::descriptor(), v1::Handover::descriptor()}) {
        lists.push_back({&domain::AggregateFor(kind), program});
      }
    }
    return lists;
  }
  static std::vector<ListOf> AgenLists(const Fold& fold) {
    std::vector<ListOf> lists;
    for (std::string& lokus : Parents(fold.Of<v1::Lokus>())) {
      lists.push_back({&domain::AggregateFor(v1::Agen::descriptor()), std::move(lokus)});
    }
    return lists;
  }
  static std::vector<ListOf> DocumentLists(const Fold& fold) {
    std::vector<ListOf> lists;
    for (std::string& office : Parents(fold.Of<v1::Office>())) {
      lists.push_back({&domain::AggregateFor(v1::Document::descriptor()), std::move(office)});
    }
    return lists;
  }

  const test::TempFolder folder_;
  std::unique_ptr<benchmark::Generator> generator_;
  std::unique_ptr<view::ViewFolder> views_;
  std::shared_ptr<view::ViewStore> view_;
  std::unique_ptr<projection::Projector> projector_;
  std::unique_ptr<query::Reader> reader_;
  std::map<const domain::Aggregate*, std::vector<Question>> questions_ = Questions();
  std::uint64_t rows_ = 0;
  std::uint64_t lists_ = 0;
  std::uint64_t gets_ = 0;
};

TEST_F(AsOfTest, EveryListAndGetAsOfARandomMomentEqualsAFoldOfTheLogUpToThere) {
  ASSERT_NO_FATAL_FAILURE(Open(benchmark::GeneratorOptions::ForEvents(kEvents)));
  ASSERT_NO_FATAL_FAILURE(Grow(kEvents));
  ASSERT_NO_FATAL_FAILURE(WaitForView());
  ASSERT_TRUE(generator_->report().unplanned_refusals.empty());
  const std::uint64_t end = log().DurableSize();
  ASSERT_GE(end, kEvents);

  // The moments. What size a time is of is found by the walk too.
  Random random(20'210'610);
  std::set<std::uint64_t> positions = {0, end - 1};
  while (positions.size() < kMoments) positions.insert(random.Next() % end);
  const auto first = log().Read(0);
  const auto last = log().Read(end - 1);
  ASSERT_TRUE(first.ok() && last.ok());
  const std::int64_t from = first->entry.commit_time_us;
  const std::int64_t to = last->entry.commit_time_us;
  std::set<std::int64_t> times = {from - 1, from, to};
  while (times.size() < kMoments) {
    const std::int64_t time =
        from + static_cast<std::int64_t>(random.Next() % static_cast<std::uint64_t>(to - from));
    times.insert(time);
    // Also the very moment of an event.
    const auto event = log().Read(random.Next() % end);
    ASSERT_TRUE(event.ok());
    if (times.size() < kMoments) times.insert(event->entry.commit_time_us);
  }
  std::set<std::size_t> in_full = {2 * kMoments - 1};
  while (in_full.size() < MomentsInFull()) in_full.insert(random.Next() % (2 * kMoments));

  // Names of all times.
  std::vector<std::string> names = {"offices/99.99", "programs/dp3-1999",
                                    "programs/dp3-2021/lokus/99.99.99.2999/agen/01"};
  for (int i = 0; i < 500; ++i) {
    const auto event = log().Read(random.Next() % end);
    ASSERT_TRUE(event.ok());
    names.push_back(event->entry.stream);
  }

  Fold fold;
  std::size_t moments = 0;
  const auto check = [&](const v1::ReadOptions& read) {
    const auto reach = reader_->SizeToReach(read);
    ASSERT_TRUE(reach.ok()) << reach.status();
    EXPECT_LE(*reach, view_->Size());
    const auto moment = reader_->MomentFor(read);
    ASSERT_TRUE(moment.ok()) << moment.status();
    ASSERT_EQ(moment->size, fold.size()) << read.ShortDebugString();
    const bool all = in_full.count(moments++) == 1;
    std::vector<ListOf> lists = WideLists(fold);
    const auto add = [&](std::vector<ListOf> more, std::size_t some) {
      for (std::size_t i = 0; i < more.size() && (all || i < some); ++i) {
        lists.push_back(all ? more[i] : random.Of(more));
      }
    };
    add(AgenLists(fold), kLokusAtAMoment);
    add(DocumentLists(fold), kOfficesAtAMoment);
    for (const ListOf& list : lists) {
      const std::vector<Question>& questions = questions_.at(list.aggregate);
      // Half of them ask for all there is.
      const Question& question =
          all || random.Percent(50) ? questions.front() : random.Of(questions);
      ASSERT_NO_FATAL_FAILURE(CheckList(fold, list, question, random));
    }
    if (all) {
      for (const std::string& name : fold.names()) ASSERT_NO_FATAL_FAILURE(CheckGet(fold, name));
    }
    for (int i = 0; i < kGetsAtAMoment; ++i) {
      const bool known = random.Percent(70) && !fold.names().empty();
      ASSERT_NO_FATAL_FAILURE(CheckGet(fold, known ? random.Of(fold.names()) : random.Of(names)));
    }
  };
  const auto check_time = [&](std::int64_t time) {
    v1::ReadOptions read;
    domain::SetMicros(time, *read.mutable_as_of_time());
    check(read);
  };
  ASSERT_TRUE(log()
                  .Scan(0, end,
                        [&](const log::RecordedEvent& event) {
                          while (!times.empty() && *times.begin() < event.entry.commit_time_us) {
                            check_time(*times.begin());
                            times.erase(times.begin());
                            if (HasFatalFailure()) return false;
                          }
                          fold.Apply(event);
                          if (!HasFatalFailure() && positions.erase(event.entry.position) == 1) {
                            v1::ReadOptions read;
                            read.set_as_of_position(event.entry.position);
                            check(read);
                          }
                          return !HasFatalFailure();
                        })
                  .ok());
  for (const std::int64_t time : times) {
    ASSERT_NO_FATAL_FAILURE(check_time(time));
  }
  EXPECT_EQ(moments, 2 * kMoments);
  RecordProperty("lists", static_cast<int>(lists_));
  RecordProperty("rows", static_cast<int>(rows_));
  RecordProperty("gets", static_cast<int>(gets_));
}

// The first page of every list is read, the log and the view grow, and the pages after it are read.
TEST_F(AsOfTest, PagesStayThoseOfTheirMomentWhileTheViewGrows) {
  benchmark::GeneratorOptions options = benchmark::GeneratorOptions::Small();
  ASSERT_NO_FATAL_FAILURE(Open(options));
  Random random(7);
  Fold fold;
  std::uint64_t continued = 0;
  for (const std::uint64_t moment : {600u, 1'200u, 1'800u, 2'400u}) {
    ASSERT_NO_FATAL_FAILURE(Grow(moment));
    ASSERT_NO_FATAL_FAILURE(WaitForView());
    ASSERT_TRUE(log()
                    .Scan(fold.size(), log().DurableSize(),
                          [&](const log::RecordedEvent& event) {
                            fold.Apply(event);
                            return !HasFatalFailure();
                          })
                    .ok());
    std::vector<ListOf> lists = WideLists(fold);
    for (const auto& more : {AgenLists(fold), DocumentLists(fold)}) {
      lists.insert(lists.end(), more.begin(), more.end());
    }
    struct Begun {
      ListOf list;
      const Question* question;
      query::ListRequest request;
      query::ListPage page;
    };
    std::vector<Begun> begun;
    for (const ListOf& list : lists) {
      for (const Question& question : questions_.at(list.aggregate)) {
        query::ListRequest request = RequestFor(list, question, random);
        request.page_size = static_cast<std::uint32_t>(random.Between(1, 5));
        auto page = reader_->List(request, fold.size());
        ASSERT_TRUE(page.ok()) << page.status();
        continued += page->next_page_token.empty() ? 0u : 1u;
        begun.push_back({list, &question, std::move(request), *std::move(page)});
      }
    }
    const std::uint64_t before = view_->Size();
    ASSERT_NO_FATAL_FAILURE(Grow(moment + 300));
    ASSERT_NO_FATAL_FAILURE(WaitForView());
    ASSERT_GT(view_->Size(), before);
    for (Begun& one : begun) {
      SCOPED_TRACE(absl::StrCat(one.list.aggregate->pattern(), " below '", one.list.parent,
                                "' where ", one.question->filter, " by ", one.question->order_by));
      ASSERT_NO_FATAL_FAILURE(ComparePages(Expected(fold, one.list, *one.question), one.request,
                                           std::move(one.page), fold.size()));
    }
  }
  EXPECT_GT(continued, 100u);
}

}  // namespace
}  // namespace jejak
