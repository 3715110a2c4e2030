// SPDX-License-Identifier: Apache-2.0

#include "client/cli/failure.h"
#include "client/cli/report.h"
#include "server/base/check.h"

#include "google/protobuf/text_format.h"

#include "nlohmann/json.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace jejak::cli {
namespace {

using testing::HasSubstr;

v1::ReportHeader Header() {
  v1::ReportHeader header;
  JEJAK_CHECK(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        report: "reports/r"
        question_id: "Q12"
        question: "Which?"
        log_size: 7
        actor: "officers/a"
        actor_unauthenticated: true
        office: "offices/18"
        role: ROLE_AUDITOR
        purpose: "audit"
        arguments { name: "days" value: "30" }
        sections {
          section {
            section_id: "late"
            title: "Late entries"
            columns { column_id: "position" title: "Position" }
            columns { column_id: "reason" title: "Reason" }
          }
          rows: 2
        }
        sections {
          section {
            section_id: "none"
            title: "Nothing"
            columns { column_id: "x" title: "X" }
          }
        }
        sections {
          section {
            section_id: "last"
            title: "Last"
            columns { column_id: "y" title: "Y" }
          }
          rows: 1
        }
        notes: "No more."
      )pb",
      &header));
  return header;
}

std::string Written(Format format, const v1::ReportHeader& header = Header()) {
  OutputOptions options;
  options.format = format;
  std::ostringstream out;
  const absl::Status status = WriteReport(
      header,
      [](const auto& visit) {
        for (const auto& [section, cells] :
             std::vector<std::pair<std::string, std::vector<std::string>>>{
                 {"late", {"7", "=HYPERLINK(\"x\")"}},
                 {"late", {"1234", "a, b\033[2J"}},
                 {"last", {"z"}}}) {
          v1::ReportRow row;
          row.set_section_id(section);
          for (const std::string& cell : cells) row.add_cells(cell);
          if (absl::Status visited = visit(row); !visited.ok()) return visited;
        }
        return absl::OkStatus();
      },
      options, out);
  EXPECT_TRUE(status.ok()) << status;
  return out.str();
}

TEST(ReportOutputTest, ATableHasItsHeadingItsSectionsAndItsNotes) {
  const std::string text = Written(Format::kTable);
  EXPECT_THAT(text, HasSubstr("Question: Q12. Which?\n"));
  EXPECT_THAT(text, HasSubstr("Asked by: officers/a (not authenticated), offices/18, auditor\n"));
  EXPECT_THAT(text, HasSubstr("Told: days=30\n"));
  EXPECT_THAT(text, HasSubstr("\nLate entries (2 rows)\n"
                              "POSITION  REASON\n"
                              "7         =HYPERLINK(\"x\")\n"
                              "1234      a, b\\x1b[2J\n"
                              "\nNothing (0 rows)\n"
                              "\nLast (1 rows)\nY\nz\n"
                              "\n* No more.\n"));
}

TEST(ReportOutputTest, AnAnswerThatIsCutOffSaysSoInItsLanguage) {
  v1::ReportHeader header = Header();
  header.set_truncated(true);
  EXPECT_THAT(Written(Format::kTable, header), HasSubstr("It is cut off"));
  header.set_language(v1::LANGUAGE_INDONESIAN);
  EXPECT_THAT(Written(Format::kTable, header), HasSubstr("Terpotong"));
  EXPECT_THAT(Written(Format::kTable, header), HasSubstr("Pertanyaan: Q12"));
}

TEST(ReportOutputTest, CsvHasABlockForEachSectionAndNoFormulas) {
  EXPECT_EQ(Written(Format::kCsv),
            "section,Position,Reason\r\n"
            "late,7,\"'=HYPERLINK(\"\"x\"\")\"\r\n"
            "late,1234,\"a, b\033[2J\"\r\n"
            "\r\n"
            "section,Y\r\n"
            "last,z\r\n");
}

TEST(ReportOutputTest, JsonGoesByTheIdsOfColumns) {
  const auto json = nlohmann::json::parse(Written(Format::kJson), nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  EXPECT_EQ(json["header"]["questionId"], "Q12");
  ASSERT_EQ(json["rows"]["late"].size(), 2u);
  EXPECT_EQ(json["rows"]["late"][0]["position"], "7");
  EXPECT_TRUE(json["rows"]["none"].empty());
  std::istringstream lines(Written(Format::kJsonl));
  std::vector<nlohmann::json> parsed;
  for (std::string line; std::getline(lines, line);) {
    parsed.push_back(nlohmann::json::parse(line, nullptr, false));
  }
  ASSERT_EQ(parsed.size(), 4u);
  EXPECT_TRUE(parsed[0].contains("header"));
  EXPECT_EQ(parsed[3]["section"], "last");
  EXPECT_EQ(parsed[3]["row"]["y"], "z");
}

TEST(ReportOutputTest, AParameterIsANameAndAValue) {
  v1::RunReportRequest request;
  EXPECT_TRUE(AddParameter("at=a=b", &request).ok());
  ASSERT_EQ(request.arguments_size(), 1);
  EXPECT_EQ(request.arguments(0).name(), "at");
  EXPECT_EQ(request.arguments(0).value(), "a=b");
  for (const char* wrong : {"", "days", "=30"}) {
    EXPECT_EQ(ExitCodeOf(AddParameter(wrong, &request)), kUsage) << wrong;
  }
}

}  // namespace
}  // namespace jejak::cli
