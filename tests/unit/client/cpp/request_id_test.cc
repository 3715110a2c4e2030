// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/request_id.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <set>

namespace jejak::client {
namespace {

TEST(RequestIdTest, HasTheLayoutOfUuidVersion7) {
  SimulatedClock clock(absl::FromUnixMillis(0x0190a1b2c3d4));
  EXPECT_THAT(RequestIdSource(&clock).Next(),
              testing::MatchesRegex("0190a1b2-c3d4-7000-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

TEST(RequestIdTest, IdsAreUniqueAndInOrderWhateverTheClockDoes) {
  SimulatedClock clock(absl::FromUnixSeconds(1623296400));
  RequestIdSource source(&clock);
  std::set<std::string> ids;
  std::string last;
  for (int i = 0; i < 10'000; ++i) {
    if (i % 1000 == 500) clock.Advance(-absl::Seconds(1));
    if (i % 100 == 0) clock.Advance(absl::Milliseconds(1));
    const std::string id = source.Next();
    EXPECT_LT(last, id);
    ids.insert(id);
    last = id;
  }
  EXPECT_EQ(ids.size(), 10'000);
}

}  // namespace
}  // namespace jejak::client
