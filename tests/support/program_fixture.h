// SPDX-License-Identifier: Apache-2.0
//
// File: program_fixture.h
//
// A world for tests of what lies below a program: the offices ri, 18 and 18.06, the program
// dp3-2021 with a policy, two designated lokus of which the first has accepted, a signed decree,
// and shortcuts that bring an agen to a state. All persons are invented.

#ifndef JEJAK_TESTS_SUPPORT_PROGRAM_FIXTURE_H_
#define JEJAK_TESTS_SUPPORT_PROGRAM_FIXTURE_H_

#include "server/domain/lokus/agen.h"
#include "server/domain/lokus/appointment.h"
#include "server/domain/lokus/lokus.h"
#include "server/domain/office/office.h"
#include "server/domain/program/program.h"
#include "server/domain/record/document.h"
#include "tests/support/scenario.h"

#include "jejak/v1/handover.pb.h"
#include "jejak/v1/meeting.pb.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include <string>
#include <vector>

namespace jejak::domain {

inline constexpr char kProgram[] = "programs/dp3-2021";
inline constexpr char kLokus[] = "programs/dp3-2021/lokus/18.06.11.2016";
inline constexpr char kOtherLokus[] = "programs/dp3-2021/lokus/18.06.12.2003";
inline constexpr char kDecree[] = "offices/18.06/documents/sk-1";

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() {
    s.now = absl::FromUnixSeconds(1640908800);  // 2021-12-31T00:00:00Z
    GivenOffice("offices/ri", "level: OFFICE_LEVEL_NATIONAL");
    GivenOffice("offices/18",
                "level: OFFICE_LEVEL_PROVINCE region_code: '18' parent: 'offices/ri'");
    GivenOffice("offices/18.06",
                "level: OFFICE_LEVEL_REGENCY region_code: '18.06' parent: 'offices/18'");
    GivenOffice("offices/18.09",
                "level: OFFICE_LEVEL_REGENCY region_code: '18.09' parent: 'offices/18'");
    s.Given<ProgramDecider>(
        kProgram, Parse<event::v1::ProgramEvent>(
                      "program_opened { kind: 'DP3' year: 2021 lead_office: 'offices/ri' }"));
    GivenPolicy(R"pb(
      version: 1
      agen_quota { min: 1 target: 2 max: 3 }
      age { min: 17 max: 50 reference_date: "2021-06-01" guardian_consent_below: 18 }
      lokus_categories: LOKUS_CATEGORY_LOW_TURNOUT
      voter_bases: [ VOTER_BASE_WOMEN, VOTER_BASE_YOUNG_VOTER, VOTER_BASE_DISABILITY ]
      requirements: [ REQUIREMENT_AGE, REQUIREMENT_DOMICILE, REQUIREMENT_NOT_PARTY_MEMBER ]
      designating_levels: OFFICE_LEVEL_PROVINCE
      quorums { kind: MEETING_KIND_PLENARY commissioners: 2 }
      receipt_days: 14
    )pb");
    GivenLokus(kLokus);
    GivenLokus(kOtherLokus);
    Accept(kLokus);
    GivenDocument(kDecree, "type: DOCUMENT_TYPE_DECREE issued_on: '2021-06-20'");
    Sign(kDecree);
  }

  void GivenOffice(const std::string& name, const std::string& registered) {
    s.Given<OfficeDecider>(
        name, Parse<event::v1::OfficeEvent>(absl::StrCat("office_registered {", registered, "}")));
  }
  void GivenPolicy(const std::string& policy) {
    s.Given<ProgramDecider>(kProgram, Parse<event::v1::ProgramEvent>(absl::StrCat(
                                          "program_policy_published { policy {", policy, "} }")));
  }
  void GivenLokus(const std::string& name, bool designated = true) {
    s.Given<LokusDecider>(
        name, Parse<event::v1::LokusEvent>(absl::StrCat("village_mapped { region_code: '",
                                                        std::string(LastSegment(name)), "' }")));
    if (designated) {
      s.Given<LokusDecider>(name, Parse<event::v1::LokusEvent>("lokus_designated { decree: 'x' }"));
    }
  }
  void Accept(const std::string& lokus) {
    s.Given<LokusDecider>(lokus, Parse<event::v1::LokusEvent>("village_accepted {}"));
  }
  void GivenDocument(const std::string& name, const std::string& registered) {
    s.Given<DocumentDecider>(name, Parse<event::v1::DocumentEvent>(
                                       absl::StrCat("document_registered {", registered, "}")));
  }
  // Adds a version to the document, and signs it.
  void Sign(const std::string& name) {
    for (const char* text :
         {"document_version_added { version: 1 }", "document_signed { version: 1 signature {} }"}) {
      s.Given<DocumentDecider>(name, Parse<event::v1::DocumentEvent>(text));
    }
  }
  void CloseProgram() {
    s.Given<ProgramDecider>(kProgram, Parse<event::v1::ProgramEvent>("program_closed {}"));
  }

  // A candidate as the command stage hands it on: `person` stands for the subject and for the
  // national id. Aged 30.
  v1::RegisterCandidateRequest Candidate(const std::string& id, const std::string& person = "",
                                         const std::string& lokus = kLokus) {
    const std::string subject = person.empty() ? id : person;
    s.ages.emplace(subject, 30);
    auto request = Parse<v1::RegisterCandidateRequest>(R"pb(
      bases: VOTER_BASE_WOMEN
      consents {
        purpose: CONSENT_PURPOSE_PARTICIPATION
        basis: LAWFUL_BASIS_CONSENT
        given_on: "2021-06-01"
      }
    )pb");
    request.set_parent(lokus);
    request.set_agen_id(id);
    v1::Person& one = *request.mutable_person();
    one.set_subject(subject);
    one.set_name(kGiven);
    one.set_national_id(kGiven);
    one.set_birth_date(kGiven);
    one.mutable_sealed()->set_national_id_hmac(subject);
    return request;
  }
  v1::VerifyRequirementRequest Check(const std::string& agen, v1::Requirement requirement,
                                     bool met = true) {
    v1::VerifyRequirementRequest request;
    request.set_name(agen);
    request.mutable_check()->set_requirement(requirement);
    request.mutable_check()->set_result(met ? v1::CHECK_RESULT_MET : v1::CHECK_RESULT_NOT_MET);
    request.mutable_check()->set_source(v1::CHECK_SOURCE_STATEMENT);
    request.mutable_check()->set_checked_on("2021-06-02");
    return request;
  }
  template <typename Request>
  Request Named(const std::string& name, const std::string& rest = "") {
    auto request = Parse<Request>(rest);
    request.set_name(name);
    return request;
  }

  // These return the name of an agen brought to the state.
  std::string Registered(const v1::RegisterCandidateRequest& request) {
    EXPECT_EQ(s.When<AgenDecider>(request), "");
    return AgenDecider::Stream(request);
  }
  std::string Eligible(const v1::RegisterCandidateRequest& request) {
    const std::string name = Registered(request);
    for (const auto requirement :
         {v1::REQUIREMENT_AGE, v1::REQUIREMENT_DOMICILE, v1::REQUIREMENT_NOT_PARTY_MEMBER}) {
      EXPECT_EQ(s.When<AgenDecider>(Check(name, requirement)), "");
    }
    EXPECT_EQ(s.When<AgenDecider>(Named<v1::FindEligibleRequest>(name)), "");
    return name;
  }
  std::string Selected(const v1::RegisterCandidateRequest& request) {
    const std::string name = Eligible(request);
    EXPECT_EQ(s.When<AgenDecider>(Named<v1::SelectCandidateRequest>(name, "rank: 1")), "");
    return name;
  }
  v1::AppointAgenRequest Appointment(const std::vector<std::string>& agen,
                                     const std::string& lokus = kLokus) {
    v1::AppointAgenRequest request;
    request.set_parent(lokus);
    for (const std::string& name : agen) request.add_agen(name);
    request.set_decree(kDecree);
    request.set_appointed_from("2021-07-01");
    return request;
  }
  std::string Appointed(const v1::RegisterCandidateRequest& request) {
    const std::string name = Selected(request);
    EXPECT_EQ(s.When<AppointmentDecider>(Appointment({name}, request.parent())), "");
    return name;
  }
  const v1::Agen& Agen(const std::string& name) { return *s.Find<v1::Agen>(name); }
  const v1::Lokus& Lokus(const std::string& name = kLokus) { return *s.Find<v1::Lokus>(name); }

  // The tags of event `i` of the last decision.
  std::vector<std::string> TagsOfLast(std::size_t i = 0) {
    const DecidedEvent& event = s.last.events.at(i);
    const Aggregate* aggregate = FindAggregate(event.stream);
    const auto& state = *FindAny(event.stream);
    return aggregate->Tags(state, event.envelope);
  }

  Scenario s;

 private:
  const google::protobuf::Message* FindAny(const std::string& name) {
    if (const auto* found = s.Find<v1::Agen>(name)) return found;
    if (const auto* found = s.Find<v1::Lokus>(name)) return found;
    if (const auto* found = s.Find<v1::Meeting>(name)) return found;
    if (const auto* found = s.Find<v1::Document>(name)) return found;
    return s.Find<v1::Handover>(name);
  }
};

}  // namespace jejak::domain

#endif  // JEJAK_TESTS_SUPPORT_PROGRAM_FIXTURE_H_
