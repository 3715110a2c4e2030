// SPDX-License-Identifier: Apache-2.0
//
// Inclusion and consistency proofs, true and false, decided by both verifiers.

#include "server/audit/proof.h"
#include "server/base/limits.h"
#include "tests/unit/server/audit/test_tree.h"
#include "tests/verifier/comparison.h"

#include "absl/strings/str_join.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace jejak::audit {
namespace {

constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

struct Inclusion {
  std::uint64_t index = 0;
  std::uint64_t size = 0;
  Hash leaf = {};
  Proof proof = {};
  Hash root = {};
};

struct Consistency {
  std::uint64_t old_size = 0;
  std::uint64_t new_size = 0;
  Hash old_root = {};
  Hash new_root = {};
  Proof proof = {};
};

std::string Hex(const Hash& hash) { return ToHex(AsBytes(hash)); }

std::string HexList(const Proof& proof) {
  return absl::StrCat("[",
                      absl::StrJoin(proof, ",",
                                    [](std::string* out, const Hash& hash) {
                                      absl::StrAppend(out, "\"", Hex(hash), "\"");
                                    }),
                      "]");
}

void Add(Comparison& comparison, const Inclusion& it, Expect expect) {
  comparison.Add(absl::StrCat(R"({"kind":"inclusion","index":")", it.index, R"(","size":")",
                              it.size, R"(","leaf":")", Hex(it.leaf), R"(","root":")", Hex(it.root),
                              R"(","proof":)", HexList(it.proof), "}"),
                 VerifyInclusion(it.index, it.size, it.leaf, it.proof, it.root), expect);
}

void Add(Comparison& comparison, const Consistency& it, Expect expect) {
  comparison.Add(
      absl::StrCat(R"({"kind":"consistency","old_size":")", it.old_size, R"(","new_size":")",
                   it.new_size, R"(","old_root":")", Hex(it.old_root), R"(","new_root":")",
                   Hex(it.new_root), R"(","proof":)", HexList(it.proof), "}"),
      VerifyConsistency(it.old_size, it.new_size, it.old_root, it.new_root, it.proof), expect);
}

std::uint64_t Split(std::uint64_t size) {
  std::uint64_t split = 1;
  while (split < size - split) split *= 2;
  return split;
}

// Where the path of RFC 6962 section 2.1.1 turns, from the root. Two leaves whose paths turn alike
// have the same proof; nothing else does.
std::string Turns(const Inclusion& it) {
  if (it.index >= it.size) return "none";
  std::string turns;
  std::uint64_t index = it.index;
  std::uint64_t size = it.size;
  while (size > 1) {
    const std::uint64_t split = Split(size);
    const bool left = index < split;
    turns += left ? 'l' : 'r';
    if (!left) index -= split;
    size = left ? split : size - split;
  }
  return turns;
}

// The same for SUBPROOF of RFC 6962 section 2.1.2.
std::string Turns(const Consistency& it) {
  if (it.old_size == 0 || it.old_size > it.new_size) return "none";
  std::string turns;
  std::uint64_t old_size = it.old_size;
  std::uint64_t size = it.new_size;
  while (old_size != size) {
    const std::uint64_t split = Split(size);
    const bool left = old_size <= split;
    turns += left ? 'l' : 'r';
    if (!left) old_size -= split;
    size = left ? split : size - split;
  }
  return turns;
}

void FlipBit(Random& random, Hash& hash) {
  hash[random.Below(hash.size())] ^= static_cast<std::uint8_t>(1U << random.Below(8));
}

// False if there is nothing to change in this way.
bool ChangeHashes(Random& random, Proof& proof) {
  const std::size_t size = proof.size();
  const auto at = [&](std::size_t bound) {
    return proof.begin() + static_cast<std::ptrdiff_t>(random.Below(bound));
  };
  switch (random.Below(6)) {
    case 0:
    case 1:
      if (size == 0) return false;
      FlipBit(random, *at(size));
      return true;
    case 2:
      if (size == 0) return false;
      proof.erase(at(size));
      return true;
    case 3:
      proof.insert(at(size + 1), random.SomeHash());
      return true;
    case 4: {
      if (size == 0) return false;
      const Hash again = *at(size);
      proof.insert(at(size + 1), again);
      return true;
    }
    default: {
      if (size < 2) return false;
      const auto one = at(size);
      const auto other = at(size);
      if (*one == *other) return false;
      std::swap(*one, *other);
      return true;
    }
  }
}

// One off, or anything.
void ChangeNumber(Random& random, std::uint64_t& number) {
  const std::uint64_t before = number;
  while (number == before) {
    switch (random.Below(5)) {
      case 0:
      case 1:
        number = before + 1;
        break;
      case 2:
      case 3:
        number = before - 1;
        break;
      default:
        number = random.Number();
    }
  }
}

// A proof does not bind the sizes; the checkpoint does. So another number is refused unless the
// path turns alike.
template <typename T>
Expect ExpectOf(const T& before, const T& after) {
  return Turns(before) == Turns(after) ? Expect::kVerified : Expect::kRefused;
}

Expect Change(Random& random, Inclusion& it) {
  const Inclusion before = it;
  switch (random.Below(10)) {
    case 0:
    case 1:
      ChangeNumber(random, it.index);
      return ExpectOf(before, it);
    case 2:
    case 3:
      ChangeNumber(random, it.size);
      return ExpectOf(before, it);
    case 4:
      FlipBit(random, random.OneIn(2) ? it.leaf : it.root);
      return Expect::kRefused;
    default:
      if (!ChangeHashes(random, it.proof)) FlipBit(random, it.leaf);
      return Expect::kRefused;
  }
}

Expect Change(Random& random, Consistency& it) {
  const Consistency before = it;
  switch (random.Below(10)) {
    case 0:
    case 1:
      ChangeNumber(random, it.old_size);
      return ExpectOf(before, it);
    case 2:
    case 3:
      ChangeNumber(random, it.new_size);
      return ExpectOf(before, it);
    case 4:
      FlipBit(random, random.OneIn(2) ? it.old_root : it.new_root);
      return Expect::kRefused;
    case 5:
      if (it.old_root == it.new_root) {
        it.proof.push_back(it.old_root);
      } else {
        std::swap(it.old_root, it.new_root);
      }
      return Expect::kRefused;
    default:
      if (!ChangeHashes(random, it.proof)) FlipBit(random, it.new_root);
      return Expect::kRefused;
  }
}

// The proof, and `changed` times one that is not quite it.
template <typename T>
void AddWithChanges(Comparison& comparison, Random& random, const T& proof, int changed) {
  Add(comparison, proof, Expect::kVerified);
  for (int i = 0; i < changed; ++i) {
    T other = proof;
    const Expect expect = Change(random, other);
    Add(comparison, other, expect);
  }
}

Inclusion InclusionIn(const TestTree& tree, std::uint64_t index, std::uint64_t size) {
  return {.index = index,
          .size = size,
          .leaf = tree.leaves()[index],
          .proof = *InclusionProof(index, size, tree.nodes()),
          .root = *TreeRoot(size, tree.nodes())};
}

Consistency ConsistencyIn(const TestTree& tree, std::uint64_t old_size, std::uint64_t new_size) {
  return {.old_size = old_size,
          .new_size = new_size,
          .old_root = *TreeRoot(old_size, tree.nodes()),
          .new_root = *TreeRoot(new_size, tree.nodes()),
          .proof = *ConsistencyProof(old_size, new_size, tree.nodes())};
}

TEST(ProofDifferentialTest, EveryLeafOfEverySizeUpTo256) {
  const TestTree tree(256);
  Random random(1);
  Comparison comparison("inclusion up to 256");
  for (std::uint64_t size = 1; size <= 256; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      AddWithChanges(comparison, random, InclusionIn(tree, index, size), 1);
    }
  }
  comparison.Run();
}

TEST(ProofDifferentialTest, EveryPairOfSizesUpTo256) {
  const TestTree tree(256);
  Random random(2);
  Comparison comparison("consistency up to 256");
  for (std::uint64_t new_size = 1; new_size <= 256; ++new_size) {
    for (std::uint64_t old_size = 1; old_size <= new_size; ++old_size) {
      AddWithChanges(comparison, random, ConsistencyIn(tree, old_size, new_size), 1);
    }
  }
  comparison.Run();
}

TEST(ProofDifferentialTest, SizesUpTo100000) {
  constexpr std::size_t kSizeMax = 100'000;
  const TestTree tree(kSizeMax);
  Random random(3);
  Comparison comparison("sizes up to 100,000");
  for (int i = 0; i < 1'500; ++i) {
    const std::uint64_t size = 1 + random.Below(kSizeMax);
    AddWithChanges(comparison, random, InclusionIn(tree, random.Below(size), size), 4);
    AddWithChanges(comparison, random, ConsistencyIn(tree, 1 + random.Below(size), size), 4);
  }
  comparison.Run();
}

// A log of equal leaves has every size without having the leaves. Here a change may change nothing,
// so that only the agreement is tested.
TEST(ProofDifferentialTest, SizesUpToTheLargest) {
  std::vector<Hash> levels = {log::LeafHash("leaf")};
  while (levels.size() < 64) levels.push_back(log::NodeHash(levels.back(), levels.back()));
  const auto nodes = [&](int level, std::uint64_t) -> absl::StatusOr<Hash> {
    return levels[static_cast<std::size_t>(level)];
  };
  Random random(4);
  Comparison comparison("sizes up to 2^64 - 1");
  const auto number = [&] {
    return random.OneIn(4) ? kLargest - random.Number() % 3
                           : (std::uint64_t{1} << random.Below(64)) + random.Below(3) - 1;
  };
  for (int i = 0; i < 1'500; ++i) {
    const std::uint64_t size = std::max<std::uint64_t>(number(), 1);
    Inclusion inclusion = {.index = std::min(number(), size - 1), .size = size, .leaf = levels[0]};
    inclusion.root = *TreeRoot(size, nodes);
    Consistency consistency = {.old_size = std::min(number(), size), .new_size = size};
    consistency.old_root = *TreeRoot(consistency.old_size, nodes);
    consistency.new_root = inclusion.root;
    // Of 64 hashes there are no proofs: none is made, and none is believed.
    const absl::StatusOr<Proof> path = InclusionProof(inclusion.index, size, nodes);
    inclusion.proof = path.ok() ? *path : Proof(limits::kProofHashesMax + 1, levels[0]);
    const absl::StatusOr<Proof> growth = ConsistencyProof(consistency.old_size, size, nodes);
    consistency.proof = growth.ok() ? *growth : Proof(limits::kProofHashesMax + 1, levels[0]);
    for (int changes = 0; changes < 3; ++changes) {
      Add(comparison, inclusion, Expect::kEither);
      Add(comparison, consistency, Expect::kEither);
      Change(random, inclusion);
      Change(random, consistency);
    }
  }
  comparison.Run();
}

}  // namespace
}  // namespace jejak::audit
