// SPDX-License-Identifier: Apache-2.0

#include "server/query/report/run.h"

#include "server/base/limits.h"
#include "server/domain/refusal.h"
#include "server/projection/projector.h"
#include "server/view/view_folder.h"
#include "tests/support/scenario.h"
#include "tests/unit/server/log/log_testing.h"
#include "tests/unit/server/projection/office_log.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <vector>

namespace jejak::query::report {
namespace {

using domain::Parse;
using testing::ElementsAre;
using testing::IsEmpty;

// Offices, and a plan over them.
class RunTest : public testing::Test {
 protected:
  RunTest() {
    auto views = view::ViewFolder::Open(folder_ / "view", offices_.log->log_id(), 0);
    JEJAK_CHECK(views.ok());
    views_ = *std::move(views);
    projector_.emplace(
        projection::Projector::Options{.log = offices_.log.get(), .views = views_.get()});
  }

  // A plan of these sections, each with the columns "en = id".
  static Plan MakePlan(const std::string& sections) {
    auto proto = Parse<config::v1::ReportPlan>(absl::StrCat(R"pb(
                                                              name: "test"
                                                              question_id: "Q1"
                                                              question { en: "?" id: "?" }
                                                              asked_by { en: "?" id: "?" }
                                                              parameters {
                                                                name: "office"
                                                                kind: REPORT_PARAMETER_KIND_RESOURCE
                                                                resource: "Office"
                                                                description { en: "?" id: "?" }
                                                              }
                                                              parameters {
                                                                name: "at"
                                                                kind: REPORT_PARAMETER_KIND_TIME
                                                                description { en: "?" id: "?" }
                                                              }
                                                            )pb",
                                                            sections));
    for (config::v1::Section& section : *proto.mutable_sections()) {
      if (section.columns().empty()) continue;
      section.mutable_title()->set_en("t");
      section.mutable_title()->set_id("t");
      for (config::v1::Column& column : *section.mutable_columns()) {
        column.mutable_title()->set_en("t");
        column.mutable_title()->set_id("t");
      }
    }
    auto plan = Plan::Make(std::move(proto));
    EXPECT_TRUE(plan.ok()) << plan.status();
    return *std::move(plan);
  }

  // Rows as "section:cell|cell".
  absl::StatusOr<std::vector<std::string>> Ask(const Plan& plan, Arguments arguments = {}) {
    const std::uint64_t size = offices_.log->DurableSize();
    std::promise<void> reached;
    projector_->Wake();
    projector_->WhenReached(size, absl::InfiniteFuture(),
                            [&reached](const absl::Status&) { reached.set_value(); });
    reached.get_future().wait();
    RunRequest request;
    request.plan = &plan;
    request.arguments = std::move(arguments);
    request.arguments.emplace("office", "");
    request.arguments.emplace("at", "");
    request.size = as_of_.value_or(size);
    request.moment = offices_.clock.Now();
    std::vector<std::string> rows;
    const Reader reader(offices_.log.get(), views_->Current());
    absl::StatusOr<v1::ReportHeader> header = report::Run(
        reader, request, [](google::protobuf::Message&) {},
        [&](const v1::ReportRow& row) -> absl::StatusOr<bool> {
          if (rows.size() == most_) return false;
          rows.push_back(absl::StrCat(row.section_id(), ":", absl::StrJoin(row.cells(), "|")));
          return true;
        },
        [this](const v1::OperationProgress& progress) {
          progress_ = progress;
          return !cancelled_;
        });
    if (!header.ok()) return header.status();
    header_ = *std::move(header);
    return rows;
  }
  std::string Reason(const Plan& plan, Arguments arguments = {}) {
    return domain::GetReason(Ask(plan, std::move(arguments)).status());
  }

  log::TempFolder folder_;
  OfficeLog offices_;
  std::unique_ptr<view::ViewFolder> views_;
  std::optional<projection::Projector> projector_;
  std::optional<std::uint64_t> as_of_;
  std::size_t most_ = 1000;
  bool cancelled_ = false;
  v1::ReportHeader header_;
  v1::OperationProgress progress_;
};

TEST_F(RunTest, SectionsInsideOneAnotherSeeTheRowsTheyAreAskedFor) {
  offices_.Register("offices/18", "Lampung");
  offices_.Register("offices/19", "Babel");
  offices_.Rename("offices/18", "KPU Lampung");
  const Plan plan = MakePlan(R"pb(
    sections {
      section_id: "o"
      list { resource: "Office" }
      columns { column_id: "a" value: "{last(o.name)}" }
      columns { column_id: "b" value: "{o.title}" }
    }
    sections {
      section_id: "e"
      for_each: "o"
      search { filter: "stream = {o.name}" }
      columns { column_id: "a" value: "{o.title}" }
      columns { column_id: "b" value: "{e.position}" }
      columns { column_id: "c" value: "{e.payload.title}" }
    }
    sections {
      section_id: "s"
      streams { filter: "type != Nothing" }
      columns { column_id: "a" value: "{s.stream} {s.revisions} {s.gaps}" }
    }
  )pb");
  const auto rows = Ask(plan);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre("o:18|KPU Lampung", "o:19|Babel", "e:KPU Lampung|0|Lampung",
                                 "e:KPU Lampung|2|KPU Lampung", "e:Babel|1|Babel",
                                 "s:offices/18 2 0", "s:offices/19 1 0"));
  ASSERT_EQ(header_.sections_size(), 3);
  EXPECT_EQ(header_.sections(1).rows(), 3u);
  EXPECT_EQ(header_.sections(1).runs(), 2u);
  EXPECT_EQ(header_.sections(1).query(), "events: stream = \"offices/18\"; for each of: offices/*");
  EXPECT_EQ(header_.rows(), 7u);
  EXPECT_EQ(header_.log_size(), 3u);
  EXPECT_EQ(header_.last_leaf_hash().size(), 64u);
  EXPECT_FALSE(header_.truncated());
  EXPECT_EQ(progress_.sections_done(), 3u);
  EXPECT_EQ(progress_.rows(), 7u);
}

TEST_F(RunTest, ARowCountsIfAllItsConditionsHold) {
  offices_.Register("offices/18", "Lampung");
  offices_.Register("offices/19", "Babel");
  const Plan plan = MakePlan(R"pb(
    sections {
      section_id: "o"
      list { resource: "Office" filter: "name = {office}" }
      where: "o.title != 'Babel'"
      columns { column_id: "a" value: "{o.name}" }
    }
  )pb");
  EXPECT_THAT(*Ask(plan), ElementsAre("o:offices/18"));
  EXPECT_EQ(header_.sections(0).query(), "offices/*, where o.title != 'Babel'");
  EXPECT_THAT(*Ask(plan, {{"office", "offices/19"}}), IsEmpty());
  EXPECT_EQ(header_.sections(0).query(),
            "offices/*: name = \"offices/19\", where o.title != 'Babel'");
}

TEST_F(RunTest, WhatIsAskedForOnceHasToBeThere) {
  offices_.Register("offices/18", "Lampung");
  const Plan once = MakePlan(R"pb(
    sections {
      section_id: "o"
      get { resource: "Office" name: "{office}" }
      columns { column_id: "a" value: "{o.title}" }
    }
  )pb");
  EXPECT_THAT(*Ask(once, {{"office", "offices/18"}}), ElementsAre("o:Lampung"));
  EXPECT_THAT(*Ask(once), IsEmpty());
  EXPECT_EQ(Reason(once, {{"office", "offices/20"}}), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(Reason(once, {{"office", "nonsense"}}), "REPORT_ARGUMENT_INVALID");
  const Plan above = MakePlan(R"pb(
    sections {
      section_id: "o"
      list { resource: "Office" }
    }
    sections {
      section_id: "p"
      for_each: "o"
      get { resource: "Office" name: "offices/{o.title}" }
      columns { column_id: "a" value: "{p.name}" }
    }
    sections {
      section_id: "q"
      for_each: "o"
      get { resource: "Office" name: "offices/{o.title}" or_empty: true }
      columns { column_id: "a" value: "{o.name}" }
    }
  )pb");
  EXPECT_THAT(*Ask(above), ElementsAre("q:offices/18"));
}

TEST_F(RunTest, AResourceThatAParameterNamesHasToBeThereThoughNoSectionReadsIt) {
  offices_.Register("offices/18", "one");
  offices_.Register("offices/19", "two");
  const Plan plan = MakePlan(R"pb(
    sections {
      section_id: "e"
      search { filter: "under = {office}" }
      columns { column_id: "a" value: "{e.position}" }
    }
  )pb");
  EXPECT_EQ(Reason(plan, {{"office", "offices/20"}}), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(Reason(plan, {{"office", "offices/19"}}), "");
  // As of the moment of the report.
  as_of_ = 1;
  EXPECT_EQ(Reason(plan, {{"office", "offices/19"}}), "RESOURCE_NOT_FOUND");
}

TEST_F(RunTest, AResourceThatDidNotExistBeforeIsOneDifference) {
  const std::string then =
      absl::FormatTime(absl::RFC3339_sec, offices_.clock.Now(), absl::UTCTimeZone());
  offices_.clock.Advance(absl::Seconds(10));
  offices_.Register("offices/18", "one");
  offices_.Rename("offices/18", "two");
  const Plan plan = MakePlan(R"pb(
    sections {
      section_id: "d"
      differences {
        name: "offices/18"
        from { as_of_time: "{at}" }
      }
      columns { column_id: "a" value: "{d.resource} {d.created} {d.event.position}" }
      columns { column_id: "b" value: "{d.field}{d.before}{d.after}" }
    }
  )pb");
  EXPECT_THAT(*Ask(plan, {{"at", then}}), ElementsAre("d:offices/18 yes 0|"));
}

TEST_F(RunTest, NoPartOfASectionTakesMoreThanItMay) {
  for (int i = 0; i < 400; ++i) {
    event::v1::Envelope envelope;
    envelope.mutable_region_catalog()
        ->mutable_region_code_succeeded()
        ->mutable_succession()
        ->set_old_code("18");
    offices_.Append("regionCatalogs/c", envelope);
  }
  // Each element is chosen by a walk over all of them.
  const std::string chosen = "c.successions[old_code = first(c.successions.old_code)]";
  for (const std::string& source :
       {absl::StrCat("elements { path: \"", chosen, "\" }"),
        absl::StrCat("search { filter: \"stream = {first(", chosen, ".decree)}\" }"),
        absl::StrCat("get { resource: \"Office\" name: \"{first(", chosen, ".decree)}\" }"),
        absl::StrCat("list { resource: \"Lokus\" parent: \"{first(", chosen, ".decree)}\" }"),
        absl::StrCat("differences { name: \"{first(", chosen, ".decree)}\" }")}) {
    EXPECT_EQ(Reason(MakePlan(absl::StrCat(R"pb(
                                             sections {
                                               section_id: "c"
                                               list { resource: "RegionCatalog" }
                                             }
                                           )pb",
                                           "sections { section_id: \"s\" for_each: \"c\" ", source,
                                           " columns { column_id: \"a\" value: \"x\" } }"))),
              "REPORT_TOO_COMPLEX")
        << source;
  }
}

TEST_F(RunTest, ADifferenceThatIsTooLargeIsLeftOutAndSaidToBe) {
  offices_.Register("offices/18", "one");
  offices_.Register("offices/19", "one");
  const std::string then = absl::FormatTime(
      absl::RFC3339_sec, offices_.clock.Now() - absl::Seconds(1), absl::UTCTimeZone());
  for (std::size_t i = 0; i <= limits::kDiffEventsMax; ++i) {
    offices_.Rename("offices/18", absl::StrCat(i));
  }
  offices_.Rename("offices/19", "two");
  const Plan plan = MakePlan(R"pb(
    sections {
      section_id: "o"
      list { resource: "Office" }
    }
    sections {
      section_id: "d"
      for_each: "o"
      differences {
        name: "{o.name}"
        from { as_of_time: "{at}" }
      }
      columns { column_id: "a" value: "{d.resource} {d.before} {d.after}" }
    }
  )pb");
  EXPECT_THAT(*Ask(plan, {{"at", then}}), ElementsAre("d:offices/19 one two"));
  EXPECT_TRUE(header_.truncated());
}

TEST_F(RunTest, AMomentOfASectionIsAPastOne) {
  offices_.Register("offices/18", "one");
  const std::string then = absl::FormatTime(
      absl::RFC3339_sec, offices_.clock.Now() - absl::Seconds(1), absl::UTCTimeZone());
  offices_.Rename("offices/18", "two");
  const Plan plan = MakePlan(R"pb(
    sections {
      section_id: "o"
      get { resource: "Office" name: "offices/18" }
      moment { as_of_time: "{at}" }
      columns { column_id: "a" value: "{o.title}" }
    }
    sections {
      section_id: "d"
      differences {
        name: "offices/18"
        from { as_of_time: "{at}" }
      }
      columns { column_id: "a" value: "{d.field} {d.before} {d.after} {d.event.position}" }
    }
  )pb");
  EXPECT_THAT(*Ask(plan, {{"at", then}}), ElementsAre("o:one", "d:title one two 1"));
  EXPECT_THAT(*Ask(plan), ElementsAre("o:two"));
  EXPECT_EQ(Reason(plan, {{"at", "2199-01-01T00:00:00Z"}}), "REPORT_MOMENT_IN_FUTURE");
  as_of_ = 1;
  EXPECT_THAT(*Ask(plan), ElementsAre("o:one"));
  EXPECT_EQ(header_.log_size(), 1u);
}

TEST_F(RunTest, AnAnswerThatIsCutOffSaysSo) {
  for (int i = 0; i < 5; ++i) offices_.Register(absl::StrCat("offices/", i), "x");
  const Plan plan = MakePlan(R"pb(
    sections {
      section_id: "o"
      list { resource: "Office" }
      columns { column_id: "a" value: "{o.name}" }
    }
    sections {
      section_id: "p"
      list { resource: "Office" }
      columns { column_id: "a" value: "{p.name}" }
    }
  )pb");
  most_ = 3;
  EXPECT_THAT(*Ask(plan), ElementsAre("o:offices/0", "o:offices/1", "o:offices/2"));
  EXPECT_TRUE(header_.truncated());
  EXPECT_EQ(header_.sections(0).rows(), 3u);
  EXPECT_EQ(header_.sections(1).rows(), 0u);
}

TEST_F(RunTest, ACancelledReportHasNoAnswer) {
  offices_.Register("offices/18", "x");
  cancelled_ = true;
  EXPECT_EQ(Reason(MakePlan(R"pb(
              sections {
                section_id: "o"
                list { resource: "Office" }
                columns { column_id: "a" value: "{o.name}" }
              }
            )pb")),
            "REPORT_CANCELLED");
}

TEST_F(RunTest, AnEmptyLogHasAnEmptyAnswer) {
  EXPECT_THAT(*Ask(MakePlan(R"pb(
    sections {
      section_id: "e"
      search {}
      columns { column_id: "a" value: "{e.position}" }
    }
  )pb")),
              IsEmpty());
  EXPECT_EQ(header_.log_size(), 0u);
  EXPECT_EQ(header_.last_leaf_hash(), "");
}

}  // namespace
}  // namespace jejak::query::report
