// SPDX-License-Identifier: Apache-2.0

#include "server/content/content_store.h"

#include "server/base/limits.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace jejak::content {
namespace {

// Of the format (server/doc/formats.md section 6).
constexpr std::size_t kVersionOffset = 8;
constexpr std::size_t kHeaderBytes = 17;
constexpr std::size_t kChunkBytes = 65536;
constexpr std::size_t kSealedChunkBytes = kChunkBytes + 16;

class ContentStoreTest : public testing::Test {
 protected:
  ContentStoreTest() : folder_(testing::TempDir() + "/content_" + ToHex(RandomBytes(8))) {
    Reopen();
  }
  ~ContentStoreTest() override { std::filesystem::remove_all(folder_); }

  void Reopen() { store_ = ContentStore::Open(folder_, key_).value(); }

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

  // The bytes of the only file.
  std::string OnlyFile() const {
    const std::vector<std::string> files = Files();
    EXPECT_EQ(files.size(), 1U);
    std::ifstream file(files.at(0), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  void SetOnlyFile(absl::string_view bytes) const {
    std::ofstream(Files().at(0), std::ios::binary | std::ios::trunc) << bytes;
  }

  // Of a reader, and of what ReadAll says.
  absl::Status ReadStatus(absl::string_view sha256) const {
    const absl::Status all = store_->ReadAll(sha256, limits::kContentBytesMax).status();
    absl::StatusOr<std::unique_ptr<ContentReader>> reader = store_->NewReader(sha256);
    if (!reader.ok()) {
      EXPECT_EQ(reader.status(), all);
      EXPECT_EQ(store_->Stat(sha256).status(), all);
      return all;
    }
    absl::StatusOr<std::string> piece = (*reader)->Read();
    while (piece.ok() && !piece->empty()) piece = (*reader)->Read();
    EXPECT_EQ(piece.status(), all);
    // And so it stays.
    EXPECT_EQ((*reader)->Read().status(), all);
    return all;
  }

  const std::string folder_;
  Key key_{std::string(Key::kBytes, 'k')};
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
  const std::string bytes = RandomBytes(3 * kChunkBytes + 5);
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

TEST_F(ContentStoreTest, TheSameBytesAreStoredOnceAndAGoodFileIsKept) {
  const std::string sha256 = Put("abc")->sha256;
  const std::string before = OnlyFile();
  EXPECT_EQ(Put("abc")->sha256, sha256);
  EXPECT_EQ(OnlyFile(), before);
}

TEST_F(ContentStoreTest, EverySizeAroundAChunkIsReadBack) {
  for (const std::size_t size : {std::size_t{1}, kChunkBytes - 1, kChunkBytes, kChunkBytes + 1,
                                 2 * kChunkBytes, 2 * kChunkBytes + 1}) {
    const std::string bytes = RandomBytes(size);
    const ContentInfo info = Put(bytes).value();
    EXPECT_EQ(info, (ContentInfo{HashOf(bytes), size}));
    EXPECT_EQ(store_->Stat(info.sha256).value(), info);
    EXPECT_TRUE(store_->ReadAll(info.sha256, size).value() == bytes) << size;
  }
}

TEST_F(ContentStoreTest, TheFileHasTheBytesOfTheFormat) {
  ASSERT_TRUE(Put("abc").ok());
  const std::string file = OnlyFile();
  ASSERT_EQ(file.size(), kHeaderBytes + 3 + 16);
  EXPECT_EQ(file.substr(0, 9), "JEJAKCNT\x01");
  const std::string nonce = file.substr(9, 8) + std::string(4, '\0');
  const std::string context = "jejak/content-chunk/v1" + std::string(4, '\0') + "\x01";
  EXPECT_EQ(AeadOpen(key_, nonce, context, file.substr(kHeaderBytes)).value(), "abc");
}

TEST_F(ContentStoreTest, NoFileHasPlainBytesAlsoWhileTheyAreWritten) {
  const std::string line = "1806110101900007,Siti Aminah Rahmawati\n";
  std::string bytes;
  while (bytes.size() < 2 * kChunkBytes) bytes += line;
  const std::unique_ptr<ContentWriter> writer = store_->NewWriter().value();
  ASSERT_TRUE(writer->Add(bytes).ok());
  const auto expect_sealed = [&](std::size_t size) {
    const std::string file = OnlyFile();
    EXPECT_GE(file.size(), size);
    for (const char* plain : {"1806110101900007", "Siti", "Aminah", "Rahmawati"}) {
      EXPECT_EQ(file.find(plain), file.npos) << plain;
    }
  };
  expect_sealed(kChunkBytes);
  ASSERT_TRUE(writer->Finish("").ok());
  expect_sealed(bytes.size());
}

TEST_F(ContentStoreTest, EveryFlippedByteIsDataLoss) {
  const std::string sha256 = Put("isi dokumen")->sha256;
  const std::string good = OnlyFile();
  for (std::size_t i = 0; i < good.size(); ++i) {
    if (i == kVersionOffset) continue;
    std::string damaged = good;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    SetOnlyFile(damaged);
    EXPECT_TRUE(absl::IsDataLoss(ReadStatus(sha256))) << i;
  }
}

TEST_F(ContentStoreTest, ANewerVersionIsAFailedPreconditionAndNoVersionIsDataLoss) {
  const std::string sha256 = Put("isi dokumen")->sha256;
  std::string file = OnlyFile();
  for (const char version : {'\x02', '\xff'}) {
    file[kVersionOffset] = version;
    SetOnlyFile(file);
    EXPECT_TRUE(absl::IsFailedPrecondition(ReadStatus(sha256)));
  }
  file[kVersionOffset] = '\0';
  SetOnlyFile(file);
  EXPECT_TRUE(absl::IsDataLoss(ReadStatus(sha256)));
}

TEST_F(ContentStoreTest, AFileThatIsCutOffOrLongerIsDataLossAtEveryLength) {
  for (const absl::string_view bytes : {"isi dokumen", ""}) {
    const std::string sha256 = Put(bytes)->sha256;
    const std::string good = OnlyFile();
    for (std::size_t size = 0; size < good.size(); ++size) {
      SetOnlyFile(good.substr(0, size));
      EXPECT_TRUE(absl::IsDataLoss(ReadStatus(sha256))) << size;
    }
    SetOnlyFile(good + "x");
    EXPECT_TRUE(absl::IsDataLoss(ReadStatus(sha256)));
    std::filesystem::remove(Files().at(0));
  }
}

TEST_F(ContentStoreTest, ChunksThatAreCutOffSwappedOrRepeatedAreDataLoss) {
  const std::string sha256 = Put(RandomBytes(3 * kChunkBytes))->sha256;
  const std::string good = OnlyFile();
  const std::string header = good.substr(0, kHeaderBytes);
  const auto chunk = [&](std::size_t number) {
    return good.substr(kHeaderBytes + number * kSealedChunkBytes, kSealedChunkBytes);
  };
  ASSERT_EQ(header + chunk(0) + chunk(1) + chunk(2), good);
  for (const std::string& chunks :
       {std::string(), chunk(0), chunk(0) + chunk(1), chunk(1) + chunk(2), chunk(2),
        chunk(1) + chunk(0) + chunk(2), chunk(0) + chunk(2) + chunk(1),
        chunk(0) + chunk(1) + chunk(1), chunk(0) + chunk(1) + chunk(2) + chunk(2),
        chunk(0) + chunk(1) + chunk(2) + std::string(16, '\0')}) {
    SetOnlyFile(header + chunks);
    EXPECT_TRUE(absl::IsDataLoss(ReadStatus(sha256))) << chunks.size();
  }
  SetOnlyFile(good);
  EXPECT_TRUE(ReadStatus(sha256).ok());
}

TEST_F(ContentStoreTest, AChunkOfAnotherFileIsDataLoss) {
  const std::string bytes = RandomBytes(2 * kChunkBytes);
  const std::string sha256 = Put(bytes)->sha256;
  const std::string first = OnlyFile();
  std::filesystem::remove(Files().at(0));
  ASSERT_TRUE(Put(bytes).ok());
  const std::string second = OnlyFile();
  const std::size_t end = kHeaderBytes + kSealedChunkBytes;
  SetOnlyFile(first.substr(0, end) + second.substr(end));
  EXPECT_TRUE(absl::IsDataLoss(ReadStatus(sha256)));
}

TEST_F(ContentStoreTest, AGoodFileUnderAnotherNameIsDataLoss) {
  ASSERT_TRUE(Put("abc").ok());
  const std::string abc = OnlyFile();
  std::filesystem::remove(Files().at(0));
  const std::string sha256 = Put("abd")->sha256;
  SetOnlyFile(abc);
  EXPECT_TRUE(absl::IsDataLoss(ReadStatus(sha256)));
}

TEST_F(ContentStoreTest, AnotherKeyIsDataLoss) {
  for (const absl::string_view bytes : {"isi dokumen", ""}) {
    key_ = Key(std::string(Key::kBytes, 'k'));
    Reopen();
    const std::string sha256 = Put(bytes)->sha256;
    key_ = Key(std::string(Key::kBytes, 'x'));
    Reopen();
    EXPECT_TRUE(absl::IsDataLoss(ReadStatus(sha256)));
  }
}

TEST_F(ContentStoreTest, DamagedBytesAreGoodAgainOnceWrittenAnew) {
  const std::string sha256 = Put("abcdef")->sha256;
  for (const std::string& damaged :
       {std::string(), std::string("abcdef"), OnlyFile().substr(0, 30), OnlyFile() + "x"}) {
    SetOnlyFile(damaged);
    EXPECT_TRUE(absl::IsDataLoss(ReadStatus(sha256)));
    ASSERT_TRUE(Put("abcdef").ok());
    EXPECT_EQ(Files().size(), 1U);
    EXPECT_EQ(store_->ReadAll(sha256, 100).value(), "abcdef");
  }
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
