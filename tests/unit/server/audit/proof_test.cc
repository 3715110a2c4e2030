// SPDX-License-Identifier: Apache-2.0
//
// What the iterative verifiers say is compared with the recursive definitions of RFC 6962 section
// 2.1, written here once more: for all pairs of sizes up to 256, for random sizes, and for proofs
// that were changed.

#include "server/audit/proof.h"

#include "server/base/limits.h"
#include "server/log/entry.h"
#include "server/log/merkle.h"
#include "tests/unit/server/audit/test_tree.h"

#include "absl/status/status.h"
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <utility>

namespace jejak::audit {
namespace {

using log::LeafHash;
using log::NodeHash;

constexpr std::uint64_t kAllSizes = 256;

// --- The definitions.

std::uint64_t LargestPowerOfTwoBelow(std::uint64_t n) {
  std::uint64_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

// MTH, PATH and PROOF over some leaves.
class Definition {
 public:
  explicit Definition(const std::vector<Hash>& leaves) : leaves_(leaves) {}

  Hash Mth(std::uint64_t begin, std::uint64_t end) {
    if (begin == end) return Sha256({});
    if (end - begin == 1) return leaves_[begin];
    const auto known = roots_.find({begin, end});
    if (known != roots_.end()) return known->second;
    const std::uint64_t k = begin + LargestPowerOfTwoBelow(end - begin);
    return roots_[{begin, end}] = NodeHash(Mth(begin, k), Mth(k, end));
  }

  Proof Path(std::uint64_t m, std::uint64_t begin, std::uint64_t end) {
    if (end - begin == 1) return {};
    const std::uint64_t k = LargestPowerOfTwoBelow(end - begin);
    Proof proof = m < k ? Path(m, begin, begin + k) : Path(m - k, begin + k, end);
    proof.push_back(m < k ? Mth(begin + k, end) : Mth(begin, begin + k));
    return proof;
  }

  Proof SubProof(std::uint64_t m, std::uint64_t begin, std::uint64_t end, bool complete) {
    if (m == end - begin) return complete ? Proof{} : Proof{Mth(begin, end)};
    const std::uint64_t k = LargestPowerOfTwoBelow(end - begin);
    Proof proof =
        m <= k ? SubProof(m, begin, begin + k, complete) : SubProof(m - k, begin + k, end, false);
    proof.push_back(m <= k ? Mth(begin + k, end) : Mth(begin, begin + k));
    return proof;
  }

 private:
  const std::vector<Hash>& leaves_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, Hash> roots_;
};

// What PATH(m, D[n]) says the root is, read from its end; nothing if it has another length.
std::optional<Hash> RootByPath(std::uint64_t m, std::uint64_t n, const Hash& leaf,
                               std::span<const Hash> proof) {
  if (n == 1) return proof.empty() ? std::optional(leaf) : std::nullopt;
  if (proof.empty()) return std::nullopt;
  const std::uint64_t k = LargestPowerOfTwoBelow(n);
  const std::span<const Hash> rest = proof.first(proof.size() - 1);
  const std::optional<Hash> root =
      m < k ? RootByPath(m, k, leaf, rest) : RootByPath(m - k, n - k, leaf, rest);
  if (!root.has_value()) return std::nullopt;
  return m < k ? NodeHash(*root, proof.back()) : NodeHash(proof.back(), *root);
}

struct Roots {
  Hash before;
  Hash after;
};
// The same for SUBPROOF(m, D[n], complete).
std::optional<Roots> RootsBySubProof(std::uint64_t m, std::uint64_t n, bool complete,
                                     const Hash& before, std::span<const Hash> proof) {
  if (m == n) {
    if (complete) return proof.empty() ? std::optional(Roots{before, before}) : std::nullopt;
    return proof.size() == 1 ? std::optional(Roots{proof[0], proof[0]}) : std::nullopt;
  }
  if (proof.empty()) return std::nullopt;
  const std::uint64_t k = LargestPowerOfTwoBelow(n);
  const std::span<const Hash> rest = proof.first(proof.size() - 1);
  const std::optional<Roots> roots = m <= k ? RootsBySubProof(m, k, complete, before, rest)
                                            : RootsBySubProof(m - k, n - k, false, before, rest);
  if (!roots.has_value()) return std::nullopt;
  const Hash& last = proof.back();
  if (m <= k) return Roots{roots->before, NodeHash(roots->after, last)};
  return Roots{NodeHash(last, roots->before), NodeHash(last, roots->after)};
}

// --- What is claimed, right or wrong.

struct Inclusion {
  std::uint64_t index = 0;
  std::uint64_t size = 0;
  Hash leaf{};
  Proof proof;
  Hash root{};

  bool Verifies() const { return VerifyInclusion(index, size, leaf, proof, root).ok(); }
  bool Holds() const { return index < size && RootByPath(index, size, leaf, proof) == root; }
};

struct Consistency {
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  Hash root_before{};
  Hash root_after{};
  Proof proof;

  bool Verifies() const {
    return VerifyConsistency(before, after, root_before, root_after, proof).ok();
  }
  bool Holds() const {
    if (before == 0 || before > after) return false;
    const auto roots = RootsBySubProof(before, after, true, root_before, proof);
    return roots.has_value() && roots->before == root_before && roots->after == root_after;
  }
};

// Changes claims; counts how many. The same in every run.
class Mutator {
 public:
  std::uint64_t Below(std::uint64_t end) { return random_() % end; }
  int count() const { return count_; }

  void FlipBit(Hash& hash) {
    const std::uint64_t bit = Below(256);
    hash[bit / 8] = static_cast<std::uint8_t>(hash[bit / 8] ^ (1u << (bit % 8)));
  }

  // A change of kind 0 to 3 after which no proof may verify: the definition reads every hash of a
  // proof, each at its place, and needs exactly so many. False if there is nothing to change.
  bool ChangeProof(std::uint64_t kind, Proof& proof) {
    const auto at = [&](std::uint64_t i) { return proof.begin() + static_cast<std::ptrdiff_t>(i); };
    switch (kind) {
      case 0:
        if (proof.empty()) return false;
        FlipBit(proof[Below(proof.size())]);
        return true;
      case 1:
        if (proof.empty()) return false;
        proof.erase(at(Below(proof.size())));
        return true;
      case 2: {
        const Hash added =
            proof.empty() || Below(2) == 0 ? Sha256({"added"}) : proof[Below(proof.size())];
        proof.insert(at(Below(proof.size() + 1)), added);
        return true;
      }
      default: {
        if (proof.size() < 2) return false;
        const std::uint64_t i = Below(proof.size() - 1);
        if (proof[i] == proof[i + 1]) return false;
        std::swap(proof[i], proof[i + 1]);
        return true;
      }
    }
  }

  // Kinds 0 to 8.
  void CheckChanged(std::uint64_t kind, Inclusion claim) {
    bool must_be_refused = true;
    if (kind < 4) {
      if (!ChangeProof(kind, claim.proof)) return;
    } else if (kind == 4) {
      FlipBit(claim.leaf);
    } else if (kind == 5) {
      FlipBit(claim.root);
    } else if (kind == 6) {
      // Each leaf has its own way to the root: another index is refused, always.
      ++claim.index;
    } else if (kind == 7) {
      if (claim.index == 0) return;
      --claim.index;
    } else {
      // Another size can have the same way to this leaf. The signed checkpoint says the size.
      claim.size += Below(2) == 0 ? 1 : std::uint64_t(-1);
      must_be_refused = false;
    }
    Check(claim, must_be_refused);
  }

  // Kinds 0 to 8.
  void CheckChanged(std::uint64_t kind, Consistency claim) {
    bool must_be_refused = true;
    if (kind < 4) {
      if (!ChangeProof(kind, claim.proof)) return;
    } else if (kind == 4) {
      FlipBit(claim.root_before);
    } else if (kind == 5) {
      FlipBit(claim.root_after);
    } else {
      std::uint64_t& size = kind == 6 ? claim.before : claim.after;
      size += Below(2) == 0 ? 1 : std::uint64_t(-1);
      must_be_refused = false;
    }
    Check(claim, must_be_refused);
  }

 private:
  template <typename Claim>
  void Check(const Claim& claim, bool must_be_refused) {
    ++count_;
    const bool verifies = claim.Verifies();
    ASSERT_EQ(verifies, claim.Holds());
    if (must_be_refused) {
      ASSERT_FALSE(verifies);
    }
  }

  std::mt19937_64 random_{20211122};
  int count_ = 0;
};

// --- Tests.

TEST(ProofTest, ThePublicProofsAreRight) {
  // The leaves and paths that implementations of RFC 6962 test with.
  std::vector<Hash> leaves;
  for (const char* hex : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                          "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(LeafHash(*FromHex(hex)));
  }
  Definition definition(leaves);
  const auto nodes = [&](int level, std::uint64_t index) -> absl::StatusOr<Hash> {
    return definition.Mth(index << level, (index + 1) << level);
  };
  const absl::StatusOr<Proof> proof = InclusionProof(0, 8, nodes);
  ASSERT_TRUE(proof.ok());
  ASSERT_EQ(proof->size(), 3u);
  EXPECT_EQ(ToHex(AsBytes((*proof)[0])),
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
  EXPECT_EQ(ToHex(AsBytes((*proof)[1])),
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e");
  EXPECT_EQ(ToHex(AsBytes((*proof)[2])),
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4");
  EXPECT_EQ(ToHex(AsBytes(*TreeRoot(8, nodes))),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
  EXPECT_EQ(ToHex(AsBytes(EmptyRoot())),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(ProofTest, InAllTreesUpTo256EveryLeafIsProvedAndEveryChangeIsRefused) {
  const TestTree tree(kAllSizes);
  Definition definition(tree.leaves());
  Mutator mutator;
  std::uint64_t kind = 0;
  for (std::uint64_t n = 1; n <= kAllSizes; ++n) {
    const Hash root = definition.Mth(0, n);
    ASSERT_EQ(*TreeRoot(n, tree.nodes()), root) << n;
    for (std::uint64_t m = 0; m < n; ++m) {
      const absl::StatusOr<Proof> proof = InclusionProof(m, n, tree.nodes());
      ASSERT_TRUE(proof.ok()) << proof.status();
      ASSERT_EQ(*proof, definition.Path(m, 0, n)) << m << " of " << n;
      const Inclusion claim = {m, n, tree.leaves()[m], *proof, root};
      ASSERT_TRUE(claim.Verifies()) << m << " of " << n;
      ASSERT_NO_FATAL_FAILURE(mutator.CheckChanged(kind++ % 9, claim)) << m << " of " << n;
    }
  }
  EXPECT_GE(mutator.count(), 30'000);
}

TEST(ProofTest, AllPairsOfSizesUpTo256AreProvedConsistentAndEveryChangeIsRefused) {
  const TestTree tree(kAllSizes);
  Definition definition(tree.leaves());
  Mutator mutator;
  std::uint64_t kind = 0;
  for (std::uint64_t n = 1; n <= kAllSizes; ++n) {
    for (std::uint64_t m = 1; m <= n; ++m) {
      const absl::StatusOr<Proof> proof = ConsistencyProof(m, n, tree.nodes());
      ASSERT_TRUE(proof.ok()) << proof.status();
      ASSERT_EQ(*proof, definition.SubProof(m, 0, n, true)) << m << " to " << n;
      const Consistency claim = {m, n, definition.Mth(0, m), definition.Mth(0, n), *proof};
      ASSERT_TRUE(claim.Verifies()) << m << " to " << n;
      ASSERT_NO_FATAL_FAILURE(mutator.CheckChanged(kind++ % 8, claim)) << m << " to " << n;
    }
  }
  EXPECT_GE(mutator.count(), 30'000);
}

TEST(ProofTest, InTreesOfRandomSizesUpTo100000EveryProofVerifiesAndEveryChangeIsRefused) {
  constexpr std::uint64_t kLeaves = 100'000;
  constexpr std::size_t kPairs = 150;
  const TestTree tree(kLeaves);
  Mutator mutator;
  // Their roots by another way: one leaf after the other.
  std::map<std::uint64_t, Hash> roots = {{kLeaves, {}}, {65'536, {}}, {65'537, {}}};
  while (roots.size() < kPairs + 1) roots[1 + mutator.Below(kLeaves)] = {};
  log::CompactRange range;
  for (const Hash& leaf : tree.leaves()) {
    range.Append(leaf);
    if (const auto root = roots.find(range.size()); root != roots.end()) {
      root->second = range.Root();
    }
  }
  for (auto before = roots.begin(), after = std::next(before); after != roots.end();
       ++before, ++after) {
    const auto [m, old_root] = *before;
    const auto [n, new_root] = *after;
    const std::uint64_t index = mutator.Below(n);
    const Inclusion inclusion = {index, n, tree.leaves()[index],
                                 *InclusionProof(index, n, tree.nodes()), new_root};
    ASSERT_TRUE(inclusion.Verifies()) << index << " of " << n;
    const Consistency consistency = {m, n, old_root, new_root,
                                     *ConsistencyProof(m, n, tree.nodes())};
    ASSERT_TRUE(consistency.Verifies()) << m << " to " << n;
    for (std::uint64_t kind = 0; kind < 9; ++kind) {
      ASSERT_NO_FATAL_FAILURE(mutator.CheckChanged(kind, inclusion)) << kind;
      ASSERT_NO_FATAL_FAILURE(mutator.CheckChanged(kind, consistency)) << kind;
    }
  }
  EXPECT_GE(mutator.count(), 2'000);
}

TEST(ProofTest, AnotherSizeVerifiesOnlyWhereTheWayToTheLeafIsTheSame) {
  // Leaf 0 of 3 and of 4: its sibling, then the rest, whatever that is.
  const TestTree tree(8);
  const Proof proof = *InclusionProof(0, 3, tree.nodes());
  const Hash root = *TreeRoot(3, tree.nodes());
  EXPECT_TRUE(VerifyInclusion(0, 4, tree.leaves()[0], proof, root).ok());
  // Leaf 2 of 3 has one step, of 4 two.
  const Proof last = *InclusionProof(2, 3, tree.nodes());
  EXPECT_TRUE(VerifyInclusion(2, 3, tree.leaves()[2], last, root).ok());
  EXPECT_TRUE(absl::IsDataLoss(VerifyInclusion(2, 4, tree.leaves()[2], last, root)));
}

TEST(ProofTest, WhatIsNotInTheTreeIsRefusedAsAnArgument) {
  const TestTree tree(8);
  const Hash root = *TreeRoot(8, tree.nodes());
  EXPECT_TRUE(absl::IsInvalidArgument(InclusionProof(8, 8, tree.nodes()).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(InclusionProof(0, 0, tree.nodes()).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ConsistencyProof(8, 7, tree.nodes()).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(VerifyInclusion(8, 8, root, {}, root)));
  EXPECT_TRUE(absl::IsInvalidArgument(VerifyInclusion(0, 0, root, {}, root)));
  EXPECT_TRUE(absl::IsInvalidArgument(VerifyConsistency(0, 8, EmptyRoot(), root, {})));
  EXPECT_TRUE(absl::IsInvalidArgument(VerifyConsistency(0, 0, EmptyRoot(), EmptyRoot(), {})));
  EXPECT_TRUE(absl::IsInvalidArgument(VerifyConsistency(9, 8, root, root, {})));
}

TEST(ProofTest, OfNothingThereIsNothingToProve) {
  const TestTree tree(8);
  EXPECT_EQ(*ConsistencyProof(0, 8, tree.nodes()), Proof());
  EXPECT_EQ(*ConsistencyProof(8, 8, tree.nodes()), Proof());
  EXPECT_EQ(*InclusionProof(0, 1, tree.nodes()), Proof());
  EXPECT_EQ(*TreeRoot(0, tree.nodes()), EmptyRoot());
}

TEST(ProofTest, AProofOfMoreThan63HashesIsRefusedBeforeItIsLookedAt) {
  const Proof proof(limits::kProofHashesMax + 1);
  const Hash root{};
  const std::uint64_t huge = ~std::uint64_t{0};
  EXPECT_TRUE(absl::IsInvalidArgument(VerifyInclusion(0, huge, root, proof, root)));
  EXPECT_TRUE(absl::IsInvalidArgument(VerifyConsistency(1, huge, root, root, proof)));
  const Proof most(limits::kProofHashesMax);
  EXPECT_TRUE(absl::IsDataLoss(VerifyInclusion(0, huge, root, most, root)));
}

TEST(ProofTest, ATreeOfHugeSizeIsProvedWithAFewNodes) {
  // The nodes are made up: each is the hash of its place; so only lengths and verifiers matter.
  int reads = 0;
  const auto nodes = [&](int level, std::uint64_t index) -> absl::StatusOr<Hash> {
    ++reads;
    return Sha256({absl::StrCat(level, " ", index)});
  };
  constexpr std::uint64_t kSize = (std::uint64_t{1} << 62) - 1;
  const absl::StatusOr<Proof> proof = InclusionProof(kSize / 3, kSize, nodes);
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_EQ(proof->size(), 62u);
  EXPECT_LT(reads, 140);
  EXPECT_TRUE(ConsistencyProof(kSize / 3, kSize, nodes).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(InclusionProof(0, ~std::uint64_t{0}, nodes).status()));
}

TEST(ProofTest, AnErrorOfTheReaderIsHandedOn) {
  const auto nodes = [](int, std::uint64_t) -> absl::StatusOr<Hash> {
    return absl::UnavailableError("disk");
  };
  EXPECT_TRUE(absl::IsUnavailable(InclusionProof(0, 2, nodes).status()));
  EXPECT_TRUE(absl::IsUnavailable(ConsistencyProof(1, 2, nodes).status()));
  EXPECT_TRUE(absl::IsUnavailable(TreeRoot(1, nodes).status()));
}

}  // namespace
}  // namespace jejak::audit
