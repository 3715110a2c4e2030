// SPDX-License-Identifier: Apache-2.0

#include "server/domain/record/document_number.h"

#include <gtest/gtest.h>

namespace jejak::domain {
namespace {

TEST(DocumentNumberTest, RecognizedShapesAreTakenApart) {
  const struct {
    const char* number;
    const char* running;
    const char* classification;
    const char* region_code;
    const char* office;
    std::uint32_t month;
    std::uint32_t year;
  } cases[] = {
      {"027/PP.08.1-Pu/1218/KPU-Kab/I/2019", "027", "PP.08.1-Pu", "12.18", "KPU-Kab", 1, 2019},
      {"290/PP.06-Kpt/06/KPU/IV/2021", "290", "PP.06-Kpt", "06", "KPU", 4, 2021},
      {"1/PP.06/1806/KPU-Kab/XII/2021", "1", "PP.06", "18.06", "KPU-Kab", 12, 2021},
      {"12/HK.03.1-Kpt/18/KPU-Prov/IX/2022", "12", "HK.03.1-Kpt", "18", "KPU-Prov", 9, 2022},
      {"5/PL/1101/KIP.Kab/VIII/2023", "5", "PL", "11.01", "KIP.Kab", 8, 2023},
      {"7/PP.06/KPU/V/2021", "7", "PP.06", "", "KPU", 5, 2021},
  };
  for (const auto& expected : cases) {
    const std::optional<v1::DocumentNumber> parsed = ParseDocumentNumber(expected.number);
    ASSERT_TRUE(parsed.has_value()) << expected.number;
    EXPECT_EQ(parsed->running(), expected.running);
    EXPECT_EQ(parsed->classification(), expected.classification);
    EXPECT_EQ(parsed->region_code(), expected.region_code);
    EXPECT_EQ(parsed->office(), expected.office);
    EXPECT_EQ(parsed->month(), expected.month);
    EXPECT_EQ(parsed->year(), expected.year);
  }
}

TEST(DocumentNumberTest, EveryRomanMonthIsRead) {
  const char* const months[] = {"I",   "II",   "III", "IV", "V",  "VI",
                                "VII", "VIII", "IX",  "X",  "XI", "XII"};
  for (std::uint32_t month = 1; month <= 12; ++month) {
    const std::string number = std::string("1/PP.06/KPU/") + months[month - 1] + "/2021";
    EXPECT_EQ(ParseDocumentNumber(number)->month(), month) << number;
  }
}

TEST(DocumentNumberTest, OtherShapesAreNotRecognized) {
  for (const char* number : {
           "",
           "/////",
           "290",
           "PP.06-Kpt/06/KPU/IV/2021",
           "290/PP.06-Kpt/06/KPU/IV/2021/1",
           " 290/PP.06-Kpt/06/KPU/IV/2021",
           "/PP.06-Kpt/06/KPU/IV/2021",
           "29x/PP.06-Kpt/06/KPU/IV/2021",
           "1234567/PP.06-Kpt/06/KPU/IV/2021",
           "290//06/KPU/IV/2021",
           "290/pp.06-Kpt/06/KPU/IV/2021",
           "290/PPP.06/06/KPU/IV/2021",
           "290/PP.-Kpt/06/KPU/IV/2021",
           "290/PP.006/06/KPU/IV/2021",
           "290/PP.06-/06/KPU/IV/2021",
           "290/PP.06-K1/06/KPU/IV/2021",
           "290/PP.06-Kpt/6/KPU/IV/2021",
           "290/PP.06-Kpt/180/KPU/IV/2021",
           "290/PP.06-Kpt/18.06/KPU/IV/2021",
           "290/PP.06-Kpt/180611/KPU/IV/2021",
           "290/PP.06-Kpt/1a/KPU/IV/2021",
           "290/PP.06-Kpt/06//IV/2021",
           "290/PP.06-Kpt/06/KPU-/IV/2021",
           "290/PP.06-Kpt/06/KPU 1/IV/2021",
           "290/PP.06-Kpt/06/KPU/iv/2021",
           "290/PP.06-Kpt/06/KPU/IIII/2021",
           "290/PP.06-Kpt/06/KPU/XIII/2021",
           "290/PP.06-Kpt/06/KPU/4/2021",
           "290/PP.06-Kpt/06/KPU//2021",
           "290/PP.06-Kpt/06/KPU/IV/21",
           "290/PP.06-Kpt/06/KPU/IV/1821",
           "290/PP.06-Kpt/06/KPU/IV/20211",
           "290/PP.06-Kpt/06/KPU/IV/202x",
           "290/PP.06-Kpt/06/KPUKPUKPUKPUKPUKPUKPUKPUKPUKPUKPU/IV/2021",
       }) {
    EXPECT_FALSE(ParseDocumentNumber(number).has_value()) << number;
  }
}

}  // namespace
}  // namespace jejak::domain
