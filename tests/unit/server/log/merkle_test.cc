// SPDX-License-Identifier: Apache-2.0

#include "server/log/merkle.h"

#include "server/log/entry.h"

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include <vector>

namespace jejak::log {
namespace {

// RFC 6962 section 2.1, word for word.
Hash NaiveRoot(const std::vector<Hash>& leaves, std::size_t begin, std::size_t end) {
  if (begin == end) return Sha256({});
  if (end - begin == 1) return leaves[begin];
  std::size_t k = 1;
  while (k * 2 < end - begin) k *= 2;
  return NodeHash(NaiveRoot(leaves, begin, begin + k), NaiveRoot(leaves, begin + k, end));
}

TEST(MerkleTest, TheRootsOfThePublicTestTreesAreRight) {
  const std::vector<std::string> leaves = {"",
                                           "00",
                                           "10",
                                           "2021",
                                           "3031",
                                           "40414243",
                                           "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f"};
  const std::vector<std::string> roots = {
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  CompactRange range;
  EXPECT_EQ(ToHex(AsBytes(range.Root())), roots[0]);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    range.Append(LeafHash(*FromHex(leaves[i])));
    EXPECT_EQ(range.size(), i + 1);
    EXPECT_EQ(ToHex(AsBytes(range.Root())), roots[i + 1]) << i + 1;
  }
}

TEST(MerkleTest, ANodeIsThePublicTestNode) {
  EXPECT_EQ(ToHex(AsBytes(Sha256({absl::string_view("\x01", 1), "N123", "N456"}))),
            "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb");
  const Hash left = Sha256({"left"});
  const Hash right = Sha256({"right"});
  EXPECT_EQ(NodeHash(left, right),
            Sha256({absl::string_view("\x01", 1), AsBytes(left), AsBytes(right)}));
}

TEST(MerkleTest, TheRootEqualsTheDefinitionForEverySizeUpTo300) {
  CompactRange range;
  std::vector<Hash> leaves;
  for (std::size_t n = 1; n <= 300; ++n) {
    leaves.push_back(LeafHash(absl::StrCat("leaf ", n)));
    range.Append(leaves.back());
    ASSERT_EQ(range.Root(), NaiveRoot(leaves, 0, n)) << n;
  }
}

TEST(MerkleTest, ARestoredRangeContinuesAtEverySize) {
  CompactRange range;
  for (int n = 0; n < 130; ++n) {
    absl::StatusOr<CompactRange> restored = CompactRange::Restore(range.size(), range.Edge());
    ASSERT_TRUE(restored.ok()) << restored.status();
    ASSERT_EQ(*restored, range);
    range.Append(LeafHash(absl::StrCat(n)));
    restored->Append(LeafHash(absl::StrCat(n)));
    ASSERT_EQ(restored->Root(), range.Root());
  }
}

TEST(MerkleTest, AnEdgeOfTheWrongLengthIsRefused) {
  EXPECT_TRUE(absl::IsDataLoss(CompactRange::Restore(3, std::string(32, 'x')).status()));
  EXPECT_TRUE(absl::IsDataLoss(CompactRange::Restore(3, std::string(65, 'x')).status()));
  EXPECT_TRUE(absl::IsDataLoss(CompactRange::Restore(0, std::string(32, 'x')).status()));
  EXPECT_TRUE(CompactRange::Restore(~std::uint64_t{0}, std::string(64 * 32, 'x')).ok());
}

}  // namespace
}  // namespace jejak::log
