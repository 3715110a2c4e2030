// SPDX-License-Identifier: Apache-2.0

#include "server/query/report/expression.h"

#include "server/base/limits.h"
#include "tests/support/scenario.h"

#include "jejak/v1/agen.pb.h"
#include "jejak/v1/history.pb.h"
#include "jejak/v1/lokus.pb.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace jejak::query::report {
namespace {

using domain::Parse;
using testing::HasSubstr;

class ExpressionTest : public testing::Test {
 protected:
  ExpressionTest() {
    scope_.rows = {{"lokus", v1::Lokus::descriptor()},
                   {"agen", v1::Agen::descriptor()},
                   {"entry", v1::EventRow::descriptor()}};
    scope_.parameters = {{"days", v1::REPORT_PARAMETER_KIND_INTEGER},
                         {"office", v1::REPORT_PARAMETER_KIND_RESOURCE},
                         {"at", v1::REPORT_PARAMETER_KIND_TIME}};
    environment_.rows["lokus"].message = &lokus_;
    environment_.rows["agen"].message = &agen_;
    environment_.rows["entry"] = {&entry_, &envelope_, domain::InnerEvent(envelope_)};
    environment_.parameters = {{"days", "14"}, {"office", "offices/18"}, {"at", ""}};
    environment_.moment = absl::FromUnixSeconds(1'624'554'000);  // 25 June 2021 00:00 in Jakarta
  }

  std::string Value(const std::string& text, v1::Language language = v1::LANGUAGE_ENGLISH) {
    const auto expression = Expression::Parse(text, scope_);
    EXPECT_TRUE(expression.ok()) << text << ": " << expression.status();
    return expression.ok() ? TextOf(expression->Evaluate(environment_), language) : "";
  }
  std::string Error(const std::string& text) {
    const auto expression = Expression::Parse(text, scope_);
    EXPECT_FALSE(expression.ok()) << text;
    return std::string(expression.status().message());
  }
  std::string Filled(const std::string& text) {
    const auto parsed = Template::Parse(text, scope_);
    EXPECT_TRUE(parsed.ok()) << text << ": " << parsed.status();
    return parsed.ok() ? parsed->Fill(environment_) : "";
  }

  v1::Lokus lokus_ = Parse<v1::Lokus>(R"pb(
    name: "programs/p/lokus/18.06.11.2016"
    state: LOKUS_STATE_DESIGNATED
    region_code: "18.06.11.2016"
    active_agen: 25
    agen_quota { min: 20 max: 25 }
    designated_on: "2021-06-01"
    categories: LOKUS_CATEGORY_LOW_TURNOUT
    categories: LOKUS_CATEGORY_HIGH_VIOLATION_RISK
    indicators { kind: INDICATOR_KIND_TURNOUT numerator: 60 denominator: 100 }
    indicators { kind: INDICATOR_KIND_CONFLICTS numerator: 3 }
  )pb");
  v1::Agen agen_ = Parse<v1::Agen>(R"pb(
    person { name: "S••• W•••" masked: true subject: "s1" }
    requirements { requirement: REQUIREMENT_AGE result: CHECK_RESULT_MET checked_on: "2021-06-02" }
    requirements { requirement: REQUIREMENT_DOMICILE result: CHECK_RESULT_NOT_MET }
  )pb");
  v1::EventRow entry_ = Parse<v1::EventRow>(R"pb(
    position: 7
    occurred_time { seconds: 1624377600 }
    utc_offset_minutes: 420
    commit_time { seconds: 1624550399 }
    type: "LokusDesignated"
  )pb");
  event::v1::Envelope envelope_ = Parse<event::v1::Envelope>(R"pb(
    authority: "SK 1"
    deviations: "d1"
    deviations: "d2"
    lokus { lokus_designated { decree: "offices/18/documents/x" } }
  )pb");
  Scope scope_;
  Environment environment_;
};

TEST_F(ExpressionTest, APathLeadsToTheTextOfAField) {
  EXPECT_EQ(Value("lokus.state"), "DESIGNATED");
  EXPECT_EQ(Value("lokus.agen_quota.max"), "25");
  EXPECT_EQ(Value("lokus.village_answer"), "");
  // Nothing of a message that is not there, instead of zero and no.
  EXPECT_EQ(Value("lokus.answered_by.person.masked"), "");
  lokus_.clear_agen_quota();
  EXPECT_EQ(Value("lokus.agen_quota.max"), "");
  EXPECT_EQ(Value("lokus.categories"), "LOW_TURNOUT, HIGH_VIOLATION_RISK");
  EXPECT_EQ(Value("lokus.indicators.numerator"), "60, 3");
  EXPECT_EQ(Value("lokus.indicators[kind = 'CONFLICTS'].numerator"), "3");
  EXPECT_EQ(Value("#lokus.indicators"), "2");
  EXPECT_EQ(Value("#lokus.indicators[kind = 'TURNOUT']"), "1");
  EXPECT_EQ(Value("office"), "offices/18");
  EXPECT_EQ(Value("at"), "");
  EXPECT_EQ(Value("days + 1"), "15");
}

TEST_F(ExpressionTest, TimesAreShownAsOnTheClockOfTheirPlace) {
  EXPECT_EQ(Value("entry.occurred_time"), "2021-06-22T23:00:00+07:00");
  EXPECT_EQ(Value("entry.commit_time"), "2021-06-24T15:59:59Z");
  EXPECT_EQ(Value("date(entry.occurred_time)"), "2021-06-22");
  EXPECT_EQ(Value("date(entry.commit_time)"), "2021-06-24");
  EXPECT_EQ(Value("today"), "2021-06-25");
  EXPECT_EQ(Value("moment"), "2021-06-25T00:00:00+07:00");
}

TEST_F(ExpressionTest, AnEventHasItsEnvelopeAndItsPayload) {
  EXPECT_EQ(Value("entry.event.authority"), "SK 1");
  EXPECT_EQ(Value("entry.payload.decree"), "offices/18/documents/x");
  // Another event has it.
  EXPECT_EQ(Value("entry.payload.approver"), "");
  EXPECT_EQ(Value("has(entry.event.deviations, 'd2')"), "yes");
  const auto expression = Expression::Parse("entry.payload.decree", scope_);
  EXPECT_THAT(expression->events(), testing::ElementsAre("entry"));
  EXPECT_TRUE(Expression::Parse("entry.type", scope_)->events().empty());
}

TEST_F(ExpressionTest, FunctionsDoWhatThePageSays) {
  EXPECT_EQ(Value("days('2021-06-01', today)"), "24");
  EXPECT_EQ(Value("days('', today)"), "");
  EXPECT_EQ(Value("first(lokus.designation_decree, '', 'none')"), "none");
  EXPECT_EQ(Value("first(lokus.indicators[kind = 'CONFLICTS'].numerator) + 1"), "4");
  EXPECT_EQ(Value("if(lokus.active_agen > 20, 'many', 'few')"), "many");
  EXPECT_EQ(Value("join(lokus.categories, '; ')"), "LOW_TURNOUT; HIGH_VIOLATION_RISK");
  EXPECT_EQ(Value("last(lokus.name)"), "18.06.11.2016");
  EXPECT_EQ(Value("parent(lokus.name)"), "programs/p");
  EXPECT_EQ(Value("parent('offices/18')"), "");
  EXPECT_EQ(Value("one_of(lokus.state, 'MAPPED', 'DESIGNATED')"), "yes");
  EXPECT_EQ(Value("below(lokus.region_code, '18.06')"), "yes");
  EXPECT_EQ(Value("below(lokus.region_code, '18.0')"), "no");
  EXPECT_EQ(Value("below(lokus.region_code, '')"), "yes");
  EXPECT_EQ(Value("below('REQUIREMENT', lokus.categories)"), "no");
  EXPECT_EQ(Value("below('LOW_TURNOUT.1', lokus.categories)"), "yes");
  EXPECT_EQ(Value("without(lokus.categories, 'LOW_TURNOUT')"), "HIGH_VIOLATION_RISK");
  EXPECT_EQ(Value("#without(agen.requirements.requirement, agen.requirements[result = "
                  "'MET'].requirement) = 1"),
            "yes");
}

TEST_F(ExpressionTest, ConditionsBindAsUsual) {
  EXPECT_EQ(Value("1 = 2 and 1 = 2 or 1 = 1"), "yes");
  EXPECT_EQ(Value("1 = 2 and (1 = 2 or 1 = 1)"), "no");
  EXPECT_EQ(Value("not 1 = 2 and 2 <= 2"), "yes");
  EXPECT_EQ(Value("10 - 3 - 2"), "5");
  EXPECT_EQ(Value("9 < 10"), "yes");
  EXPECT_EQ(Value("'9' < '10'"), "no");
  // What is empty is neither less nor more.
  EXPECT_EQ(Value("lokus.inaugurated_on < today or lokus.inaugurated_on >= today"), "no");
  EXPECT_EQ(Value("1 > days('', today) or 1 <= days('', today)"), "no");
  EXPECT_EQ(Value("1 != 1", v1::LANGUAGE_INDONESIAN), "tidak");
  EXPECT_EQ(Value("1 = 1", v1::LANGUAGE_INDONESIAN), "ya");
}

TEST_F(ExpressionTest, WhatCannotBeReadIsRefusedWithItsColumn) {
  EXPECT_THAT(Error(""), HasSubstr("column 1: expected a value"));
  EXPECT_THAT(Error("lokus"), HasSubstr("column 1: name a field"));
  EXPECT_THAT(Error("lokus.colour"), HasSubstr("column 7: there is no field \"colour\""));
  EXPECT_THAT(Error("1 + village.name"), HasSubstr("column 5: there is no parameter or section"));
  EXPECT_THAT(Error("lokus.agen_quota"), HasSubstr("name a field of \"agen_quota\""));
  EXPECT_THAT(Error("lokus.state.name"), HasSubstr("has no fields"));
  EXPECT_THAT(Error("agen.person.sealed.subject"), HasSubstr("there is no field \"sealed\""));
  EXPECT_THAT(Error("lokus.state = 'DESIGNATD'"), HasSubstr("\"DESIGNATD\" is no LokusState"));
  EXPECT_THAT(Error("lokus.indicators[kind = 'X'].source"), HasSubstr("is no IndicatorKind"));
  EXPECT_THAT(Error("lokus.indicators[colour = 'X'].source"), HasSubstr("cannot choose by"));
  EXPECT_THAT(Error("lokus.state[kind = 'X']"), HasSubstr("[] chooses among"));
  EXPECT_THAT(Error("lokus.active_agen = 'x'"), HasSubstr("not of one kind"));
  EXPECT_THAT(Error("lokus.categories = 'x'"), HasSubstr("asked with has()"));
  EXPECT_THAT(Error("entry.commit_time < entry.occurred_time"), HasSubstr("compared by date()"));
  EXPECT_THAT(Error("lokus.state + 1"), HasSubstr("only numbers"));
  EXPECT_THAT(Error("#lokus.state"), HasSubstr("# counts"));
  EXPECT_THAT(Error("sum(1)"), HasSubstr("there is no function \"sum\""));
  EXPECT_THAT(Error("days(today)"), HasSubstr("takes 2 values"));
  EXPECT_THAT(Error("if(1, 2"), HasSubstr("expected , or )"));
  EXPECT_THAT(Error("'open"), HasSubstr("column 1: the quotes are not closed"));
  EXPECT_THAT(Error("1 1"), HasSubstr("column 3: expected an operator"));
  EXPECT_THAT(Error("entry.payload.colour"), HasSubstr("no event has such a field"));
  EXPECT_THAT(Error("99999999999999999999"), HasSubstr("too large"));
}

TEST_F(ExpressionTest, LengthAndDepthAreBounded) {
  const std::string deep(limits::kReportExpressionDepthMax, '(');
  EXPECT_THAT(Error(absl::StrCat(deep, "1", std::string(deep.size(), ')'))),
              HasSubstr("nested too deeply"));
  EXPECT_THAT(Error(absl::StrCat(std::string(limits::kReportExpressionDepthMax + 1, '#'), "1")),
              HasSubstr("nested too deeply"));
  std::string nots;
  for (std::size_t i = 0; i <= limits::kReportExpressionDepthMax; ++i)
    absl::StrAppend(&nots, "not ");
  EXPECT_THAT(Error(nots + "1 = 1"), HasSubstr("nested too deeply"));
  const std::vector<std::string> ones(limits::kReportExpressionNodesMax + 1, "1");
  EXPECT_THAT(Error(absl::StrJoin(ones, "+")), HasSubstr("too many parts"));
  EXPECT_THAT(Error(std::string(limits::kReportExpressionBytesMax + 1, ' ')),
              HasSubstr("too long"));
}

TEST_F(ExpressionTest, ACellTakesNoMoreStepsThanTheBound) {
  for (int i = 0; i < 400; ++i) {
    lokus_.add_indicators()->set_kind(v1::INDICATOR_KIND_TURNOUT);
  }
  // Each element is chosen by a walk over all of them.
  Value("lokus.indicators[numerator = first(lokus.indicators.numerator)].source");
  EXPECT_GT(environment_.steps, limits::kReportStepsMax);
}

TEST_F(ExpressionTest, MaskedDataIsNoticed) {
  Value("agen.person.subject");
  EXPECT_FALSE(environment_.masked);
  Value("agen.person.phone");
  EXPECT_FALSE(environment_.masked);
  EXPECT_EQ(Value("agen.person.name"), "S••• W•••");
  EXPECT_TRUE(environment_.masked);
}

TEST_F(ExpressionTest, ATemplateIsEmptyIfAllItsValuesAre) {
  EXPECT_EQ(Filled("{lokus.active_agen}/{lokus.agen_quota.max}"), "25/25");
  EXPECT_EQ(Filled("{lokus.end_reason} / {lokus.decline_reason}"), "");
  EXPECT_EQ(Filled("{lokus.end_reason} / {lokus.state}"), " / DESIGNATED");
  EXPECT_EQ(Filled("R16"), "R16");
  EXPECT_EQ(Filled("{{{days}}}"), "{14}");
  EXPECT_THAT(Template::Parse("a {days", scope_).status().message(),
              HasSubstr("column 3: the brace is not closed"));
  EXPECT_THAT(Template::Parse("a }", scope_).status().message(), HasSubstr("it closes nothing"));
  EXPECT_THAT(Template::Parse("a {nobody}", scope_).status().message(),
              HasSubstr("in the braces at column 3, column 1"));
  EXPECT_THAT(Template::Parse("{lokus.indicators}", scope_).status().message(),
              HasSubstr("name a field of what is repeated"));
}

TEST_F(ExpressionTest, InAFilterValuesAreLiteralsAndCannotBreakOut) {
  const auto filter = [this](const std::string& text) {
    return Template::Parse(text, scope_)->FillFilter(environment_).value_or("no row");
  };
  EXPECT_EQ(filter("late_days > {days}"), "late_days > 14");
  EXPECT_EQ(filter("under = {office}"), "under = \"offices/18\"");
  EXPECT_EQ(filter("commit_time > {at}"), "");
  EXPECT_EQ(filter("stream = {lokus.end_reason}"), "no row");
  environment_.parameters["office"] = "x\" AND y = \"\\";
  EXPECT_EQ(filter("under = {office}"), "under = \"x\\\" AND y = \\\"\\\\\"");
}

TEST_F(ExpressionTest, ElementsOfARepeatedMessageAreWalked) {
  const auto path = Expression::Parse("lokus.indicators[kind = 'TURNOUT']", scope_);
  ASSERT_TRUE(path.ok()) << path.status();
  ASSERT_EQ(path->MessageType(), v1::Indicator::descriptor());
  const auto elements = path->Messages(environment_);
  ASSERT_EQ(elements.size(), 1u);
  EXPECT_EQ(elements[0], &lokus_.indicators(0));
  EXPECT_EQ(Expression::Parse("lokus.categories", scope_)->MessageType(), nullptr);
}

}  // namespace
}  // namespace jejak::query::report
