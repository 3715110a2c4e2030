// SPDX-License-Identifier: Apache-2.0

#include "server/command/log_world.h"

#include "server/base/limits.h"
#include "server/projection/fold.h"
#include "tests/unit/server/command/command_testing.h"

#include "jejak/v1/office.pb.h"

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <filesystem>

namespace jejak::command {
namespace {

class LogWorldTest : public testing::Test {
 protected:
  std::unique_ptr<v1::Office> Office(const std::string& title) {
    auto office = std::make_unique<v1::Office>();
    office->set_title(title);
    return office;
  }
  std::string TitleOf(const std::string& name) {
    const auto* office = world_.Find<v1::Office>(name);
    return office == nullptr ? "(none)" : office->title();
  }

  log::TempFolder folder_;
  std::unique_ptr<vault::Vault> vault_ = OpenVault(folder_);
  std::unique_ptr<content::ContentStore> content_ = OpenContent(folder_);
  RegionStore regions_{content_.get()};
  OfficeLog offices_;
  LogWorld world_{offices_.log.get(), content_.get(), &regions_, vault_.get()};
};

TEST_F(LogWorldTest, AStateIsFoldedFromTheLogOnceAndThenTheSame) {
  offices_.Register("offices/18", "one", "18");
  offices_.Rename("offices/18", "two");
  world_.BeginCommand(nullptr);
  const google::protobuf::Message* state = world_.State("offices/18");
  ASSERT_NE(state, nullptr);
  const auto folded = projection::FoldStream(*offices_.log, "offices/18", 2);
  ASSERT_TRUE(folded.ok()) << folded.status();
  EXPECT_EQ(state->SerializeAsString(), (*folded)->SerializeAsString());
  EXPECT_EQ(world_.State("offices/18"), state) << "folded again";
  EXPECT_EQ(world_.Find<v1::Office>("offices/19"), nullptr);
  EXPECT_EQ(world_.Find<v1::Agen>("offices/18"), nullptr) << "of another type";
  EXPECT_TRUE(world_.status().ok());
}

TEST_F(LogWorldTest, AStateThatWasPutHidesTheLogAndOldPointersLiveUntilTheNextCommand) {
  offices_.Register("offices/18", "one");
  world_.BeginCommand(nullptr);
  const auto* before = world_.Find<v1::Office>("offices/18");
  ASSERT_NE(before, nullptr);
  world_.Put("offices/18", Office("two"), 2);
  EXPECT_EQ(TitleOf("offices/18"), "two");
  EXPECT_EQ(before->title(), "one");
}

TEST_F(LogWorldTest, TheCacheForgetsTheLeastUsedButNothingThatIsNotDurable) {
  offices_.Register("offices/used", "from the log");
  offices_.Register("offices/old", "from the log");
  offices_.Register("offices/staged", "from the log");
  world_.BeginCommand(nullptr);
  world_.Put("offices/staged", Office("staged"), offices_.log->DurableSize() + 1);
  world_.Put("offices/old", Office("cached"), 1);
  world_.Put("offices/used", Office("cached"), 1);
  for (std::size_t i = 0; i < limits::kStateCacheStreamsMax; ++i) {
    world_.Put(absl::StrCat("offices/n", i), Office("n"), 1);
  }
  EXPECT_EQ(TitleOf("offices/used"), "cached");
  world_.BeginCommand(nullptr);
  EXPECT_EQ(TitleOf("offices/staged"), "staged");
  EXPECT_EQ(TitleOf("offices/used"), "cached");
  EXPECT_EQ(TitleOf("offices/old"), "from the log");
}

TEST_F(LogWorldTest, WhatHasBecomeDurableMayBeForgotten) {
  world_.BeginCommand(nullptr);
  world_.Put("offices/18", Office("staged"), 1);
  for (std::size_t i = 0; i < limits::kStateCacheStreamsMax; ++i) {
    world_.Put(absl::StrCat("offices/n", i), Office("n"), 0);
  }
  offices_.Register("offices/18", "from the log");
  world_.BeginCommand(nullptr);
  EXPECT_EQ(TitleOf("offices/18"), "from the log");
}

TEST_F(LogWorldTest, AFailedReadVoidsTheCommandAndOnlyThat) {
  offices_.AppendPayload("offices/18", "\xff\xff");
  world_.BeginCommand(nullptr);
  EXPECT_EQ(world_.State("offices/18"), nullptr);
  EXPECT_EQ(world_.status().code(), absl::StatusCode::kDataLoss);
  world_.BeginCommand(nullptr);
  EXPECT_TRUE(world_.status().ok());
}

TEST_F(LogWorldTest, AnEventBelongsToItsStream) {
  offices_.Register("offices/18", "one");
  EXPECT_TRUE(world_.IsEventOf(0, "offices/18"));
  EXPECT_FALSE(world_.IsEventOf(0, "offices/1"));
  EXPECT_FALSE(world_.IsEventOf(1, "offices/18"));
  EXPECT_TRUE(world_.status().ok());
}

TEST_F(LogWorldTest, ContentIsFoundByItsHash) {
  const std::string hash = StoreContent(*content_, "abc");
  EXPECT_EQ(world_.ContentSize(hash), 3u);
  EXPECT_EQ(world_.ContentSize(std::string(64, 'a')), std::nullopt);
  EXPECT_TRUE(world_.status().ok());
}

TEST_F(LogWorldTest, RegionsFollowTheActiveVersion) {
  world_.BeginCommand(nullptr);
  EXPECT_EQ(world_.Regions(), nullptr);
  const v1::RegionCatalogVersion version = StoreRegions(*content_);
  const auto counts = world_.CheckRegionFiles(version);
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(*counts, (std::array<std::uint32_t, 4>{1, 2, 1, 1}));

  auto catalog = std::make_unique<v1::RegionCatalog>();
  *catalog->add_versions() = version;
  v1::RegionCatalogVersion& next = *catalog->add_versions();
  next = version;
  next.set_version("4.0.2");
  catalog->set_active_version("4.0.1");
  auto activated = std::make_unique<v1::RegionCatalog>(*catalog);
  activated->set_active_version("4.0.2");
  world_.Put("regionCatalogs/kemendagri", std::move(catalog), 1);
  ASSERT_NE(world_.Regions(), nullptr);
  EXPECT_EQ(world_.Regions()->version(), "4.0.1");
  world_.Put("regionCatalogs/kemendagri", std::move(activated), 2);
  ASSERT_NE(world_.Regions(), nullptr);
  EXPECT_EQ(world_.Regions()->version(), "4.0.2");
}

TEST_F(LogWorldTest, AnActiveCatalogWithoutItsFilesVoidsTheCommand) {
  world_.BeginCommand(nullptr);
  auto catalog = std::make_unique<v1::RegionCatalog>();
  *catalog->add_versions() = StoreRegions(*content_);
  catalog->mutable_versions(0)->mutable_files(0)->set_sha256(std::string(64, 'a'));
  catalog->set_active_version("4.0.1");
  world_.Put("regionCatalogs/kemendagri", std::move(catalog), 1);
  EXPECT_EQ(world_.Regions(), nullptr);
  EXPECT_TRUE(absl::IsUnavailable(world_.store_status())) << world_.store_status();
  EXPECT_TRUE(world_.status().ok()) << "the log is well";
}

TEST_F(LogWorldTest, ContentsThatCannotBeReadVoidTheCommandAndOnlyThat) {
  const v1::RegionCatalogVersion version = StoreRegions(*content_);
  const std::string hash = version.files(0).sha256();
  // A file where a folder has to be cannot be looked into.
  std::filesystem::remove_all(folder_ / ("content/" + hash.substr(0, 2)));
  log::WriteFile(folder_ / ("content/" + hash.substr(0, 2)), "");
  world_.BeginCommand(nullptr);
  EXPECT_EQ(world_.ContentSize(hash), std::nullopt);
  EXPECT_TRUE(absl::IsUnavailable(world_.store_status())) << world_.store_status();
  world_.BeginCommand(nullptr);
  EXPECT_TRUE(world_.store_status().ok());
  EXPECT_FALSE(world_.CheckRegionFiles(version).ok());
  EXPECT_TRUE(absl::IsUnavailable(world_.store_status())) << world_.store_status();
  EXPECT_TRUE(world_.status().ok());
}

TEST_F(LogWorldTest, AnAgeIsInCompletedYearsFromTheCommandOrTheSealedForm) {
  const std::string subject = *vault_->TakeSubject();
  v1::Person marked;
  marked.set_subject(subject);
  const PlainPersons plain = {{subject, Siti()}};  // Born on 1990-01-31.
  EXPECT_EQ(world_.AgeOn(marked, absl::CivilDay(2021, 6, 1)), std::nullopt);
  world_.BeginCommand(&plain);
  EXPECT_EQ(world_.AgeOn(marked, absl::CivilDay(2021, 1, 30)), 30);
  EXPECT_EQ(world_.AgeOn(marked, absl::CivilDay(2021, 1, 31)), 31);
  EXPECT_EQ(world_.AgeOn(marked, absl::CivilDay(2021, 2, 1)), 31);
  world_.BeginCommand(nullptr);
  v1::Person stored;
  stored.set_subject(subject);
  *stored.mutable_sealed() = *vault_->Seal(subject, Siti(), "s", "0123456789abcdef", 0);
  EXPECT_EQ(world_.AgeOn(stored, absl::CivilDay(2021, 1, 30)), 30);
  ASSERT_TRUE(vault_->DestroySubject(subject).ok());
  EXPECT_EQ(world_.AgeOn(stored, absl::CivilDay(2021, 1, 30)), std::nullopt);
}

TEST_F(LogWorldTest, ABirthDateThatCannotBeReadVoidsTheCommandAndIsNotTakenForNone) {
  const std::string subject = *vault_->TakeSubject();
  v1::Person sealed;
  sealed.set_subject(subject);
  auto form = vault_->Seal(subject, Siti(), "s", std::string(16, 'e'), 0);
  ASSERT_TRUE(form.ok()) << form.status();
  std::string& ciphertext = *form->mutable_ciphertext();
  ciphertext[0] = static_cast<char>(ciphertext[0] ^ 1);
  *sealed.mutable_sealed() = *form;
  world_.BeginCommand(nullptr);
  EXPECT_EQ(world_.AgeOn(sealed, absl::CivilDay(2021, 6, 1)), std::nullopt);
  EXPECT_TRUE(absl::IsUnavailable(world_.store_status())) << world_.store_status();
  EXPECT_TRUE(world_.status().ok()) << "the log is well";
}

TEST_F(LogWorldTest, WhoIsBornOnALeapDayIsAYearOlderInMarch) {
  v1::Person person;
  person.set_subject("s");
  PlainPersons plain;
  plain["s"].set_birth_date("2004-02-29");
  world_.BeginCommand(&plain);
  EXPECT_EQ(world_.AgeOn(person, absl::CivilDay(2021, 2, 28)), 16);
  EXPECT_EQ(world_.AgeOn(person, absl::CivilDay(2021, 3, 1)), 17);
}

}  // namespace
}  // namespace jejak::command
