// SPDX-License-Identifier: Apache-2.0

#include "server/audit/proof.h"

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/log/entry.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <bit>

namespace jejak::audit {
namespace {

using log::NodeHash;

// MTH of the leaves [begin, end), a range that RFC 6962 makes by splitting: so each of its full
// subtrees is one of the tree.
absl::StatusOr<Hash> RangeRoot(std::uint64_t begin, std::uint64_t end, NodeReader nodes) {
  std::vector<Hash> subtrees;
  while (begin < end) {
    const int level = static_cast<int>(std::bit_width(end - begin)) - 1;
    JEJAK_ASSIGN_OR_RETURN(const Hash subtree, nodes(level, begin >> level));
    subtrees.push_back(subtree);
    begin += std::uint64_t{1} << level;
  }
  Hash root = subtrees.back();
  for (auto left = subtrees.rbegin() + 1; left != subtrees.rend(); ++left) {
    root = NodeHash(*left, root);
  }
  return root;
}

// The size of the left part: the largest power of two below `size`. REQUIRES: size > 1.
std::uint64_t Split(std::uint64_t size) { return std::bit_floor(size - 1); }

absl::Status CheckLength(std::size_t hashes) {
  if (hashes <= limits::kProofHashesMax) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("proof: ", hashes, " hashes; at most ", limits::kProofHashesMax));
}

// Proofs are found from the root down and listed from the leaf up.
absl::StatusOr<Proof> LeafFirst(Proof proof) {
  JEJAK_RETURN_IF_ERROR(CheckLength(proof.size()));
  std::reverse(proof.begin(), proof.end());
  return proof;
}

absl::Status NotInTree(std::uint64_t index, std::uint64_t size) {
  return absl::InvalidArgumentError(
      absl::StrCat("inclusion proof: leaf ", index, " is not in a tree of ", size, " leaves"));
}

bool IsOdd(std::uint64_t value) { return (value & 1) != 0; }

}  // namespace

Hash EmptyRoot() { return Sha256({}); }

absl::StatusOr<Hash> TreeRoot(std::uint64_t size, NodeReader nodes) {
  if (size == 0) return EmptyRoot();
  return RangeRoot(0, size, nodes);
}

absl::StatusOr<Proof> InclusionProof(std::uint64_t index, std::uint64_t size, NodeReader nodes) {
  if (index >= size) return NotInTree(index, size);
  Proof proof;
  std::uint64_t begin = 0;
  std::uint64_t end = size;
  while (end - begin > 1) {
    const std::uint64_t middle = begin + Split(end - begin);
    const bool left = index < middle;
    JEJAK_ASSIGN_OR_RETURN(const Hash sibling,
                           left ? RangeRoot(middle, end, nodes) : RangeRoot(begin, middle, nodes));
    proof.push_back(sibling);
    (left ? end : begin) = middle;
  }
  return LeafFirst(std::move(proof));
}

absl::StatusOr<Proof> ConsistencyProof(std::uint64_t old_size, std::uint64_t new_size,
                                       NodeReader nodes) {
  if (old_size > new_size) {
    return absl::InvalidArgumentError(
        absl::StrCat("consistency proof: from ", old_size, " down to ", new_size, " leaves"));
  }
  Proof proof;
  if (old_size == 0) return proof;
  std::uint64_t begin = 0;
  std::uint64_t end = new_size;
  while (end != old_size) {
    const std::uint64_t middle = begin + Split(end - begin);
    const bool left = old_size <= middle;
    JEJAK_ASSIGN_OR_RETURN(const Hash sibling,
                           left ? RangeRoot(middle, end, nodes) : RangeRoot(begin, middle, nodes));
    proof.push_back(sibling);
    (left ? end : begin) = middle;
  }
  // Where the old tree is itself a subtree of the new one, whoever verifies has its root.
  if (begin != 0) {
    JEJAK_ASSIGN_OR_RETURN(const Hash last, RangeRoot(begin, end, nodes));
    proof.push_back(last);
  }
  return LeafFirst(std::move(proof));
}

absl::Status VerifyInclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf_hash,
                             std::span<const Hash> proof, const Hash& root) {
  if (index >= size) return NotInTree(index, size);
  JEJAK_RETURN_IF_ERROR(CheckLength(proof.size()));
  std::uint64_t fn = index;
  std::uint64_t sn = size - 1;
  Hash hash = leaf_hash;
  bool too_long = false;
  for (const Hash& sibling : proof) {
    if (sn == 0) {
      too_long = true;
      break;
    }
    if (IsOdd(fn) || fn == sn) {
      hash = NodeHash(sibling, hash);
      while (!IsOdd(fn) && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      hash = NodeHash(hash, sibling);
    }
    fn >>= 1, sn >>= 1;
  }
  if (too_long || sn != 0 || hash != root) {
    return absl::DataLossError(absl::StrCat("inclusion proof: it does not lead from leaf ", index,
                                            " to the root of ", size, " leaves"));
  }
  return absl::OkStatus();
}

absl::Status VerifyConsistency(std::uint64_t old_size, std::uint64_t new_size, const Hash& old_root,
                               const Hash& new_root, std::span<const Hash> proof) {
  if (old_size == 0 || old_size > new_size) {
    return absl::InvalidArgumentError(
        absl::StrCat("consistency proof: from ", old_size, " to ", new_size, " leaves"));
  }
  JEJAK_RETURN_IF_ERROR(CheckLength(proof.size()));
  const auto refused = [&] {
    return absl::DataLossError(absl::StrCat("consistency proof: it does not show that the tree of ",
                                            new_size, " leaves begins with that of ", old_size));
  };
  if (old_size == new_size) {
    return proof.empty() && old_root == new_root ? absl::OkStatus() : refused();
  }
  if (proof.empty()) return refused();
  std::uint64_t fn = old_size - 1;
  std::uint64_t sn = new_size - 1;
  while (IsOdd(fn)) fn >>= 1, sn >>= 1;
  // An old tree that is a full subtree is where the proof begins.
  const bool begins_with_old = std::has_single_bit(old_size);
  Hash old_hash = begins_with_old ? old_root : proof.front();
  Hash new_hash = old_hash;
  for (const Hash& hash : begins_with_old ? proof : proof.subspan(1)) {
    if (sn == 0) return refused();
    if (IsOdd(fn) || fn == sn) {
      old_hash = NodeHash(hash, old_hash);
      new_hash = NodeHash(hash, new_hash);
      while (!IsOdd(fn) && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      new_hash = NodeHash(new_hash, hash);
    }
    fn >>= 1, sn >>= 1;
  }
  return sn == 0 && old_hash == old_root && new_hash == new_root ? absl::OkStatus() : refused();
}

}  // namespace jejak::audit
