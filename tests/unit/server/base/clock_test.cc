// SPDX-License-Identifier: Apache-2.0

#include "server/base/clock.h"

#include <gtest/gtest.h>

namespace jejak {
namespace {

TEST(ClockTest, ASimulatedClockMovesOnlyWhenTold) {
  const absl::Time start = absl::FromUnixSeconds(1'622'505'600);
  SimulatedClock clock(start);
  EXPECT_EQ(clock.Now(), start);
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Microseconds(3));
  EXPECT_EQ(clock.Now(), start + absl::Microseconds(3));
  clock.Advance(-absl::Hours(1));
  EXPECT_EQ(clock.Now(), start + absl::Microseconds(3) - absl::Hours(1));
  clock.Set(start);
  EXPECT_EQ(clock.Now(), start);
}

TEST(ClockTest, TheRealClockIsOne) {
  EXPECT_EQ(Clock::Real(), Clock::Real());
  // The commits of this repository are younger than that.
  EXPECT_GT(Clock::Real()->Now(), absl::FromUnixSeconds(1'600'000'000));
}

}  // namespace
}  // namespace jejak
