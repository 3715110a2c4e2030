// SPDX-License-Identifier: Apache-2.0

#include "server/query/diff.h"

#include "tests/support/world.h"

#include "jejak/v1/agen.pb.h"
#include "jejak/v1/lokus.pb.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jejak::query {
namespace {

using test::Parse;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Lines(const google::protobuf::Message& before,
                               const google::protobuf::Message& after) {
  std::vector<std::string> lines;
  for (const FieldDifference& difference : Differences(before, after)) {
    lines.push_back(
        absl::StrCat(difference.field, ": ", difference.before, " -> ", difference.after));
  }
  return lines;
}

TEST(DiffTest, EqualStatesDoNotDifferWhateverTheirEtags) {
  const auto before = Parse<v1::Lokus>(R"pb(name: "l"
                                            etag: "1"
                                            update_time { seconds: 1 })pb");
  const auto after = Parse<v1::Lokus>(R"pb(name: "l"
                                           etag: "2"
                                           update_time { seconds: 2 })pb");
  EXPECT_THAT(Lines(before, after), IsEmpty());
}

TEST(DiffTest, EachFieldIsNamedWithBothValues) {
  const auto before = Parse<v1::Lokus>(R"pb(
    state: LOKUS_STATE_MAPPED
    categories: LOKUS_CATEGORY_LOW_TURNOUT
    indicators { kind: INDICATOR_KIND_TURNOUT numerator: 10 denominator: 20 }
    create_time { seconds: 0 }
  )pb");
  const auto after = Parse<v1::Lokus>(R"pb(
    state: LOKUS_STATE_PROPOSED
    categories: LOKUS_CATEGORY_LOW_TURNOUT
    categories: LOKUS_CATEGORY_CONFLICT_OR_DISASTER_PRONE
    indicators { kind: INDICATOR_KIND_TURNOUT numerator: 11 denominator: 20 }
    agen_quota { max: 25 }
    create_time { seconds: 60 }
  )pb");
  EXPECT_THAT(Lines(before, after),
              testing::UnorderedElementsAre(
                  "state: LOKUS_STATE_MAPPED -> LOKUS_STATE_PROPOSED",
                  "categories[1]:  -> LOKUS_CATEGORY_CONFLICT_OR_DISASTER_PRONE",
                  "indicators[0].numerator: 10 -> 11", "agen_quota.max: 0 -> 25",
                  "create_time: 1970-01-01T00:00:00+00:00 -> 1970-01-01T00:01:00+00:00"));
  EXPECT_EQ(Lines(after, before).size(), 5u);
}

TEST(DiffTest, TheSealedFormOfAPersonIsNotShown) {
  const auto before = Parse<v1::Agen>(R"pb(person {
                                             subject: "s1"
                                             sealed { ciphertext: "a" }
                                           })pb");
  const auto after = Parse<v1::Agen>(R"pb(person {
                                            subject: "s2"
                                            sealed { ciphertext: "b" }
                                          })pb");
  EXPECT_THAT(Lines(before, after), ElementsAre("person.subject: s1 -> s2"));
}

}  // namespace
}  // namespace jejak::query
