// SPDX-License-Identifier: Apache-2.0

#include "server/domain/correction.h"

#include "server/domain/refusal.h"
#include "tests/support/domain_fixture.h"

#include "jejak/v1/agen_service.pb.h"
#include "jejak/v1/document_service.pb.h"
#include "jejak/v1/field_bounds.pb.h"
#include "jejak/v1/handover_service.pb.h"
#include "jejak/v1/lokus.pb.h"
#include "jejak/v1/lokus_service.pb.h"
#include "jejak/v1/meeting_service.pb.h"
#include "jejak/v1/office.pb.h"
#include "jejak/v1/office_service.pb.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <limits>

namespace jejak::domain {
namespace {

class CorrectionTest : public ::testing::Test {
 protected:
  CorrectionTest() {
    GivenOffice(s_, kRi, v1::OFFICE_LEVEL_NATIONAL, "", "");
    GivenOffice(s_, kLampung, v1::OFFICE_LEVEL_PROVINCE, "18", kRi);
    office_ = *s_.Find<v1::Office>(kLampung);
  }

  // Corrects position 1, the registration of KPU Lampung.
  absl::StatusOr<event::v1::FactCorrected> Correct(const google::protobuf::Message& state,
                                                   const std::string& field,
                                                   const std::string& value) {
    correction_.set_field(field);
    correction_.set_value(value);
    return DecideCorrection(Context{.world = s_, .actor = s_.actor, .now = s_.now}, state, kLampung,
                            correction_,
                            {"title", "local_title?", "valid_from", "valid_to?", "level", "year",
                             "indicators[*].numerator", "indicators[*].kind", "agen_quota.max",
                             "answered_by.person", "categories[*]", "policy.plenary_required"});
  }

  std::string Reason(const google::protobuf::Message& state, const std::string& field,
                     const std::string& value) {
    return GetReason(Correct(state, field, value).status());
  }

  Scenario s_;
  v1::Office office_;
  v1::Correction correction_ = Parse<v1::Correction>(R"pb(corrected_position: 1
                                                          reason: "typing error"
                                                          approver: "officers/head")pb");
};

TEST_F(CorrectionTest, ACorrectionSaysWhatWasAndWhatIsNow) {
  const auto corrected = Correct(office_, "title", "KPU Provinsi Lampung");
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  EXPECT_EQ(corrected->corrected_position(), 1u);
  EXPECT_EQ(corrected->field(), "title");
  EXPECT_EQ(corrected->was(), "KPU offices/18");
  EXPECT_EQ(corrected->now(), "KPU Provinsi Lampung");
  EXPECT_EQ(corrected->reason(), "typing error");
  EXPECT_EQ(corrected->approver(), "officers/head");
  ApplyCorrection(*corrected, office_);
  EXPECT_EQ(office_.title(), "KPU Provinsi Lampung");
}

TEST_F(CorrectionTest, OnlyListedFieldsAreCorrectable) {
  EXPECT_EQ(Reason(office_, "parent", "offices/ri"), "FIELD_NOT_CORRECTABLE");
  EXPECT_EQ(Reason(office_, "", "x"), "FIELD_NOT_CORRECTABLE");
  EXPECT_EQ(Reason(office_, "title?", "x"), "FIELD_NOT_CORRECTABLE");
  // Listed, but of another resource, or whole messages and lists.
  EXPECT_EQ(Reason(office_, "year", "2021"), "FIELD_NOT_CORRECTABLE");
  const auto lokus = Parse<v1::Lokus>(R"pb(answered_by { person { name: "x" } }
                                           categories: LOKUS_CATEGORY_LOW_TURNOUT)pb");
  EXPECT_EQ(Reason(lokus, "answered_by.person", "x"), "FIELD_NOT_CORRECTABLE");
  EXPECT_EQ(Reason(lokus, "categories[0]", "LOKUS_CATEGORY_HIGH_VIOLATION_RISK"),
            "FIELD_NOT_CORRECTABLE");
}

TEST_F(CorrectionTest, TheCorrectorIsNotTheApprover) {
  correction_.set_approver(s_.actor.name);
  const absl::Status status = Correct(office_, "title", "x").status();
  EXPECT_EQ(GetReason(status), "CORRECTOR_IS_APPROVER");
  EXPECT_EQ(GetRefusal(status)->rule(), "R43");
}

TEST_F(CorrectionTest, TheCorrectedEventIsOfTheStream) {
  correction_.set_corrected_position(0);
  EXPECT_EQ(Reason(office_, "title", "x"), "CORRECTED_EVENT_UNKNOWN");
  correction_.set_corrected_position(2);
  EXPECT_EQ(Reason(office_, "title", "x"), "CORRECTED_EVENT_UNKNOWN");
}

TEST_F(CorrectionTest, ADateFieldTakesADate) {
  EXPECT_EQ(Reason(office_, "valid_from", "2003-02-30"), "CORRECTION_VALUE_INVALID");
  EXPECT_EQ(Reason(office_, "valid_from", ""), "CORRECTION_VALUE_INVALID");
  EXPECT_EQ(Reason(office_, "valid_from", "2003-02-28"), "");
}

TEST_F(CorrectionTest, TheNewValueKeepsTheBoundsOfItsField) {
  EXPECT_EQ(Reason(office_, "title", std::string(200, 'a')), "");
  EXPECT_EQ(Reason(office_, "title", std::string(201, 'a')), "CORRECTION_VALUE_INVALID");
  EXPECT_EQ(Reason(office_, "title", "a\x01"), "CORRECTION_VALUE_INVALID");
  EXPECT_EQ(Reason(office_, "valid_from", "1899-12-31"), "CORRECTION_VALUE_INVALID");
  const absl::Status status = Correct(office_, "valid_from", "2200-01-01").status();
  EXPECT_EQ(GetReason(status), "CORRECTION_VALUE_INVALID");
  EXPECT_EQ(GetRefusal(status)->needed(),
            "a date, YYYY-MM-DD; this does not have the form of FORMAT_DATE");
  const auto lokus = Parse<v1::Lokus>("indicators { numerator: 55 }");
  EXPECT_EQ(Reason(lokus, "indicators[0].numerator", "1000000000"), "");
  EXPECT_EQ(Reason(lokus, "indicators[0].numerator", "1000000001"), "CORRECTION_VALUE_INVALID");
}

TEST(CorrectionBoundsTest, AFieldThatCanBeCorrectedHasTheBoundsOfTheRequestThatStatesIt) {
  const auto expect_same = [](const google::protobuf::Descriptor* resource,
                              const std::string& field, const google::protobuf::Descriptor* request,
                              const std::string& stated = "") {
    const auto bounds = [](const google::protobuf::FieldDescriptor* of) {
      return of->options().GetExtension(v1::bounds).ShortDebugString();
    };
    const auto* in_request = request->FindFieldByName(stated.empty() ? field : stated);
    EXPECT_EQ(bounds(resource->FindFieldByName(field)), bounds(in_request))
        << resource->name() << "." << field;
    EXPECT_NE(bounds(in_request), "") << request->name() << "." << in_request->name();
  };
  for (const char* field : {"title", "local_title", "time_zone", "valid_from"}) {
    expect_same(v1::Office::descriptor(), field, v1::RegisterOfficeRequest::descriptor());
  }
  for (const char* field : {"title", "issued_on", "classification", "retention_class"}) {
    expect_same(v1::Document::descriptor(), field, v1::RegisterDocumentRequest::descriptor());
  }
  expect_same(v1::Handover::descriptor(), "purpose", v1::PrepareHandoverRequest::descriptor());
  for (const char* field : {"place", "handed_over_on"}) {
    expect_same(v1::Handover::descriptor(), field, v1::PerformHandoverRequest::descriptor());
  }
  for (const char* field : {"subject", "place"}) {
    expect_same(v1::Meeting::descriptor(), field, v1::ScheduleMeetingRequest::descriptor());
  }
  for (const char* field : {"held_from", "held_to"}) {
    expect_same(v1::Meeting::descriptor(), field, v1::HoldMeetingRequest::descriptor());
  }
  const auto* lokus = v1::Lokus::descriptor();
  expect_same(lokus, "justification", v1::ProposeLokusRequest::descriptor());
  expect_same(lokus, "designated_on", v1::DesignateLokusRequest::descriptor(), "effective_on");
  expect_same(lokus, "inaugurated_on", v1::InaugurateLokusRequest::descriptor(), "held_on");
  expect_same(lokus, "inaugurated_at", v1::InaugurateLokusRequest::descriptor(), "place");
  const auto* agen = v1::Agen::descriptor();
  expect_same(agen, "channel", v1::RegisterCandidateRequest::descriptor());
  expect_same(agen, "rank", v1::SelectCandidateRequest::descriptor());
  expect_same(agen, "appointed_from", v1::AppointAgenRequest::descriptor());
  expect_same(agen, "appointed_to", v1::AppointAgenRequest::descriptor());
  expect_same(agen, "inaugurated_on", v1::InaugurateLokusRequest::descriptor(), "held_on");
  expect_same(agen, "ended_on", v1::DismissAgenRequest::descriptor());
}

TEST_F(CorrectionTest, OnlyWhatMayBeEmptyBecomesEmpty) {
  EXPECT_EQ(Reason(office_, "title", ""), "CORRECTION_VALUE_INVALID");
  office_.set_local_title("KIP");
  EXPECT_EQ(Reason(office_, "local_title", ""), "");
  office_.set_valid_to("2022-01-01");
  EXPECT_EQ(Reason(office_, "valid_to", ""), "");
  EXPECT_EQ(Reason(office_, "valid_to", "soon"), "CORRECTION_VALUE_INVALID");
}

TEST_F(CorrectionTest, WhatWasNotStatedIsNotCorrected) {
  office_.clear_valid_from();
  EXPECT_EQ(Reason(office_, "valid_from", "2003-01-01"), "FIELD_NOT_CORRECTABLE");
  EXPECT_EQ(Reason(office_, "local_title", "KIP"), "");
}

TEST_F(CorrectionTest, TheSameValueIsWithoutEffect) {
  EXPECT_EQ(Reason(office_, "title", office_.title()), "CORRECTION_WITHOUT_EFFECT");
  auto lokus = Parse<v1::Lokus>("indicators { numerator: 55 }");
  EXPECT_EQ(Reason(lokus, "indicators[0].numerator", "055"), "CORRECTION_WITHOUT_EFFECT");
}

TEST_F(CorrectionTest, AnElementOfAListIsCorrectedByItsIndex) {
  auto lokus = Parse<v1::Lokus>("indicators { numerator: 55 } indicators { numerator: 66 }");
  const auto corrected = Correct(lokus, "indicators[1].numerator", "67");
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  EXPECT_EQ(corrected->was(), "66");
  ApplyCorrection(*corrected, lokus);
  EXPECT_EQ(lokus.indicators(0).numerator(), 55u);
  EXPECT_EQ(lokus.indicators(1).numerator(), 67u);
}

TEST_F(CorrectionTest, AnIndexIsInRangeAndPlainlyWritten) {
  const auto lokus = Parse<v1::Lokus>("indicators { numerator: 55 }");
  for (const char* field :
       {"indicators[1].numerator", "indicators[-1].numerator", "indicators[00].numerator",
        "indicators[].numerator", "indicators[*].numerator", "indicators.numerator",
        "indicators[0.numerator", "indicators[0]", "indicators[99999999999].numerator",
        "indicators[0][0].numerator", "indicators[0].numerator."}) {
    EXPECT_EQ(Reason(lokus, field, "1"), "FIELD_NOT_CORRECTABLE") << field;
  }
}

TEST_F(CorrectionTest, NumbersEnumsAndTruthValuesAreParsed) {
  auto lokus = Parse<v1::Lokus>("indicators { numerator: 55 kind: INDICATOR_KIND_TURNOUT }");
  EXPECT_EQ(Reason(lokus, "indicators[0].numerator", "-1"), "CORRECTION_VALUE_INVALID");
  EXPECT_EQ(Reason(lokus, "indicators[0].numerator", "many"), "CORRECTION_VALUE_INVALID");
  EXPECT_EQ(Reason(lokus, "indicators[0].numerator", "18446744073709551616"),
            "CORRECTION_VALUE_INVALID");
  EXPECT_EQ(Reason(lokus, "indicators[0].kind", "TURNOUT"), "CORRECTION_VALUE_INVALID");
  EXPECT_EQ(Reason(lokus, "indicators[0].kind", "INDICATOR_KIND_UNSPECIFIED"),
            "CORRECTION_VALUE_INVALID");
  EXPECT_EQ(Reason(lokus, "indicators[0].kind", "INDICATOR_KIND_VIOLATIONS"), "");
  auto program = Parse<v1::Program>("year: 2020 policy { }");
  EXPECT_EQ(Reason(program, "year", "4294967296"), "CORRECTION_VALUE_INVALID");
  EXPECT_EQ(Reason(program, "policy.plenary_required", "yes"), "CORRECTION_VALUE_INVALID");
  const auto corrected = Correct(program, "policy.plenary_required", "true");
  ASSERT_TRUE(corrected.ok());
  ApplyCorrection(*corrected, program);
  EXPECT_TRUE(program.policy().plenary_required());
}

TEST_F(CorrectionTest, AFieldBelowAMessageThatIsNotThereIsRefused) {
  v1::Lokus lokus;
  EXPECT_EQ(Reason(lokus, "agen_quota.max", "5"), "FIELD_NOT_CORRECTABLE");
  EXPECT_FALSE(lokus.has_agen_quota());
}

TEST_F(CorrectionTest, AnEventThatCannotBeAppliedChangesNothing) {
  const v1::Office before = office_;
  for (const char* text : {"field: 'no_such' now: 'x'", "field: 'level' now: 'x'", "now: 'x'",
                           "field: 'create_time' now: 'x'", "field: 'title.x' now: 'x'"}) {
    ApplyCorrection(Parse<event::v1::FactCorrected>(text), office_);
    EXPECT_EQ(office_.SerializeAsString(), before.SerializeAsString()) << text;
  }
}

}  // namespace
}  // namespace jejak::domain
