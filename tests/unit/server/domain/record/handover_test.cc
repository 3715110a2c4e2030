// SPDX-License-Identifier: Apache-2.0

#include "server/domain/record/handover.h"

#include "server/base/limits.h"
#include "tests/support/program_fixture.h"

#include "gmock/gmock.h"

namespace jejak::domain {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr char kHandover[] = "programs/dp3-2021/handovers/gunung-kasih";
constexpr char kList[] = "offices/18.06/documents/daftar";
constexpr char kGuideline[] = "offices/18.06/documents/juknis";

class HandoverTest : public ProgramTest {
 protected:
  HandoverTest() {
    GivenList({absl::StrCat(kLokus, "/agen/01")});
    GivenDocument(kGuideline, "type: DOCUMENT_TYPE_GUIDELINE");
    AddVersion(kGuideline, 1, "cc");
  }
  void GivenList(const std::vector<std::string>& subjects, const std::string& name = kList) {
    event::v1::DocumentEvent list;
    list.mutable_document_registered()->set_type(v1::DOCUMENT_TYPE_AGEN_LIST);
    list.mutable_document_registered()->set_contains_personal_data(true);
    for (const std::string& subject : subjects) {
      list.mutable_document_registered()->add_subjects(subject);
    }
    s.Given<DocumentDecider>(name, list);
    AddVersion(name, 1, "aa");
    AddVersion(name, 2, "bb");
  }
  void AddVersion(const std::string& name, std::uint32_t version, const std::string& sha256) {
    event::v1::DocumentEvent added;
    added.mutable_document_version_added()->set_version(version);
    added.mutable_document_version_added()->set_sha256(sha256);
    s.Given<DocumentDecider>(name, added);
  }

  v1::PrepareHandoverRequest Preparation() {
    return Parse<v1::PrepareHandoverRequest>(R"pb(
      parent: "programs/dp3-2021"
      handover_id: "gunung-kasih"
      lokus: "programs/dp3-2021/lokus/18.06.11.2016"
      items { item_id: "list" document: "offices/18.06/documents/daftar" quantity: 1 }
      items { item_id: "guideline" document: "offices/18.06/documents/juknis" quantity: 2 }
      items { item_id: "banner" goods: "spanduk" quantity: 3 }
      purpose: "coordination with the village"
      lawful_basis: LAWFUL_BASIS_PUBLIC_SERVICE
      recipient { kind: PARTY_KIND_VILLAGE_GOVERNMENT capacity: CAPACITY_VILLAGE_HEAD }
    )pb");
  }
  v1::PerformHandoverRequest Performance() {
    return Named<v1::PerformHandoverRequest>(kHandover, R"pb(
      giver { kind: PARTY_KIND_OFFICE office: "offices/18.06" capacity: CAPACITY_CHAIR }
      receiver {
        kind: PARTY_KIND_VILLAGE_GOVERNMENT
        capacity: CAPACITY_VILLAGE_SECRETARY
        person { subject: "s1" name: "x" }
        proxy_for {
          capacity: CAPACITY_VILLAGE_HEAD
          person { subject: "s2" name: "x" }
        }
      }
      place: "Balai Pekon"
      handed_over_on: "2021-06-10"
      witnesses { kind: PARTY_KIND_COMMUNITY }
    )pb");
  }
  v1::AcknowledgeHandoverRequest Receipt() {
    return Named<v1::AcknowledgeHandoverRequest>(
        kHandover, "receipt { method: SIGNATURE_METHOD_WET signed_on: '2021-06-10' }");
  }
  v1::ReturnHandoverItemRequest Return(const std::string& item) {
    auto request =
        Named<v1::ReturnHandoverItemRequest>(kHandover, "returned_on: '2021-06-15' reason: 'torn'");
    request.set_item_id(item);
    return request;
  }
  std::string Prepare(const v1::PrepareHandoverRequest& request) {
    return s.When<HandoverDecider>(request);
  }
  std::string Perform(const v1::PerformHandoverRequest& request) {
    return s.When<HandoverDecider>(request);
  }
  const v1::Handover& Handover() { return *s.Find<v1::Handover>(kHandover); }
};

TEST_F(HandoverTest, PreparationPinsDownWhatIsHandedOver) {
  ASSERT_EQ(Prepare(Preparation()), "");
  EXPECT_EQ(Handover().state(), v1::HANDOVER_STATE_PREPARED);
  EXPECT_EQ(Handover().lokus(), kLokus);
  EXPECT_EQ(Handover().office(), "offices/18.06");
  EXPECT_EQ(Handover().purpose(), "coordination with the village");
  EXPECT_EQ(Handover().lawful_basis(), v1::LAWFUL_BASIS_PUBLIC_SERVICE);
  EXPECT_EQ(Handover().recipient().capacity(), v1::CAPACITY_VILLAGE_HEAD);
  ASSERT_EQ(Handover().items_size(), 3);
  EXPECT_EQ(Handover().items(0).document_version(), 2u);
  EXPECT_EQ(Handover().items(0).sha256(), "bb");
  EXPECT_TRUE(Handover().items(0).contains_personal_data());
  EXPECT_FALSE(Handover().items(1).contains_personal_data());
  EXPECT_EQ(Handover().items(1).quantity(), 2u);
  EXPECT_EQ(Handover().items(2).goods(), "spanduk");
  EXPECT_THAT(TagsOfLast(),
              UnorderedElementsAre(absl::StrCat("lokus:", kLokus), absl::StrCat("document:", kList),
                                   absl::StrCat("document:", kGuideline)));
  EXPECT_EQ(Prepare(Preparation()), "HANDOVER_EXISTS");
}

TEST_F(HandoverTest, AnEarlierVersionCanBeHandedOver) {
  auto request = Preparation();
  request.mutable_items(0)->set_document_version(1);
  ASSERT_EQ(Prepare(request), "");
  EXPECT_EQ(Handover().items(0).document_version(), 1u);
  EXPECT_EQ(Handover().items(0).sha256(), "aa");
}

TEST_F(HandoverTest, EachItemIsOneThingThatExists) {
  auto request = Preparation();
  request.mutable_items(0)->set_document_version(3);
  EXPECT_EQ(Prepare(request), "VERSION_MISSING");
  const char kEmpty[] = "offices/18.06/documents/kosong";
  GivenDocument(kEmpty, "type: DOCUMENT_TYPE_LETTER");  // It has no version yet.
  request.mutable_items(0)->set_document(kEmpty);
  request.mutable_items(0)->set_document_version(0);
  EXPECT_EQ(Prepare(request), "VERSION_MISSING");
  request.mutable_items(0)->set_document("offices/18.06/documents/none");
  EXPECT_EQ(Prepare(request), "DOCUMENT_UNKNOWN");
  request.mutable_items(0)->set_goods("spanduk");
  EXPECT_EQ(Prepare(request), "ITEM_AMBIGUOUS");
  request = Preparation();
  request.mutable_items(2)->clear_goods();
  EXPECT_EQ(Prepare(request), "ITEM_EMPTY");
  request = Preparation();
  request.mutable_items(2)->set_item_id("list");
  EXPECT_EQ(Prepare(request), "ITEM_REPEATED");
  request = Preparation();
  request.set_lokus("programs/dp3-2021/lokus/18.06.14.2001");
  EXPECT_EQ(Prepare(request), "LOKUS_UNKNOWN");
  const std::string foreign = "programs/dp3-2022/lokus/18.06.11.2016";
  GivenLokus(foreign);
  request.set_lokus(foreign);
  EXPECT_EQ(Prepare(request), "LOKUS_UNKNOWN");
}

TEST_F(HandoverTest, PersonalDataNeedsAPurposeAndALawfulBasis) {
  auto request = Preparation();
  request.clear_purpose();
  EXPECT_EQ(Prepare(request), "PURPOSE_MISSING");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R23");
  request = Preparation();
  request.clear_lawful_basis();
  EXPECT_EQ(Prepare(request), "LAWFUL_BASIS_MISSING");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R23");
  request.clear_purpose();
  request.mutable_items()->DeleteSubrange(0, 1);
  EXPECT_EQ(Prepare(request), "");
}

TEST_F(HandoverTest, AProxyReceivesAndTheDisclosureIsRecorded) {
  ASSERT_EQ(Prepare(Preparation()), "");
  ASSERT_EQ(Perform(Performance()), "");
  EXPECT_EQ(Handover().state(), v1::HANDOVER_STATE_HANDED_OVER);
  EXPECT_EQ(Handover().giver().capacity(), v1::CAPACITY_CHAIR);
  EXPECT_EQ(Handover().receiver().proxy_for().capacity(), v1::CAPACITY_VILLAGE_HEAD);
  EXPECT_EQ(Handover().receiver().person().subject(), "s1");
  EXPECT_EQ(Handover().place(), "Balai Pekon");
  EXPECT_EQ(Handover().handed_over_on(), "2021-06-10");
  EXPECT_EQ(Handover().receipt_due_on(), "2021-06-24");
  EXPECT_EQ(Handover().witnesses_size(), 1);
  EXPECT_TRUE(Handover().personal_data_disclosed());
  ASSERT_EQ(s.last.events.size(), 2u);
  const event::v1::PersonalDataDisclosed& disclosed =
      s.last.events[1].envelope.handover().personal_data_disclosed();
  EXPECT_EQ(disclosed.item_id(), "list");
  EXPECT_EQ(disclosed.document(), kList);
  EXPECT_EQ(disclosed.sha256(), "bb");
  EXPECT_THAT(disclosed.subjects(), ElementsAre(absl::StrCat(kLokus, "/agen/01")));
  EXPECT_EQ(disclosed.recipient().capacity(), v1::CAPACITY_VILLAGE_SECRETARY);
  EXPECT_EQ(disclosed.recipient().proxy_for().capacity(), v1::CAPACITY_VILLAGE_HEAD);
  EXPECT_FALSE(disclosed.recipient().has_person());
  EXPECT_FALSE(disclosed.recipient().proxy_for().has_person());
  EXPECT_EQ(disclosed.purpose(), "coordination with the village");
  EXPECT_EQ(disclosed.lawful_basis(), v1::LAWFUL_BASIS_PUBLIC_SERVICE);
  EXPECT_EQ(disclosed.disclosed_on(), "2021-06-10");
  EXPECT_THAT(TagsOfLast(1),
              UnorderedElementsAre(absl::StrCat("lokus:", kLokus), absl::StrCat("document:", kList),
                                   absl::StrCat("agen:", kLokus, "/agen/01")));
  EXPECT_EQ(Perform(Performance()), "HANDOVER_STATE");
}

TEST_F(HandoverTest, AHandoverWithoutPersonalDataDisclosesNothing) {
  auto request = Preparation();
  request.mutable_items()->DeleteSubrange(0, 1);
  ASSERT_EQ(Prepare(request), "");
  ASSERT_EQ(Perform(Performance()), "");
  EXPECT_EQ(s.last.events.size(), 1u);
  EXPECT_FALSE(Handover().personal_data_disclosed());
}

TEST_F(HandoverTest, ManySubjectsAreDisclosedInSeveralEvents) {
  std::vector<std::string> subjects;
  for (int i = 0; i < 200; ++i) subjects.push_back(absl::StrCat(kLokus, "/agen/", i));
  GivenList(subjects, "offices/18.06/documents/besar");
  auto request = Preparation();
  request.mutable_items(0)->set_document("offices/18.06/documents/besar");
  ASSERT_EQ(Prepare(request), "");
  ASSERT_EQ(Perform(Performance()), "");
  std::vector<std::string> seen;
  for (std::size_t i = 1; i < s.last.events.size(); ++i) {
    const auto& part = s.last.events[i].envelope.handover().personal_data_disclosed().subjects();
    EXPECT_LE(part.size(), static_cast<int>(limits::kSubjectsPerDisclosureMax));
    EXPECT_LE(TagsOfLast(i).size(), limits::kTagsMax - 4);
    seen.insert(seen.end(), part.begin(), part.end());
  }
  EXPECT_EQ(seen, subjects);
}

TEST_F(HandoverTest, PersonalDataIsHandedOverOnlyIfItIsKnownWhoseItIs) {
  const char kSk[] = "offices/18.06/documents/sk-data";
  GivenDocument(kSk, "type: DOCUMENT_TYPE_DECREE contains_personal_data: true");
  AddVersion(kSk, 1, "dd");
  auto request = Preparation();
  request.mutable_items(0)->set_document(kSk);
  EXPECT_EQ(Prepare(request), "SUBJECTS_MISSING");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R23");
  // What a document has is not for the item to say.
  request.mutable_items(0)->add_subjects(absl::StrCat(kLokus, "/agen/01"));
  EXPECT_EQ(Prepare(request), "ITEM_DATA_OF_DOCUMENT");
  request = Preparation();
  request.mutable_items(1)->set_contains_personal_data(true);
  EXPECT_EQ(Prepare(request), "ITEM_DATA_OF_DOCUMENT");
}

TEST_F(HandoverTest, GoodsSayWhosePersonalDataTheyCarry) {
  Registered(Candidate("01"));
  const std::string agen = absl::StrCat(kLokus, "/agen/01");
  auto request = Preparation();
  request.mutable_items()->DeleteSubrange(0, 2);
  v1::HandoverItem& stick = *request.mutable_items(0);
  stick.set_goods("flash disk");
  stick.set_contains_personal_data(true);
  EXPECT_EQ(Prepare(request), "SUBJECTS_MISSING");
  stick.add_subjects(absl::StrCat(kLokus, "/agen/99"));
  EXPECT_EQ(Prepare(request), "AGEN_UNKNOWN");
  stick.set_subjects(0, agen);
  stick.set_contains_personal_data(false);
  EXPECT_EQ(Prepare(request), "PERSONAL_DATA_UNSTATED");
  stick.set_contains_personal_data(true);
  request.clear_purpose();
  EXPECT_EQ(Prepare(request), "PURPOSE_MISSING");
  request.set_purpose("coordination with the village");
  ASSERT_EQ(Prepare(request), "");
  ASSERT_EQ(Perform(Performance()), "");
  ASSERT_EQ(s.last.events.size(), 2u);
  const event::v1::PersonalDataDisclosed& disclosed =
      s.last.events[1].envelope.handover().personal_data_disclosed();
  EXPECT_EQ(disclosed.item_id(), "banner");
  EXPECT_EQ(disclosed.document(), "");
  EXPECT_THAT(disclosed.subjects(), ElementsAre(agen));
  EXPECT_THAT(TagsOfLast(1),
              UnorderedElementsAre(absl::StrCat("lokus:", kLokus), absl::StrCat("agen:", agen)));
}

TEST_F(HandoverTest, GiverAndReceiverHaveACapacity) {
  ASSERT_EQ(Prepare(Preparation()), "");
  auto request = Performance();
  request.mutable_giver()->clear_capacity();
  EXPECT_EQ(Perform(request), "CAPACITY_MISSING");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R22");
  request = Performance();
  request.mutable_receiver()->clear_capacity();
  EXPECT_EQ(Perform(request), "CAPACITY_MISSING");
  request = Performance();
  request.mutable_giver()->set_kind(v1::PARTY_KIND_COMMUNITY);
  EXPECT_EQ(Perform(request), "GIVER_NOT_OFFICE");
  request = Performance();
  request.mutable_giver()->set_office("offices/99");
  EXPECT_EQ(Perform(request), "OFFICE_UNKNOWN");
  request.mutable_giver()->clear_office();
  EXPECT_EQ(Perform(request), "OFFICE_UNKNOWN");
}

TEST_F(HandoverTest, TheGiverIsOfTheOfficeOfTheHandoverInACapacityOfAnOffice) {
  ASSERT_EQ(Prepare(Preparation()), "");
  auto request = Performance();
  request.mutable_giver()->set_office("offices/18.09");
  EXPECT_EQ(Perform(request), "GIVER_NOT_OFFICE");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R22");
  request.mutable_giver()->set_office("offices/18.06");
  for (const auto capacity : {v1::CAPACITY_AGEN, v1::CAPACITY_VILLAGE_HEAD, v1::CAPACITY_OTHER}) {
    request.mutable_giver()->set_capacity(capacity);
    EXPECT_EQ(Perform(request), "GIVER_CAPACITY");
    EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R22");
  }
  request.mutable_giver()->set_office("offices/ri");  // Above it.
  request.mutable_giver()->set_capacity(v1::CAPACITY_STAFF);
  EXPECT_EQ(Perform(request), "");
}

TEST_F(HandoverTest, AVillageThatReceivesIsThatOfTheLokus) {
  auto preparation = Preparation();
  preparation.mutable_recipient()->set_region_code("32.01.01.2001");
  EXPECT_EQ(Prepare(preparation), "PARTY_NOT_OF_VILLAGE");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R22");
  ASSERT_EQ(Prepare(Preparation()), "");
  auto request = Performance();
  request.mutable_receiver()->set_region_code("32.01.01.2001");
  EXPECT_EQ(Perform(request), "PARTY_NOT_OF_VILLAGE");
  request.mutable_receiver()->set_region_code("18.06.11.2016");
  EXPECT_EQ(Perform(request), "");
}

TEST_F(HandoverTest, WhoReceivesForAVillageReceivesForItsHead) {
  ASSERT_EQ(Prepare(Preparation()), "");
  auto request = Performance();
  request.mutable_receiver()->mutable_proxy_for()->set_capacity(v1::CAPACITY_VILLAGE_SECRETARY);
  EXPECT_EQ(Perform(request), "PROXY_PRINCIPAL");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R22");
}

TEST_F(HandoverTest, WhoIsNotTheVillageHeadActsForSomebody) {
  ASSERT_EQ(Prepare(Preparation()), "");
  auto request = Performance();
  request.mutable_receiver()->clear_proxy_for();
  EXPECT_EQ(Perform(request), "PROXY_MISSING");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R22");
  request.mutable_receiver()->set_capacity(v1::CAPACITY_VILLAGE_HEAD);
  EXPECT_EQ(Perform(request), "");
}

TEST_F(HandoverTest, PersonalDataGoesToWhomItWasPreparedFor) {
  auto preparation = Preparation();
  preparation.mutable_recipient()->set_region_code("18.06.11.2016");
  preparation.mutable_recipient()->set_organization("Pemerintah Pekon Gunung Kasih");
  ASSERT_EQ(Prepare(preparation), "");
  auto request = Performance();
  EXPECT_EQ(Perform(request), "RECEIVER_NOT_RECIPIENT");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R23");
  request.mutable_receiver()->set_region_code("18.06.12.2003");
  request.mutable_receiver()->set_organization("Pemerintah Pekon Gunung Kasih");
  EXPECT_EQ(Perform(request), "PARTY_NOT_OF_VILLAGE");
  request.mutable_receiver()->set_region_code("18.06.11.2016");
  request.mutable_receiver()->set_organization("CV Maju");
  EXPECT_EQ(Perform(request), "RECEIVER_NOT_RECIPIENT");
  request.mutable_receiver()->set_organization("Pemerintah Pekon Gunung Kasih");
  request.mutable_receiver()->set_kind(v1::PARTY_KIND_OTHER);
  EXPECT_EQ(Perform(request), "RECEIVER_NOT_RECIPIENT");
  request.mutable_receiver()->set_kind(v1::PARTY_KIND_VILLAGE_GOVERNMENT);
  EXPECT_EQ(Perform(request), "");
}

TEST_F(HandoverTest, PersonalDataForAnOfficeGoesToThatOffice) {
  auto preparation = Preparation();
  preparation.mutable_recipient()->set_kind(v1::PARTY_KIND_OFFICE);
  preparation.mutable_recipient()->set_office("offices/18");
  ASSERT_EQ(Prepare(preparation), "");
  auto request = Performance();
  request.mutable_receiver()->set_kind(v1::PARTY_KIND_OFFICE);
  request.mutable_receiver()->set_office("offices/18.09");
  EXPECT_EQ(Perform(request), "RECEIVER_NOT_RECIPIENT");
  request.mutable_receiver()->set_office("offices/18");
  EXPECT_EQ(Perform(request), "");
}

TEST_F(HandoverTest, WithoutPersonalDataAnybodyMayReceive) {
  auto preparation = Preparation();
  preparation.mutable_items()->DeleteSubrange(0, 1);
  ASSERT_EQ(Prepare(preparation), "");
  auto request = Performance();
  request.mutable_receiver()->set_kind(v1::PARTY_KIND_COMMUNITY);
  EXPECT_EQ(Perform(request), "");
}

TEST_F(HandoverTest, HandoversAreUpToOfficesWhoseRegionHoldsTheVillage) {
  s.actor.office = "offices/18.09";
  EXPECT_EQ(Prepare(Preparation()), "REGION_OUTSIDE_OFFICE");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R5");
  s.actor.office = "offices/18";
  ASSERT_EQ(Prepare(Preparation()), "");
  s.actor.office = "offices/18.09";
  const auto refused = [&](const auto& request) {
    EXPECT_EQ(s.When<HandoverDecider>(request), "REGION_OUTSIDE_OFFICE") << request.GetTypeName();
  };
  refused(Performance());
  refused(Receipt());
  refused(Return("list"));
  refused(Named<v1::RefuseHandoverRequest>(kHandover));
  refused(Named<v1::CorrectHandoverRequest>(kHandover));
}

TEST_F(HandoverTest, WhatIsRecordedHasHappened) {
  ASSERT_EQ(Prepare(Preparation()), "");
  auto request = Performance();
  request.set_handed_over_on("2022-01-02");
  EXPECT_EQ(Perform(request), "DATE_IN_FUTURE");
  ASSERT_EQ(Perform(Performance()), "");
  auto item = Return("list");
  item.set_returned_on("2022-01-02");
  EXPECT_EQ(s.When<HandoverDecider>(item), "DATE_IN_FUTURE");
  auto receipt = Receipt();
  receipt.mutable_receipt()->set_signed_on("2022-01-02");
  EXPECT_EQ(s.When<HandoverDecider>(receipt), "DATE_IN_FUTURE");
}

TEST_F(HandoverTest, AReceiptClosesTheHandover) {
  ASSERT_EQ(Prepare(Preparation()), "");
  EXPECT_EQ(s.When<HandoverDecider>(Receipt()), "HANDOVER_STATE");
  ASSERT_EQ(Perform(Performance()), "");
  auto receipt = Receipt();
  receipt.mutable_receipt()->set_signed_on("2021-06-09");
  EXPECT_EQ(s.When<HandoverDecider>(receipt), "DATES_REVERSED");
  receipt = Receipt();
  receipt.mutable_receipt()->set_document("offices/18.06/documents/none");
  EXPECT_EQ(s.When<HandoverDecider>(receipt), "DOCUMENT_UNKNOWN");
  receipt.mutable_receipt()->set_document(kGuideline);
  EXPECT_EQ(s.When<HandoverDecider>(receipt), "");
  EXPECT_EQ(Handover().state(), v1::HANDOVER_STATE_ACKNOWLEDGED);
  EXPECT_EQ(Handover().receipt().signed_on(), "2021-06-10");
  EXPECT_THAT(TagsOfLast(), UnorderedElementsAre(absl::StrCat("lokus:", kLokus),
                                                 absl::StrCat("document:", kGuideline)));
  EXPECT_EQ(s.When<HandoverDecider>(receipt), "HANDOVER_STATE");
}

TEST_F(HandoverTest, WhatWasPreparedCanBeRefused) {
  ASSERT_EQ(Prepare(Preparation()), "");
  const auto refuse = Named<v1::RefuseHandoverRequest>(kHandover, "reason: 'no mandate'");
  EXPECT_EQ(s.When<HandoverDecider>(refuse), "");
  EXPECT_EQ(Handover().state(), v1::HANDOVER_STATE_REFUSED);
  EXPECT_EQ(Handover().refusal_reason(), "no mandate");
  EXPECT_EQ(s.When<HandoverDecider>(refuse), "");
  EXPECT_EQ(s.last.events.size(), 0u);
  EXPECT_EQ(Perform(Performance()), "HANDOVER_STATE");
  EXPECT_EQ(s.When<HandoverDecider>(Return("list")), "HANDOVER_STATE");
}

TEST_F(HandoverTest, WhatWasHandedOverCannotBeRefused) {
  ASSERT_EQ(Prepare(Preparation()), "");
  ASSERT_EQ(Perform(Performance()), "");
  EXPECT_EQ(s.When<HandoverDecider>(Named<v1::RefuseHandoverRequest>(kHandover, "reason: 'x'")),
            "HANDOVER_STATE");
}

TEST_F(HandoverTest, AnItemComesBackOnce) {
  ASSERT_EQ(Prepare(Preparation()), "");
  EXPECT_EQ(s.When<HandoverDecider>(Return("list")), "HANDOVER_STATE");
  ASSERT_EQ(Perform(Performance()), "");
  EXPECT_EQ(s.When<HandoverDecider>(Return("flag")), "ITEM_UNKNOWN");
  auto early = Return("list");
  early.set_returned_on("2021-06-09");
  EXPECT_EQ(s.When<HandoverDecider>(early), "DATES_REVERSED");
  EXPECT_EQ(s.When<HandoverDecider>(Return("list")), "");
  EXPECT_EQ(Handover().items(0).returned_on(), "2021-06-15");
  EXPECT_EQ(Handover().items(0).return_reason(), "torn");
  EXPECT_EQ(Handover().items(1).returned_on(), "");
  EXPECT_THAT(TagsOfLast(), UnorderedElementsAre(absl::StrCat("lokus:", kLokus),
                                                 absl::StrCat("document:", kList)));
  EXPECT_EQ(s.When<HandoverDecider>(Return("list")), "");
  EXPECT_EQ(s.last.events.size(), 0u);
  auto again = Return("list");
  again.set_returned_on("2021-06-16");
  EXPECT_EQ(s.When<HandoverDecider>(again), "ITEM_RETURNED");
  EXPECT_NE(GetRefusal(s.last_status)->needed(), "");
  ASSERT_EQ(s.When<HandoverDecider>(Receipt()), "");
  EXPECT_EQ(s.When<HandoverDecider>(Return("banner")), "");
}

TEST_F(HandoverTest, ACorrectedDayMovesTheDayTheReceiptIsDue) {
  ASSERT_EQ(Prepare(Preparation()), "");
  std::uint64_t position = 0;
  while (!s.IsEventOf(position, kHandover)) ++position;
  const auto correct = [&](const std::string& field, const std::string& value) {
    auto request =
        Named<v1::CorrectHandoverRequest>(kHandover, "correction { approver: 'officers/ketua' }");
    request.mutable_correction()->set_corrected_position(position);
    request.mutable_correction()->set_field(field);
    request.mutable_correction()->set_value(value);
    return s.When<HandoverDecider>(request);
  };
  EXPECT_EQ(correct("handed_over_on", "2021-06-11"), "FIELD_NOT_CORRECTABLE");
  ASSERT_EQ(Perform(Performance()), "");
  EXPECT_EQ(correct("handed_over_on", "2022-06-09"), "DATE_IN_FUTURE");
  EXPECT_EQ(correct("handed_over_on", "2021-06-09"), "");
  EXPECT_EQ(Handover().handed_over_on(), "2021-06-09");
  EXPECT_EQ(Handover().receipt_due_on(), "2021-06-23");
  EXPECT_EQ(correct("purpose", ""), "CORRECTION_VALUE_INVALID");
  EXPECT_EQ(correct("place", "Kantor Pekon"), "");
  EXPECT_EQ(Handover().place(), "Kantor Pekon");
  EXPECT_EQ(Handover().receipt_due_on(), "2021-06-23");
  ASSERT_EQ(s.When<HandoverDecider>(Receipt()), "");
  EXPECT_EQ(correct("handed_over_on", "2021-06-11"), "DATES_REVERSED");
  EXPECT_EQ(correct("receipt_due_on", "2022-06-11"), "FIELD_NOT_CORRECTABLE");
}

TEST_F(HandoverTest, NothingIsHandedOverInAClosedProgram) {
  ASSERT_EQ(Prepare(Preparation()), "");
  CloseProgram();
  EXPECT_EQ(Perform(Performance()), "PROGRAM_NOT_OPEN");
}

}  // namespace
}  // namespace jejak::domain
