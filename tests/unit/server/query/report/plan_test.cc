// SPDX-License-Identifier: Apache-2.0

#include "server/query/report/plan.h"

#include "server/domain/refusal.h"
#include "tests/support/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace jejak::query::report {
namespace {

using domain::Parse;
using testing::HasSubstr;

config::v1::ReportPlan Good() {
  return Parse<config::v1::ReportPlan>(R"pb(
    name: "open-lokus"
    question_id: "Q1"
    question { en: "Which?" id: "Mana?" }
    asked_by { en: "BPK" id: "BPK" }
    parameters {
      name: "program"
      kind: REPORT_PARAMETER_KIND_RESOURCE
      resource: "Program"
      required: true
      description { en: "P" id: "P" }
    }
    parameters {
      name: "days"
      kind: REPORT_PARAMETER_KIND_INTEGER
      default_value: "30"
      description { en: "D" id: "D" }
    }
    parameters {
      name: "at"
      kind: REPORT_PARAMETER_KIND_TIME
      description { en: "A" id: "A" }
    }
    sections {
      section_id: "lokus"
      list { resource: "Lokus" parent: "{program}" filter: "state != CLOSED" order_by: "state" }
      moment { as_of_time: "{at}" }
    }
    sections {
      section_id: "entry"
      for_each: "lokus"
      title { en: "Events" id: "Peristiwa" }
      search { filter: "stream = {lokus.name}" filter: "late_days > {days}" }
      where: "entry.payload.decree != ''"
      columns {
        column_id: "position"
        title { en: "Position" id: "Posisi" }
        value: "{entry.position}"
      }
    }
    notes { en: "No more." id: "Tidak lebih." }
  )pb");
}

std::string Wrong(const std::function<void(config::v1::ReportPlan&)>& change) {
  config::v1::ReportPlan plan = Good();
  change(plan);
  const auto made = Plan::Make(std::move(plan));
  EXPECT_FALSE(made.ok());
  return std::string(made.status().message());
}

TEST(PlanTest, ASoundPlanIsSectionsWithExpressions) {
  const auto plan = Plan::Make(Good());
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->name(), "reports/open-lokus");
  ASSERT_EQ(plan->sections().size(), 2u);
  EXPECT_FALSE(plan->sections()[0].for_each.has_value());
  EXPECT_EQ(plan->sections()[1].for_each, 0u);
  EXPECT_FALSE(plan->sections()[0].needs_events);
  EXPECT_TRUE(plan->sections()[1].needs_events);
  const v1::Report report = plan->Describe(v1::LANGUAGE_INDONESIAN);
  EXPECT_EQ(report.question(), "Mana?");
  ASSERT_EQ(report.sections_size(), 1);
  EXPECT_EQ(report.sections(0).title(), "Peristiwa");
  EXPECT_EQ(report.sections(0).columns(0).title(), "Posisi");
  EXPECT_EQ(report.parameters_size(), 3);
  EXPECT_EQ(report.notes(0), "Tidak lebih.");
}

TEST(PlanTest, WhatIsWrongIsNamedWithItsPlace) {
  EXPECT_THAT(Wrong([](auto& p) { p.set_name("Open_Lokus"); }), HasSubstr("the name"));
  EXPECT_THAT(Wrong([](auto& p) { p.mutable_question()->clear_id(); }),
              HasSubstr("open-lokus, question: a text is needed in both languages"));
  EXPECT_THAT(Wrong([](auto& p) { p.clear_sections(); }), HasSubstr("no sections"));
  EXPECT_THAT(Wrong([](auto& p) { p.mutable_parameters(1)->set_name("program"); }),
              HasSubstr("parameter program: a word that is not taken"));
  EXPECT_THAT(Wrong([](auto& p) { p.mutable_parameters(1)->set_name("today"); }),
              HasSubstr("parameter today"));
  EXPECT_THAT(Wrong([](auto& p) { p.mutable_parameters(1)->set_default_value("many"); }),
              HasSubstr("the default is not of its kind"));
  EXPECT_THAT(Wrong([](auto& p) { p.mutable_parameters(0)->set_resource("Village"); }),
              HasSubstr("parameter program: there is no resource \"Village\""));
  EXPECT_THAT(Wrong([](auto& p) { p.mutable_parameters(1)->set_resource("Lokus"); }),
              HasSubstr("parameter days: there is no resource"));
  EXPECT_THAT(Wrong([](auto& p) { p.mutable_sections(1)->set_section_id("report"); }),
              HasSubstr("section_id"));
  EXPECT_THAT(Wrong([](auto& p) { p.mutable_sections(1)->set_section_id("days"); }),
              HasSubstr("section_id"));
  EXPECT_THAT(Wrong([](auto& p) { p.mutable_sections(1)->set_for_each("other"); }),
              HasSubstr("open-lokus, section entry: for_each"));
  EXPECT_THAT(Wrong([](auto& p) { p.mutable_sections(1)->clear_for_each(); }),
              HasSubstr("filter: in the braces at column 10, column 1: there is no parameter or "
                        "section \"lokus\""));
  EXPECT_THAT(
      Wrong([](auto& p) { p.mutable_sections(0)->mutable_list()->set_resource("Village"); }),
      HasSubstr("there is no resource \"Village\""));
  EXPECT_THAT(Wrong([](auto& p) {
                p.mutable_sections(0)->mutable_list()->set_filter(0, "state = OPENED");
              }),
              HasSubstr("\"OPENED\" is no LokusState"));
  EXPECT_THAT(Wrong([](auto& p) { p.mutable_sections(0)->mutable_list()->set_order_by("color"); }),
              HasSubstr("color"));
  EXPECT_THAT(Wrong([](auto& p) {
                p.mutable_sections(1)->mutable_search()->set_filter(1, "late_days > {program}");
              }),
              HasSubstr("expected a whole number"));
  EXPECT_THAT(Wrong([](auto& p) { p.mutable_sections(1)->set_where(0, "entry.type"); }),
              HasSubstr("where[0]: it is no condition"));
  EXPECT_THAT(Wrong([](auto& p) { p.mutable_sections(1)->clear_columns(); }),
              HasSubstr("a title and columns go together"));
  EXPECT_THAT(
      Wrong([](auto& p) { *p.mutable_sections(1)->add_columns() = p.sections(1).columns(0); }),
      HasSubstr("column position: a word that is not taken"));
  EXPECT_THAT(
      Wrong([](auto& p) { p.mutable_sections(1)->mutable_moment()->set_as_of_time("{at}"); }),
      HasSubstr("it goes with get and list"));
  EXPECT_THAT(
      Wrong([](auto& p) { p.mutable_sections(0)->mutable_moment()->set_as_of_position("1"); }),
      HasSubstr("by a time or by a position"));
  EXPECT_THAT(Wrong([](auto& p) {
                p.mutable_sections(1)->mutable_elements()->set_path("lokus.categories");
              }),
              HasSubstr("does not lead to a repeated message"));
  EXPECT_THAT(Plan::Parse("{\"colour\": 1}").status().message(), HasSubstr("colour"));
}

TEST(PlanTest, ArgumentsAreCheckedAndDefaultsAdded) {
  const auto plan = Plan::Make(Good());
  ASSERT_TRUE(plan.ok()) << plan.status();
  const auto check = [&plan](const std::vector<std::pair<std::string, std::string>>& given) {
    google::protobuf::RepeatedPtrField<v1::ReportArgument> arguments;
    for (const auto& [name, value] : given) {
      v1::ReportArgument& argument = *arguments.Add();
      argument.set_name(name);
      argument.set_value(value);
    }
    return plan->Check(arguments);
  };
  const auto reason = [&check](const std::vector<std::pair<std::string, std::string>>& given) {
    return domain::GetReason(check(given).status());
  };
  const auto checked = check({{"program", "programs/p"}});
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(*checked, (Arguments{{"program", "programs/p"}, {"days", "30"}, {"at", ""}}));
  EXPECT_EQ(reason({}), "REPORT_ARGUMENT_MISSING");
  EXPECT_EQ(reason({{"program", ""}}), "REPORT_ARGUMENT_MISSING");
  EXPECT_EQ(reason({{"program", "p"}, {"colour", "red"}}), "REPORT_ARGUMENT_UNKNOWN");
  EXPECT_EQ(reason({{"program", "p"}, {"program", "q"}}), "REPORT_ARGUMENT_UNKNOWN");
  for (const char* at : {"2021-12-31", "yesterday", "infinite-past", "2021-12-31T23:59:59"}) {
    EXPECT_EQ(reason({{"program", "p"}, {"at", at}}), "REPORT_ARGUMENT_INVALID") << at;
  }
  for (const char* days : {"-1", "1.5", "99999999999"}) {
    EXPECT_EQ(reason({{"program", "p"}, {"days", days}}), "REPORT_ARGUMENT_INVALID") << days;
  }
  for (const char* program : {"a\"b", "p", "programs", "offices/18", "programs/p/lokus/x"}) {
    EXPECT_EQ(reason({{"program", program}}), "REPORT_ARGUMENT_INVALID") << program;
  }
  EXPECT_EQ(reason({{"program", std::string(301, 'p')}}), "REPORT_ARGUMENT_INVALID");
}

}  // namespace
}  // namespace jejak::query::report
