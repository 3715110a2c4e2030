// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/read_stream.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"

#include <fstream>
#include <sstream>
#include <string>

namespace jejak::client {
namespace {

TEST(ReadStreamTest, AStreamIsReadToItsEnd) {
  for (const std::size_t size : {0u, 1u, 65'536u, 200'000u}) {
    std::istringstream in(std::string(size, '\0'));
    EXPECT_EQ(ReadStream(in).value(), std::string(size, '\0'));
  }
}

TEST(ReadStreamTest, OfALongerStreamSomewhatMoreThanTheBoundIsRead) {
  std::istringstream in(std::string(10'000'000, 'x'));
  const std::size_t size = ReadStream(in, 100'000).value().size();
  EXPECT_GT(size, 100'000u);
  EXPECT_LT(size, 300'000u);
}

TEST(ReadStreamTest, AFolderIsNoContent) {
  std::ifstream folder(testing::TempDir());
  ASSERT_TRUE(folder.is_open());
  EXPECT_TRUE(absl::IsFailedPrecondition(ReadStream(folder).status()));
}

}  // namespace
}  // namespace jejak::client
