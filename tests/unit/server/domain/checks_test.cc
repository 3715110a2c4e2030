// SPDX-License-Identifier: Apache-2.0

#include "server/domain/checks.h"

#include "server/domain/refusal.h"
#include "tests/support/domain_fixture.h"

#include "jejak/v1/agen_service.pb.h"
#include "jejak/v1/handover_service.pb.h"

#include "gtest/gtest.h"

namespace jejak::domain {
namespace {

class ChecksTest : public ::testing::Test {
 protected:
  ChecksTest() { GivenWorld(s_); }

  Context context() const { return Context{.world = s_, .actor = s_.actor, .now = s_.now}; }

  Scenario s_;
};

TEST_F(ChecksTest, TheActingOfficeIsRegisteredAndOpen) {
  EXPECT_EQ((*ActingOffice(context()))->name(), kTanggamus);
  s_.actor.office = "offices/99";
  EXPECT_EQ(GetReason(ActingOffice(context()).status()), "OFFICE_UNKNOWN");
  s_.actor.office = "";
  EXPECT_EQ(GetReason(ActingOffice(context()).status()), "OFFICE_UNKNOWN");
  // A resource of another kind is no office.
  s_.actor.office = kProgram;
  EXPECT_EQ(GetReason(ActingOffice(context()).status()), "OFFICE_UNKNOWN");
  s_.actor.office = kPesawaran;
  s_.Given<OfficeDecider>(
      kPesawaran, Parse<event::v1::OfficeEvent>(R"pb(office_closed { valid_to: "2021-01-01" })pb"));
  EXPECT_EQ(GetReason(ActingOffice(context()).status()), "OFFICE_CLOSED");
}

TEST_F(ChecksTest, TheProgramOfANameIsOpenAndHasAPolicy) {
  EXPECT_EQ((*ProgramOf(s_, kLokus))->name(), kProgram);
  EXPECT_EQ(GetReason(ProgramOf(s_, "programs/none/lokus/1").status()), "RESOURCE_NOT_FOUND");
  s_.Given<ProgramDecider>("programs/new", Parse<event::v1::ProgramEvent>("program_opened {}"));
  EXPECT_EQ(GetReason(ProgramOf(s_, "programs/new").status()), "POLICY_MISSING");
  s_.Given<ProgramDecider>(kProgram, Parse<event::v1::ProgramEvent>("program_closed {}"));
  EXPECT_EQ(GetReason(ProgramOf(s_, kLokus).status()), "PROGRAM_NOT_OPEN");
  EXPECT_EQ(GetReason(ActingInProgram(context(), kLokus).status()), "PROGRAM_NOT_OPEN");
}

TEST_F(ChecksTest, ARegionLiesUnderTheOfficesAboveIt) {
  const auto check = [this](absl::string_view code, absl::string_view office) {
    return GetReason(CheckRegionUnderOffice(code, *s_.Find<v1::Office>(office)));
  };
  EXPECT_EQ(check(kGunungKasih, kTanggamus), "");
  EXPECT_EQ(check(kGunungKasih, kLampung), "");
  EXPECT_EQ(check(kGunungKasih, kRi), "");
  EXPECT_EQ(check("18.06", kTanggamus), "");
  EXPECT_EQ(check("18", kTanggamus), "REGION_OUTSIDE_OFFICE");
  EXPECT_EQ(check(kGunungKasih, kPesawaran), "REGION_OUTSIDE_OFFICE");
}

TEST_F(ChecksTest, AnOfficeIsAboveItselfAndThoseBelow) {
  EXPECT_TRUE(IsOfficeOrAbove(s_, kTanggamus, kTanggamus));
  EXPECT_TRUE(IsOfficeOrAbove(s_, kLampung, kTanggamus));
  EXPECT_TRUE(IsOfficeOrAbove(s_, kRi, kTanggamus));
  EXPECT_FALSE(IsOfficeOrAbove(s_, kTanggamus, kLampung));
  EXPECT_FALSE(IsOfficeOrAbove(s_, kPesawaran, kTanggamus));
  EXPECT_FALSE(IsOfficeOrAbove(s_, kRi, "offices/none"));
}

TEST_F(ChecksTest, AnOfficeActsForItselfAndThoseBelow) {
  EXPECT_EQ(GetReason(CheckActsFor(context(), kTanggamus)), "");
  EXPECT_EQ(GetReason(CheckActsFor(context(), kLampung)), "OFFICE_NOT_ABOVE");
  EXPECT_EQ(GetRefusal(CheckActsFor(context(), kLampung))->rule(), "R5");
  s_.actor.office = kRi;
  EXPECT_EQ(GetReason(CheckActsFor(context(), kTanggamus)), "");
  s_.actor.office = "offices/99";
  EXPECT_EQ(GetReason(CheckActsFor(context(), kTanggamus)), "OFFICE_UNKNOWN");
}

TEST_F(ChecksTest, OnlyTheNationalOfficeActsForTheNationOnceThereIsOne) {
  EXPECT_EQ(GetReason(CheckActsForNation(context())), "NATIONAL_OFFICE_NEEDED");
  s_.actor.office = "";
  EXPECT_EQ(GetReason(CheckActsForNation(context())), "OFFICE_UNKNOWN");
  s_.actor.office = kRi;
  EXPECT_EQ(GetReason(CheckActsForNation(context())), "");
  const Scenario empty;
  EXPECT_FALSE(HasOffices(empty));
  EXPECT_EQ(
      GetReason(CheckActsForNation(Context{.world = empty, .actor = Actor(), .now = empty.now})),
      "");
}

TEST_F(ChecksTest, ALokusIsUpToOfficesWhoseRegionHoldsIt) {
  EXPECT_EQ(GetReason(ActingInLokus(context(), kLokus).status()), "RESOURCE_NOT_FOUND");
  GivenDesignatedLokus(s_);
  EXPECT_EQ((*ActingInLokus(context(), kLokus))->name(), kProgram);
  s_.actor.office = kPesawaran;
  EXPECT_EQ(GetReason(ActingInLokus(context(), kLokus).status()), "REGION_OUTSIDE_OFFICE");
}

TEST_F(ChecksTest, AFactHasHappened) {
  EXPECT_EQ(GetReason(CheckHappened(context(), "held_to", "2021-06-02")), "");
  EXPECT_EQ(GetReason(CheckHappened(context(), "held_to", "2021-06-03")), "DATE_IN_FUTURE");
}

TEST_F(ChecksTest, ARegionIsKnownToTheActiveCatalog) {
  EXPECT_EQ((*KnownRegion(s_, kGunungKasih))->title, "Gunung Kasih");
  EXPECT_EQ(GetReason(KnownRegion(s_, "18.06.11.2999").status()), "REGION_UNKNOWN");
  EXPECT_EQ(GetReason(KnownRegion(s_, "Sukabanjar").status()), "REGION_UNKNOWN");
  s_.regions = nullptr;
  EXPECT_EQ(KnownRegion(s_, kGunungKasih).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ChecksTest, OnlyLatestVersionOfADecreeInForceCountsAsSigned) {
  const auto check = [this](absl::string_view decree) {
    return GetReason(SignedDecree(s_, decree, kLokus).status());
  };
  EXPECT_EQ(check(kDecree), "");
  EXPECT_EQ(check("offices/18/documents/none"), "DECREE_MISSING");
  const char kLetter[] = "offices/18/documents/letter";
  GivenDocument(s_, kLetter, v1::DOCUMENT_TYPE_LETTER);
  EXPECT_EQ(check(kLetter), "DECREE_MISSING");
  s_.Given<DocumentDecider>(
      kDecree, Parse<event::v1::DocumentEvent>(R"pb(document_version_added { version: 2 })pb"));
  EXPECT_EQ(check(kDecree), "DECREE_NOT_SIGNED");
  s_.Given<DocumentDecider>(
      kDecree, Parse<event::v1::DocumentEvent>(
                   R"pb(document_superseded { successor: "offices/18/documents/x" })pb"));
  EXPECT_EQ(check(kDecree), "DECREE_MISSING");
}

TEST_F(ChecksTest, ADecreeIsOfItsOfficeAndAboutTheLokusItLists) {
  EXPECT_EQ(GetReason(SignedDecreeOf(s_, kDecree, kLokus, kLampung).status()), "");
  const absl::Status other = SignedDecreeOf(s_, kDecree, kLokus, kTanggamus).status();
  EXPECT_EQ(GetReason(other), "DECREE_NOT_OF_OFFICE");
  EXPECT_EQ(GetRefusal(other)->rule(), "R7");
  const char kListing[] = "offices/18/documents/sk-dua";
  s_.Given<DocumentDecider>(kListing, Parse<event::v1::DocumentEvent>(
                                          R"pb(document_registered {
                                                 type: DOCUMENT_TYPE_DECREE
                                                 lokus: "programs/dp3-2021/lokus/18.06.21.2005"
                                               })pb"));
  GivenSignedVersion(s_, kListing);
  const absl::Status elsewhere = SignedDecree(s_, kListing, kLokus).status();
  EXPECT_EQ(GetReason(elsewhere), "DECREE_NOT_OF_LOKUS");
  EXPECT_EQ(GetRefusal(elsewhere)->rule(), "R7");
  EXPECT_TRUE(SignedDecree(s_, kListing, "programs/dp3-2021/lokus/18.06.21.2005").ok());
}

TEST_F(ChecksTest, WhoIsNotTheHeadOfTheVillageActsForSomebody) {
  auto party =
      Parse<v1::Party>("kind: PARTY_KIND_VILLAGE_GOVERNMENT capacity: CAPACITY_VILLAGE_SECRETARY");
  EXPECT_EQ(GetReason(CheckProxy(party)), "PROXY_MISSING");
  party.mutable_proxy_for()->set_capacity(v1::CAPACITY_VILLAGE_HEAD);
  EXPECT_EQ(GetReason(CheckProxy(party)), "");
  EXPECT_TRUE(CheckProxy(Parse<v1::Party>(
                             "kind: PARTY_KIND_VILLAGE_GOVERNMENT capacity: CAPACITY_VILLAGE_HEAD"))
                  .ok());
  EXPECT_TRUE(CheckProxy(Parse<v1::Party>("kind: PARTY_KIND_OFFICE")).ok());
}

TEST_F(ChecksTest, InAVillageOneActsForTheHeadAndTheHeadForNobody) {
  auto party = Parse<v1::Party>(R"pb(kind: PARTY_KIND_VILLAGE_GOVERNMENT
                                     capacity: CAPACITY_VILLAGE_SECRETARY
                                     proxy_for { capacity: CAPACITY_VILLAGE_SECRETARY })pb");
  EXPECT_EQ(GetReason(CheckProxy(party)), "PROXY_PRINCIPAL");
  EXPECT_EQ(GetRefusal(CheckProxy(party))->rule(), "R22");
  party.mutable_proxy_for()->set_capacity(v1::CAPACITY_VILLAGE_HEAD);
  EXPECT_EQ(GetReason(CheckProxy(party)), "");
  party.set_capacity(v1::CAPACITY_VILLAGE_HEAD);
  EXPECT_EQ(GetReason(CheckProxy(party)), "PROXY_PRINCIPAL");
}

TEST_F(ChecksTest, OfThePersonOfAPartyTheNameAloneIsGiven) {
  const auto field = [](const std::string& text) -> std::string {
    const absl::Status status = CheckPartyPersons(Parse<v1::PerformHandoverRequest>(text));
    if (status.ok()) return "";
    EXPECT_EQ(GetReason(status), "PARTY_PERSON_DATA");
    EXPECT_EQ(GetRefusal(status)->rule(), "R21");
    return std::string(status.message().substr(0, status.message().find(' ')));
  };
  EXPECT_EQ(field("receiver { person { name: 'a' } proxy_for { person { name: 'b' } } }"), "");
  EXPECT_EQ(field("receiver { person { name: 'a' national_id: '1806110101900007' } }"),
            "receiver.person.national_id");
  EXPECT_EQ(field("receiver { proxy_for { person { birth_date: '1990-01-01' } } }"),
            "receiver.proxy_for.person.birth_date");
  EXPECT_EQ(field("witnesses {} witnesses { person { sex: SEX_FEMALE } }"),
            "witnesses[1].person.sex");
  // A candidate is no party.
  EXPECT_TRUE(CheckPartyPersons(Parse<v1::RegisterCandidateRequest>(
                                    "person { name: 'a' national_id: '1806110101900007' }"))
                  .ok());
}

TEST_F(ChecksTest, WhatIsNamedExists) {
  EXPECT_EQ(GetReason(CheckLokusExists(s_, kLokus)), "LOKUS_UNKNOWN");
  GivenDesignatedLokus(s_);
  EXPECT_EQ(GetReason(CheckLokusExists(s_, kLokus)), "");
  EXPECT_EQ(GetReason(CheckMeetingExists(s_, "")), "");
  EXPECT_EQ(GetReason(CheckMeetingExists(s_, kPlenary)), "");
  EXPECT_EQ(GetReason(CheckMeetingExists(s_, kDecree)), "MEETING_UNKNOWN");
  EXPECT_EQ(GetReason(CheckDocumentExists(s_, "")), "");
  EXPECT_EQ(GetReason(CheckDocumentExists(s_, kDecree)), "");
  EXPECT_EQ(GetReason(CheckDocumentExists(s_, kPlenary)), "DOCUMENT_UNKNOWN");
}

}  // namespace
}  // namespace jejak::domain
