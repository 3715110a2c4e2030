// SPDX-License-Identifier: Apache-2.0

#include "server/app/config.h"

#include "server/base/hash.h"

#include "absl/strings/match.h"
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace jejak::app {
namespace {

TEST(ConfigTest, OnlyThisComputerIsLocal) {
  for (const char* listen : {"127.0.0.1:7461", "127.0.0.1:0", "127.255.255.254:1", "localhost:7461",
                             "[::1]:7461", "unix:/run/jejak.sock", "unix:jejak.sock"}) {
    EXPECT_TRUE(IsLocal(listen)) << listen;
  }
  for (const char* listen : {"",
                             ":7461",
                             "7461",
                             "127.0.0.1",
                             "0.0.0.0:7461",
                             "[::]:7461",
                             "192.168.1.1:7461",
                             "128.0.0.1:7461",
                             "127.evil.com:7461",
                             "127.0.0.1.example:7461",
                             "127.0.0.example:7461",
                             "127.0.0.256:7461",
                             "127.0.0:7461",
                             "127.0.0.:7461",
                             "127.0.0.1 :7461",
                             "127.0.0.+1:7461",
                             "127.0.0.1.1:7461",
                             "localhost.example:7461",
                             "Localhost:7461",
                             "[::1]",
                             "[::1].example:1",
                             "[::ffff:0.0.0.0]:7461",
                             "unix-abstract:x",
                             "ipv4:0.0.0.0:7461",
                             "127.0.0.1:7461,0.0.0.0:7461"}) {
    EXPECT_FALSE(IsLocal(listen)) << listen;
  }
}

TEST(ConfigTest, WhatIsMissingOrNotAllowedIsSaid) {
  Config config;
  config.data = "/d";
  config.kek = "/k";
  EXPECT_TRUE(CheckConfig(config).ok());
  config.listen = "0.0.0.0:7461";
  EXPECT_EQ(CheckConfig(config).code(), absl::StatusCode::kInvalidArgument);
  config.dev = true;
  EXPECT_TRUE(CheckConfig(config).ok());
  config.kek = "";
  EXPECT_TRUE(CheckConfig(config).ok()) << "--dev makes one";
  config.dev = false;
  config.listen = "127.0.0.1:7461";
  EXPECT_TRUE(absl::StrContains(CheckConfig(config).message(), "--kek"));
  config.data = "";
  EXPECT_TRUE(absl::StrContains(CheckConfig(config).message(), "--data"));
}

class ConfigFileTest : public testing::Test {
 protected:
  ~ConfigFileTest() override { std::filesystem::remove(path_); }
  absl::Status Read(const std::string& text) {
    std::ofstream(path_) << text;
    return ReadConfigFile(path_, config_);
  }
  void ExpectMistake(const std::string& text, const std::string& line, const std::string& word) {
    const absl::Status status = Read(text);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_TRUE(absl::StrContains(status.message(), line)) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), word)) << status;
  }

  const std::string path_ = testing::TempDir() + "/config_" + ToHex(RandomBytes(8)) + ".toml";
  Config config_;
};

TEST_F(ConfigFileTest, AFileSaysWhatItSaysAndLeavesTheRest) {
  ASSERT_TRUE(Read("# a comment\n[server]\ndata = \"/d\"\nanchor = \"strict\"\n").ok());
  EXPECT_EQ(config_.data, "/d");
  EXPECT_TRUE(config_.anchor_strict);
  EXPECT_EQ(config_.listen, "127.0.0.1:7461");
  ASSERT_TRUE(Read("[server]\nlisten = \"unix:/s\"\nkek = \"/k\"\nanchor = \"lazy\"\n").ok());
  EXPECT_EQ(config_.listen, "unix:/s");
  EXPECT_EQ(config_.kek, "/k");
  EXPECT_FALSE(config_.anchor_strict);
  EXPECT_EQ(config_.data, "/d");
  EXPECT_TRUE(Read("").ok());
}

TEST_F(ConfigFileTest, MistakesAreNamedWithTheirLine) {
  ExpectMistake("[server]\ndata = \n", "line 2", path_);
  ExpectMistake("[server]\n\ndaat = \"/d\"\n", "line 3", "daat");
  ExpectMistake("[server]\ndata = 5\n", "line 2", "data");
  ExpectMistake("[server]\ndata = [\"/d\"]\n", "line 2", "data");
  ExpectMistake("[server]\nanchor = \"eager\"\n", "line 2", "anchor");
  ExpectMistake("[server]\ndev = true\n", "line 2", "dev");
  ExpectMistake("[server]\n[sever]\ndata = \"/d\"\n", "line 2", "sever");
  ExpectMistake("\ndata = \"/d\"\n", "line 2", "data");
}

TEST_F(ConfigFileTest, AFileThatIsNotThereIsSaidSo) {
  EXPECT_EQ(ReadConfigFile(path_, config_).code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace jejak::app
