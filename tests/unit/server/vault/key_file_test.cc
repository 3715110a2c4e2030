// SPDX-License-Identifier: Apache-2.0

#include "server/vault/key_file.h"

#include "server/base/hash.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace jejak::vault {
namespace {

class KeyFileTest : public testing::Test {
 protected:
  KeyFileTest() : folder_(testing::TempDir() + "/key_file_" + ToHex(RandomBytes(8))) {
    std::filesystem::create_directories(folder_);
  }
  ~KeyFileTest() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/kek"; }
  void Write(const std::string& bytes) const { std::ofstream(path(), std::ios::binary) << bytes; }

  const std::string folder_;
};

TEST_F(KeyFileTest, AMadeKeyCanBeReadByItsOwnerOnly) {
  ASSERT_TRUE(CreateKeyFile(path()).ok());
  struct stat info = {};
  ASSERT_EQ(stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0400U);
  EXPECT_EQ(info.st_size, 32);
  const absl::StatusOr<Key> first = ReadKeyFile(path());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->view(), ReadKeyFile(path())->view());
  EXPECT_NE(first->view(), absl::string_view(std::string(32, '\0')));
}

TEST_F(KeyFileTest, MakingLeavesNothingElseInTheFolder) {
  ASSERT_TRUE(CreateKeyFile(path()).ok());
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    EXPECT_EQ(entry.path().string(), path());
    ++files;
  }
  EXPECT_EQ(files, 1);
}

TEST_F(KeyFileTest, AKeyThatIsThereIsNotReplaced) {
  ASSERT_TRUE(CreateKeyFile(path()).ok());
  const std::string before(ReadKeyFile(path())->view());
  EXPECT_TRUE(absl::IsAlreadyExists(CreateKeyFile(path())));
  EXPECT_EQ(ReadKeyFile(path())->view(), absl::string_view(before));
}

TEST_F(KeyFileTest, AMissingFileIsRefused) {
  EXPECT_TRUE(absl::IsFailedPrecondition(ReadKeyFile(path()).status()));
}

TEST_F(KeyFileTest, AFileThatOthersMayUseIsRefused) {
  Write(std::string(32, 'k'));
  for (mode_t mode : {0440U, 0404U, 0420U, 0402U, 0410U, 0401U}) {
    ASSERT_EQ(chmod(path().c_str(), mode), 0);
    EXPECT_TRUE(absl::IsFailedPrecondition(ReadKeyFile(path()).status())) << std::oct << mode;
  }
  ASSERT_EQ(chmod(path().c_str(), 0400), 0);
  EXPECT_TRUE(ReadKeyFile(path()).ok());
}

TEST_F(KeyFileTest, AFileOfAnotherSizeIsRefused) {
  for (std::size_t size : {0U, 31U, 33U, 64U}) {
    Write(std::string(size, 'k'));
    ASSERT_EQ(chmod(path().c_str(), 0600), 0);
    EXPECT_TRUE(absl::IsFailedPrecondition(ReadKeyFile(path()).status())) << size;
  }
}

TEST_F(KeyFileTest, AFolderOrAPipeIsRefused) {
  std::filesystem::create_directory(path());
  EXPECT_TRUE(absl::IsFailedPrecondition(ReadKeyFile(path()).status()));
  std::filesystem::remove(path());
  ASSERT_EQ(mkfifo(path().c_str(), 0400), 0);
  EXPECT_TRUE(absl::IsFailedPrecondition(ReadKeyFile(path()).status()));
}

}  // namespace
}  // namespace jejak::vault
