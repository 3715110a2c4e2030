// SPDX-License-Identifier: Apache-2.0

#include "server/domain/office/region_table.h"

#include "server/base/limits.h"

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace jejak::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string ReadExcerpt(const std::string& name) {
  const char* const source = std::getenv("JEJAK_SOURCE");
  std::ifstream file(
      absl::StrCat(source == nullptr ? "." : source, "/tests/support/data/regions/", name, ".csv"),
      std::ios::binary);
  EXPECT_TRUE(file.is_open()) << name;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Four small files; a test changes one of them.
struct Texts {
  std::string provinces = "code,name\n18,Lampung\n";
  std::string regencies = "code,province_code,name\n18.06,18,Kabupaten Tanggamus\n";
  std::string districts = "code,regency_code,name\n18.06.11,18.06,Pugung\n";
  std::string villages = "code,district_code,name\n18.06.11.2016,18.06.11,Gunung Kasih\n";

  absl::StatusOr<std::unique_ptr<const RegionTable>> Parse() const {
    return RegionTable::Parse("4.0.1", {provinces, regencies, districts, villages});
  }
};

std::string Refusal(const Texts& texts) {
  const absl::Status status = texts.Parse().status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

std::string RefusalOfVillages(absl::string_view lines) {
  Texts texts;
  absl::StrAppend(&texts.villages, lines);
  return Refusal(texts);
}

class ExcerptTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string provinces = ReadExcerpt("provinces");
    const std::string regencies = ReadExcerpt("regencies");
    const std::string districts = ReadExcerpt("districts");
    const std::string villages = ReadExcerpt("villages");
    absl::StatusOr<std::unique_ptr<const RegionTable>> parsed =
        RegionTable::Parse("4.0.1", {provinces, regencies, districts, villages});
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    table_ = *std::move(parsed);
  }
  static void TearDownTestSuite() { table_.reset(); }

  static std::vector<std::string> Codes(const RegionTable::Filter& filter,
                                        absl::string_view after = "", std::size_t limit = 500) {
    std::vector<std::string> codes;
    for (const RegionRow* row : table_->List(filter, after, limit)) codes.emplace_back(row->code);
    return codes;
  }

  static std::unique_ptr<const RegionTable> table_;
};
std::unique_ptr<const RegionTable> ExcerptTest::table_;

TEST_F(ExcerptTest, EveryLevelIsCounted) {
  EXPECT_EQ(table_->version(), "4.0.1");
  EXPECT_EQ(table_->count(v1::REGION_LEVEL_PROVINCE), 1U);
  EXPECT_EQ(table_->count(v1::REGION_LEVEL_REGENCY), 2U);
  EXPECT_EQ(table_->count(v1::REGION_LEVEL_DISTRICT), 8U);
  EXPECT_EQ(table_->count(v1::REGION_LEVEL_VILLAGE), 136U);
  EXPECT_EQ(table_->count(v1::REGION_LEVEL_UNSPECIFIED), 0U);
}

TEST_F(ExcerptTest, AVillageIsFoundByItsCode) {
  const RegionRow* const village = table_->Find("18.06.11.2016");
  ASSERT_NE(village, nullptr);
  EXPECT_EQ(village->code, "18.06.11.2016");
  EXPECT_EQ(village->title, "Gunung Kasih");
  EXPECT_EQ(village->parent_code, "18.06.11");
  EXPECT_EQ(village->level, v1::REGION_LEVEL_VILLAGE);
  EXPECT_EQ(village->village_kind, v1::VILLAGE_KIND_DESA);
  EXPECT_THAT(table_->Path("18.06.11.2016"),
              ElementsAre("Lampung", "Kabupaten Tanggamus", "Pugung"));
}

TEST_F(ExcerptTest, AProvinceHasNothingAbove) {
  const RegionRow* const province = table_->Find("18");
  ASSERT_NE(province, nullptr);
  EXPECT_EQ(province->parent_code, "");
  EXPECT_EQ(province->village_kind, v1::VILLAGE_KIND_UNSPECIFIED);
  EXPECT_THAT(table_->Path("18"), IsEmpty());
}

TEST_F(ExcerptTest, WhatIsNotThereIsNotFound) {
  for (const char* code : {"", "1", "17", "19", "18.07", "18.06.11.2999", "99.99.99.2999", "x"}) {
    EXPECT_EQ(table_->Find(code), nullptr) << code;
    EXPECT_THAT(table_->Path(code), IsEmpty()) << code;
  }
}

TEST_F(ExcerptTest, TheSukabanjarAreFoundHoweverTheyAreWritten) {
  for (const char* title : {"sukabanjar", "Suka Banjar", "SUKA BAN JAR"}) {
    EXPECT_THAT(Codes({.below = "", .title = title, .level = v1::REGION_LEVEL_VILLAGE}),
                ElementsAre("18.06.09.2030", "18.06.19.2006", "18.06.21.2005", "18.09.01.2014"))
        << title;
  }
  EXPECT_THAT(Codes({.below = "18.06.21", .title = "sukabanjar"}), ElementsAre("18.06.21.2005"));
}

TEST_F(ExcerptTest, BelowListsTheChildrenOnly) {
  EXPECT_THAT(Codes({.below = "18"}), ElementsAre("18.06", "18.09"));
  EXPECT_THAT(Codes({.below = "18.09"}), ElementsAre("18.09.01", "18.09.02"));
  EXPECT_THAT(Codes({.below = "18.09", .level = v1::REGION_LEVEL_VILLAGE}), IsEmpty());
  EXPECT_THAT(Codes({.below = "18.06.11.2016"}), IsEmpty());
  EXPECT_THAT(Codes({.below = "18.0"}), IsEmpty());
}

TEST_F(ExcerptTest, PagesTogetherAreTheWholeList) {
  for (const RegionTable::Filter& filter :
       {RegionTable::Filter{}, RegionTable::Filter{.below = "18.06.11"},
        RegionTable::Filter{.title = "gunung"},
        RegionTable::Filter{.level = v1::REGION_LEVEL_DISTRICT}}) {
    const std::vector<std::string> whole = Codes(filter);
    EXPECT_TRUE(std::is_sorted(whole.begin(), whole.end()));
    std::vector<std::string> paged;
    std::string after;
    while (true) {
      const std::vector<std::string> page = Codes(filter, after, 3);
      if (page.empty()) break;
      EXPECT_LE(page.size(), 3U);
      paged.insert(paged.end(), page.begin(), page.end());
      after = page.back();
    }
    EXPECT_EQ(paged, whole);
  }
  EXPECT_EQ(Codes({}).size(), 147U);
}

TEST(RegionCodeTest, WellFormedCodesHaveALevelAndAParent) {
  EXPECT_EQ(ParseRegionCode("18")->level, v1::REGION_LEVEL_PROVINCE);
  EXPECT_EQ(ParseRegionCode("18")->parent, "");
  EXPECT_EQ(ParseRegionCode("18.06")->level, v1::REGION_LEVEL_REGENCY);
  EXPECT_EQ(ParseRegionCode("18.06")->parent, "18");
  EXPECT_EQ(ParseRegionCode("18.06.11")->level, v1::REGION_LEVEL_DISTRICT);
  EXPECT_EQ(ParseRegionCode("18.06.11")->parent, "18.06");
  EXPECT_EQ(ParseRegionCode("18.06.11.2016")->level, v1::REGION_LEVEL_VILLAGE);
  EXPECT_EQ(ParseRegionCode("18.06.11.2016")->parent, "18.06.11");
  EXPECT_EQ(ParseRegionCode("18.06.11.1001")->village_kind, v1::VILLAGE_KIND_KELURAHAN);
  EXPECT_EQ(ParseRegionCode("18.06.11.2016")->village_kind, v1::VILLAGE_KIND_DESA);
  EXPECT_EQ(ParseRegionCode("18.06.11.3001")->village_kind, v1::VILLAGE_KIND_DESA_ADAT);
}

TEST(RegionCodeTest, OtherTextsAreNoCodes) {
  for (const char* code : {"",
                           "1",
                           "00",
                           "1a",
                           "180",
                           "18.",
                           "18.6",
                           "18.00",
                           "18-06",
                           "18.06.",
                           "18.06.00",
                           "18.06.111",
                           "18.06.11.",
                           "18.06.11.201",
                           "18.06.11.0016",
                           "18.06.11.4016",
                           "18.06.11.20161",
                           "18.06.11.2016.1",
                           " 18",
                           "18 ",
                           "١٨"}) {
    EXPECT_FALSE(ParseRegionCode(code).has_value()) << code;
  }
}

TEST(RegionCodeTest, OnlyVillagesAreVillages) {
  EXPECT_TRUE(IsVillageCode("18.06.11.2016"));
  EXPECT_FALSE(IsVillageCode("18.06.11"));
  EXPECT_FALSE(IsVillageCode("18.06.11.9016"));
}

TEST(RegionCodeTest, WithinIsTheRegionItselfAndWhatIsBelow) {
  EXPECT_TRUE(LiesWithin("18.06.11.2016", "18.06"));
  EXPECT_TRUE(LiesWithin("18.06.11.2016", "18"));
  EXPECT_TRUE(LiesWithin("18.06", "18.06"));
  EXPECT_FALSE(LiesWithin("18.06", "18.06.11"));
  EXPECT_FALSE(LiesWithin("18.07.11", "18.06"));
  EXPECT_FALSE(LiesWithin("18.06", "1"));
  EXPECT_FALSE(LiesWithin("18.06", ""));
  EXPECT_FALSE(LiesWithin("", ""));
}

TEST(RegionTableTest, QuotedFieldsAreUnquotedAndFoundWithAnApostrophe) {
  Texts texts;
  texts.villages +=
      "18.06.11.2017,18.06.11,\"Soka\"\"an\"\r\n\"18.06.11.2018\",18.06.11,\"Lambang I, II\"";
  const std::unique_ptr<const RegionTable> table = texts.Parse().value();
  EXPECT_EQ(table->Find("18.06.11.2017")->title, "Soka\"an");
  EXPECT_EQ(table->Find("18.06.11.2018")->title, "Lambang I, II");
  EXPECT_EQ(table->List({.title = "soka'an"}, "", 10).size(), 1U);
}

TEST(RegionTableTest, LinesMayBeInAnyOrder) {
  Texts texts;
  texts.villages += "18.06.11.1001,18.06.11,Pugung Tampak\n";
  const std::unique_ptr<const RegionTable> table = texts.Parse().value();
  const std::vector<const RegionRow*> rows =
      table->List({.level = v1::REGION_LEVEL_VILLAGE}, "", 10);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0]->code, "18.06.11.1001");
  EXPECT_EQ(rows[1]->code, "18.06.11.2016");
}

TEST(RegionTableTest, ARefusalNamesTheFileAndTheLine) {
  EXPECT_EQ(RefusalOfVillages("18.06.11.9017,18.06.11,Baru\n"),
            "villages line 3: the code is not well formed for this file");
  Texts texts;
  texts.regencies += "17.01,17,Kabupaten Lain\n";
  EXPECT_EQ(Refusal(texts), "regencies line 3: the parent 17 does not exist");
}

TEST(RegionTableTest, MalformedRowsAreRefused) {
  const struct {
    const char* lines;
    const char* reason;
  } cases[] = {
      {"18.06.12.2001,18.06.12,Baru\n", "the parent 18.06.12 does not exist"},
      {"18.06.11.2017,18.06.12,Baru\n", "the parent is not the one"},
      {"18.06.11.2016,18.06.11,Kembar\n", "code 18.06.11.2016 is also in line 2"},
      {"18.06.11,18.06,Pugung\n", "not well formed"},
      {"18.06.11.17,18.06.11,Baru\n", "not well formed"},
      {",,\n", "not well formed"},
      {"\n", "fewer fields"},
      {"18.06.11.2017,18.06.11\n", "fewer fields"},
      {"18.06.11.2017,18.06.11,Baru,\n", "more fields"},
      {"18.06.11.2017,18.06.11,\n", "the name is empty"},
      {"18.06.11.2017,18.06.11,\"\"\n", "the name is empty"},
      {"18.06.11.2017,18.06.11,\"Baru\n", "a quote is not closed"},
      {"18.06.11.2017,18.06.11,\"Ba\nru\"\n", "a quote is not closed"},
      {"18.06.11.2017,18.06.11,\"Baru\" x\n", "text after a closing quote"},
      {"18.06.11.2017,18.06.11,Ba\"ru\n", "a quote inside of a plain field"},
      {"18.06.11.2017,18.06.11,Ba\tru\n", "control characters"},
      {"18.06.11.2017,18.06.11,Ba\x7Fru\n", "control characters"},
      {"18.06.11.2017,18.06.11,Ba\xFFru\n", "not UTF-8"},
      {"18.06.11.2017,18.06.11,Ba\xC0\x80ru\n", "not UTF-8"},
      {"18.06.11.2017,18.06.11,Ba\xE0\x80\x80ru\n", "not UTF-8"},
      {"18.06.11.2017,18.06.11,Ba\xED\xA0\x80ru\n", "not UTF-8"},
      {"18.06.11.2017,18.06.11,Ba\xF4\x90\x80\x80ru\n", "not UTF-8"},
      {"18.06.11.2017,18.06.11,Bar\xC3\n", "not UTF-8"},
  };
  for (const auto& [lines, reason] : cases) {
    EXPECT_THAT(RefusalOfVillages(lines), HasSubstr(reason)) << lines;
  }
}

TEST(RegionTableTest, ADuplicateIsRefusedAtItsSecondLine) {
  EXPECT_EQ(RefusalOfVillages("18.06.11.1001,18.06.11,Satu\n18.06.11.2016,18.06.11,Kembar\n"),
            "villages line 4: code 18.06.11.2016 is also in line 2");
}

TEST(RegionTableTest, ATitleMayBeOfEveryLengthUpToTheBound) {
  Texts texts;
  const std::string longest(limits::kRegionTitleBytesMax, 'x');
  absl::StrAppend(&texts.villages, "18.06.11.2017,18.06.11,", longest, "\n");
  EXPECT_EQ(texts.Parse().value()->Find("18.06.11.2017")->title, longest);
  EXPECT_THAT(RefusalOfVillages(absl::StrCat("18.06.11.2017,18.06.11,", longest, "x\n")),
              HasSubstr("more than 100 bytes"));
}

TEST(RegionTableTest, UnicodeTitlesAreKept) {
  Texts texts;
  texts.villages += "18.06.11.2017,18.06.11,Désa Ñ 村 😀\n";
  EXPECT_EQ(texts.Parse().value()->Find("18.06.11.2017")->title, "Désa Ñ 村 😀");
}

TEST(RegionTableTest, AnotherHeadingIsRefused) {
  Texts swapped;
  swapped.villages.swap(swapped.districts);
  EXPECT_EQ(Refusal(swapped), "districts line 1: the heading is not \"code,regency_code,name\"");
  Texts empty;
  empty.provinces.clear();
  EXPECT_THAT(Refusal(empty), HasSubstr("provinces line 1"));
}

TEST(RegionTableTest, AFileThatIsTooLargeIsRefused) {
  Texts texts;
  texts.villages.resize(limits::kRegionFileBytesMax + 1, 'x');
  EXPECT_THAT(Refusal(texts), HasSubstr("the file has more than"));
}

TEST(RegionTableTest, FilesWithoutRowsMakeAnEmptyTable) {
  const std::unique_ptr<const RegionTable> table =
      RegionTable::Parse("1", {"code,name\n", "code,province_code,name\n",
                               "code,regency_code,name\n", "code,district_code,name"})
          .value();
  EXPECT_EQ(table->Find("18"), nullptr);
  EXPECT_TRUE(table->List({}, "", 10).empty());
}

}  // namespace
}  // namespace jejak::domain
