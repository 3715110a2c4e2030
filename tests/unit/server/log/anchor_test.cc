// SPDX-License-Identifier: Apache-2.0

#include "server/log/anchor.h"

#include "tests/unit/server/log/log_testing.h"

#include <gtest/gtest.h>

namespace jejak::log {
namespace {

constexpr std::size_t kSlot = 4096;

AnchorValue MakeValue(std::uint64_t size) {
  return AnchorValue{std::string(16, 'i'), size, size + 1, Sha256({std::to_string(size)})};
}

class AnchorTest : public testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<Anchor> Open(const AnchorValue& value) {
    auto anchor = Anchor::Open(path_, GetParam(), value);
    EXPECT_TRUE(anchor.ok()) << anchor.status();
    return *std::move(anchor);
  }
  AnchorValue Value() {
    auto value = Anchor::Read(path_);
    EXPECT_TRUE(value.ok()) << value.status();
    EXPECT_TRUE(value->has_value());
    return **value;
  }

  TempFolder folder_;
  const std::string path_ = folder_ / "anchor";
};

INSTANTIATE_TEST_SUITE_P(Sync, AnchorTest, testing::Bool(), [](const auto& sync) {
  return std::string(sync.param ? "Strict" : "Lazy");
});

TEST_P(AnchorTest, NoFileIsNoValueAndNoError) {
  const auto value = Anchor::Read(path_);
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_FALSE(value->has_value());
}

TEST_P(AnchorTest, AWriteIsReadByOthersBeforeTheAnchorIsClosed) {
  const std::unique_ptr<Anchor> anchor = Open(MakeValue(0));
  EXPECT_EQ(Value(), MakeValue(0));
  for (std::uint64_t size = 1; size < 20; ++size) {
    ASSERT_TRUE(anchor->Write(MakeValue(size)).ok());
    EXPECT_EQ(Value(), MakeValue(size));
  }
}

TEST_P(AnchorTest, ReopeningContinuesAndTakesTheValueGiven) {
  ASSERT_TRUE(Open(MakeValue(1))->Write(MakeValue(2)).ok());
  EXPECT_EQ(Value(), MakeValue(2));
  Open(MakeValue(3));
  EXPECT_EQ(Value(), MakeValue(3));
}

TEST_P(AnchorTest, WithOneSlotDamagedTheOtherCounts) {
  for (std::uint64_t size = 1; size < 6; ++size) Open(MakeValue(size));
  const std::string bytes = ReadFile(path_);
  ASSERT_EQ(bytes.size(), 2 * kSlot);
  WriteFile(path_, bytes.substr(0, kSlot) + std::string(kSlot, '\0'));
  const std::size_t newest = Value().size == 5 ? 0 : kSlot;
  for (std::size_t slot : {std::size_t{0}, kSlot}) {
    // All bytes count, the unused ones in the middle too.
    for (std::size_t i = 0; i < kSlot; i += i < 100 || i > kSlot - 40 ? 1 : 29) {
      std::string damaged = bytes;
      damaged[slot + i] = static_cast<char>(damaged[slot + i] ^ 0x10);
      WriteFile(path_, damaged);
      EXPECT_EQ(Value().size, slot == newest ? 4u : 5u) << i;
    }
  }
}

TEST_P(AnchorTest, WithBothSlotsDamagedItIsRefusedAndLeftAlone) {
  for (std::uint64_t size = 1; size < 6; ++size) Open(MakeValue(size));
  std::string bytes = ReadFile(path_);
  bytes[100] = static_cast<char>(bytes[100] ^ 1);
  bytes[kSlot + 4000] = static_cast<char>(bytes[kSlot + 4000] ^ 1);
  WriteFile(path_, bytes);
  EXPECT_TRUE(absl::IsDataLoss(Anchor::Read(path_).status()));
  EXPECT_TRUE(absl::IsDataLoss(Anchor::Open(path_, GetParam(), MakeValue(9)).status()));
  EXPECT_EQ(ReadFile(path_), bytes);
  for (const std::string& other : {std::string(), std::string("short"), std::string(9000, '\0')}) {
    WriteFile(path_, other);
    EXPECT_TRUE(absl::IsDataLoss(Anchor::Read(path_).status()));
  }
}

TEST_P(AnchorTest, ANewerVersionIsRefused) {
  Open(MakeValue(1));
  std::string slot = ReadFile(path_).substr(0, kSlot - 32);
  slot[11] = 2;
  const Hash digest = Sha256({slot});
  WriteFile(path_, slot + std::string(AsBytes(digest)) + std::string(kSlot, '\0'));
  EXPECT_TRUE(absl::IsFailedPrecondition(Anchor::Read(path_).status()));
}

TEST_P(AnchorTest, TheSlotThatWasSyncedLastIsNotWrittenTo) {
  Open(MakeValue(1));
  const std::string before = ReadFile(path_);
  const std::unique_ptr<Anchor> anchor = Open(MakeValue(2));
  ASSERT_TRUE(anchor->Write(MakeValue(3)).ok());
  const std::string after = ReadFile(path_);
  // Open synced 2 in one slot; 3 went to the other.
  const bool first_kept = before.substr(0, kSlot) == after.substr(0, kSlot);
  const bool second_kept = before.substr(kSlot) == after.substr(kSlot);
  EXPECT_FALSE(first_kept && second_kept);
  for (std::size_t slot : {std::size_t{0}, kSlot}) {
    std::string damaged = after;
    damaged[slot] = 'x';
    WriteFile(path_, damaged);
    EXPECT_GE(Value().size, 2u);
  }
}

TEST_P(AnchorTest, AFolderThatDoesNotExistIsAnError) {
  EXPECT_TRUE(absl::IsNotFound(
      Anchor::Open(folder_ / "missing/anchor", GetParam(), MakeValue(1)).status()));
}

}  // namespace
}  // namespace jejak::log
