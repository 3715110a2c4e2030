// SPDX-License-Identifier: Apache-2.0

#include "server/command/region_store.h"

#include "server/base/limits.h"
#include "server/domain/refusal.h"
#include "tests/unit/server/command/command_testing.h"

#include "absl/strings/match.h"
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

namespace jejak::command {
namespace {

class RegionStoreTest : public testing::Test {
 protected:
  std::string ReasonOf(const v1::RegionCatalogVersion& version) {
    status_ = store_.Load(version).status();
    return domain::GetReason(status_);
  }

  log::TempFolder folder_;
  std::unique_ptr<content::ContentStore> content_ = OpenContent(folder_);
  RegionStore store_{content_.get()};
  absl::Status status_;
};

TEST_F(RegionStoreTest, ACatalogIsParsedFromItsFilesInWhateverOrder) {
  v1::RegionCatalogVersion version = StoreRegions(*content_);
  version.mutable_files()->SwapElements(0, 3);
  const auto table = store_.Load(version);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ((*table)->version(), "4.0.1");
  ASSERT_NE((*table)->Find("18.06.11.2016"), nullptr);
  EXPECT_EQ((*table)->Find("18.06.11.2016")->title, "Gunung Kasih");
  // Counts go by the order of the files: villages first here.
  EXPECT_EQ(CountFiles(**table, version), (std::array<std::uint32_t, 4>{1, 2, 1, 1}));
}

TEST_F(RegionStoreTest, ACatalogIsParsedOnce) {
  const v1::RegionCatalogVersion version = StoreRegions(*content_);
  const auto first = store_.Load(version);
  ASSERT_TRUE(first.ok()) << first.status();
  std::filesystem::remove_all(folder_ / "content");
  const auto second = store_.Load(version);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(first->get(), second->get());
}

TEST_F(RegionStoreTest, TheSameVersionWithOtherFilesIsAnother) {
  v1::RegionCatalogVersion version = StoreRegions(*content_);
  ASSERT_TRUE(store_.Load(version).ok());
  version.mutable_files(3)->set_sha256(
      StoreContent(*content_, "code,district_code,name\n18.06.11.2017,18.06.11,Sukabanjar\n"));
  const auto other = store_.Load(version);
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ((*other)->Find("18.06.11.2016"), nullptr);
  EXPECT_NE((*other)->Find("18.06.11.2017"), nullptr);
}

TEST_F(RegionStoreTest, OnlyTheCatalogsUsedLastAreKept) {
  v1::RegionCatalogVersion a = StoreRegions(*content_);
  v1::RegionCatalogVersion b = a;
  b.set_version("b");
  v1::RegionCatalogVersion c = a;
  c.set_version("c");
  static_assert(limits::kRegionTablesCachedMax == 2);
  std::weak_ptr<const domain::RegionTable> first = *store_.Load(a);
  std::weak_ptr<const domain::RegionTable> second = *store_.Load(b);
  ASSERT_TRUE(store_.Load(a).ok());
  std::weak_ptr<const domain::RegionTable> third = *store_.Load(c);
  EXPECT_FALSE(first.expired());
  EXPECT_TRUE(second.expired()) << "the least recently used";
  EXPECT_FALSE(third.expired());
}

TEST_F(RegionStoreTest, TheSameFilesForOtherLevelsAreAnotherCatalog) {
  v1::RegionCatalogVersion version = StoreRegions(*content_);
  ASSERT_TRUE(store_.Load(version).ok());
  version.mutable_files(2)->set_level(v1::REGION_LEVEL_VILLAGE);
  version.mutable_files(3)->set_level(v1::REGION_LEVEL_DISTRICT);
  EXPECT_EQ(ReasonOf(version), "CATALOG_INVALID");
}

TEST_F(RegionStoreTest, AMissingFileIsNamed) {
  v1::RegionCatalogVersion version = StoreRegions(*content_);
  const std::string missing(64, 'a');
  version.mutable_files(2)->set_sha256(missing);
  EXPECT_EQ(ReasonOf(version), "CATALOG_FILE_UNKNOWN");
  EXPECT_EQ(status_.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StrContains(status_.message(), missing)) << status_;
}

TEST_F(RegionStoreTest, ThereIsOneFileForEachLevel) {
  v1::RegionCatalogVersion version = StoreRegions(*content_);
  v1::RegionCatalogVersion three = version;
  three.mutable_files()->RemoveLast();
  EXPECT_EQ(ReasonOf(three), "CATALOG_INVALID");
  v1::RegionCatalogVersion twice = version;
  twice.mutable_files(3)->set_level(v1::REGION_LEVEL_PROVINCE);
  EXPECT_EQ(ReasonOf(twice), "CATALOG_INVALID");
  v1::RegionCatalogVersion unknown = version;
  unknown.mutable_files(3)->set_level(static_cast<v1::RegionLevel>(5));
  EXPECT_EQ(ReasonOf(unknown), "CATALOG_INVALID");
  unknown.mutable_files(3)->set_level(v1::REGION_LEVEL_UNSPECIFIED);
  EXPECT_EQ(ReasonOf(unknown), "CATALOG_INVALID");
  EXPECT_EQ(status_.code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(RegionStoreTest, AMistakeInAFileIsNamedWithItsLineAndNotRemembered) {
  v1::RegionCatalogVersion version = StoreRegions(*content_);
  const std::string good = version.files(3).sha256();
  version.mutable_files(3)->set_sha256(
      StoreContent(*content_, "code,district_code,name\n18.06.99.2016,18.06.99,Nowhere\n"));
  EXPECT_EQ(ReasonOf(version), "CATALOG_INVALID");
  EXPECT_TRUE(absl::StrContains(status_.message(), "line 2")) << status_;
  version.mutable_files(3)->set_sha256(good);
  EXPECT_EQ(ReasonOf(version), "");
}

TEST_F(RegionStoreTest, TheActiveVersionIsFoundByItsName) {
  v1::RegionCatalog catalog;
  EXPECT_EQ(ActiveVersion(catalog), nullptr);
  catalog.add_versions()->set_version("4.0.0");
  catalog.add_versions()->set_version("4.0.1");
  EXPECT_EQ(ActiveVersion(catalog), nullptr) << "none is active yet";
  catalog.set_active_version("4.0.1");
  EXPECT_EQ(ActiveVersion(catalog), &catalog.versions(1));
}

}  // namespace
}  // namespace jejak::command
