// SPDX-License-Identifier: Apache-2.0

#include "client/cli/program.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <filesystem>
#include <sstream>

namespace jejak::cli {
namespace {

using testing::HasSubstr;

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() { std::filesystem::remove_all(home_); }
  ~ProgramTest() override { std::filesystem::remove_all(home_); }

  int Jejak(const std::vector<std::string>& tokens) {
    in_.str("");
    out_.str("");
    err_.str("");
    return cli::Run(tokens, {in_, out_, err_, [this](const std::string& name) {
                               return name == "XDG_CONFIG_HOME" ? std::optional<std::string>(home_)
                                                                : std::nullopt;
                             }});
  }

  const std::string home_ = testing::TempDir() + "jejak-program-test";
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(ProgramTest, HelpComesFromTheProtos) {
  EXPECT_EQ(Jejak({"lokus", "designate", "--help"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("Designates an approved village by decree."));
  EXPECT_THAT(out_.str(), HasSubstr("--decree TEXT"));
  EXPECT_EQ(Jejak({"help"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("region-catalog"));
  EXPECT_EQ(Jejak({"help", "exit-codes"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("130"));
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
  EXPECT_EQ(Jejak({"context", "delete", "dev"}), 0);
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

}  // namespace
}  // namespace jejak::cli
