// SPDX-License-Identifier: Apache-2.0

#include "client/cli/output.h"

#include "client/cli/failure.h"

#include "jejak/v1/admin_service.pb.h"
#include "jejak/v1/history_service.pb.h"
#include "jejak/v1/lokus_service.pb.h"
#include "jejak/v1/report_service.pb.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <sstream>

namespace jejak::cli {
namespace {

v1::ListLokusResponse TwoLokus() {
  v1::ListLokusResponse response;
  v1::Lokus& first = *response.add_lokus();
  first.set_name("programs/p/lokus/1");
  first.set_region_title("Gunung Kasih");
  first.set_state(v1::LOKUS_STATE_DESIGNATED);
  first.set_active_agen(3);
  first.mutable_agen_quota()->set_max(25);
  response.add_lokus()->set_region_title("村");
  return response;
}

std::string Write(const google::protobuf::Message& message, const OutputOptions& options) {
  std::ostringstream out;
  EXPECT_TRUE(WriteResponse(message, options, out).ok());
  return out.str();
}

TEST(OutputTest, ATableIsAlignedByDisplayWidth) {
  OutputOptions options;
  options.columns = "village,state,agen";
  EXPECT_EQ(Write(TwoLokus(), options),
            "VILLAGE       STATE       AGEN\n"
            "Gunung Kasih  designated  3/25\n"
            "村                        0/0\n");
}

TEST(OutputTest, ColumnsCanBeFieldPathsAndHeadingsCanGo) {
  OutputOptions options;
  options.columns = "agen_quota.max";
  options.headers = false;
  EXPECT_EQ(Write(TwoLokus(), options), "25\n0\n");
}

TEST(OutputTest, ACommandShowsItsResource) {
  v1::DesignateLokusResponse response;
  response.mutable_lokus()->set_name("programs/p/lokus/1");
  OutputOptions options;
  options.format = Format::kName;
  EXPECT_EQ(Write(response, options), "programs/p/lokus/1\n");
}

TEST(OutputTest, JsonIsOneDocumentAndJsonlOneALine) {
  OutputOptions options;
  options.format = Format::kJsonl;
  EXPECT_EQ(Write(TwoLokus(), options),
            "{\"name\":\"programs/p/lokus/1\",\"state\":\"LOKUS_STATE_DESIGNATED\","
            "\"regionTitle\":\"Gunung Kasih\",\"activeAgen\":3,\"agenQuota\":{\"max\":25}}\n"
            "{\"regionTitle\":\"村\"}\n");
  options.format = Format::kJson;
  EXPECT_EQ(Write(TwoLokus(), options).substr(0, 14), "{\n \"lokus\": [\n");
}

TEST(OutputTest, CsvQuotesAndDisarmsFormulas) {
  EXPECT_EQ(CsvCell("plain"), "plain");
  EXPECT_EQ(CsvCell("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvCell("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(CsvCell("=1+1"), "'=1+1");
  EXPECT_EQ(CsvCell("-2"), "'-2");
  EXPECT_EQ(CsvCell("@x"), "'@x");
  EXPECT_EQ(CsvCell("\tx"), "'\tx");
  EXPECT_EQ(CsvCell("+62,1"), "\"'+62,1\"");
  EXPECT_EQ(CsvCell("＝1＋1"), "'＝1＋1");
  EXPECT_EQ(CsvCell("＋1"), "'＋1");
  EXPECT_EQ(CsvCell("－1"), "'－1");
  EXPECT_EQ(CsvCell("＠x"), "'＠x");
  EXPECT_EQ(CsvCell("a=1"), "a=1");
  EXPECT_EQ(CsvCell("a\u202etxt\nb\tc"), "\"a\\u{202e}txt\nb\tc\"");
  OutputOptions options;
  options.format = Format::kCsv;
  options.columns = "village,agen";
  EXPECT_EQ(Write(TwoLokus(), options), "VILLAGE,AGEN\r\nGunung Kasih,3/25\r\n村,0/0\r\n");
}

TEST(OutputTest, AnEventShowsBothTimesEachInItsZone) {
  v1::RecordedEvent event;
  event.mutable_commit_time()->set_seconds(1623290400);
  event.mutable_occurred_time()->set_seconds(1623290400);
  event.set_utc_offset_minutes(420);
  event.set_type("jejak.event.v1.LokusDesignated");
  OutputOptions options;
  options.columns = "happened,recorded,event";
  options.headers = false;
  EXPECT_EQ(Write(event, options),
            "2021-06-10T09:00:00+07:00  2021-06-10T02:00:00Z  LokusDesignated\n");
  options.time = TimeStyle::kRelative;
  options.now = absl::FromUnixSeconds(1623290400 + 7200);
  EXPECT_EQ(Write(event, options), "2 h ago  2 h ago  LokusDesignated\n");
}

TEST(OutputTest, AHistoryShowsWhereWhenTwiceWhatWhoAndAsWhat) {
  v1::ListLokusHistoryResponse response;
  for (int i = 0; i < 2; ++i) {
    v1::RecordedEvent& event = *response.add_events();
    event.set_position(9 + static_cast<std::uint64_t>(i));
    event.mutable_occurred_time()->set_seconds(1623290400);
    event.set_utc_offset_minutes(420);
    event.mutable_commit_time()->set_seconds(1623297600);
    event.mutable_commit_time()->set_nanos(26'187'000 + i * 260'000);
    event.set_type(i == 0 ? "jejak.event.v1.LokusDesignated" : "jejak.event.v1.VillageNotified");
    event.set_actor("officers/ketua");
    event.set_role(v1::ROLE_CHAIR);
    event.set_stream("programs/p/lokus/1");
  }
  EXPECT_EQ(
      Write(response, {}),
      "POSITION  RECORDED              HAPPENED                   ACTOR           ROLE   EVENT    "
      "        STREAM\n"
      "9         2021-06-10T04:00:00Z  2021-06-10T09:00:00+07:00  officers/ketua  chair  "
      "LokusDesignated  programs/p/lokus/1\n"
      "10        2021-06-10T04:00:00Z  2021-06-10T09:00:00+07:00  officers/ketua  chair  "
      "VillageNotified  programs/p/lokus/1\n");
}

TEST(OutputTest, FractionsOfASecondAreExactAndInLineButNotInATableForTheEye) {
  v1::RecordedEvent event;
  OutputOptions options;
  options.format = Format::kWide;
  options.columns = "recorded";
  options.headers = false;
  event.mutable_commit_time()->set_seconds(1623290400);
  event.mutable_commit_time()->set_nanos(500'000'000);
  EXPECT_EQ(Write(event, options), "2021-06-10T02:00:00.500000Z\n");
  event.mutable_commit_time()->set_nanos(1);
  EXPECT_EQ(Write(event, options), "2021-06-10T02:00:00.000000001Z\n");
  options.format = Format::kCsv;
  EXPECT_EQ(Write(event, options), "2021-06-10T02:00:00.000000001Z\r\n");
  options.format = Format::kTable;
  EXPECT_EQ(Write(event, options), "2021-06-10T02:00:00Z\n");
  EXPECT_EQ(*ValueAt(event, "commit_time"), "2021-06-10T02:00:00.000000001Z");
}

TEST(OutputTest, AZoneIsForAllTimes) {
  v1::RecordedEvent event;
  event.mutable_commit_time()->set_seconds(1623290400);
  event.mutable_occurred_time()->set_seconds(1623290400);
  event.set_utc_offset_minutes(420);
  OutputOptions options;
  options.columns = "happened,recorded";
  options.headers = false;
  options.zone = ParseZone("Asia/Makassar").value();
  EXPECT_EQ(Write(event, options), "2021-06-10T10:00:00+08:00  2021-06-10T10:00:00+08:00\n");
  options.time = TimeStyle::kLocal;
  EXPECT_EQ(Write(event, options), "2021-06-10 10:00:00  2021-06-10 10:00:00\n");
  EXPECT_EQ(ExitCodeOf(ParseZone("Asia/Atlantis").status()), kUsage);
}

TEST(OutputTest, AColumnThatThereIsNotIsAMistakeThatNamesThoseThereAre) {
  OutputOptions options;
  for (const char* columns : {"naem", "village,naem", "agen_quota.naem", "name.x", "#naem", ","}) {
    options.columns = columns;
    std::ostringstream out;
    const absl::Status status = WriteResponse(TwoLokus(), options, out);
    EXPECT_EQ(ExitCodeOf(status), kUsage) << columns;
    EXPECT_EQ(out.str(), "");
    if (std::string(columns) == "naem") {
      EXPECT_EQ(status.message().substr(0, 63),
                "--columns: there is no column \"naem\"; there are name, village, ");
    }
  }
  for (const char* columns : {"NAME", "agen-quota.max", "#categories", "state"}) {
    options.columns = columns;
    EXPECT_TRUE(ColumnsFor(*v1::ListLokusResponse::descriptor(), options).ok()) << columns;
  }
  // Also of a command's resource, and before there is a response.
  EXPECT_TRUE(ColumnsFor(*v1::DesignateLokusResponse::descriptor(), options).ok());
}

TEST(OutputTest, YamlIsTheSameDocumentAsJson) {
  OutputOptions options;
  options.format = Format::kYaml;
  EXPECT_EQ(Write(TwoLokus(), options),
            "lokus:\n"
            "  - name: \"programs/p/lokus/1\"\n"
            "    state: \"LOKUS_STATE_DESIGNATED\"\n"
            "    regionTitle: \"Gunung Kasih\"\n"
            "    activeAgen: 3\n"
            "    agenQuota:\n"
            "      max: 25\n"
            "  - regionTitle: \"村\"\n");
}

TEST(OutputTest, ValuesAreReadByPath) {
  const v1::ListLokusResponse response = TwoLokus();
  EXPECT_EQ(*ValueAt(response.lokus(0), "state"), "LOKUS_STATE_DESIGNATED");
  EXPECT_EQ(*ValueAt(response, "#lokus"), "2");
  EXPECT_TRUE(absl::IsNotFound(ValueAt(response.lokus(0), "color").status()));
}

v1::ViewBuild Compared(std::uint64_t differing) {
  v1::ViewBuild build;
  build.set_kind(v1::VIEW_BUILD_KIND_COMPARE);
  build.set_size(120);
  build.set_target_size(120);
  build.set_events_per_second(250.5);
  build.set_keys(900);
  build.set_differing_keys(differing);
  return build;
}

TEST(OutputTest, ABuildOfAViewIsShownWithWhatCameOut) {
  v1::CompareViewsResponse response;
  *response.mutable_build() = Compared(0);
  EXPECT_EQ(Write(response, {}),
            "KIND     STATE  EVENTS   EVENTS/S  KEYS  DIFFERING  RESULT\n"
            "compare  ended  120/120  250.5     900   0          equal\n");
  *response.mutable_build() = Compared(3);
  OutputOptions options;
  options.columns = "state,result";
  options.headers = false;
  EXPECT_EQ(Write(response, options), "ended  3 keys differ\n");
  response.mutable_build()->set_running(true);
  EXPECT_EQ(Write(response, options), "running\n");
  response.mutable_build()->set_running(false);
  response.mutable_build()->set_error("INTERNAL: disk");
  EXPECT_EQ(Write(response, options), "failed  INTERNAL: disk\n");
}

TEST(OutputTest, TheStatusOfAServerHasTheBuildIfThereIsOne) {
  v1::GetServerStatusResponse status;
  OutputOptions options;
  options.columns = "version,build";
  EXPECT_EQ(Write(status, options), "VERSION  BUILD\n\n");
  *status.mutable_view_build() = Compared(0);
  options.headers = false;
  status.set_version("1");
  EXPECT_EQ(Write(status, options), "1  compare: equal\n");
  status.mutable_view_build()->set_running(true);
  status.mutable_view_build()->set_size(7);
  EXPECT_EQ(Write(status, options), "1  compare: running, 7/120 events\n");
}

TEST(OutputTest, NoDifferenceIsSaidInDocumentsToo) {
  v1::GetServerStatusResponse status;
  *status.mutable_view_build() = Compared(0);
  OutputOptions options;
  for (const Format format : {Format::kJson, Format::kJsonl, Format::kYaml}) {
    options.format = format;
    EXPECT_THAT(Write(status, options), testing::HasSubstr("differingKeys"));
    EXPECT_THAT(Write(TwoLokus(), options), testing::Not(testing::HasSubstr("reviewReason")));
  }
}

TEST(OutputTest, AReportIsShownWithItsParametersAndColumns) {
  v1::Report report;
  report.set_name("reports/r");
  report.set_question_id("Q1");
  report.set_question("Which?");
  v1::ReportParameter& parameter = *report.add_parameters();
  parameter.set_name("days");
  parameter.set_kind(v1::REPORT_PARAMETER_KIND_INTEGER);
  parameter.set_required(true);
  parameter.set_description("How late.");
  v1::ReportSection& section = *report.add_sections();
  section.set_section_id("late");
  section.set_title("Late entries");
  section.add_columns()->set_column_id("position");
  section.add_columns()->set_column_id("reason");
  EXPECT_EQ(Write(report, {}),
            "NAME       NO.  QUESTION\n"
            "reports/r  Q1   Which?\n"
            "\n"
            "PARAMETER  KIND     REQUIRED  DEFAULT  MEANING\n"
            "days       integer  true               How late.\n"
            "\n"
            "SECTION  TITLE         COLUMNS\n"
            "late     Late entries  position, reason\n");
  v1::ListReportsResponse list;
  *list.add_reports() = report;
  EXPECT_EQ(Write(list, {}), "NAME       NO.  QUESTION\nreports/r  Q1   Which?\n");
}

TEST(OutputTest, HeadingsAndFacetsAreInTheLanguageAndValuesKeepTheirNames) {
  v1::CountEventsResponse response;
  v1::EventCount& total = *response.add_counts();
  total.set_facet(v1::EVENT_FACET_TOTAL);
  total.set_count(4);
  v1::EventCount& type = *response.add_counts();
  type.set_facet(v1::EVENT_FACET_TYPE);
  type.set_value("LokusDesignated");
  type.set_count(4);
  // Not a list by its fields, so row by row.
  OutputOptions options;
  options.language = Language::kIndonesian;
  EXPECT_EQ(Write(type, options), "SEGI   NILAI            PERISTIWA\njenis  LokusDesignated  4\n");
  options.format = Format::kCsv;
  EXPECT_EQ(Write(total, options), "SEGI,NILAI,PERISTIWA\r\njumlah,,4\r\n");
  // Columns are found by either title.
  options.format = Format::kTable;
  options.columns = "nilai,events";
  options.headers = false;
  EXPECT_EQ(Write(type, options), "LokusDesignated  4\n");
}

TEST(OutputTest, EveryFacetHasAnIndonesianWord) {
  const auto* facets = v1::EventFacet_descriptor();
  for (int i = 1; i < facets->value_count(); ++i) {
    v1::EventCount count;
    count.set_facet(static_cast<v1::EventFacet>(facets->value(i)->number()));
    EXPECT_TRUE(IsTranslated(CellOf(count, "{facet}", {}))) << facets->value(i)->name();
  }
}

TEST(OutputTest, ASearchShowsTheColumnsItsFilterAsksAbout) {
  using testing::ElementsAre;
  EXPECT_THAT(ColumnsAskedFor("under = offices/18 AND late_days>30"),
              ElementsAre("LATE DAYS", "OFFICE"));
  EXPECT_THAT(ColumnsAskedFor("correction = true"), ElementsAre("REASON"));
  EXPECT_THAT(ColumnsAskedFor("type=FactCorrected"), ElementsAre("REASON"));
  EXPECT_THAT(ColumnsAskedFor(R"(actor = "office \" under" AND within = offices/office)"),
              testing::IsEmpty());
  v1::SearchEventsResponse response;
  response.add_events()->set_late_days(31);
  OutputOptions options;
  options.also = {"LATE DAYS"};
  EXPECT_THAT(Write(response, options), testing::HasSubstr("STREAM  LATE DAYS\n"));
  EXPECT_THAT(Write(response, {}), testing::Not(testing::HasSubstr("LATE DAYS")));
}

TEST(OutputTest, RowsThatComeOneByOneStandInLineBelowTheirHeading) {
  v1::RecordedEvent event;
  OutputOptions options;
  std::ostringstream out;
  RowWriter writer(
      {{"POSITION", "{position}", false, 8}, {"ACTOR", "{actor}", false, 10}, {"ROLE", "{role}"}},
      options, out);
  EXPECT_EQ(out.str(), "POSITION  ACTOR       ROLE\n");
  event.set_position(7);
  event.set_actor("officers/a");
  event.set_role(v1::ROLE_CHAIR);
  writer.Write(event);
  event.set_actor("officers/somebody");
  writer.Write(event);
  event.set_actor("officers/\x1b");
  writer.Write(event);
  EXPECT_EQ(out.str(),
            "POSITION  ACTOR       ROLE\n"
            "7         officers/a  chair\n"
            "7         officers/somebody  chair\n"
            "7         officers/\\x1b      chair\n");
  options.headers = false;
  std::ostringstream bare;
  RowWriter({{"POSITION", "{position}"}}, options, bare).Write(event);
  EXPECT_EQ(bare.str(), "7\n");
}

}  // namespace
}  // namespace jejak::cli
