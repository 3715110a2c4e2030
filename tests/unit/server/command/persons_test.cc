// SPDX-License-Identifier: Apache-2.0

#include "server/command/persons.h"

#include "server/domain/world.h"
#include "tests/unit/server/command/command_testing.h"

#include "jejak/event/v1/envelope.pb.h"
#include "jejak/v1/agen_service.pb.h"
#include "jejak/v1/handover.pb.h"

#include "absl/strings/match.h"
#include <gtest/gtest.h>

namespace jejak::command {
namespace {

using domain::kGiven;

constexpr char kStream[] = "programs/p/lokus/l/agen/01";
constexpr log::EventId kEventId = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

// Persons as deep as they go: in parties of a repeated field, and those they act for.
v1::Handover ThreeParties() {
  v1::Handover handover;
  handover.mutable_giver()->mutable_person()->set_name("Budi");
  handover.mutable_giver()->mutable_proxy_for()->mutable_person()->set_name("Wati");
  handover.mutable_receiver()->mutable_person();
  return handover;
}

std::vector<std::string> Names(google::protobuf::Message& message) {
  std::vector<std::string> names;
  ForEachPerson(message, [&names](v1::Person& person) { names.push_back(person.name()); });
  return names;
}

TEST(PersonsTest, EveryPersonIsVisitedHoweverDeep) {
  v1::Handover handover = ThreeParties();
  EXPECT_EQ(Names(handover), (std::vector<std::string>{"Budi", "Wati", ""}));
  v1::Person alone;
  alone.set_name("Siti");
  EXPECT_EQ(Names(alone), (std::vector<std::string>{"Siti"}));
}

TEST(PersonsTest, TakingLeavesMarksAndNoValue) {
  v1::RegisterCandidateRequest request;
  *request.mutable_person() = Siti();
  request.set_agen_id("01");
  const std::vector<v1::Person> taken = TakePersons(request);
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].SerializeAsString(), Siti().SerializeAsString());
  EXPECT_EQ(request.agen_id(), "01");
  EXPECT_EQ(request.person().name(), kGiven);
  EXPECT_EQ(request.person().national_id(), kGiven);
  EXPECT_EQ(request.person().birth_date(), kGiven);
  EXPECT_EQ(request.person().address(), "") << "it was not given";
  EXPECT_EQ(request.person().sex(), v1::SEX_UNSPECIFIED);
  for (const char* value : {"Siti", "1806110101900007", "1990"}) {
    EXPECT_FALSE(absl::StrContains(request.SerializeAsString(), value)) << value;
  }
}

TEST(PersonsTest, WhatIsTakenMatchesTheMarksThatStayBehind) {
  v1::Handover handover = ThreeParties();
  // A sex alone leaves no mark, so nobody is taken for it.
  handover.mutable_giver()->mutable_person()->Clear();
  handover.mutable_giver()->mutable_person()->set_sex(v1::SEX_MALE);
  const std::vector<v1::Person> taken = TakePersons(handover);
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].name(), "Wati");
  EXPECT_EQ(handover.giver().person().ByteSizeLong(), 0u);
  EXPECT_EQ(handover.giver().proxy_for().person().name(), kGiven);
  EXPECT_EQ(handover.receiver().person().ByteSizeLong(), 0u);
}

class SealPersonsTest : public testing::Test {
 protected:
  event::v1::Envelope Registered(const std::string& subject) {
    event::v1::Envelope envelope;
    v1::Person& person = *envelope.mutable_agen()->mutable_candidate_registered()->mutable_person();
    person.set_subject(subject);
    person.set_name(kGiven);
    person.mutable_sealed()->set_national_id_hmac(hmac_);
    return envelope;
  }
  static v1::Person& PersonOf(event::v1::Envelope& envelope) {
    return *envelope.mutable_agen()->mutable_candidate_registered()->mutable_person();
  }

  log::TempFolder folder_;
  std::unique_ptr<vault::Vault> vault_ = OpenVault(folder_);
  const std::string hmac_ = std::string(AsBytes(vault_->BlindIndex(Siti().national_id())));
};

TEST_F(SealPersonsTest, OnlySubjectAndSealedFormRemain) {
  const std::string subject = *vault_->TakeSubject();
  event::v1::Envelope envelope = Registered(subject);
  const PlainPersons plain = {{subject, Siti()}};
  const absl::Status sealed = SealPersons(plain, kStream, kEventId, *vault_, envelope);
  ASSERT_TRUE(sealed.ok()) << sealed;
  v1::Person& person = PersonOf(envelope);
  EXPECT_EQ(person.subject(), subject);
  EXPECT_EQ(person.name(), "");
  EXPECT_EQ(person.sealed().national_id_hmac(), hmac_);
  EXPECT_EQ(person.sealed().stream(), kStream);
  const absl::StatusOr<v1::Person> opened = vault_->Unseal(person.sealed());
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->name(), "Siti Aminah");
  EXPECT_EQ(opened->sex(), v1::SEX_FEMALE);
  for (const char* value : {"Siti", "1806110101900007", "1990"}) {
    EXPECT_FALSE(absl::StrContains(envelope.SerializeAsString(), value)) << value;
  }
}

TEST_F(SealPersonsTest, WhatIsSealedAlreadyStays) {
  const std::string subject = *vault_->TakeSubject();
  event::v1::Envelope envelope = Registered(subject);
  ASSERT_TRUE(SealPersons({{subject, Siti()}}, kStream, kEventId, *vault_, envelope).ok());
  const std::string once = envelope.SerializeAsString();
  // Copied from a state into another event, whose command did not bring the person.
  ASSERT_TRUE(SealPersons({}, "programs/p/other", kEventId, *vault_, envelope).ok());
  EXPECT_EQ(envelope.SerializeAsString(), once);
}

TEST_F(SealPersonsTest, PersonsOfOneEventAreBoundToTheirOrdinals) {
  event::v1::Envelope envelope;
  auto& event = *envelope.mutable_meeting()->mutable_attendance_recorded();
  PlainPersons plain;
  for (const char* name : {"Budi", "Wati"}) {
    const std::string subject = *vault_->TakeSubject();
    plain[subject].set_name(name);
    event.add_attendance()->mutable_party()->mutable_person()->set_subject(subject);
  }
  ASSERT_TRUE(SealPersons(plain, kStream, kEventId, *vault_, envelope).ok());
  const auto& first = event.attendance(0).party().person();
  const auto& second = event.attendance(1).party().person();
  EXPECT_EQ(first.sealed().ordinal(), 0u);
  EXPECT_EQ(second.sealed().ordinal(), 1u);
  EXPECT_EQ(vault_->Unseal(first.sealed())->name(), "Budi");
  EXPECT_EQ(vault_->Unseal(second.sealed())->name(), "Wati");
}

TEST_F(SealPersonsTest, ASubjectTheCommandDidNotBringIsABug) {
  event::v1::Envelope envelope = Registered(*vault_->TakeSubject());
  EXPECT_EQ(SealPersons({}, kStream, kEventId, *vault_, envelope).code(),
            absl::StatusCode::kInternal);
}

TEST_F(SealPersonsTest, APersonWithoutSubjectIsLeftEmpty) {
  event::v1::Envelope envelope = Registered("");
  ASSERT_TRUE(SealPersons({}, kStream, kEventId, *vault_, envelope).ok());
  EXPECT_EQ(PersonOf(envelope).ByteSizeLong(), 0u);
}

TEST_F(SealPersonsTest, RedactingShowsNothingButTheSubject) {
  const std::string subject = *vault_->TakeSubject();
  v1::Handover handover = ThreeParties();
  v1::Person& person = *handover.mutable_giver()->mutable_proxy_for()->mutable_person();
  person = Siti();
  person.set_subject(subject);
  person.mutable_sealed()->set_ciphertext("secret");
  RedactPersons(handover);
  v1::Person expected;
  expected.set_subject(subject);
  expected.set_masked(true);
  EXPECT_EQ(person.SerializeAsString(), expected.SerializeAsString());
  EXPECT_EQ(handover.giver().person().name(), "");
  EXPECT_TRUE(handover.giver().person().masked());
}

TEST_F(SealPersonsTest, MaskingShowsMaskedValuesWhileTheKeyIsThere) {
  const std::string subject = *vault_->TakeSubject();
  event::v1::Envelope sealed = Registered(subject);
  ASSERT_TRUE(SealPersons({{subject, Siti()}}, kStream, kEventId, *vault_, sealed).ok());
  event::v1::Envelope shown = sealed;
  MaskPersons(*vault_, shown);
  v1::Person& person = PersonOf(shown);
  EXPECT_EQ(person.subject(), subject);
  EXPECT_TRUE(person.masked());
  EXPECT_EQ(person.name(), "S••• A•••");
  EXPECT_EQ(person.sex(), v1::SEX_UNSPECIFIED);
  EXPECT_FALSE(person.has_sealed());

  ASSERT_TRUE(vault_->DestroySubject(subject).ok());
  shown = sealed;
  MaskPersons(*vault_, shown);
  v1::Person expected;
  expected.set_subject(subject);
  expected.set_masked(true);
  EXPECT_EQ(PersonOf(shown).SerializeAsString(), expected.SerializeAsString());
}

TEST_F(SealPersonsTest, WhatCannotBeOpenedIsShownWithItsSubjectOnly) {
  const std::string subject = *vault_->TakeSubject();
  event::v1::Envelope envelope = Registered(subject);
  ASSERT_TRUE(SealPersons({{subject, Siti()}}, kStream, kEventId, *vault_, envelope).ok());
  PersonOf(envelope).mutable_sealed()->set_ordinal(9);
  PersonOf(envelope).set_name("plain by mistake");
  MaskPersons(*vault_, envelope);
  EXPECT_EQ(PersonOf(envelope).name(), "");
  EXPECT_EQ(PersonOf(envelope).subject(), subject);
}

}  // namespace
}  // namespace jejak::command
