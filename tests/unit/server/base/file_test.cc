// SPDX-License-Identifier: Apache-2.0

#include "server/base/file.h"

#include "server/base/hash.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

namespace jejak {
namespace {

class FileTest : public testing::Test {
 protected:
  FileTest() : folder_(testing::TempDir() + "/file_" + ToHex(RandomBytes(8))) {
    std::filesystem::create_directories(folder_);
  }
  ~FileTest() override { std::filesystem::remove_all(folder_); }

  const std::string folder_;
};

TEST_F(FileTest, WhatIsWrittenIsInTheFile) {
  const std::string path = folder_ + "/a";
  const FileDescriptor file = OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, 0600).value();
  const std::string bytes(1 << 20, 'x');
  ASSERT_TRUE(WriteAll(file, bytes, path).ok());
  ASSERT_TRUE(SyncFile(file, path).ok());
  std::ifstream written(path, std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(written), {}), bytes);
}

TEST_F(FileTest, ErrorsSayWhatFailedAndWhere) {
  const std::string path = folder_ + "/a";
  const absl::Status missing = OpenFile(path, O_RDONLY).status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(missing.message(), "cannot open " + path + ": No such file or directory");
  const FileDescriptor file = OpenFile(path, O_WRONLY | O_CREAT, 0600).value();
  EXPECT_TRUE(absl::IsAlreadyExists(OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, 0600).status()));
  EXPECT_TRUE(absl::IsUnavailable(OpenFile(path + "/b", O_RDONLY).status()));
  const FileDescriptor reader = OpenFile(path, O_RDONLY).value();
  EXPECT_TRUE(absl::IsUnavailable(WriteAll(reader, "x", path)));
}

TEST_F(FileTest, AMovedDescriptorIsOwnedOnce) {
  FileDescriptor first = OpenFile(folder_, O_RDONLY | O_DIRECTORY).value();
  const int fd = first.get();
  FileDescriptor second = std::move(first);
  EXPECT_EQ(second.get(), fd);
  second.Close();
  EXPECT_FALSE(second.is_open());
  EXPECT_EQ(fcntl(fd, F_GETFD), -1);
}

TEST_F(FileTest, FoldersAreMadeWithThoseAboveForTheOwnerOnly) {
  const std::string path = folder_ + "/a/b/c";
  ASSERT_TRUE(MakeFolder(path + "/").ok());
  struct stat info = {};
  ASSERT_EQ(stat((folder_ + "/a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700U);
  EXPECT_TRUE(std::filesystem::is_directory(path));
  EXPECT_TRUE(MakeFolder(path).ok());
}

TEST_F(FileTest, BytesAreWrittenAndReadAtAnOffset) {
  const std::string path = folder_ + "/a";
  const FileDescriptor file = OpenFile(path, O_RDWR | O_CREAT, 0600).value();
  ASSERT_TRUE(WriteAll(file, "0123456789", path).ok());
  ASSERT_TRUE(WriteAllAt(file, 3, "abc", path).ok());
  ASSERT_TRUE(SyncFileData(file, path).ok());
  EXPECT_EQ(*ReadAt(file, 2, 5, path), "2abc6");
  EXPECT_EQ(*ReadAt(file, 8, 5, path), "89");
  EXPECT_EQ(*ReadAt(file, 99, 5, path), "");
  const FileDescriptor writer = OpenFile(path, O_WRONLY).value();
  EXPECT_TRUE(absl::IsUnavailable(ReadAt(writer, 0, 1, path).status()));
}

TEST_F(FileTest, AFolderThatOthersMayWriteToIsNotOnesOwn) {
  namespace fs = std::filesystem;
  const std::string path = folder_ + "/a";
  ASSERT_TRUE(MakeFolder(path).ok());
  EXPECT_TRUE(CheckFolderIsOwn(path).ok());
  fs::permissions(path, fs::perms::owner_all | fs::perms::group_read | fs::perms::others_read);
  EXPECT_TRUE(CheckFolderIsOwn(path).ok());
  for (const fs::perms others : {fs::perms::group_write, fs::perms::others_write}) {
    fs::permissions(path, fs::perms::owner_all | others);
    EXPECT_TRUE(absl::IsFailedPrecondition(CheckFolderIsOwn(path)));
  }
  EXPECT_TRUE(absl::IsNotFound(CheckFolderIsOwn(path + "/b")));
}

}  // namespace
}  // namespace jejak
