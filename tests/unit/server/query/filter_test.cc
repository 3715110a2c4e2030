// SPDX-License-Identifier: Apache-2.0

#include "server/query/filter.h"

#include "server/base/limits.h"
#include "server/domain/refusal.h"

#include "google/protobuf/text_format.h"
#include "google/rpc/error_details.pb.h"
#include "jejak/v1/agen.pb.h"
#include "jejak/v1/document.pb.h"
#include "jejak/v1/lokus.pb.h"
#include "jejak/v1/office.pb.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace jejak::query {
namespace {

template <typename M>
M Parse(const std::string& text) {
  M message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

v1::Lokus ALokus() {
  return Parse<v1::Lokus>(R"pb(
    name: "programs/p/lokus/18.06.11.2016"
    etag: "4"
    create_time { seconds: 1622505600 nanos: 5000 }
    state: LOKUS_STATE_DESIGNATED
    categories: LOKUS_CATEGORY_LOW_TURNOUT
    categories: LOKUS_CATEGORY_CONFLICT_OR_DISASTER_PRONE
    region_title: "Gunung \"Kasih\""
    agen_quota { min: 20 target: 25 max: 25 }
  )pb");
}

template <typename M = v1::Lokus>
absl::StatusOr<Filter> ParseFilter(const std::string& text) {
  return Filter::Parse(text, M::descriptor());
}

bool Matches(const std::string& text, const google::protobuf::Message& message = ALokus()) {
  const auto filter = Filter::Parse(text, message.GetDescriptor());
  EXPECT_TRUE(filter.ok()) << text << ": " << filter.status();
  return filter.ok() && filter->Matches(message);
}

TEST(FilterTest, AnEmptyFilterMatchesEverything) {
  EXPECT_TRUE(Matches(""));
  EXPECT_TRUE(Matches("   "));
  EXPECT_EQ(ParseFilter("  ")->normalized(), "");
}

TEST(FilterTest, EachOperatorHoldsWhereItShould) {
  const struct {
    const char* filter;
    bool holds;
  } cases[] = {
      // Texts, by bytes.
      {"etag = 4", true},
      {"etag=\"4\"", true},
      {"etag != 4", false},
      {"etag < 5", true},
      {"etag <= 4", true},
      {"etag > 4", false},
      {"etag >= 4", true},
      {"etag > 10", true},
      {"region_title : Kasih", true},
      {"region_title:\"\\\"Kasih\"", true},
      {"region_title : kasih", false},
      {"region_title = \"Gunung \\\"Kasih\\\"\"", true},
      // Enums, by name with or without prefix, in any case.
      {"state = LOKUS_STATE_DESIGNATED", true},
      {"state = DESIGNATED", true},
      {"state = designated", true},
      {"state != MAPPED", true},
      {"state = MAPPED", false},
      {"state : DESIGNATED", true},
      // Repeated fields.
      {"categories : LOW_TURNOUT", true},
      {"categories : low-turnout", true},
      {"categories : CONFLICT_OR_DISASTER_PRONE", true},
      {"categories : HIGH_VIOLATION_RISK", false},
      {"categories:*", true},
      // Numbers, inside a message.
      {"agen_quota.max = 25", true},
      {"agen_quota.max != 25", false},
      {"agen_quota.min < 21", true},
      {"agen_quota.min < 20", false},
      {"agen_quota.min <= 20", true},
      {"agen_quota.min > 19", true},
      {"agen_quota.min >= 21", false},
      {"agen_quota.min > -1", true},
      {"agen_quota.min < 9", false},
      // Times.
      {"create_time = 2021-06-01T00:00:00.000005Z", true},
      {"create_time >= 2021-06-01T07:00:00+07:00", true},
      {"create_time < 2021-06-01T00:00:00Z", false},
      {"create_time > \"2021-05-31T23:59:59Z\"", true},
      // Whether something is set.
      {"create_time:*", true},
      {"update_time:*", false},
      {"agen_quota:*", true},
      {"region_title:*", true},
      {"state:*", true},
      // And.
      {"etag = 4 AND state = DESIGNATED", true},
      {"etag = 4 AND state = MAPPED", false},
      {"  etag=4   AND   state=DESIGNATED  ", true},
  };
  for (const auto& one : cases) EXPECT_EQ(Matches(one.filter), one.holds) << one.filter;
}

TEST(FilterTest, WhatIsNotSetIsSaidToBeNotSet) {
  for (const char* filter : {"categories:*", "agen_quota:*", "region_title:*", "state:*",
                             "create_time:*", "categories : LOW_TURNOUT", "agen_quota.max > 0"}) {
    EXPECT_FALSE(Matches(filter, v1::Lokus())) << filter;
  }
}

TEST(FilterTest, FieldsOfRepeatedMessagesMatchIfOneDoes) {
  const auto agen = Parse<v1::Agen>(R"pb(
    consents { purpose: CONSENT_PURPOSE_PARTICIPATION text_version: "1" }
    consents { purpose: CONSENT_PURPOSE_DISABILITY_DATA text_version: "2" guardian: true }
    person { subject: "s1" }
  )pb");
  EXPECT_TRUE(Matches("consents.text_version = 2", agen));
  EXPECT_FALSE(Matches("consents.text_version = 3", agen));
  EXPECT_TRUE(Matches("consents.guardian = true", agen));
  EXPECT_TRUE(Matches("consents.guardian = false", agen));
  EXPECT_TRUE(Matches("consents.purpose = disability_data", agen));
  EXPECT_TRUE(Matches("person.subject = s1", agen));
}

TEST(FilterTest, MistakesAreRefusedWithTheirColumn) {
  const struct {
    const char* filter;
    int column;
  } cases[] = {
      {"= 4", 1},
      {"nothing = 4", 1},
      {"etag", 5},
      {"etag 4", 6},
      {"etag ==4", 7},
      {"etag =", 7},
      {"etag = 4 state = MAPPED", 10},
      {"etag = 4 OR etag = 5", 10},
      {"etag = 4 and etag = 5", 10},
      {"etag = 4 AND", 13},
      {"etag = 4 ANDetag = 5", 10},
      {"etag = \"4", 8},
      {"etag = 4)", 9},
      {"etag = *", 8},
      {"state = NOWHERE", 9},
      {"state < MAPPED", 9},
      {"state = 2", 9},
      {"agen_quota = 4", 14},
      {"agen_quota.nothing = 4", 12},
      {"agen_quota. = 4", 12},
      {"agen_quota.max = many", 18},
      {"agen_quota.max = \"25\"", 18},
      {"agen_quota.max = 99999999999999999999", 18},
      {"etag.x = 4", 5},
      {"create_time.seconds = 4", 12},
      {"create_time > yesterday", 15},
      {"create_time > 2021-06-01", 15},
      {"\tetag = 4", 1},
      {"etag = \xc3\xa9", 8},
  };
  for (const auto& one : cases) {
    const absl::Status status = ParseFilter(one.filter).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << one.filter;
    EXPECT_EQ(domain::GetReason(status), "FILTER_INVALID") << one.filter;
    EXPECT_TRUE(absl::StrContains(status.message(), absl::StrCat("column ", one.column, ":")))
        << one.filter << ": " << status.message();
    const auto payload = status.GetPayload("type.googleapis.com/google.rpc.ErrorInfo");
    google::rpc::ErrorInfo info;
    ASSERT_TRUE(payload.has_value() && info.ParseFromString(std::string(*payload)));
    EXPECT_EQ(info.metadata().at("column"), absl::StrCat(one.column));
  }
}

TEST(FilterTest, TheSealedFormOfAPersonIsNotAskedAbout) {
  EXPECT_FALSE(ParseFilter<v1::Agen>("person.sealed.stream = x").ok());
  EXPECT_FALSE(ParseFilter<v1::Agen>("person.sealed:*").ok());
}

TEST(FilterTest, ThereAreBounds) {
  EXPECT_TRUE(
      ParseFilter(absl::StrCat("etag=", std::string(limits::kFilterBytesMax - 5, 'x'))).ok());
  EXPECT_FALSE(
      ParseFilter(absl::StrCat("etag=", std::string(limits::kFilterBytesMax - 4, 'x'))).ok());
  std::string filter = "etag=1";
  for (std::size_t i = 1; i < limits::kFilterConditionsMax; ++i) filter += " AND etag=1";
  EXPECT_TRUE(ParseFilter(filter).ok());
  EXPECT_FALSE(ParseFilter(filter + " AND etag=1").ok());
}

TEST(FilterTest, NormalizedFiltersSayTheSame) {
  const struct {
    const char* filter;
    const char* normalized;
  } cases[] = {
      {"etag=4", "etag = \"4\""},
      {"  state=mapped   AND etag!=4 ", "state = LOKUS_STATE_MAPPED AND etag != \"4\""},
      {"categories : low-turnout", "categories:LOKUS_CATEGORY_LOW_TURNOUT"},
      {"region_title : *", "region_title:*"},
      {"region_title=\"a\\\"b\\\\c\"", "region_title = \"a\\\"b\\\\c\""},
      {"agen_quota.max>=+07", "agen_quota.max >= 7"},
      {"create_time>2021-06-01T00:00:00Z", "create_time > \"2021-06-01T00:00:00Z\""},
  };
  for (const auto& one : cases) {
    const auto filter = ParseFilter(one.filter);
    ASSERT_TRUE(filter.ok()) << one.filter << ": " << filter.status();
    EXPECT_EQ(filter->normalized(), one.normalized);
  }
}

// If `text` is a filter, so is its normalized form, which is its own and matches the same.
void CheckNormalized(const std::string& text) {
  const auto filter = ParseFilter(text);
  if (!filter.ok()) {
    RC_ASSERT(domain::GetReason(filter.status()) == "FILTER_INVALID");
    return;
  }
  if (filter->normalized().size() > limits::kFilterBytesMax) return;
  const auto again = ParseFilter(filter->normalized());
  RC_ASSERT(again.ok());
  RC_ASSERT(again->normalized() == filter->normalized());
  RC_ASSERT(again->Matches(ALokus()) == filter->Matches(ALokus()));
}

TEST(FilterTest, AnyTextIsParsedOrRefused) {
  EXPECT_TRUE(rc::check([](const std::string& text) { CheckNormalized(text); }));
}

TEST(FilterTest, ConditionsPutTogetherAtRandomAreFixedPoints) {
  const auto part = rc::gen::element<std::string>(
      "etag", "state", "categories", "agen_quota", "agen_quota.max", "create_time", "region_title",
      ".", "=", "!=", "<", "<=", ">", ">=", ":", "*", " ", "AND", " AND ", "MAPPED", "low_turnout",
      "4", "-1", "\"4\"", "\"a\\\"b\"", "\\", "\"", "2021-06-01T00:00:00Z", "\"infinite-future\"");
  EXPECT_TRUE(rc::check([&part] {
    std::string text;
    for (const std::string& one : *rc::gen::container<std::vector<std::string>>(part)) text += one;
    CheckNormalized(text);
  }));
}

TEST(OrderTest, ResourcesAreOrderedByFieldsThenByName) {
  const auto a = Parse<v1::Office>("name: 'offices/a' title: 'x' level: OFFICE_LEVEL_PPS");
  const auto b = Parse<v1::Office>("name: 'offices/b' title: 'x' level: OFFICE_LEVEL_PPK");
  const auto c = Parse<v1::Office>("name: 'offices/c' title: 'w' create_time { seconds: 1 }");
  const auto before = [](const std::string& text, const v1::Office& one, const v1::Office& other) {
    const auto order = Order::Parse(text, v1::Office::descriptor());
    EXPECT_TRUE(order.ok()) << order.status();
    EXPECT_FALSE(order->Before(one, one));
    EXPECT_FALSE(order->Before(other, one) && order->Before(one, other));
    return order->Before(one, other);
  };
  EXPECT_TRUE(before("", a, b));
  EXPECT_TRUE(before("title", c, a));
  EXPECT_TRUE(before("title desc", a, c));
  EXPECT_TRUE(before("title", a, b)) << "a tie goes by name";
  EXPECT_TRUE(before("title desc", a, b)) << "also in descending order";
  EXPECT_TRUE(before("title, level", b, a));
  EXPECT_TRUE(before(" title desc ,level desc", a, b));
  EXPECT_TRUE(before("create_time", a, c));
  EXPECT_TRUE(before("name desc", b, a));
}

TEST(OrderTest, OrdersThatMakeNoSenseAreRefused) {
  for (const char* text : {"nothing", "title up", "title desc desc", "title,", ",", "title asc",
                           "title,level,name,etag,parent"}) {
    const absl::Status status = Order::Parse(text, v1::Office::descriptor()).status();
    EXPECT_EQ(domain::GetReason(status), "ORDER_INVALID") << text;
  }
  for (const char* text : {"person", "consents", "person.subject"}) {
    EXPECT_FALSE(Order::Parse(text, v1::Agen::descriptor()).ok()) << text;
  }
}

TEST(OrderTest, OnlyTheOrderOfNamesIsThatOfTheRows) {
  const auto by_name = [](const char* text) {
    return Order::Parse(text, v1::Office::descriptor())->by_name();
  };
  EXPECT_TRUE(by_name(""));
  EXPECT_TRUE(by_name(" "));
  EXPECT_TRUE(by_name("name"));
  EXPECT_FALSE(by_name("name desc"));
  EXPECT_FALSE(by_name("name,title"));
}

TEST(FilterTest, ARefusalSaysWhatThereIs) {
  const auto needed = [](const std::string& filter) {
    const auto refusal = domain::GetRefusal(ParseFilter(filter).status());
    return refusal.has_value() ? refusal->needed() : "";
  };
  EXPECT_TRUE(absl::StartsWith(needed("nothing = 4"), "one of name, ")) << needed("nothing = 4");
  EXPECT_TRUE(absl::StrContains(needed("nothing = 4"), ", region_title"));
  EXPECT_EQ(needed("agen_quota.nothing = 4"), "one of min, target, max");
  EXPECT_TRUE(absl::StartsWith(needed("state = NOWHERE"), "one of MAPPED, "));
  EXPECT_EQ(needed("etag = 4 and etag = 5"), "AND in capitals between conditions");
  EXPECT_EQ(needed("etag = 4 or etag = 5"), "a question for each: there is no OR");
  EXPECT_EQ(needed("etag = 4 state = MAPPED"),
            "conditions of the form FIELD OPERATOR LITERAL, joined by AND");
  EXPECT_EQ(needed("create_time > 2021"), "a time with an offset, e.g. 2021-12-31T23:59:59+07:00");
  std::string many = "etag=1";
  for (std::size_t i = 0; i < limits::kFilterConditionsMax; ++i) many += " AND etag=1";
  EXPECT_EQ(needed(many), "at most 16 conditions");
  EXPECT_EQ(needed(std::string(limits::kFilterBytesMax + 1, 'x')), "at most 1024 bytes");
}

TEST(FilterTest, OfManyNamesARefusalListsSoMany) {
  const std::vector<std::string> names(limits::kNamesListedMax + 1, "x");
  EXPECT_EQ(OneOf(names).size(), std::string("one of ").size() + 3 * limits::kNamesListedMax + 3);
  EXPECT_TRUE(absl::EndsWith(OneOf(names), "x, ..."));
  EXPECT_EQ(OneOf({"a", "b"}), "one of a, b");
}

}  // namespace
}  // namespace jejak::query
