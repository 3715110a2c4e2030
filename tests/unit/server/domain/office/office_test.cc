// SPDX-License-Identifier: Apache-2.0

#include "server/domain/office/office.h"

#include "tests/support/domain_fixture.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace jejak::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class OfficeTest : public ::testing::Test {
 protected:
  OfficeTest() {
    s_.regions = ExcerptOfRegions();
    GivenOffices(s_);
    s_.actor.office = kRi;
  }

  template <typename Request>
  std::string When(const std::string& text) {
    return s_.When<OfficeDecider>(Parse<Request>(text));
  }

  std::string Register(const std::string& text) {
    auto request = Parse<v1::RegisterOfficeRequest>(
        R"pb(office_id: "18.06.11"
             level: OFFICE_LEVEL_PPK
             title: "PPK Pugung"
             region_code: "18.06.11"
             parent: "offices/18.06"
             time_zone: "Asia/Jakarta"
             valid_from: "2021-01-01")pb");
    request.MergeFrom(Parse<v1::RegisterOfficeRequest>(text));
    return s_.When<OfficeDecider>(request);
  }

  Scenario s_;
};

TEST_F(OfficeTest, RegisteringSetsEveryField) {
  EXPECT_EQ(Register("local_title: 'KIP'"), "");
  const auto& office = *s_.Find<v1::Office>("offices/18.06.11");
  EXPECT_EQ(office.state(), v1::OFFICE_STATE_OPEN);
  EXPECT_EQ(office.level(), v1::OFFICE_LEVEL_PPK);
  EXPECT_EQ(office.title(), "PPK Pugung");
  EXPECT_EQ(office.local_title(), "KIP");
  EXPECT_EQ(office.region_code(), "18.06.11");
  EXPECT_EQ(office.region_catalog_version(), "4.0.1");
  EXPECT_EQ(office.parent(), "offices/18.06");
  EXPECT_EQ(office.time_zone(), "Asia/Jakarta");
  EXPECT_EQ(office.valid_from(), "2021-01-01");
  EXPECT_EQ(office.etag(), "1");
  const auto& event = s_.last.events.front().envelope.office_event();
  EXPECT_THAT(OfficeDecider::Tags(office, event), ElementsAre("office:offices/18.06"));
}

TEST_F(OfficeTest, AnOfficeIsRegisteredOnce) {
  EXPECT_EQ(Register(""), "");
  EXPECT_EQ(Register(""), "OFFICE_EXISTS");
}

TEST_F(OfficeTest, TheTreeGrowsFromTheNationalOfficeDown) {
  Scenario empty;
  empty.actor.office = "";  // There is none to act for.
  EXPECT_EQ(empty.When<OfficeDecider>(Parse<v1::RegisterOfficeRequest>(
                R"pb(office_id: "ri"
                     level: OFFICE_LEVEL_NATIONAL
                     title: "KPU RI"
                     time_zone: "Asia/Jakarta"
                     valid_from: "2001-01-01")pb")),
            "");
  EXPECT_EQ(empty.ClaimHolder("national-office"), kRi);
  empty.actor.office = kRi;
  // Without a catalog a code is checked for its shape alone.
  EXPECT_EQ(empty.When<OfficeDecider>(Parse<v1::RegisterOfficeRequest>(
                R"pb(office_id: "91"
                     level: OFFICE_LEVEL_PROVINCE
                     title: "KPU Provinsi Papua"
                     parent: "offices/ri"
                     region_code: "91"
                     time_zone: "Asia/Jayapura"
                     valid_from: "2001-01-01")pb")),
            "");
  EXPECT_EQ(empty.Find<v1::Office>("offices/91")->region_catalog_version(), "");
}

TEST_F(OfficeTest, AParentIsKnownOpenAndOfAHigherLevel) {
  EXPECT_EQ(Register("parent: 'offices/77'"), "PARENT_OFFICE_UNKNOWN");
  EXPECT_EQ(Register("level: OFFICE_LEVEL_REGENCY region_code: '18.06' parent: 'offices/18.06'"),
            "OFFICE_LEVEL_ORDER");
  EXPECT_EQ(When<v1::CloseOfficeRequest>("name: 'offices/18.06' valid_to: '2021-05-01'"), "");
  EXPECT_EQ(Register(""), "OFFICE_CLOSED");
}

TEST_F(OfficeTest, OnlyTheNationalOfficeHasNoParent) {
  auto request = Parse<v1::RegisterOfficeRequest>(
      R"pb(office_id: "x"
           level: OFFICE_LEVEL_PROVINCE
           title: "x"
           region_code: "18"
           time_zone: "Asia/Jakarta"
           valid_from: "2021-01-01")pb");
  EXPECT_EQ(s_.When<OfficeDecider>(request), "OFFICE_LEVEL_ORDER");
  request.set_level(v1::OFFICE_LEVEL_NATIONAL);
  request.clear_region_code();
  request.set_parent(kRi);
  EXPECT_EQ(s_.When<OfficeDecider>(request), "OFFICE_LEVEL_ORDER");
}

TEST_F(OfficeTest, ThereIsOneNationalOffice) {
  EXPECT_EQ(s_.When<OfficeDecider>(Parse<v1::RegisterOfficeRequest>(
                R"pb(office_id: "ri2"
                     level: OFFICE_LEVEL_NATIONAL
                     title: "KPU"
                     time_zone: "Asia/Jakarta"
                     valid_from: "2021-01-01")pb")),
            "NATIONAL_OFFICE_EXISTS");
  EXPECT_EQ(s_.last_status.code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(OfficeTest, AnOfficeIsUpToItselfAndThoseAbove) {
  s_.actor.office = kPesawaran;
  EXPECT_EQ(Register(""), "OFFICE_NOT_ABOVE");
  EXPECT_EQ(GetRefusal(s_.last_status)->rule(), "R5");
  const std::string tanggamus = "name: 'offices/18.06' ";
  EXPECT_EQ(When<v1::RenameOfficeRequest>(tanggamus + "title: 'x'"), "OFFICE_NOT_ABOVE");
  EXPECT_EQ(When<v1::ReparentOfficeRequest>(tanggamus + "parent: 'offices/ri'"),
            "OFFICE_NOT_ABOVE");
  EXPECT_EQ(When<v1::CloseOfficeRequest>(tanggamus + "valid_to: '2021-05-31'"), "OFFICE_NOT_ABOVE");
  EXPECT_EQ(When<v1::CorrectOfficeRequest>(tanggamus), "OFFICE_NOT_ABOVE");
  s_.actor.office = "";
  EXPECT_EQ(Register(""), "OFFICE_UNKNOWN");
  s_.actor.office = kTanggamus;
  EXPECT_EQ(Register(""), "");
  EXPECT_EQ(When<v1::RenameOfficeRequest>(tanggamus + "title: 'x'"), "");
  EXPECT_EQ(When<v1::RenameOfficeRequest>("name: 'offices/18' title: 'x'"), "OFFICE_NOT_ABOVE");
}

TEST_F(OfficeTest, TheRegionIsOfTheLevelOfTheOffice) {
  EXPECT_EQ(Register("region_code: '18.06'"), "OFFICE_REGION_LEVEL");
  EXPECT_EQ(Register("region_code: '18.06.11.2016'"), "OFFICE_REGION_LEVEL");
  EXPECT_EQ(Register("region_code: 'Pugung'"), "OFFICE_REGION_LEVEL");
  EXPECT_EQ(Register("level: OFFICE_LEVEL_PPS region_code: '18.06.11.2016' office_id: 'pps'"), "");
  EXPECT_EQ(Register("level: OFFICE_LEVEL_KPPS region_code: '18.06.11.2016' office_id: 'kpps1' "
                     "parent: 'offices/pps'"),
            "");
}

TEST_F(OfficeTest, TheNationalOfficeServesNoRegion) {
  EXPECT_EQ(s_.When<OfficeDecider>(Parse<v1::RegisterOfficeRequest>(
                R"pb(office_id: "ri2"
                     level: OFFICE_LEVEL_NATIONAL
                     title: "KPU RI"
                     region_code: "18"
                     time_zone: "Asia/Jakarta"
                     valid_from: "2001-01-01")pb")),
            "OFFICE_REGION_LEVEL");
}

TEST_F(OfficeTest, TheRegionIsInTheActiveCatalog) {
  EXPECT_EQ(Register("region_code: '18.06.99'"), "REGION_UNKNOWN");
  EXPECT_EQ(GetRefusal(s_.last_status)->rule(), "R1");
}

TEST_F(OfficeTest, TheRegionLiesInThatOfTheParent) {
  EXPECT_EQ(Register("parent: 'offices/18.09'"), "OFFICE_REGION_OUTSIDE_PARENT");
}

TEST_F(OfficeTest, ATimeZoneIsOneOfThree) {
  EXPECT_EQ(Register("time_zone: 'Europe/Berlin'"), "TIME_ZONE_UNKNOWN");
  EXPECT_EQ(Register("time_zone: 'Asia/Makassar'"), "");
}

TEST_F(OfficeTest, RenamingTwiceIsOneRename) {
  const char kRename[] = "name: 'offices/18.06' title: 'KPU Tanggamus' effective_on: '2021-06-01'";
  EXPECT_EQ(When<v1::RenameOfficeRequest>(kRename), "");
  EXPECT_EQ(s_.last.events.at(0).envelope.office_event().office_renamed().old_title(),
            "KPU offices/18.06");
  EXPECT_EQ(s_.Find<v1::Office>(kTanggamus)->title(), "KPU Tanggamus");
  EXPECT_EQ(When<v1::RenameOfficeRequest>(kRename), "");
  EXPECT_THAT(s_.last.events, IsEmpty());
}

TEST_F(OfficeTest, RenamingAnOfficeThatIsNotThereIsNotFound) {
  EXPECT_EQ(When<v1::RenameOfficeRequest>("name: 'offices/77' title: 'x'"), "RESOURCE_NOT_FOUND");
}

TEST_F(OfficeTest, AnOfficeMovesBelowAnotherParent) {
  GivenOffice(s_, "offices/18b", v1::OFFICE_LEVEL_PROVINCE, "18", kRi);
  const char kMove[] =
      "name: 'offices/18.06' parent: 'offices/18b' effective_on: '2021-06-01' reason: 'x'";
  EXPECT_EQ(When<v1::ReparentOfficeRequest>(kMove), "");
  const auto& office = *s_.Find<v1::Office>(kTanggamus);
  EXPECT_EQ(office.parent(), "offices/18b");
  EXPECT_THAT(OfficeDecider::Tags(office, s_.last.events.at(0).envelope.office_event()),
              ElementsAre("office:offices/18b", "office:offices/18"));
  EXPECT_EQ(When<v1::ReparentOfficeRequest>(kMove), "");
  EXPECT_THAT(s_.last.events, IsEmpty());
}

TEST_F(OfficeTest, MovingKeepsTheOrderOfLevels) {
  EXPECT_EQ(When<v1::ReparentOfficeRequest>("name: 'offices/18.06' parent: 'offices/18.09'"),
            "OFFICE_LEVEL_ORDER");
  EXPECT_EQ(When<v1::ReparentOfficeRequest>("name: 'offices/18.06' parent: 'offices/18.06'"),
            "OFFICE_LEVEL_ORDER");
  // Else there would be a circle.
  EXPECT_EQ(When<v1::ReparentOfficeRequest>("name: 'offices/18' parent: 'offices/18.06'"),
            "OFFICE_LEVEL_ORDER");
  EXPECT_EQ(When<v1::ReparentOfficeRequest>("name: 'offices/ri' parent: 'offices/18'"),
            "OFFICE_LEVEL_ORDER");
  EXPECT_EQ(When<v1::ReparentOfficeRequest>("name: 'offices/18.06' parent: 'offices/77'"),
            "PARENT_OFFICE_UNKNOWN");
}

TEST_F(OfficeTest, AClosedOfficeTakesNoChanges) {
  EXPECT_EQ(When<v1::CloseOfficeRequest>(
                "name: 'offices/18.06' valid_to: '2021-05-31' successor: 'offices/18.09'"),
            "");
  const auto& office = *s_.Find<v1::Office>(kTanggamus);
  EXPECT_EQ(office.state(), v1::OFFICE_STATE_CLOSED);
  EXPECT_EQ(office.valid_to(), "2021-05-31");
  EXPECT_EQ(office.successor(), "offices/18.09");
  EXPECT_THAT(OfficeDecider::Tags(office, s_.last.events.at(0).envelope.office_event()),
              ElementsAre("office:offices/18.09"));
  EXPECT_EQ(When<v1::RenameOfficeRequest>("name: 'offices/18.06' title: 'x'"), "OFFICE_CLOSED");
  EXPECT_EQ(When<v1::ReparentOfficeRequest>("name: 'offices/18.06' parent: 'offices/ri'"),
            "OFFICE_CLOSED");
  EXPECT_EQ(When<v1::CloseOfficeRequest>("name: 'offices/18.06' valid_to: '2021-05-31'"),
            "OFFICE_CLOSED");
  EXPECT_EQ(When<v1::CorrectOfficeRequest>("name: 'offices/18.06'"), "OFFICE_CLOSED");
}

TEST_F(OfficeTest, ClosingNeedsADayAfterTheFirstAndAnotherSuccessor) {
  EXPECT_EQ(When<v1::CloseOfficeRequest>("name: 'offices/18.06' valid_to: '2002-12-31'"),
            "DATES_REVERSED");
  const std::string close = "name: 'offices/18.06' valid_to: '2021-05-31' ";
  EXPECT_EQ(When<v1::CloseOfficeRequest>(close + "successor: 'offices/18.06'"),
            "SUCCESSOR_INVALID");
  EXPECT_EQ(When<v1::CloseOfficeRequest>(close + "successor: 'offices/77'"), "OFFICE_UNKNOWN");
  EXPECT_EQ(When<v1::CloseOfficeRequest>("name: 'offices/18.09' valid_to: '2021-05-31'"), "");
  EXPECT_EQ(When<v1::CloseOfficeRequest>(close + "successor: 'offices/18.09'"), "OFFICE_CLOSED");
}

TEST_F(OfficeTest, TheNationalOfficeStaysOpen) {
  EXPECT_EQ(When<v1::CloseOfficeRequest>("name: 'offices/ri' valid_to: '2021-05-31'"),
            "NATIONAL_OFFICE_STAYS");
  EXPECT_EQ(GetRefusal(s_.last_status)->rule(), "R42");
  EXPECT_EQ(s_.Find<v1::Office>(kRi)->state(), v1::OFFICE_STATE_OPEN);
}

TEST_F(OfficeTest, AChangeHoldsAtOnceSoItsDayHasCome) {
  const std::string tanggamus = "name: 'offices/18.06' ";
  EXPECT_EQ(When<v1::RenameOfficeRequest>(tanggamus + "title: 'x' effective_on: '2021-06-03'"),
            "DATE_IN_FUTURE");
  EXPECT_EQ(When<v1::ReparentOfficeRequest>(tanggamus +
                                            "parent: 'offices/ri' effective_on: '2021-06-03'"),
            "DATE_IN_FUTURE");
  EXPECT_EQ(When<v1::CloseOfficeRequest>(tanggamus + "valid_to: '2190-01-01'"), "DATE_IN_FUTURE");
  EXPECT_EQ(When<v1::CloseOfficeRequest>(tanggamus + "valid_to: '2021-06-01'"), "");
}

TEST_F(OfficeTest, CorrectingKeepsTheRules) {
  // Position 2 is the registration of KPU Tanggamus.
  const auto correct = [this](const std::string& field, const std::string& value) {
    auto request = Parse<v1::CorrectOfficeRequest>(
        R"pb(name: "offices/18.06"
             correction { corrected_position: 2 reason: "x" approver: "officers/head" })pb");
    request.mutable_correction()->set_field(field);
    request.mutable_correction()->set_value(value);
    return s_.When<OfficeDecider>(request);
  };
  EXPECT_EQ(correct("title", "KPU Kabupaten Tanggamus"), "");
  EXPECT_EQ(s_.Find<v1::Office>(kTanggamus)->title(), "KPU Kabupaten Tanggamus");
  EXPECT_EQ(correct("time_zone", "UTC"), "TIME_ZONE_UNKNOWN");
  EXPECT_EQ(correct("valid_from", "2003-05-05"), "");
  EXPECT_EQ(correct("level", "OFFICE_LEVEL_PPK"), "FIELD_NOT_CORRECTABLE");
}

}  // namespace
}  // namespace jejak::domain
