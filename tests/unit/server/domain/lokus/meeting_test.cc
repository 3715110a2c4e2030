// SPDX-License-Identifier: Apache-2.0

#include "server/domain/lokus/meeting.h"

#include "server/base/limits.h"
#include "tests/support/program_fixture.h"

#include "gmock/gmock.h"

namespace jejak::domain {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr char kMeeting[] = "programs/dp3-2021/meetings/pleno";
constexpr char kMinutes[] = "offices/18.06/documents/notulen";

class MeetingTest : public ProgramTest {
 protected:
  v1::ScheduleMeetingRequest Plan(const std::string& id = "pleno") {
    auto request = Parse<v1::ScheduleMeetingRequest>(R"pb(
      parent: "programs/dp3-2021"
      kind: MEETING_KIND_PLENARY
      subject: "Pembentukan DP3"
      place: "Kota Agung"
      planned_from: "2021-06-03"
      planned_to: "2021-06-04"
      lokus: "programs/dp3-2021/lokus/18.06.11.2016"
      lokus: "programs/dp3-2021/lokus/18.06.12.2003"
      invitees { kind: PARTY_KIND_VILLAGE_GOVERNMENT capacity: CAPACITY_VILLAGE_HEAD }
    )pb");
    request.set_meeting_id(id);
    return request;
  }
  v1::HoldMeetingRequest Holding() {
    return Named<v1::HoldMeetingRequest>(
        kMeeting, "held_from: '2021-06-03' held_to: '2021-06-04' mode: MEETING_MODE_HYBRID");
  }
  void Hold() {
    ASSERT_EQ(s.When<MeetingDecider>(Plan()), "");
    ASSERT_EQ(s.When<MeetingDecider>(Holding()), "");
  }
  std::string Attend(const std::string& attendance) {
    return s.When<MeetingDecider>(Named<v1::RecordAttendanceRequest>(kMeeting, attendance));
  }
  std::string Decide(const std::string& number, const std::string& text = "t") {
    return s.When<MeetingDecider>(Named<v1::TakeDecisionRequest>(
        kMeeting, absl::StrCat("decision { number: '", number, "' text: '", text, "' }")));
  }
  const v1::Meeting& Meeting() { return *s.Find<v1::Meeting>(kMeeting); }
};

TEST_F(MeetingTest, AMeetingIsPlannedForSeveralDaysAndLokus) {
  auto plan = Plan();
  plan.add_lokus(kLokus);  // Named twice, meant once.
  ASSERT_EQ(s.When<MeetingDecider>(plan), "");
  EXPECT_EQ(Meeting().state(), v1::MEETING_STATE_SCHEDULED);
  EXPECT_EQ(Meeting().kind(), v1::MEETING_KIND_PLENARY);
  EXPECT_EQ(Meeting().subject(), "Pembentukan DP3");
  EXPECT_EQ(Meeting().place(), "Kota Agung");
  EXPECT_EQ(Meeting().planned_from(), "2021-06-03");
  EXPECT_EQ(Meeting().planned_to(), "2021-06-04");
  EXPECT_EQ(Meeting().convened_by(), "offices/18.06");
  EXPECT_EQ(Meeting().invitees_size(), 1);
  EXPECT_THAT(Meeting().lokus(), ElementsAre(kLokus, kOtherLokus));
  EXPECT_THAT(TagsOfLast(),
              UnorderedElementsAre(absl::StrCat("lokus:", kLokus),
                                   absl::StrCat("lokus:", kOtherLokus), "office:offices/18.06"));
  EXPECT_EQ(s.When<MeetingDecider>(Plan()), "MEETING_EXISTS");
}

TEST_F(MeetingTest, APlanNamesWhatExistsInTheProgram) {
  auto plan = Plan();
  plan.set_planned_to("2021-06-02");
  EXPECT_EQ(s.When<MeetingDecider>(plan), "DATES_REVERSED");
  plan = Plan();
  plan.add_lokus("programs/dp3-2021/lokus/18.06.14.2001");
  EXPECT_EQ(s.When<MeetingDecider>(plan), "LOKUS_UNKNOWN");
  const std::string foreign = "programs/dp3-2022/lokus/18.06.11.2016";
  GivenLokus(foreign);
  plan = Plan();
  plan.add_lokus(foreign);
  EXPECT_EQ(s.When<MeetingDecider>(plan), "LOKUS_UNKNOWN");
  plan = Plan();
  plan.set_follows("programs/dp3-2021/meetings/none");
  EXPECT_EQ(s.When<MeetingDecider>(plan), "MEETING_UNKNOWN");
  const std::string other = "programs/dp3-2022/meetings/rakor";
  s.Given<MeetingDecider>(other, Parse<event::v1::MeetingEvent>("meeting_scheduled {}"));
  plan.set_follows(other);
  EXPECT_EQ(s.When<MeetingDecider>(plan), "MEETING_UNKNOWN");
  s.actor.office = "";
  EXPECT_EQ(s.When<MeetingDecider>(Plan()), "OFFICE_UNKNOWN");
  s.actor.office = "offices/18.06";
  CloseProgram();
  EXPECT_EQ(s.When<MeetingDecider>(Plan()), "PROGRAM_NOT_OPEN");
}

TEST_F(MeetingTest, AFollowUpMeetingPointsBack) {
  ASSERT_EQ(s.When<MeetingDecider>(Plan()), "");
  auto visit = Plan("visit");
  visit.clear_lokus();
  visit.set_follows(kMeeting);
  ASSERT_EQ(s.When<MeetingDecider>(visit), "");
  EXPECT_THAT(TagsOfLast(),
              UnorderedElementsAre(absl::StrCat("meeting:", kMeeting), "office:offices/18.06"));
}

TEST_F(MeetingTest, APlannedMeetingIsMoved) {
  ASSERT_EQ(s.When<MeetingDecider>(Plan()), "");
  auto move = Named<v1::RescheduleMeetingRequest>(
      kMeeting, "planned_from: '2021-06-10' planned_to: '2021-06-10' reason: 'flood'");
  EXPECT_EQ(s.When<MeetingDecider>(move), "");
  EXPECT_EQ(Meeting().planned_from(), "2021-06-10");
  EXPECT_EQ(Meeting().planned_to(), "2021-06-10");
  EXPECT_EQ(Meeting().place(), "Kota Agung");
  EXPECT_EQ(Meeting().reason(), "flood");
  EXPECT_EQ(s.When<MeetingDecider>(move), "");
  EXPECT_EQ(s.last.events.size(), 0u);
  move.set_place("Pugung");
  EXPECT_EQ(s.When<MeetingDecider>(move), "");
  EXPECT_EQ(Meeting().place(), "Pugung");
  move.set_planned_to("2021-06-09");
  EXPECT_EQ(s.When<MeetingDecider>(move), "DATES_REVERSED");
}

TEST_F(MeetingTest, ACancelledMeetingIsOver) {
  ASSERT_EQ(s.When<MeetingDecider>(Plan()), "");
  const auto cancel = Named<v1::CancelMeetingRequest>(kMeeting, "reason: 'flood'");
  EXPECT_EQ(s.When<MeetingDecider>(cancel), "");
  EXPECT_EQ(Meeting().state(), v1::MEETING_STATE_CANCELLED);
  EXPECT_EQ(Meeting().reason(), "flood");
  EXPECT_EQ(s.When<MeetingDecider>(cancel), "");
  EXPECT_EQ(s.last.events.size(), 0u);
  EXPECT_EQ(s.When<MeetingDecider>(Named<v1::CancelMeetingRequest>(kMeeting, "reason: 'x'")),
            "MEETING_STATE");
  EXPECT_EQ(s.When<MeetingDecider>(Holding()), "MEETING_STATE");
  EXPECT_EQ(s.When<MeetingDecider>(Named<v1::RescheduleMeetingRequest>(kMeeting)), "MEETING_STATE");
}

TEST_F(MeetingTest, AMeetingIsHeldWhereItWasPlannedUnlessSaid) {
  ASSERT_EQ(s.When<MeetingDecider>(Plan()), "");
  auto holding = Holding();
  holding.set_held_to("2021-06-02");
  EXPECT_EQ(s.When<MeetingDecider>(holding), "DATES_REVERSED");
  EXPECT_EQ(s.When<MeetingDecider>(Holding()), "");
  EXPECT_EQ(Meeting().state(), v1::MEETING_STATE_HELD);
  EXPECT_EQ(Meeting().held_from(), "2021-06-03");
  EXPECT_EQ(Meeting().held_to(), "2021-06-04");
  EXPECT_EQ(Meeting().mode(), v1::MEETING_MODE_HYBRID);
  EXPECT_EQ(Meeting().place(), "Kota Agung");
  EXPECT_THAT(TagsOfLast(), UnorderedElementsAre(absl::StrCat("lokus:", kLokus),
                                                 absl::StrCat("lokus:", kOtherLokus)));
  EXPECT_EQ(s.When<MeetingDecider>(Holding()), "");
  EXPECT_EQ(s.last.events.size(), 0u);
  holding = Holding();
  holding.set_place("elsewhere");
  EXPECT_EQ(s.When<MeetingDecider>(holding), "MEETING_STATE");
  EXPECT_EQ(s.When<MeetingDecider>(Named<v1::CancelMeetingRequest>(kMeeting)), "MEETING_STATE");
}

TEST_F(MeetingTest, NothingIsRecordedOfAMeetingThatWasNotHeld) {
  ASSERT_EQ(s.When<MeetingDecider>(Plan()), "");
  EXPECT_EQ(Attend("attendance { party {} }"), "MEETING_STATE");
  EXPECT_EQ(Decide("1"), "MEETING_STATE");
  EXPECT_EQ(s.When<MeetingDecider>(Named<v1::AttachMinutesRequest>(kMeeting)), "MEETING_STATE");
  EXPECT_EQ(s.When<MeetingDecider>(Named<v1::AssignFollowUpRequest>(kMeeting)), "MEETING_STATE");
  EXPECT_EQ(s.When<MeetingDecider>(Named<v1::CompleteFollowUpRequest>(kMeeting)),
            "FOLLOW_UP_UNKNOWN");
}

TEST_F(MeetingTest, AttendanceAddsUp) {
  Hold();
  EXPECT_EQ(Attend(R"pb(
              attendance {
                attendance_id: "01"
                party {
                  kind: PARTY_KIND_VILLAGE_GOVERNMENT
                  capacity: CAPACITY_VILLAGE_SECRETARY
                  proxy_for { capacity: CAPACITY_VILLAGE_HEAD }
                }
                signed: true
              }
            )pb"),
            "");
  EXPECT_EQ(Attend("attendance { attendance_id: '02' party { kind: PARTY_KIND_COMMUNITY } }"), "");
  ASSERT_EQ(Meeting().attendance_size(), 2);
  EXPECT_TRUE(Meeting().attendance(0).signed_());
}

TEST_F(MeetingTest, ALineThatIsSentAgainCountsOnce) {
  Hold();
  const std::string line =
      "attendance { attendance_id: '01' party { kind: PARTY_KIND_OFFICE office: 'offices/18.06' "
      "capacity: CAPACITY_COMMISSIONER person { subject: 's1' name: 'x' } } signed: true } ";
  EXPECT_EQ(Attend(line + line), "");
  EXPECT_EQ(Meeting().attendance_size(), 1);
  // Every command has a subject of its own: persons are sealed.
  std::string again = line;
  again.replace(again.find("s1"), 2, "s2");
  EXPECT_EQ(Attend(again), "");
  EXPECT_EQ(s.last.events.size(), 0u);
  EXPECT_EQ(Decide("1"), "QUORUM_NOT_REACHED");
  EXPECT_EQ(Attend(again + "attendance { attendance_id: '02' party { kind: PARTY_KIND_OTHER } }"),
            "");
  EXPECT_EQ(s.last.events.at(0).envelope.meeting().attendance_recorded().attendance_size(), 1);
  EXPECT_EQ(Meeting().attendance_size(), 2);
  std::string other = line;
  other.replace(other.find("CAPACITY_COMMISSIONER"), 21, "CAPACITY_CHAIR");
  EXPECT_EQ(Attend(other), "ATTENDANCE_EXISTS");
  EXPECT_EQ(s.last_status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Attend("attendance { attendance_id: '03' party { kind: PARTY_KIND_OTHER } } "
                   "attendance { attendance_id: '03' party { kind: PARTY_KIND_COMMUNITY } }"),
            "ATTENDANCE_EXISTS");
}

TEST_F(MeetingTest, AMeetingIsUpToTheOfficeThatConvenedItAndThoseAbove) {
  Hold();
  ASSERT_EQ(s.When<MeetingDecider>(Named<v1::AssignFollowUpRequest>(
                kMeeting, "follow_up { follow_up_id: 't' owner_office: 'offices/18.09' }")),
            "");
  s.actor.office = "offices/18.09";
  EXPECT_EQ(Attend("attendance { attendance_id: '01' party {} }"), "OFFICE_NOT_ABOVE");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R5");
  EXPECT_EQ(Decide("1"), "OFFICE_NOT_ABOVE");
  const auto refused = [&](const auto& request) {
    EXPECT_EQ(s.When<MeetingDecider>(request), "OFFICE_NOT_ABOVE") << request.GetTypeName();
  };
  refused(Holding());
  refused(Named<v1::RescheduleMeetingRequest>(kMeeting));
  refused(Named<v1::CancelMeetingRequest>(kMeeting));
  refused(Named<v1::AttachMinutesRequest>(kMeeting));
  refused(Named<v1::AssignFollowUpRequest>(kMeeting));
  refused(Named<v1::CorrectMeetingRequest>(kMeeting));
  // Who owns a task says that it is done.
  const auto complete =
      Named<v1::CompleteFollowUpRequest>(kMeeting, "follow_up_id: 't' done_on: '2021-06-10'");
  EXPECT_EQ(s.When<MeetingDecider>(complete), "");
  s.actor.office = "offices/18";
  EXPECT_EQ(Attend("attendance { attendance_id: '01' party {} }"), "");
}

TEST_F(MeetingTest, WhatIsRecordedHasHappened) {
  ASSERT_EQ(s.When<MeetingDecider>(Plan()), "");
  auto holding = Holding();
  holding.set_held_to("2022-01-02");
  EXPECT_EQ(s.When<MeetingDecider>(holding), "DATE_IN_FUTURE");
  ASSERT_EQ(s.When<MeetingDecider>(Holding()), "");
  ASSERT_EQ(s.When<MeetingDecider>(Named<v1::AssignFollowUpRequest>(
                kMeeting, "follow_up { follow_up_id: 't' owner_office: 'offices/18.06' }")),
            "");
  EXPECT_EQ(s.When<MeetingDecider>(Named<v1::CompleteFollowUpRequest>(
                kMeeting, "follow_up_id: 't' done_on: '2022-01-02'")),
            "DATE_IN_FUTURE");
}

TEST_F(MeetingTest, NobodyActsForSomebodyOfTheSameCapacity) {
  Hold();
  EXPECT_EQ(Attend("attendance { party { capacity: CAPACITY_VILLAGE_HEAD "
                   "proxy_for { capacity: CAPACITY_VILLAGE_HEAD } } }"),
            "PROXY_CAPACITY");
}

TEST_F(MeetingTest, AttendanceIsBounded) {
  Hold();
  v1::RecordAttendanceRequest request;
  request.set_name(kMeeting);
  for (int i = 0; i < 50; ++i) request.add_attendance();
  for (std::size_t total = 0; total < limits::kAttendanceMax; total += 50) {
    for (int i = 0; i < 50; ++i) {
      request.mutable_attendance(i)->set_attendance_id(absl::StrCat(total, i));
    }
    EXPECT_EQ(s.When<MeetingDecider>(request), "");
  }
  EXPECT_EQ(Attend("attendance { attendance_id: 'x1' party {} }"), "MEETING_FULL");
  EXPECT_EQ(s.When<MeetingDecider>(request), "");  // Nothing new.
}

TEST_F(MeetingTest, ADecisionNeedsTheQuorum) {
  Hold();
  const auto attend = [&](const std::string& id, const std::string& party) {
    EXPECT_EQ(Attend(absl::StrCat("attendance { signed: true attendance_id: '", id, "' party {",
                                  party, "} }")),
              "");
  };
  const std::string office = "kind: PARTY_KIND_OFFICE office: 'offices/18.06' capacity: ";
  attend("1", office + "CAPACITY_CHAIR");
  // These do not count: a second chair, no member, of no office, of another office, of an office
  // that is not said, by a proxy, not signed.
  attend("2", office + "CAPACITY_CHAIR");
  attend("3", office + "CAPACITY_STAFF");
  attend("4", "kind: PARTY_KIND_OTHER office: 'offices/18.06' capacity: CAPACITY_COMMISSIONER");
  attend("5", "kind: PARTY_KIND_OFFICE office: 'offices/18' capacity: CAPACITY_COMMISSIONER");
  attend("6", "kind: PARTY_KIND_OFFICE capacity: CAPACITY_COMMISSIONER");
  attend("7", office + "CAPACITY_COMMISSIONER proxy_for { capacity: CAPACITY_CHAIR }");
  EXPECT_EQ(Attend(absl::StrCat("attendance { attendance_id: '8' party {", office,
                                "CAPACITY_COMMISSIONER } }")),
            "");
  EXPECT_EQ(Decide("1"), "QUORUM_NOT_REACHED");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R27");
  attend("9", office + "CAPACITY_COMMISSIONER");
  EXPECT_EQ(Decide("1", "approve"), "");
  EXPECT_EQ(Meeting().decisions(0).text(), "approve");
}

TEST_F(MeetingTest, AKindThatThePolicyDoesNotListHasNoQuorum) {
  auto plan = Plan();
  plan.set_kind(v1::MEETING_KIND_COORDINATION);
  ASSERT_EQ(s.When<MeetingDecider>(plan), "");
  ASSERT_EQ(s.When<MeetingDecider>(Holding()), "");
  EXPECT_EQ(Decide("1"), "");
  EXPECT_EQ(Decide("1"), "");
  EXPECT_EQ(s.last.events.size(), 0u);
  EXPECT_EQ(Decide("1", "something else"), "DECISION_EXISTS");
  for (std::size_t i = 2; i <= limits::kMeetingDecisionsMax; ++i) {
    EXPECT_EQ(Decide(absl::StrCat(i)), "");
  }
  EXPECT_EQ(Decide("one more"), "MEETING_FULL");
}

TEST_F(MeetingTest, MinutesAreADocument) {
  Hold();
  auto attach = Named<v1::AttachMinutesRequest>(kMeeting);
  attach.set_document(kMinutes);
  EXPECT_EQ(s.When<MeetingDecider>(attach), "DOCUMENT_UNKNOWN");
  GivenDocument(kMinutes, "type: DOCUMENT_TYPE_MINUTES");
  EXPECT_EQ(s.When<MeetingDecider>(attach), "");
  EXPECT_EQ(Meeting().minutes_document(), kMinutes);
  EXPECT_THAT(TagsOfLast(), testing::Contains(absl::StrCat("document:", kMinutes)));
  EXPECT_EQ(s.When<MeetingDecider>(attach), "");
  EXPECT_EQ(s.last.events.size(), 0u);
}

TEST_F(MeetingTest, ATaskIsGivenOnceAndDoneOnce) {
  Hold();
  auto assign = Named<v1::AssignFollowUpRequest>(kMeeting, R"pb(
    follow_up {
      follow_up_id: "visit"
      task: "visit the village"
      owner_office: "offices/99"
      done_on: "2021-06-01"
    }
  )pb");
  EXPECT_EQ(s.When<MeetingDecider>(assign), "OFFICE_UNKNOWN");
  assign.mutable_follow_up()->set_owner_office("offices/18");
  EXPECT_EQ(s.When<MeetingDecider>(assign), "");
  EXPECT_EQ(Meeting().follow_ups(0).done_on(), "");  // Output only.
  EXPECT_THAT(TagsOfLast(), testing::Contains("office:offices/18"));
  EXPECT_EQ(s.When<MeetingDecider>(assign), "");
  EXPECT_EQ(s.last.events.size(), 0u);
  assign.mutable_follow_up()->set_task("another");
  EXPECT_EQ(s.When<MeetingDecider>(assign), "FOLLOW_UP_EXISTS");

  auto complete = Named<v1::CompleteFollowUpRequest>(kMeeting,
                                                     "follow_up_id: 'visit' done_on: '2021-06-10' "
                                                     "done_by: 'programs/dp3-2021/meetings/none'");
  EXPECT_EQ(s.When<MeetingDecider>(complete), "MEETING_UNKNOWN");
  ASSERT_EQ(s.When<MeetingDecider>(Plan("visit")), "");
  complete.set_done_by("programs/dp3-2021/meetings/visit");
  EXPECT_EQ(s.When<MeetingDecider>(complete), "");
  EXPECT_EQ(Meeting().follow_ups(0).done_on(), "2021-06-10");
  EXPECT_EQ(Meeting().follow_ups(0).done_by(), "programs/dp3-2021/meetings/visit");
  EXPECT_THAT(TagsOfLast(), testing::Contains("meeting:programs/dp3-2021/meetings/visit"));
  EXPECT_EQ(s.When<MeetingDecider>(complete), "");
  EXPECT_EQ(s.last.events.size(), 0u);
  complete.set_done_on("2021-06-11");
  EXPECT_EQ(s.When<MeetingDecider>(complete), "FOLLOW_UP_DONE");
  EXPECT_NE(GetRefusal(s.last_status)->needed(), "");
  complete.set_follow_up_id("other");
  EXPECT_EQ(s.When<MeetingDecider>(complete), "FOLLOW_UP_UNKNOWN");
}

TEST_F(MeetingTest, FactsOfAMeetingAreCorrected) {
  ASSERT_EQ(s.When<MeetingDecider>(Plan()), "");
  std::uint64_t position = 0;
  while (!s.IsEventOf(position, kMeeting)) ++position;
  const auto correct = [&](const std::string& field, const std::string& value) {
    auto request =
        Named<v1::CorrectMeetingRequest>(kMeeting, "correction { approver: 'officers/ketua' }");
    request.mutable_correction()->set_corrected_position(position);
    request.mutable_correction()->set_field(field);
    request.mutable_correction()->set_value(value);
    return s.When<MeetingDecider>(request);
  };
  EXPECT_EQ(correct("mode", "MEETING_MODE_ONLINE"), "FIELD_NOT_CORRECTABLE");
  EXPECT_EQ(correct("held_from", "2021-06-03"), "FIELD_NOT_CORRECTABLE");
  ASSERT_EQ(s.When<MeetingDecider>(Holding()), "");
  EXPECT_EQ(correct("mode", "MEETING_MODE_ONLINE"), "");
  EXPECT_EQ(Meeting().mode(), v1::MEETING_MODE_ONLINE);
  EXPECT_EQ(correct("held_from", "2021-06-05"), "DATES_REVERSED");
  EXPECT_EQ(correct("held_to", "2022-06-05"), "DATE_IN_FUTURE");
  EXPECT_EQ(correct("kind", "MEETING_KIND_OTHER"), "FIELD_NOT_CORRECTABLE");
  Attend(R"pb(
    attendance {
      attendance_id: "1"
      party { kind: PARTY_KIND_OFFICE office: "offices/18.06" capacity: CAPACITY_CHAIR }
      signed: true
    }
    attendance {
      attendance_id: "2"
      party { kind: PARTY_KIND_OFFICE office: "offices/18.06" capacity: CAPACITY_COMMISSIONER }
      signed: true
    }
  )pb");
  ASSERT_EQ(Decide("1", "aprove"), "");
  EXPECT_EQ(correct("decisions[0].text", "approve"), "");
  EXPECT_EQ(Meeting().decisions(0).text(), "approve");
}

}  // namespace
}  // namespace jejak::domain
