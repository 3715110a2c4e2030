// SPDX-License-Identifier: Apache-2.0

#include "server/domain/office/region_catalog.h"

#include "tests/support/domain_fixture.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace jejak::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

v1::ImportRegionCatalogRequest Import(const std::string& version = "4.0.1") {
  auto request = Parse<v1::ImportRegionCatalogRequest>(
      R"pb(name: "regionCatalogs/kemendagri"
           version {
             license: "ODbL-1.0"
             files { level: REGION_LEVEL_PROVINCE sha256: "a" }
             files { level: REGION_LEVEL_REGENCY sha256: "b" }
             files { level: REGION_LEVEL_DISTRICT sha256: "c" }
             files { level: REGION_LEVEL_VILLAGE sha256: "d" }
           })pb");
  request.mutable_version()->set_version(version);
  return request;
}

v1::ActivateRegionCatalogRequest Activate(const std::string& version) {
  auto request = Parse<v1::ActivateRegionCatalogRequest>(R"pb(name: "regionCatalogs/kemendagri"
                                                              effective_on: "2021-01-01")pb");
  request.set_version(version);
  return request;
}

class RegionCatalogTest : public ::testing::Test {
 protected:
  RegionCatalogTest() { s_.region_files = std::array<std::uint32_t, 4>{38, 514, 7285, 83762}; }

  template <typename Request>
  std::string When(const Request& request) {
    return s_.When<RegionCatalogDecider>(request);
  }

  std::string Succeed(const std::string& old_code, const std::vector<std::string>& new_codes) {
    auto request = Parse<v1::MapRegionSuccessionRequest>(
        R"pb(name: "regionCatalogs/kemendagri"
             succession { kind: REGION_SUCCESSION_KIND_MOVED effective_on: "2021-01-01" })pb");
    request.mutable_succession()->set_old_code(old_code);
    for (const std::string& code : new_codes) request.mutable_succession()->add_new_codes(code);
    return When(request);
  }

  const v1::RegionCatalog& catalog() { return *s_.Find<v1::RegionCatalog>(kRegionCatalog); }

  Scenario s_;
};

TEST_F(RegionCatalogTest, OnceThereAreOfficesTheCatalogIsUpToTheNationalOne) {
  EXPECT_EQ(When(Import()), "");
  GivenOffices(s_);
  EXPECT_EQ(When(Import("4.0.2")), "NATIONAL_OFFICE_NEEDED");
  EXPECT_EQ(GetRefusal(s_.last_status)->rule(), "R42");
  EXPECT_EQ(When(Activate("4.0.1")), "NATIONAL_OFFICE_NEEDED");
  EXPECT_EQ(Succeed("18.01.01.2001", {"18.06.11.2016"}), "NATIONAL_OFFICE_NEEDED");
  s_.actor.office = kRi;
  EXPECT_EQ(When(Import("4.0.2")), "");
  EXPECT_EQ(When(Activate("4.0.2")), "");
}

TEST_F(RegionCatalogTest, AnActivationAndASuccessionHoldAtOnceSoTheirDayHasCome) {
  ASSERT_EQ(When(Import()), "");
  auto activate = Activate("4.0.1");
  activate.set_effective_on("2190-01-01");
  EXPECT_EQ(When(activate), "DATE_IN_FUTURE");
  EXPECT_EQ(catalog().active_version(), "");
  EXPECT_EQ(When(Parse<v1::MapRegionSuccessionRequest>(
                R"pb(name: "regionCatalogs/kemendagri"
                     succession {
                       kind: REGION_SUCCESSION_KIND_MOVED
                       old_code: "18.01.01.2001"
                       new_codes: "18.06.11.2016"
                       effective_on: "2190-01-01"
                     })pb")),
            "DATE_IN_FUTURE");
  EXPECT_EQ(catalog().successions_size(), 0);
}

TEST_F(RegionCatalogTest, TheFirstImportMakesTheCatalog) {
  EXPECT_EQ(When(Import()), "");
  EXPECT_EQ(s_.last.events.at(0).envelope.region_catalog().region_catalog_imported().scheme(),
            "kemendagri");
  ASSERT_EQ(catalog().versions_size(), 1);
  EXPECT_EQ(catalog().versions(0).version(), "4.0.1");
  EXPECT_EQ(catalog().versions(0).files(3).count(), 83762u);
  EXPECT_EQ(catalog().active_version(), "");
}

TEST_F(RegionCatalogTest, ImportingTheSameAgainChangesNothing) {
  EXPECT_EQ(When(Import()), "");
  EXPECT_EQ(When(Import()), "");
  EXPECT_THAT(s_.last.events, IsEmpty());
  auto other = Import();
  other.mutable_version()->mutable_files(0)->set_sha256("e");
  EXPECT_EQ(When(other), "CATALOG_VERSION_EXISTS");
  EXPECT_EQ(When(Import("4.0.2")), "");
  EXPECT_EQ(catalog().versions_size(), 2);
}

TEST_F(RegionCatalogTest, TheFilesAreStoredAndValid) {
  s_.region_files = absl::NotFoundError("villages");
  EXPECT_EQ(When(Import()), "CATALOG_FILE_UNKNOWN");
  s_.region_files = absl::InvalidArgumentError("villages line 7: no parent");
  EXPECT_EQ(When(Import()), "CATALOG_INVALID");
  EXPECT_THAT(std::string(s_.last_status.message()), ::testing::HasSubstr("villages line 7"));
  s_.region_files = absl::UnavailableError("disk");
  EXPECT_EQ(When(Import()), "UNAVAILABLE: disk");
}

TEST_F(RegionCatalogTest, ThereIsOneFileOfEachLevelInOrder) {
  auto request = Import();
  request.mutable_version()->mutable_files()->SwapElements(0, 1);
  EXPECT_EQ(When(request), "CATALOG_INVALID");
  request = Import();
  request.mutable_version()->mutable_files()->RemoveLast();
  EXPECT_EQ(When(request), "CATALOG_INVALID");
}

TEST_F(RegionCatalogTest, AnImportedVersionIsPutInForce) {
  EXPECT_EQ(When(Activate("4.0.1")), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(When(Import()), "");
  EXPECT_EQ(When(Activate("9")), "CATALOG_VERSION_UNKNOWN");
  EXPECT_EQ(When(Activate("4.0.1")), "");
  EXPECT_EQ(catalog().active_version(), "4.0.1");
  EXPECT_EQ(catalog().active_from(), "2021-01-01");
  EXPECT_EQ(When(Activate("4.0.1")), "");
  EXPECT_THAT(s_.last.events, IsEmpty());
}

TEST_F(RegionCatalogTest, ASuccessionLeadsToCodesInForce) {
  EXPECT_EQ(When(Import()), "");
  EXPECT_EQ(Succeed("18.02.11.2016", {kGunungKasih}), "REGION_UNKNOWN");
  s_.regions = ExcerptOfRegions();
  EXPECT_EQ(Succeed("18.02.11.2016", {"18.06.11.2999"}), "REGION_UNKNOWN");
  EXPECT_EQ(GetRefusal(s_.last_status)->rule(), "R1");
  EXPECT_EQ(Succeed("18.02.11.2016", {kGunungKasih}), "");
  ASSERT_EQ(catalog().successions_size(), 1);
  EXPECT_EQ(catalog().successions(0).old_code(), "18.02.11.2016");
}

TEST_F(RegionCatalogTest, WhatSucceededACodeIsRecordedOnce) {
  s_.regions = ExcerptOfRegions();
  EXPECT_EQ(When(Import()), "");
  EXPECT_EQ(Succeed("18.02.11.2016", {kGunungKasih}), "");
  EXPECT_EQ(Succeed("18.02.11.2016", {kGunungKasih}), "");
  EXPECT_THAT(s_.last.events, IsEmpty());
  EXPECT_EQ(Succeed("18.02.11.2016", {"18.06.21.2005"}), "SUCCESSION_EXISTS");
}

TEST_F(RegionCatalogTest, NoCodeSucceedsItself) {
  s_.regions = ExcerptOfRegions();
  EXPECT_EQ(When(Import()), "");
  EXPECT_EQ(Succeed(kGunungKasih, {kGunungKasih}), "SUCCESSION_INVALID");
  EXPECT_EQ(Succeed("18.02.11.2016", {kGunungKasih, kGunungKasih}), "SUCCESSION_INVALID");
  EXPECT_EQ(Succeed("18.06.19.2006", {"18.06.21.2005"}), "");
  EXPECT_EQ(Succeed("18.06.21.2005", {"18.06.11.2016"}), "");
  EXPECT_EQ(Succeed("18.06.11.2016", {"18.06.19.2006"}), "SUCCESSION_INVALID");
}

TEST_F(RegionCatalogTest, ARegionIsTheSameUnderAllItsCodes) {
  EXPECT_THAT(CodesOfSameRegion(s_, kGunungKasih), ElementsAre(kGunungKasih));
  s_.regions = ExcerptOfRegions();
  EXPECT_EQ(When(Import()), "");
  // a -> b -> Gunung Kasih; the part of a split is not its sibling.
  const std::string a = "18.02.01.2001";
  const std::string b = "18.06.19.2006";
  const std::string sibling = "18.06.21.2005";
  EXPECT_EQ(Succeed(b, {kGunungKasih, sibling}), "");
  EXPECT_EQ(Succeed(a, {b}), "");
  EXPECT_THAT(CodesOfSameRegion(s_, kGunungKasih), UnorderedElementsAre(kGunungKasih, b, a));
  EXPECT_THAT(CodesOfSameRegion(s_, b), UnorderedElementsAre(b, a, kGunungKasih, sibling));
  EXPECT_THAT(CodesOfSameRegion(s_, a), UnorderedElementsAre(a, b, kGunungKasih, sibling));
  EXPECT_THAT(CodesOfSameRegion(s_, "18.06"), ElementsAre("18.06"));
}

}  // namespace
}  // namespace jejak::domain
