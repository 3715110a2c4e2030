// SPDX-License-Identifier: Apache-2.0

#include "server/domain/dates.h"

#include "gtest/gtest.h"

namespace jejak::domain {
namespace {

TEST(DatesTest, ADateOfTheCalendarIsParsed) {
  EXPECT_EQ(ParseDate("2020-02-29"), absl::CivilDay(2020, 2, 29));
  EXPECT_EQ(FormatDate(absl::CivilDay(2021, 6, 3)), "2021-06-03");
}

TEST(DatesTest, WhatIsNotADateInFullIsNone) {
  for (const char* text : {"", "2021-02-29", "2021-13-01", "2021-6-3", "2021-06-03 ", "+2021-06-3",
                           "2021-06-031", "03-06-2021", "2021/06/03"}) {
    EXPECT_EQ(ParseDate(text), std::nullopt) << text;
  }
}

TEST(DatesTest, TodayIsTheDayInJakarta) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  EXPECT_EQ(Today(absl::FromCivil(absl::CivilSecond(2021, 6, 1, 16, 59, 59), utc)), "2021-06-01");
  EXPECT_EQ(Today(absl::FromCivil(absl::CivilSecond(2021, 6, 1, 17, 0, 0), utc)), "2021-06-02");
}

TEST(DatesTest, ADayAfterTodayIsNotTheFutureYet) {
  const absl::Time now =
      absl::FromCivil(absl::CivilSecond(2021, 6, 30, 16, 0, 0), absl::UTCTimeZone());
  EXPECT_FALSE(IsInFuture("2021-06-30", now));
  EXPECT_FALSE(IsInFuture("2021-07-01", now));
  EXPECT_TRUE(IsInFuture("2021-07-02", now));
  EXPECT_FALSE(IsInFuture("", now));
}

TEST(DatesTest, AnOpenEndIsInOrder) {
  EXPECT_TRUE(DatesInOrder("2021-06-03", "2021-06-03"));
  EXPECT_TRUE(DatesInOrder("2021-06-03", ""));
  EXPECT_TRUE(DatesInOrder("", "2021-06-03"));
  EXPECT_FALSE(DatesInOrder("2021-06-04", "2021-06-03"));
}

}  // namespace
}  // namespace jejak::domain
