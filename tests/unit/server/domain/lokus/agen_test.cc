// SPDX-License-Identifier: Apache-2.0

#include "server/domain/lokus/agen.h"

#include "server/base/limits.h"
#include "server/domain/office/region_catalog.h"
#include "tests/support/program_fixture.h"

#include "gmock/gmock.h"

namespace jejak::domain {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class AgenTest : public ProgramTest {
 protected:
  std::string Register(const v1::RegisterCandidateRequest& request) {
    return s.When<AgenDecider>(request);
  }
  std::string Verify(const v1::VerifyRequirementRequest& request) {
    return s.When<AgenDecider>(request);
  }
  v1::ReplaceAgenRequest Replacement(const std::string& name, const std::string& by) {
    auto request =
        Named<v1::ReplaceAgenRequest>(name, "reason: 'moved away' effective_on: '2021-09-01'");
    request.set_decree(kDecree);
    request.set_replacement(by);
    return request;
  }
};

// --- Registration.

TEST_F(AgenTest, ACandidateIsRegisteredBeforeTheVillageAccepts) {
  auto request = Candidate("01", "siti", kOtherLokus);
  request.set_channel("recommended by PKK");
  request.add_bases(v1::VOTER_BASE_WOMEN);  // Named twice, counted once.
  request.add_community_roles(v1::COMMUNITY_ROLE_PKK);
  ASSERT_EQ(Register(request), "");
  const v1::Agen& agen = Agen(absl::StrCat(kOtherLokus, "/agen/01"));
  EXPECT_EQ(agen.state(), v1::AGEN_STATE_CANDIDATE);
  EXPECT_THAT(agen.bases(), ElementsAre(v1::VOTER_BASE_WOMEN));
  EXPECT_THAT(agen.community_roles(), ElementsAre(v1::COMMUNITY_ROLE_PKK));
  EXPECT_EQ(agen.channel(), "recommended by PKK");
  EXPECT_EQ(agen.person().subject(), "siti");
  EXPECT_EQ(agen.consents_size(), 1);
  EXPECT_EQ(agen.policy_version(), 1u);
  EXPECT_EQ(s.ClaimHolder("candidacy/dp3-2021/18.06.12.2003/73697469"), agen.name());
}

TEST_F(AgenTest, ALokusThatIsNotDesignatedTakesNoCandidates) {
  const std::string mapped = "programs/dp3-2021/lokus/18.06.13.2001";
  GivenLokus(mapped, /*designated=*/false);
  EXPECT_EQ(Register(Candidate("01", "", mapped)), "LOKUS_NOT_DESIGNATED");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R8");
  s.Given<LokusDecider>(kLokus, Parse<event::v1::LokusEvent>("lokus_suspended {}"));
  EXPECT_EQ(Register(Candidate("01")), "LOKUS_NOT_DESIGNATED");
  EXPECT_EQ(Register(Candidate("01", "", "programs/dp3-2021/lokus/18.06.14.2001")),
            "RESOURCE_NOT_FOUND");
}

TEST_F(AgenTest, NothingIsDecidedInAClosedProgramOrForAnUnknownOffice) {
  s.actor.office = "offices/99";
  EXPECT_EQ(Register(Candidate("01")), "OFFICE_UNKNOWN");
  s.actor.office = "offices/18.06";
  const std::string agen = Registered(Candidate("01"));
  CloseProgram();
  EXPECT_EQ(Register(Candidate("02")), "PROGRAM_NOT_OPEN");
  EXPECT_EQ(Verify(Check(agen, v1::REQUIREMENT_AGE)), "PROGRAM_NOT_OPEN");
}

TEST_F(AgenTest, NameNationalIdAndBirthDateAreRequired) {
  auto request = Candidate("01");
  request.mutable_person()->clear_name();
  request.mutable_person()->clear_birth_date();
  EXPECT_EQ(Register(request), "PERSON_INCOMPLETE");
  EXPECT_THAT(std::string(s.last_status.message()), HasSubstr("name, birth_date"));
  request = Candidate("01");
  request.mutable_person()->clear_national_id();
  EXPECT_EQ(Register(request), "PERSON_INCOMPLETE");
}

TEST_F(AgenTest, ACandidateComesFromVoterBasesOfThePolicy) {
  auto request = Candidate("01");
  request.add_bases(v1::VOTER_BASE_NETIZEN);
  EXPECT_EQ(Register(request), "BASE_NOT_IN_POLICY");
  request.clear_bases();
  EXPECT_EQ(Register(request), "BASE_MISSING");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R15");
}

TEST_F(AgenTest, RegistrationNeedsALawfulBasis) {
  auto request = Candidate("01");
  request.mutable_consents(0)->set_purpose(v1::CONSENT_PURPOSE_DISABILITY_DATA);
  EXPECT_EQ(Register(request), "CONSENT_MISSING");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R21");
  // Any lawful basis will do.
  request.mutable_consents(0)->set_purpose(v1::CONSENT_PURPOSE_PARTICIPATION);
  request.mutable_consents(0)->set_basis(v1::LAWFUL_BASIS_PUBLIC_SERVICE);
  EXPECT_EQ(Register(request), "");
}

TEST_F(AgenTest, DataOnADisabilityNeedsItsOwnConsent) {
  auto request = Candidate("01");
  request.add_bases(v1::VOTER_BASE_DISABILITY);
  EXPECT_EQ(Register(request), "DISABILITY_CONSENT_MISSING");
  *request.add_consents() = request.consents(0);
  request.mutable_consents(1)->set_purpose(v1::CONSENT_PURPOSE_DISABILITY_DATA);
  request.mutable_consents(1)->set_basis(v1::LAWFUL_BASIS_CONTRACT);
  EXPECT_EQ(Register(request), "DISABILITY_CONSENT_MISSING");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R21");
  request.mutable_consents(1)->set_basis(v1::LAWFUL_BASIS_CONSENT);
  EXPECT_EQ(Register(request), "");
}

TEST_F(AgenTest, AMinorNeedsTheConsentOfAGuardian) {
  s.ages["rina"] = 17;
  auto request = Candidate("01", "rina");
  EXPECT_EQ(Register(request), "GUARDIAN_CONSENT_MISSING");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R11");
  *request.add_consents() = request.consents(0);
  request.mutable_consents(1)->set_guardian(true);
  request.mutable_consents(1)->set_basis(v1::LAWFUL_BASIS_CONTRACT);
  EXPECT_EQ(Register(request), "GUARDIAN_CONSENT_MISSING");
  request.mutable_consents(1)->set_basis(v1::LAWFUL_BASIS_CONSENT);
  EXPECT_EQ(Register(request), "");
}

TEST_F(AgenTest, AConsentIsNotGivenInTheFuture) {
  auto request = Candidate("01", "rina");
  request.mutable_consents(0)->set_given_on("2022-01-02");
  EXPECT_EQ(Register(request), "CONSENT_IN_FUTURE");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R21");
  request.mutable_consents(0)->set_given_on("2022-01-01");  // It may be that day elsewhere.
  EXPECT_EQ(Register(request), "");
  EXPECT_EQ(s.When<AgenDecider>(Named<v1::RecordConsentRequest>(
                absl::StrCat(kLokus, "/agen/01"),
                "consent { purpose: CONSENT_PURPOSE_PARTICIPATION given_on: '2031-01-01' }")),
            "CONSENT_IN_FUTURE");
}

TEST_F(AgenTest, AgenAreUpToOfficesWhoseRegionHoldsTheVillage) {
  const std::string agen = Selected(Candidate("01"));
  s.actor.office = "offices/18.09";
  EXPECT_EQ(Register(Candidate("02")), "REGION_OUTSIDE_OFFICE");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R5");
  EXPECT_EQ(Verify(Check(agen, v1::REQUIREMENT_AGE)), "REGION_OUTSIDE_OFFICE");
  const auto refused = [&](const auto& request) {
    EXPECT_EQ(s.When<AgenDecider>(request), "REGION_OUTSIDE_OFFICE") << request.GetTypeName();
  };
  refused(Named<v1::RecordConsentRequest>(agen));
  refused(Named<v1::FindEligibleRequest>(agen));
  refused(Named<v1::FindIneligibleRequest>(agen));
  refused(Named<v1::SelectCandidateRequest>(agen));
  refused(Named<v1::ReserveCandidateRequest>(agen));
  refused(Named<v1::ResignAgenRequest>(agen));
  refused(Named<v1::DismissAgenRequest>(agen));
  refused(Replacement(agen, agen));
  refused(Named<v1::CorrectAgenRequest>(agen));
  EXPECT_EQ(s.When<AppointmentDecider>(Appointment({agen})), "REGION_OUTSIDE_OFFICE");
  s.actor.office = "offices/18";
  EXPECT_EQ(s.When<AppointmentDecider>(Appointment({agen})), "");
}

TEST_F(AgenTest, WhoseAgeIsNotKnownNeedsNoGuardian) {
  auto request = Candidate("01", "rina");
  s.ages.erase("rina");
  EXPECT_EQ(Register(request), "");
}

TEST_F(AgenTest, APersonIsACandidateOfALokusOnce) {
  const std::string first = Registered(Candidate("01", "siti"));
  EXPECT_EQ(Register(Candidate("01", "budi")), "AGEN_EXISTS");
  EXPECT_EQ(Register(Candidate("02", "siti")), "ALREADY_CANDIDATE");
  // Another lokus is another candidacy.
  EXPECT_EQ(Register(Candidate("02", "siti", kOtherLokus)), "");
  // A candidacy that has ended makes room.
  EXPECT_EQ(s.When<AgenDecider>(
                Named<v1::ResignAgenRequest>(first, "reason: 'x' ended_on: '2021-06-05'")),
            "");
  EXPECT_EQ(Register(Candidate("02", "siti")), "");
}

TEST_F(AgenTest, TheRecruiterIsAnAgenOfTheProgram) {
  auto request = Candidate("02");
  request.set_recruited_by(absl::StrCat(kLokus, "/agen/01"));
  EXPECT_EQ(Register(request), "AGEN_UNKNOWN");
  Registered(Candidate("01"));
  EXPECT_EQ(Register(request), "");
  EXPECT_EQ(Agen(absl::StrCat(kLokus, "/agen/02")).recruited_by(), request.recruited_by());
  EXPECT_THAT(TagsOfLast(), ElementsAre(absl::StrCat("agen:", kLokus, "/agen/01")));
}

// --- Consent.

TEST_F(AgenTest, AFurtherConsentIsRecordedOnce) {
  const std::string agen = Registered(Candidate("01", "siti"));
  auto request = Named<v1::RecordConsentRequest>(
      agen, "consent { purpose: CONSENT_PURPOSE_DISABILITY_DATA given_on: '2021-06-03' }");
  EXPECT_EQ(s.When<AgenDecider>(request), "");
  EXPECT_EQ(Agen(agen).consents_size(), 2);
  EXPECT_EQ(s.When<AgenDecider>(request), "");
  EXPECT_EQ(s.last.events.size(), 0u);
  s.ages["siti"] = 17;
  request.mutable_consent()->set_given_on("2021-06-04");
  EXPECT_EQ(s.When<AgenDecider>(request), "GUARDIAN_CONSENT_MISSING");
  s.ages["siti"] = 30;
  for (std::size_t i = 2; i < limits::kConsentsPerAgenMax; ++i) {
    request.mutable_consent()->set_text_version(absl::StrCat(i));
    EXPECT_EQ(s.When<AgenDecider>(request), "");
  }
  request.mutable_consent()->set_text_version("one more");
  EXPECT_EQ(s.When<AgenDecider>(request), "AGEN_FULL");
  EXPECT_NE(GetRefusal(s.last_status)->needed(), "");
}

// --- Requirements.

TEST_F(AgenTest, TheAgeIsComputedFromTheBirthDateOnRecord) {
  const std::string agen = Registered(Candidate("01", "siti"));
  ASSERT_EQ(Verify(Check(agen, v1::REQUIREMENT_AGE)), "");
  const v1::RequirementCheck& check = Agen(agen).requirements(0);
  EXPECT_EQ(check.source(), v1::CHECK_SOURCE_BIRTH_DATE_ON_RECORD);
  EXPECT_EQ(check.reference_date(), "2021-06-01");
  EXPECT_EQ(check.checked_by(), "officers/operator");
  EXPECT_EQ(Verify(Check(agen, v1::REQUIREMENT_AGE, false)), "AGE_CONTRADICTED");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R10");
}

TEST_F(AgenTest, TheBoundsOfTheAgeRangeBelongToIt) {
  const std::string agen = Registered(Candidate("01", "siti"));
  for (const auto& [age, met] :
       std::map<int, bool>{{16, false}, {17, true}, {50, true}, {51, false}}) {
    s.ages["siti"] = age;
    EXPECT_EQ(Verify(Check(agen, v1::REQUIREMENT_AGE, met)), "") << age;
    EXPECT_EQ(Verify(Check(agen, v1::REQUIREMENT_AGE, !met)), "AGE_CONTRADICTED") << age;
    EXPECT_THAT(std::string(s.last_status.message()), Not(HasSubstr(absl::StrCat(age))));
  }
}

TEST_F(AgenTest, AnOfficersWordCountsWhereTheAgeIsNotKnown) {
  const std::string agen = Registered(Candidate("01", "siti"));
  s.ages.clear();
  auto request = Check(agen, v1::REQUIREMENT_AGE, false);
  request.mutable_check()->set_source(v1::CHECK_SOURCE_BIRTH_DATE_ON_RECORD);
  EXPECT_EQ(Verify(request), "CHECK_SOURCE_RESERVED");
  request.mutable_check()->set_source(v1::CHECK_SOURCE_IDENTITY_CARD);
  EXPECT_EQ(Verify(request), "");
  EXPECT_EQ(Agen(agen).requirements(0).source(), v1::CHECK_SOURCE_IDENTITY_CARD);
}

TEST_F(AgenTest, TheDomicileIsTheVillageUnderAnyOfItsCodes) {
  const std::string agen = Registered(Candidate("01"));
  auto request = Check(agen, v1::REQUIREMENT_DOMICILE);
  request.mutable_check()->set_domicile_code("18.02.11.2016");
  EXPECT_EQ(Verify(request), "DOMICILE_CONTRADICTED");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R13");
  s.Given<RegionCatalogDecider>(
      kRegionCatalog, Parse<event::v1::RegionCatalogEvent>(R"pb(
        region_code_succeeded {
          succession { old_code: "18.02.11.2016" new_codes: "18.06.11.2016" }
        }
      )pb"));
  EXPECT_EQ(Verify(request), "");
  request.mutable_check()->set_result(v1::CHECK_RESULT_NOT_MET);
  EXPECT_EQ(Verify(request), "DOMICILE_CONTRADICTED");
  request.mutable_check()->set_domicile_code("18.06.12.2003");
  EXPECT_EQ(Verify(request), "");
  EXPECT_EQ(Agen(agen).requirements(0).domicile_code(), "18.06.12.2003");
  request.mutable_check()->clear_domicile_code();
  EXPECT_EQ(Verify(request), "");
}

TEST_F(AgenTest, ANewCheckTakesThePlaceOfTheOneBefore) {
  const std::string agen = Registered(Candidate("01"));
  const auto statement = Check(agen, v1::REQUIREMENT_NOT_PARTY_MEMBER);
  EXPECT_EQ(Verify(statement), "");
  EXPECT_EQ(Verify(statement), "");
  EXPECT_EQ(s.last.events.size(), 0u);
  auto sipol = Check(agen, v1::REQUIREMENT_NOT_PARTY_MEMBER, false);
  sipol.mutable_check()->set_source(v1::CHECK_SOURCE_SIPOL);
  sipol.mutable_check()->set_evidence_document("offices/18.06/documents/sipol");
  EXPECT_EQ(Verify(sipol), "DOCUMENT_UNKNOWN");
  GivenDocument("offices/18.06/documents/sipol", "");
  EXPECT_EQ(Verify(sipol), "");
  EXPECT_THAT(TagsOfLast(), ElementsAre("document:offices/18.06/documents/sipol"));
  ASSERT_EQ(Agen(agen).requirements_size(), 1);
  EXPECT_EQ(Agen(agen).requirements(0).source(), v1::CHECK_SOURCE_SIPOL);
}

TEST_F(AgenTest, PartyMembershipIsCheckedByStatementOrSipol) {
  auto request = Check(Registered(Candidate("01")), v1::REQUIREMENT_NOT_PARTY_MEMBER);
  for (const auto source : {v1::CHECK_SOURCE_UNSPECIFIED, v1::CHECK_SOURCE_IDENTITY_CARD,
                            v1::CHECK_SOURCE_TEST, v1::CHECK_SOURCE_VOTER_LIST}) {
    request.mutable_check()->set_source(source);
    EXPECT_EQ(Verify(request), "CHECK_SOURCE_UNSUITED") << source;
    EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R12");
  }
  request.mutable_check()->set_source(v1::CHECK_SOURCE_SIPOL);
  EXPECT_EQ(Verify(request), "");
}

TEST_F(AgenTest, ACheckHasBeenMade) {
  auto request = Check(Registered(Candidate("01")), v1::REQUIREMENT_DOMICILE);
  request.mutable_check()->set_checked_on("2022-01-02");
  EXPECT_EQ(Verify(request), "DATE_IN_FUTURE");
}

TEST_F(AgenTest, OnlyRequirementsOfThePolicyAreVerified) {
  const std::string agen = Registered(Candidate("01"));
  EXPECT_EQ(Verify(Check(agen, v1::REQUIREMENT_SECONDARY_EDUCATION)), "REQUIREMENT_NOT_IN_POLICY");
}

TEST_F(AgenTest, AnElectionOfficialIsNoticedUnderAnyPolicy) {
  const std::string agen = Appointed(Candidate("01"));
  EXPECT_EQ(Verify(Check(agen, v1::REQUIREMENT_NOT_ELECTION_OFFICIAL, false)), "");
  ASSERT_EQ(s.last.notices.size(), 1u);
  EXPECT_EQ(s.last.notices[0].reason(), "ACTIVE_AGEN_UNQUALIFIED");
  EXPECT_EQ(s.last.notices[0].rule(), "R19");
}

TEST_F(AgenTest, AnElectionOfficialIsNotFoundEligible) {
  const std::string agen = Registered(Candidate("01"));
  for (const auto requirement :
       {v1::REQUIREMENT_AGE, v1::REQUIREMENT_DOMICILE, v1::REQUIREMENT_NOT_PARTY_MEMBER}) {
    Verify(Check(agen, requirement));
  }
  Verify(Check(agen, v1::REQUIREMENT_NOT_ELECTION_OFFICIAL, false));
  const auto find = Named<v1::FindEligibleRequest>(agen);
  EXPECT_EQ(s.When<AgenDecider>(find), "REQUIREMENT_NOT_MET");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R19");
  Verify(Check(agen, v1::REQUIREMENT_NOT_ELECTION_OFFICIAL));
  EXPECT_EQ(s.When<AgenDecider>(find), "");
}

TEST_F(AgenTest, AnUnqualifiedActiveAgenIsNoticed) {
  const std::string agen = Appointed(Candidate("01"));
  EXPECT_EQ(Verify(Check(agen, v1::REQUIREMENT_NOT_PARTY_MEMBER, false)), "");
  ASSERT_EQ(s.last.notices.size(), 1u);
  EXPECT_EQ(s.last.notices[0].reason(), "ACTIVE_AGEN_UNQUALIFIED");
  EXPECT_EQ(s.last.notices[0].rule(), "R12");
}

// --- Eligibility and selection.

TEST_F(AgenTest, AllRequirementsOfThePolicyMakeACandidateEligible) {
  const std::string agen = Registered(Candidate("01", "siti"));
  const auto find = Named<v1::FindEligibleRequest>(agen);
  Verify(Check(agen, v1::REQUIREMENT_AGE));
  Verify(Check(agen, v1::REQUIREMENT_DOMICILE));
  EXPECT_EQ(s.When<AgenDecider>(find), "REQUIREMENT_NOT_VERIFIED");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R12");
  Verify(Check(agen, v1::REQUIREMENT_NOT_PARTY_MEMBER, false));
  EXPECT_EQ(s.When<AgenDecider>(find), "REQUIREMENT_NOT_MET");
  Verify(Check(agen, v1::REQUIREMENT_NOT_PARTY_MEMBER));
  EXPECT_EQ(s.When<AgenDecider>(find), "");
  EXPECT_EQ(s.last.events[0].envelope.agen().candidate_found_eligible().requirements_size(), 3);
  EXPECT_EQ(Agen(agen).state(), v1::AGEN_STATE_ELIGIBLE);
  EXPECT_EQ(s.When<AgenDecider>(find), "");
  EXPECT_EQ(s.last.events.size(), 0u);
}

TEST_F(AgenTest, EligibilityLooksAtTheAgeAndTheGuardianAgain) {
  const std::string agen = Registered(Candidate("01", "siti"));
  for (const auto requirement :
       {v1::REQUIREMENT_AGE, v1::REQUIREMENT_DOMICILE, v1::REQUIREMENT_NOT_PARTY_MEMBER}) {
    Verify(Check(agen, requirement));
  }
  s.ages["siti"] = 60;
  EXPECT_EQ(s.When<AgenDecider>(Named<v1::FindEligibleRequest>(agen)), "REQUIREMENT_NOT_MET");
  s.ages["siti"] = 17;
  EXPECT_EQ(s.When<AgenDecider>(Named<v1::FindEligibleRequest>(agen)), "GUARDIAN_CONSENT_MISSING");
}

TEST_F(AgenTest, IneligibilityNamesWhatIsNotMet) {
  const std::string agen = Eligible(Candidate("01", "siti"));
  const auto find = Named<v1::FindIneligibleRequest>(agen, "reason: 'a party member'");
  EXPECT_EQ(s.When<AgenDecider>(find), "NO_REQUIREMENT_UNMET");
  Verify(Check(agen, v1::REQUIREMENT_NOT_PARTY_MEMBER, false));
  // Found unmet after eligibility: no selection any more.
  EXPECT_EQ(s.When<AgenDecider>(Named<v1::SelectCandidateRequest>(agen, "rank: 1")),
            "REQUIREMENT_NOT_MET");
  EXPECT_EQ(s.When<AgenDecider>(Named<v1::ReserveCandidateRequest>(agen, "rank: 1")),
            "REQUIREMENT_NOT_MET");
  EXPECT_EQ(s.When<AgenDecider>(find), "");
  EXPECT_EQ(Agen(agen).state(), v1::AGEN_STATE_INELIGIBLE);
  EXPECT_THAT(Agen(agen).unmet_requirements(), ElementsAre(v1::REQUIREMENT_NOT_PARTY_MEMBER));
  EXPECT_EQ(Agen(agen).end_reason(), "a party member");
  EXPECT_EQ(s.ClaimHolder("candidacy/dp3-2021/18.06.11.2016/73697469"), std::nullopt);
  // The candidacy has ended.
  EXPECT_EQ(s.When<AgenDecider>(Named<v1::SelectCandidateRequest>(agen, "rank: 1")), "AGEN_STATE");
  EXPECT_EQ(s.When<AgenDecider>(Named<v1::FindEligibleRequest>(agen)), "AGEN_STATE");
  EXPECT_EQ(s.When<AgenDecider>(find), "AGEN_STATE");
  EXPECT_EQ(s.When<AgenDecider>(Named<v1::ResignAgenRequest>(agen)), "AGEN_STATE");
  EXPECT_EQ(s.When<AgenDecider>(Named<v1::RecordConsentRequest>(agen)), "AGEN_STATE");
  EXPECT_EQ(Verify(Check(agen, v1::REQUIREMENT_AGE)), "AGEN_STATE");
}

TEST_F(AgenTest, AnEligibleCandidateIsSelectedOrPutInReserve) {
  const std::string agen = Registered(Candidate("01"));
  const auto select = Named<v1::SelectCandidateRequest>(agen, "rank: 3");
  const auto reserve = Named<v1::ReserveCandidateRequest>(agen, "rank: 1");
  EXPECT_EQ(s.When<AgenDecider>(select), "AGEN_STATE");
  EXPECT_EQ(s.When<AgenDecider>(reserve), "AGEN_STATE");
  const std::string other = Eligible(Candidate("02"));
  EXPECT_EQ(s.When<AgenDecider>(Named<v1::ReserveCandidateRequest>(other, "rank: 1")), "");
  EXPECT_EQ(Agen(other).state(), v1::AGEN_STATE_RESERVE);
  EXPECT_EQ(s.When<AgenDecider>(Named<v1::ReserveCandidateRequest>(other, "rank: 1")), "");
  EXPECT_EQ(s.last.events.size(), 0u);
  EXPECT_EQ(s.When<AgenDecider>(Named<v1::SelectCandidateRequest>(other, "rank: 3")), "");
  EXPECT_EQ(Agen(other).state(), v1::AGEN_STATE_SELECTED);
  EXPECT_EQ(Agen(other).rank(), 3u);
  EXPECT_EQ(s.When<AgenDecider>(Named<v1::SelectCandidateRequest>(other, "rank: 3")), "");
  EXPECT_EQ(s.last.events.size(), 0u);
  EXPECT_EQ(s.When<AgenDecider>(Named<v1::SelectCandidateRequest>(other, "rank: 4")), "AGEN_STATE");
}

// --- The end of service.

TEST_F(AgenTest, AWithdrawnCandidacyDoesNotConcernTheLokus) {
  const std::string agen = Selected(Candidate("01"));
  const auto resign = Named<v1::ResignAgenRequest>(agen, "reason: 'work' ended_on: '2021-06-09'");
  EXPECT_EQ(s.When<AgenDecider>(resign), "");
  EXPECT_EQ(s.last.events.size(), 1u);
  EXPECT_EQ(Agen(agen).state(), v1::AGEN_STATE_RESIGNED);
  EXPECT_EQ(Agen(agen).end_reason(), "work");
  EXPECT_EQ(Agen(agen).ended_on(), "2021-06-09");
  EXPECT_EQ(s.When<AgenDecider>(resign), "AGEN_STATE");
}

TEST_F(AgenTest, AnAgenWhoResignsLeavesTheLokus) {
  const std::string agen = Appointed(Candidate("01", "siti"));
  EXPECT_EQ(Lokus().active_agen(), 1u);
  EXPECT_EQ(s.ClaimHolder("active-person/dp3-2021/73697469"), agen);
  auto resign = Named<v1::ResignAgenRequest>(agen, "reason: 'work' ended_on: '2021-06-30'");
  EXPECT_EQ(s.When<AgenDecider>(resign), "DATES_REVERSED");
  resign.set_ended_on("2021-08-01");
  EXPECT_EQ(s.When<AgenDecider>(resign), "");
  ASSERT_EQ(s.last.events.size(), 2u);
  EXPECT_EQ(s.last.events[1].stream, kLokus);
  EXPECT_EQ(s.last.events[1].envelope.lokus().lokus_agen_left().agen(), agen);
  EXPECT_EQ(Lokus().active_agen(), 0u);
  EXPECT_EQ(s.ClaimHolder("active-person/dp3-2021/73697469"), std::nullopt);
  EXPECT_EQ(s.ClaimHolder("candidacy/dp3-2021/18.06.11.2016/73697469"), std::nullopt);
}

TEST_F(AgenTest, OnlyAnAgenInServiceIsDismissed) {
  const std::string agen = Selected(Candidate("01"));
  auto dismiss = Named<v1::DismissAgenRequest>(agen, "reason: 'x' ended_on: '2021-08-01'");
  EXPECT_EQ(s.When<AgenDecider>(dismiss), "AGEN_STATE");
  EXPECT_EQ(s.When<AppointmentDecider>(Appointment({agen})), "");
  s.Given<AgenDecider>(agen,
                       Parse<event::v1::AgenEvent>("agen_inaugurated { held_on: '2021-07-02' }"));
  EXPECT_EQ(Agen(agen).state(), v1::AGEN_STATE_INAUGURATED);
  EXPECT_EQ(Agen(agen).inaugurated_on(), "2021-07-02");
  dismiss.set_decree("offices/18.06/documents/none");
  EXPECT_EQ(s.When<AgenDecider>(dismiss), "DECREE_MISSING");
  GivenDocument("offices/18.06/documents/draft", "type: DOCUMENT_TYPE_DECREE");
  dismiss.set_decree("offices/18.06/documents/draft");
  EXPECT_EQ(s.When<AgenDecider>(dismiss), "DECREE_NOT_SIGNED");
  dismiss.set_decree(kDecree);
  EXPECT_EQ(s.When<AgenDecider>(dismiss), "");
  EXPECT_EQ(Agen(agen).state(), v1::AGEN_STATE_DISMISSED);
  EXPECT_EQ(Lokus().active_agen(), 0u);
  EXPECT_THAT(TagsOfLast(), ElementsAre(absl::StrCat("document:", kDecree)));
}

TEST_F(AgenTest, AReplacementServesTheRestOfTheTerm) {
  const std::string old = Selected(Candidate("01", "siti"));
  auto appointment = Appointment({old});
  appointment.set_appointed_to("2024-12-31");
  EXPECT_EQ(s.When<AppointmentDecider>(appointment), "");
  const std::string fresh = Eligible(Candidate("02", "budi"));
  EXPECT_EQ(s.When<AgenDecider>(Replacement(old, fresh)), "AGEN_STATE");
  s.When<AgenDecider>(Named<v1::ReserveCandidateRequest>(fresh, "rank: 1"));
  EXPECT_EQ(s.When<AgenDecider>(Replacement(old, fresh)), "");
  ASSERT_EQ(s.last.events.size(), 4u);
  EXPECT_TRUE(s.last.events[0].envelope.agen().agen_replaced().from_reserve());
  EXPECT_TRUE(s.last.events[1].envelope.agen().has_agen_appointed());
  EXPECT_TRUE(s.last.events[2].envelope.lokus().has_lokus_agen_left());
  EXPECT_TRUE(s.last.events[3].envelope.lokus().has_lokus_agen_joined());
  EXPECT_THAT(TagsOfLast(0),
              ElementsAre(absl::StrCat("document:", kDecree), absl::StrCat("agen:", fresh)));
  EXPECT_THAT(TagsOfLast(1),
              ElementsAre(absl::StrCat("document:", kDecree), absl::StrCat("agen:", old)));
  EXPECT_EQ(Agen(old).state(), v1::AGEN_STATE_REPLACED);
  EXPECT_EQ(Agen(old).replaced_by(), fresh);
  EXPECT_EQ(Agen(old).ended_on(), "2021-09-01");
  EXPECT_EQ(Agen(fresh).state(), v1::AGEN_STATE_APPOINTED);
  EXPECT_EQ(Agen(fresh).replaces(), old);
  EXPECT_EQ(Agen(fresh).appointed_from(), "2021-09-01");
  EXPECT_EQ(Agen(fresh).appointed_to(), "2024-12-31");
  EXPECT_EQ(Lokus().active_agen(), 1u);
  EXPECT_EQ(s.ClaimHolder("active-person/dp3-2021/73697469"), std::nullopt);
  EXPECT_EQ(s.ClaimHolder("active-person/dp3-2021/62756469"), fresh);
}

TEST_F(AgenTest, AReplacementIsAnAppointment) {
  const std::string old = Appointed(Candidate("01", "siti"));
  const std::string fresh = Selected(Candidate("02", "budi"));
  EXPECT_EQ(s.When<AgenDecider>(Replacement(fresh, old)), "AGEN_STATE");
  EXPECT_EQ(s.When<AgenDecider>(Replacement(old, old)), "AGEN_STATE");
  EXPECT_EQ(s.When<AgenDecider>(Replacement(old, "programs/dp3-2021/lokus/x/agen/1")),
            "AGEN_UNKNOWN");
  auto request = Replacement(old, fresh);
  request.set_decree("offices/18.06/documents/none");
  EXPECT_EQ(s.When<AgenDecider>(request), "DECREE_MISSING");
  GivenDocument("offices/18.06/documents/draft", "type: DOCUMENT_TYPE_DECREE");
  request.set_decree("offices/18.06/documents/draft");
  EXPECT_EQ(s.When<AgenDecider>(request), "DECREE_NOT_SIGNED");
  request = Replacement(old, fresh);
  request.set_effective_on("2021-06-01");
  EXPECT_EQ(s.When<AgenDecider>(request), "DATES_REVERSED");
  // Budi is in service elsewhere.
  Accept(kOtherLokus);
  Appointed(Candidate("09", "budi", kOtherLokus));
  EXPECT_EQ(s.When<AgenDecider>(Replacement(old, fresh)), "ACTIVE_ELSEWHERE");
}

// --- Corrections.

TEST_F(AgenTest, FactsOfTheServiceAreCorrected) {
  const std::string agen = Appointed(Candidate("01"));
  std::uint64_t position = 0;
  while (!s.IsEventOf(position, agen)) ++position;
  auto correct = Named<v1::CorrectAgenRequest>(
      agen,
      "correction { field: 'appointed_from' value: '2021-07-02' approver: 'officers/ketua' }");
  correct.mutable_correction()->set_corrected_position(position);
  EXPECT_EQ(s.When<AgenDecider>(correct), "");
  EXPECT_EQ(Agen(agen).appointed_from(), "2021-07-02");
  correct.mutable_correction()->set_field("appointed_to");
  correct.mutable_correction()->set_value("2021-07-01");
  EXPECT_EQ(s.When<AgenDecider>(correct), "DATES_REVERSED");
  correct.mutable_correction()->set_field("rank");
  correct.mutable_correction()->set_value("0");
  EXPECT_EQ(s.When<AgenDecider>(correct), "CORRECTION_VALUE_INVALID");
  correct.mutable_correction()->set_field("ended_on");
  correct.mutable_correction()->set_value("2022-07-01");
  EXPECT_EQ(s.When<AgenDecider>(correct), "FIELD_NOT_CORRECTABLE");
  correct.mutable_correction()->set_field("person.name");
  EXPECT_EQ(s.When<AgenDecider>(correct), "FIELD_NOT_CORRECTABLE");
  correct.mutable_correction()->set_field("channel");
  correct.mutable_correction()->set_approver(s.actor.name);
  EXPECT_EQ(s.When<AgenDecider>(correct), "CORRECTOR_IS_APPROVER");
}

TEST_F(AgenTest, ATermThatWasNeverStatedIsNotCorrected) {
  const std::string agen = Registered(Candidate("01"));
  std::uint64_t position = 0;
  while (!s.IsEventOf(position, agen)) ++position;
  for (const std::string field : {"appointed_from", "appointed_to", "rank"}) {
    auto correct = Named<v1::CorrectAgenRequest>(agen, "correction { approver: 'officers/ketua' }");
    correct.mutable_correction()->set_corrected_position(position);
    correct.mutable_correction()->set_field(field);
    correct.mutable_correction()->set_value(field == "rank" ? "2" : "2021-07-01");
    EXPECT_EQ(s.When<AgenDecider>(correct), "FIELD_NOT_CORRECTABLE") << field;
  }
}

}  // namespace
}  // namespace jejak::domain
