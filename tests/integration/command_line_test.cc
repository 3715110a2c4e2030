// SPDX-License-Identifier: Apache-2.0
//
// Commands of the command line against a server: what it prints, and how it exits.

#include "client/cli/program.h"
#include "tests/support/server_fixture.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace jejak::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class CommandLineTest : public ServerTest {
 protected:
  CommandLineTest() {
    MakeOffice(client());
    for (const char* id : {"d1", "d2"}) {
      JEJAK_CHECK(
          client().Call(&v1::DocumentService::Stub::RegisterDocument, Document(id, "T")).ok());
    }
  }

  // Runs a command line; what it prints is in out_ and err_.
  int Jejak(std::vector<std::string> words) {
    words.insert(words.end(), {"--server", address(), "--timeout", "10s"});
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    const int code =
        cli::Run(words, {in, out, err, [](const std::string& name) -> std::optional<std::string> {
                           if (name == "HOME") return "/nonexistent";
                           return std::nullopt;
                         }});
    out_ = out.str();
    err_ = err.str();
    return code;
  }
  // At least two, so that a test may look at them.
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines = absl::StrSplit(out_, '\n');
    lines.resize(std::max<std::size_t>(lines.size(), 2));
    return lines;
  }

  std::string out_;
  std::string err_;
};

TEST_F(CommandLineTest, AComparisonOfViewsIsWaitedForAndShown) {
  EXPECT_EQ(Jejak({"admin", "compare-views", "--wait"}), 0) << err_;
  EXPECT_THAT(Lines()[0], StartsWith("KIND     STATE  EVENTS"));
  EXPECT_THAT(Lines()[1], StartsWith("compare  ended  3/3"));
  EXPECT_THAT(Lines()[1], HasSubstr("  equal"));
  EXPECT_EQ(Jejak({"server", "status"}), 0);
  EXPECT_THAT(out_, HasSubstr("  compare: equal\n"));
  EXPECT_EQ(Jejak({"server", "status", "-o", "json"}), 0);
  EXPECT_EQ(nlohmann::json::parse(out_)["viewBuild"]["differingKeys"], "0");
  EXPECT_EQ(Jejak({"server", "status", "-o", "yaml"}), 0);
  EXPECT_THAT(out_, HasSubstr("differingKeys: \"0\""));
}

TEST_F(CommandLineTest, ARebuildIsShownAsItBeginsAndSaysWhereToLook) {
  EXPECT_EQ(Jejak({"admin", "rebuild-view"}), 0) << err_;
  EXPECT_THAT(Lines()[0], StartsWith("KIND     STATE"));
  EXPECT_THAT(Lines()[1], StartsWith("rebuild  "));
  EXPECT_THAT(err_, HasSubstr("jejak server status"));
}

TEST_F(CommandLineTest, ARebuildThatIsWaitedForIsInUse) {
  EXPECT_EQ(Jejak({"admin", "rebuild-view", "--wait", "-o", "json"}), 0) << err_;
  const auto build = nlohmann::json::parse(out_)["build"];
  EXPECT_EQ(build["running"], false);
  EXPECT_EQ(build["error"], "");
  EXPECT_EQ(Jejak({"server", "status"}), 0);
  EXPECT_THAT(out_, HasSubstr("rebuild: in use"));
}

TEST_F(CommandLineTest, AWatchHasAHeadingAndTheOrderOfASearch) {
  EXPECT_EQ(Jejak({"watch", "--rows", "--until", "2"}), 0) << err_;
  const std::vector<std::string> rows = Lines();
  EXPECT_THAT(rows[0], StartsWith("POSITION  RECORDED "));
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[0].find("EVENT"), rows[1].find("OfficeRegistered"));
  EXPECT_EQ(rows[0].find("EVENT"), rows[3].find("DocumentRegistered"));
  EXPECT_EQ(Jejak({"watch", "--until", "2", "-o", "csv"}), 0) << err_;
  EXPECT_THAT(Lines()[0], StartsWith("POSITION,RECORDED,HAPPENED,"));
  EXPECT_EQ(Lines().size(), 5u);
  EXPECT_EQ(Jejak({"watch", "--until", "2", "-o", "csv", "--no-headers"}), 0) << err_;
  EXPECT_THAT(Lines()[0], StartsWith("0,"));
}

TEST_F(CommandLineTest, ASearchShowsWhatItsFilterAsksAbout) {
  EXPECT_EQ(Jejak({"history", "search", "--filter", "office = offices/ri"}), 0) << err_;
  EXPECT_THAT(Lines()[0], HasSubstr("OFFICE"));
  EXPECT_EQ(Jejak({"history", "search", "--filter", "late_days > 3"}), 0) << err_;
  EXPECT_THAT(Lines()[0], HasSubstr("LATE DAYS"));
  EXPECT_EQ(Jejak({"history", "search", "--lang", "id"}), 0) << err_;
  EXPECT_THAT(Lines()[0], StartsWith("POSISI  DICATAT"));
}

TEST_F(CommandLineTest, AFilterThatFindsNothingForItsFormIsRefused) {
  EXPECT_EQ(Jejak({"history", "search", "--filter", "office = 18"}), 1);
  EXPECT_THAT(err_, HasSubstr("column 10"));
  EXPECT_THAT(err_, HasSubstr("needed: a name of the form offices/*"));
  EXPECT_EQ(Jejak({"history", "count", "--filter", "type = Nothing"}), 1);
  EXPECT_EQ(Jejak({"watch", "--filter", "type = Nothing"}), 1);
}

TEST_F(CommandLineTest, ALongFilterIsRefusedWithItsField) {
  EXPECT_EQ(Jejak({"history", "search", "--filter", "reason = " + std::string(1100, 'x')}), 1);
  EXPECT_THAT(err_, HasSubstr("reason: REQUEST_INVALID"));
  EXPECT_THAT(err_, HasSubstr("field: filter is 1109 bytes long; at most 1024"));
}

TEST_F(CommandLineTest, AFieldOfTheApiInARefusalIsSaidAsAFlag) {
  EXPECT_EQ(Jejak({"office", "list", "--page-size", "501"}), 1);
  EXPECT_THAT(err_, HasSubstr("flag: page_size is --page-size"));
}

TEST_F(CommandLineTest, AnAnswerThatIsKeptIsPrintedAgainAsItWas) {
  EXPECT_EQ(Jejak({"report", "run", "late-entries", "--purpose", "a test"}), 0) << err_;
  const std::string answer = out_;
  EXPECT_THAT(answer, Not(IsEmpty()));
  const std::vector<std::string> parts = absl::StrSplit(err_, "kept as operations/");
  ASSERT_EQ(parts.size(), 2u) << err_;
  const std::string operation = parts[1].substr(0, parts[1].find('\n'));
  EXPECT_EQ(Jejak({"operation", "rows", operation}), 0) << err_;
  EXPECT_EQ(out_, answer);
  EXPECT_EQ(Jejak({"operation", "rows", operation, "--page-size", "1"}), 0) << err_;
  EXPECT_EQ(Jejak({"operation", "rows", "operations/none"}), 3);
}

TEST_F(CommandLineTest, AReportIsShownWithItsParametersInTheLanguage) {
  EXPECT_EQ(Jejak({"report", "get", "late-entries"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("\nPARAMETER "));
  EXPECT_THAT(out_, HasSubstr("\nSECTION "));
  EXPECT_EQ(Jejak({"report", "list"}), 0) << err_;
  const std::string english = out_;
  EXPECT_EQ(Jejak({"report", "list", "--lang", "id"}), 0) << err_;
  EXPECT_THAT(Lines()[0], HasSubstr("PERTANYAAN"));
  EXPECT_NE(Lines()[1], std::vector<std::string>(absl::StrSplit(english, '\n'))[1]);
}

}  // namespace
}  // namespace jejak::test
