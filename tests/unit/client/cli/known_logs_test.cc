// SPDX-License-Identifier: Apache-2.0

#include "client/cli/known_logs.h"

#include "tests/support/temp_folder.h"
#include "tests/unit/client/cpp/fake_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace jejak::cli {
namespace {

using testing::HasSubstr;

Environment With(const std::string& name, const std::string& value) {
  return [name, value](const std::string& asked) {
    return asked == name ? std::optional<std::string>(value) : std::nullopt;
  };
}

client::KnownLog Known() {
  client::FakeLog log;
  log.AddMany(3);
  return {log.signer.key(), log.Signed()};
}

TEST(KnownLogsTest, EveryProfileHasAFileOfItsOwnInTheStateFolder) {
  EXPECT_EQ(*KnownLogPath(With("XDG_STATE_HOME", "/s"), "context-kpu"),
            "/s/jejak/logs/context-kpu");
  EXPECT_EQ(*KnownLogPath(With("HOME", "/h"), "server-unix:/a/../b"),
            "/h/.local/state/jejak/logs/server-unix%3A%2Fa%2F..%2Fb");
  EXPECT_FALSE(KnownLogPath(With("X", "y"), "context-kpu").ok());
  std::set<std::string> paths;
  for (const char* profile : {"a/b", "a%2Fb", "a_b", "a:b", "..", "."}) {
    paths.insert(*KnownLogPath(With("HOME", "/h"), profile));
  }
  EXPECT_EQ(paths.size(), 6u);
}

TEST(KnownLogsTest, WhatIsSavedIsLoadedAndOnlyItsOwnerReadsIt) {
  test::TempFolder folder;
  const std::string path = folder / "deep/er/log";
  EXPECT_EQ(*LoadKnownLog(path), std::nullopt);
  const client::KnownLog known = Known();
  ASSERT_TRUE(SaveKnownLog(known, path).ok());
  EXPECT_EQ(*LoadKnownLog(path), known);
  EXPECT_EQ(std::filesystem::status(path).permissions() & std::filesystem::perms::mask,
            std::filesystem::perms(0600));
}

TEST(KnownLogsTest, AFileWithAnyByteChangedOrCutOffIsNotTakenForAFirstTime) {
  test::TempFolder folder;
  const std::string path = folder / "log";
  ASSERT_TRUE(SaveKnownLog(Known(), path).ok());
  const std::string bytes = test::ReadFile(path);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    test::WriteFile(path, changed);
    const absl::Status status = LoadKnownLog(path).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << i;
    EXPECT_THAT(status.message(), HasSubstr(path));
    test::WriteFile(path, bytes.substr(0, i));
    EXPECT_TRUE(absl::IsDataLoss(LoadKnownLog(path).status())) << i;
  }
}

}  // namespace
}  // namespace jejak::cli
