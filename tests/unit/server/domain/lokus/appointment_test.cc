// SPDX-License-Identifier: Apache-2.0

#include "server/domain/lokus/appointment.h"

#include "tests/support/program_fixture.h"

#include "gmock/gmock.h"

namespace jejak::domain {
namespace {

using testing::HasSubstr;
using testing::Not;

class AppointmentTest : public ProgramTest {
 protected:
  std::string Appoint(const v1::AppointAgenRequest& request) {
    return s.When<AppointmentDecider>(request);
  }
};

TEST_F(AppointmentTest, OneDecreeAppointsManyAndTheLokusOnce) {
  const std::string first = Selected(Candidate("01", "siti"));
  auto young = Candidate("02", "budi");
  young.add_bases(v1::VOTER_BASE_YOUNG_VOTER);
  const std::string second = Selected(young);
  auto request = Appointment({first, second});
  request.set_appointed_to("2024-12-31");
  ASSERT_EQ(Appoint(request), "");
  ASSERT_EQ(s.last.events.size(), 3u);
  EXPECT_EQ(s.last.events[0].stream, first);
  EXPECT_EQ(s.last.events[1].stream, second);
  EXPECT_EQ(s.last.events[2].stream, kLokus);
  const event::v1::LokusAgenJoined& joined = s.last.events[2].envelope.lokus().lokus_agen_joined();
  EXPECT_EQ(joined.agen_size(), 2);
  EXPECT_EQ(joined.decree(), kDecree);
  EXPECT_EQ(joined.agen_quota().max(), 3u);
  ASSERT_EQ(joined.bases_size(), 2);
  EXPECT_EQ(joined.bases(0).base(), v1::VOTER_BASE_YOUNG_VOTER);
  EXPECT_EQ(joined.bases(0).count(), 1u);
  EXPECT_EQ(joined.bases(1).base(), v1::VOTER_BASE_WOMEN);
  EXPECT_EQ(joined.bases(1).count(), 2u);
  EXPECT_EQ(Lokus().active_agen(), 2u);
  EXPECT_EQ(Agen(first).state(), v1::AGEN_STATE_APPOINTED);
  EXPECT_EQ(Agen(first).appointment_decree(), kDecree);
  EXPECT_EQ(Agen(first).appointed_from(), "2021-07-01");
  EXPECT_EQ(Agen(first).appointed_to(), "2024-12-31");
  EXPECT_EQ(s.ClaimHolder("active-person/dp3-2021/73697469"), first);
}

TEST_F(AppointmentTest, TheSameDecreeTwiceIsOneAppointment) {
  const std::string agen = Selected(Candidate("01"));
  EXPECT_EQ(Appoint(Appointment({agen})), "");
  EXPECT_EQ(Appoint(Appointment({agen})), "");
  EXPECT_EQ(s.last.events.size(), 0u);
  auto later = Appointment({agen});
  later.set_appointed_from("2021-08-01");
  EXPECT_EQ(Appoint(later), "AGEN_STATE");
}

TEST_F(AppointmentTest, BasesThatNobodyComesFromAreNoticed) {
  EXPECT_EQ(Appoint(Appointment({Selected(Candidate("01"))})), "");
  ASSERT_EQ(s.last.notices.size(), 1u);
  EXPECT_EQ(s.last.notices[0].reason(), "BASE_NOT_COVERED");
  EXPECT_EQ(s.last.notices[0].rule(), "R17");
  EXPECT_THAT(s.last.notices[0].message(), HasSubstr("YOUNG_VOTER"));
  EXPECT_THAT(s.last.notices[0].message(), HasSubstr("DISABILITY"));
  EXPECT_THAT(s.last.notices[0].message(), Not(HasSubstr("WOMEN")));
  // Those who are in service already count.
  auto rest = Candidate("02");
  rest.clear_bases();
  rest.add_bases(v1::VOTER_BASE_YOUNG_VOTER);
  rest.add_bases(v1::VOTER_BASE_DISABILITY);
  *rest.add_consents() = rest.consents(0);
  rest.mutable_consents(1)->set_purpose(v1::CONSENT_PURPOSE_DISABILITY_DATA);
  EXPECT_EQ(Appoint(Appointment({Selected(rest)})), "");
  EXPECT_EQ(s.last.notices.size(), 0u);
}

TEST_F(AppointmentTest, TheVillageHasToAcceptFirst) {
  const std::string agen = Selected(Candidate("01", "", kOtherLokus));
  EXPECT_EQ(Appoint(Appointment({agen}, kOtherLokus)), "VILLAGE_NOT_ACCEPTED");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R9");
  Accept(kOtherLokus);
  EXPECT_EQ(Appoint(Appointment({agen}, kOtherLokus)), "");
}

TEST_F(AppointmentTest, ASuspendedOrUnknownLokusAppointsNobody) {
  const std::string agen = Selected(Candidate("01"));
  s.Given<LokusDecider>(kLokus, Parse<event::v1::LokusEvent>("lokus_suspended {}"));
  EXPECT_EQ(Appoint(Appointment({agen})), "LOKUS_STATE");
  EXPECT_EQ(Appoint(Appointment({agen}, "programs/dp3-2021/lokus/18.06.14.2001")),
            "RESOURCE_NOT_FOUND");
}

TEST_F(AppointmentTest, TheQuotaIsNotExceeded) {
  std::vector<std::string> agen;
  for (const std::string id : {"01", "02", "03", "04"}) agen.push_back(Selected(Candidate(id)));
  EXPECT_EQ(Appoint(Appointment(agen)), "QUOTA_EXCEEDED");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R16");
  EXPECT_EQ(GetRefusal(s.last_status)->policy_version(), 1u);
  EXPECT_EQ(Appoint(Appointment({agen[0], agen[1], agen[2]})), "");
  EXPECT_THAT(s.deviations, testing::IsEmpty());
  EXPECT_EQ(Appoint(Appointment({agen[3]})), "QUOTA_EXCEEDED");
  s.Given<ProgramDecider>(kProgram, Parse<event::v1::ProgramEvent>(R"pb(
                            policy_deviation_granted {
                              deviation {
                                deviation_id: "d1"
                                rule: "R16"
                                lokus: "programs/dp3-2021/lokus/18.06.11.2016"
                                value: 4
                                expires_on: "2021-12-31"
                              }
                            }
                          )pb"));
  EXPECT_EQ(Appoint(Appointment({agen[3]})), "");
  EXPECT_THAT(s.deviations, testing::ElementsAre("d1"));
  EXPECT_EQ(Lokus().active_agen(), 4u);
}

TEST_F(AppointmentTest, SomeoneWhoLeftMakesRoom) {
  std::vector<std::string> agen;
  for (const std::string id : {"01", "02", "03", "04"}) agen.push_back(Selected(Candidate(id)));
  EXPECT_EQ(Appoint(Appointment({agen[0], agen[1], agen[2]})), "");
  EXPECT_EQ(s.When<AgenDecider>(
                Named<v1::ResignAgenRequest>(agen[0], "reason: 'x' ended_on: '2021-08-01'")),
            "");
  EXPECT_EQ(Appoint(Appointment({agen[3]})), "");
}

TEST_F(AppointmentTest, APersonIsActiveInOneLokusOfTheProgram) {
  Accept(kOtherLokus);
  Appointed(Candidate("01", "siti", kOtherLokus));
  const std::string agen = Selected(Candidate("01", "siti"));
  EXPECT_EQ(Appoint(Appointment({agen})), "ACTIVE_ELSEWHERE");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R18");
}

TEST_F(AppointmentTest, OnlyASelectedOrReserveCandidateOfTheLokusIsAppointed) {
  const std::string eligible = Eligible(Candidate("01"));
  const std::string elsewhere = Selected(Candidate("01", "ani", kOtherLokus));
  const std::string selected = Selected(Candidate("02"));
  EXPECT_EQ(Appoint(Appointment({selected, eligible})), "AGEN_STATE");
  EXPECT_EQ(Agen(selected).state(), v1::AGEN_STATE_SELECTED);  // All or none.
  EXPECT_EQ(Appoint(Appointment({elsewhere})), "AGEN_UNKNOWN");
  EXPECT_EQ(Appoint(Appointment({absl::StrCat(kLokus, "/agen/99")})), "AGEN_UNKNOWN");
  EXPECT_EQ(Appoint(Appointment({selected, selected})), "AGEN_REPEATED");
  s.When<AgenDecider>(Check(selected, v1::REQUIREMENT_DOMICILE, false));
  EXPECT_EQ(Appoint(Appointment({selected})), "REQUIREMENT_NOT_MET");
  s.When<AgenDecider>(Named<v1::ReserveCandidateRequest>(eligible, "rank: 1"));
  EXPECT_EQ(Appoint(Appointment({eligible})), "");
}

TEST_F(AppointmentTest, TheDecreeIsSignedAndTheDatesAreInOrder) {
  const std::string agen = Selected(Candidate("01"));
  auto request = Appointment({agen});
  request.set_decree("offices/18.06/documents/none");
  EXPECT_EQ(Appoint(request), "DECREE_MISSING");
  GivenDocument("offices/18.06/documents/surat", "type: DOCUMENT_TYPE_LETTER");
  request.set_decree("offices/18.06/documents/surat");
  EXPECT_EQ(Appoint(request), "DECREE_MISSING");
  GivenDocument("offices/18.06/documents/draft", "type: DOCUMENT_TYPE_DECREE");
  request.set_decree("offices/18.06/documents/draft");
  EXPECT_EQ(Appoint(request), "DECREE_NOT_SIGNED");
  GivenDocument("offices/18.06/documents/other",
                absl::StrCat("type: DOCUMENT_TYPE_DECREE lokus: '", kOtherLokus, "'"));
  Sign("offices/18.06/documents/other");
  request.set_decree("offices/18.06/documents/other");
  EXPECT_EQ(Appoint(request), "DECREE_NOT_OF_LOKUS");
  request = Appointment({agen});
  request.set_appointed_to("2021-06-30");
  EXPECT_EQ(Appoint(request), "DATES_REVERSED");
  CloseProgram();
  EXPECT_EQ(Appoint(Appointment({agen})), "PROGRAM_NOT_OPEN");
}

}  // namespace
}  // namespace jejak::domain
