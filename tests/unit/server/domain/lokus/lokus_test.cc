// SPDX-License-Identifier: Apache-2.0

#include "server/domain/lokus/lokus.h"

#include "server/domain/lokus/agen.h"
#include "tests/support/domain_fixture.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <functional>
#include <optional>
#include <utility>

namespace jejak::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kSukabanjar[] = "18.06.21.2005";
const Actor kProposer = {"officers/proposer", kTanggamus, v1::ROLE_OPERATOR};
const Actor kApprover = {"officers/approver", kLampung, v1::ROLE_CHAIR};

class LokusTest : public ::testing::Test {
 protected:
  LokusTest() { GivenWorld(s_); }

  template <typename Request>
  std::string When(const Actor& actor, const std::string& text, const std::string& name = kLokus) {
    s_.actor = actor;
    auto request = Parse<Request>(text);
    request.set_name(name);
    return s_.When<LokusDecider>(request);
  }

  std::string Map(const std::string& code, const std::string& indicators = kTurnout) {
    s_.actor = kProposer;
    auto request = Parse<v1::MapVillageRequest>(indicators);
    request.set_parent(kProgram);
    request.set_region_code(code);
    return s_.When<LokusDecider>(request);
  }

  // Maps and proposes.
  std::string Propose(const std::string& name = kLokus, const std::string& text = kProposal) {
    if (s_.Find<v1::Lokus>(name) == nullptr) {
      EXPECT_EQ(Map(std::string(LastSegment(name))), "");
    }
    return When<v1::ProposeLokusRequest>(kProposer, text, name);
  }

  std::string Approve(const std::string& name = kLokus, const Actor& actor = kApprover) {
    return When<v1::ApproveLokusRequest>(
        actor, "plenary_meeting: 'programs/dp3-2021/meetings/pleno'", name);
  }

  std::string Designate(const std::string& name = kLokus, const Actor& actor = kApprover) {
    return When<v1::DesignateLokusRequest>(
        actor, "decree: 'offices/18/documents/sk-lokus' effective_on: '2021-05-21'", name);
  }

  // As GivenPlenary, with its convener and the lokus it is about.
  void GivenPlenaryWith(const std::string& id, const std::string& convened_by,
                        const std::string& lokus = absl::StrCat("lokus: '", kLokus, "'")) {
    for (const std::string& text :
         {absl::StrCat("meeting_scheduled { kind: MEETING_KIND_PLENARY ", convened_by, " ", lokus,
                       " }"),
          std::string("meeting_held {}"),
          std::string("decision_taken { decision { number: '1' text: 'x' } }"),
          absl::StrCat("minutes_attached { document: '", kMinutes, "' }")}) {
      s_.Given<MeetingDecider>(absl::StrCat(kProgram, "/meetings/", id),
                               Parse<event::v1::MeetingEvent>(text));
    }
  }

  // An appointed agen, counted in the lokus.
  std::string GivenAgen(int number, v1::AgenState state = v1::AGEN_STATE_APPOINTED) {
    const std::string name = absl::StrCat(kLokus, "/agen/", number);
    s_.Given<AgenDecider>(name, Parse<event::v1::AgenEvent>("candidate_registered {}"));
    if (state != v1::AGEN_STATE_APPOINTED) return name;
    s_.Given<AgenDecider>(name, Parse<event::v1::AgenEvent>("agen_appointed {}"));
    GivenLokusEvent(s_, kLokus, absl::StrCat("lokus_agen_joined { agen: '", name, "' }"));
    return name;
  }

  // A lokus that can be inaugurated; its agen.
  std::vector<std::string> GivenFullLokus(int agen = 20) {
    GivenDesignatedLokus(s_);
    GivenVillageAccepted(s_);
    std::vector<std::string> names;
    for (int i = 1; i <= agen; ++i) names.push_back(GivenAgen(i));
    return names;
  }

  std::string Inaugurate(const std::vector<std::string>& agen) {
    s_.actor = kProposer;
    s_.now = absl::FromUnixSeconds(1624147200);  // 2021-06-20T00:00:00Z
    auto request = Parse<v1::InaugurateLokusRequest>("place: 'Balai Pekon' held_on: '2021-06-20'");
    request.set_name(kLokus);
    for (const std::string& name : agen) request.add_agen(name);
    return s_.When<LokusDecider>(request);
  }

  void SetPolicy(const std::function<void(v1::Policy&)>& change) {
    v1::Policy policy = PolicyPreset("dp3-2021");
    change(policy);
    GivenPolicy(s_, policy);
  }

  const v1::Lokus& lokus(absl::string_view name = kLokus) { return *s_.Find<v1::Lokus>(name); }
  std::vector<std::string> Tags() {
    return LokusDecider::Tags(lokus(), s_.last.events.at(0).envelope.lokus());
  }
  std::string Rule() const {
    const auto refusal = GetRefusal(s_.last_status);
    return refusal.has_value() ? refusal->rule() : "";
  }

  static constexpr char kTurnout[] = R"pb(indicators {
                                            kind: INDICATOR_KIND_TURNOUT
                                            numerator: 555
                                            denominator: 1000
                                            basis: VOTER_LIST_BASIS_DPT
                                            election: "pemilihan-2020"
                                            source: "D.Hasil"
                                          })pb";
  static constexpr char kProposal[] =
      R"pb(categories: LOKUS_CATEGORY_LOW_TURNOUT
           justification: "Partisipasi rendah"
           evidence { category: LOKUS_CATEGORY_LOW_TURNOUT indicator: INDICATOR_KIND_TURNOUT })pb";

  Scenario s_;
};

// --- Mapping: R1, R2, R5, R32.

TEST_F(LokusTest, MappingSetsEveryField) {
  EXPECT_EQ(Map(kGunungKasih), "");
  EXPECT_EQ(lokus().state(), v1::LOKUS_STATE_MAPPED);
  EXPECT_EQ(lokus().region_code(), kGunungKasih);
  EXPECT_EQ(lokus().region_title(), "Gunung Kasih");
  EXPECT_EQ(lokus().district_title(), "Pugung");
  EXPECT_EQ(lokus().region_catalog_version(), "4.0.1");
  EXPECT_EQ(lokus().office(), kTanggamus);
  ASSERT_EQ(lokus().indicators_size(), 1);
  EXPECT_EQ(lokus().indicators(0).numerator(), 555u);
  EXPECT_EQ(s_.ClaimHolder("lokus-village/dp3-2021/18.06.11.2016"), kLokus);
}

TEST_F(LokusTest, ALokusIsAVillageOfTheCatalog) {
  EXPECT_EQ(Map("18.06.11.2999"), "REGION_UNKNOWN");
  EXPECT_EQ(Rule(), "R1");
  EXPECT_EQ(Map("18.06.11"), "REGION_NOT_A_VILLAGE");
  EXPECT_EQ(Rule(), "R1");
  s_.regions = nullptr;
  EXPECT_EQ(Map(kGunungKasih), "REGION_UNKNOWN");
}

TEST_F(LokusTest, NamesAreNotKeys) {
  EXPECT_EQ(Map(kSukabanjar), "");
  EXPECT_EQ(Map("18.06.19.2006"), "");
  EXPECT_EQ(lokus("programs/dp3-2021/lokus/18.06.21.2005").region_title(),
            lokus("programs/dp3-2021/lokus/18.06.19.2006").region_title());
}

TEST_F(LokusTest, AVillageIsMappedOnce) {
  EXPECT_EQ(Map(kGunungKasih), "");
  EXPECT_EQ(Map(kGunungKasih), "VILLAGE_ALREADY_MAPPED");
  EXPECT_EQ(s_.last_status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Rule(), "R2");
}

TEST_F(LokusTest, AVillageIsTheSameUnderItsOldCode) {
  EXPECT_EQ(Map("18.06.19.2006"), "");
  const auto succeeded = Parse<event::v1::RegionCatalogEvent>(
      R"pb(region_code_succeeded {
             succession { old_code: "18.06.19.2006" new_codes: "18.06.11.2016" }
           })pb");
  s_.Given<RegionCatalogDecider>(kRegionCatalog, succeeded);
  EXPECT_EQ(Map(kGunungKasih), "VILLAGE_ALREADY_MAPPED");
  EXPECT_EQ(Map(kSukabanjar), "");
}

TEST_F(LokusTest, AWithdrawnVillageIsNotFreeInTheWave) {
  EXPECT_EQ(Map(kGunungKasih), "");
  EXPECT_EQ(When<v1::WithdrawLokusRequest>(kProposer, "reason: 'x'"), "");
  EXPECT_EQ(Map(kGunungKasih), "VILLAGE_ALREADY_MAPPED");
}

TEST_F(LokusTest, AVillageIsMappedByAnOfficeAboveIt) {
  s_.actor.office = kPesawaran;
  auto request = Parse<v1::MapVillageRequest>(kTurnout);
  request.set_parent(kProgram);
  request.set_region_code(kGunungKasih);
  EXPECT_EQ(s_.When<LokusDecider>(request), "REGION_OUTSIDE_OFFICE");
  EXPECT_EQ(Rule(), "R5");
  EXPECT_EQ(s_.last_status.code(), absl::StatusCode::kPermissionDenied);
  s_.actor.office = "offices/77";
  EXPECT_EQ(s_.When<LokusDecider>(request), "OFFICE_UNKNOWN");
  s_.actor.office = kRi;
  EXPECT_EQ(s_.When<LokusDecider>(request), "");
}

TEST_F(LokusTest, ATurnoutIsAShareOfAVoterList) {
  const auto map = [this](const std::string& indicator) {
    return Map(kGunungKasih, absl::StrCat("indicators { kind: INDICATOR_KIND_", indicator, " }"));
  };
  EXPECT_EQ(map("TURNOUT numerator: 11 denominator: 10 basis: VOTER_LIST_BASIS_DPT"),
            "TURNOUT_INVALID");
  EXPECT_EQ(Rule(), "R32");
  EXPECT_EQ(map("TURNOUT numerator: 0 denominator: 0 basis: VOTER_LIST_BASIS_DPT"),
            "TURNOUT_INVALID");
  EXPECT_EQ(map("TURNOUT numerator: 5 denominator: 10"), "TURNOUT_INVALID");
  EXPECT_EQ(map("VIOLATIONS numerator: 3"), "");
}

TEST_F(LokusTest, NothingHappensInAProgramThatIsClosed) {
  EXPECT_EQ(Map(kGunungKasih), "");
  s_.Given<ProgramDecider>(kProgram, Parse<event::v1::ProgramEvent>("program_closed {}"));
  EXPECT_EQ(Map(kSukabanjar), "PROGRAM_NOT_OPEN");
  EXPECT_EQ(Propose(), "PROGRAM_NOT_OPEN");
  EXPECT_EQ(When<v1::SuspendLokusRequest>(kProposer, "reason: 'x'"), "PROGRAM_NOT_OPEN");
}

// --- Proposal: R3, R4.

TEST_F(LokusTest, ProposingSetsEveryField) {
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(lokus().state(), v1::LOKUS_STATE_PROPOSED);
  EXPECT_THAT(lokus().categories(), ElementsAre(v1::LOKUS_CATEGORY_LOW_TURNOUT));
  EXPECT_EQ(lokus().justification(), "Partisipasi rendah");
  EXPECT_EQ(lokus().evidence_size(), 1);
  EXPECT_EQ(lokus().proposer(), "officers/proposer");
  EXPECT_EQ(Propose(), "LOKUS_STATE");
}

TEST_F(LokusTest, AVillageIsProposedForACategoryOfThePolicy) {
  EXPECT_EQ(Propose(kLokus, "justification: 'x'"), "CATEGORY_MISSING");
  EXPECT_EQ(Rule(), "R3");
  SetPolicy([](v1::Policy& policy) {
    policy.clear_lokus_categories();
    policy.add_lokus_categories(v1::LOKUS_CATEGORY_HIGH_VIOLATION_RISK);
  });
  EXPECT_EQ(Propose(), "CATEGORY_NOT_IN_POLICY");
  EXPECT_EQ(Rule(), "R3");
  EXPECT_EQ(GetRefusal(s_.last_status)->policy_version(), 2u);
  EXPECT_EQ(Propose(kLokus, "categories: LOKUS_CATEGORY_UNSPECIFIED"), "CATEGORY_NOT_IN_POLICY");
}

TEST_F(LokusTest, ADeviationFromR3AllowsOtherCategoriesAndNone) {
  SetPolicy([](v1::Policy& policy) {
    policy.clear_lokus_categories();
    policy.add_lokus_categories(v1::LOKUS_CATEGORY_HIGH_VIOLATION_RISK);
  });
  EXPECT_EQ(Propose(), "CATEGORY_NOT_IN_POLICY");
  GivenDeviation(s_,
                 "rule: 'R3' lokus: 'programs/dp3-2021/lokus/18.06.11.2016' "
                 "expires_on: '2021-06-01'");
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(s_.deviations.size(), 1u) << "what the decision needed is recorded with it";
  GivenDeviation(s_, "rule: 'R3' office: 'offices/18.06' expires_on: '2021-06-01'");
  EXPECT_EQ(Propose("programs/dp3-2021/lokus/18.06.21.2005", "justification: 'x'"), "");
  s_.now += absl::Hours(24);
  EXPECT_EQ(Propose("programs/dp3-2021/lokus/18.06.19.2006"), "CATEGORY_NOT_IN_POLICY");
}

TEST_F(LokusTest, ACategoryIsKeptOnce) {
  EXPECT_EQ(Propose(kLokus, absl::StrCat(kProposal, " categories: LOKUS_CATEGORY_LOW_TURNOUT")),
            "");
  EXPECT_EQ(lokus().categories_size(), 1);
}

TEST_F(LokusTest, EveryCategoryHasEvidenceOnRecord) {
  const std::string category = "categories: LOKUS_CATEGORY_HIGH_VIOLATION_RISK ";
  EXPECT_EQ(Propose(kLokus, absl::StrCat(kProposal, category)), "EVIDENCE_MISSING");
  EXPECT_EQ(Rule(), "R4");
  const std::string evidence = "evidence { category: LOKUS_CATEGORY_HIGH_VIOLATION_RISK ";
  // Not measured at the mapping; in words alone; and a document that is not there.
  for (const char* what : {"indicator: INDICATOR_KIND_VIOLATIONS", "text: 'known'",
                           "document: 'offices/18.06/documents/none'"}) {
    EXPECT_EQ(Propose(kLokus, absl::StrCat(kProposal, category, evidence, what, " }")),
              "EVIDENCE_MISSING")
        << what;
  }
  GivenDocument(s_, "offices/18.06/documents/laporan", v1::DOCUMENT_TYPE_REPORT);
  const std::string backed =
      absl::StrCat(kProposal, category, evidence, "document: 'offices/18.06/documents/laporan' }");
  EXPECT_EQ(Propose(kLokus, absl::StrCat(backed, evidence, "document: 'offices/x' }")),
            "DOCUMENT_UNKNOWN");
  EXPECT_EQ(Propose(kLokus, backed), "");
  EXPECT_THAT(Tags(), ElementsAre("document:offices/18.06/documents/laporan"));
}

TEST_F(LokusTest, AnIndicatorBacksTheCategoryItTellsOf) {
  std::string mapped = kTurnout;
  for (const char* kind : {"VIOLATIONS", "RE_VOTES", "CONFLICTS", "DISASTERS"}) {
    absl::StrAppend(&mapped, " indicators { kind: INDICATOR_KIND_", kind, " numerator: 2 }");
  }
  const auto propose = [&](const std::string& category, const std::string& kind) {
    GivenLokusEvent(s_, kLokus, "lokus_proposal_returned {}");
    return Propose(kLokus, absl::StrCat("categories: LOKUS_CATEGORY_", category,
                                        " evidence { category: LOKUS_CATEGORY_", category,
                                        " indicator: INDICATOR_KIND_", kind, " }"));
  };
  EXPECT_EQ(Map(kGunungKasih, mapped), "");
  EXPECT_EQ(propose("LOW_TURNOUT", "TURNOUT"), "");
  EXPECT_EQ(propose("CONFLICT_OR_DISASTER_PRONE", "CONFLICTS"), "");
  EXPECT_EQ(propose("CONFLICT_OR_DISASTER_PRONE", "DISASTERS"), "");
  EXPECT_EQ(propose("HIGH_VIOLATION_RISK", "VIOLATIONS"), "");
  EXPECT_EQ(propose("HIGH_VIOLATION_RISK", "RE_VOTES"), "");
  EXPECT_EQ(propose("CONFLICT_OR_DISASTER_PRONE", "TURNOUT"), "EVIDENCE_MISSING");
  EXPECT_EQ(Rule(), "R4");
  EXPECT_EQ(propose("HIGH_VIOLATION_RISK", "TURNOUT"), "EVIDENCE_MISSING");
  EXPECT_EQ(propose("LOW_TURNOUT", "DISASTERS"), "EVIDENCE_MISSING");
  EXPECT_EQ(propose("LOW_TURNOUT", "UNSPECIFIED"), "EVIDENCE_MISSING");
}

TEST_F(LokusTest, ProposingIsForTheLevelsOfThePolicy) {
  EXPECT_EQ(Map(kGunungKasih), "");
  GivenOffice(s_, "offices/18.06.11", v1::OFFICE_LEVEL_PPK, "18.06.11", kTanggamus);
  const Actor ppk = {"officers/ppk", "offices/18.06.11", v1::ROLE_OPERATOR};
  EXPECT_EQ(When<v1::ProposeLokusRequest>(ppk, kProposal), "OFFICE_NOT_ENTITLED");
  const Actor other = {"officers/other", kPesawaran, v1::ROLE_OPERATOR};
  EXPECT_EQ(When<v1::ProposeLokusRequest>(other, kProposal), "REGION_OUTSIDE_OFFICE");
  EXPECT_EQ(When<v1::ProposeLokusRequest>(kApprover, kProposal), "");
}

// --- Review.

TEST_F(LokusTest, AProposalIsEndorsedOnce) {
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(When<v1::EndorseLokusRequest>(kApprover, "text: 'good'"), "");
  EXPECT_EQ(lokus().state(), v1::LOKUS_STATE_ENDORSED);
  EXPECT_EQ(lokus().endorsed_by_office(), kLampung);
  EXPECT_EQ(lokus().review_text(), "good");
  EXPECT_EQ(When<v1::EndorseLokusRequest>(kApprover, ""), "LOKUS_STATE");
}

TEST_F(LokusTest, ReviewIsForTheOfficeOfTheLokusAndThoseAbove) {
  EXPECT_EQ(Propose(), "");
  GivenOffice(s_, "offices/18.06.11", v1::OFFICE_LEVEL_PPK, "18.06.11", kTanggamus);
  const Actor ppk = {"officers/ppk", "offices/18.06.11", v1::ROLE_OPERATOR};
  EXPECT_EQ(When<v1::EndorseLokusRequest>(ppk, ""), "OFFICE_NOT_ABOVE");
  EXPECT_EQ(When<v1::ReturnLokusRequest>(ppk, ""), "OFFICE_NOT_ABOVE");
  EXPECT_EQ(When<v1::RejectLokusRequest>(ppk, ""), "OFFICE_NOT_ABOVE");
  const Actor chair = {"officers/chair", kTanggamus, v1::ROLE_CHAIR};
  EXPECT_EQ(When<v1::EndorseLokusRequest>(chair, ""), "");
}

TEST_F(LokusTest, WhoProposedDoesNotEndorse) {
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(When<v1::EndorseLokusRequest>(kProposer, ""), "PROPOSER_IS_ENDORSER");
  EXPECT_EQ(Rule(), "R43");
  EXPECT_EQ(When<v1::EndorseLokusRequest>({"officers/proposer", kLampung, v1::ROLE_CHAIR}, ""),
            "PROPOSER_IS_ENDORSER");
}

TEST_F(LokusTest, AReturnedProposalIsProposedAgain) {
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(When<v1::EndorseLokusRequest>(kApprover, ""), "");
  EXPECT_EQ(When<v1::ReturnLokusRequest>(kApprover,
                                         "reason: LOKUS_REVIEW_REASON_EVIDENCE text: 'which TPS?'"),
            "");
  EXPECT_EQ(lokus().state(), v1::LOKUS_STATE_RETURNED);
  EXPECT_EQ(lokus().review_reason(), v1::LOKUS_REVIEW_REASON_EVIDENCE);
  EXPECT_EQ(lokus().review_text(), "which TPS?");
  EXPECT_EQ(Approve(), "LOKUS_STATE");
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(lokus().endorsed_by_office(), "");
  EXPECT_EQ(lokus().review_text(), "");
}

TEST_F(LokusTest, ARejectionIsFinal) {
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(When<v1::RejectLokusRequest>(
                kApprover, "reason: LOKUS_REVIEW_REASON_BUDGET text: 'two per province'"),
            "");
  EXPECT_EQ(lokus().state(), v1::LOKUS_STATE_REJECTED);
  EXPECT_EQ(lokus().review_reason(), v1::LOKUS_REVIEW_REASON_BUDGET);
  EXPECT_EQ(Propose(), "LOKUS_STATE");
  EXPECT_EQ(Approve(), "LOKUS_STATE");
  EXPECT_EQ(When<v1::SuspendLokusRequest>(kApprover, ""), "LOKUS_STATE");
  EXPECT_EQ(When<v1::WithdrawLokusRequest>(kApprover, ""), "LOKUS_STATE");
  EXPECT_EQ(Map(kGunungKasih), "VILLAGE_ALREADY_MAPPED");
}

TEST_F(LokusTest, OnlyAProposalIsReviewed) {
  EXPECT_EQ(Map(kGunungKasih), "");
  EXPECT_EQ(When<v1::EndorseLokusRequest>(kApprover, ""), "LOKUS_STATE");
  EXPECT_EQ(When<v1::ReturnLokusRequest>(kApprover, ""), "LOKUS_STATE");
  EXPECT_EQ(When<v1::RejectLokusRequest>(kApprover, ""), "LOKUS_STATE");
  EXPECT_EQ(Approve(), "LOKUS_STATE");
  EXPECT_THAT(std::string(s_.last_status.message()), ::testing::HasSubstr("LOKUS_STATE_MAPPED"));
}

// --- Approval: R5, R6, R7, R43.

TEST_F(LokusTest, ApprovalTakesAPlaceOfTheOffice) {
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(Approve(), "");
  EXPECT_EQ(lokus().state(), v1::LOKUS_STATE_APPROVED);
  EXPECT_EQ(lokus().approved_by_office(), kLampung);
  EXPECT_EQ(lokus().plenary_meeting(), kPlenary);
  EXPECT_EQ(lokus().slot(), 1u);
  EXPECT_EQ(s_.ClaimHolder("lokus-slot/dp3-2021/18.06/1"), kLokus);
  EXPECT_THAT(Tags(), ElementsAre("meeting:programs/dp3-2021/meetings/pleno"));
}

TEST_F(LokusTest, AnEndorsedProposalIsApproved) {
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(When<v1::EndorseLokusRequest>(kApprover, ""), "");
  EXPECT_EQ(Approve(), "");
}

TEST_F(LokusTest, OnlyAnEntitledOfficeAboveTheVillageApproves) {
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(Approve(kLokus, {"officers/x", kTanggamus, v1::ROLE_CHAIR}), "OFFICE_NOT_ENTITLED");
  EXPECT_EQ(Rule(), "R5");
  EXPECT_EQ(Approve(kLokus, {"officers/x", kRi, v1::ROLE_CHAIR}), "OFFICE_NOT_ENTITLED");
  GivenOffice(s_, "offices/19", v1::OFFICE_LEVEL_PROVINCE, "19", kRi);
  EXPECT_EQ(Approve(kLokus, {"officers/x", "offices/19", v1::ROLE_CHAIR}), "REGION_OUTSIDE_OFFICE");
  const Actor regency = {"officers/x", kTanggamus, v1::ROLE_CHAIR};
  // For a lokus, but granted to another office.
  GivenDeviation(s_, absl::StrCat("rule: 'R5' office: 'offices/18.09' lokus: '", kLokus,
                                  "' expires_on: '2021-06-30'"));
  EXPECT_EQ(Approve(kLokus, regency), "OFFICE_NOT_ENTITLED");
  GivenDeviation(s_, "rule: 'R5' office: 'offices/18.06' expires_on: '2021-06-30'");
  // The plenary meeting is that of the office that decides.
  EXPECT_EQ(Approve(kLokus, regency), "PLENARY_NOT_OF_OFFICE");
  EXPECT_EQ(Rule(), "R7");
  GivenPlenaryWith("pleno-18.06", "convened_by: 'offices/18.06'");
  EXPECT_EQ(When<v1::ApproveLokusRequest>(
                regency, "plenary_meeting: 'programs/dp3-2021/meetings/pleno-18.06'"),
            "");
}

TEST_F(LokusTest, WhoProposedDoesNotApprove) {
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(Approve(kLokus, {"officers/proposer", kLampung, v1::ROLE_CHAIR}),
            "PROPOSER_IS_APPROVER");
  EXPECT_EQ(Rule(), "R43");
}

TEST_F(LokusTest, APlenaryMeetingDecided) {
  EXPECT_EQ(Propose(), "");
  const auto approve = [this](const std::string& meeting) {
    return When<v1::ApproveLokusRequest>(kApprover,
                                         absl::StrCat("plenary_meeting: '", meeting, "'"));
  };
  EXPECT_EQ(approve(""), "PLENARY_MISSING");
  EXPECT_EQ(Rule(), "R7");
  EXPECT_EQ(approve("programs/dp3-2021/meetings/none"), "PLENARY_MISSING");
  const auto given = [this](const std::string& id, const std::string& text) {
    s_.Given<MeetingDecider>("programs/dp3-2021/meetings/" + id,
                             Parse<event::v1::MeetingEvent>(text));
  };
  given("planned", absl::StrCat("meeting_scheduled { kind: MEETING_KIND_PLENARY lokus: '", kLokus,
                                "' convened_by: 'offices/18' }"));
  EXPECT_EQ(approve("programs/dp3-2021/meetings/planned"), "PLENARY_MISSING");
  given("planned", "meeting_held {}");
  EXPECT_EQ(approve("programs/dp3-2021/meetings/planned"), "PLENARY_MISSING");
  given("rakor", "meeting_scheduled { kind: MEETING_KIND_COORDINATION }");
  given("rakor", "meeting_held {}");
  given("rakor", "decision_taken { decision { number: '1' text: 'x' } }");
  EXPECT_EQ(approve("programs/dp3-2021/meetings/rakor"), "PLENARY_MISSING");
  GivenPlenary(s_, "programs/dp3-2020/meetings/pleno");
  EXPECT_EQ(approve("programs/dp3-2020/meetings/pleno"), "PLENARY_MISSING");
  given("planned", "decision_taken { decision { number: '1' text: 'x' } }");
  EXPECT_EQ(approve("programs/dp3-2021/meetings/planned"), "MINUTES_NOT_SIGNED");
  given("planned", absl::StrCat("minutes_attached { document: '", kMinutes, "' }"));
  EXPECT_EQ(approve("programs/dp3-2021/meetings/planned"), "");
}

TEST_F(LokusTest, ThePlenaryMeetingIsOfTheOfficeAndAboutTheLokus) {
  EXPECT_EQ(Propose(), "");
  const auto approve = [this](const std::string& id) {
    return When<v1::ApproveLokusRequest>(
        kApprover, absl::StrCat("plenary_meeting: 'programs/dp3-2021/meetings/", id, "'"));
  };
  GivenPlenaryWith("regency", "convened_by: 'offices/18.06'");
  EXPECT_EQ(approve("regency"), "PLENARY_NOT_OF_OFFICE");
  EXPECT_EQ(Rule(), "R7");
  GivenPlenaryWith("general", "convened_by: 'offices/18'", "");
  EXPECT_EQ(approve("general"), "PLENARY_NOT_OF_LOKUS");
  EXPECT_EQ(Rule(), "R7");
  EXPECT_NE(GetRefusal(s_.last_status)->article(), "");
  EXPECT_EQ(approve("pleno"), "");
}

TEST_F(LokusTest, TheMinutesOfThePlenaryMeetingAreSigned) {
  EXPECT_EQ(Propose(), "");
  const auto minutes = [this](const std::string& text) {
    s_.Given<DocumentDecider>(kMinutes, Parse<event::v1::DocumentEvent>(text));
  };
  minutes("document_version_added { version: 2 }");
  EXPECT_EQ(Approve(), "MINUTES_NOT_SIGNED");
  EXPECT_EQ(Rule(), "R7");
  minutes("document_signed { version: 2 signature {} }");
  EXPECT_EQ(Approve(), "");
  minutes("document_version_added { version: 3 }");
  EXPECT_EQ(Designate(), "MINUTES_NOT_SIGNED");
}

TEST_F(LokusTest, APolicyMayDoWithoutAPlenaryMeeting) {
  SetPolicy([](v1::Policy& policy) { policy.set_plenary_required(false); });
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(When<v1::ApproveLokusRequest>(kApprover, "plenary_meeting: 'x'"), "PLENARY_MISSING");
  EXPECT_EQ(When<v1::ApproveLokusRequest>(kApprover, ""), "");
  // The policy changes between approval and designation.
  GivenPolicy(s_, PolicyPreset("dp3-2021"));
  EXPECT_EQ(Designate(), "PLENARY_MISSING");
}

TEST_F(LokusTest, AnOfficeHasNoMoreLokusThanItsTarget) {
  const std::string a = "programs/dp3-2021/lokus/18.06.21.2005";
  const std::string b = "programs/dp3-2021/lokus/18.06.19.2006";
  for (const std::string& name : {std::string(kLokus), a, b}) EXPECT_EQ(Propose(name), "");
  EXPECT_EQ(Approve(), "");
  EXPECT_EQ(Approve(a), "");
  EXPECT_EQ(lokus(a).slot(), 2u);
  EXPECT_EQ(Approve(b), "TARGET_REACHED");
  EXPECT_EQ(Rule(), "R6");
  // A withdrawal gives its place back, and the next approval takes it.
  EXPECT_EQ(When<v1::WithdrawLokusRequest>(kApprover, "reason: 'x'"), "");
  EXPECT_EQ(lokus().slot(), 0u);
  EXPECT_EQ(s_.ClaimHolder("lokus-slot/dp3-2021/18.06/1"), std::nullopt);
  EXPECT_EQ(Approve(b), "");
  EXPECT_EQ(lokus(b).slot(), 1u);
}

TEST_F(LokusTest, ATargetOrADeviationRaisesTheLimit) {
  SetPolicy([](v1::Policy& policy) { policy.set_lokus_per_office(1); });
  const std::string a = "programs/dp3-2021/lokus/18.06.21.2005";
  const std::string b = "programs/dp3-2021/lokus/18.06.19.2006";
  for (const std::string& name : {std::string(kLokus), a, b}) EXPECT_EQ(Propose(name), "");
  EXPECT_EQ(Approve(), "");
  EXPECT_EQ(Approve(a), "TARGET_REACHED");
  s_.Given<ProgramDecider>(
      kProgram, Parse<event::v1::ProgramEvent>(
                    "program_target_set { target { office: 'offices/18.06' lokus: 2 } }"));
  EXPECT_EQ(Approve(a), "");
  EXPECT_TRUE(s_.deviations.empty());
  EXPECT_EQ(Approve(b), "TARGET_REACHED");
  GivenDeviation(s_, "rule: 'R6' office: 'offices/18.06' value: 3 expires_on: '2021-06-30'");
  EXPECT_EQ(Approve(b), "");
  EXPECT_EQ(s_.deviations.size(), 1u);
}

TEST_F(LokusTest, ThePlacesAreThoseOfTheRegencyWhicheverOfficeMaps) {
  GivenOffice(s_, "offices/18.06.21", v1::OFFICE_LEVEL_PPK, "18.06.21", kTanggamus);
  const std::string a = "programs/dp3-2021/lokus/18.06.21.2005";
  const std::string b = "programs/dp3-2021/lokus/18.06.19.2006";
  s_.actor.office = "offices/18.06.21";
  auto map = Parse<v1::MapVillageRequest>(kTurnout);
  map.set_parent(kProgram);
  map.set_region_code("18.06.21.2005");
  EXPECT_EQ(s_.When<LokusDecider>(map), "");
  s_.actor.office = kLampung;
  map.set_region_code("18.06.19.2006");
  EXPECT_EQ(s_.When<LokusDecider>(map), "");
  SetPolicy([](v1::Policy& policy) { policy.set_lokus_per_office(1); });
  for (const std::string& name : {std::string(kLokus), a, b}) EXPECT_EQ(Propose(name), "");
  EXPECT_EQ(Approve(), "");
  EXPECT_EQ(Approve(a), "TARGET_REACHED");
  EXPECT_EQ(Approve(b), "TARGET_REACHED");
  // The target of the regency's office is that of all of them; another office's is not.
  const auto target = [this](const std::string& office, int lokus) {
    s_.Given<ProgramDecider>(kProgram, Parse<event::v1::ProgramEvent>(
                                           absl::StrCat("program_target_set { target { office: '",
                                                        office, "' lokus: ", lokus, " } }")));
  };
  target("offices/18.06.21", 9);
  target(kLampung, 9);
  EXPECT_EQ(Approve(a), "TARGET_REACHED");
  EXPECT_EQ(Approve(b), "TARGET_REACHED");
  target(kTanggamus, 2);
  EXPECT_EQ(Approve(b), "");
  EXPECT_EQ(Approve(a), "TARGET_REACHED");
  target(kTanggamus, 3);
  EXPECT_EQ(Approve(a), "");
  EXPECT_EQ(s_.ClaimHolder("lokus-slot/dp3-2021/18.06/3"), a);
}

TEST_F(LokusTest, WithoutALimitThereIsAlwaysAPlace) {
  SetPolicy([](v1::Policy& policy) { policy.set_lokus_per_office(0); });
  for (const char* code : {"18.06.11.2016", "18.06.21.2005", "18.06.19.2006"}) {
    const std::string name = absl::StrCat("programs/dp3-2021/lokus/", code);
    EXPECT_EQ(Propose(name), "");
    EXPECT_EQ(Approve(name), "");
  }
  EXPECT_TRUE(s_.ClaimHolder("lokus-slot/dp3-2021/18.06/3").has_value());
}

TEST_F(LokusTest, APlaceAmongManyIsFoundWithFewReads) {
  SetPolicy([](v1::Policy& policy) { policy.set_lokus_per_office(0); });
  s_.actor = kProposer;
  for (int slot = 1; slot <= 1000; ++slot) {
    const std::string code = absl::StrCat("18.06.99.", 2000 + slot);
    const std::string name = absl::StrCat("programs/dp3-2021/lokus/", code);
    GivenLokusEvent(s_, name, absl::StrCat("village_mapped { region_code: '", code, "' }"));
    GivenLokusEvent(s_, name, absl::StrCat("lokus_approved { slot: ", slot, " }"));
  }
  EXPECT_EQ(Propose(), "");
  const std::size_t before = s_.claims_asked;
  EXPECT_EQ(Approve(), "");
  EXPECT_LE(s_.claims_asked - before, 25u);
}

// --- Designation: R1, R3, R5, R7.

TEST_F(LokusTest, DesignationSetsEveryField) {
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(Designate(), "LOKUS_STATE");
  EXPECT_EQ(Approve(), "");
  EXPECT_EQ(Designate(), "");
  EXPECT_EQ(lokus().state(), v1::LOKUS_STATE_DESIGNATED);
  EXPECT_EQ(lokus().designation_decree(), kDecree);
  EXPECT_EQ(lokus().designation_decree_number(), s_.Find<v1::Document>(kDecree)->number());
  EXPECT_EQ(lokus().designated_by_office(), kLampung);
  EXPECT_EQ(lokus().designated_on(), "2021-05-21");
  EXPECT_EQ(lokus().policy_version(), 1u);
  EXPECT_EQ(lokus().agen_quota().max(), 25u);
  EXPECT_THAT(Tags(), ElementsAre("document:offices/18/documents/sk-lokus"));
  EXPECT_EQ(Designate(), "LOKUS_STATE");
}

TEST_F(LokusTest, DesignationNeedsASignedDecree) {
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(Approve(), "");
  const auto designate = [this](const std::string& decree) {
    return When<v1::DesignateLokusRequest>(
        kApprover, absl::StrCat("decree: '", decree, "' effective_on: '2021-05-21'"));
  };
  EXPECT_EQ(designate("offices/18/documents/none"), "DECREE_MISSING");
  EXPECT_EQ(Rule(), "R7");
  GivenDocument(s_, "offices/18/documents/draft");
  EXPECT_EQ(designate("offices/18/documents/draft"), "DECREE_NOT_SIGNED");
  EXPECT_EQ(Rule(), "R7");
  GivenSignedDecree(s_, "offices/18.06/documents/sk");
  EXPECT_EQ(designate("offices/18.06/documents/sk"), "DECREE_NOT_OF_OFFICE");
  s_.Given<DocumentDecider>("offices/18/documents/sk-lain",
                            Parse<event::v1::DocumentEvent>(
                                R"pb(document_registered {
                                       type: DOCUMENT_TYPE_DECREE
                                       lokus: "programs/dp3-2021/lokus/18.06.21.2005"
                                     })pb"));
  GivenSignedVersion(s_, "offices/18/documents/sk-lain");
  EXPECT_EQ(designate("offices/18/documents/sk-lain"), "DECREE_NOT_OF_LOKUS");
}

TEST_F(LokusTest, OnlyAnEntitledOfficeDesignates) {
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(Approve(), "");
  EXPECT_EQ(Designate(kLokus, kProposer), "OFFICE_NOT_ENTITLED");
  GivenOffice(s_, "offices/19", v1::OFFICE_LEVEL_PROVINCE, "19", kRi);
  EXPECT_EQ(Designate(kLokus, {"officers/x", "offices/19", v1::ROLE_CHAIR}),
            "REGION_OUTSIDE_OFFICE");
}

TEST_F(LokusTest, DesignationChecksTheRegionAndTheCategoryAgain) {
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(Approve(), "");
  SetPolicy([](v1::Policy& policy) {
    policy.clear_lokus_categories();
    policy.add_lokus_categories(v1::LOKUS_CATEGORY_HIGH_VIOLATION_RISK);
  });
  EXPECT_EQ(Designate(), "CATEGORY_NOT_IN_POLICY");
  GivenPolicy(s_, PolicyPreset("dp3-2021"));
  s_.regions = *RegionTable::Parse("5", {"code,name\n18,Lampung\n", "code,province_code,name\n",
                                         "code,regency_code,name\n", "code,district_code,name\n"});
  EXPECT_EQ(Designate(), "REGION_UNKNOWN");
  EXPECT_EQ(Rule(), "R1");
}

TEST_F(LokusTest, ADeviationFromR3WithoutCategoriesEndsBeforeDesignation) {
  GivenDeviation(s_, "rule: 'R3' office: 'offices/18.06' expires_on: '2021-06-01'");
  EXPECT_EQ(Propose(kLokus, "justification: 'x'"), "");
  EXPECT_EQ(Approve(), "");
  s_.now += absl::Hours(24);
  EXPECT_EQ(Designate(), "CATEGORY_MISSING");
}

TEST_F(LokusTest, TheQuotaOfADeviationIsCopied) {
  GivenDeviation(s_, "rule: 'R16' office: 'offices/18.06' value: 30 expires_on: '2021-06-30'");
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(Approve(), "");
  EXPECT_EQ(Designate(), "");
  EXPECT_EQ(lokus().agen_quota().max(), 30u);
}

TEST_F(LokusTest, UnderRelasiARegencyDesignates) {
  GivenPolicy(s_, PolicyPreset("relasi-2019"));
  EXPECT_EQ(Propose(), "");
  const Actor chair = {"officers/chair", kTanggamus, v1::ROLE_CHAIR};
  EXPECT_EQ(Approve(kLokus, kApprover), "OFFICE_NOT_ENTITLED");
  EXPECT_EQ(When<v1::ApproveLokusRequest>(chair, ""), "");
  EXPECT_EQ(Designate(kLokus, chair), "DECREE_NOT_OF_OFFICE");
  GivenSignedDecree(s_, "offices/18.06/documents/sk");
  EXPECT_EQ(When<v1::DesignateLokusRequest>(
                chair, "decree: 'offices/18.06/documents/sk' effective_on: '2021-05-21'"),
            "");
  EXPECT_EQ(lokus().designated_by_office(), kTanggamus);
}

// --- The village's answer: R9, R22.

TEST_F(LokusTest, AVillageIsToldByLetter) {
  GivenDesignatedLokus(s_);
  GivenDocument(s_, "offices/18.06/documents/surat", v1::DOCUMENT_TYPE_LETTER);
  EXPECT_EQ(When<v1::NotifyVillageRequest>(kProposer, "letter: 'offices/18.06/documents/none'"),
            "DOCUMENT_UNKNOWN");
  const char kLetter[] = "letter: 'offices/18.06/documents/surat'";
  EXPECT_EQ(When<v1::NotifyVillageRequest>(kProposer, kLetter), "");
  EXPECT_EQ(lokus().village_answer(), v1::VILLAGE_ANSWER_NOTIFIED);
  EXPECT_EQ(lokus().notification_letter(), "offices/18.06/documents/surat");
  EXPECT_THAT(Tags(), ElementsAre("document:offices/18.06/documents/surat"));
  EXPECT_EQ(When<v1::NotifyVillageRequest>(kProposer, kLetter), "");
  EXPECT_THAT(s_.last.events, IsEmpty());
}

TEST_F(LokusTest, ALateLetterDoesNotUndoTheAnswer) {
  GivenDesignatedLokus(s_);
  GivenVillageAccepted(s_);
  GivenDocument(s_, "offices/18.06/documents/surat", v1::DOCUMENT_TYPE_LETTER);
  EXPECT_EQ(When<v1::NotifyVillageRequest>(kProposer, "letter: 'offices/18.06/documents/surat'"),
            "");
  EXPECT_EQ(lokus().village_answer(), v1::VILLAGE_ANSWER_ACCEPTED);
  EXPECT_EQ(lokus().notification_letter(), "offices/18.06/documents/surat");
}

constexpr char kHead[] = R"pb(accepted_by {
                                kind: PARTY_KIND_VILLAGE_GOVERNMENT
                                region_code: "18.06.11.2016"
                                capacity: CAPACITY_VILLAGE_HEAD
                              }
                              meeting: "programs/dp3-2021/meetings/pleno")pb";
constexpr char kHeadDeclines[] =
    R"pb(declined_by { kind: PARTY_KIND_VILLAGE_GOVERNMENT capacity: CAPACITY_VILLAGE_HEAD }
         reason: "no time")pb";

TEST_F(LokusTest, AVillageAcceptsAndMayChangeItsMind) {
  GivenDesignatedLokus(s_);
  EXPECT_EQ(When<v1::DeclineLokusRequest>(kProposer, kHeadDeclines), "");
  EXPECT_EQ(lokus().village_answer(), v1::VILLAGE_ANSWER_DECLINED);
  EXPECT_EQ(lokus().decline_reason(), "no time");
  EXPECT_EQ(When<v1::DeclineLokusRequest>(kProposer, kHeadDeclines), "");
  EXPECT_THAT(s_.last.events, IsEmpty());
  EXPECT_EQ(When<v1::AcceptLokusRequest>(kProposer, kHead), "");
  EXPECT_EQ(lokus().village_answer(), v1::VILLAGE_ANSWER_ACCEPTED);
  EXPECT_EQ(lokus().answered_by().capacity(), v1::CAPACITY_VILLAGE_HEAD);
  EXPECT_EQ(lokus().answer_meeting(), kPlenary);
  EXPECT_EQ(lokus().decline_reason(), "");
  EXPECT_THAT(Tags(), ElementsAre("meeting:programs/dp3-2021/meetings/pleno"));
  EXPECT_EQ(When<v1::AcceptLokusRequest>(kProposer, kHead), "");
  EXPECT_THAT(s_.last.events, IsEmpty());
  EXPECT_EQ(When<v1::DeclineLokusRequest>(kProposer, kHeadDeclines), "");
  EXPECT_EQ(lokus().village_answer(), v1::VILLAGE_ANSWER_DECLINED);
}

TEST_F(LokusTest, AnotherAnswerIsRecordedToo) {
  GivenDesignatedLokus(s_);
  const std::string official =
      "{ kind: PARTY_KIND_VILLAGE_GOVERNMENT capacity: CAPACITY_VILLAGE_OFFICIAL "
      "region_code: '18.06.11.2016' proxy_for { capacity: CAPACITY_VILLAGE_HEAD } }";
  const std::string head =
      "{ kind: PARTY_KIND_VILLAGE_GOVERNMENT capacity: CAPACITY_VILLAGE_HEAD "
      "region_code: '18.06.11.2016' person { name: '\xE2\x80\xA2' } }";
  const auto accept = [this](const std::string& party) {
    return When<v1::AcceptLokusRequest>(kProposer, absl::StrCat("accepted_by ", party));
  };
  const auto decline = [this](const std::string& party) {
    return When<v1::DeclineLokusRequest>(kProposer,
                                         absl::StrCat("declined_by ", party, " reason: 'x'"));
  };
  for (const auto& answer : {std::function(accept), std::function(decline)}) {
    EXPECT_EQ(answer(official), "");
    EXPECT_EQ(s_.last.events.size(), 1u);
    EXPECT_EQ(answer(head), "");
    EXPECT_EQ(s_.last.events.size(), 1u);
    EXPECT_EQ(lokus().answered_by().capacity(), v1::CAPACITY_VILLAGE_HEAD);
    EXPECT_EQ(answer(head), "");
    EXPECT_THAT(s_.last.events, IsEmpty());
  }
}

TEST_F(LokusTest, AVillageAnswersInAMeetingThatWasHeldAndIsAboutIt) {
  GivenDesignatedLokus(s_);
  const auto given = [this](const std::string& name, const std::string& text) {
    s_.Given<MeetingDecider>(name, Parse<event::v1::MeetingEvent>(text));
  };
  const std::string village =
      "{ kind: PARTY_KIND_VILLAGE_GOVERNMENT capacity: CAPACITY_VILLAGE_HEAD } meeting: '";
  const auto accept = [&](const std::string& meeting) {
    return When<v1::AcceptLokusRequest>(kProposer,
                                        absl::StrCat("accepted_by ", village, meeting, "'"));
  };
  const std::string about = absl::StrCat("meeting_scheduled { lokus: '", kLokus, "' }");
  const std::string visit = "programs/dp3-2021/meetings/visit";
  given(visit, about);
  EXPECT_EQ(accept(visit), "MEETING_STATE");
  EXPECT_EQ(When<v1::DeclineLokusRequest>(
                kProposer, absl::StrCat("declined_by ", village, visit, "' reason: 'x'")),
            "MEETING_STATE");
  given("programs/dp3-2021/meetings/cancelled", about);
  given("programs/dp3-2021/meetings/cancelled", "meeting_cancelled {}");
  EXPECT_EQ(accept("programs/dp3-2021/meetings/cancelled"), "MEETING_STATE");
  for (const std::string name :
       {"programs/dp3-2020/meetings/visit", "programs/dp3-2021/meetings/elsewhere"}) {
    given(name, NamePrefix(name, 2) == kProgram ? "meeting_scheduled {}" : about);
    given(name, "meeting_held {}");
    EXPECT_EQ(accept(name), "MEETING_NOT_OF_LOKUS") << name;
  }
  given(visit, "meeting_held {}");
  EXPECT_EQ(accept(visit), "");
}

TEST_F(LokusTest, OnlyADesignatedVillageAnswers) {
  EXPECT_EQ(Propose(), "");
  EXPECT_EQ(Approve(), "");
  EXPECT_EQ(When<v1::NotifyVillageRequest>(kProposer, ""), "LOKUS_STATE");
  EXPECT_EQ(When<v1::AcceptLokusRequest>(kProposer, kHead), "LOKUS_STATE");
  EXPECT_EQ(When<v1::DeclineLokusRequest>(kProposer, kHeadDeclines), "LOKUS_STATE");
  EXPECT_EQ(Designate(), "");
  EXPECT_EQ(When<v1::SuspendLokusRequest>(kProposer, "reason: 'x'"), "");
  EXPECT_EQ(When<v1::AcceptLokusRequest>(kProposer, kHead), "LOKUS_STATE");
}

TEST_F(LokusTest, TheGovernmentOfTheVillageAnswers) {
  GivenDesignatedLokus(s_);
  for (const char* party : {"kind: PARTY_KIND_OFFICE capacity: CAPACITY_VILLAGE_HEAD",
                            "kind: PARTY_KIND_VILLAGE_GOVERNMENT capacity: CAPACITY_VILLAGE_HEAD "
                            "region_code: '18.06.21.2005'"}) {
    EXPECT_EQ(When<v1::AcceptLokusRequest>(kProposer, absl::StrCat("accepted_by { ", party, " }")),
              "PARTY_NOT_OF_VILLAGE");
    EXPECT_EQ(When<v1::DeclineLokusRequest>(kProposer, absl::StrCat("declined_by { ", party, " }")),
              "PARTY_NOT_OF_VILLAGE");
  }
  EXPECT_EQ(
      When<v1::AcceptLokusRequest>(
          kProposer,
          "accepted_by { kind: PARTY_KIND_VILLAGE_GOVERNMENT capacity: CAPACITY_VILLAGE_HEAD } "
          "meeting: 'programs/x/meetings/y'"),
      "MEETING_UNKNOWN");
}

TEST_F(LokusTest, TheSecretaryAnswersOnBehalfOfTheHead) {
  GivenDesignatedLokus(s_);
  const std::string secretary =
      "kind: PARTY_KIND_VILLAGE_GOVERNMENT capacity: CAPACITY_VILLAGE_SECRETARY ";
  EXPECT_EQ(
      When<v1::AcceptLokusRequest>(kProposer, absl::StrCat("accepted_by { ", secretary, " }")),
      "PROXY_MISSING");
  EXPECT_EQ(Rule(), "R22");
  EXPECT_EQ(
      When<v1::DeclineLokusRequest>(kProposer, absl::StrCat("declined_by { ", secretary, " }")),
      "PROXY_MISSING");
  EXPECT_EQ(When<v1::AcceptLokusRequest>(
                kProposer, absl::StrCat("accepted_by { ", secretary,
                                        "proxy_for { capacity: CAPACITY_VILLAGE_HEAD } }")),
            "");
  EXPECT_EQ(lokus().answered_by().proxy_for().capacity(), v1::CAPACITY_VILLAGE_HEAD);
}

// --- Agen: R9, R16.

TEST_F(LokusTest, AgenWhoJoinAndLeaveAreCounted) {
  GivenDesignatedLokus(s_);
  GivenLokusEvent(s_, kLokus, R"pb(lokus_agen_joined {
                                     agen: "a"
                                     agen: "b"
                                     bases { base: VOTER_BASE_WOMEN count: 2 }
                                     bases { base: VOTER_BASE_YOUNG_VOTER count: 1 }
                                     agen_quota { min: 20 target: 25 max: 30 }
                                   })pb");
  GivenLokusEvent(s_, kLokus, R"pb(lokus_agen_joined {
                                     agen: "c"
                                     bases { base: VOTER_BASE_FAMILY count: 1 }
                                     bases { base: VOTER_BASE_WOMEN count: 1 }
                                     bases { base: VOTER_BASE_NETIZEN count: 1 }
                                   })pb");
  const auto counts = [this] {
    std::vector<std::pair<int, int>> result;
    for (const auto& count : lokus().base_counts()) {
      result.emplace_back(count.base(), static_cast<int>(count.count()));
    }
    return result;
  };
  EXPECT_EQ(lokus().active_agen(), 3u);
  EXPECT_EQ(lokus().agen_quota().max(), 30u);
  EXPECT_THAT(counts(),
              ElementsAre(std::pair(1, 1), std::pair(3, 1), std::pair(4, 3), std::pair(11, 1)));
  GivenLokusEvent(s_, kLokus, R"pb(lokus_agen_left {
                                     agen: "a"
                                     bases { base: VOTER_BASE_WOMEN count: 1 }
                                     bases { base: VOTER_BASE_YOUNG_VOTER count: 1 }
                                   })pb");
  EXPECT_EQ(lokus().active_agen(), 2u);
  EXPECT_THAT(counts(), ElementsAre(std::pair(1, 1), std::pair(4, 2), std::pair(11, 1)));
}

TEST_F(LokusTest, InaugurationReachesEveryAgenNamed) {
  const std::vector<std::string> agen = GivenFullLokus();
  EXPECT_EQ(Inaugurate({agen[0], agen[1], agen[0]}), "");
  ASSERT_EQ(s_.last.events.size(), 3u);
  EXPECT_EQ(s_.last.events[0].stream, kLokus);
  EXPECT_EQ(s_.last.events[1].stream, agen[0]);
  EXPECT_EQ(s_.last.events[2].stream, agen[1]);
  EXPECT_EQ(lokus().state(), v1::LOKUS_STATE_INAUGURATED);
  EXPECT_EQ(lokus().inaugurated_at(), "Balai Pekon");
  EXPECT_EQ(lokus().inaugurated_on(), "2021-06-20");
  EXPECT_EQ(s_.Find<v1::Agen>(agen[0])->state(), v1::AGEN_STATE_INAUGURATED);
  EXPECT_EQ(s_.Find<v1::Agen>(agen[0])->inaugurated_on(), "2021-06-20");
  EXPECT_EQ(s_.Find<v1::Agen>(agen[2])->state(), v1::AGEN_STATE_APPOINTED);
  EXPECT_EQ(Inaugurate({agen[0]}), "AGEN_STATE");
}

TEST_F(LokusTest, AgenWhoComeLaterAreInaugurated) {
  const std::vector<std::string> agen = GivenFullLokus();
  EXPECT_EQ(Inaugurate({agen[0]}), "");
  // Fewer than the least number of a lokus are left by then.
  GivenLokusEvent(s_, kLokus, absl::StrCat("lokus_agen_left { agen: '", agen[5], "' }"));
  s_.now += absl::Hours(48);
  EXPECT_EQ(When<v1::InaugurateLokusRequest>(
                kProposer, absl::StrCat("place: 'Kantor' held_on: '2021-06-22' agen: '", agen[2],
                                        "' agen: '", agen[2], "'")),
            "");
  ASSERT_EQ(s_.last.events.size(), 1u);
  EXPECT_EQ(s_.last.events[0].stream, agen[2]);
  EXPECT_EQ(s_.Find<v1::Agen>(agen[2])->state(), v1::AGEN_STATE_INAUGURATED);
  EXPECT_EQ(s_.Find<v1::Agen>(agen[2])->inaugurated_on(), "2021-06-22");
  EXPECT_EQ(lokus().inaugurated_on(), "2021-06-20");
  EXPECT_EQ(lokus().inaugurated_at(), "Balai Pekon");
  EXPECT_EQ(When<v1::SuspendLokusRequest>(kProposer, "reason: 'x'"), "");
  EXPECT_EQ(Inaugurate({agen[3]}), "LOKUS_STATE");
}

TEST_F(LokusTest, InaugurationNeedsTheLeastNumberOfAgen) {
  const std::vector<std::string> agen = GivenFullLokus(19);
  EXPECT_EQ(Inaugurate(agen), "QUOTA_NOT_REACHED");
  EXPECT_EQ(Rule(), "R16");
  GivenAgen(20);
  EXPECT_EQ(Inaugurate(agen), "");
}

TEST_F(LokusTest, InaugurationNeedsTheVillage) {
  const std::vector<std::string> agen = GivenFullLokus();
  EXPECT_EQ(When<v1::DeclineLokusRequest>(kProposer, kHeadDeclines), "");
  EXPECT_EQ(Inaugurate(agen), "VILLAGE_NOT_ACCEPTED");
  EXPECT_EQ(Rule(), "R9");
}

TEST_F(LokusTest, AnInaugurationHasHappened) {
  const std::vector<std::string> agen = GivenFullLokus();
  s_.now = absl::FromUnixSeconds(1624147200);  // 2021-06-20T00:00:00Z
  EXPECT_EQ(When<v1::InaugurateLokusRequest>(kProposer, "held_on: '2021-06-22'"), "DATE_IN_FUTURE");
}

TEST_F(LokusTest, OnlyAppointedAgenOfTheLokusAreInaugurated) {
  std::vector<std::string> agen = GivenFullLokus();
  const std::string candidate = GivenAgen(77, v1::AGEN_STATE_CANDIDATE);
  EXPECT_EQ(Inaugurate({agen[0], candidate}), "AGEN_STATE");
  EXPECT_EQ(Inaugurate({agen[0], absl::StrCat(kLokus, "/agen/99")}), "AGEN_UNKNOWN");
  const std::string elsewhere = "programs/dp3-2021/lokus/18.06.21.2005/agen/1";
  s_.Given<AgenDecider>(elsewhere, Parse<event::v1::AgenEvent>("candidate_registered {}"));
  s_.Given<AgenDecider>(elsewhere, Parse<event::v1::AgenEvent>("agen_appointed {}"));
  EXPECT_EQ(Inaugurate({elsewhere}), "AGEN_UNKNOWN");
  EXPECT_EQ(lokus().state(), v1::LOKUS_STATE_DESIGNATED);
}

// --- Suspension, withdrawal, closing.

TEST_F(LokusTest, ASuspendedLokusReturnsToWhereItWas) {
  GivenDesignatedLokus(s_);
  EXPECT_EQ(When<v1::ResumeLokusRequest>(kProposer, ""), "LOKUS_STATE");
  EXPECT_EQ(When<v1::SuspendLokusRequest>(kProposer, "reason: 'flood'"), "");
  EXPECT_EQ(lokus().state(), v1::LOKUS_STATE_SUSPENDED);
  EXPECT_EQ(lokus().suspended_from(), v1::LOKUS_STATE_DESIGNATED);
  EXPECT_EQ(lokus().end_reason(), "flood");
  EXPECT_EQ(When<v1::SuspendLokusRequest>(kProposer, "reason: 'flood'"), "LOKUS_STATE");
  EXPECT_EQ(When<v1::ResumeLokusRequest>(kProposer, ""), "");
  EXPECT_EQ(lokus().state(), v1::LOKUS_STATE_DESIGNATED);
  EXPECT_EQ(lokus().suspended_from(), v1::LOKUS_STATE_UNSPECIFIED);
  EXPECT_EQ(lokus().end_reason(), "");
}

TEST_F(LokusTest, AWithdrawalIsFinal) {
  GivenDesignatedLokus(s_);
  EXPECT_EQ(When<v1::SuspendLokusRequest>(kProposer, "reason: 'x'"), "");
  EXPECT_EQ(When<v1::WithdrawLokusRequest>(kApprover, "decree: 'offices/18/documents/none'"),
            "DECREE_MISSING");
  EXPECT_EQ(When<v1::WithdrawLokusRequest>(kApprover, "reason: 'moved'"), "DECREE_MISSING");
  EXPECT_EQ(When<v1::WithdrawLokusRequest>(
                kApprover, "reason: 'moved' decree: 'offices/18/documents/sk-lokus'"),
            "");
  EXPECT_EQ(lokus().state(), v1::LOKUS_STATE_WITHDRAWN);
  EXPECT_EQ(lokus().end_reason(), "moved");
  EXPECT_EQ(lokus().suspended_from(), v1::LOKUS_STATE_UNSPECIFIED);
  EXPECT_EQ(s_.ClaimHolder("lokus-slot/dp3-2021/18.06/1"), std::nullopt);
  EXPECT_THAT(Tags(), ElementsAre("document:offices/18/documents/sk-lokus"));
  EXPECT_EQ(When<v1::WithdrawLokusRequest>(kApprover, "reason: 'x'"), "LOKUS_STATE");
  EXPECT_EQ(When<v1::ResumeLokusRequest>(kApprover, ""), "LOKUS_STATE");
}

TEST_F(LokusTest, WhatWasDesignatedIsWithdrawnByAnEntitledOfficeAndItsSignedDecree) {
  GivenDesignatedLokus(s_);
  const auto withdraw = [this](const Actor& actor, const std::string& decree) {
    return When<v1::WithdrawLokusRequest>(actor,
                                          absl::StrCat("reason: 'moved' decree: '", decree, "'"));
  };
  EXPECT_EQ(withdraw(kProposer, kDecree), "OFFICE_NOT_ENTITLED");
  EXPECT_EQ(Rule(), "R5");
  GivenDocument(s_, "offices/18/documents/draft");
  EXPECT_EQ(withdraw(kApprover, "offices/18/documents/draft"), "DECREE_NOT_SIGNED");
  GivenSignedDecree(s_, "offices/18.06/documents/sk");
  EXPECT_EQ(withdraw(kApprover, "offices/18.06/documents/sk"), "DECREE_NOT_OF_OFFICE");
  GivenAgen(1);
  EXPECT_EQ(withdraw(kApprover, kDecree), "");
  ASSERT_EQ(s_.last.notices.size(), 1u);
  EXPECT_EQ(s_.last.notices[0].reason(), "AGEN_STILL_ACTIVE");
  EXPECT_EQ(s_.last.notices[0].rule(), "R18");
}

TEST_F(LokusTest, AVillageThatWasNotDesignatedIsWithdrawnByItsOfficeWithOrWithoutADecree) {
  EXPECT_EQ(Propose(), "");
  GivenDocument(s_, "offices/18.06/documents/draft");
  EXPECT_EQ(When<v1::WithdrawLokusRequest>(kProposer, "decree: 'offices/18.06/documents/draft'"),
            "DECREE_NOT_SIGNED");
  EXPECT_EQ(When<v1::WithdrawLokusRequest>(kProposer, "reason: 'x'"), "");
  EXPECT_THAT(s_.last.notices, IsEmpty());
}

TEST_F(LokusTest, AnInauguratedLokusIsClosed) {
  const std::vector<std::string> agen = GivenFullLokus();
  EXPECT_EQ(When<v1::CloseLokusRequest>(kProposer, "outcome: 'x'"), "LOKUS_STATE");
  EXPECT_EQ(Inaugurate(agen), "");
  EXPECT_EQ(When<v1::CloseLokusRequest>(kProposer, "outcome: 'turnout rose'"), "");
  EXPECT_EQ(lokus().state(), v1::LOKUS_STATE_CLOSED);
  EXPECT_EQ(lokus().end_reason(), "turnout rose");
  EXPECT_EQ(When<v1::SuspendLokusRequest>(kProposer, ""), "LOKUS_STATE");
  EXPECT_EQ(When<v1::WithdrawLokusRequest>(kProposer, ""), "LOKUS_STATE");
}

TEST_F(LokusTest, OnlyTheOfficeAndThoseAboveSuspendWithdrawAndClose) {
  GivenDesignatedLokus(s_);
  GivenOffice(s_, "offices/18.06.11", v1::OFFICE_LEVEL_PPK, "18.06.11", kTanggamus);
  const Actor ppk = {"officers/ppk", "offices/18.06.11", v1::ROLE_OPERATOR};
  EXPECT_EQ(When<v1::SuspendLokusRequest>(ppk, ""), "OFFICE_NOT_ABOVE");
  EXPECT_EQ(When<v1::ResumeLokusRequest>(ppk, ""), "OFFICE_NOT_ABOVE");
  EXPECT_EQ(When<v1::WithdrawLokusRequest>(ppk, ""), "OFFICE_NOT_ENTITLED");
  EXPECT_EQ(When<v1::CloseLokusRequest>(ppk, ""), "OFFICE_NOT_ABOVE");
}

TEST_F(LokusTest, CommandsOnALokusThatIsNotThereAreNotFound) {
  EXPECT_EQ(Approve(), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(s_.last_status.code(), absl::StatusCode::kNotFound);
}

// --- Correction: R43, R45.

TEST_F(LokusTest, CorrectingAFigureKeepsTheTurnoutValid) {
  EXPECT_EQ(Map(kGunungKasih), "");
  std::uint64_t mapped = 0;
  while (!s_.IsEventOf(mapped, kLokus)) ++mapped;
  const auto correct = [&](const std::string& field, const std::string& value) {
    return When<v1::CorrectLokusRequest>(
        kProposer,
        absl::StrCat("correction { corrected_position: ", mapped, " field: '", field, "' value: '",
                     value, "' reason: 'typing error' approver: 'officers/chair' }"));
  };
  EXPECT_EQ(correct("indicators[0].numerator", "1001"), "TURNOUT_INVALID");
  EXPECT_EQ(Rule(), "R32");
  EXPECT_EQ(correct("indicators[0].denominator", "0"), "TURNOUT_INVALID");
  EXPECT_EQ(correct("indicators[0].numerator", "579"), "");
  EXPECT_EQ(lokus().indicators(0).numerator(), 579u);
  EXPECT_EQ(lokus().state(), v1::LOKUS_STATE_MAPPED);
  EXPECT_EQ(correct("indicators[0].source", "D.Hasil KWK"), "");
  EXPECT_EQ(correct("indicators[0].election", ""), "");
  EXPECT_EQ(correct("indicators[1].numerator", "1"), "FIELD_NOT_CORRECTABLE");
  EXPECT_EQ(correct("region_code", "18.06.21.2005"), "FIELD_NOT_CORRECTABLE");
  // Not stated yet.
  EXPECT_EQ(correct("designated_on", "2021-05-20"), "FIELD_NOT_CORRECTABLE");
  mapped = 0;
  EXPECT_EQ(correct("indicators[0].numerator", "580"), "CORRECTED_EVENT_UNKNOWN");
}

}  // namespace
}  // namespace jejak::domain
