// SPDX-License-Identifier: Apache-2.0

#include "client/cli/program.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace jejak::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() { std::filesystem::remove_all(home_); }
  ~ProgramTest() override { std::filesystem::remove_all(home_); }

  int Jejak(const std::vector<std::string>& tokens) {
    in_.clear();
    in_.str(answer_);
    out_.str("");
    err_.str("");
    return cli::Run(tokens, {in_, out_, err_,
                             [this](const std::string& name) {
                               const auto found = environment_.find(name);
                               return found == environment_.end()
                                          ? std::nullopt
                                          : std::optional<std::string>(found->second);
                             },
                             false, interactive_});
  }

  // The same with a server that nobody is waited for at; what is sent exits with 7.
  int Send(std::vector<std::string> tokens) {
    for (const char* more : {"--server", "unix:/nonexistent", "--timeout", "1ms"}) {
      tokens.emplace_back(more);
    }
    return Jejak(tokens);
  }

  // The error printed as JSON; null if it was not.
  nlohmann::json Error() const {
    return nlohmann::json::parse(err_.str(), nullptr, false).value("error", nlohmann::json());
  }

  const std::string home_ = testing::TempDir() + "jejak-program-test";
  std::map<std::string, std::string> environment_ = {{"XDG_CONFIG_HOME", home_}};
  // What is typed, if there is a person.
  bool interactive_ = false;
  std::string answer_;
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(ProgramTest, HelpComesFromTheProtos) {
  EXPECT_EQ(Jejak({"lokus", "designate", "--help"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("Designates an approved village"));
  EXPECT_THAT(out_.str(), HasSubstr("--decree TEXT"));
  EXPECT_EQ(Jejak({"help"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("region-catalog"));
  EXPECT_EQ(Jejak({"help", "exit-codes"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("130"));
}

TEST_F(ProgramTest, TheCommandsThatCheckTheLogStandWithItsVerbs) {
  EXPECT_EQ(Jejak({"help", "log"}), 0);
  for (const char* part : {"  verify  ", "  export-tiles  ", "  checkpoint  ", "  search  "}) {
    EXPECT_THAT(out_.str(), HasSubstr(part));
  }
  EXPECT_EQ(Jejak({"help", "receipt"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("  save  "));
  EXPECT_EQ(Jejak({"help", "log", "verify"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("--full"));
}

TEST_F(ProgramTest, MistakesInCheckingTheLogAreFoundBeforeAnythingIsSent) {
  EXPECT_EQ(Send({"log", "verify", "now"}), 2);
  EXPECT_EQ(Send({"log", "verify", "-o", "csv"}), 2);
  EXPECT_EQ(Send({"log", "verify", "--policy", "file"}), 2);
  EXPECT_EQ(Send({"log", "export-tiles"}), 2);
  EXPECT_EQ(Send({"receipt", "save", "-1"}), 2);
  EXPECT_EQ(Send({"receipt", "save", "01"}), 2);
  EXPECT_EQ(Send({"receipt"}), 2);
  EXPECT_EQ(Send({"verify", "receipt", "/nonexistent", "--key", "k"}), 2);
  environment_["XDG_STATE_HOME"] = home_;
  EXPECT_EQ(Send({"log", "verify"}), 7);
  EXPECT_EQ(Send({"log", "verify", "--key", "k"}), 2);
}

TEST_F(ProgramTest, MistakesExitWithTwoAndSayNothingOnStdout) {
  EXPECT_EQ(Jejak({"lokus", "fly"}), 2);
  EXPECT_EQ(Jejak({"lokus"}), 2);
  EXPECT_EQ(Jejak({"lokus", "get", "--color-of-sky", "blue"}), 2);
  EXPECT_EQ(Jejak({"lokus", "get", "a", "b"}), 2);
  EXPECT_EQ(Jejak({"lokus", "get", "a", "-o", "xml"}), 2);
  EXPECT_EQ(Jejak({"lokus", "get", "a", "--timeout", "soon"}), 2);
  EXPECT_EQ(Jejak({"lokus", "get", "a", "--context", "nowhere"}), 2);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(ProgramTest, HelpSaysWhatAsks) {
  EXPECT_EQ(Jejak({"office", "close", "--help"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("asks before"));
  EXPECT_EQ(Jejak({"office", "rename", "--help"}), 0);
  EXPECT_THAT(out_.str(), Not(HasSubstr("asks before")));
}

TEST_F(ProgramTest, CompletionKnowsVerbsFlagsAndValues) {
  EXPECT_EQ(Jejak({"__complete", "lokus", "des"}), 0);
  EXPECT_EQ(out_.str(), "designate\n");
  Jejak({"__complete", "lokus", "list", "--se"});
  EXPECT_EQ(out_.str(), "--server\n");
  Jejak({"__complete", "lokus", "list", "-o", "js"});
  EXPECT_EQ(out_.str(), "json\njsonl\n");
  Jejak({"__complete", "lokus", "reject", "--reason", "bud"});
  EXPECT_EQ(out_.str(), "budget\n");
}

TEST_F(ProgramTest, ContextsAreKeptInAFileOnlyTheOwnerCanRead) {
  EXPECT_EQ(Jejak({"context", "set", "dev", "--server", "127.0.0.1:1", "--office", "offices/18"}),
            0);
  EXPECT_EQ(Jejak({"context", "set", "other", "--server", "127.0.0.1:2"}), 0);
  EXPECT_EQ(Jejak({"context", "use", "other"}), 0);
  EXPECT_EQ(Jejak({"context", "list"}), 0);
  EXPECT_EQ(out_.str(),
            "  dev  office=offices/18  server=127.0.0.1:1\n* other  server=127.0.0.1:2\n");
  const auto permissions = std::filesystem::status(home_ + "/jejak/config.toml").permissions();
  EXPECT_EQ(permissions & std::filesystem::perms::mask, std::filesystem::perms(0600));
  EXPECT_EQ(Jejak({"context", "delete", "nowhere"}), 3);
  EXPECT_EQ(Jejak({"context", "delete", "dev", "--yes"}), 0);
}

TEST_F(ProgramTest, WhatEndsForGoodIsNotSentWithoutAYesAndNobodyToAsk) {
  EXPECT_EQ(Send({"program", "close", "programs/p"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("--yes"));
  EXPECT_EQ(Send({"program", "close", "programs/p", "--yes=false"}), 2);
  EXPECT_EQ(Send({"program", "close", "programs/p", "--yes"}), 7);
  EXPECT_EQ(Send({"program", "close", "programs/p", "--dry-run"}), 7);
  EXPECT_EQ(Send({"program", "close", "programs/p", "--dry-run=false"}), 2);
  EXPECT_EQ(Send({"program", "get", "programs/p"}), 7);
}

TEST_F(ProgramTest, APersonIsAskedBeforeSomethingEndsForGood) {
  interactive_ = true;
  for (const char* no : {"n\n", "\n", "", "yesterday\n"}) {
    answer_ = no;
    EXPECT_EQ(Send({"program", "close", "programs/p"}), 1) << no;
    EXPECT_THAT(err_.str(), HasSubstr("\"program close programs/p\" ends it for good"));
  }
  for (const char* yes : {"y\n", "YES\n", "ya"}) {
    answer_ = yes;
    EXPECT_EQ(Send({"program", "close", "programs/p"}), 7) << yes;
  }
  // The request comes where the answer would.
  answer_ = "{}\ny\n";
  EXPECT_EQ(Send({"program", "close", "programs/p", "-f", "-"}), 2);
}

TEST_F(ProgramTest, AContextIsNotDeletedUnasked) {
  ASSERT_EQ(Jejak({"context", "set", "dev", "--server", "127.0.0.1:1"}), 0);
  EXPECT_EQ(Jejak({"context", "delete", "dev"}), 2);
  EXPECT_EQ(Jejak({"context", "list"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("dev"));
  interactive_ = true;
  answer_ = "y\n";
  EXPECT_EQ(Jejak({"context", "delete", "dev"}), 0);
}

TEST_F(ProgramTest, AContextThatIsAskedForMustBeThere) {
  environment_.clear();
  EXPECT_EQ(Jejak({"program", "get", "programs/p", "--context", "prod"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("prod"));
  environment_["JEJAK_CONTEXT"] = "prod";
  EXPECT_EQ(Jejak({"program", "get", "programs/p"}), 2);
  environment_.clear();
  EXPECT_EQ(Send({"program", "get", "programs/p"}), 7);
}

TEST_F(ProgramTest, MistakesInFlagsArePrintedInTheFormatAskedFor) {
  EXPECT_EQ(Jejak({"-o", "json", "office", "get", "--bogus"}), 2);
  EXPECT_EQ(Error()["message"], "unknown flag --bogus");
  EXPECT_EQ(Jejak({"office", "get", "--bogus", "--output=json"}), 2);
  EXPECT_EQ(Error()["code"], "INVALID_ARGUMENT");
  EXPECT_EQ(Jejak({"office", "get", "--bogus"}), 2);
  EXPECT_EQ(err_.str(), "jejak: unknown flag --bogus\n");
  environment_["JEJAK_OUTPUT"] = "json";
  EXPECT_EQ(Jejak({"office", "fly"}), 2);
  EXPECT_THAT(Error()["message"].get<std::string>(), HasSubstr("office fly"));
  EXPECT_EQ(Jejak({"office", "get", "a", "--context", "nowhere"}), 2);
  EXPECT_THAT(Error()["message"].get<std::string>(), HasSubstr("nowhere"));
  EXPECT_EQ(Jejak({"office", "get", "--bogus", "-o", "table"}), 2);
  EXPECT_EQ(err_.str(), "jejak: unknown flag --bogus\n");
  environment_.erase("JEJAK_OUTPUT");
  ASSERT_EQ(Jejak({"context", "set", "script", "--output", "json"}), 0);
  EXPECT_EQ(Jejak({"office", "get", "--bogus"}), 2);
  EXPECT_EQ(Error()["message"], "unknown flag --bogus");
}

TEST_F(ProgramTest, AWrongVerbIsSaidBeforeAFlagThatItDoesNotHave) {
  EXPECT_EQ(Jejak({"region", "map-succession", "--succession", "{}"}), 2);
  EXPECT_EQ(err_.str(),
            "jejak: there is no command \"region map-succession\"; jejak help region lists them\n");
  EXPECT_EQ(Jejak({"regoin", "--succession", "{}"}), 2);
  EXPECT_EQ(err_.str(), "jejak: there is no command \"regoin\"; jejak help lists them\n");
  EXPECT_EQ(Jejak({"office", "--bogus", "get"}), 2);
  EXPECT_EQ(err_.str(), "jejak: unknown flag --bogus\n");
}

TEST_F(ProgramTest, AWrongColumnIsSaidBeforeAnythingIsSent) {
  for (std::vector<std::string> words : std::vector<std::vector<std::string>>{
           {"office", "list"}, {"program", "close", "p", "--yes"}, {"watch"}}) {
    words.insert(words.end(), {"--columns", "naem"});
    EXPECT_EQ(Send(words), 2);
    EXPECT_THAT(err_.str(), HasSubstr("there is no column \"naem\""));
  }
}

TEST_F(ProgramTest, WhatIsNoTruthIsAMistake) {
  EXPECT_EQ(Jejak({"office", "list", "--all=perhaps"}), 2);
  EXPECT_EQ(Send({"office", "list", "--help=false"}), 7);
  EXPECT_EQ(Send({"office", "list", "--tz", "Asia/Atlantis"}), 2);
}

TEST_F(ProgramTest, VerboseSaysWhatIsSentWhereAndNothingOfAPerson) {
  EXPECT_EQ(Send({"agen", "register", "programs/p/lokus/1", "01", "--person.name", "Wati",
                  "--person.national-id", "1806110000000001", "--bases", "women", "--consents",
                  R"({"purpose":"CONSENT_PURPOSE_PARTICIPATION"})", "-v"}),
            7);
  EXPECT_THAT(err_.str(), HasSubstr("sending to unix:/nonexistent as officers/cli: "
                                    "jejak.v1.AgenService.RegisterCandidate {"));
  EXPECT_THAT(err_.str(), Not(HasSubstr("Wati")));
  EXPECT_THAT(err_.str(), Not(HasSubstr("1806110000000001")));
}

TEST_F(ProgramTest, WhatCannotBeReadIsNotSent) {
  const std::string folder = testing::TempDir();
  EXPECT_EQ(Send({"document", "upload", folder}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("cannot be read"));
  EXPECT_EQ(Send({"office", "get", "-f", folder}), 2);
}

TEST_F(ProgramTest, ADownloadThatFailsLeavesTheFileAsItWas) {
  std::filesystem::create_directories(home_);
  const std::string path = home_ + "/f.txt";
  std::ofstream(path) << "precious";
  EXPECT_EQ(Send({"document", "download", std::string(64, '0'), path}), 7);
  std::ostringstream kept;
  kept << std::ifstream(path).rdbuf();
  EXPECT_EQ(kept.str(), "precious");
}

TEST_F(ProgramTest, TheManPageAndTheCompletionScriptsArePrinted) {
  EXPECT_EQ(Jejak({"man"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr(".SH COMMANDS"));
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_EQ(Jejak({"completion", shell}), 0);
    EXPECT_THAT(out_.str(), HasSubstr("jejak __complete"));
  }
  EXPECT_EQ(Jejak({"completion", "tcsh"}), 2);
}

TEST_F(ProgramTest, AWatchAsksForTheEventsThatMeetAllItsFlags) {
  // It ends in time, whether it has found out that there is nobody or not.
  Jejak({"watch", "--server", "unix:/nonexistent", "--exit-after", "1ms", "-v", "--rows",
         "--within", "programs/p", "--filter", "role = CHAIR", "--lokus", "a\"b", "--from", "7"});
  EXPECT_THAT(err_.str(), HasSubstr(R"({"fromPosition":"7","filter":"within = \"programs/p\" AND )"
                                    R"(role = CHAIR AND lokus = \"a\\\"b\"","rowsOnly":true})"));
}

TEST_F(ProgramTest, HelpSaysHowToExportAndWhatCannotBe) {
  EXPECT_EQ(Jejak({"help", "export"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("--page-token TOKEN --no-headers"));
  EXPECT_EQ(Send({"office", "list", "-o", "html", "--lang", "id"}), 7);
  EXPECT_EQ(Send({"office", "list", "-o", "html", "--lang", "de"}), 2);
  EXPECT_EQ(Send({"watch", "-o", "html"}), 2);
  environment_["JEJAK_LANG"] = "fr";
  EXPECT_EQ(Send({"office", "list"}), 2);
}

TEST_F(ProgramTest, HelpSaysWhatAReportRunTakesAndThatItWaits) {
  const auto help = [this](const std::vector<std::string>& words) {
    EXPECT_EQ(Jejak(words), 0);
    std::string text = out_.str();
    text.erase(std::remove(text.begin(), text.end(), '\\'), text.end());
    EXPECT_THAT(text, HasSubstr("--param KEY=VALUE"));
    EXPECT_THAT(text, HasSubstr("--purpose TEXT"));
    return text;
  };
  EXPECT_THAT(help({"help", "flags"}), HasSubstr("--wait"));
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"help", "report", "run"}, {"man"}}) {
    EXPECT_THAT(help(words), HasSubstr("waits for it, and prints its answer"));
  }
}

TEST_F(ProgramTest, HelpNamesTheOtherWordsOfAResource) {
  EXPECT_EQ(Jejak({"help"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("compare-views (also: admin)"));
  EXPECT_EQ(Jejak({"help", "admin"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("rebuild-view"));
}

TEST_F(ProgramTest, FlagsOfTheOutputThatChangeNothingAreMistakes) {
  EXPECT_EQ(Send({"office", "list", "-o", "json", "--columns", "name"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("--columns"));
  EXPECT_EQ(Send({"office", "list", "-o", "csv", "--title", "T"}), 2);
  EXPECT_EQ(Send({"office", "list", "-o", "html", "--title", "T"}), 7);
  EXPECT_EQ(Send({"report", "run", "r", "--purpose", "p", "--columns", "x"}), 2);
  EXPECT_EQ(Send({"operation", "rows", "o", "--columns", "x"}), 2);
  EXPECT_EQ(Send({"report", "run", "r", "--purpose", "p"}), 7);
}

TEST_F(ProgramTest, AWatchOfNothingIsAMistake) {
  EXPECT_EQ(Send({"watch", "--from", "5", "--until", "2"}), 2);
  EXPECT_EQ(err_.str(), "jejak: --from 5 is after --until 2\n");
  EXPECT_EQ(Send({"watch", "--as-of", "5"}), 2);
}

TEST_F(ProgramTest, ReportsAndOperationsGoByTheirIdsAndTheLanguageOfTheLabelsIsAskedFor) {
  EXPECT_EQ(Send({"report", "get", "late-entries", "--lang", "id", "-v"}), 7);
  EXPECT_THAT(err_.str(),
              HasSubstr(R"({"name":"reports/late-entries","language":"LANGUAGE_INDONESIAN"})"));
  EXPECT_EQ(Send({"report", "list", "--lang", "id", "--language", "english", "-v"}), 7);
  EXPECT_THAT(err_.str(), HasSubstr(R"({"language":"LANGUAGE_ENGLISH"})"));
  EXPECT_EQ(Send({"operation", "get", "ab", "-v"}), 7);
  EXPECT_THAT(err_.str(), HasSubstr(R"({"name":"operations/ab"})"));
}

TEST_F(ProgramTest, WaitingIsOnlyForBuildsOfViews) {
  EXPECT_EQ(Send({"admin", "compare-views", "--wait", "-v"}), 7);
  EXPECT_THAT(err_.str(), HasSubstr("jejak.v1.AdminService.CompareViews {}"));
  EXPECT_EQ(Send({"server", "rebuild-view"}), 7);
  EXPECT_EQ(Send({"server", "status", "--wait"}), 2);
}

}  // namespace
}  // namespace jejak::cli
