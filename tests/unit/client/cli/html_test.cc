// SPDX-License-Identifier: Apache-2.0

#include "client/cli/html.h"

#include "client/cli/columns.h"
#include "client/cli/output.h"
#include "tests/support/temp_folder.h"

#include "jejak/v1/history_service.pb.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <sstream>

namespace jejak::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

// A page of events, with texts that try to be more than text.
v1::SearchEventsResponse Events() {
  v1::SearchEventsResponse response;
  v1::EventRow& first = *response.add_events();
  first.set_position(7);
  first.mutable_commit_time()->set_seconds(1'623'290'400);
  first.mutable_occurred_time()->set_seconds(1'623'283'200);
  first.set_utc_offset_minutes(420);
  first.set_type("LokusDesignated");
  first.set_actor("officers/siti");
  first.set_role(v1::ROLE_CHAIR);
  first.set_stream("programs/p/lokus/18.06.11.2016");
  first.set_reason("<script>alert(1)</script> \"&amp;' =1+1");
  v1::EventRow& second = *response.add_events();
  second.set_position(12);
  second.mutable_commit_time()->set_seconds(1'623'290'460);
  second.set_type("OfficeRenamed");
  second.set_reason(
      "\xe2\x80\xae"
      "desrever \x1b[31m \xff");
  response.set_filter("type != \"<b>\"");
  response.set_log_size(120);
  return response;
}

OutputOptions Options(Language language) {
  OutputOptions options;
  options.format = Format::kHtml;
  options.columns = "position,recorded,happened,actor,role,event,reason";
  options.now = absl::FromUnixSeconds(1'640'970'000);
  options.zone = absl::FixedTimeZone(7 * 3600);
  options.language = language;
  options.title = "Riwayat </title><img src=x>";
  options.asked = "jejak history search --filter='type != \"<b>\"'";
  options.asked_by = "officers/auditor";
  options.asked_for = "offices/18";
  options.server = "127.0.0.1:7461";
  return options;
}

std::string Write(const google::protobuf::Message& message, const OutputOptions& options) {
  std::ostringstream out;
  EXPECT_TRUE(WriteResponse(message, options, out).ok());
  return out.str();
}

TEST(HtmlTest, APageIsAsItWasLookedAtAndFoundGood) {
  v1::SearchEventsResponse response = Events();
  EXPECT_EQ(Write(response, Options(Language::kEnglish)),
            test::ReadFile(test::SourcePath("tests/unit/client/cli/golden/events_en.html")));
  response.set_next_page_token("more");
  EXPECT_EQ(Write(response, Options(Language::kIndonesian)),
            test::ReadFile(test::SourcePath("tests/unit/client/cli/golden/events_id.html")));
}

TEST(HtmlTest, NothingThatComesFromDataIsMarkupOrLeadsElsewhere) {
  const std::string page = Write(Events(), Options(Language::kEnglish));
  for (const char* never : {"<script", "<img", "<b>", "</title><", "src=x>",
                            "http:", "https:", "url(", "@import", "\x1b", "\xe2\x80\xae", "\xff"}) {
    EXPECT_THAT(page, Not(HasSubstr(never)));
  }
  EXPECT_EQ(HtmlText("<a href='x'>\"&"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
}

TEST(HtmlTest, ManyColumnsLieAndFewStandUpright) {
  OutputOptions options = Options(Language::kEnglish);
  EXPECT_THAT(Write(Events(), options), HasSubstr("size:A4 landscape;"));
  options.columns = "position,event";
  EXPECT_THAT(Write(Events(), options), HasSubstr("size:A4;"));
}

TEST(HtmlTest, PagesThatComeOneByOneMakeOne) {
  const OutputOptions options = Options(Language::kIndonesian);
  v1::SearchEventsResponse first = Events();
  v1::SearchEventsResponse second = first;
  first.mutable_events()->RemoveLast();
  second.mutable_events()->erase(second.mutable_events()->begin());
  std::ostringstream out;
  PageWriter writer(options, out);
  ASSERT_TRUE(writer.Write(first).ok());
  ASSERT_TRUE(writer.Write(second).ok());
  writer.End(false);
  EXPECT_EQ(out.str(), Write(Events(), options));
}

TEST(HtmlTest, EveryColumnHasAnIndonesianTitle) {
  for (const std::string& title : ColumnTitles()) EXPECT_TRUE(IsTranslated(title)) << title;
  EXPECT_FALSE(IsTranslated("COLOUR"));
}

TEST(HtmlTest, ThereAreTwoLanguages) {
  EXPECT_TRUE(ParseLanguage("id").ok());
  EXPECT_FALSE(ParseLanguage("de").ok());
  EXPECT_EQ(Translated(Language::kIndonesian, "VILLAGE"), "DESA");
  EXPECT_EQ(Translated(Language::kEnglish, "VILLAGE"), "VILLAGE");
}

}  // namespace
}  // namespace jejak::cli
