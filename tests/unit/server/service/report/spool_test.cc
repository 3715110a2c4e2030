// SPDX-License-Identifier: Apache-2.0

#include "server/service/report/spool.h"

#include "server/base/limits.h"
#include "tests/support/temp_folder.h"

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace jejak::service {
namespace {

v1::ReportRow RowWith(const std::string& cell) {
  v1::ReportRow row;
  row.set_section_id("s");
  row.add_cells(cell);
  return row;
}

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() {
    auto spool = Spool::Open(folder_.path());
    JEJAK_CHECK(spool.ok());
    spool_ = *std::move(spool);
  }
  std::vector<std::string> Read(std::uint64_t from, std::size_t most) {
    std::vector<std::string> cells;
    const absl::Status read = spool_->Read(from, [&](const v1::ReportRow& row) {
      if (cells.size() == most) return false;
      cells.push_back(row.cells(0));
      return true;
    });
    EXPECT_TRUE(read.ok()) << read;
    return cells;
  }

  test::TempFolder folder_;
  std::unique_ptr<Spool> spool_;
};

TEST_F(SpoolTest, RowsComeBackFromAnyNumberOn) {
  // Some are longer than what is read at a time.
  const auto text = [](int i) {
    return absl::StrCat(i, i % 100 == 7 ? std::string(300'000, 'x') : "");
  };
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(*spool_->Add(RowWith(text(i))));
  ASSERT_TRUE(spool_->Finish().ok());
  EXPECT_EQ(spool_->rows(), 500u);
  for (const int from : {0, 1, 63, 64, 65, 107, 130, 499}) {
    const std::vector<std::string> cells = Read(static_cast<std::uint64_t>(from), 3);
    ASSERT_EQ(cells.size(), from == 499 ? 1u : 3u);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      EXPECT_EQ(cells[i], text(from + static_cast<int>(i)));
    }
  }
  EXPECT_TRUE(Read(500, 3).empty());
  EXPECT_TRUE(Read(~std::uint64_t{0}, 3).empty());
  EXPECT_EQ(Read(0, 1000).size(), 500u);
}

TEST_F(SpoolTest, NothingOfItIsSeenInTheFolder) {
  ASSERT_TRUE(*spool_->Add(RowWith("x")));
  ASSERT_TRUE(spool_->Finish().ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(SpoolTest, RowsOverTheBoundAreNotTaken) {
  const v1::ReportRow row = RowWith(std::string(1 << 20, 'x'));
  std::uint64_t taken = 0;
  while (taken < 100 && *spool_->Add(row)) ++taken;
  EXPECT_EQ(taken, limits::kReportBytesMax / row.ByteSizeLong());
  EXPECT_LE(spool_->bytes(), limits::kReportBytesMax);
  ASSERT_TRUE(spool_->Finish().ok());
  EXPECT_EQ(Read(0, 1000).size(), taken);
}

TEST_F(SpoolTest, AFolderThatIsNotThereIsAnError) {
  EXPECT_FALSE(Spool::Open(folder_ / "none").ok());
}

}  // namespace
}  // namespace jejak::service
