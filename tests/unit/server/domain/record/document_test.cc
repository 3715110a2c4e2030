// SPDX-License-Identifier: Apache-2.0

#include "server/domain/record/document.h"

#include "server/base/limits.h"
#include "tests/support/program_fixture.h"

#include "gmock/gmock.h"

namespace jejak::domain {
namespace {

using testing::ElementsAre;

constexpr char kDocument[] = "offices/18.06/documents/daftar";
constexpr char kHash[] = "aa";
constexpr char kOtherHash[] = "bb";

class DocumentTest : public ProgramTest {
 protected:
  DocumentTest() {
    s.contents[kHash] = 1234;
    s.contents[kOtherHash] = 5678;
  }

  v1::RegisterDocumentRequest Registration(const std::string& id = "daftar") {
    auto request = Parse<v1::RegisterDocumentRequest>(R"pb(
      parent: "offices/18.06"
      type: DOCUMENT_TYPE_LETTER
      title: "Undangan"
      issued_on: "2021-06-05"
      classification: "PP.06"
      disclosure: DISCLOSURE_CLASS_INTERNAL
      retention_class: "2-3"
      lokus: "programs/dp3-2021/lokus/18.06.11.2016"
    )pb");
    request.set_document_id(id);
    return request;
  }
  std::string Register(const v1::RegisterDocumentRequest& request) {
    return s.When<DocumentDecider>(request);
  }
  std::string AddVersion(const std::string& sha256) {
    auto request = Named<v1::AddDocumentVersionRequest>(kDocument, "media_type: 'application/pdf'");
    request.set_sha256(sha256);
    return s.When<DocumentDecider>(request);
  }
  std::string Sign(std::uint32_t version) {
    auto request = Named<v1::SignDocumentRequest>(
        kDocument, "signature { method: SIGNATURE_METHOD_WET signed_on: '2021-06-06' }");
    request.set_version(version);
    return s.When<DocumentDecider>(request);
  }
  const v1::Document& Document() { return *s.Find<v1::Document>(kDocument); }
};

TEST_F(DocumentTest, ADocumentIsRegisteredWithItsNumberTakenApart) {
  auto request = Registration();
  request.set_number("027/PP.06-Und/1806/KPU-Kab/VI/2021");
  request.add_lokus(kLokus);  // Named twice, meant once.
  ASSERT_EQ(Register(request), "");
  EXPECT_EQ(Document().state(), v1::DOCUMENT_STATE_REGISTERED);
  EXPECT_EQ(Document().number(), request.number());
  EXPECT_EQ(Document().parsed_number().region_code(), "18.06");
  EXPECT_EQ(Document().parsed_number().month(), 6u);
  EXPECT_EQ(Document().title(), "Undangan");
  EXPECT_EQ(Document().issued_on(), "2021-06-05");
  EXPECT_EQ(Document().classification(), "PP.06");
  EXPECT_EQ(Document().disclosure(), v1::DISCLOSURE_CLASS_INTERNAL);
  EXPECT_EQ(Document().retention_class(), "2-3");
  EXPECT_THAT(Document().lokus(), ElementsAre(kLokus));
  EXPECT_THAT(TagsOfLast(), ElementsAre(absl::StrCat("lokus:", kLokus)));
  EXPECT_EQ(Register(request), "DOCUMENT_EXISTS");
}

TEST_F(DocumentTest, WhatADocumentNamesExists) {
  auto request = Registration();
  request.set_parent("offices/99");
  EXPECT_EQ(Register(request), "OFFICE_UNKNOWN");
  request = Registration();
  request.add_lokus("programs/dp3-2021/lokus/18.06.14.2001");
  EXPECT_EQ(Register(request), "LOKUS_UNKNOWN");
  s.actor.office = "";
  EXPECT_EQ(Register(Registration()), "OFFICE_UNKNOWN");
}

TEST_F(DocumentTest, ANumberIsGivenOncePerOfficeTypeAndYear) {
  auto request = Registration();
  request.set_number("12 / pp.06");
  ASSERT_EQ(Register(request), "");
  EXPECT_EQ(s.ClaimHolder("document-number/18.06/LETTER/2021/12/PP.06"), kDocument);
  request.set_document_id("again");
  request.set_number("12/PP.06");
  EXPECT_EQ(Register(request), "DOCUMENT_NUMBER_TAKEN");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R25");
  request.set_issued_on("2022-01-05");
  EXPECT_EQ(Register(request), "");
  request.set_issued_on("2021-06-05");
  request.set_document_id("report");
  request.set_type(v1::DOCUMENT_TYPE_REPORT);
  EXPECT_EQ(Register(request), "");
  request.set_parent("offices/18");
  s.actor.office = "offices/18";
  EXPECT_EQ(Register(request), "");
}

TEST_F(DocumentTest, DocumentsWithoutANumberDoNotCollide) {
  EXPECT_EQ(Register(Registration("one")), "");
  auto blank = Registration("two");
  blank.set_number("  ");
  EXPECT_EQ(Register(blank), "");
}

TEST_F(DocumentTest, TheRegionInTheNumberIsThatOfTheOffice) {
  auto request = Registration();
  request.set_number("027/PP.06-Und/1218/KPU-Kab/VI/2021");
  EXPECT_EQ(Register(request), "DOCUMENT_NUMBER_REGION");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R25");
  // The number of a unit is no region.
  request.set_number("290/PP.06-Kpt/06/KPU/IV/2021");
  EXPECT_EQ(Register(request), "");
}

TEST_F(DocumentTest, TheProvinceInTheNumberIsThatOfTheOffice) {
  s.actor.office = "offices/18";
  auto request = Registration();
  request.set_parent("offices/18");
  request.set_number("21/PP.06-Kpt/32/KPU-Prov/V/2021");
  EXPECT_EQ(Register(request), "DOCUMENT_NUMBER_REGION");
  request.set_number("21/PP.06-Kpt/1806/KPU-Kab/V/2021");
  EXPECT_EQ(Register(request), "DOCUMENT_NUMBER_REGION");
  request.set_number("21/PP.06-Kpt/18/KPU-Prov/V/2021");
  EXPECT_EQ(Register(request), "");
}

TEST_F(DocumentTest, TheYearInTheNumberIsThatOfTheDocument) {
  auto request = Registration();
  request.set_number("99/PP.06-Und/1806/KPU-Kab/V/2021");
  request.set_issued_on("2022-01-05");
  EXPECT_EQ(Register(request), "DOCUMENT_NUMBER_YEAR");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R25");
  request.set_issued_on("2021-01-05");
  EXPECT_EQ(Register(request), "");
}

TEST_F(DocumentTest, WhatTheCatalogDoesNotHaveIsNoRegion) {
  auto table = RegionTable::Parse(
      "1", {"code,name\n18,Lampung\n", "code,province_code,name\n18.06,18,Tanggamus\n",
            "code,regency_code,name\n18.06.11,18.06,Pugung\n",
            "code,district_code,name\n18.06.11.2016,18.06.11,Gunung Kasih\n"});
  ASSERT_TRUE(table.ok()) << table.status();
  s.regions = *std::move(table);
  auto request = Registration();
  request.set_number("027/PP.06-Und/9999/KPU-Kab/VI/2021");
  EXPECT_EQ(Register(request), "");
}

TEST_F(DocumentTest, AListOfAgenSaysWhoseDataItHas) {
  auto request = Registration();
  request.set_type(v1::DOCUMENT_TYPE_AGEN_LIST);
  request.set_disclosure(v1::DISCLOSURE_CLASS_PERSONAL);
  request.set_contains_personal_data(true);
  EXPECT_EQ(Register(request), "SUBJECTS_MISSING");
  const std::string agen = absl::StrCat(kLokus, "/agen/01");
  request.add_subjects(agen);
  EXPECT_EQ(Register(request), "AGEN_UNKNOWN");
  Registered(Candidate("01"));
  request.set_disclosure(v1::DISCLOSURE_CLASS_PUBLIC);
  EXPECT_EQ(Register(request), "DISCLOSURE_CLASS_CONFLICT");
  request.set_disclosure(v1::DISCLOSURE_CLASS_PERSONAL);
  request.set_contains_personal_data(false);
  EXPECT_EQ(Register(request), "PERSONAL_DATA_UNSTATED");
  request.set_contains_personal_data(true);
  EXPECT_EQ(Register(request), "");
  EXPECT_TRUE(Document().contains_personal_data());
  EXPECT_THAT(Document().subjects(), ElementsAre(agen));
}

TEST_F(DocumentTest, ADocumentOfPersonalDataSaysSo) {
  auto request = Registration();
  request.set_type(v1::DOCUMENT_TYPE_AGEN_LIST);
  EXPECT_EQ(Register(request), "PERSONAL_DATA_UNSTATED");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R23");
  request = Registration();
  for (const auto disclosure :
       {v1::DISCLOSURE_CLASS_PERSONAL, v1::DISCLOSURE_CLASS_PERSONAL_SPECIFIC}) {
    request.set_disclosure(disclosure);
    EXPECT_EQ(Register(request), "PERSONAL_DATA_UNSTATED");
  }
  request.set_contains_personal_data(true);
  EXPECT_EQ(Register(request), "");
}

TEST_F(DocumentTest, DocumentsAreUpToTheirOfficeAndThoseAbove) {
  s.actor.office = "offices/18.09";
  EXPECT_EQ(Register(Registration()), "OFFICE_NOT_ABOVE");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R5");
  s.actor.office = "offices/18";
  EXPECT_EQ(Register(Registration()), "");
  EXPECT_EQ(AddVersion(kHash), "");
  s.actor.office = "offices/18.09";
  EXPECT_EQ(AddVersion(kOtherHash), "OFFICE_NOT_ABOVE");
  EXPECT_EQ(Sign(0), "OFFICE_NOT_ABOVE");
  EXPECT_EQ(s.When<DocumentDecider>(Named<v1::SupersedeDocumentRequest>(kDocument)),
            "OFFICE_NOT_ABOVE");
  EXPECT_EQ(s.When<DocumentDecider>(Named<v1::CorrectDocumentRequest>(kDocument)),
            "OFFICE_NOT_ABOVE");
}

TEST_F(DocumentTest, ASignatureHasBeenGiven) {
  ASSERT_EQ(Register(Registration()), "");
  ASSERT_EQ(AddVersion(kHash), "");
  EXPECT_EQ(s.When<DocumentDecider>(
                Named<v1::SignDocumentRequest>(kDocument, "signature { signed_on: '2022-01-02' }")),
            "DATE_IN_FUTURE");
}

TEST_F(DocumentTest, VersionsAreOfStoredContent) {
  ASSERT_EQ(Register(Registration()), "");
  EXPECT_EQ(AddVersion("cc"), "CONTENT_UNKNOWN");
  EXPECT_EQ(AddVersion(kHash), "");
  EXPECT_THAT(TagsOfLast(), testing::Contains(absl::StrCat("content:", kHash)));
  EXPECT_EQ(AddVersion(kHash), "CONTENT_UNCHANGED");
  EXPECT_EQ(AddVersion(kOtherHash), "");
  EXPECT_EQ(AddVersion(kHash), "");  // Back to the first bytes is a change.
  ASSERT_EQ(Document().versions_size(), 3);
  EXPECT_EQ(Document().versions(1).version(), 2u);
  EXPECT_EQ(Document().versions(1).sha256(), kOtherHash);
  EXPECT_EQ(Document().versions(1).size(), 5678u);
  EXPECT_EQ(Document().versions(1).media_type(), "application/pdf");
}

TEST_F(DocumentTest, VersionsAreBounded) {
  ASSERT_EQ(Register(Registration()), "");
  for (std::size_t i = 0; i < limits::kDocumentVersionsMax; ++i) {
    EXPECT_EQ(AddVersion(i % 2 == 0 ? kHash : kOtherHash), "");
  }
  EXPECT_EQ(AddVersion(kHash), "DOCUMENT_FULL");
}

TEST_F(DocumentTest, ASignatureIsOnTheLatestVersionOnly) {
  ASSERT_EQ(Register(Registration()), "");
  EXPECT_EQ(Sign(0), "VERSION_MISSING");
  ASSERT_EQ(AddVersion(kHash), "");
  EXPECT_EQ(Sign(2), "VERSION_MISSING");
  EXPECT_EQ(Sign(0), "");
  EXPECT_EQ(Sign(1), "");
  EXPECT_EQ(Document().versions(0).signatures_size(), 2);
  ASSERT_EQ(AddVersion(kOtherHash), "");
  EXPECT_EQ(Document().versions(1).signatures_size(), 0);
  EXPECT_EQ(Document().versions(0).signatures_size(), 2);
  EXPECT_EQ(Sign(1), "VERSION_NOT_LATEST");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R26");
}

TEST_F(DocumentTest, ASupersededDocumentTakesNothingMore) {
  ASSERT_EQ(Register(Registration()), "");
  auto supersede = Named<v1::SupersedeDocumentRequest>(kDocument);
  supersede.set_successor("offices/18.06/documents/none");
  EXPECT_EQ(s.When<DocumentDecider>(supersede), "DOCUMENT_UNKNOWN");
  supersede.set_successor(kDocument);
  EXPECT_EQ(s.When<DocumentDecider>(supersede), "SUCCESSOR_INVALID");
  supersede.set_successor(kDecree);
  EXPECT_EQ(s.When<DocumentDecider>(supersede), "");
  EXPECT_EQ(Document().state(), v1::DOCUMENT_STATE_SUPERSEDED);
  EXPECT_EQ(Document().superseded_by(), kDecree);
  EXPECT_THAT(TagsOfLast(),
              ElementsAre(absl::StrCat("lokus:", kLokus), absl::StrCat("document:", kDecree)));
  EXPECT_EQ(s.When<DocumentDecider>(supersede), "");
  EXPECT_EQ(s.last.events.size(), 0u);
  EXPECT_EQ(AddVersion(kHash), "DOCUMENT_STATE");
  EXPECT_EQ(Sign(0), "DOCUMENT_STATE");
  supersede.set_successor("offices/18.06/documents/none");
  EXPECT_EQ(s.When<DocumentDecider>(supersede), "DOCUMENT_STATE");
  // Nor does it succeed another.
  supersede.set_name(kDecree);
  supersede.set_successor(kDocument);
  EXPECT_EQ(s.When<DocumentDecider>(supersede), "DOCUMENT_STATE");
}

TEST_F(DocumentTest, FactsOfADocumentAreCorrected) {
  ASSERT_EQ(Register(Registration()), "");
  std::uint64_t position = 0;
  while (!s.IsEventOf(position, kDocument)) ++position;
  const auto correct = [&](const std::string& field, const std::string& value) {
    auto request =
        Named<v1::CorrectDocumentRequest>(kDocument, "correction { approver: 'officers/ketua' }");
    request.mutable_correction()->set_corrected_position(position);
    request.mutable_correction()->set_field(field);
    request.mutable_correction()->set_value(value);
    return s.When<DocumentDecider>(request);
  };
  EXPECT_EQ(correct("title", "Undangan Rakor"), "");
  EXPECT_EQ(Document().title(), "Undangan Rakor");
  EXPECT_EQ(correct("classification", ""), "");
  EXPECT_EQ(correct("title", ""), "CORRECTION_VALUE_INVALID");
  EXPECT_EQ(correct("issued_on", "soon"), "CORRECTION_VALUE_INVALID");
  EXPECT_EQ(correct("number", "13"), "FIELD_NOT_CORRECTABLE");
  // Without a number there is none to be unique in its year.
  EXPECT_EQ(correct("issued_on", "2020-12-31"), "");
}

TEST_F(DocumentTest, ANumberStaysInItsYear) {
  auto request = Registration();
  request.set_number("12/X");
  request.set_issued_on("2020-12-31");
  ASSERT_EQ(Register(request), "");
  std::uint64_t position = 0;
  while (!s.IsEventOf(position, kDocument)) ++position;
  auto correct = Named<v1::CorrectDocumentRequest>(
      kDocument, "correction { field: 'issued_on' approver: 'officers/ketua' }");
  correct.mutable_correction()->set_corrected_position(position);
  correct.mutable_correction()->set_value("2021-01-05");
  EXPECT_EQ(s.When<DocumentDecider>(correct), "DOCUMENT_NUMBER_YEAR");
  EXPECT_EQ(GetRefusal(s.last_status)->rule(), "R25");
  correct.mutable_correction()->set_value("2020-12-30");
  EXPECT_EQ(s.When<DocumentDecider>(correct), "");
}

}  // namespace
}  // namespace jejak::domain
