// SPDX-License-Identifier: Apache-2.0

#include "server/domain/bounds.h"

#include "jejak/v1/lokus.pb.h"
#include "jejak/v1/office.pb.h"
#include "jejak/v1/region.pb.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include <string>
#include <vector>

namespace jejak::domain {
namespace {

std::string Problem(const google::protobuf::Message& message, const std::string& field,
                    int index = -1) {
  return ValueProblem(message, *message.GetDescriptor()->FindFieldByName(field), index);
}

TEST(BoundsTest, AValueIsHeldAgainstTheBoundsOfItsField) {
  v1::Office office;
  office.set_title(std::string(201, 'a'));
  EXPECT_EQ(Problem(office, "title"), "is 201 bytes long; at most 200");
  office.set_title(std::string(200, 'a'));
  EXPECT_EQ(Problem(office, "title"), "");
  office.set_title("\x01");
  EXPECT_EQ(Problem(office, "title"), "is empty, or has characters that are not text");
  office.set_valid_from("2200-01-01");
  EXPECT_EQ(Problem(office, "valid_from"), "does not have the form of FORMAT_DATE");
  office.set_level(static_cast<v1::OfficeLevel>(99));
  EXPECT_EQ(Problem(office, "level"), "is not a value this server knows");
  v1::Indicator indicator;
  indicator.set_numerator(1'000'000'001);
  EXPECT_EQ(Problem(indicator, "numerator"), "must be at most 1000000000");
}

TEST(BoundsTest, OnlyAnElementOfAListMustNotBeEmpty) {
  EXPECT_EQ(Problem(v1::Office(), "valid_from"), "");
  v1::RegionSuccession succession;
  succession.add_new_codes("18.06");
  succession.add_new_codes("");
  EXPECT_EQ(Problem(succession, "new_codes", 0), "");
  EXPECT_EQ(Problem(succession, "new_codes", 1), "is empty, or has characters that are not text");
}

TEST(BoundsTest, EachFormatTakesItsShapeAndNothingElse) {
  const std::string long_name = absl::StrCat("a/", std::string(198, 'b'));
  const struct {
    v1::Format format;
    std::vector<std::string> good;
    std::vector<std::string> bad;
  } cases[] = {
      {v1::FORMAT_ID,
       {"a", "18.06", "dp3-2021", std::string(63, 'a')},
       {"", "A", "-a", "a-", ".a", "a.", "a_b", "a/b", "a b", std::string(64, 'a'), "\xc3\xa9"}},
      {v1::FORMAT_RESOURCE_NAME,
       {"offices/18.06", "programs/dp3-2021/lokus/18.06.11.2016", "A_b-c.d", long_name},
       {"", "/", "a/", "/a", "a//b", "a/./b", "a/../b", "..", "a b", "a\n", "a/%2e",
        long_name + "b", std::string("a\0b", 3)}},
      {v1::FORMAT_DATE,
       {"2021-06-01", "1900-01-01", "2199-12-31", "2020-02-29"},
       {"", "2021-6-1", "2021-06-31", "2021-02-29", "1899-12-31", "2200-01-01", "2021-06-01 ",
        "2021/06/01", "21-06-01", "-021-06-01", "2021-13-01", "2021-00-10", " 021-06-01",
        "2021-06-01T00"}},
      {v1::FORMAT_REGION_CODE,
       {"18", "18.06", "18.06.11", "18.06.11.2016"},
       {"", "1", "18.6", "18.", "18.06.11.16", "1806", "18.06.11.2016.1", "xx"}},
      {v1::FORMAT_SHA256,
       {std::string(64, 'a'), std::string(64, '0')},
       {"", std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'A'),
        std::string(64, 'g')}},
      {v1::FORMAT_REQUEST_ID,
       {"a", "0190-abc_D.e:f", std::string(64, 'x')},
       {"", "a b", "a/b", "a\n", std::string(65, 'x'), "\xc3\xa9"}},
      {v1::FORMAT_NATIONAL_ID,
       {"1806110101900007"},
       {"", "180611010190000", "18061101019000071", "180611010190000x", "1806 11010190007"}},
      {v1::FORMAT_PHONE,
       {"+628123456789", "123456", std::string(20, '1')},
       {"", "+", "12345", "+12345", std::string(21, '1'), "0812-3456", "++6281234", "abcdef"}},
      {v1::FORMAT_AGEN_ID,
       {"1", "01", "a1", "z0123456789"},
       {"", "a", "siti", "A1", "1a", "aa1", "01234567890", "a01234567890", "1.1"}},
      {v1::FORMAT_UNSPECIFIED,
       {"", "text", "line\nline\ttab", "G\xc3\xa9", "\xe2\x80\xa2", "\xf0\x9f\x98\x80",
        "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"},
       {"\r", "\x01", "\x7f", std::string(1, '\0'), "\xc2\x80", "\xc2\x9f", "\xff", "\xc3",
        "\xe2\x80", "a\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80",
        "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3("}},
  };
  for (const auto& one : cases) {
    for (const std::string& text : one.good) {
      EXPECT_TRUE(HasFormat(text, one.format)) << v1::Format_Name(one.format) << " " << text;
    }
    for (const std::string& text : one.bad) {
      EXPECT_FALSE(HasFormat(text, one.format)) << v1::Format_Name(one.format) << " " << text;
    }
  }
}

}  // namespace
}  // namespace jejak::domain
