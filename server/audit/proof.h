// SPDX-License-Identifier: Apache-2.0
//
// File: proof.h
//
// Inclusion and consistency proofs of RFC 6962 section 2.1: making them from the roots of full
// subtrees, and verifying them by the iterative algorithms of RFC 9162 sections 2.1.3.2 and
// 2.1.4.2. Pure arithmetic.
//
// Node (level, index) of a tree is the root of the full subtree over the leaves
// [index * 2^level, (index + 1) * 2^level); level 0 is the leaf hashes.

#ifndef JEJAK_SERVER_AUDIT_PROOF_H_
#define JEJAK_SERVER_AUDIT_PROOF_H_

#include "server/base/hash.h"

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <span>
#include <vector>

namespace jejak::audit {

// At most limits::kProofHashesMax hashes. Of an inclusion proof, the sibling of the leaf first.
using Proof = std::vector<Hash>;

// Gives a node of the tree. It is asked only for full subtrees inside of the tree. Its errors are
// returned as they are.
using NodeReader = absl::FunctionRef<absl::StatusOr<Hash>(int level, std::uint64_t index)>;

// The root of a tree without leaves: SHA-256 of nothing.
Hash EmptyRoot();

// The root of the first `size` leaves. Reads one node for each bit set in `size`.
absl::StatusOr<Hash> TreeRoot(std::uint64_t size, NodeReader nodes);

// The proof that leaf `index` is in the tree of the first `size` leaves. Reads O(log size) nodes.
// INVALID_ARGUMENT: index >= size, or the proof has too many hashes.
absl::StatusOr<Proof> InclusionProof(std::uint64_t index, std::uint64_t size, NodeReader nodes);

// The proof that the tree of the first `old_size` leaves is the beginning of that of `new_size`.
// Empty if the sizes are equal, and if old_size is 0: of nothing there is nothing to prove.
// INVALID_ARGUMENT: old_size > new_size, or the proof has too many hashes.
absl::StatusOr<Proof> ConsistencyProof(std::uint64_t old_size, std::uint64_t new_size,
                                       NodeReader nodes);

// OK if `proof` shows that `leaf_hash` is leaf `index` of the tree of `size` leaves with `root`.
// DATA_LOSS: it does not. INVALID_ARGUMENT: index >= size, or too many hashes.
absl::Status VerifyInclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf_hash,
                             std::span<const Hash> proof, const Hash& root);

// OK if `proof` shows that the tree of `new_size` leaves with `new_root` begins with that of
// `old_size` leaves with `old_root`. DATA_LOSS: it does not. INVALID_ARGUMENT: old_size is 0 or
// greater than new_size, or too many hashes.
absl::Status VerifyConsistency(std::uint64_t old_size, std::uint64_t new_size, const Hash& old_root,
                               const Hash& new_root, std::span<const Hash> proof);

}  // namespace jejak::audit

#endif  // JEJAK_SERVER_AUDIT_PROOF_H_
