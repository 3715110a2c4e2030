// SPDX-License-Identifier: Apache-2.0

#include "server/content/content_store.h"

#include "server/base/limits.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <vector>

namespace jejak::content {
namespace {

class ContentStoreTest : public testing::Test {
 protected:
  ContentStoreTest() : folder_(testing::TempDir() + "/content_" + ToHex(RandomBytes(8))) {
    Reopen();
  }
  ~ContentStoreTest() override { std::filesystem::remove_all(folder_); }

  void Reopen() { store_ = ContentStore::Open(folder_).value(); }

  absl::StatusOr<ContentInfo> Put(absl::string_view bytes, absl::string_view expected = "") {
    const std::unique_ptr<ContentWriter> writer = store_->NewWriter().value();
    EXPECT_TRUE(writer->Add(bytes).ok());
    return writer->Finish(expected);
  }

  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
      if (entry.is_regular_file()) files.push_back(entry.path().string());
    }
    return files;
  }

  const std::string folder_;
  std::unique_ptr<ContentStore> store_;
};

std::string HashOf(absl::string_view bytes) { return ToHex(AsBytes(Sha256({bytes}))); }

TEST_F(ContentStoreTest, WhatWasWrittenIsReadBackAlsoAfterReopening) {
  const absl::StatusOr<ContentInfo> info = Put("isi dokumen");
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(*info, (ContentInfo{HashOf("isi dokumen"), 11}));
  Reopen();
  EXPECT_EQ(store_->Stat(info->sha256).value(), *info);
  EXPECT_EQ(store_->ReadAll(info->sha256, 11).value(), "isi dokumen");
}

TEST_F(ContentStoreTest, ThePathIsTheHash) {
  const std::string sha256 = Put("abc")->sha256;
  EXPECT_EQ(Files(), std::vector<std::string>{folder_ + "/" + sha256.substr(0, 2) + "/" +
                                              sha256.substr(2, 2) + "/" + sha256});
}

TEST_F(ContentStoreTest, PiecesMakeOneContentAndAreReadInPieces) {
  const std::string bytes = RandomBytes(3 * limits::kContentChunkBytesMax + 5);
  const std::unique_ptr<ContentWriter> writer = store_->NewWriter().value();
  ASSERT_TRUE(writer->Add(bytes.substr(0, 1)).ok());
  ASSERT_TRUE(writer->Add("").ok());
  ASSERT_TRUE(writer->Add(bytes.substr(1)).ok());
  const ContentInfo info = writer->Finish(HashOf(bytes)).value();
  const std::unique_ptr<ContentReader> reader = store_->NewReader(info.sha256).value();
  EXPECT_EQ(reader->size(), bytes.size());
  std::string read;
  while (true) {
    const std::string piece = reader->Read().value();
    if (piece.empty()) break;
    EXPECT_LE(piece.size(), limits::kContentChunkBytesMax);
    read += piece;
  }
  EXPECT_EQ(read, bytes);
  EXPECT_EQ(reader->Read().value(), "");
}

TEST_F(ContentStoreTest, ContentMayBeEmpty) {
  const ContentInfo info = Put("").value();
  EXPECT_EQ(info.size, 0U);
  EXPECT_EQ(store_->ReadAll(info.sha256, 0).value(), "");
}

TEST_F(ContentStoreTest, AWrongExpectedHashLeavesNothing) {
  EXPECT_TRUE(absl::IsInvalidArgument(Put("abc", HashOf("abd")).status()));
  EXPECT_TRUE(Files().empty());
  EXPECT_TRUE(absl::IsNotFound(store_->Stat(HashOf("abc")).status()));
}

TEST_F(ContentStoreTest, AnUnfinishedWriterLeavesNothing) {
  {
    const std::unique_ptr<ContentWriter> writer = store_->NewWriter().value();
    ASSERT_TRUE(writer->Add("abc").ok());
    EXPECT_EQ(Files().size(), 1U);
  }
  EXPECT_TRUE(Files().empty());
}

TEST_F(ContentStoreTest, WhatACrashLeftIsRemovedAtOpening) {
  const std::string kept = Put("kept")->sha256;
  std::ofstream(folder_ + "/temp/0123") << "half of";
  Reopen();
  EXPECT_EQ(Files().size(), 1U);
  EXPECT_TRUE(store_->Stat(kept).ok());
}

TEST_F(ContentStoreTest, TheSameBytesAreStoredOnce) {
  EXPECT_EQ(Put("abc")->sha256, Put("abc")->sha256);
  EXPECT_EQ(Files().size(), 1U);
}

TEST_F(ContentStoreTest, DamagedBytesAreDataLossUntilWrittenAnew) {
  const std::string sha256 = Put("abcdef")->sha256;
  const std::string path = Files().at(0);
  for (const char* damaged : {"abcdeF", "abcde", "abcdefg", ""}) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << damaged;
    EXPECT_TRUE(absl::IsDataLoss(store_->ReadAll(sha256, 100).status())) << damaged;
    const std::unique_ptr<ContentReader> reader = store_->NewReader(sha256).value();
    absl::StatusOr<std::string> piece = reader->Read();
    while (piece.ok() && !piece->empty()) piece = reader->Read();
    EXPECT_TRUE(absl::IsDataLoss(piece.status())) << damaged;
    EXPECT_TRUE(absl::IsDataLoss(reader->Read().status())) << damaged;
  }
  ASSERT_TRUE(Put("abcdef").ok());
  EXPECT_EQ(store_->ReadAll(sha256, 100).value(), "abcdef");
}

TEST_F(ContentStoreTest, ContentThatIsTooLargeIsRefusedAndLeavesNothing) {
  const std::unique_ptr<ContentWriter> writer = store_->NewWriter().value();
  const std::string chunk(1 << 20, 'x');
  for (std::uint64_t size = 0; size < limits::kContentBytesMax; size += chunk.size()) {
    ASSERT_TRUE(writer->Add(chunk).ok());
  }
  EXPECT_TRUE(absl::IsResourceExhausted(writer->Add("x")));
  EXPECT_TRUE(absl::IsFailedPrecondition(writer->Add("")));
  EXPECT_TRUE(absl::IsFailedPrecondition(writer->Finish("").status()));
  EXPECT_TRUE(Files().empty());
}

TEST_F(ContentStoreTest, ReadAllRefusesMoreThanAskedFor) {
  const std::string sha256 = Put("abc")->sha256;
  EXPECT_TRUE(absl::IsResourceExhausted(store_->ReadAll(sha256, 2).status()));
  EXPECT_TRUE(store_->ReadAll(sha256, 3).ok());
}

TEST_F(ContentStoreTest, WhatIsNoHashIsRefused) {
  const std::string upper = "A" + std::string(63, '0');
  for (const std::string& name :
       {std::string(), std::string("../../../etc/passwd"), std::string(63, '0'), upper,
        std::string(65, '0'), "../" + std::string(61, '0')}) {
    EXPECT_TRUE(absl::IsInvalidArgument(store_->Stat(name).status())) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(store_->NewReader(name).status())) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(store_->ReadAll(name, 1).status())) << name;
  }
  const std::string absent(64, '0');
  EXPECT_TRUE(absl::IsNotFound(store_->Stat(absent).status()));
  EXPECT_TRUE(absl::IsNotFound(store_->NewReader(absent).status()));
  EXPECT_TRUE(absl::IsNotFound(store_->ReadAll(absent, 1).status()));
}

}  // namespace
}  // namespace jejak::content
