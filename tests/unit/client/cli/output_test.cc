// SPDX-License-Identifier: Apache-2.0

#include "client/cli/output.h"

#include "client/cli/failure.h"

#include "jejak/v1/history_service.pb.h"
#include "jejak/v1/lokus_service.pb.h"

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
      "POSITION  HAPPENED                   RECORDED                     EVENT            ACTOR"
      "           ROLE   STREAM\n"
      "9         2021-06-10T09:00:00+07:00  2021-06-10T04:00:00.026187Z  LokusDesignated  "
      "officers/ketua  chair  programs/p/lokus/1\n"
      "10        2021-06-10T09:00:00+07:00  2021-06-10T04:00:00.026447Z  VillageNotified  "
      "officers/ketua  chair  programs/p/lokus/1\n");
}

TEST(OutputTest, FractionsOfASecondAreExactAndInLine) {
  v1::RecordedEvent event;
  OutputOptions options;
  options.columns = "recorded";
  options.headers = false;
  event.mutable_commit_time()->set_seconds(1623290400);
  event.mutable_commit_time()->set_nanos(500'000'000);
  EXPECT_EQ(Write(event, options), "2021-06-10T02:00:00.500000Z\n");
  event.mutable_commit_time()->set_nanos(1);
  EXPECT_EQ(Write(event, options), "2021-06-10T02:00:00.000000001Z\n");
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

}  // namespace
}  // namespace jejak::cli
