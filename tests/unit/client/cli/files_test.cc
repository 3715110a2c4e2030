// SPDX-License-Identifier: Apache-2.0

#include "client/cli/files.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <filesystem>
#include <fstream>
#include <string>

namespace jejak::cli {
namespace {

using testing::HasSubstr;

class FilesTest : public testing::Test {
 protected:
  FilesTest() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~FilesTest() override { std::filesystem::remove_all(folder_); }

  absl::Status Write(const std::string& path, const std::string& text,
                     const absl::Status& outcome = absl::OkStatus()) {
    return WriteFile(path, 0666, [&](std::ostream& file) {
      file << text;
      return outcome;
    });
  }
  // The names in the folder.
  std::size_t FileCount() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  const std::string folder_ = testing::TempDir() + "jejak-files-test";
  const std::string path_ = folder_ + "/f.txt";
};

TEST_F(FilesTest, AFileIsReplacedWhenAllOfItIsThere) {
  ASSERT_TRUE(Write(path_, "old").ok());
  ASSERT_TRUE(Write(path_, "new").ok());
  EXPECT_EQ(ReadFile(path_).value(), "new");
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(FilesTest, AFailureLeavesWhatWasThereAndNothingElse) {
  ASSERT_TRUE(Write(path_, "old").ok());
  EXPECT_TRUE(absl::IsNotFound(Write(path_, "half", absl::NotFoundError("refused"))));
  EXPECT_EQ(ReadFile(path_).value(), "old");
  EXPECT_TRUE(absl::IsNotFound(Write(folder_ + "/other", "", absl::NotFoundError("refused"))));
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(FilesTest, ALinkStaysALinkAndADeviceADevice) {
  ASSERT_TRUE(Write(path_, "old").ok());
  std::filesystem::create_symlink(path_, folder_ + "/link");
  ASSERT_TRUE(Write(folder_ + "/link", "new").ok());
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ + "/link"));
  EXPECT_EQ(ReadFile(path_).value(), "new");
  ASSERT_TRUE(Write("/dev/null", "gone").ok());
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(FilesTest, AFileThatIsPrivateStaysPrivate) {
  ASSERT_TRUE(Write(path_, "old").ok());
  std::filesystem::permissions(path_, std::filesystem::perms(0600));
  ASSERT_TRUE(Write(path_, "new").ok());
  EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0600));
}

TEST_F(FilesTest, ErrorsNameThePath) {
  EXPECT_TRUE(absl::IsNotFound(ReadFile(path_).status()));
  EXPECT_THAT(std::string(ReadFile(path_).status().message()), HasSubstr(path_));
  EXPECT_TRUE(absl::IsFailedPrecondition(ReadFile(folder_).status()));
  const absl::Status status = Write(folder_, "a folder");
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr(folder_));
}

}  // namespace
}  // namespace jejak::cli
