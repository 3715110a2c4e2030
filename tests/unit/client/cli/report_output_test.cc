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
        last_leaf_hash: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        masked_cells: 1
        sections {
          section {
            section_id: "late"
            title: "Late entries"
            columns { column_id: "position" title: "Position" }
            columns { column_id: "reason" title: "Reason" }
          }
          query: "events: late_days > 30"
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

std::string Written(Format format, const v1::ReportHeader& header = Header(),
                    const std::string& title = "") {
  OutputOptions options;
  options.format = format;
  options.title = title;
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
  EXPECT_THAT(text, HasSubstr("Parameters: days=30\n"));
  EXPECT_THAT(text, HasSubstr(", log size 7 (--as-of 6), "
                              "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                              "\n"));
  EXPECT_THAT(text, HasSubstr("Masked: 1 cell\n"));
  EXPECT_THAT(text, HasSubstr("Late entries: 2 rows; events: late_days > 30\n"));
  EXPECT_THAT(text, HasSubstr("\nLate entries (2 rows)\n"
                              "POSITION  REASON\n"
                              "7         =HYPERLINK(\"x\")\n"
                              "1234      a, b\\x1b[2J\n"
                              "\nNothing (0 rows)\n"
                              "\nLast (1 row)\nY\nz\n"
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

TEST(ReportOutputTest, CsvHasItsProvenanceABlockForEachSectionAndNoFormulas) {
  v1::ReportHeader header = Header();
  header.set_truncated(true);
  const std::string text = Written(Format::kCsv, header);
  EXPECT_THAT(text, testing::StartsWith("report,Question,Q12. Which?\r\nreport,As of,"));
  EXPECT_THAT(text, HasSubstr("\r\nreport,Late entries,2 rows; events: late_days > 30\r\n"));
  EXPECT_THAT(text,
              testing::EndsWith("\r\nreport,Cut off,It is cut off: there would be more rows.\r\n"
                                "report,Note,No more.\r\n"
                                "\r\n"
                                "late,Position,Reason\r\n"
                                "late,7,\"'=HYPERLINK(\"\"x\"\")\"\r\n"
                                "late,1234,\"a, b\033[2J\"\r\n"
                                "\r\n"
                                "none,X\r\n"
                                "\r\n"
                                "last,Y\r\n"
                                "last,z\r\n"));
}

TEST(ReportOutputTest, APageOfHtmlHasATableForEachSection) {
  const std::string page = Written(Format::kHtml);
  EXPECT_THAT(page, HasSubstr("<h1>Q12. Which?</h1>"));
  EXPECT_THAT(page, HasSubstr("<dd>No more.</dd>"));
  EXPECT_THAT(page, HasSubstr("<h2>Late entries</h2>\n<table>\n<thead><tr><th "
                              "scope=\"col\">Position</th><th scope=\"col\">Reason</th>"));
  EXPECT_THAT(page, HasSubstr("<td>=HYPERLINK(&quot;x&quot;)</td></tr>"));
  EXPECT_THAT(page, HasSubstr("<p>2 rows</p>\n<h2>Nothing</h2>"));
  EXPECT_THAT(page, HasSubstr("<p>0 rows</p>\n<h2>Last</h2>"));
  EXPECT_THAT(page, HasSubstr("<td>z</td></tr>\n</tbody>\n</table>\n<p>1 row</p>\n</body>"));
}

TEST(ReportOutputTest, APageOfHtmlMayHaveATitleOfItsOwn) {
  const std::string page = Written(Format::kHtml, Header(), "For the audit of 2021");
  EXPECT_THAT(page, HasSubstr("<h1>For the audit of 2021</h1>"));
  EXPECT_THAT(page, HasSubstr("<dd>Q12. Which?</dd>"));
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
